//! Features as Apache Parquet: written by extraction, and read back, whoever wrote them.

mod columns;
mod parts;
mod read;
mod write;

pub use self::parts::Parts;
pub use self::read::ParquetRows;
pub use self::write::write;

//! Features as Apache Parquet: written by extraction, and read back, whoever wrote them.

mod claims;
mod columns;
mod pages;
mod parts;
mod read;
mod thrift;
mod write;

pub use self::parts::Parts;
pub use self::read::{ParquetRows, rows_in};
pub use self::write::write;

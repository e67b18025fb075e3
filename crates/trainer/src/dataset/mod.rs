//! Labelled rows: folders of genres and feature CSVs become tables, and tables are split.

mod corpus;
pub mod csv;
mod demo;
mod gtzan;
mod labels;
mod leaks;
mod load;
mod split;
mod table;

pub use self::corpus::{Corpus, Track};
pub use self::demo::render;
pub use self::gtzan::{gtzan_notes, is_gtzan};
pub use self::leaks::Leaks;
pub use self::load::{Loaded, Lost, from_csv, from_folder, load};
pub use self::split::{Division, Part, Split};
pub use self::table::{FeatureTable, Row};

#[cfg(test)]
pub(crate) use self::table::tests;

//! Labelled rows: folders of genres and table files become tables, and tables are split.

mod clips;
mod corpus;
mod demo;
mod gtzan;
mod labels;
mod leaks;
mod load;
mod split;
mod table;
mod tabular;
mod unlabelled;
mod values;

pub use self::corpus::{Corpus, Track};
pub use self::demo::render;
pub use self::gtzan::{gtzan_notes, is_gtzan};
pub use self::leaks::Leaks;
pub use self::load::{Loaded, Lost, Reading, from_folder, from_table, load};
pub use self::split::{Division, Part, Split};
pub use self::table::{FeatureTable, Row};
pub use self::tabular::Columns;
pub use self::unlabelled::{Unlabelled, unlabelled};
pub use self::values::{Values, ValuesBuilder};

#[cfg(test)]
pub(crate) use self::table::tests;

//! The dataset's features CSV: 60 columns, one row per clip.
//!
//! `filename, length`, the 57 features of [`dsp::FEATURE_NAMES`], `label`. A file name `blues.00000.wav` is a whole
//! track, `blues.00000.3.wav` is clip 3 of the track `blues.00000`: [`row_name`] gives these names, and [`group`] reads
//! them.

mod dialect;
mod names;
mod records;
mod write;

use dsp::FEATURE_NAMES;

pub use self::names::{Grouping, group, row_name};
pub use self::records::records;
pub use self::write::{Record, write};
pub(crate) use self::write::{number, write_cells};

/// The 60 column names in the dataset's order.
pub fn columns() -> impl Iterator<Item = &'static str> {
    ["filename", "length"].into_iter().chain(FEATURE_NAMES).chain(["label"])
}

//! The dataset's features CSV: 60 columns, one row per clip; or 352 with the extended descriptors.
//!
//! `filename, length`, the columns of a [`Descriptors`], `label`. A file name `blues.00000.wav` is a whole
//! track, `blues.00000.3.wav` is clip 3 of the track `blues.00000`: [`row_name`] gives these names, and [`group`] reads
//! them.

mod dialect;
mod names;
mod records;
mod write;

use dsp::Descriptors;

pub(crate) use self::dialect::same_name;
pub use self::names::{Grouping, group, row_name};
pub(crate) use self::records::{CsvRows, clip_length};
pub use self::records::{Records, records};
pub use self::write::{Record, write};
pub(crate) use self::write::{number, write_cells};

/// The column names in the dataset's order: 60 of the classic set, 352 of the extended one.
pub fn columns(descriptors: Descriptors) -> impl Iterator<Item = &'static str> {
    ["filename", "length"].into_iter().chain(descriptors.columns().iter().copied()).chain(["label"])
}

//! From files to rows: scanning folders, reading and writing feature CSVs, extraction with its cache, splits.

mod cache;
pub mod csv;
mod extract;
mod load;
mod scan;
mod split;
mod table;

pub use self::cache::{Cache, Key};
pub use self::extract::{ClipFeatures, Extraction, Failure, track};
pub use self::load::{Loaded, from_folder, load, render};
pub use self::scan::{Corpus, Track, audio_files, distinct_names};
pub use self::split::{Part, Split};
pub use self::table::{FeatureTable, Row};

#[cfg(test)]
pub(crate) use self::table::tests;

/// News of work that goes track by track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// Work on so many tracks begins.
    Started {
        /// What is done to them: "extracting".
        what: &'static str,
        /// How many there are.
        tracks: usize,
    },
    /// One more track is done.
    Track {
        /// Seconds of sound worked through; 0 when the result was there already, or the track failed.
        audio_seconds: f64,
    },
    /// All are done.
    Finished,
}

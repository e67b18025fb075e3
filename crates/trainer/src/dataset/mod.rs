//! From files to rows: scanning folders, reading and writing feature CSVs, extraction with its cache, splits.

mod cache;
mod compare;
pub mod csv;
mod extract;
mod gtzan;
mod leaks;
mod load;
mod parquet;
mod scan;
mod sheet;
mod silence;
mod split;
mod table;

pub use self::cache::{Cache, ContentHash, Key};
pub use self::compare::{Column, Comparison, Place, absolute_tolerance};
pub use self::extract::{ClipFeatures, Extraction, Failure, TrackFeatures, track};
pub use self::gtzan::{gtzan_notes, is_gtzan};
pub use self::leaks::Leaks;
pub use self::load::{Loaded, from_folder, load, render};
pub use self::scan::{Corpus, Track, audio_files, distinct_names};
pub use self::sheet::{Format, Sheet, SheetTrack};
pub use self::silence::refuse_silence;
pub use self::split::{Division, Part, Split};
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
        /// Seconds of sound worked through; 0 when the track failed.
        audio_seconds: f64,
    },
    /// One more track is done: its result was there already.
    Reused,
    /// All are done.
    Finished,
}

//! Many audio files to rows of features, on all cores, each with its outcome.
//!
//! [`audio_files`] finds what lies in folders, and [`SongFinder`] takes album images apart that have CUE sheets;
//! [`Extraction::outcomes`] gives an [`Outcome`] for each input, in order: rows, or a [`Failure`] whose kind tells "never" from
//! "try again". With a [`WorkerProgram`], inputs are read in processes of their own. A [`FeatureStore`] keeps rows by the
//! content they were computed from. A [`Sheet`] writes them as CSV or Parquet, whole at any moment; [`table::Rows`] reads
//! either.

mod cache;
mod compare;
pub mod csv;
mod cue;
mod error;
mod extract;
pub mod files;
mod hearing;
mod isolation;
mod layout;
mod limits;
mod outcome;
mod output;
mod parquet;
mod pool;
mod progress;
mod rows;
mod scan;
mod sheet;
mod songs;
pub mod source;
mod spool;
mod store;
pub mod table;
#[cfg(feature = "tags")]
pub mod tags;

pub use self::cache::Cache;
pub use self::compare::{Column, Comparison, Place, absolute_tolerance};
pub use self::error::{Error, ErrorKind, Result, chain};
pub use self::extract::{Extraction, Outcomes, THREAD_NAME};
pub use self::hearing::{Cut, HeardSong, SongTask};
pub use self::isolation::{IdleWorkers, SongWorker, WorkerProgram, serve};
pub use self::limits::Limits;
pub use self::outcome::{FailedInput, Failure, FailureKind, Outcome, refuse_silence};
pub use self::output::check_output;
pub use self::progress::Progress;
pub use self::scan::{
    Found, PassedOver, audio_files, distinct, distinct_names, entries, has_audio_ending, nfc, slashed,
};
pub use self::sheet::{DECODE_COLUMNS, Format, Sheet, SheetTrack};
pub use self::songs::{ListedSong, Listing, SongFinder, Songs};
pub use self::store::{ContentHash, FeatureStore, Key};

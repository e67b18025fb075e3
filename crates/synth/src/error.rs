//! What can go wrong while a corpus is written.

use std::path::PathBuf;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The clips' length isn't one that can be rendered.
    #[error("cannot render clips of {seconds} s: choose a length above 0 and at most {max} s")]
    Seconds {
        /// The length asked for, in s.
        seconds: f64,
        /// The longest that is rendered, in s.
        max: f64,
    },

    /// A corpus without a track, or with more than its five-digit file names can tell apart.
    #[error("cannot write {tracks} tracks per genre: choose a number from 1 to {max}")]
    Tracks {
        /// The number asked for.
        tracks: usize,
        /// The most that a corpus holds.
        max: usize,
    },

    /// A folder could not be made.
    #[error("{path}: cannot create this folder ({source}): choose another one or make its parent writable")]
    CreateFolder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },

    /// A file could not be written.
    #[error("{path}: cannot write this file ({source}): check the folder's permissions and the disk's free space")]
    WriteFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },

    /// A name that is no style's.
    #[error("unknown style `{name}`: expected one of {expected}")]
    UnknownStyle {
        /// The name given.
        name: String,
        /// The names there are.
        expected: String,
    },
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

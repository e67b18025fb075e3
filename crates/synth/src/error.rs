//! What can go wrong while a corpus is made.

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
    #[error("cannot make {tracks} tracks per genre: choose a number from 1 to {max}")]
    Tracks {
        /// The number asked for.
        tracks: usize,
        /// The most that a corpus holds.
        max: usize,
    },

    /// A track could not be put into its format: a defect in this crate, reported instead of a panic.
    #[error("cannot write a track as WAV ({0}): please report this as a bug")]
    Wav(#[from] hound::Error),

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

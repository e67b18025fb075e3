//! What can keep a picture from being made.

/// Result of this crate's fallible functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The audio can't be analysed.
    #[error(transparent)]
    Audio(#[from] dsp::Error),
    /// There is more audio than a picture can show.
    #[error("the audio is longer than the {limit} s that are taken in at a time; cut it first")]
    TooLong {
        /// Most seconds drawn.
        limit: u32,
    },
    /// The drawing library refused: a defect in this crate, reported instead of a panic.
    #[error("drawing failed inside: {0}; please report this as a bug")]
    Drawing(String),
}

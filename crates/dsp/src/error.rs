//! Everything that can go wrong between a file and its features.

use std::path::PathBuf;

/// Result of this crate's fallible functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a file gave no audio, or audio gave no features.
///
/// Errors about a file name it; errors about samples in memory don't, so whoever knows the file adds its name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be opened or read.
    #[error("{path}: can't read the file: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// The file is not in a format that this build decodes, or its header is damaged beyond recognition.
    #[error(
        "{path}: {reason}; convert it to WAV, FLAC, MP3, Ogg Vorbis, M4A, AIFF or AU, or leave it out",
        path = path.display()
    )]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What was found instead.
        reason: String,
    },
    /// The format is known, but no audio could be decoded from what the file holds.
    #[error("{path}: can't decode the audio: {reason}; the file may be damaged", path = path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        reason: String,
    },
    /// A container without any audio track, for example a video without sound.
    #[error("{path}: the file has no audio track", path = path.display())]
    NoAudioTrack {
        /// The file.
        path: PathBuf,
    },
    /// There is no audio in the file, or none in the part of it that was asked for.
    #[error("{path}: {reason}", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// Which part has nothing in it.
        reason: String,
    },
    /// A sample is NaN or infinite, which only damaged floating-point audio has.
    #[error("{path}: sample {sample} is not a finite number; the file is damaged, or isn't audio", path = path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// Index of the first such sample frame, counted from the first frame decoded, at the file's own rate.
        sample: u64,
    },
    /// The file declares more than is reasonable to process.
    #[error("{path}: {what} is {got}, and at most {limit} is handled", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The quantity, for example "the sampling rate in Hz".
        what: &'static str,
        /// Greatest value handled.
        limit: u64,
        /// Value found.
        got: u64,
    },
    /// A clip shorter than one analysis window has no spectrum to describe.
    #[error("the clip has {got} samples, and features need at least {expected}; use a longer clip")]
    ClipTooShort {
        /// Least number of samples.
        expected: usize,
        /// Samples in the clip.
        got: usize,
    },
    /// A clip in memory holds a NaN or infinite sample.
    #[error("sample {index} of the clip is not a finite number")]
    NotFiniteClip {
        /// Index of the first such sample.
        index: usize,
    },
    /// A buffer or row doesn't have the length that the plan, layout or model needs.
    #[error("{what}: expected {expected} values, got {got}")]
    LengthMismatch {
        /// The buffer or row.
        what: &'static str,
        /// Length needed.
        expected: usize,
        /// Length found.
        got: usize,
    },
    /// An option has a value that can't be used.
    #[error("option `{option}`: {reason}")]
    InvalidOption {
        /// Name of the option.
        option: &'static str,
        /// What is wrong with it and what is accepted.
        reason: String,
    },
    /// A feature specification that this build can't produce.
    #[error("feature specification: {reason}")]
    InvalidSpec {
        /// What is wrong with it and what this build offers.
        reason: String,
    },
    /// A Fourier transform or resampler refused its buffers: a defect in this crate, reported instead of a panic.
    #[error("{stage} failed inside: {reason}; please report this as a bug")]
    Internal {
        /// The processing stage.
        stage: &'static str,
        /// The library's message.
        reason: String,
    },
}

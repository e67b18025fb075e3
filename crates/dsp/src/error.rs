//! Everything that can go wrong between a file and its features.

use symphonia::core::errors::Error as SymphoniaError;

use crate::{DecodeReport, MAX_LOST_SHARE};

/// The error of a library below.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Result of this crate's fallible functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a file gave no audio, or audio gave no features.
///
/// Errors about an input name it; errors about samples in memory don't, so whoever knows the input adds its name, as
/// [`Error::Clip`] does. [`Error::kind`] tells what may be done about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be opened or read.
    #[error("{name}: can't read the file: {source}")]
    Io {
        /// Name of the input.
        name: String,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// The file is not in a format that this build decodes, or its header is damaged beyond recognition.
    #[error("{name}: {reason}; convert it to FLAC, or leave it out")]
    Unsupported {
        /// Name of the input.
        name: String,
        /// What was found instead.
        reason: String,
        /// The decoder's error, if it is one.
        source: Option<Cause>,
    },
    /// The format is known, but no audio could be decoded from what the file holds.
    #[error("{name}: can't decode the audio: {reason}; the file may be damaged")]
    Decode {
        /// Name of the input.
        name: String,
        /// What the decoder said.
        reason: String,
        /// The decoder's error, if it is one.
        source: Option<Cause>,
    },
    /// A container without any audio track, for example a video without sound.
    #[error("{name}: the file has no audio track")]
    NoAudioTrack {
        /// Name of the input.
        name: String,
    },
    /// There is no audio in the file, or none in the part of it that was asked for.
    #[error("{name}: {reason}")]
    Empty {
        /// Name of the input.
        name: String,
        /// Which part has nothing in it.
        reason: String,
    },
    /// A sample is NaN or infinite, which only damaged floating-point audio has.
    #[error("{name}: sample {sample} is not a finite number; the file is damaged, or isn't audio")]
    NotFinite {
        /// Name of the input.
        name: String,
        /// Index of the first such sample frame, counted from the first frame decoded, at the file's own rate.
        sample: u64,
    },
    /// The header declares more than is reasonable to process.
    #[error("{name}: {what} is {got}, and at most {limit} is handled")]
    TooLarge {
        /// Name of the input.
        name: String,
        /// The quantity, for example "the sampling rate in Hz".
        what: &'static str,
        /// Greatest value handled.
        limit: u64,
        /// Value found.
        got: u64,
    },
    /// The audio is longer than what is read into memory.
    #[error("{name}: {what} is {got}, and at most {limit} is handled")]
    TooLong {
        /// Name of the input.
        name: String,
        /// The quantity, for example "the number of samples".
        what: &'static str,
        /// Greatest value handled.
        limit: u64,
        /// Value found.
        got: u64,
    },
    /// Too little of the audio could be decoded for its features to be the track's.
    #[error(
        "{name}: {lost:.0} % of the audio is lost ({details}), and at most {limit:.0} % may be; use another copy of the file",
        lost = report.lost_share() * 100.0,
        details = report.skipped.join("; "),
        limit = MAX_LOST_SHARE * 100.0
    )]
    TooMuchLost {
        /// Name of the input.
        name: String,
        /// What was decoded and what was lost.
        report: Box<DecodeReport>,
    },
    /// A clip of an input has no features.
    #[error("{name}: {source}")]
    Clip {
        /// Name of the input.
        name: String,
        /// Why.
        source: Box<Error>,
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

/// What an [`Error`] means for whoever works through many inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Not audio, or audio in a format or of a shape that isn't handled.
    Unsupported,
    /// Damaged audio.
    Corrupt,
    /// The end is missing.
    Truncated,
    /// No sound track, or nothing in it.
    NoAudio,
    /// Shorter than one analysis window.
    TooShort,
    /// More than is read into memory.
    TooLong,
    /// NaN or infinite samples.
    NotFinite,
    /// The operating system refused; another try may succeed.
    Unreadable,
    /// An option or specification that can't be used.
    Invalid,
    /// A defect in this crate.
    Internal,
}

impl Error {
    /// The name of the input that it is about, if it is known: its message begins with it and a colon.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Io { name, .. }
            | Self::Unsupported { name, .. }
            | Self::Decode { name, .. }
            | Self::NoAudioTrack { name }
            | Self::Empty { name, .. }
            | Self::NotFinite { name, .. }
            | Self::TooLarge { name, .. }
            | Self::TooLong { name, .. }
            | Self::TooMuchLost { name, .. }
            | Self::Clip { name, .. } => Some(name),
            _ => None,
        }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { .. } => ErrorKind::Unreadable,
            Self::Unsupported { .. } | Self::TooLarge { .. } => ErrorKind::Unsupported,
            Self::Decode { source, .. } if ends_early(source.as_ref()) => ErrorKind::Truncated,
            Self::Decode { .. } => ErrorKind::Corrupt,
            Self::NoAudioTrack { .. } | Self::Empty { .. } => ErrorKind::NoAudio,
            Self::NotFinite { .. } | Self::NotFiniteClip { .. } => ErrorKind::NotFinite,
            Self::TooLong { .. } => ErrorKind::TooLong,
            Self::TooMuchLost { report, .. } if report.packets_lost == 0 => ErrorKind::Truncated,
            Self::TooMuchLost { .. } => ErrorKind::Corrupt,
            Self::Clip { source, .. } => source.kind(),
            Self::ClipTooShort { .. } => ErrorKind::TooShort,
            Self::InvalidOption { .. } | Self::InvalidSpec { .. } => ErrorKind::Invalid,
            Self::LengthMismatch { .. } | Self::Internal { .. } => ErrorKind::Internal,
        }
    }
}

/// Whether a decoder ran into the end of its input.
fn ends_early(cause: Option<&Cause>) -> bool {
    let cause = cause.and_then(|cause| cause.downcast_ref());
    matches!(cause, Some(SymphoniaError::IoError(e)) if e.kind() == std::io::ErrorKind::UnexpectedEof)
}

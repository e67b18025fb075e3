//! What became of an input: its rows, or why there are none.

use std::fmt;

use dsp::{ErrorKind, TrackFeatures};
use serde::{Deserialize, Serialize};

use crate::error::{Error, chain, no_audio};
use crate::progress::Progress;
use crate::store::ContentHash;

/// What sort of fault an input has: this tells "never" from "try again".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureKind {
    /// Not audio, or in a format that this build doesn't decode.
    Unsupported,
    /// Damaged, so that nothing or too little of it can be decoded.
    Corrupt,
    /// Too much of its end is missing.
    Truncated,
    /// There is no sound in it: no audio track, or an empty one.
    NoAudio,
    /// Shorter than one analysis window.
    TooShort,
    /// Longer than what can be handled.
    TooLong,
    /// All samples are zero.
    Silent,
    /// Samples that are no finite numbers.
    NotFinite,
    /// The system can't open or read it; it may be there again later.
    Unreadable,
    /// The decoder, or this program, crashed on it.
    Crashed,
    /// A row of a table that lacks a value, or has one that is no finite number.
    BadRow,
    /// It took longer than it is given: see [`Limits`](crate::Limits)
    Timeout,
}

impl FailureKind {
    /// Whether another try may succeed with the same bytes.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Unreadable | Self::Timeout)
    }
}

/// Why an input gave no rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What sort of fault it is.
    pub kind: FailureKind,
    /// What is wrong and what to do about it, without the input's name.
    pub message: String,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// An input that the system can't read.
    pub fn unreadable(source: &std::io::Error) -> Self {
        Self::new(FailureKind::Unreadable, format!("can't read the file: {source}"))
    }

    /// An input on which code panicked: decoders of damaged files have, and they have no error for it.
    pub fn crashed() -> Self {
        Self::new(FailureKind::Crashed, "the decoder crashed on this file; it is probably damaged")
    }

    /// The same with the input's name.
    pub fn of(self, name: impl Into<String>) -> FailedInput {
        FailedInput { name: name.into(), failure: self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<&dsp::Error> for Failure {
    fn from(error: &dsp::Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Unsupported => FailureKind::Unsupported,
            ErrorKind::Corrupt => FailureKind::Corrupt,
            ErrorKind::Truncated => FailureKind::Truncated,
            ErrorKind::NoAudio => FailureKind::NoAudio,
            ErrorKind::TooShort => FailureKind::TooShort,
            ErrorKind::TooLong => FailureKind::TooLong,
            ErrorKind::NotFinite => FailureKind::NotFinite,
            ErrorKind::Unreadable => FailureKind::Unreadable,
            // A specification is checked when it's made: what is wrong with one here is a fault of ours.
            _ => FailureKind::Crashed,
        };
        // What a decoder said is part of the message already, as far as it helps.
        let message = error.to_string();
        let name = error.name().map(|name| format!("{name}: ")).unwrap_or_default();
        Self::new(kind, message.strip_prefix(&name).unwrap_or(&message))
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        match error {
            Error::Dsp(error) => error.into(),
            Error::Read { source, .. } => Self::unreadable(source),
            Error::NoAudio { passed_over, .. } => Self::new(FailureKind::NoAudio, no_audio(passed_over)),
            Error::CueLine { path, .. } | Error::CueSheet { path, .. } => {
                let message = error.to_string();
                let name = format!("{}: ", path.display());
                Self::new(FailureKind::Corrupt, message.strip_prefix(&name).unwrap_or(&message))
            }
            _ => Self::new(FailureKind::Unreadable, chain(error)),
        }
    }
}

/// An input that gave no rows; shown as `NAME: MESSAGE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedInput {
    /// The path, or the name that was given to bytes.
    pub name: String,
    /// Why.
    #[serde(flatten)]
    pub failure: Failure,
}

impl fmt::Display for FailedInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.failure)
    }
}

/// What became of an input.
///
/// As JSON, `result` is `{"Ok": rows}` or `{"Err": {"kind": "corrupt", "message": "…"}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The path, or the name that was given to bytes.
    pub name: String,
    /// Hash of its bytes: known where a store was asked and the input is bytes or a regular file that can be read.
    pub content: Option<ContentHash>,
    /// Whether the store had the rows.
    pub reused: bool,
    /// Its rows, or why there are none.
    pub result: Result<TrackFeatures, Failure>,
}

impl Outcome {
    /// What this outcome means for a progress bar.
    pub fn progress(&self) -> Progress {
        match &self.result {
            Ok(_) if self.reused => Progress::Reused,
            Ok(track) => Progress::Track { audio_seconds: track.decoded.seconds },
            Err(_) => Progress::Track { audio_seconds: 0.0 },
        }
    }
}

/// Refuses a track of digital silence, all of whose clips are silent: a network names a genre for any numbers, those of
/// silence included, and is often sure of it.
///
/// # Errors
/// A [`Failure`] that says so, and why where it's known.
pub fn refuse_silence(track: &TrackFeatures) -> Result<(), Failure> {
    if track.clips.iter().any(|clip| !clip.silent) {
        return Ok(());
    }
    let message = if track.decoded.channels_cancel {
        "silence: the channels cancel each other in the mix to mono; use a copy with the phase of one channel turned"
    } else {
        "silence: every sample is zero, or nearly every one, so there is nothing to classify; leave it out"
    };
    Err(Failure::new(FailureKind::Silent, message))
}

#[cfg(test)]
mod tests {
    use dsp::{ClipFeatures, DecodeReport};

    use super::*;

    fn track(silent: &[bool]) -> TrackFeatures {
        let clip = |(at, &silent): (usize, &bool)| ClipFeatures {
            start_sample: 66_150 * at as u64,
            samples: 66_149,
            silent,
            values: vec![0.5; 57],
        };
        TrackFeatures { clips: silent.iter().enumerate().map(clip).collect(), decoded: DecodeReport::default() }
    }

    #[test]
    fn outcomes_survive_json() {
        let good = Outcome {
            name: "a.wav".into(),
            content: Some(ContentHash::of_bytes(b"sound")),
            reused: false,
            result: Ok(track(&[false, true])),
        };
        let failed = Outcome {
            name: "b.wav".into(),
            content: None,
            reused: false,
            result: Err(Failure::new(FailureKind::NoAudio, "nothing in it")),
        };
        for outcome in [good, failed] {
            let json = serde_json::to_string(&outcome).unwrap();
            assert_eq!(serde_json::from_str::<Outcome>(&json).unwrap(), outcome, "{json}");
        }
        assert_eq!(serde_json::to_string(&FailureKind::NoAudio).unwrap(), r#""no_audio""#);
    }

    #[test]
    fn only_what_another_try_may_mend_is_retryable() {
        assert!(FailureKind::Unreadable.is_retryable() && FailureKind::Timeout.is_retryable());
        assert!(!FailureKind::Corrupt.is_retryable() && !FailureKind::Crashed.is_retryable());
    }

    #[test]
    fn a_track_is_silent_when_all_of_its_clips_are() {
        assert_eq!(refuse_silence(&track(&[true, false])), Ok(()));
        let failure = refuse_silence(&track(&[true, true])).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Silent);
        assert!(failure.message.starts_with("silence: every sample is zero, or nearly every one"));
        let mut cancelling = track(&[true]);
        cancelling.decoded.channels_cancel = true;
        assert!(refuse_silence(&cancelling).unwrap_err().message.contains("channels cancel"));
    }
}

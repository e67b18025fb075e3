//! How long clips are.

use serde::{Deserialize, Serialize};

use crate::{Error, MIN_CLIP_SAMPLES, Result};

/// Sampling rate, in Hz, that the shortest clip is reckoned at: GTZAN's, and that of every specification unless it says
/// otherwise.
pub(crate) const USUAL_RATE: u32 = 22_050;

/// A length that a clip can have, in seconds: from one analysis window at 22 050 Hz, 0.0929 s, to
/// [`MAX_SECONDS`](Self::MAX_SECONDS).
///
/// ```
/// use dsp::ClipLength;
///
/// assert_eq!(ClipLength::new(3.0)?.seconds(), 3.0);
/// assert!("three".parse::<ClipLength>().is_err() && ClipLength::new(f64::NAN).is_err());
/// # Ok::<(), dsp::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct ClipLength(f64);

impl ClipLength {
    /// Longest clip in seconds: an analysis holds its whole clip in memory, about 0.7 MB a second.
    pub const MAX_SECONDS: f64 = 600.0;
    /// Shortest clip in seconds: one analysis window at 22 050 Hz. Lower rates need a longer one, as
    /// [`ClipPlan`](crate::ClipPlan) tells.
    pub const MIN_SECONDS: f64 = MIN_CLIP_SAMPLES as f64 / USUAL_RATE as f64;
    /// 30 s, the length of a track of GTZAN.
    pub const TRACK: Self = Self(30.0);
    /// 3 s, a tenth of such a track, as the dataset's second feature table has them.
    pub const TENTH: Self = Self(3.0);

    /// A length of `seconds` s.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a number out of range, or none.
    pub fn new(seconds: f64) -> Result<Self> {
        if (Self::MIN_SECONDS..=Self::MAX_SECONDS).contains(&seconds) {
            return Ok(Self(seconds));
        }
        let (least, most) = (Self::MIN_SECONDS, Self::MAX_SECONDS);
        Err(refusal(format!(
            "a clip of {seconds} s is not possible: choose a length from {least:.4} s, which is one analysis window, to \
             {most} s; 3 and 30 s are usual"
        )))
    }

    /// The length in seconds.
    pub fn seconds(self) -> f64 {
        self.0
    }
}

/// A clip length that can't be used.
pub(crate) fn refusal(reason: String) -> Error {
    Error::InvalidOption { option: "clip_seconds", reason }
}

impl TryFrom<f64> for ClipLength {
    type Error = Error;

    fn try_from(seconds: f64) -> Result<Self> {
        Self::new(seconds)
    }
}

impl From<ClipLength> for f64 {
    fn from(length: ClipLength) -> Self {
        length.0
    }
}

/// The number of seconds, without the unit, as [`FromStr`](std::str::FromStr) reads it.
impl std::fmt::Display for ClipLength {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for ClipLength {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let seconds = text.parse().map_err(|_| refusal(format!("`{text}` is not a number of seconds")))?;
        Self::new(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_from_one_window_to_ten_minutes_are_accepted() {
        for seconds in [2048.0 / 22_050.0, 0.1, 3.0, 30.0, 405.0, 600.0] {
            assert_eq!(ClipLength::new(seconds).unwrap().seconds(), seconds);
        }
    }

    #[test]
    fn other_lengths_are_refused_with_the_range() {
        for seconds in [0.0, -3.0, 0.0928, 600.1, 1e9, f64::INFINITY, f64::NAN] {
            let message = ClipLength::new(seconds).unwrap_err().to_string();
            assert!(message.contains("0.0929 s") && message.contains("to 600 s"), "{message}");
        }
    }

    #[test]
    fn text_and_json_are_the_number() {
        assert_eq!("4.5".parse::<ClipLength>().unwrap().to_string(), "4.5");
        assert_eq!(ClipLength::TRACK.to_string(), "30");
        assert!("4 s".parse::<ClipLength>().unwrap_err().to_string().contains("`4 s`"));
        assert_eq!(serde_json::to_string(&ClipLength::TENTH).unwrap(), "3.0");
        assert_eq!(serde_json::from_str::<ClipLength>("3").unwrap(), ClipLength::TENTH);
        assert!(serde_json::from_str::<ClipLength>("1e12").unwrap_err().to_string().contains("600 s"));
    }
}

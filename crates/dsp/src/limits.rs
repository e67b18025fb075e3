//! How much of an input is handled.

use serde::{Deserialize, Serialize};

use crate::decode::MIN_RATE;
use crate::{Error, MAX_RATE, Result};

/// How large an input may be. What is larger is refused with [`Error::TooLarge`] or [`Error::TooLong`], as soon as it shows.
/// Sizes that a header only claims cost nothing and are no reason to refuse it.
///
/// ```
/// use dsp::InputLimits;
///
/// let an_hour = InputLimits { seconds: 3600.0, ..InputLimits::default() };
/// assert_eq!(an_hour.channels, 32);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct InputLimits {
    /// Most bytes of a file. Default: 32 GiB, two days of stereo at 44 100 Hz and 16 bits.
    pub bytes: u64,
    /// Longest sound in s. Default: 172 800, two days.
    pub seconds: f64,
    /// Most channels. Default: 32.
    pub channels: u32,
    /// Highest sampling rate in Hz. Default, and most that is possible: 768 000, [`MAX_RATE`].
    pub rate: u32,
}

impl Default for InputLimits {
    fn default() -> Self {
        Self::STANDARD
    }
}

impl InputLimits {
    /// The defaults.
    pub const STANDARD: Self = Self { bytes: 32 << 30, seconds: 172_800.0, channels: 32, rate: MAX_RATE };

    /// Refuses a file for its size in bytes.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn check_bytes(&self, name: &str, got: u64) -> Result<()> {
        if got <= self.bytes {
            return Ok(());
        }
        Err(Error::TooLong { name: name.to_owned(), what: "the size of the file in bytes", limit: self.bytes, got })
    }

    /// Refuses sampling rates and numbers of channels that no recording has, or that are beyond the limits.
    pub(crate) fn check_shape(&self, name: &str, rate: u32, channels: usize) -> Result<()> {
        let unsupported = |reason| Err(Error::Unsupported { name: name.to_owned(), reason, source: None });
        if rate < MIN_RATE {
            let reason =
                format!("the header names a sampling rate of {rate} Hz, and at least {MIN_RATE} Hz is handled");
            return unsupported(reason);
        }
        if channels == 0 {
            return unsupported("the header names no channels".to_owned());
        }
        let too_large = |what, limit, got| Err(Error::TooLarge { name: name.to_owned(), what, limit, got });
        let highest = self.rate.min(MAX_RATE);
        if rate > highest {
            return too_large("the sampling rate in Hz", highest.into(), rate.into());
        }
        if channels as u64 > u64::from(self.channels) {
            return too_large("the number of channels", self.channels.into(), channels as u64);
        }
        Ok(())
    }

    /// Refuses sound once `samples` at `rate` Hz are decoded.
    pub(crate) fn check_length(&self, name: &str, samples: u64, rate: u32) -> Result<()> {
        let seconds = samples as f64 / f64::from(rate);
        if seconds <= self.seconds {
            return Ok(());
        }
        let (limit, got) = (self.seconds as u64, seconds.ceil() as u64);
        Err(Error::TooLong { name: name.to_owned(), what: "the length in seconds", limit, got })
    }
}

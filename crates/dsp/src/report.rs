//! What is known of a decoding.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Greatest share of a track that may be lost for its features to be taken for the track's. A tenth is 3 s of 30: whoever
/// listens still hears the same piece.
pub const MAX_LOST_SHARE: f64 = 0.1;

/// What was decoded of an input, and what was not. Complete once the end is reached.
///
/// Lost are packets that can't be decoded, bytes between the frames of a stream (their duration is estimated from that of
/// the frames around), jumps of the time stamps, and what is missing at the end of a length that the header declares.
/// Where the declared size is a placeholder (0, or the greatest numbers, as written to pipes), nothing counts as missing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecodeReport {
    /// Packets of the sound track, the lost ones included.
    pub packets: u64,
    /// Packets that could not be decoded, or were not recognised any more (an estimate).
    pub packets_lost: u64,
    /// Length decoded in s, at the file's own rate.
    pub seconds: f64,
    /// Length lost in s; an estimate where no header or time stamp tells.
    pub seconds_lost: f64,
    /// Where the input ends before its end, in s of what was decoded.
    pub broke_off: Option<f64>,
    /// What was left out, a line for each cause.
    pub skipped: Vec<String>,
    /// The channels have sound, and their mean has none (60 dB less): one is the other's negative.
    pub channels_cancel: bool,
}

impl DecodeReport {
    /// Share of the whole that is lost, 0 to 1.
    pub fn lost_share(&self) -> f64 {
        let whole = self.seconds + self.seconds_lost;
        if whole > 0.0 { self.seconds_lost / whole } else { 0.0 }
    }

    /// Whether everything was decoded.
    pub fn is_whole(&self) -> bool {
        self.packets_lost == 0 && self.seconds_lost == 0.0 && self.broke_off.is_none() && self.skipped.is_empty()
    }
}

/// What was lost, as in "1.2 s of 30.0 s in 46 damaged packets; it breaks off after 12.5 s".
impl fmt::Display for DecodeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} s of {:.1} s", self.seconds_lost, self.seconds + self.seconds_lost)?;
        if self.packets_lost > 0 {
            let many = if self.packets_lost == 1 { "" } else { "s" };
            write!(f, " in {} damaged packet{many}", self.packets_lost)?;
        }
        match self.broke_off {
            Some(at) => write!(f, "; it breaks off after {at:.1} s"),
            None => Ok(()),
        }
    }
}

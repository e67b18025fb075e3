//! What an input may take.

use std::time::Duration;

use dsp::InputLimits;
use serde::{Deserialize, Serialize};

/// Bytes of a MiB.
const MIB: f64 = (1 << 20) as f64;

/// What an input may take, of the disk, of time and of memory. Whatever is beyond is an outcome that says so.
///
/// `time` and `memory` hold where files are worked on in [processes of their own](crate::WorkerProgram).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Largest file in MiB. Default: 32 768.
    pub file: f64,
    /// Longest sound in s. Default: 172 800, two days.
    pub seconds: f64,
    /// Most channels. Default: 32.
    pub channels: u32,
    /// Highest sampling rate in Hz. Default: 768 000.
    pub rate: u32,
    /// Time that a worker may take for a file, in s, after which it is ended. Default: 300, in which two days of sound are
    /// decoded and measured.
    pub time: f64,
    /// Address space of a worker in MiB, where the system keeps such a limit. Default: 2048, of which clips of ten minutes
    /// take a quarter.
    pub memory: f64,
}

impl Default for Limits {
    fn default() -> Self {
        let input = InputLimits::default();
        Self {
            file: input.bytes as f64 / MIB,
            seconds: input.seconds,
            channels: input.channels,
            rate: input.rate,
            time: 300.0,
            memory: 2048.0,
        }
    }
}

impl Limits {
    /// Those that hold for the input itself.
    pub fn input(&self) -> InputLimits {
        let Self { file, seconds, channels, rate, .. } = *self;
        InputLimits { bytes: (file * MIB) as u64, seconds, channels, rate }
    }

    /// Those of a worker.
    pub(crate) fn time(&self) -> Duration {
        Duration::try_from_secs_f64(self.time).unwrap_or(Duration::MAX)
    }

    pub(crate) fn memory_bytes(&self) -> u64 {
        (self.memory * MIB) as u64
    }
}

//! Mono audio in memory.

use serde::{Deserialize, Serialize};

/// Mono samples at a rate. Full scale is ±1; decoded files may exceed it slightly (MP3, resampling).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioBuffer {
    /// Samples in time order, finite.
    pub samples: Vec<f32>,
    /// Sampling rate in Hz, never 0.
    pub rate: u32,
}

impl AudioBuffer {
    /// Length in seconds.
    pub fn duration(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }
}

//! How a note's loudness moves.

use crate::oscillator::{RATE, decay};

/// Attack, decay to a sustained level, release. Times in s; decay and release are the time to fall by 60 dB.
#[derive(Clone, Copy)]
pub(crate) struct Envelope {
    pub(crate) attack: f32,
    pub(crate) decay: f32,
    pub(crate) sustain: f32,
    pub(crate) release: f32,
}

impl Envelope {
    /// Starts the envelope of a note held for `length` s.
    pub(crate) fn start(&self, length: f64) -> Running {
        Running {
            level: 0.0,
            rise: 1.0 / (self.attack * RATE).max(1.0),
            rising: true,
            fall: decay(self.decay),
            sustain: self.sustain,
            release: decay(self.release),
            held: (length * f64::from(RATE)) as usize,
        }
    }
}

/// An envelope in progress.
pub(crate) struct Running {
    level: f32,
    rise: f32,
    rising: bool,
    fall: f32,
    sustain: f32,
    release: f32,
    held: usize,
}

impl Running {
    /// The next sample's gain, `None` once the note can't be heard any more.
    pub(crate) fn next(&mut self) -> Option<f32> {
        if self.held == 0 {
            self.rising = false;
            self.level *= self.release;
        } else {
            self.held -= 1;
            if self.rising {
                self.level += self.rise;
                self.rising = self.level < 1.0;
            } else {
                self.level = self.sustain + (self.level - self.sustain) * self.fall;
            }
        }
        (self.rising || self.level > 3e-4).then_some(self.level)
    }
}

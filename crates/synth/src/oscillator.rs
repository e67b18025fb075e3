//! Periodic waveforms. All arithmetic is plain, so that samples don't depend on the platform's `libm`.

/// Sampling rate of everything rendered here, in Hz.
pub(crate) const RATE: f32 = 22_050.0;

/// Frequency in Hz of a MIDI pitch (69 is A4, 440 Hz).
pub(crate) fn hertz(pitch: f32) -> f32 {
    440.0 * libm::exp2f((pitch - 69.0) / 12.0)
}

/// Amplitude of a level in dB.
pub(crate) fn amplitude(db: f32) -> f32 {
    libm::exp10f(db / 20.0)
}

/// Factor a sample that makes a level fall by 60 dB in `seconds`.
pub(crate) fn decay(seconds: f32) -> f32 {
    libm::expf(-6.9078 / (seconds.max(1e-4) * RATE))
}

/// Sine of a phase in turns, to 2e-4 (seventh-order Taylor on a quarter wave).
pub(crate) fn sine(turns: f32) -> f32 {
    let centred = wrap(turns) - 0.5;
    let folded = if centred > 0.25 {
        0.5 - centred
    } else if centred < -0.25 {
        -0.5 - centred
    } else {
        centred
    };
    let z = folded * std::f32::consts::TAU;
    let q = z * z;
    -z * (1.0 - q / 6.0 * (1.0 - q / 20.0 * (1.0 - q / 42.0)))
}

/// The fractional part, in `[0, 1)`.
fn wrap(turns: f32) -> f32 {
    let fraction = turns - (turns as i32) as f32;
    if fraction < 0.0 { fraction + 1.0 } else { fraction }
}

/// A running phase in turns.
#[derive(Clone, Copy, Default)]
pub(crate) struct Phase(f32);

impl Phase {
    pub(crate) fn at(turns: f32) -> Self {
        Self(wrap(turns))
    }

    /// Half a turn on.
    pub(crate) fn opposite(self) -> Self {
        Self::at(self.0 + 0.5)
    }

    /// The phase now; moves on by `step` turns (frequency over rate, below 1).
    pub(crate) fn advance(&mut self, step: f32) -> f32 {
        let now = self.0;
        self.0 += step;
        if self.0 >= 1.0 {
            self.0 -= 1.0;
        }
        now
    }

    /// A saw from -1 to 1 with its jump rounded (PolyBLEP: Välimäki and Huovilainen 2007), so that it hardly aliases.
    pub(crate) fn saw(&mut self, step: f32) -> f32 {
        let phase = self.advance(step);
        let naive = 2.0 * phase - 1.0;
        if phase < step {
            let x = phase / step;
            naive - (x + x - x * x - 1.0)
        } else if phase > 1.0 - step {
            let x = (phase - 1.0) / step;
            naive - (x * x + x + x + 1.0)
        } else {
            naive
        }
    }
}

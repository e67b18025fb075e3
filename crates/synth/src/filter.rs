//! Filters: one pole, and the two-pole state-variable filter.

use crate::oscillator::RATE;

/// Added to what filters are fed, 400 dB down, so that their tails end at a number that processors handle at full speed
/// and not among the subnormal ones.
pub(crate) const FLOOR: f32 = 1e-20;

/// One-pole low-pass; what it takes away is the high-pass.
#[derive(Clone, Copy)]
pub(crate) struct OnePole {
    coefficient: f32,
    state: f32,
}

impl OnePole {
    pub(crate) fn new(cutoff: f32) -> Self {
        Self { coefficient: 1.0 - libm::expf(-std::f32::consts::TAU * cutoff / RATE), state: 0.0 }
    }

    pub(crate) fn low(&mut self, x: f32) -> f32 {
        self.state += self.coefficient * (x + FLOOR - self.state);
        self.state
    }

    pub(crate) fn high(&mut self, x: f32) -> f32 {
        x - self.low(x)
    }
}

/// Two-pole state-variable filter with trapezoidal integrators (Zavalishin, "The Art of VA Filter Design", 2012): stable
/// while its cutoff moves.
#[derive(Clone, Copy)]
pub(crate) struct StateVariable {
    g: f32,
    damping: f32,
    first: f32,
    second: f32,
}

/// The filter's three outputs for one sample.
pub(crate) struct Outputs {
    pub(crate) low: f32,
    pub(crate) band: f32,
    pub(crate) high: f32,
}

impl StateVariable {
    /// `q` is the resonance; 0.707 is flat.
    pub(crate) fn new(cutoff: f32, q: f32) -> Self {
        let mut filter = Self { g: 0.0, damping: 1.0 / q, first: 0.0, second: 0.0 };
        filter.tune(cutoff);
        filter
    }

    /// Moves the cutoff (Hz), kept below Nyquist.
    pub(crate) fn tune(&mut self, cutoff: f32) {
        self.g = libm::tanf(std::f32::consts::PI * cutoff.clamp(10.0, 0.46 * RATE) / RATE);
    }

    pub(crate) fn run(&mut self, x: f32) -> Outputs {
        let high =
            (x + FLOOR - (self.damping + self.g) * self.first - self.second) / (1.0 + self.g * (self.g + self.damping));
        let band = self.g * high + self.first;
        self.first = self.g * high + band;
        let low = self.g * band + self.second;
        self.second = self.g * band + low;
        Outputs { low, band: band * self.damping, high }
    }
}

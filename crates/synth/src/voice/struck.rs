//! Additive tones with partials that die away one by one: pianos, vibraphones, organs, upright basses.

use super::Note;
use crate::oscillator::{RATE, decay, hertz};

/// A bank of decaying partials.
#[derive(Clone, Copy)]
pub(crate) struct Struck {
    /// Partials as (multiple of the fundamental, amplitude).
    pub(crate) partials: &'static [(f32, f32)],
    /// Amplitudes fall with the partial's multiple to this power, more for a darker tone.
    pub(crate) tilt: f32,
    /// Attack in s.
    pub(crate) attack: f32,
    /// Time in s in which the fundamental of A3 falls by 60 dB; higher notes and partials are shorter.
    pub(crate) sustain: f32,
    /// How much sooner the upper partials die: 0 not at all (organ), 1 in proportion.
    pub(crate) damping: f32,
    /// Stiffness of the string: partial k stands at k sqrt(1 + stiffness k²).
    pub(crate) stiffness: f32,
    /// Time in s to fall by 60 dB after the key is let go.
    pub(crate) release: f32,
}

/// A decaying sine as a two-pole resonator left to ring: y[n] = 2 r cos(w) y[n-1] - r² y[n-2].
struct Partial {
    first: f64,
    second: f64,
    now: f64,
    before: f64,
}

impl Struck {
    pub(super) fn play(&self, note: &Note, out: &mut [f32]) {
        let fundamental = hertz(note.pitch);
        let mut partials: Vec<Partial> =
            self.partials.iter().filter_map(|&partial| self.partial(partial, fundamental, note.velocity)).collect();
        let held = (note.length * f64::from(RATE)) as usize;
        let end = held + (self.release * RATE) as usize;
        let (rise, fall) = (1.0 / (self.attack * RATE).max(1.0), decay(self.release));
        let (mut swell, mut gain) = (0.0f32, 1.0f32);
        for (n, sample) in out.iter_mut().take(end).enumerate() {
            swell = (swell + rise).min(1.0);
            if n >= held {
                gain *= fall;
            }
            let mut sum = 0.0;
            for partial in &mut partials {
                let next = partial.first * partial.now - partial.second * partial.before;
                partial.before = partial.now;
                partial.now = next;
                sum += next;
            }
            *sample += sum as f32 * swell * gain;
        }
    }

    /// `None` for a partial above hearing's reach at this rate.
    fn partial(&self, (multiple, level): (f32, f32), fundamental: f32, velocity: f32) -> Option<Partial> {
        let frequency = fundamental * multiple * f32::sqrt(1.0 + self.stiffness * multiple * multiple);
        if frequency > 0.45 * RATE {
            return None;
        }
        // A softer touch is darker too.
        let tilt = self.tilt + 0.8 * (1.0 - velocity);
        let level = 0.35 * velocity * level * libm::powf(multiple, -tilt);
        let register = libm::powf(220.0 / fundamental, 0.5);
        let seconds = self.sustain * register / (1.0 + self.damping * (multiple - 1.0).max(0.0));
        let radius = f64::from(decay(seconds));
        let angle = std::f64::consts::TAU * f64::from(frequency) / f64::from(RATE);
        Some(Partial {
            first: 2.0 * radius * libm::cos(angle),
            second: radius * radius,
            now: 0.0,
            before: -f64::from(level) * libm::sin(angle) / radius,
        })
    }
}

//! Two-operator frequency modulation (Chowning 1973): electric pianos, bells, synth basses, sub basses.

use super::Note;
use crate::dice::Dice;
use crate::envelope::Envelope;
use crate::filter::FLOOR;
use crate::oscillator::{Phase, RATE, decay, hertz, sine};

/// A carrier bent by one modulator.
#[derive(Clone, Copy)]
pub(crate) struct Fm {
    /// Frequency of the modulator as a multiple of the carrier's.
    pub(crate) ratio: f32,
    /// Depth of the modulation at the attack, in radians.
    pub(crate) index: f32,
    /// Time in s in which the modulation falls by 60 dB.
    pub(crate) index_decay: f32,
    /// Semitones that the pitch falls by at the attack (808 basses), 0 for none.
    pub(crate) drop: f32,
    pub(crate) envelope: Envelope,
}

impl Fm {
    pub(super) fn play(&self, note: &Note, out: &mut [f32], dice: &mut Dice) {
        let step = hertz(note.pitch) / RATE;
        let mut glide = libm::exp2f(self.drop / 12.0) - 1.0;
        let glide_fall = decay(0.25);
        let mut index = self.index * (0.4 + 0.6 * note.velocity) / std::f32::consts::TAU;
        let index_fall = decay(self.index_decay);
        let (mut carrier, mut modulator) = (Phase::default(), Phase::at(dice.unit()));
        let mut envelope = self.envelope.start(note.length);
        for sample in out {
            let Some(gain) = envelope.next() else { break };
            let step = step * (1.0 + glide);
            let bend = index * sine(modulator.advance((step * self.ratio).min(0.49)));
            *sample += 0.5 * note.velocity * gain * sine(carrier.advance(step.min(0.49)) + bend);
            index = (index * index_fall).max(FLOOR);
            glide = (glide * glide_fall).max(FLOOR);
        }
    }
}

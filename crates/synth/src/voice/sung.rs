//! A singing or speaking voice: a glottal saw and breath through three formants.

use super::Note;
use crate::dice::Dice;
use crate::envelope::Envelope;
use crate::filter::{FLOOR, OnePole, StateVariable};
use crate::oscillator::{Phase, RATE, decay, hertz, sine};

/// Frequencies (Hz) and levels of the first three formants of six vowels, frequencies after Peterson and Barney
/// (1952), means of men.
const VOWELS: [[(f32, f32); 3]; 6] = [
    [(730.0, 1.0), (1090.0, 0.6), (2440.0, 0.2)],
    [(530.0, 1.0), (1840.0, 0.4), (2480.0, 0.25)],
    [(270.0, 1.0), (2290.0, 0.3), (3010.0, 0.2)],
    [(570.0, 1.0), (840.0, 0.6), (2410.0, 0.12)],
    [(300.0, 1.0), (870.0, 0.4), (2240.0, 0.08)],
    [(490.0, 1.0), (1350.0, 0.5), (1690.0, 0.25)],
];

/// Which vowels a singer uses.
#[derive(Clone, Copy)]
pub(crate) enum Vowel {
    /// Another one for each note: words.
    Any,
    /// Always this one of the six: a choir's "ah".
    Only(usize),
}

/// A voice.
#[derive(Clone, Copy)]
pub(crate) struct Sung {
    /// Size of the throat: formants are multiplied by it (1 a man, about 1.17 a woman).
    pub(crate) throat: f32,
    pub(crate) vowel: Vowel,
    /// Part of noise in the source: 0.02 sung, 0.5 hoarse, above 1 screamed.
    pub(crate) breath: f32,
    /// Consonant at the beginning: level of a short hiss.
    pub(crate) consonant: f32,
    /// Semitones that the pitch falls by over the note (speech) or starts below it (negative: a sung scoop).
    pub(crate) fall: f32,
    /// Vibrato in cents.
    pub(crate) vibrato: f32,
    pub(crate) envelope: Envelope,
}

impl Sung {
    pub(super) fn play(&self, note: &Note, out: &mut [f32], dice: &mut Dice) {
        let index = match self.vowel {
            Vowel::Any => dice.below(VOWELS.len()),
            Vowel::Only(index) => index % VOWELS.len(),
        };
        let formants = VOWELS[index];
        let mut bank = formants.map(|(frequency, _)| StateVariable::new(frequency * self.throat, 7.0));
        let levels = formants.map(|(_, level)| level);
        let base = hertz(note.pitch) / RATE;
        let (mut noise, mut phase, mut lfo) = (dice.noise(), Phase::default(), Phase::at(dice.unit()));
        let rate = dice.range(4.8, 6.2) / RATE;
        let mut glottis = OnePole::new(1800.0);
        let mut hiss = self.consonant * note.velocity * if dice.chance(0.6) { 1.0 } else { 0.0 };
        let (hiss_fall, mut hiss_tone) = (decay(0.07), OnePole::new(4000.0));
        let glide = self.fall / (note.length as f32 * RATE).max(1.0);
        let mut bend = if self.fall < 0.0 { self.fall } else { 0.0 };
        let mut envelope = self.envelope.start(note.length);
        for (n, sample) in out.iter_mut().enumerate() {
            let Some(gain) = envelope.next() else { break };
            let ramp = (n as f32 / (0.4 * RATE)).min(1.0);
            let wobble = self.vibrato * ramp * sine(lfo.advance(rate));
            // First-order 2^x: the bends here are a few semitones at most.
            let step = base * (1.0 + 0.0578 * (bend + wobble / 100.0));
            bend = if self.fall < 0.0 { bend * 0.9995 } else { bend - glide };
            let white = noise.next();
            let source = glottis.low(phase.saw(step.clamp(1e-4, 0.45)) + self.breath * white);
            let mut sum = 0.0;
            for (formant, level) in bank.iter_mut().zip(levels) {
                sum += level * formant.run(source).band;
            }
            *sample += note.velocity * gain * sum + 0.15 * hiss * hiss_tone.high(white);
            hiss = (hiss * hiss_fall).max(FLOOR);
        }
    }
}

//! Pitched instruments: each turns a note into samples added to a stem.

mod fm;
mod pluck;
mod saw;
mod struck;
mod sung;

pub(crate) use fm::Fm;
pub(crate) use pluck::Pluck;
pub(crate) use saw::Saw;
pub(crate) use struck::Struck;
pub(crate) use sung::{Sung, Vowel};

use crate::dice::Dice;
use crate::oscillator::RATE;

/// One note of a part.
#[derive(Clone, Copy)]
pub(crate) struct Note {
    /// When it begins, in s from the start of the stem.
    pub(crate) start: f64,
    /// How long it is held, in s.
    pub(crate) length: f64,
    /// MIDI pitch.
    pub(crate) pitch: f32,
    /// Loudness, 0 to 1.
    pub(crate) velocity: f32,
}

/// An instrument.
#[derive(Clone, Copy)]
pub(crate) enum Voice {
    Pluck(Pluck),
    Struck(Struck),
    Fm(Fm),
    Saw(Saw),
    Sung(Sung),
}

impl Voice {
    /// Adds the note to the stem; what lies outside it is left out.
    pub(crate) fn play(&self, note: &Note, stem: &mut [f32], dice: &mut Dice) {
        let start = (note.start * f64::from(RATE)) as usize;
        let Some(out) = stem.get_mut(start..) else { return };
        match self {
            Self::Pluck(voice) => voice.play(note, out, dice),
            Self::Struck(voice) => voice.play(note, out),
            Self::Fm(voice) => voice.play(note, out, dice),
            Self::Saw(voice) => voice.play(note, out, dice),
            Self::Sung(voice) => voice.play(note, out, dice),
        }
    }
}

//! What is played: the complete score of a clip, as its style drew it.

use crate::drums::{Drum, Kit};
use crate::groove::{Groove, Rhythm};
use crate::harmony::Harmony;
use crate::recording::Recording;
use crate::voice::Voice;

/// A clip before it is played.
pub(crate) struct Arrangement {
    pub(crate) groove: Groove,
    pub(crate) harmony: Harmony,
    pub(crate) drums: Option<DrumPart>,
    pub(crate) bass: Option<BassPart>,
    pub(crate) chords: Vec<ChordPart>,
    pub(crate) melodies: Vec<MelodyPart>,
    pub(crate) room: Room,
    pub(crate) recording: Recording,
}

/// The way of a part into the mix.
#[derive(Clone, Copy)]
pub(crate) struct Channel {
    /// RMS level in dB where the part sounds.
    pub(crate) level: f32,
    /// Gain in dB into the soft clipper, 0 for a clean part.
    pub(crate) drive: f32,
    pub(crate) low_pass: Option<f32>,
    pub(crate) high_pass: Option<f32>,
    /// Rate in Hz and depth (0 to 1).
    pub(crate) tremolo: Option<(f32, f32)>,
    /// Part that is sent to the room.
    pub(crate) send: f32,
}

impl Channel {
    pub(crate) fn new(level: f32, send: f32) -> Self {
        Self { level, drive: 0.0, low_pass: None, high_pass: None, tremolo: None, send }
    }

    pub(crate) fn drive(self, decibels: f32) -> Self {
        Self { drive: decibels, ..self }
    }

    pub(crate) fn low_pass(self, hertz: f32) -> Self {
        Self { low_pass: Some(hertz), ..self }
    }

    pub(crate) fn high_pass(self, hertz: f32) -> Self {
        Self { high_pass: Some(hertz), ..self }
    }

    pub(crate) fn tremolo(self, rate: f32, depth: f32) -> Self {
        Self { tremolo: Some((rate, depth)), ..self }
    }
}

/// The drummer.
pub(crate) struct DrumPart {
    pub(crate) kit: Kit,
    /// Sounds with their rhythms and levels.
    pub(crate) lines: Vec<(Drum, Rhythm, f32)>,
    /// Chance that a section ends in a roll on the toms.
    pub(crate) fills: f32,
    pub(crate) channel: Channel,
}

/// The bass player.
pub(crate) struct BassPart {
    pub(crate) voice: Voice,
    pub(crate) line: BassLine,
    /// Lowest MIDI pitch.
    pub(crate) low: i32,
    /// Part of the time to the next note that a note is held.
    pub(crate) gate: f32,
    pub(crate) channel: Channel,
}

/// What the bass plays.
#[derive(Clone, Copy)]
pub(crate) enum BassLine {
    /// The chord's root in this rhythm.
    Roots(Rhythm),
    /// Root and fifth in turn.
    Alternating(Rhythm),
    /// Root and its octave in turn.
    Octaves(Rhythm),
    /// A note a beat through the chord and towards the next one.
    Walking,
    /// Semitones above the root, one after the other.
    Riff(Rhythm, &'static [i32]),
}

/// Somebody who plays chords.
pub(crate) struct ChordPart {
    pub(crate) voice: Voice,
    pub(crate) rhythm: Rhythm,
    pub(crate) voicing: Voicing,
    /// MIDI pitch around which the notes lie.
    pub(crate) centre: i32,
    /// Part of the time to the next stroke that a chord is held.
    pub(crate) gate: f32,
    /// Time in s between the notes of a strummed chord.
    pub(crate) strum: f32,
    pub(crate) channel: Channel,
}

/// How a chord is laid out.
#[derive(Clone, Copy)]
pub(crate) enum Voicing {
    /// All notes at once, close together.
    Close,
    /// As a guitar has it: close, with the root an octave below.
    Open,
    /// Root, fifth, octave.
    Power,
    /// Root alone (riffs of muted strings).
    Root,
    /// One note a stroke, in this order through the chord and its octaves.
    Broken(&'static [usize]),
}

/// Somebody who plays or sings a line.
pub(crate) struct MelodyPart {
    pub(crate) voice: Voice,
    /// Where notes may begin.
    pub(crate) rhythm: Rhythm,
    /// Chance that a note begins there.
    pub(crate) density: f32,
    /// Lowest MIDI pitch, and scale steps above it that the line reaches.
    pub(crate) low: i32,
    pub(crate) span: i32,
    /// Largest move between notes in scale steps; 0 stays on one pitch (speech).
    pub(crate) leap: i32,
    pub(crate) gate: f32,
    /// Bars of playing and of rest, in turn.
    pub(crate) phrase: (usize, usize),
    pub(crate) channel: Channel,
}

/// The room around the band.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    /// Scale of the reflections' delays, 0.5 a chamber to 2 a hall.
    pub(crate) size: f32,
    /// Time in s in which the reverberation falls by 60 dB.
    pub(crate) seconds: f32,
    /// Cutoff of the walls in Hz.
    pub(crate) damping: f32,
    pub(crate) wet: f32,
    /// Delay in s and feedback (below 1) of an echo before it.
    pub(crate) echo: Option<(f32, f32)>,
}

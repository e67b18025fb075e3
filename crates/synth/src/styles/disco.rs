//! Disco: four on the floor, open hats between, octave basses, strings, brass stabs and a scratching guitar.

use super::{room, steady, studio};
use crate::arrangement::{Arrangement, BassLine, BassPart, Channel, ChordPart, DrumPart, MelodyPart, Voicing};
use crate::dice::Dice;
use crate::drums::{Drum, Kit};
use crate::groove::{Groove, Rhythm};
use crate::harmony::{Chord, DORIAN, Harmony, MINOR, major, major7, minor, minor7, ninth};
use crate::instruments as play;

const FUNK: &[Chord] = &[minor7(0), ninth(5)];
const SURVIVAL: &[Chord] = &[minor(0), minor7(5), major(10), major7(3), major7(8), minor7(2), major(7), major(7)];
const STEPS_DOWN: &[Chord] = &[minor(0), major(10), major(8), major(7)];
const HIGH: &[Chord] = &[major7(5), minor7(4), minor7(9), minor7(2)];

pub(super) fn draw(dice: &mut Dice) -> Arrangement {
    let groove = Groove { dynamics: 0.05, ..steady(dice.ratio(104.0, 134.0), 0.006) };
    let harmony = Harmony {
        key: dice.below(12) as i32,
        chords: dice.pick([FUNK, SURVIVAL, STEPS_DOWN, HIGH]),
        beats: dice.pick([4, 4, 8]),
        scale: dice.pick([DORIAN, MINOR]),
    };
    let mut chords = vec![scratch(dice)];
    if dice.chance(0.75) {
        chords.push(strings(dice));
    }
    if dice.chance(0.4) {
        chords.push(stabs(dice));
    }
    Arrangement {
        groove,
        harmony,
        drums: Some(drums(dice)),
        bass: Some(bass(dice)),
        chords,
        melodies: vec![melody(dice)],
        room: room(dice, (0.4, 1.6), (0.1, 0.35)),
        recording: studio(dice, (-19.0, -11.0)),
    }
}

fn drums(dice: &mut Dice) -> DrumPart {
    let kit = Kit {
        tune: dice.range(0.95, 1.35),
        boom: dice.range(0.5, 1.0),
        click: dice.range(0.5, 1.5),
        snap: dice.range(0.6, 1.3),
        metal: dice.range(0.8, 1.4),
    };
    DrumPart {
        kit,
        lines: vec![
            (Drum::Kick, Rhythm("x...x...x...x..."), 1.0),
            (dice.pick([Drum::Snare, Drum::Clap, Drum::Snare]), Rhythm("....x.......x..."), dice.range(0.5, 0.9)),
            (Drum::HatOpen, Rhythm("..x...x...x...x."), dice.range(0.3, 0.65)),
            (Drum::HatClosed, Rhythm(dice.pick(["xo.oxo.oxo.oxo.o", "x...x...x...x..."])), dice.range(0.2, 0.45)),
        ],
        fills: 0.3,
        channel: Channel::new(dice.range(-17.0, -11.0), 0.15),
    }
}

fn bass(dice: &mut Dice) -> BassPart {
    let line = match dice.below(3) {
        0 | 1 => BassLine::Octaves(Rhythm(dice.pick(["x.x.x.x.x.x.x.x.", "xx.xx.x.xx.xx.x."]))),
        _ => BassLine::Riff(Rhythm("x..xx.x...x.x.x."), &[0, 0, 12, 10, 7, 0, 10, 12]),
    };
    let voice = if dice.chance(0.6) { play::electric_bass(dice) } else { play::synth_bass(dice) };
    BassPart { voice, line, low: 31, gate: dice.range(0.5, 0.85), channel: Channel::new(dice.range(-17.0, -11.0), 0.0) }
}

fn scratch(dice: &mut Dice) -> ChordPart {
    let (voice, cut) = match dice.below(3) {
        0 => (play::electric_piano(dice), 200.0),
        _ => (play::electric_guitar(dice), 400.0),
    };
    ChordPart {
        voice,
        rhythm: Rhythm(dice.pick(["x.xo..xo.oxo..xo", "..xo..xo..xo..xo", "xoxxoxxoxoxxoxxo"])),
        voicing: Voicing::Close,
        centre: 66,
        gate: dice.range(0.3, 0.6),
        strum: 0.004,
        channel: Channel::new(dice.range(-23.0, -16.0), 0.1).high_pass(cut),
    }
}

fn strings(dice: &mut Dice) -> ChordPart {
    ChordPart {
        voice: play::strings(dice),
        rhythm: Rhythm(dice.pick(["x...............", "x.......x..x..x.", "x.x.x.x.x.x.x.x."])),
        voicing: Voicing::Close,
        centre: dice.pick([66, 72]),
        gate: 0.9,
        strum: 0.0,
        channel: Channel::new(dice.range(-22.0, -15.0), 0.5),
    }
}

fn stabs(dice: &mut Dice) -> ChordPart {
    ChordPart {
        voice: play::brass(dice),
        rhythm: Rhythm("x..x..........x.............X..."),
        voicing: Voicing::Close,
        centre: 67,
        gate: 0.35,
        strum: 0.0,
        channel: Channel::new(dice.range(-20.0, -14.0), 0.3),
    }
}

fn melody(dice: &mut Dice) -> MelodyPart {
    let voice = match dice.below(5) {
        0 => play::synth_lead(dice),
        1 => play::brass(dice),
        _ => play::singer(dice),
    };
    MelodyPart {
        voice,
        rhythm: Rhythm(dice.pick(["x.x.x..xx.x.x...", "x..x..x.x...x..."])),
        density: dice.range(0.5, 0.9),
        low: 62,
        span: 8,
        leap: 2,
        gate: 0.85,
        phrase: dice.pick([(2, 2), (3, 1), (2, 1)]),
        channel: Channel::new(dice.range(-18.0, -13.0), 0.4),
    }
}

//! Blues: twelve bars of sevenths in a shuffle, a guitar or a harp on top; sometimes a man and his guitar.

use super::{acoustic_kit, room, steady, studio, vintage};
use crate::arrangement::{Arrangement, BassLine, BassPart, Channel, ChordPart, DrumPart, MelodyPart, Voicing};
use crate::dice::Dice;
use crate::drums::Drum;
use crate::groove::{Groove, Rhythm};
use crate::harmony::{BLUES, Chord, Harmony, MINOR_PENTATONIC, minor7, seventh};
use crate::instruments as play;

const TWELVE_BARS: &[Chord] = &[
    seventh(0),
    seventh(0),
    seventh(0),
    seventh(0),
    seventh(5),
    seventh(5),
    seventh(0),
    seventh(0),
    seventh(7),
    seventh(5),
    seventh(0),
    seventh(7),
];
const EIGHT_BARS: &[Chord] =
    &[seventh(0), seventh(7), seventh(5), seventh(5), seventh(0), seventh(7), seventh(0), seventh(7)];
const SLOW_MINOR: &[Chord] = &[minor7(0), minor7(5), minor7(0), minor7(0), minor7(5), minor7(0), seventh(7), minor7(0)];

pub(super) fn draw(dice: &mut Dice) -> Arrangement {
    let groove = Groove { swing: dice.range(0.58, 0.68), dynamics: 0.25, ..steady(dice.ratio(58.0, 135.0), 0.02) };
    let harmony = Harmony {
        key: dice.pick([4, 9, 7, 0, 10]),
        chords: dice.pick([TWELVE_BARS, TWELVE_BARS, TWELVE_BARS, EIGHT_BARS, SLOW_MINOR]),
        beats: 4,
        scale: dice.pick([BLUES, BLUES, MINOR_PENTATONIC]),
    };
    let alone = dice.chance(0.25);
    let recording =
        if alone || dice.chance(0.7) { vintage(dice, (-20.0, -14.0)) } else { studio(dice, (-19.0, -14.0)) };
    Arrangement {
        groove,
        harmony,
        drums: (!alone).then(|| drums(dice)),
        bass: (!alone).then(|| bass(dice)),
        chords: vec![chords(dice)],
        melodies: vec![melody(dice)],
        room: room(dice, (0.4, 1.6), (0.1, 0.4)),
        recording,
    }
}

fn drums(dice: &mut Dice) -> DrumPart {
    let metal = dice.pick([Drum::Ride, Drum::HatClosed, Drum::HatClosed]);
    DrumPart {
        kit: acoustic_kit(dice),
        lines: vec![
            (Drum::Kick, Rhythm(dice.pick(["x.......x.......", "x.......x.x.....", "x...o...x...o..."])), 0.9),
            (Drum::Snare, Rhythm("....x.......x..."), dice.range(0.5, 0.9)),
            (metal, Rhythm("x.o.x.o.x.o.x.o."), dice.range(0.15, 0.35)),
        ],
        fills: 0.4,
        channel: Channel::new(dice.range(-19.0, -13.0), 0.3),
    }
}

fn bass(dice: &mut Dice) -> BassPart {
    let line = match dice.below(3) {
        0 => BassLine::Walking,
        1 => BassLine::Riff(Rhythm("x...x...x...x..."), &[0, 4, 7, 9, 10, 9, 7, 4]),
        _ => BassLine::Roots(Rhythm("x.x.x.x.x.x.x.x.")),
    };
    let voice = if dice.chance(0.5) { play::electric_bass(dice) } else { play::upright_bass(dice) };
    BassPart {
        voice,
        line,
        low: 28,
        gate: 0.85,
        channel: Channel::new(dice.range(-18.0, -12.0), 0.05).low_pass(1800.0),
    }
}

fn chords(dice: &mut Dice) -> ChordPart {
    let (voice, drive) = match dice.below(4) {
        0 => (play::piano(dice), 0.0),
        1 => (play::organ(dice), dice.range(0.0, 10.0)),
        2 => (play::electric_guitar(dice), dice.range(0.0, 16.0)),
        _ => (play::steel_guitar(dice), 0.0),
    };
    ChordPart {
        voice,
        rhythm: Rhythm(dice.pick(["x.o.x.o.x.o.x.o.", "..x...x...x...x.", "x.....x.........", "x...x...x...x..."])),
        voicing: dice.pick([Voicing::Close, Voicing::Open, Voicing::Broken(&[0, 2, 3, 2])]),
        centre: 56,
        gate: dice.range(0.5, 0.95),
        strum: dice.range(0.0, 0.02),
        channel: Channel::new(dice.range(-20.0, -14.0), 0.3).drive(drive).low_pass(4500.0),
    }
}

fn melody(dice: &mut Dice) -> MelodyPart {
    let (voice, drive) = match dice.below(4) {
        0 => (play::harmonica(dice), dice.range(0.0, 12.0)),
        1 => (play::singer(dice), 0.0),
        _ => (play::lead_guitar(dice), dice.range(4.0, 24.0)),
    };
    MelodyPart {
        voice,
        rhythm: Rhythm(dice.pick(["x.o.x.x.x.o.x.o.", "x...x.x...x.x..."])),
        density: dice.range(0.4, 0.8),
        low: 57,
        span: 9,
        leap: 2,
        gate: 0.9,
        phrase: dice.pick([(2, 1), (2, 2), (3, 1)]),
        channel: Channel::new(dice.range(-15.0, -10.0), 0.4).drive(drive).low_pass(dice.ratio(2500.0, 5500.0)),
    }
}

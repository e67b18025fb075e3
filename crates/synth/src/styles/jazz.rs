//! Jazz: ride cymbals and brushes, walking basses, sevenths and ninths, a horn; trios, quartets, a lone piano.

use super::{acoustic_kit, room, steady, studio, vintage};
use crate::arrangement::{Arrangement, BassLine, BassPart, Channel, ChordPart, DrumPart, MelodyPart, Voicing};
use crate::dice::Dice;
use crate::drums::Drum;
use crate::groove::{Groove, Rhythm};
use crate::harmony::{
    Chord, DORIAN, Harmony, MAJOR, MIXOLYDIAN, half_diminished, major7, major9, minor7, minor9, ninth, seventh,
};
use crate::instruments as play;

const TURNAROUND: &[Chord] = &[major9(0), seventh(9), minor9(2), ninth(7)];
const TWO_FIVE_ONE: &[Chord] = &[minor9(2), ninth(7), major9(0), major7(0)];
const LEAVES: &[Chord] =
    &[minor7(2), ninth(7), major7(0), major7(5), half_diminished(11), seventh(4), minor9(9), minor9(9)];
const MODAL: &[Chord] = &[minor9(2), minor9(2), minor9(2), minor9(2), minor9(3), minor9(3), minor9(2), minor9(2)];
const BEBOP_BLUES: &[Chord] = &[
    ninth(0),
    ninth(5),
    ninth(0),
    ninth(0),
    ninth(5),
    ninth(5),
    ninth(0),
    seventh(9),
    minor9(2),
    ninth(7),
    ninth(0),
    ninth(7),
];

pub(super) fn draw(dice: &mut Dice) -> Arrangement {
    let groove = Groove {
        swing: dice.range(0.55, 0.68),
        dynamics: dice.range(0.15, 0.4),
        rubato: dice.pick([0.0, 0.0, 0.1]),
        ..steady(dice.ratio(75.0, 235.0), 0.02)
    };
    let (chords, scale) = dice.pick([
        (TURNAROUND, MAJOR),
        (TWO_FIVE_ONE, MAJOR),
        (LEAVES, MAJOR),
        (MODAL, DORIAN),
        (BEBOP_BLUES, MIXOLYDIAN),
    ]);
    let harmony = Harmony { key: dice.pick([5, 10, 3, 0, 8, 7]), chords, beats: 4, scale };
    let alone = dice.chance(0.12);
    let old = dice.chance(0.25);
    let recording = if old { vintage(dice, (-25.0, -16.0)) } else { studio(dice, (-26.0, -18.0)) };
    Arrangement {
        groove,
        harmony,
        drums: (!alone && dice.chance(0.85)).then(|| drums(dice)),
        bass: (!alone).then(|| bass(dice)),
        chords: vec![comping(dice)],
        melodies: vec![solo(dice)],
        room: room(dice, (0.4, 2.0), (0.1, 0.45)),
        recording,
    }
}

fn drums(dice: &mut Dice) -> DrumPart {
    let mut lines = if dice.chance(0.35) {
        vec![(Drum::Brush, Rhythm("x...x.o.x...x.o."), 0.8), (Drum::Brush, Rhythm("....X.......X..."), 0.5)]
    } else {
        vec![
            (Drum::Ride, Rhythm("x...x.o.x...x.o."), dice.range(0.5, 0.9)),
            (Drum::Snare, Rhythm("......o.......................o."), dice.range(0.1, 0.4)),
        ]
    };
    lines.push((Drum::HatClosed, Rhythm("....x.......x..."), 0.35));
    lines.push((Drum::Kick, Rhythm(dice.pick(["o...o...o...o...", "x.........o.....", "................"])), 0.35));
    DrumPart { kit: acoustic_kit(dice), lines, fills: 0.1, channel: Channel::new(dice.range(-26.0, -17.0), 0.35) }
}

fn bass(dice: &mut Dice) -> BassPart {
    let line = if dice.chance(0.85) { BassLine::Walking } else { BassLine::Roots(Rhythm("x.....x.x.......")) };
    BassPart {
        voice: play::upright_bass(dice),
        line,
        low: 30,
        gate: 0.95,
        channel: Channel::new(dice.range(-19.0, -13.0), 0.15),
    }
}

fn comping(dice: &mut Dice) -> ChordPart {
    let voice = match dice.below(5) {
        0 => play::soft_guitar(dice),
        1 => play::vibraphone(dice),
        2 => play::organ(dice),
        _ => play::piano(dice),
    };
    ChordPart {
        voice,
        rhythm: Rhythm(dice.pick([
            "x.....x.........",
            "......x.......x.",
            "x...x...x...x...",
            "......x...x.....x.............x.",
        ])),
        voicing: Voicing::Close,
        centre: dice.pick([58, 62]),
        gate: dice.range(0.25, 0.8),
        strum: dice.range(0.0, 0.008),
        channel: Channel::new(dice.range(-22.0, -15.0), 0.4),
    }
}

fn solo(dice: &mut Dice) -> MelodyPart {
    let voice = match dice.below(6) {
        0 => play::piano(dice),
        1 => play::brass(dice),
        2 => play::vibraphone(dice),
        3 => play::soft_guitar(dice),
        _ => play::reed(dice),
    };
    MelodyPart {
        voice,
        rhythm: Rhythm(dice.pick(["x.x.x.x.x.x.x.x.", "x.o.x.o.x...x.o.", "x.....x.x...x..."])),
        density: dice.range(0.45, 0.85),
        low: dice.pick([55, 60, 65]),
        span: 12,
        leap: dice.pick([1, 2, 3]),
        gate: 0.95,
        phrase: dice.pick([(3, 1), (2, 1), (7, 1)]),
        channel: Channel::new(dice.range(-17.0, -12.0), 0.45),
    }
}

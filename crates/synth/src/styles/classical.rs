//! Classical: piano, harpsichord, strings or winds, no drums, free time and wide dynamics in a hall.

use super::{room, steady, studio, vintage};
use crate::arrangement::{Arrangement, BassLine, BassPart, Channel, ChordPart, MelodyPart, Voicing};
use crate::dice::Dice;
use crate::groove::{Groove, Rhythm};
use crate::harmony::{Chord, HARMONIC_MINOR, Harmony, MAJOR, diminished, major, minor, seventh};
use crate::instruments as play;
use crate::voice::Voice;

const CADENCE: &[Chord] = &[major(0), major(5), seventh(7), major(0)];
const PACHELBEL: &[Chord] = &[major(0), major(7), minor(9), minor(4), major(5), major(0), major(5), seventh(7)];
const PERIOD: &[Chord] =
    &[major(0), major(0), seventh(7), seventh(7), seventh(7), seventh(7), major(0), major(0), minor(9), minor(2)];
const FIFTHS: &[Chord] = &[minor(0), minor(5), major(10), major(3), major(8), diminished(2), seventh(7), minor(0)];
const LAMENT: &[Chord] = &[minor(0), minor(7), major(8), seventh(7)];

pub(super) fn draw(dice: &mut Dice) -> Arrangement {
    let groove = Groove {
        beats: dice.pick([4, 4, 3]),
        rubato: dice.range(0.0, 0.4),
        dynamics: dice.range(0.3, 0.85),
        ..steady(dice.ratio(50.0, 150.0), 0.025)
    };
    let (chords, scale) = dice.pick([
        (CADENCE, MAJOR),
        (PACHELBEL, MAJOR),
        (PERIOD, MAJOR),
        (FIFTHS, HARMONIC_MINOR),
        (LAMENT, HARMONIC_MINOR),
    ]);
    let harmony = Harmony { key: dice.below(12) as i32, chords, beats: groove.beats / dice.pick([1, 1, 2]), scale };
    let recording = if dice.chance(0.3) { vintage(dice, (-30.0, -18.0)) } else { studio(dice, (-32.0, -18.0)) };
    let (bass, chords, melodies) = match dice.below(4) {
        0 => solo_keys(dice),
        1 => string_orchestra(dice),
        2 => soloist_with_piano(dice),
        _ => full_orchestra(dice),
    };
    Arrangement {
        groove,
        harmony,
        drums: None,
        bass,
        chords,
        melodies,
        room: room(dice, (1.0, 4.0), (0.2, 0.8)),
        recording: crate::recording::Recording { squash: 0.0, tape: 0.0, ..recording },
    }
}

type Players = (Option<BassPart>, Vec<ChordPart>, Vec<MelodyPart>);

fn solo_keys(dice: &mut Dice) -> Players {
    let voice = if dice.chance(0.7) { play::piano(dice) } else { play::harpsichord(dice) };
    (None, vec![broken(voice, dice)], vec![line(voice, (67, 10), dice)])
}

fn string_orchestra(dice: &mut Dice) -> Players {
    let (low, middle, top) = (play::strings(dice), play::strings(dice), play::violin(dice));
    (Some(basses(low, dice)), vec![sustained(middle, dice)], vec![line(top, (67, 12), dice)])
}

fn soloist_with_piano(dice: &mut Dice) -> Players {
    let piano = play::piano(dice);
    let solo = match dice.below(4) {
        0 => play::flute(dice),
        1 => play::reed(dice),
        2 => play::choir(dice),
        _ => play::violin(dice),
    };
    (None, vec![broken(piano, dice)], vec![line(solo, (64, 10), dice)])
}

fn full_orchestra(dice: &mut Dice) -> Players {
    let (low, strings, brass, wind) = (play::strings(dice), play::strings(dice), play::brass(dice), play::flute(dice));
    let mut chords = vec![sustained(strings, dice)];
    if dice.chance(0.5) {
        chords.push(sustained(brass, dice));
    }
    let top = play::violin(dice);
    (Some(basses(low, dice)), chords, vec![line(wind, (72, 9), dice), line(top, (67, 12), dice)])
}

fn basses(voice: Voice, dice: &mut Dice) -> BassPart {
    let rhythm = Rhythm(dice.pick(["x...........", "x...x...x...", "x.......x..."]));
    BassPart {
        voice,
        line: BassLine::Roots(rhythm),
        low: 36,
        gate: dice.range(0.5, 1.0),
        channel: Channel::new(dice.range(-22.0, -14.0), 0.7),
    }
}

fn broken(voice: Voice, dice: &mut Dice) -> ChordPart {
    ChordPart {
        voice,
        rhythm: Rhythm(dice.pick(["x.o.o.o.", "xooo", "x...o...o..."])),
        voicing: Voicing::Broken(dice.pick([
            &[0, 2, 1, 2][..],
            &[0, 1, 2, 3, 2, 1],
            &[0, 1, 2, 1],
            &[0, 1, 2, 3, 4, 5],
        ])),
        centre: dice.pick([52, 58, 62]),
        gate: dice.range(1.0, 2.5),
        strum: 0.0,
        channel: Channel::new(dice.range(-20.0, -14.0), 0.7),
    }
}

fn sustained(voice: Voice, dice: &mut Dice) -> ChordPart {
    ChordPart {
        voice,
        rhythm: Rhythm(dice.pick(["x...........", "x.....x.....", "x.x.x.x.", "x..............."])),
        voicing: Voicing::Close,
        centre: 60,
        gate: dice.range(0.6, 1.0),
        strum: 0.0,
        channel: Channel::new(dice.range(-20.0, -14.0), 0.7),
    }
}

fn line(voice: Voice, (low, span): (i32, i32), dice: &mut Dice) -> MelodyPart {
    MelodyPart {
        voice,
        rhythm: Rhythm(dice.pick(["x...x...x.o.", "x.o.x.o.x.o.", "xoxoxoxo", "x.......x..."])),
        density: dice.range(0.5, 0.95),
        low,
        span,
        leap: 2,
        gate: dice.range(0.8, 1.1),
        phrase: dice.pick([(4, 0), (3, 1), (6, 2)]),
        channel: Channel::new(dice.range(-18.0, -12.0), 0.7),
    }
}

//! Pop: four chords, a voice in front, pads, claps, plucked synths; bright and levelled.

use super::{acoustic_kit, room, steady, studio};
use crate::arrangement::{Arrangement, BassLine, BassPart, Channel, ChordPart, DrumPart, MelodyPart, Voicing};
use crate::dice::Dice;
use crate::drums::{Drum, Kit};
use crate::groove::{Groove, Rhythm};
use crate::harmony::{Chord, Harmony, MAJOR, MAJOR_PENTATONIC, major, minor};
use crate::instruments as play;
use crate::recording::Recording;

const AXIS: &[Chord] = &[major(0), major(7), minor(9), major(5)];
const SENSITIVE: &[Chord] = &[minor(9), major(5), major(0), major(7)];
const FIFTIES: &[Chord] = &[major(0), minor(9), major(5), major(7)];
const LIFT: &[Chord] = &[major(5), major(7), minor(9), major(0)];

pub(super) fn draw(dice: &mut Dice) -> Arrangement {
    let groove = Groove { dynamics: dice.range(0.0, 0.2), ..steady(dice.ratio(78.0, 134.0), 0.006) };
    let harmony = Harmony {
        key: dice.below(12) as i32,
        chords: dice.pick([AXIS, AXIS, SENSITIVE, FIFTIES, LIFT]),
        beats: dice.pick([4, 4, 2]),
        scale: dice.pick([MAJOR, MAJOR_PENTATONIC]),
    };
    let recording = Recording {
        high_cut: dice.ratio(8000.0, 10_800.0),
        squash: dice.range(0.25, 0.5),
        tilt: dice.range(0.0, 6.0),
        ..studio(dice, (-17.0, -10.0))
    };
    let mut chords = vec![keys(dice)];
    if dice.chance(0.7) {
        chords.push(pads(dice));
    }
    let mut melodies = vec![song(dice)];
    if dice.chance(0.4) {
        melodies.push(plucks(dice));
    }
    Arrangement {
        groove,
        harmony,
        drums: dice.chance(0.92).then(|| drums(dice)),
        bass: Some(bass(dice)),
        chords,
        melodies,
        room: room(dice, (0.5, 2.2), (0.1, 0.4)),
        recording,
    }
}

fn drums(dice: &mut Dice) -> DrumPart {
    let machine = dice.chance(0.5);
    let kit = if machine {
        Kit {
            tune: dice.range(0.9, 1.3),
            boom: dice.range(0.6, 1.6),
            click: dice.range(0.6, 1.6),
            snap: dice.range(0.7, 1.4),
            metal: dice.range(0.9, 1.5),
        }
    } else {
        acoustic_kit(dice)
    };
    let kicks = dice.pick(["x.......x.......", "x.....x...x.....", "x...x...x...x...", "x.......x.x....."]);
    DrumPart {
        kit,
        lines: vec![
            (Drum::Kick, Rhythm(kicks), 1.0),
            (if machine { Drum::Clap } else { Drum::Snare }, Rhythm("....x.......x..."), dice.range(0.6, 1.0)),
            (Drum::HatClosed, Rhythm(dice.pick(["x.o.x.o.x.o.x.o.", "xoxoxoxoxoxoxoxo"])), dice.range(0.15, 0.4)),
            (Drum::Shaker, Rhythm("x.oox.oox.oox.oo"), dice.range(0.0, 0.3)),
        ],
        fills: 0.3,
        channel: Channel::new(dice.range(-17.0, -11.0), 0.2),
    }
}

fn bass(dice: &mut Dice) -> BassPart {
    let voice = if dice.chance(0.5) { play::electric_bass(dice) } else { play::synth_bass(dice) };
    BassPart {
        voice,
        line: BassLine::Roots(Rhythm(dice.pick([
            "x.x.x.x.x.x.x.x.",
            "x.....x.x.....x.",
            "x...............",
            "x..x..x.x..x..x.",
        ]))),
        low: 31,
        gate: 0.85,
        channel: Channel::new(dice.range(-17.0, -12.0), 0.0),
    }
}

fn keys(dice: &mut Dice) -> ChordPart {
    let voice = match dice.below(4) {
        0 => play::piano(dice),
        1 => play::electric_piano(dice),
        2 => play::steel_guitar(dice),
        _ => play::synth_lead(dice),
    };
    ChordPart {
        voice,
        rhythm: Rhythm(dice.pick(["x...x...x...x...", "x.....x.....x...", "x.x.x.x.x.x.x.x.", "x...x.oo..o.x.o."])),
        voicing: dice.pick([Voicing::Close, Voicing::Open, Voicing::Broken(&[0, 1, 2, 3])]),
        centre: dice.pick([60, 66]),
        gate: dice.range(0.5, 1.0),
        strum: dice.range(0.0, 0.01),
        channel: Channel::new(dice.range(-20.0, -14.0), 0.3),
    }
}

fn pads(dice: &mut Dice) -> ChordPart {
    ChordPart {
        voice: if dice.chance(0.6) { play::pad(dice) } else { play::strings(dice) },
        rhythm: Rhythm("x..............."),
        voicing: Voicing::Close,
        centre: 62,
        gate: 1.0,
        strum: 0.0,
        channel: Channel::new(dice.range(-24.0, -17.0), 0.5),
    }
}

fn song(dice: &mut Dice) -> MelodyPart {
    MelodyPart {
        voice: play::singer(dice),
        rhythm: Rhythm(dice.pick(["x.x.x.x.x...x...", "x..x..x.x.x.x...", "x.xxx.x.x.x....."])),
        density: dice.range(0.6, 0.95),
        low: dice.pick([57, 62]),
        span: 7,
        leap: 2,
        gate: 0.92,
        phrase: dice.pick([(3, 1), (4, 0), (2, 1)]),
        channel: Channel::new(dice.range(-15.0, -10.0), 0.4),
    }
}

fn plucks(dice: &mut Dice) -> MelodyPart {
    MelodyPart {
        voice: play::bell_synth(dice),
        rhythm: Rhythm("x.x.x.x.x.x.x.x."),
        density: dice.range(0.4, 0.9),
        low: 72,
        span: 6,
        leap: 3,
        gate: 0.8,
        phrase: (4, 0),
        channel: Channel::new(dice.range(-25.0, -18.0), 0.5),
    }
}

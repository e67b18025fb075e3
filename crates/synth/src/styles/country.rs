//! Country: train beats and waltzes, alternating bass, strummed and picked steel strings, pedal steel, fiddle, a voice.

use super::{acoustic_kit, room, steady, studio, vintage};
use crate::arrangement::{Arrangement, BassLine, BassPart, Channel, ChordPart, DrumPart, MelodyPart, Voicing};
use crate::dice::Dice;
use crate::drums::Drum;
use crate::groove::{Groove, Rhythm};
use crate::harmony::{Chord, Harmony, MAJOR, MAJOR_PENTATONIC, major, minor, seventh};
use crate::instruments as play;

const THREE_CHORDS: &[Chord] = &[major(0), major(0), major(5), major(0), major(0), major(0), seventh(7), major(0)];
const CHORUS: &[Chord] = &[major(5), major(0), major(7), major(0)];
const BALLAD: &[Chord] = &[major(0), minor(9), major(5), major(7)];

pub(super) fn draw(dice: &mut Dice) -> Arrangement {
    let waltz = dice.chance(0.15);
    let swing = if dice.chance(0.25) { dice.range(0.56, 0.66) } else { 0.5 };
    let groove = Groove { beats: if waltz { 3 } else { 4 }, swing, ..steady(dice.ratio(75.0, 180.0), 0.015) };
    let harmony = Harmony {
        key: dice.pick([7, 2, 0, 9, 4]),
        chords: dice.pick([THREE_CHORDS, THREE_CHORDS, CHORUS, BALLAD]),
        beats: groove.beats,
        scale: dice.pick([MAJOR_PENTATONIC, MAJOR]),
    };
    let old = dice.chance(0.15);
    let recording = if old { vintage(dice, (-21.0, -14.0)) } else { studio(dice, (-19.0, -13.0)) };
    let mut chords = vec![strummed(waltz, dice)];
    if dice.chance(0.65) {
        chords.push(picked(dice));
    }
    let mut melodies = vec![melody(dice)];
    if dice.chance(0.4) {
        melodies.push(steel(dice));
    }
    Arrangement {
        groove,
        harmony,
        drums: dice.chance(0.8).then(|| drums(waltz, dice)),
        bass: Some(bass(waltz, dice)),
        chords,
        melodies,
        room: room(dice, (0.3, 1.4), (0.08, 0.35)),
        recording,
    }
}

fn drums(waltz: bool, dice: &mut Dice) -> DrumPart {
    let lines = if waltz {
        vec![(Drum::Kick, Rhythm("x..........."), 0.8), (Drum::Brush, Rhythm("....x...x..."), 0.6)]
    } else if dice.chance(0.75) {
        let sticks = dice.pick([Drum::Brush, Drum::Snare]);
        vec![(Drum::Kick, Rhythm("x.......x......."), 0.8), (sticks, Rhythm("ooxoooxoooxoooxo"), dice.range(0.3, 0.6))]
    } else {
        vec![
            (Drum::Kick, Rhythm("x.......x.x....."), 0.9),
            (dice.pick([Drum::Rim, Drum::Snare]), Rhythm("....x.......x..."), 0.7),
            (Drum::HatClosed, Rhythm("x.o.x.o.x.o.x.o."), dice.range(0.2, 0.45)),
        ]
    };
    DrumPart { kit: acoustic_kit(dice), lines, fills: 0.3, channel: Channel::new(dice.range(-22.0, -14.0), 0.3) }
}

fn bass(waltz: bool, dice: &mut Dice) -> BassPart {
    let rhythm =
        if waltz { Rhythm("x...........") } else { Rhythm(dice.pick(["x.......x.......", "x...x...x...x..."])) };
    let voice = if dice.chance(0.6) { play::electric_bass(dice) } else { play::upright_bass(dice) };
    BassPart {
        voice,
        line: BassLine::Alternating(rhythm),
        low: 31,
        gate: 0.8,
        channel: Channel::new(dice.range(-18.0, -13.0), 0.05).low_pass(1800.0),
    }
}

fn strummed(waltz: bool, dice: &mut Dice) -> ChordPart {
    let rhythm = if waltz {
        "....x...x..."
    } else {
        dice.pick(["....x.......x...", "..x...x...x...x.", "x...x.o...o.x.o.", "x.o.x.oox.o.x.oo"])
    };
    ChordPart {
        voice: play::steel_guitar(dice),
        rhythm: Rhythm(rhythm),
        voicing: Voicing::Open,
        centre: 60,
        gate: dice.range(0.5, 1.2),
        strum: dice.range(0.008, 0.022),
        channel: Channel::new(dice.range(-15.0, -10.0), 0.25).high_pass(140.0),
    }
}

fn picked(dice: &mut Dice) -> ChordPart {
    let voice = if dice.chance(0.5) { play::banjo(dice) } else { play::steel_guitar(dice) };
    ChordPart {
        voice,
        rhythm: Rhythm(dice.pick(["xoxoxoxo", "x.xox.xo", "x.o.x.o."])),
        voicing: Voicing::Broken(dice.pick([&[0, 2, 3, 1, 2, 3, 0, 3][..], &[0, 2, 1, 3], &[3, 2, 1]])),
        centre: 64,
        gate: 1.2,
        strum: 0.0,
        channel: Channel::new(dice.range(-19.0, -13.0), 0.2),
    }
}

fn melody(dice: &mut Dice) -> MelodyPart {
    let voice = match dice.below(4) {
        0 => play::violin(dice),
        1 => play::electric_guitar(dice),
        _ => play::singer(dice),
    };
    MelodyPart {
        voice,
        rhythm: Rhythm(dice.pick(["x.x.x.x.x...x...", "x...x.x.x.x.x..."])),
        density: dice.range(0.5, 0.9),
        low: 55,
        span: 8,
        leap: 2,
        gate: 0.9,
        phrase: dice.pick([(2, 1), (3, 1), (4, 0)]),
        channel: Channel::new(dice.range(-17.0, -12.0), 0.35),
    }
}

fn steel(dice: &mut Dice) -> MelodyPart {
    MelodyPart {
        voice: play::pedal_steel(dice),
        rhythm: Rhythm("x...x...x...x..."),
        density: 0.5,
        low: 67,
        span: 7,
        leap: 2,
        gate: 1.0,
        phrase: (3, 1),
        channel: Channel::new(dice.range(-21.0, -15.0), 0.5),
    }
}

//! Rock: backbeat, driven guitars in eighths or strums, roots in the bass, a voice, a solo.

use super::{acoustic_kit, room, steady, studio};
use crate::arrangement::{Arrangement, BassLine, BassPart, Channel, ChordPart, DrumPart, MelodyPart, Voicing};
use crate::dice::Dice;
use crate::drums::{Drum, Kit};
use crate::groove::{Groove, Rhythm};
use crate::harmony::{Chord, Harmony, MAJOR_PENTATONIC, MINOR_PENTATONIC, MIXOLYDIAN, major, minor};
use crate::instruments as play;

const MIXO: &[Chord] = &[major(0), major(10), major(5), major(0)];
const THREE: &[Chord] = &[major(0), major(5), major(7), major(5)];
const MINOR_ROCK: &[Chord] = &[minor(0), major(8), major(3), major(10)];
const GARAGE: &[Chord] = &[major(0), major(3), major(5), major(8)];

pub(super) fn draw(dice: &mut Dice) -> Arrangement {
    let groove = Groove { dynamics: dice.range(0.0, 0.25), ..steady(dice.ratio(85.0, 172.0), 0.012) };
    let harmony = Harmony {
        key: dice.pick([9, 4, 2, 7, 0]),
        chords: dice.pick([MIXO, THREE, MINOR_ROCK, GARAGE]),
        beats: dice.pick([4, 4, 2, 8]),
        scale: dice.pick([MINOR_PENTATONIC, MIXOLYDIAN, MAJOR_PENTATONIC]),
    };
    let mut chords = vec![rhythm_guitar(dice)];
    match dice.below(4) {
        0 => chords.push(acoustic(dice)),
        1 => chords.push(organ(dice)),
        _ => {}
    }
    let mut melodies = vec![song(dice)];
    if dice.chance(0.45) {
        melodies.push(solo(dice));
    }
    Arrangement {
        groove,
        harmony,
        drums: Some(drums(dice)),
        bass: Some(bass(dice)),
        chords,
        melodies,
        room: room(dice, (0.3, 1.5), (0.08, 0.35)),
        recording: studio(dice, (-17.0, -11.0)),
    }
}

fn drums(dice: &mut Dice) -> DrumPart {
    let metal = dice.pick([Drum::HatClosed, Drum::HatClosed, Drum::HatOpen, Drum::Ride]);
    let kicks = dice.pick(["x.......x.x.....", "x.x.....x.......", "x.......x.......", "x..x..x.x.x....."]);
    let kit = acoustic_kit(dice);
    DrumPart {
        kit: Kit { click: kit.click + 0.3, snap: kit.snap + 0.2, ..kit },
        lines: vec![
            (Drum::Kick, Rhythm(kicks), 1.0),
            (Drum::Snare, Rhythm("....X.......X..."), dice.range(0.7, 1.0)),
            (metal, Rhythm(dice.pick(["x.o.x.o.x.o.x.o.", "x...x...x...x..."])), dice.range(0.2, 0.5)),
        ],
        fills: 0.5,
        channel: Channel::new(dice.range(-17.0, -11.0), 0.3),
    }
}

fn bass(dice: &mut Dice) -> BassPart {
    BassPart {
        voice: play::electric_bass(dice),
        line: BassLine::Roots(Rhythm(dice.pick(["x.x.x.x.x.x.x.x.", "x.....x.x.x.....", "x..x..x.x..x..x."]))),
        low: 28,
        gate: 0.88,
        channel: Channel::new(dice.range(-17.0, -12.0), 0.0).drive(dice.range(0.0, 12.0)).low_pass(2500.0),
    }
}

fn rhythm_guitar(dice: &mut Dice) -> ChordPart {
    let (voice, voicing) = dice.pick([(true, Voicing::Power), (true, Voicing::Open), (false, Voicing::Open)]);
    ChordPart {
        voice: if voice { play::rhythm_guitar(dice) } else { play::electric_guitar(dice) },
        rhythm: Rhythm(dice.pick(["x.x.x.x.x.x.x.x.", "x.....x...x.x...", "x...x.x...x.x.x.", "X..............."])),
        voicing,
        centre: dice.pick([48, 52]),
        gate: dice.range(0.6, 1.0),
        strum: dice.range(0.0, 0.01),
        channel: Channel::new(dice.range(-16.0, -10.0), 0.25)
            .drive(dice.range(8.0, 26.0))
            .high_pass(90.0)
            .low_pass(dice.ratio(3000.0, 6500.0)),
    }
}

fn acoustic(dice: &mut Dice) -> ChordPart {
    ChordPart {
        voice: play::steel_guitar(dice),
        rhythm: Rhythm("x...x.oo..o.x.o."),
        voicing: Voicing::Open,
        centre: 60,
        gate: 1.0,
        strum: 0.012,
        channel: Channel::new(dice.range(-21.0, -15.0), 0.3).high_pass(140.0),
    }
}

fn organ(dice: &mut Dice) -> ChordPart {
    ChordPart {
        voice: play::organ(dice),
        rhythm: Rhythm("x..............."),
        voicing: Voicing::Close,
        centre: 64,
        gate: 1.0,
        strum: 0.0,
        channel: Channel::new(dice.range(-23.0, -16.0), 0.3).drive(dice.range(0.0, 14.0)).tremolo(6.5, 0.25),
    }
}

fn song(dice: &mut Dice) -> MelodyPart {
    MelodyPart {
        voice: play::singer(dice),
        rhythm: Rhythm(dice.pick(["x.x.x.x.x...x...", "x...x.x.x.x.x..."])),
        density: dice.range(0.5, 0.9),
        low: 60,
        span: 7,
        leap: 2,
        gate: 0.9,
        phrase: dice.pick([(2, 1), (3, 1), (2, 2)]),
        channel: Channel::new(dice.range(-17.0, -11.0), 0.3).drive(dice.pick([0.0, 0.0, 8.0])),
    }
}

fn solo(dice: &mut Dice) -> MelodyPart {
    MelodyPart {
        voice: play::lead_guitar(dice),
        rhythm: Rhythm(dice.pick(["x.x.x.x.x.x.x.x.", "xoxox.x.x.xox..."])),
        density: dice.range(0.4, 0.85),
        low: 64,
        span: 10,
        leap: 2,
        gate: 0.95,
        phrase: (2, 2),
        channel: Channel::new(dice.range(-18.0, -12.0), 0.4).drive(dice.range(10.0, 30.0)).low_pass(5000.0),
    }
}

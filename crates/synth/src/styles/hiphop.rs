//! Hip-hop: boom-bap and trap drums, 808 basses, a looped sample through a low-pass, and somebody talking fast.

use super::{room, steady, studio};
use crate::arrangement::{Arrangement, BassLine, BassPart, Channel, ChordPart, DrumPart, MelodyPart, Voicing};
use crate::dice::Dice;
use crate::drums::{Drum, Kit};
use crate::groove::{Groove, Rhythm, Swung};
use crate::harmony::{Chord, Harmony, MINOR, MINOR_PENTATONIC, PHRYGIAN, major, major7, minor, minor7, minor9, ninth};
use crate::instruments as play;
use crate::recording::Recording;

const LOOP: &[Chord] = &[minor7(0), major7(8)];
const DARK: &[Chord] = &[minor(0), minor(0), major(1), minor(0)];
const SOUL: &[Chord] = &[minor9(0), minor9(5), ninth(10), minor9(0)];
const ONE: &[Chord] = &[minor7(0)];

pub(super) fn draw(dice: &mut Dice) -> Arrangement {
    let groove = Groove {
        swing: dice.range(0.5, 0.63),
        swung: Swung::Sixteenths,
        dynamics: 0.0,
        ..steady(dice.ratio(72.0, 106.0), 0.012)
    };
    let (chords, scale) =
        dice.pick([(LOOP, MINOR), (DARK, PHRYGIAN), (SOUL, MINOR_PENTATONIC), (ONE, MINOR_PENTATONIC)]);
    let harmony = Harmony { key: dice.below(12) as i32, chords, beats: dice.pick([4, 8, 2]), scale };
    let sampled = dice.chance(0.4);
    let recording = Recording {
        low_cut: dice.ratio(20.0, 45.0),
        crackle: if sampled { dice.range(2.0, 12.0) } else { 0.0 },
        squash: dice.range(0.25, 0.5),
        ..studio(dice, (-17.0, -9.5))
    };
    let mut melodies = Vec::new();
    if dice.chance(0.85) {
        melodies.push(rap(dice));
    }
    if dice.chance(0.35) {
        melodies.push(hook(dice));
    }
    Arrangement {
        groove,
        harmony,
        drums: Some(drums(dice)),
        bass: Some(bass(dice)),
        chords: vec![sample(dice)],
        melodies,
        room: room(dice, (0.2, 0.9), (0.03, 0.2)),
        recording,
    }
}

fn drums(dice: &mut Dice) -> DrumPart {
    let trap = dice.chance(0.3);
    let kit = Kit {
        tune: dice.range(0.8, 1.15),
        boom: if trap { dice.range(1.5, 3.0) } else { dice.range(0.8, 1.6) },
        click: dice.range(0.3, 1.4),
        snap: dice.range(0.5, 1.5),
        metal: dice.range(0.6, 1.3),
    };
    let kicks = dice.pick(["X......x..x.....", "X..x...x..X.....", "X.x.......x..x..", "X.....x...x....."]);
    let hats = if trap {
        "x.x.x.x.x.xxx.x.x.x.xxxxx.x.x.x."
    } else {
        dice.pick(["x.o.x.o.x.o.x.o.", "x.oox.o.x.oox.oo", "xoxoxoxoxoxoxoxo"])
    };
    DrumPart {
        kit,
        lines: vec![
            (Drum::Kick, Rhythm(kicks), 1.0),
            (dice.pick([Drum::Snare, Drum::Snare, Drum::Clap]), Rhythm("....X.......X..."), dice.range(0.6, 1.0)),
            (Drum::HatClosed, Rhythm(hats), dice.range(0.15, 0.5)),
        ],
        fills: 0.0,
        channel: Channel::new(dice.range(-14.0, -9.0), 0.1).drive(dice.pick([0.0, 3.0, 8.0])),
    }
}

fn bass(dice: &mut Dice) -> BassPart {
    let voice = if dice.chance(0.7) { play::sub_bass(dice) } else { play::synth_bass(dice) };
    let rhythm = Rhythm(dice.pick(["x......x..x.....", "x.........x..x..", "x..x...x..x.....", "x..............."]));
    BassPart {
        voice,
        line: if dice.chance(0.7) { BassLine::Roots(rhythm) } else { BassLine::Riff(rhythm, &[0, 0, 3, 0, 7, 0]) },
        low: 28,
        gate: dice.range(0.6, 1.0),
        channel: Channel::new(dice.range(-14.0, -8.0), 0.0).drive(dice.pick([0.0, 0.0, 6.0])).low_pass(900.0),
    }
}

fn sample(dice: &mut Dice) -> ChordPart {
    let voice = match dice.below(5) {
        0 => play::piano(dice),
        1 => play::strings(dice),
        2 => play::bell_synth(dice),
        3 => play::soft_guitar(dice),
        _ => play::electric_piano(dice),
    };
    ChordPart {
        voice,
        rhythm: Rhythm(dice.pick(["x...............", "x.....x...x.....", "x.x.x.x.x.x.x.x.", "x..x..x.x..x..x."])),
        voicing: dice.pick([Voicing::Close, Voicing::Broken(&[0, 2, 1, 3, 2, 1])]),
        centre: dice.pick([60, 67]),
        gate: 0.9,
        strum: 0.0,
        channel: Channel::new(dice.range(-24.0, -15.0), 0.2).low_pass(dice.ratio(900.0, 5000.0)),
    }
}

fn rap(dice: &mut Dice) -> MelodyPart {
    MelodyPart {
        voice: play::rapper(dice),
        rhythm: Rhythm(dice.pick(["xoxoxoxoxoxoxox.", "x.xoxoxox.xoxo..", "xox.xoxoxox.x.x."])),
        density: dice.range(0.7, 0.95),
        low: 43,
        span: 2,
        leap: dice.pick([0, 1]),
        gate: 0.8,
        phrase: dice.pick([(4, 0), (7, 1), (3, 1)]),
        channel: Channel::new(dice.range(-16.0, -10.0), 0.1),
    }
}

fn hook(dice: &mut Dice) -> MelodyPart {
    MelodyPart {
        voice: if dice.chance(0.5) { play::bell_synth(dice) } else { play::synth_lead(dice) },
        rhythm: Rhythm("x..x..x.x...x..."),
        density: 0.7,
        low: 67,
        span: 6,
        leap: 2,
        gate: 0.8,
        phrase: (1, 1),
        channel: Channel::new(dice.range(-24.0, -17.0), 0.4),
    }
}

//! Metal: double kicks, walls of distorted fifths, muted riffs, a scream or a shredding lead; loud.

use super::{room, steady, studio};
use crate::arrangement::{Arrangement, BassLine, BassPart, Channel, ChordPart, DrumPart, MelodyPart, Voicing};
use crate::dice::Dice;
use crate::drums::{Drum, Kit};
use crate::groove::{Groove, Rhythm};
use crate::harmony::{Chord, HARMONIC_MINOR, Harmony, MINOR, PHRYGIAN, major, minor};
use crate::instruments as play;
use crate::recording::Recording;

const PEDAL: &[Chord] = &[minor(0), minor(0), major(1), minor(0)];
const HEROIC: &[Chord] = &[minor(0), major(8), major(10), minor(7)];
const TRITONE: &[Chord] = &[minor(0), major(6), major(5), major(3)];
const DOWN: &[Chord] = &[minor(0), major(10), major(8), major(7)];

pub(super) fn draw(dice: &mut Dice) -> Arrangement {
    let groove = Groove { dynamics: 0.0, ..steady(dice.ratio(85.0, 210.0), 0.005) };
    let (chords, scale) = dice.pick([(PEDAL, PHRYGIAN), (HEROIC, MINOR), (TRITONE, MINOR), (DOWN, HARMONIC_MINOR)]);
    let harmony = Harmony { key: dice.pick([4, 2, 0, 9, 11]), chords, beats: dice.pick([4, 4, 2]), scale };
    let recording = Recording { squash: dice.range(0.3, 0.55), ..studio(dice, (-15.0, -9.0)) };
    let drive = dice.range(28.0, 50.0);
    let mut chords = vec![wall(drive, dice)];
    if dice.chance(0.5) {
        chords.push(riff(drive, dice));
    }
    let mut melodies = Vec::new();
    if dice.chance(0.75) {
        melodies.push(voice(dice));
    }
    if dice.chance(0.4) {
        melodies.push(lead(drive, dice));
    }
    Arrangement {
        groove,
        harmony,
        drums: Some(drums(dice)),
        bass: Some(bass(dice)),
        chords,
        melodies,
        room: room(dice, (0.3, 1.4), (0.05, 0.25)),
        recording,
    }
}

fn drums(dice: &mut Dice) -> DrumPart {
    let kit = Kit {
        tune: dice.range(0.9, 1.3),
        boom: dice.range(0.4, 0.9),
        click: dice.range(1.0, 2.5),
        snap: dice.range(0.8, 1.8),
        metal: dice.range(0.9, 1.5),
    };
    let kicks = dice.pick(["xxxxxxxxxxxxxxxx", "xxx.xxx.xxx.xxx.", "x.xxx.xxx.xxx.xx", "x.x...x.x.x...x."]);
    let (snares, metal) = dice.pick([
        ("....X.......X...", Drum::HatOpen),
        ("....X.......X...", Drum::Ride),
        ("........X.......", Drum::Crash),
        ("..X...X...X...X.", Drum::Ride),
    ]);
    DrumPart {
        kit,
        lines: vec![
            (Drum::Kick, Rhythm(kicks), 0.9),
            (Drum::Snare, Rhythm(snares), dice.range(0.7, 1.0)),
            (metal, Rhythm(dice.pick(["x...x...x...x...", "x.x.x.x.x.x.x.x."])), dice.range(0.2, 0.5)),
        ],
        fills: 0.6,
        channel: Channel::new(dice.range(-16.0, -10.0), 0.15),
    }
}

fn bass(dice: &mut Dice) -> BassPart {
    BassPart {
        voice: play::electric_bass(dice),
        line: BassLine::Roots(Rhythm(dice.pick(["x.x.x.x.x.x.x.x.", "xxxxxxxxxxxxxxxx", "x..x..x.x..x..x."]))),
        low: 28,
        gate: 0.85,
        channel: Channel::new(dice.range(-18.0, -12.0), 0.0).drive(dice.range(4.0, 20.0)).low_pass(3000.0),
    }
}

fn wall(drive: f32, dice: &mut Dice) -> ChordPart {
    ChordPart {
        voice: play::rhythm_guitar(dice),
        rhythm: Rhythm(dice.pick(["x.x.x.x.x.x.x.x.", "x...............", "x..x..x.x..x..x.", "X.......x.x.x.x."])),
        voicing: Voicing::Power,
        centre: 46,
        gate: dice.range(0.6, 0.98),
        strum: 0.0,
        channel: amplifier(dice.range(-13.0, -8.0), drive, dice),
    }
}

fn riff(drive: f32, dice: &mut Dice) -> ChordPart {
    ChordPart {
        voice: play::rhythm_guitar(dice),
        rhythm: Rhythm(dice.pick(["xxxxxxxxxxxxxxxx", "xoox.oox.oox.oxx", "x.xxx.xxx.xxx.xx"])),
        voicing: Voicing::Root,
        centre: 46,
        gate: dice.range(0.25, 0.6),
        strum: 0.0,
        channel: amplifier(dice.range(-16.0, -10.0), drive, dice),
    }
}

fn amplifier(level: f32, drive: f32, dice: &mut Dice) -> Channel {
    Channel::new(level, 0.15).drive(drive).high_pass(dice.range(70.0, 130.0)).low_pass(dice.ratio(3500.0, 7500.0))
}

fn voice(dice: &mut Dice) -> MelodyPart {
    let clean = dice.chance(0.35);
    MelodyPart {
        voice: if clean { play::singer(dice) } else { play::screamer(dice) },
        rhythm: Rhythm(dice.pick(["x.x.x...x.x.x...", "x...x...x.x.x..."])),
        density: dice.range(0.5, 0.9),
        low: if clean { 62 } else { 50 },
        span: 5,
        leap: 2,
        gate: 0.9,
        phrase: dice.pick([(2, 2), (3, 1)]),
        channel: Channel::new(dice.range(-17.0, -11.0), 0.3).drive(if clean { 0.0 } else { 10.0 }),
    }
}

fn lead(drive: f32, dice: &mut Dice) -> MelodyPart {
    MelodyPart {
        voice: play::lead_guitar(dice),
        rhythm: Rhythm("xxxxxxxxxxxxxxxx"),
        density: dice.range(0.4, 0.95),
        low: 64,
        span: 14,
        leap: 2,
        gate: 0.95,
        phrase: (2, 2),
        channel: amplifier(dice.range(-17.0, -12.0), drive, dice),
    }
}

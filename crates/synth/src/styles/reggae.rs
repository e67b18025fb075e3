//! Reggae: one-drop drums, chopped chords off the beat, an organ's bubble, a heavy bass, echoes.

use super::{acoustic_kit, room, steady, studio, vintage};
use crate::arrangement::{Arrangement, BassLine, BassPart, Channel, ChordPart, DrumPart, MelodyPart, Room, Voicing};
use crate::dice::Dice;
use crate::drums::Drum;
use crate::groove::{Groove, Rhythm};
use crate::harmony::{Chord, Harmony, MAJOR_PENTATONIC, MINOR, MINOR_PENTATONIC, Scale, major, minor, minor7};
use crate::instruments as play;

const TWO_MINORS: &[Chord] = &[minor(0), minor(5)];
const ROOTS: &[Chord] = &[minor7(0), major(10)];
const BRIGHT: &[Chord] = &[major(0), major(5), major(7), major(5)];
const WAIL: &[Chord] = &[major(0), major(7), minor(9), major(5)];

pub(super) fn draw(dice: &mut Dice) -> Arrangement {
    let swing = if dice.chance(0.4) { dice.range(0.53, 0.63) } else { 0.5 };
    let groove = Groove { swing, dynamics: 0.05, ..steady(dice.ratio(62.0, 98.0), 0.014) };
    let songs: [(&'static [Chord], Scale); 4] =
        [(TWO_MINORS, MINOR), (ROOTS, MINOR_PENTATONIC), (BRIGHT, MAJOR_PENTATONIC), (WAIL, MAJOR_PENTATONIC)];
    let (chords, scale) = dice.pick(songs);
    let harmony = Harmony { key: dice.below(12) as i32, chords, beats: dice.pick([4, 4, 2]), scale };
    let recording = if dice.chance(0.08) { vintage(dice, (-19.0, -13.0)) } else { studio(dice, (-17.0, -11.0)) };
    let mut comping = vec![skank(dice)];
    if dice.chance(0.6) {
        comping.push(bubble(dice));
    }
    let hall = room(dice, (0.5, 2.0), (0.1, 0.4));
    let echo = dice.chance(0.5).then(|| (0.75 * 60.0 / groove.tempo, dice.range(0.25, 0.55)));
    Arrangement {
        groove,
        harmony,
        drums: Some(drums(dice)),
        bass: Some(bass(dice)),
        chords: comping,
        melodies: vec![melody(dice)],
        room: Room { echo, ..hall },
        recording,
    }
}

fn drums(dice: &mut Dice) -> DrumPart {
    let kicks = dice.pick(["........X.......", "........X.......", "x.......X.......", "x...x...x...x..."]);
    DrumPart {
        kit: acoustic_kit(dice),
        lines: vec![
            (Drum::Kick, Rhythm(kicks), 1.0),
            (dice.pick([Drum::Rim, Drum::Rim, Drum::Snare]), Rhythm("........X......."), dice.range(0.5, 0.9)),
            (
                Drum::HatClosed,
                Rhythm(dice.pick(["x.o.x.o.x.o.x.o.", "..x...x...x...x.", "x.oox.oox.oox.oo"])),
                dice.range(0.2, 0.5),
            ),
        ],
        fills: 0.4,
        channel: Channel::new(dice.range(-18.0, -12.0), 0.3),
    }
}

fn bass(dice: &mut Dice) -> BassPart {
    let (rhythm, intervals): (&'static str, &'static [i32]) = dice.pick([
        ("x...x.x...x.x...", &[0, 7, 5, 3, 0]),
        ("..x.x.x.....x.x.", &[0, 0, 7, 3, 5]),
        ("x..x..x.x.......", &[0, 3, 5, 7]),
        ("x.x...x.x.x.....", &[0, 0, 12, 7, 5]),
    ]);
    let voice = if dice.chance(0.7) { play::electric_bass(dice) } else { play::sub_bass(dice) };
    BassPart {
        voice,
        line: BassLine::Riff(Rhythm(rhythm), intervals),
        low: 28,
        gate: 0.8,
        channel: Channel::new(dice.range(-13.0, -8.0), 0.0).low_pass(dice.ratio(300.0, 900.0)),
    }
}

fn skank(dice: &mut Dice) -> ChordPart {
    let voice = if dice.chance(0.65) { play::electric_guitar(dice) } else { play::piano(dice) };
    ChordPart {
        voice,
        rhythm: Rhythm(dice.pick(["....x.......x...", "..x...x...x...x.", "....x.......x.x.", "....xo......xo.."])),
        voicing: Voicing::Close,
        centre: 64,
        gate: dice.range(0.1, 0.3),
        strum: 0.006,
        channel: Channel::new(dice.range(-18.0, -12.0), 0.4).high_pass(250.0),
    }
}

fn bubble(dice: &mut Dice) -> ChordPart {
    ChordPart {
        voice: play::organ(dice),
        rhythm: Rhythm(dice.pick(["..xo..xo..xo..xo", "..x...x...x...x.", "x..............."])),
        voicing: Voicing::Close,
        centre: 60,
        gate: 0.5,
        strum: 0.0,
        channel: Channel::new(dice.range(-24.0, -17.0), 0.2).tremolo(6.0, 0.3),
    }
}

fn melody(dice: &mut Dice) -> MelodyPart {
    let voice = match dice.below(5) {
        0 => play::brass(dice),
        1 => play::harmonica(dice),
        _ => play::singer(dice),
    };
    MelodyPart {
        voice,
        rhythm: Rhythm(dice.pick(["x.x.x.x...x.x...", "..x.x.x.x...x..."])),
        density: dice.range(0.5, 0.85),
        low: 57,
        span: 7,
        leap: 2,
        gate: 0.85,
        phrase: dice.pick([(2, 1), (2, 2), (3, 1)]),
        channel: Channel::new(dice.range(-18.0, -12.0), 0.45),
    }
}

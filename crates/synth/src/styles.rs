//! The ten styles: what each draws for a clip, and what it sometimes borrows.

mod blues;
mod classical;
mod country;
mod disco;
mod hiphop;
mod jazz;
mod metal;
mod pop;
mod reggae;
mod rock;

use crate::Style;
use crate::arrangement::{Arrangement, Room};
use crate::dice::Dice;
use crate::drums::Kit;
use crate::groove::{Groove, Swung};
use crate::recording::Recording;

/// Chance that a clip takes one trait from a neighbouring style, and then that it takes another.
const BORROWING: f32 = 0.12;

/// Draws a clip's arrangement.
pub(crate) fn draw(style: Style, dice: &mut Dice) -> Arrangement {
    let mut arrangement = own(style, dice);
    while dice.chance(BORROWING) {
        let lender = dice.pick(neighbours(style));
        borrow(&mut arrangement, own(lender, dice), dice);
    }
    arrangement
}

fn own(style: Style, dice: &mut Dice) -> Arrangement {
    match style {
        Style::Blues => blues::draw(dice),
        Style::Classical => classical::draw(dice),
        Style::Country => country::draw(dice),
        Style::Disco => disco::draw(dice),
        Style::Hiphop => hiphop::draw(dice),
        Style::Jazz => jazz::draw(dice),
        Style::Metal => metal::draw(dice),
        Style::Pop => pop::draw(dice),
        Style::Reggae => reggae::draw(dice),
        Style::Rock => rock::draw(dice),
    }
}

/// Whom a style listens to; named twice, twice as often.
fn neighbours(style: Style) -> [Style; 4] {
    match style {
        Style::Blues => [Style::Jazz, Style::Rock, Style::Country, Style::Jazz],
        Style::Classical => [Style::Jazz, Style::Jazz, Style::Classical, Style::Pop],
        Style::Country => [Style::Rock, Style::Blues, Style::Pop, Style::Rock],
        Style::Disco => [Style::Pop, Style::Pop, Style::Hiphop, Style::Rock],
        Style::Hiphop => [Style::Reggae, Style::Pop, Style::Disco, Style::Reggae],
        Style::Jazz => [Style::Blues, Style::Classical, Style::Blues, Style::Country],
        Style::Metal => [Style::Rock, Style::Rock, Style::Metal, Style::Rock],
        Style::Pop => [Style::Disco, Style::Rock, Style::Hiphop, Style::Country],
        Style::Reggae => [Style::Hiphop, Style::Pop, Style::Disco, Style::Rock],
        Style::Rock => [Style::Metal, Style::Blues, Style::Country, Style::Pop],
    }
}

/// Takes one trait of another style's clip. Rhythms of another metre stay where they are.
fn borrow(arrangement: &mut Arrangement, lender: Arrangement, dice: &mut Dice) {
    let same_metre = arrangement.groove.beats == lender.groove.beats;
    match dice.below(6) {
        0 if same_metre && arrangement.drums.is_some() && lender.drums.is_some() => arrangement.drums = lender.drums,
        1 if same_metre && arrangement.bass.is_some() && lender.bass.is_some() => arrangement.bass = lender.bass,
        2 if same_metre => arrangement.chords = lender.chords,
        3 if same_metre => arrangement.melodies = lender.melodies,
        4 => arrangement.recording = lender.recording,
        _ => {
            arrangement.groove.tempo = lender.groove.tempo;
            arrangement.harmony = lender.harmony;
            arrangement.room = lender.room;
        }
    }
}

/// A straight four-four played together.
fn steady(tempo: f32, looseness: f32) -> Groove {
    Groove { tempo, beats: 4, swing: 0.5, swung: Swung::Eighths, rubato: 0.0, looseness, dynamics: 0.1 }
}

fn acoustic_kit(dice: &mut Dice) -> Kit {
    Kit {
        tune: dice.range(0.85, 1.25),
        boom: dice.range(0.6, 1.2),
        click: dice.range(0.3, 1.2),
        snap: dice.range(0.5, 1.4),
        metal: dice.range(0.7, 1.3),
    }
}

fn room(dice: &mut Dice, seconds: (f32, f32), wet: (f32, f32)) -> Room {
    Room {
        size: dice.range(0.6, 1.6),
        seconds: dice.ratio(seconds.0, seconds.1),
        damping: dice.ratio(1800.0, 6000.0),
        wet: dice.range(wet.0, wet.1),
        echo: None,
    }
}

/// A studio of the seventies or later.
fn studio(dice: &mut Dice, loudness: (f32, f32)) -> Recording {
    Recording {
        low_cut: dice.ratio(25.0, 70.0),
        high_cut: dice.ratio(7500.0, 10_500.0),
        squash: dice.range(0.1, 0.4),
        tape: dice.pick([0.0, 3.0, 6.0]),
        hiss: dice.range(-65.0, -50.0),
        hum: -80.0,
        crackle: 0.0,
        tilt: dice.range(-3.0, 3.0),
        loudness: dice.range(loudness.0, loudness.1),
    }
}

/// An old recording: narrow, noisy, some of them from a worn disc.
fn vintage(dice: &mut Dice, loudness: (f32, f32)) -> Recording {
    Recording {
        low_cut: dice.ratio(50.0, 160.0),
        high_cut: dice.ratio(3800.0, 7000.0),
        squash: dice.range(0.1, 0.35),
        tape: dice.range(3.0, 10.0),
        hiss: dice.range(-48.0, -32.0),
        hum: dice.range(-70.0, -40.0),
        crackle: dice.pick([0.0, 0.0, 4.0, 15.0]),
        tilt: dice.range(-4.0, 1.0),
        loudness: dice.range(loudness.0, loudness.1),
    }
}

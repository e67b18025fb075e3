//! The notes of bass, chords and melodies.

use super::Layer;
use crate::arrangement::{Arrangement, BassLine, BassPart, ChordPart, MelodyPart, Voicing};
use crate::dice::Dice;
use crate::groove::{Groove, Rhythm, STEPS};
use crate::harmony::Chord;
use crate::voice::Note;

pub(super) fn bass(
    part: &BassPart,
    arrangement: &Arrangement,
    layer: &Layer<'_>,
    steps: usize,
    dice: &mut Dice,
) -> Vec<Note> {
    let groove = &arrangement.groove;
    let rhythm = match part.line {
        BassLine::Roots(rhythm)
        | BassLine::Alternating(rhythm)
        | BassLine::Octaves(rhythm)
        | BassLine::Riff(rhythm, _) => rhythm,
        BassLine::Walking => Rhythm("x..."),
    };
    let mut notes = Vec::new();
    let mut turn = 0;
    for (step, stroke) in strokes(rhythm, layer, steps) {
        let beat = step / STEPS;
        let chord = arrangement.harmony.at(beat);
        if step % (arrangement.harmony.beats * STEPS) == 0 {
            turn = 0;
        }
        let root = above(part.low, chord.root);
        let interval = match part.line {
            BassLine::Roots(_) => 0,
            BassLine::Alternating(_) => [0, 7][turn % 2],
            BassLine::Octaves(_) => [0, 12][turn % 2],
            BassLine::Riff(_, intervals) => intervals.get(turn % intervals.len().max(1)).copied().unwrap_or(0),
            BassLine::Walking => walk(arrangement, beat, root, turn, dice),
        };
        turn += 1;
        let pitch = if matches!(part.line, BassLine::Alternating(_)) && interval == 7 && root - 5 >= part.low {
            root - 5
        } else {
            root + interval
        };
        notes.push(note(groove, step, rhythm.gap(step), part.gate, pitch as f32, stroke, dice));
    }
    notes
}

/// Semitones from the root: chord tones on the way, and a neighbour of the next root before the chord changes.
fn walk(arrangement: &Arrangement, beat: usize, root: i32, turn: usize, dice: &mut Dice) -> i32 {
    let chord = arrangement.harmony.at(beat);
    let next = arrangement.harmony.at(beat + 1);
    if turn == 0 {
        0
    } else if next.root != chord.root {
        above(root - 5, next.root) - root + dice.pick([-1, 1])
    } else {
        let tone = 1 + dice.below(chord.notes.len().saturating_sub(1).max(1));
        chord.notes.get(tone).copied().unwrap_or(7) % 12
    }
}

pub(super) fn chords(
    part: &ChordPart,
    arrangement: &Arrangement,
    layer: &Layer<'_>,
    steps: usize,
    dice: &mut Dice,
) -> Vec<Note> {
    let groove = &arrangement.groove;
    let mut notes = Vec::new();
    for (turn, (step, stroke)) in strokes(part.rhythm, layer, steps).enumerate() {
        let pitches = voiced(part, arrangement.harmony.at(step / STEPS), turn);
        let first = note(groove, step, part.rhythm.gap(step), part.gate, 0.0, stroke, dice);
        for (string, pitch) in pitches.into_iter().enumerate() {
            let late = f64::from(part.strum) * string as f64;
            notes.push(Note { start: first.start + late, pitch: pitch as f32, ..first });
        }
    }
    notes
}

fn voiced(part: &ChordPart, chord: Chord, turn: usize) -> Vec<i32> {
    let close = |low: i32| -> Vec<i32> {
        let mut pitches: Vec<i32> = chord.notes.iter().map(|note| above(low, chord.root + note)).collect();
        pitches.sort_unstable();
        pitches
    };
    match part.voicing {
        Voicing::Close => close(part.centre - 6),
        Voicing::Open => {
            let mut pitches = vec![above(part.centre - 18, chord.root)];
            pitches.extend(close(part.centre - 6));
            pitches.extend(close(part.centre + 6).first());
            pitches
        }
        Voicing::Power => {
            let root = above(part.centre - 6, chord.root);
            vec![root, root + 7, root + 12]
        }
        Voicing::Root => vec![above(part.centre - 6, chord.root)],
        Voicing::Broken(order) => {
            let place = order.get(turn % order.len().max(1)).copied().unwrap_or(0);
            let close = close(part.centre - 6);
            let octave = 12 * (place / close.len().max(1)) as i32;
            close.get(place % close.len().max(1)).map(|pitch| vec![pitch + octave]).unwrap_or_default()
        }
    }
}

pub(super) fn melody(
    part: &MelodyPart,
    arrangement: &Arrangement,
    layer: &Layer<'_>,
    steps: usize,
    dice: &mut Dice,
) -> Vec<Note> {
    let groove = &arrangement.groove;
    let (playing, resting) = part.phrase;
    let period = (playing + resting).max(1);
    let mut place = dice.below(part.span.max(1) as usize) as i32;
    let mut onsets: Vec<(usize, f32, i32)> = Vec::new();
    for (step, stroke) in strokes(part.rhythm, layer, steps) {
        if step / groove.bar() % period >= playing.max(1) || !dice.chance(part.density) {
            continue;
        }
        let leap = part.leap.max(0);
        place += dice.below(2 * leap as usize + 1) as i32 - leap;
        // A line turns back at the ends of its range.
        if place < 0 || place > part.span {
            place = place.clamp(0, part.span) + if place < 0 { 1 } else { -1 };
        }
        onsets.push((step, stroke, place));
    }
    let ends = onsets.iter().skip(1).map(|&(step, ..)| step).chain([steps]);
    let longest = groove.bar();
    let pitched = onsets.iter().zip(ends).map(|(&(step, stroke, place), end)| {
        let pitch = arrangement.harmony.pitch(part.low, place);
        note(groove, step, (end - step).min(longest), part.gate, pitch, stroke, dice)
    });
    pitched.collect()
}

/// The steps at which a rhythm is struck while its layer plays, with their stress.
fn strokes(rhythm: Rhythm, layer: &Layer<'_>, steps: usize) -> impl Iterator<Item = (usize, f32)> {
    (0..steps).filter(|&step| layer.plays(step)).filter_map(move |step| rhythm.at(step).map(|stroke| (step, stroke)))
}

fn note(groove: &Groove, step: usize, gap: usize, gate: f32, pitch: f32, stroke: f32, dice: &mut Dice) -> Note {
    let start = groove.seconds(step);
    let length = (groove.seconds(step + gap) - start) * f64::from(gate);
    let late = f64::from(groove.looseness * dice.unit());
    let velocity = (stroke * groove.loudness(step) * dice.range(0.85, 1.1)).clamp(0.05, 1.0);
    Note { start: start + late, length, pitch, velocity }
}

/// The lowest MIDI pitch of a pitch class that isn't below `low`.
fn above(low: i32, class: i32) -> i32 {
    low + (class - low).rem_euclid(12)
}

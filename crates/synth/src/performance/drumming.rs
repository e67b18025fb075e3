//! The drum part: strokes where the rhythms have them, rolls at the end of sections.

use super::{Layer, Span};
use crate::arrangement::DrumPart;
use crate::dice::Dice;
use crate::drums::Drum;
use crate::groove::{Groove, STEPS};
use crate::oscillator::RATE;

pub(super) fn play(part: &DrumPart, groove: &Groove, layer: &Layer<'_>, span: &Span, dice: &mut Dice) -> Vec<f32> {
    let mut stem = vec![0.0; span.samples];
    let crash = part.kit.sound(Drum::Crash, dice);
    let tom = part.kit.sound(Drum::Tom, dice);
    let fills = dice.chance(part.fills);
    for (drum, rhythm, level) in &part.lines {
        let sound = part.kit.sound(*drum, dice);
        for step in (0..span.steps).filter(|&step| layer.plays(step)) {
            let Some(stroke) = rhythm.at(step) else { continue };
            if fills && *drum != Drum::Kick && layer.ends_within(step, 2 * STEPS) {
                continue;
            }
            strike(&mut stem, &sound, level * stroke, step, groove, dice);
        }
    }
    if fills {
        for step in (0..span.steps).filter(|&step| layer.plays(step)) {
            if layer.ends_within(step, 2 * STEPS) && dice.chance(0.7) {
                strike(&mut stem, &tom, dice.range(0.4, 0.8), step, groove, dice);
            } else if layer.begins_at(step) && step > 0 {
                strike(&mut stem, &crash, 0.5, step, groove, dice);
            }
        }
    }
    stem
}

fn strike(stem: &mut [f32], sound: &[f32], level: f32, step: usize, groove: &Groove, dice: &mut Dice) {
    let late = f64::from(groove.looseness * dice.unit());
    let at = ((groove.seconds(step) + late) * f64::from(RATE)) as usize;
    let level = level * groove.loudness(step) * dice.range(0.85, 1.0);
    if let Some(out) = stem.get_mut(at..) {
        for (x, y) in out.iter_mut().zip(sound) {
            *x += level * y;
        }
    }
}

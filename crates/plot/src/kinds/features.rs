//! Chromagram and MFCCs.

use dsp::chroma::PITCH_CLASSES;
use dsp::mfcc::COEFFICIENTS;
use plotters::prelude::DrawingBackend;

use super::{Scene, frames_across, time_axis};
use crate::axis::Axis;
use crate::colour::ColourMap;
use crate::error::Result;
use crate::heat::{Cells, Pool};
use crate::plane::{Labels, Panel};

const PITCH_NAMES: [&str; PITCH_CLASSES] = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];

pub fn chroma<DB: DrawingBackend>(scene: &Scene<DB>) -> Result<Panel> {
    let Scene { analysis, .. } = *scene;
    let y = steps(0, PITCH_CLASSES);
    let plane = scene.plane(time_axis(analysis), y);
    let cells = Cells {
        matrix: &analysis.chroma,
        across: frames_across(analysis.frames(), analysis.audio.rate, &plane.panel.x),
        up: (0..PITCH_CLASSES).map(|class| y.share(class as f64)).collect(),
        pool: Pool::Mean,
    };
    plane.heat(&cells, &ColourMap::amounts(0.0..=1.0), "share")?;
    let names = PITCH_NAMES.iter().enumerate().map(|(class, &name)| (class as f64, name.to_owned()));
    let labels = Labels { title: "Chromagram", x: "time (s)", y: "pitch class", y_ticks: Some(names.collect()) };
    plane.frame(&labels, false)?;
    Ok(plane.panel)
}

pub fn mfcc<DB: DrawingBackend>(scene: &Scene<DB>) -> Result<Panel> {
    let Scene { analysis, .. } = *scene;
    let y = steps(1, COEFFICIENTS);
    let plane = scene.plane(time_axis(analysis), y);
    let cells = Cells {
        matrix: &analysis.mfcc,
        across: frames_across(analysis.frames(), analysis.audio.rate, &plane.panel.x),
        up: (1..=COEFFICIENTS).map(|number| y.share(number as f64)).collect(),
        pool: Pool::Mean,
    };
    // The first two, loudness and tilt, are many times the others: the colours are for these.
    let others = analysis.mfcc.rows().flat_map(|row| row.iter().skip(2));
    let limit = others.fold(1.0f32, |limit, value| limit.max(value.abs()));
    plane.heat(&cells, &ColourMap::signed(limit), "dB")?;
    let names = [1, 5, 10, 15, 20].map(|number| (f64::from(number), number.to_string()));
    let title = "MFCCs (the first two, loudness and tilt, go beyond the colours)";
    plane.frame(&Labels { title, x: "time (s)", y: "coefficient", y_ticks: Some(names.to_vec()) }, false)?;
    Ok(plane.panel)
}

/// An axis of numbered rows: each number in the middle of its row.
fn steps(first: usize, count: usize) -> Axis {
    Axis::linear(first as f64 - 0.5, (first + count) as f64 - 0.5)
}

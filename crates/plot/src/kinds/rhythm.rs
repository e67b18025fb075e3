//! Onset strength and beats.

use plotters::prelude::DrawingBackend;

use super::{Scene, time_axis};
use crate::axis::Axis;
use crate::error::Result;
use crate::plane::{Labels, Panel};

pub fn onset<DB: DrawingBackend>(scene: &Scene<DB>) -> Result<Panel> {
    let Scene { analysis, palette, .. } = *scene;
    let loudest = analysis.onset.iter().fold(0.0f32, |most, &value| most.max(value));
    let y = Axis::linear(0.0, 1.05 * f64::from(loudest));
    let plane = scene.plane(time_axis(analysis), y);
    let title = match analysis.beats.len() {
        0 => "Onset strength: no beat found".to_owned(),
        beats => format!("Onset strength with {beats} beats at {:.1} BPM", analysis.tempo),
    };
    plane.frame(&Labels { title: &title, x: "time (s)", y: "onset strength (dB)", y_ticks: None }, true)?;
    let bottom = plane.panel.top + plane.panel.height - 1;
    for &beat in &analysis.beats {
        let column = plane.panel.column(analysis.seconds(beat));
        plane.path(vec![(column, plane.panel.top), (column, bottom)], palette.accent, 1)?;
    }
    let points = analysis.onset.iter().enumerate();
    plane.line(points.map(|(frame, &value)| (analysis.seconds(frame), f64::from(value))), palette.series, 1)?;
    plane.legend(&[("onset strength", palette.series), ("beats", palette.accent)])?;
    Ok(plane.panel)
}

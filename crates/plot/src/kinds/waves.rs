//! Waveforms: whole, divided, and close up.

use dsp::stft::{HOP, N_FFT};
use plotters::prelude::{Color, DrawingBackend};

use super::{Scene, time_axis};
use crate::axis::Axis;
use crate::error::Result;
use crate::extremes::Extremes;
use crate::plane::{Labels, Panel, Plane};

/// Seconds of the close-up.
const CLOSE_UP: f64 = 0.02;

/// Samples nearer to zero than this count as zero (librosa's `zero_crossings`).
const ZERO: f32 = 1e-10;

pub fn waveform<DB: DrawingBackend>(scene: &Scene<DB>) -> Result<Panel> {
    let Scene { analysis, palette, .. } = *scene;
    let samples = &analysis.audio.samples;
    let y = amplitudes(samples);
    let plane = scene.plane(time_axis(analysis), y);
    let labels = Labels { title: "Waveform with amplitude envelope", x: "time (s)", y: "amplitude", y_ticks: None };
    plane.frame(&labels, true)?;
    draw_wave(&plane, &Extremes::of(samples))?;
    let envelope = envelope(samples);
    let points = envelope.iter().enumerate();
    plane.line(points.map(|(frame, &value)| (analysis.seconds(frame), f64::from(value))), palette.accent, 2)?;
    plane.legend(&[("waveform", palette.series), ("envelope: largest |x| of 2 048 samples", palette.accent)])?;
    Ok(plane.panel)
}

pub fn hpss<DB: DrawingBackend>(scene: &Scene<DB>) -> Result<Vec<Panel>> {
    let Scene { analysis, .. } = *scene;
    let y = amplitudes(&analysis.audio.samples);
    let (top, bottom) = scene.rows;
    let middle = (top + bottom) / 2;
    let mut panels = Vec::new();
    let halves = [
        ("Harmonic part", &analysis.harmonic, (top, middle)),
        ("Percussive part", &analysis.percussive, (middle, bottom)),
    ];
    for (title, extremes, rows) in halves {
        let plane = scene.within(rows).plane(time_axis(analysis), y);
        plane.frame(&Labels { title, x: "time (s)", y: "amplitude", y_ticks: None }, true)?;
        draw_wave(&plane, extremes)?;
        panels.push(plane.panel);
    }
    Ok(panels)
}

pub fn zero_crossing_rate<DB: DrawingBackend>(scene: &Scene<DB>) -> Result<Panel> {
    let Scene { analysis, palette, .. } = *scene;
    let rates = &analysis.temporal.zero_crossing_rate;
    let y = Axis::linear(0.0, 1.05 * rates.iter().copied().fold(0.0, f64::max));
    let plane = scene.plane(time_axis(analysis), y);
    let mean = rates.iter().sum::<f64>() / rates.len().max(1) as f64;
    let title = format!("Zero-crossing rate, {mean:.3} of all samples in the mean");
    plane.frame(&Labels { title: &title, x: "time (s)", y: "crossings per sample", y_ticks: None }, true)?;
    let points = rates.iter().enumerate().map(|(frame, &rate)| (analysis.seconds(frame), rate));
    plane.line(points, palette.series, 1)?;
    Ok(plane.panel)
}

/// The 20 ms around the loudest sample.
pub fn zero_crossings<DB: DrawingBackend>(scene: &Scene<DB>) -> Result<Panel> {
    let Scene { analysis, palette, .. } = *scene;
    let (samples, rate) = (&analysis.audio.samples, f64::from(analysis.audio.rate));
    let count = ((CLOSE_UP * rate) as usize).clamp(2, samples.len());
    let magnitudes = samples.iter().map(|sample| sample.abs()).enumerate();
    let loudest = magnitudes.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(index, _)| index);
    let start = loudest.saturating_sub(count / 2).min(samples.len() - count);
    let part = &samples[start..start + count];
    let seconds = |position: f64| (start as f64 + position) / rate;

    let crossings = crossings(part);
    let y = amplitudes(part);
    let x = Axis::linear(seconds(0.0), seconds((count - 1) as f64));
    let plane = scene.plane(x, y);
    let title = format!("{} zero crossings in {:.0} ms", crossings.len(), 1e3 * count as f64 / rate);
    plane.frame(&Labels { title: &title, x: "time (s)", y: "amplitude", y_ticks: None }, true)?;
    plane.line([(x.from, 0.0), (x.to, 0.0)].into_iter(), palette.frame, 1)?;
    let points = part.iter().enumerate().map(|(index, &sample)| (seconds(index as f64), f64::from(sample)));
    plane.line(points, palette.series, 2)?;
    for index in crossings {
        // Where the straight line between the two samples meets zero.
        let (before, after) = (f64::from(part[index - 1]), f64::from(part[index]));
        plane.dot(seconds(index as f64 - after / (after - before)), 0.0, palette.accent)?;
    }
    Ok(plane.panel)
}

/// From the loudest sample below zero to the loudest above, whichever is louder.
fn amplitudes(samples: &[f32]) -> Axis {
    let loudest = f64::from(samples.iter().fold(0.0f32, |loudest, sample| loudest.max(sample.abs())));
    let limit = if loudest > 0.0 { 1.05 * loudest } else { 1.0 };
    Axis::linear(-limit, limit)
}

/// The waveform as an area: per pixel column from its least to its greatest sample.
fn draw_wave<DB: DrawingBackend>(plane: &Plane<'_, DB>, extremes: &Extremes) -> Result<()> {
    let (mut outline, mut below) = (Vec::new(), Vec::new());
    for (column, least, greatest) in extremes.columns() {
        outline.push((plane.panel.left + column, plane.panel.row(greatest)));
        below.push((plane.panel.left + column, plane.panel.row(least) + 1));
    }
    outline.extend(below.into_iter().rev());
    plane.fill(outline, plane.palette().series.to_rgba())
}

/// The largest |x| around each frame's centre.
fn envelope(samples: &[f32]) -> Vec<f32> {
    let largest = |centre: usize| {
        let window = centre.saturating_sub(N_FFT / 2)..(centre + N_FFT / 2).min(samples.len());
        samples[window].iter().fold(0.0f32, |most, sample| most.max(sample.abs()))
    };
    (0..=samples.len() / HOP).map(|frame| largest(frame * HOP)).collect()
}

/// The samples that have another sign than the one before (librosa's `zero_crossings`, whose first sample never counts here).
fn crossings(samples: &[f32]) -> Vec<usize> {
    let negative = |sample: f32| sample < 0.0 && sample.abs() > ZERO;
    (1..samples.len()).filter(|&index| negative(samples[index - 1]) != negative(samples[index])).collect()
}

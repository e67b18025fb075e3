//! Spectrograms.

use dsp::FrameMatrix;
use dsp::mel::MEL_BANDS;
use dsp::stft::{BINS, N_FFT};
use plotters::prelude::{Color, DrawingBackend, RGBColor};

use super::{Scene, time_axis};
use crate::analysis::Analysis;
use crate::axis::{Axis, Scale};
use crate::colour::ColourMap;
use crate::error::Result;
use crate::heat::{Cells, Columns, Pool};
use crate::plane::{Labels, Panel, Plane};

/// Decibels below the loudest that are told apart.
pub(crate) const RANGE_DB: f32 = 80.0;

/// Lowest frequency of logarithmic axes: below lie three bins of the transform.
const LOWEST_HZ: f64 = 32.0;

pub fn spectrogram<DB: DrawingBackend>(scene: &Scene<DB>, scale: Scale) -> Result<Panel> {
    let Scene { analysis, .. } = *scene;
    let title = match scale {
        Scale::Log => "Spectrogram, logarithmic frequency",
        _ => "Spectrogram",
    };
    let plane = plane(scene, scale);
    draw_spectrogram(&plane, analysis)?;
    plane.frame(&labels(title), false)?;
    Ok(plane.panel)
}

pub fn mel<DB: DrawingBackend>(scene: &Scene<DB>) -> Result<Panel> {
    let Scene { analysis, .. } = *scene;
    let plane = plane(scene, Scale::Mel);
    let cells = Cells {
        matrix: &analysis.mel_db,
        across: Columns::across(),
        up: mels_up(analysis.audio.rate, &plane.panel.y),
        pool: Pool::Max,
    };
    plane.heat(&cells, &ColourMap::amounts(-RANGE_DB..=0.0), "dB")?;
    plane.frame(&labels("Mel spectrogram"), false)?;
    Ok(plane.panel)
}

/// Centroid, bandwidth around it, and roll-off, over the spectrogram.
pub fn shape<DB: DrawingBackend>(scene: &Scene<DB>) -> Result<Panel> {
    let Scene { analysis, .. } = *scene;
    const CENTROID: RGBColor = RGBColor(255, 255, 255);
    const ROLLOFF: RGBColor = RGBColor(64, 224, 208);
    const BANDWIDTH: RGBColor = RGBColor(150, 200, 255);
    let plane = plane(scene, Scale::Mel);
    draw_spectrogram(&plane, analysis)?;
    let shape = &analysis.shape;
    // A pixel column has several frames of a long clip; their mean is readable, all of them are a smear.
    let columns = |values: &dyn Fn(usize) -> f64| column_means(&plane.panel, analysis, values);
    let edges = [-1.0, 1.0].map(|side| columns(&|frame| shape.centroid[frame] + side * shape.bandwidth[frame]));
    let [lower, upper] = edges.map(|edge| edge.into_iter().map(|(x, y)| plane.point(x, y)).collect::<Vec<_>>());
    plane.fill(lower.into_iter().chain(upper.into_iter().rev()).collect(), BANDWIDTH.mix(0.3))?;
    plane.line(columns(&|frame| shape.centroid[frame]).into_iter(), CENTROID, 2)?;
    plane.line(columns(&|frame| shape.rolloff[frame]).into_iter(), ROLLOFF, 2)?;
    plane.frame(&labels("Centroid, bandwidth and roll-off"), false)?;
    plane.legend(&[("centroid", CENTROID), ("± bandwidth", BANDWIDTH), ("85 % roll-off", ROLLOFF)])?;
    Ok(plane.panel)
}

fn plane<'a, DB: DrawingBackend>(scene: &Scene<'a, DB>, scale: Scale) -> Plane<'a, DB> {
    scene.plane(time_axis(scene.analysis), frequency_axis(scene.analysis, scale))
}

/// The frequencies of a clip from bottom to top.
pub(crate) fn frequency_axis(analysis: &Analysis, scale: Scale) -> Axis {
    let from = if scale == Scale::Log { LOWEST_HZ } else { 0.0 };
    Axis { from, to: analysis.nyquist().max(2.0 * LOWEST_HZ), scale }
}

fn labels(title: &str) -> Labels<'_> {
    Labels { title, x: "time (s)", y: "frequency (Hz)", y_ticks: None }
}

fn draw_spectrogram<DB: DrawingBackend>(plane: &Plane<'_, DB>, analysis: &Analysis) -> Result<()> {
    let hz_per_bin = f64::from(analysis.audio.rate) / N_FFT as f64;
    let cells = Cells {
        matrix: &analysis.spectrogram_db,
        across: Columns::across(),
        up: (0..BINS).map(|bin| plane.panel.y.share(bin as f64 * hz_per_bin)).collect(),
        pool: Pool::Max,
    };
    plane.heat(&cells, &ColourMap::amounts(-RANGE_DB..=0.0), "dB")
}

/// Turns magnitudes into decibels below the loudest, no more than [`RANGE_DB`].
pub(crate) fn amplitude_to_db(magnitude: &mut FrameMatrix) {
    let loudest = magnitude.data().iter().fold(f32::MIN_POSITIVE, |loudest, &value| loudest.max(value));
    for value in magnitude.data_mut() {
        *value = (20.0 * (*value / loudest).log10()).max(-RANGE_DB);
    }
}

/// How far from the bottom of an axis each mel band of audio at `rate` Hz lies.
pub(crate) fn mels_up(rate: u32, y: &Axis) -> Vec<f64> {
    // Band `k` peaks at the `k + 1`st of 130 points that lie evenly in mels from 0 Hz to half the rate.
    let top = Axis { from: 0.0, to: f64::from(rate) / 2.0, scale: Scale::Mel };
    let centre = |band: usize| top.value((band + 1) as f64 / (MEL_BANDS + 1) as f64);
    (0..MEL_BANDS).map(|band| y.share(centre(band))).collect()
}

/// Per pixel column the mean over its frames, where it has any.
fn column_means(panel: &Panel, analysis: &Analysis, value: &dyn Fn(usize) -> f64) -> Vec<(f64, f64)> {
    let mut means: Vec<(i32, f64, f64, f64)> = Vec::new();
    for frame in 0..analysis.frames() {
        let seconds = analysis.seconds(frame);
        let column = panel.column(seconds);
        match means.last_mut() {
            Some(last) if last.0 == column => {
                last.1 += seconds;
                last.2 += value(frame);
                last.3 += 1.0;
            }
            _ => means.push((column, seconds, value(frame), 1.0)),
        }
    }
    means.into_iter().map(|(_, seconds, sum, count)| (seconds / count, sum / count)).collect()
}

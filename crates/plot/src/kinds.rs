//! The kinds of pictures, and what each is made of.

mod features;
mod rhythm;
mod spectra;
mod waves;

use dsp::stft::HOP;
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};

use crate::analysis::Analysis;
use crate::axis::{Axis, Scale};
use crate::error::Result;
use crate::plane::{Panel, Plane, WIDTH};
use crate::theme::Palette;

pub(crate) use spectra::{RANGE_DB, amplitude_to_db, frequency_axis, mels_up};

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlotKind {
    /// Waveform with its amplitude envelope.
    Waveform,
    /// Spectrogram in dB over frequencies spread evenly.
    Spectrogram,
    /// Spectrogram in dB over octaves spread evenly.
    SpectrogramLog,
    /// Mel spectrogram in dB.
    Mel,
    /// Chromagram.
    Chroma,
    /// Zero-crossing rate.
    ZeroCrossingRate,
    /// Twenty milliseconds of waveform with its zero crossings.
    ZeroCrossings,
    /// Onset strength with beats and tempo.
    Onset,
    /// Spectral centroid, bandwidth and roll-off over the spectrogram.
    Shape,
    /// Harmonic and percussive waveforms.
    Hpss,
    /// Mel-frequency cepstral coefficients.
    Mfcc,
}

impl PlotKind {
    /// All kinds, in the order of the original notebook.
    pub const ALL: [Self; 11] = [
        Self::Waveform,
        Self::Spectrogram,
        Self::SpectrogramLog,
        Self::Mel,
        Self::Chroma,
        Self::ZeroCrossingRate,
        Self::ZeroCrossings,
        Self::Onset,
        Self::Shape,
        Self::Hpss,
        Self::Mfcc,
    ];

    /// Its name in file names and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waveform => "waveform",
            Self::Spectrogram => "spectrogram",
            Self::SpectrogramLog => "spectrogram-log",
            Self::Mel => "mel",
            Self::Chroma => "chroma",
            Self::ZeroCrossingRate => "zero-crossing-rate",
            Self::ZeroCrossings => "zero-crossings",
            Self::Onset => "onset",
            Self::Shape => "shape",
            Self::Hpss => "hpss",
            Self::Mfcc => "mfcc",
        }
    }

    /// Width and height in pixels.
    pub(crate) fn size(self) -> (u32, u32) {
        match self {
            Self::Hpss => (WIDTH, 480),
            Self::Waveform | Self::ZeroCrossingRate | Self::ZeroCrossings | Self::Onset => (WIDTH, 300),
            _ => (WIDTH, 360),
        }
    }

    pub(crate) fn paint<DB: DrawingBackend>(
        self,
        area: &DrawingArea<DB, Shift>,
        palette: Palette,
        analysis: &Analysis,
    ) -> Result<Vec<Panel>> {
        let scene = &Scene { area, palette, analysis, rows: (0, self.size().1 as i32) };
        let panel = match self {
            Self::Waveform => waves::waveform(scene),
            Self::Spectrogram => spectra::spectrogram(scene, Scale::Linear),
            Self::SpectrogramLog => spectra::spectrogram(scene, Scale::Log),
            Self::Mel => spectra::mel(scene),
            Self::Chroma => features::chroma(scene),
            Self::ZeroCrossingRate => waves::zero_crossing_rate(scene),
            Self::ZeroCrossings => waves::zero_crossings(scene),
            Self::Onset => rhythm::onset(scene),
            Self::Shape => spectra::shape(scene),
            Self::Hpss => return waves::hpss(scene),
            Self::Mfcc => features::mfcc(scene),
        };
        panel.map(|panel| vec![panel])
    }
}

/// What is drawn, and where.
struct Scene<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    palette: Palette,
    analysis: &'a Analysis,
    /// First pixel row, and the one after the last.
    rows: (i32, i32),
}

impl<'a, DB: DrawingBackend> Scene<'a, DB> {
    /// A panel with these axes.
    fn plane(&self, x: Axis, y: Axis) -> Plane<'a, DB> {
        Plane::new(self.area, self.palette, self.rows, x, y)
    }

    /// The same in other rows.
    fn within(&self, rows: (i32, i32)) -> Self {
        Self { rows, ..*self }
    }
}

/// The whole clip from left to right.
fn time_axis(analysis: &Analysis) -> Axis {
    Axis::linear(0.0, analysis.audio.duration())
}

/// Of each of `count` frames, how far from the left of a time axis its centre lies.
pub(crate) fn frames_across(count: usize, rate: u32, time: &Axis) -> Vec<f64> {
    (0..count).map(|frame| time.share((frame * HOP) as f64 / f64::from(rate))).collect()
}

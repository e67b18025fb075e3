//! The descriptors that the extended set adds to the classic ones.

use crate::bark::Bark;
use crate::cens::Cens;
use crate::clip_length::USUAL_RATE;
use crate::constant_q::{ConstantQ, fold};
use crate::contrast::Contrast;
use crate::flatness::flatness;
use crate::onset::mean_onset_strength;
use crate::statistics::{column, column_statistics, moments, variance_of_change};
use crate::tempogram::{LAGS, Tempogram};
use crate::tonnetz::Tonnetz;
use crate::tuning::TuningEstimator;
use crate::{Convention, FrameMatrix, Result};

/// Mel-frequency cepstral coefficients whose movement is described.
const MOVING: usize = 10;

/// Describes clips at 22 050 Hz by librosa 0.7's numbers; keeps plans and scratch between them.
#[derive(Debug)]
pub(crate) struct Extended {
    contrast: Contrast,
    contrasts: FrameMatrix,
    flatness: Vec<f64>,
    tuning: TuningEstimator,
    constant_q: ConstantQ,
    cqt: FrameMatrix<f64>,
    chroma: FrameMatrix<f64>,
    cens: Cens,
    tonnetz: Tonnetz,
    tonal: FrameMatrix<f64>,
    tempogram: Tempogram,
    lags: FrameMatrix,
    bark: Bark,
}

/// What the classic descriptors have found of a clip.
pub(crate) struct Found<'a> {
    /// `[frames, 1025]`.
    pub magnitude: &'a FrameMatrix,
    /// The mel spectrogram in dB, `[frames, 128]`.
    pub mel_db: &'a FrameMatrix,
    /// `[frames, 20]`.
    pub cepstrum: &'a FrameMatrix,
}

impl Extended {
    /// Plans.
    pub fn new() -> Self {
        Self {
            contrast: Contrast::new(),
            contrasts: FrameMatrix::default(),
            flatness: Vec::new(),
            tuning: TuningEstimator::by_magnitude(USUAL_RATE, Convention::Librosa07),
            constant_q: ConstantQ::new(),
            cqt: FrameMatrix::default(),
            chroma: FrameMatrix::default(),
            cens: Cens::new(),
            tonnetz: Tonnetz::new(),
            tonal: FrameMatrix::default(),
            tempogram: Tempogram::new(),
            lags: FrameMatrix::default(),
            bark: Bark::new(),
        }
    }

    /// Appends the 292 values that follow the classic ones.
    ///
    /// # Errors
    /// [`Error::ClipTooShort`](crate::Error::ClipTooShort) for fewer samples than the lowest octave needs.
    pub fn describe(&mut self, clip: &[f32], found: &Found<'_>, values: &mut Vec<f64>) -> Result<()> {
        self.contrast.apply(found.magnitude, &mut self.contrasts);
        values.extend(moments(self.contrasts.data().iter().map(|&value| f64::from(value))));
        self.flatness.clear();
        flatness(found.magnitude, &mut self.flatness);
        values.extend(moments(self.flatness.iter().copied()));
        values.extend((0..MOVING).map(|coefficient| variance_of_change(column(found.cepstrum, coefficient))));

        let tuning = self.tuning.estimate(found.magnitude);
        self.constant_q.magnitudes(clip, tuning, &mut self.cqt)?;
        fold(&self.cqt, &mut self.chroma);
        self.cens.apply(&self.chroma, &mut self.tonal);
        column_statistics(&self.tonal, values);
        self.tonnetz.apply(&self.chroma, &mut self.tonal);
        column_statistics(&self.tonal, values);

        self.tempogram.apply(&mean_onset_strength(found.mel_db), &mut self.lags);
        for lag in 0..LAGS {
            values.extend(moments(column(&self.lags, lag)));
        }
        self.bark.describe(clip)?;
        self.bark.statistics(values);
        Ok(())
    }
}

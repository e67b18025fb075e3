//! Chromagram: energy of the twelve pitch classes (librosa's `feature.chroma_stft`).

use crate::FrameMatrix;
use crate::product::four_rows;
use crate::simd::multiversion;
use crate::stft::{BINS, N_FFT};

/// Pitch classes, C first.
pub const PITCH_CLASSES: usize = 12;

/// Row length of the table: whole vectors.
const PADDED: usize = 16;

/// Octave, above A0 = 27.5 Hz, that is weighted most, and the spread of the weighting in octaves.
const CENTRE_OCTAVE: f64 = 5.0;
const OCTAVE_SPREAD: f64 = 2.0;

/// Filters that gather the bins of each pitch class (librosa's `filters.chroma`); keeps its scratch between clips.
#[derive(Debug, Clone)]
pub struct ChromaBank {
    rate: u32,
    tuning: Option<f64>,
    weights: Vec<[f32; PADDED]>,
    power: Vec<f32>,
}

impl ChromaBank {
    /// For audio at `rate` Hz.
    pub fn new(rate: u32) -> Self {
        Self { rate, tuning: None, weights: Vec::with_capacity(BINS), power: vec![0.0; 4 * BINS] }
    }

    /// Chromagram, `[frames, 12]`, of magnitudes, `[frames, 1025]`, of a recording `tuning` semitones from A = 440 Hz:
    /// powers gathered by pitch class, each frame scaled to a maximum of 1. A silent frame stays 0.
    pub fn apply(&mut self, magnitude: &FrameMatrix, tuning: f64, out: &mut FrameMatrix) {
        if self.tuning != Some(tuning) {
            self.tune(tuning);
        }
        out.reshape(magnitude.frames(), PITCH_CLASSES);
        chroma_rows(magnitude.data(), &self.weights, &mut self.power, out.data_mut());
    }

    fn tune(&mut self, tuning: f64) {
        let classes = PITCH_CLASSES as f64;
        let a0 = 27.5 * (tuning / classes).exp2();
        let pitch = |bin: usize| classes * (bin as f64 * f64::from(self.rate) / N_FFT as f64 / a0).log2();
        // 0 Hz has no pitch; it is put one and a half octaves below bin 1.
        let mut here = pitch(1) - 1.5 * classes;
        self.weights.clear();
        for bin in 0..BINS {
            let next = pitch(bin + 1);
            let width = (next - here).max(1.0);
            let bump: [f64; PITCH_CLASSES] = std::array::from_fn(|class| {
                // Classes are counted from C here, three above the A that pitches are counted from.
                let class = (class + PITCH_CLASSES - 9) % PITCH_CLASSES;
                let distance = (here - class as f64 + classes / 2.0).rem_euclid(classes) - classes / 2.0;
                (-0.5 * (2.0 * distance / width).powi(2)).exp()
            });
            let norm = bump.iter().map(|value| value * value).sum::<f64>().sqrt();
            let octave = (-0.5 * ((here / classes - CENTRE_OCTAVE) / OCTAVE_SPREAD).powi(2)).exp();
            self.weights
                .push(std::array::from_fn(|class| bump.get(class).map_or(0.0, |value| (value / norm * octave) as f32)));
            here = next;
        }
        self.tuning = Some(tuning);
    }
}

multiversion! {
    /// Four frames at a time; the last group repeats its first frame where it has fewer.
    fn chroma_rows(magnitude: &[f32], weights: &[[f32; PADDED]], power: &mut [f32], out: &mut [f32]) {
        for (rows, out) in magnitude.chunks(4 * BINS).zip(out.chunks_mut(4 * PITCH_CLASSES)) {
            for (power, value) in power.iter_mut().zip(rows) {
                *power = value * value;
            }
            let frames = rows.len() / BINS;
            let row = |index: usize| {
                let start = if index < frames { index * BINS } else { 0 };
                &power[start..start + BINS]
            };
            let sums = four_rows([row(0), row(1), row(2), row(3)], weights);
            for (out, sums) in out.chunks_exact_mut(PITCH_CLASSES).zip(&sums) {
                let greatest = sums.iter().fold(0.0f32, |a, &b| a.max(b));
                let scale = if greatest < f32::MIN_POSITIVE { 1.0 } else { greatest };
                for (out, sum) in out.iter_mut().zip(sums) {
                    *out = sum / scale;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_its_pitch_class() {
        // The bins next to C5, E5 and A5.
        for (hz, class) in [(523.25f64, 0), (659.26, 4), (880.0, 9)] {
            let mut magnitude = FrameMatrix::new(1, BINS);
            magnitude.data_mut()[(hz * N_FFT as f64 / 22_050.0).round() as usize] = 3.0;
            let mut chroma = FrameMatrix::default();
            ChromaBank::new(22_050).apply(&magnitude, 0.0, &mut chroma);
            assert_eq!(chroma.data()[class], 1.0, "{hz} Hz: {:?}", chroma.data());
            assert_eq!(chroma.data().iter().filter(|&&value| value == 1.0).count(), 1);
        }
    }

    #[test]
    fn silence_has_no_pitch_class() {
        let mut chroma = FrameMatrix::default();
        ChromaBank::new(22_050).apply(&FrameMatrix::new(5, BINS), 0.0, &mut chroma);
        assert_eq!(chroma.data(), &[0.0; 60]);
    }
}

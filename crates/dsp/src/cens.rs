//! CENS, chroma energy normalised statistics: chroma without loudness, articulation and fast change (librosa's
//! `feature.chroma_cens`).
//!
//! Each frame's shares of the pitch classes become steps of a quarter, the more the louder; these are smoothed over about
//! a second, and each frame is scaled to unit length (Müller and Ewert, "Chroma Toolbox", 2011).
//!
//! # Cost
//! 43 multiply-adds a value, 12 values a frame: 1.3 million operations for a 30-s clip, 0.1 ms.

use crate::FrameMatrix;
use crate::chroma::PITCH_CLASSES;
use crate::normalise::{divide_by_norm, to_unit_sum};
use crate::simd::multiversion;

/// A share above each of these counts a quarter.
const STEPS: [f64; 4] = [0.4, 0.2, 0.1, 0.05];
const STEP_WEIGHT: f64 = 0.25;
/// Frames under the smoothing window: 41, and a zero at either end.
const WINDOW: usize = 43;

/// Smoothing window and scratch; make it once, use it for every clip of a worker.
#[derive(Debug, Clone)]
pub struct Cens {
    window: [f64; WINDOW],
    /// The quantised chroma between margins of silence.
    steps: Vec<[f64; PITCH_CLASSES]>,
}

impl Default for Cens {
    fn default() -> Self {
        Self::new()
    }
}

impl Cens {
    /// Makes the smoothing window.
    pub fn new() -> Self {
        let hann = |n: usize| 0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / (WINDOW - 1) as f64).cos();
        let sum: f64 = (0..WINDOW).map(hann).sum();
        Self { window: std::array::from_fn(|n| hann(n) / sum), steps: Vec::new() }
    }

    /// CENS, `[frames, 12]`, of chroma, `[frames, 12]`, of any loudness. Frames with silence all around stay 0.
    pub fn apply(&mut self, chroma: &FrameMatrix<f64>, out: &mut FrameMatrix<f64>) {
        out.reshape(chroma.frames(), PITCH_CLASSES);
        self.steps.clear();
        self.steps.resize(chroma.frames() + WINDOW - 1, [0.0; PITCH_CLASSES]);
        for (steps, row) in self.steps[WINDOW / 2..].iter_mut().zip(chroma.data().as_chunks::<PITCH_CLASSES>().0) {
            *steps = *row;
            to_unit_sum(steps);
            for value in steps {
                *value = STEPS.iter().filter(|&step| *value > *step).map(|_| STEP_WEIGHT).sum();
            }
        }
        smooth(&self.steps, &self.window, out.data_mut().as_chunks_mut().0);
        for row in out.rows_mut() {
            divide_by_norm(row, row.iter().map(|value| value * value).sum::<f64>().sqrt());
        }
    }
}

multiversion! {
    fn smooth(steps: &[[f64; PITCH_CLASSES]], window: &[f64; WINDOW], out: &mut [[f64; PITCH_CLASSES]]) {
        for (out, steps) in out.iter_mut().zip(steps.windows(WINDOW)) {
            let mut sums = [0.0f64; PITCH_CLASSES];
            for (steps, weight) in steps.iter().zip(window) {
                for (sum, step) in sums.iter_mut().zip(steps) {
                    *sum += weight * step;
                }
            }
            *out = sums;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cens(rows: &[[f64; PITCH_CLASSES]]) -> FrameMatrix<f64> {
        let mut chroma = FrameMatrix::new(rows.len(), PITCH_CLASSES);
        chroma.data_mut().copy_from_slice(rows.as_flattened());
        let mut out = FrameMatrix::default();
        Cens::new().apply(&chroma, &mut out);
        out
    }

    #[test]
    fn shares_become_steps() {
        // Shares of 0.5, 0.3, 0.15 and 0.05 are above four, three, two and none of the thresholds.
        let mut row = [0.0; PITCH_CLASSES];
        (row[0], row[4], row[7], row[9]) = (5.0, 3.0, 1.5, 0.4);
        let out = cens(&[row; 60]);
        let length = (1.0f64 + 0.75 * 0.75 + 0.5 * 0.5).sqrt();
        for row in out.rows() {
            for (class, expected) in [(0, 1.0 / length), (4, 0.75 / length), (7, 0.5 / length), (9, 0.0), (1, 0.0)] {
                assert!((row[class] - expected).abs() < 1e-12, "{row:?}");
            }
        }
    }

    #[test]
    fn smoothing_is_the_sum_over_the_window() {
        // Two classes take turns in an irregular pattern.
        let rows: Vec<[f64; PITCH_CLASSES]> = (0..30)
            .map(|t| std::array::from_fn(|class| if class == 3 + (t * t) % 5 % 2 { 2.0 } else { 0.0 }))
            .collect();
        let out = cens(&rows);
        for (t, row) in out.rows().enumerate() {
            let mut sums = [0.0f64; PITCH_CLASSES];
            for (s, other) in rows.iter().enumerate() {
                let lag = s as f64 - t as f64;
                let weight = if lag.abs() < 21.0 { 0.5 + 0.5 * (std::f64::consts::PI * lag / 21.0).cos() } else { 0.0 };
                sums.iter_mut().zip(other).for_each(|(sum, value)| *sum += weight * value / 2.0);
            }
            let length = sums.iter().map(|sum| sum * sum).sum::<f64>().sqrt();
            for (got, sum) in row.iter().zip(sums) {
                assert!((got - sum / length).abs() < 1e-12, "frame {t}: {row:?}");
            }
        }
    }

    #[test]
    fn silence_stays_silent() {
        assert!(cens(&[[0.0; PITCH_CLASSES]; 50]).data().iter().all(|&value| value == 0.0));
        assert!(cens(&[]).data().is_empty());
    }
}

//! Mel-frequency cepstral coefficients (librosa's `feature.mfcc`).

use crate::FrameMatrix;
use crate::mel::MEL_BANDS;
use crate::product::four_rows;
use crate::simd::multiversion;

/// Coefficients kept of each frame.
pub const COEFFICIENTS: usize = 20;
/// Row length of the table: whole vectors.
const PADDED: usize = 24;

/// The orthonormal discrete cosine transform (type II) from 128 mel bands to 20 coefficients.
#[derive(Debug, Clone)]
pub struct Mfcc {
    table: Vec<[f32; PADDED]>,
    /// Four frames, centred.
    centred: Vec<f32>,
}

impl Default for Mfcc {
    fn default() -> Self {
        Self::new()
    }
}

impl Mfcc {
    /// Tabulates the cosines.
    pub fn new() -> Self {
        let bands = MEL_BANDS as f64;
        let table = (0..MEL_BANDS).map(|band| {
            std::array::from_fn(|k| match k {
                0 => (1.0 / bands).sqrt() as f32,
                k if k < COEFFICIENTS => {
                    let angle = std::f64::consts::PI * k as f64 * (2 * band + 1) as f64 / (2.0 * bands);
                    ((2.0 / bands).sqrt() * angle.cos()) as f32
                }
                _ => 0.0,
            })
        });
        Self { table: table.collect(), centred: vec![0.0; 4 * MEL_BANDS] }
    }

    /// Coefficients, `[frames, 20]`, of mel decibels, `[frames, 128]`.
    pub fn apply(&mut self, decibels: &FrameMatrix, out: &mut FrameMatrix) {
        out.reshape(decibels.frames(), COEFFICIENTS);
        cosine_rows(decibels.data(), &self.table, &mut self.centred, out.data_mut());
    }
}

multiversion! {
    /// Four frames at a time; whatever stands in for the missing ones of the last group is computed and dropped.
    ///
    /// The middle between a frame's extremes is taken off first and added to coefficient 0 again: smaller numbers have
    /// smaller rounding errors, and a flat frame, such as a silent one, has no other coefficient at all.
    fn cosine_rows(decibels: &[f32], table: &[[f32; PADDED]], centred: &mut [f32], out: &mut [f32]) {
        for (rows, out) in decibels.chunks(4 * MEL_BANDS).zip(out.chunks_mut(4 * COEFFICIENTS)) {
            let mut middles = [0.0f32; 4];
            let frames = rows.chunks_exact(MEL_BANDS).zip(centred.chunks_exact_mut(MEL_BANDS));
            for ((row, centred), middle) in frames.zip(&mut middles) {
                *middle = middle_of(row);
                for (centred, value) in centred.iter_mut().zip(row) {
                    *centred = value - *middle;
                }
            }
            let (a, b) = centred.split_at(2 * MEL_BANDS);
            let ((a, b), (c, d)) = (a.split_at(MEL_BANDS), b.split_at(MEL_BANDS));
            let sums = four_rows([a, b, c, d], table);
            for ((out, sums), middle) in out.chunks_exact_mut(COEFFICIENTS).zip(&sums).zip(middles) {
                out.copy_from_slice(&sums[..COEFFICIENTS]);
                out[0] += middle * (MEL_BANDS as f32).sqrt();
            }
        }
    }
}

/// Halfway between the least and the greatest value.
#[inline(always)]
fn middle_of(row: &[f32]) -> f32 {
    let (mut low, mut high) = ([f32::INFINITY; 8], [f32::NEG_INFINITY; 8]);
    for chunk in row.chunks_exact(8) {
        for lane in 0..8 {
            low[lane] = if chunk[lane] < low[lane] { chunk[lane] } else { low[lane] };
            high[lane] = if chunk[lane] > high[lane] { chunk[lane] } else { high[lane] };
        }
    }
    let low = low.iter().fold(f32::INFINITY, |a, &b| a.min(b));
    let high = high.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basis_is_orthonormal() {
        let table = Mfcc::new().table;
        for i in 0..COEFFICIENTS {
            for j in 0..COEFFICIENTS {
                let product: f64 = table.iter().map(|row| f64::from(row[i]) * f64::from(row[j])).sum();
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-6, "{i} {j}: {product}");
            }
        }
    }

    #[test]
    fn frames_are_independent_of_their_neighbours() {
        let mut decibels = FrameMatrix::new(6, MEL_BANDS);
        for (index, value) in decibels.data_mut().iter_mut().enumerate() {
            *value = ((index * 7919) % 101) as f32 - 50.0;
        }
        let (mut all, mut one) = (FrameMatrix::default(), FrameMatrix::default());
        Mfcc::new().apply(&decibels, &mut all);
        for (row, expected) in decibels.rows().zip(all.rows()) {
            let mut single = FrameMatrix::new(1, MEL_BANDS);
            single.data_mut().copy_from_slice(row);
            Mfcc::new().apply(&single, &mut one);
            assert_eq!(one.data(), expected);
        }
    }

    #[test]
    fn flat_frames_have_one_coefficient() {
        let mut decibels = FrameMatrix::new(1, MEL_BANDS);
        decibels.data_mut().fill(-97.3);
        let mut out = FrameMatrix::default();
        Mfcc::new().apply(&decibels, &mut out);
        assert!((out.data()[0] + 97.3 * 128f32.sqrt()).abs() < 1e-3);
        assert!(out.data()[1..].iter().all(|&value| value == 0.0));
    }
}

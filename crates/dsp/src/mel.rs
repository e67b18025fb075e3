//! Mel spectrogram (librosa's `feature.melspectrogram` with 128 Slaney bands) and its decibels (`power_to_db`).

use crate::FrameMatrix;
use crate::simd::multiversion;
use crate::stft::{BINS, N_FFT};

/// Bands of a mel spectrogram.
pub const MEL_BANDS: usize = 128;

/// Powers below this are raised to it before the logarithm: -100 dB.
const LEAST_POWER: f32 = 1e-10;
/// Distance in dB from the loudest value to the floor.
const DYNAMIC_RANGE: f32 = 80.0;
/// Weights are stored in runs of whole vectors of this many.
const LANES: usize = 8;

/// Triangular filters from 0 Hz to half the sampling rate, each of unit area (librosa's `filters.mel`).
#[derive(Debug, Clone)]
pub struct MelBank {
    bands: Vec<Band>,
    /// The bands' weights, one after the other, each run filled up with zeros to whole vectors.
    weights: Vec<[f32; LANES]>,
    power: Vec<f32>,
}

/// Where the weights of a band begin, among the bins and in the table.
#[derive(Debug, Clone)]
struct Band {
    bin: usize,
    vectors: std::ops::Range<usize>,
}

impl MelBank {
    /// The filters for audio at `rate` Hz.
    pub fn new(rate: u32) -> Self {
        let rate = f64::from(rate);
        let top = hz_to_mel(rate / 2.0);
        let edges: Vec<f64> = (0..MEL_BANDS + 2).map(|i| mel_to_hz(top * i as f64 / (MEL_BANDS + 1) as f64)).collect();
        let mut bank = Self { bands: Vec::new(), weights: Vec::new(), power: Vec::new() };
        for edge in edges.windows(3) {
            let (low, peak, high) = (edge[0], edge[1], edge[2]);
            let weight = |bin: usize| {
                let frequency = bin as f64 * rate / N_FFT as f64;
                let height = ((frequency - low) / (peak - low)).min((high - frequency) / (high - peak)).max(0.0);
                // Rounded twice, as librosa does.
                (f64::from(height as f32) * (2.0 / (high - low))) as f32
            };
            let first = (0..BINS).find(|&bin| weight(bin) > 0.0).unwrap_or(0);
            let count = (first..BINS).take_while(|&bin| weight(bin) > 0.0).count();
            let begin = bank.weights.len();
            let padded = count.next_multiple_of(LANES);
            // A run that would pass the last bin starts earlier instead.
            let start = first.min(BINS.saturating_sub(padded));
            for vector in 0..padded / LANES {
                bank.weights.push(std::array::from_fn(|lane| {
                    let bin = start + vector * LANES + lane;
                    if (first..first + count).contains(&bin) { weight(bin) } else { 0.0 }
                }));
            }
            bank.bands.push(Band { bin: start, vectors: begin..bank.weights.len() });
        }
        bank
    }

    /// Mel powers, `[frames, 128]`, of magnitudes, `[frames, 1025]`.
    pub fn apply(&mut self, magnitude: &FrameMatrix, out: &mut FrameMatrix) {
        out.reshape(magnitude.frames(), MEL_BANDS);
        mel_rows(magnitude, self, out);
    }

    /// The 128 mel powers of the 1 025 powers of a frame.
    pub fn apply_to_powers(&self, power: &[f32], out: &mut [f32]) {
        mel_row(power, self, out);
    }

    #[inline(always)]
    fn gather(&self, power: &[f32], out: &mut [f32]) {
        for (out, band) in out.iter_mut().zip(&self.bands) {
            let mut sums = [0.0f32; LANES];
            let powers = power[band.bin..].chunks_exact(LANES);
            for (weights, powers) in self.weights[band.vectors.clone()].iter().zip(powers) {
                for lane in 0..LANES {
                    sums[lane] += weights[lane] * powers[lane];
                }
            }
            *out = (sums[0] + sums[4]) + (sums[1] + sums[5]) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
        }
    }
}

multiversion! {
    /// Squares each frame and gathers its bands.
    fn mel_rows(magnitude: &FrameMatrix, bank: &mut MelBank, out: &mut FrameMatrix) {
        let mut power = std::mem::take(&mut bank.power);
        for (magnitude, out) in magnitude.rows().zip(out.rows_mut()) {
            power.clear();
            power.extend(magnitude.iter().map(|value| value * value));
            bank.gather(&power, out);
        }
        bank.power = power;
    }
}

multiversion! {
    fn mel_row(power: &[f32], bank: &MelBank, out: &mut [f32]) {
        bank.gather(power, out);
    }
}

/// What 0 dB stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// Power 1.
    One,
    /// The greatest power in the spectrogram.
    Maximum,
}

/// Turns powers into decibels in place (librosa's `power_to_db`): powers below 1e-10 count as 1e-10, and nothing lies
/// more than 80 dB below the loudest value.
pub fn power_to_db(power: &mut FrameMatrix, reference: Reference) {
    let loudest = power.data().iter().fold(LEAST_POWER, |loudest, &value| loudest.max(value));
    let zero = match reference {
        Reference::One => 0.0,
        Reference::Maximum => decibels(loudest),
    };
    decibel_rows(power.data_mut(), zero, decibels(loudest) - zero - DYNAMIC_RANGE);
}

multiversion! {
    /// Decibels relative to `zero` dB, and no lower than `floor`.
    fn decibel_rows(values: &mut [f32], zero: f32, floor: f32) {
        for value in values {
            *value = (decibels(value.max(LEAST_POWER)) - zero).max(floor);
        }
    }
}

/// `10 log10(power)` for a positive, normal `power`, to 1e-5 dB: vectorises, unlike the standard library's.
///
/// The power is split as `m · 2^e` with `m` in [√½, √2); then `ln m = 2 artanh(s)` with `s = (m - 1) / (m + 1)`, whose
/// series in `s²` is cut where its terms fall below single precision.
#[inline(always)]
fn decibels(power: f32) -> f32 {
    const HALF_ROOT: u32 = 0x3f35_04f3;
    let shifted = power.to_bits().wrapping_sub(HALF_ROOT);
    let exponent = (shifted as i32) >> 23;
    let mantissa = f32::from_bits((shifted & 0x007f_ffff) + HALF_ROOT);
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let s2 = s * s;
    let series = 2.0 * s * (1.0 + s2 * (1.0 / 3.0 + s2 * (0.2 + s2 * (1.0 / 7.0 + s2 * (1.0 / 9.0)))));
    series * (10.0 * std::f32::consts::LOG10_E) + exponent as f32 * (10.0 * std::f32::consts::LOG10_2)
}

/// Slaney's scale: linear below 1 000 Hz (66.7 Hz a mel), logarithmic above.
const HZ_PER_MEL: f64 = 200.0 / 3.0;
const LOG_START_HZ: f64 = 1000.0;
const LOG_START_MEL: f64 = LOG_START_HZ / HZ_PER_MEL;

/// Natural logarithm of the frequency ratio of one mel in the logarithmic part.
fn log_step() -> f64 {
    6.4f64.ln() / 27.0
}

/// Mels of a frequency in Hz, on Slaney's scale.
pub fn hz_to_mel(hz: f64) -> f64 {
    if hz < LOG_START_HZ { hz / HZ_PER_MEL } else { LOG_START_MEL + (hz / LOG_START_HZ).ln() / log_step() }
}

/// The frequency in Hz of a number of mels, on Slaney's scale.
pub fn mel_to_hz(mel: f64) -> f64 {
    if mel < LOG_START_MEL { mel * HZ_PER_MEL } else { LOG_START_HZ * (log_step() * (mel - LOG_START_MEL)).exp() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_triangles_of_unit_area() {
        let bank = MelBank::new(22_050);
        assert_eq!(bank.bands.len(), MEL_BANDS);
        assert!(bank.weights.iter().flatten().all(|&weight| weight >= 0.0));
        // Wide bands are sampled finely enough for the sum over bins to be their area.
        for band in &bank.bands[60..] {
            let area: f32 = bank.weights[band.vectors.clone()].iter().flatten().sum::<f32>() * 22_050.0 / N_FFT as f32;
            assert!((area - 1.0).abs() < 0.05, "{area}");
        }
    }

    #[test]
    fn decibels_agree_with_the_logarithm() {
        for power in [1e-10f32, 3.3e-7, 0.1, 0.499, 0.707, 0.708, 1.0, 1.41, 2.0, 9.99, 12_345.6, 1e6, 3e30] {
            let expected = 10.0 * f64::from(power).log10();
            assert!((f64::from(decibels(power)) - expected).abs() < 1e-5 * (1.0 + expected.abs() / 10.0), "{power}");
        }
    }

    #[test]
    fn quiet_values_stop_80_db_below_the_loudest() {
        let mut power = FrameMatrix::new(1, 3);
        power.data_mut().copy_from_slice(&[1.0, 1e-3, 1e-20]);
        let mut relative = power.clone();
        power_to_db(&mut power, Reference::One);
        for (got, want) in power.data().iter().zip([0.0, -30.0, -80.0]) {
            assert!((got - want).abs() < 1e-4);
        }
        relative.data_mut()[0] = 100.0;
        power_to_db(&mut relative, Reference::Maximum);
        for (got, want) in relative.data().iter().zip([0.0, -50.0, -80.0]) {
            assert!((got - want).abs() < 1e-4);
        }
    }
}

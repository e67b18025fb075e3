//! The filters of the highest octave, before and after their transform (librosa's `filters.constant_q`).

use realfft::num_complex::Complex64;

use super::{FRAME, RATE};

/// Share of a filter's summed magnitudes that is left out.
const SPARSITY: f64 = 0.01;

/// A filter in the time domain: a complex tone under a Hann window, its magnitudes summing to its length over that of the
/// frame. librosa keeps it in single precision.
pub(super) fn wave(length: f64, hz: f64) -> Vec<Complex64> {
    let single = |value: Complex64| Complex64::new(f64::from(value.re as f32), f64::from(value.im as f32));
    let (start, end) = ((-length / 2.0).floor() as i32, (length / 2.0).floor() as i32);
    let count = f64::from(end - start);
    let mut wave: Vec<Complex64> = (start..end)
        .map(|n| {
            let window = 0.5 - 0.5 * (std::f64::consts::TAU * f64::from(n - start) / count).cos();
            let angle = f64::from(n) * std::f64::consts::TAU * hz / RATE;
            Complex64::new(angle.cos(), angle.sin()) * window
        })
        .collect();
    let sum: f64 = wave.iter().map(|value| value.norm()).sum();
    for value in &mut wave {
        *value = single(single(*value / sum) * (length / FRAME as f64));
    }
    wave
}

/// Zeroes the least bins, which together have less than a hundredth of the magnitude (librosa's `util.sparsify_rows`).
pub(super) fn sparsify(spectrum: &mut [Complex64]) {
    let mut magnitudes: Vec<f64> = spectrum.iter().map(|value| value.norm()).collect();
    let total: f64 = magnitudes.iter().sum();
    magnitudes.sort_unstable_by(f64::total_cmp);
    let mut sum = 0.0;
    let least = magnitudes.into_iter().find(|magnitude| {
        sum += magnitude / total;
        sum >= SPARSITY
    });
    for value in spectrum {
        if value.norm() < least.unwrap_or(0.0) {
            *value = Complex64::default();
        }
    }
}

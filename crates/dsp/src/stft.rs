//! Short-time Fourier transform and its inverse (librosa's `stft` and `istft` with their default sizes).
//!
//! Frame `t` is centred on sample `512 t`, so a signal of `n` samples has `1 + n / 512` frames of 1 025 bins; bin `k` is
//! at `k · rate / 2048` Hz. The window is the periodic Hann window, and the forward transform isn't normalised.
//!
//! The forward transform runs in double precision and is rounded once at the end, as librosa's does: it costs a quarter
//! more than single precision, and bins 150 dB below a pure tone keep librosa's values. The inverse is single precision.

use std::sync::Arc;

use realfft::num_complex::{Complex32, Complex64};
use realfft::{ComplexToReal, FftError, RealFftPlanner, RealToComplex};

mod stream;

pub use self::stream::PowerStream;
pub use crate::padding::Padding;
use crate::simd::multiversion;
use crate::{Error, FrameMatrix, Result};

/// Window and transform length in samples.
pub const N_FFT: usize = 2048;
/// Distance between frames in samples.
pub const HOP: usize = 512;
/// Frequency bins of a frame, 0 Hz to half the sampling rate.
pub const BINS: usize = N_FFT / 2 + 1;

/// Frames of a signal of `samples` samples.
pub fn frame_count(samples: usize) -> usize {
    1 + samples / HOP
}

/// A planned transform with its window and scratch: make it once, use it for every clip of a worker.
pub struct Stft {
    forward: Arc<dyn RealToComplex<f64>>,
    window: Vec<f64>,
    frame: Vec<f64>,
    spectrum: Vec<Complex64>,
    scratch: Vec<Complex64>,
    power: Vec<f32>,
    inverse: Inverse,
}

/// The way back, in single precision.
struct Inverse {
    plan: Arc<dyn ComplexToReal<f32>>,
    window: Vec<f32>,
    /// The window over `N_FFT`, which the transform leaves to its caller.
    synthesis: Vec<f32>,
    frame: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
}

impl std::fmt::Debug for Stft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stft").finish_non_exhaustive()
    }
}

impl Default for Stft {
    fn default() -> Self {
        Self::new()
    }
}

impl Stft {
    /// Plans both transforms.
    pub fn new() -> Self {
        let forward = RealFftPlanner::new().plan_fft_forward(N_FFT);
        let plan = RealFftPlanner::new().plan_fft_inverse(N_FFT);
        let window = hann();
        let inverse = Inverse {
            window: window.iter().map(|&w| w as f32).collect(),
            synthesis: window.iter().map(|w| (w / N_FFT as f64) as f32).collect(),
            frame: vec![0.0; N_FFT],
            spectrum: vec![Complex32::default(); BINS],
            scratch: plan.make_scratch_vec(),
            plan,
        };
        Self {
            frame: vec![0.0; N_FFT],
            spectrum: vec![Complex64::default(); BINS],
            scratch: forward.make_scratch_vec(),
            power: vec![0.0; BINS],
            forward,
            window,
            inverse,
        }
    }

    /// Transforms `samples` into `spectrum` and its absolute value into `magnitude`, both `[frames, 1025]`.
    ///
    /// # Errors
    /// [`Error::Internal`] if the Fourier transform fails, which would be a defect.
    pub fn forward(
        &mut self,
        samples: &[f32],
        padding: Padding,
        spectrum: &mut FrameMatrix<Complex32>,
        magnitude: &mut FrameMatrix,
    ) -> Result<()> {
        let frames = frame_count(samples.len());
        spectrum.reshape(frames, BINS);
        magnitude.reshape(frames, BINS);
        for (index, (spectrum, magnitude)) in spectrum.rows_mut().zip(magnitude.rows_mut()).enumerate() {
            self.transform(samples, padding, index)?;
            round(&self.spectrum, spectrum);
            absolute(spectrum, magnitude);
        }
        Ok(())
    }

    /// Transforms `samples` and hands each frame's number and its 1 025 powers to `take`, so that what follows finds them in
    /// the cache.
    ///
    /// # Errors
    /// [`Error::Internal`] if the Fourier transform fails, which would be a defect.
    pub fn powers(&mut self, samples: &[f32], padding: Padding, mut take: impl FnMut(usize, &[f32])) -> Result<()> {
        for index in 0..frame_count(samples.len()) {
            take(index, self.power(samples, padding, index)?);
        }
        Ok(())
    }

    /// The powers of frame `index`.
    fn power(&mut self, samples: &[f32], padding: Padding, index: usize) -> Result<&[f32]> {
        self.transform(samples, padding, index)?;
        squares(&self.spectrum, &mut self.power);
        Ok(&self.power)
    }

    /// Leaves the spectrum of frame `index` in `self.spectrum`.
    fn transform(&mut self, samples: &[f32], padding: Padding, index: usize) -> Result<()> {
        let start = (index * HOP) as isize - (N_FFT / 2) as isize;
        let inside = usize::try_from(start).ok().and_then(|start| samples.get(start..start + N_FFT));
        if let Some(samples) = inside {
            weight(samples, &self.window, &mut self.frame);
        } else {
            for (offset, (value, window)) in self.frame.iter_mut().zip(&self.window).enumerate() {
                *value = f64::from(padding.sample(samples, start + offset as isize)) * window;
            }
        }
        self.forward.process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch).map_err(defect)
    }

    /// Overlap-adds `frames` spectra into `out`, whose sample 0 is the centre of frame 0. `fill` writes the spectrum of
    /// the frame it is told, so that a masked spectrum needs no matrix of its own. Each sample is divided by the sum of
    /// the squared windows over it; samples beyond the last frame are zero.
    ///
    /// # Errors
    /// [`Error::Internal`] if the Fourier transform fails, which would be a defect.
    pub fn inverse_with(
        &mut self,
        frames: usize,
        mut fill: impl FnMut(usize, &mut [Complex32]),
        out: &mut [f32],
    ) -> Result<()> {
        let Inverse { plan, window, synthesis, frame, spectrum, scratch } = &mut self.inverse;
        out.fill(0.0);
        for index in 0..frames {
            fill(index, spectrum);
            // The spectrum of a real signal is real at both ends; numpy ignores what else stands there.
            spectrum[0].im = 0.0;
            spectrum[BINS - 1].im = 0.0;
            plan.process_with_scratch(spectrum, frame, scratch).map_err(defect)?;
            let (start, skip) = frame_place(index);
            overlap_add(&frame[skip..], &synthesis[skip..], out.get_mut(start..).unwrap_or_default());
        }
        normalise(window, frames, out);
        Ok(())
    }

    /// Inverts `spectrum`, `[frames, 1025]`, into `out`; see [`inverse_with`](Self::inverse_with).
    #[cfg(test)]
    pub(crate) fn inverse(&mut self, spectrum: &FrameMatrix<Complex32>, out: &mut [f32]) -> Result<()> {
        let fill = |frame: usize, target: &mut [Complex32]| {
            target.copy_from_slice(&spectrum.data()[frame * BINS..(frame + 1) * BINS]);
        };
        self.inverse_with(spectrum.frames(), fill, out)
    }
}

/// Divides by the sum of the squared windows, hop by hop: it repeats wherever four frames overlap.
fn normalise(window: &[f32], frames: usize, out: &mut [f32]) {
    let overlap = N_FFT / HOP;
    let mut sums = [0.0f32; HOP];
    let mut summed = None;
    for (hop, samples) in out.chunks_mut(HOP).enumerate() {
        // Frame 0 starts two hops before the output, so frame `f` covers this hop with its part `hop + 2 - f`.
        let last = hop + overlap / 2;
        let parts = (last.saturating_sub(frames.saturating_sub(1)), last.min(overlap - 1));
        if summed != Some(parts) {
            sums.fill(0.0);
            for window in window.chunks_exact(HOP).take(parts.1 + 1).skip(parts.0) {
                for (sum, window) in sums.iter_mut().zip(window) {
                    *sum += window * window;
                }
            }
            summed = Some(parts);
        }
        for (sample, &sum) in samples.iter_mut().zip(&sums) {
            if sum > f32::MIN_POSITIVE {
                *sample /= sum;
            }
        }
    }
}

multiversion! {
    fn weight(samples: &[f32], window: &[f64], out: &mut [f64]) {
        for ((value, &sample), window) in out.iter_mut().zip(samples).zip(window) {
            *value = f64::from(sample) * window;
        }
    }
}

multiversion! {
    fn round(exact: &[Complex64], out: &mut [Complex32]) {
        for (out, exact) in out.iter_mut().zip(exact) {
            *out = Complex32::new(exact.re as f32, exact.im as f32);
        }
    }
}

multiversion! {
    /// Squared absolute values of the rounded spectrum.
    fn squares(exact: &[Complex64], out: &mut [f32]) {
        for (out, exact) in out.iter_mut().zip(exact) {
            let (re, im) = (exact.re as f32, exact.im as f32);
            *out = re * re + im * im;
        }
    }
}

multiversion! {
    /// Absolute values, rounded to the last bit as numpy's vectorised ones, which librosa takes: the larger part times
    /// `√(1 + ratio²)`, the root's argument rounded once. In the flat spectrum of a click those last bits decide which bins
    /// are peaks.
    fn absolute(spectrum: &[Complex32], out: &mut [f32]) {
        for (out, bin) in out.iter_mut().zip(spectrum) {
            let (re, im) = (bin.re.abs(), bin.im.abs());
            let (larger, smaller) = if re > im { (re, im) } else { (im, re) };
            let ratio = f64::from(smaller / larger);
            let length = larger * ((1.0 + ratio * ratio) as f32).sqrt();
            *out = if larger > 0.0 { length } else { 0.0 };
        }
    }
}

multiversion! {
    fn overlap_add(frame: &[f32], window: &[f32], out: &mut [f32]) {
        for ((value, frame), window) in out.iter_mut().zip(frame).zip(window) {
            *value += frame * window;
        }
    }
}

/// The periodic Hann window.
fn hann() -> Vec<f64> {
    (0..N_FFT).map(|i| 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / N_FFT as f64).cos()).collect()
}

/// First output sample that frame `index` reaches, and how many of its own samples lie before the output.
fn frame_place(index: usize) -> (usize, usize) {
    let centre = index * HOP;
    (centre.saturating_sub(N_FFT / 2), (N_FFT / 2).saturating_sub(centre))
}

/// A transform that fails although its buffers have the planned lengths.
pub(crate) fn defect(error: FftError) -> Error {
    Error::Internal { stage: "Fourier transform", reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(len: usize) -> Vec<f32> {
        let mut state = 1u32;
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 8_388_608.0 - 1.0
            })
            .collect()
    }

    /// The transform written as its definition.
    fn naive(samples: &[f32], padding: Padding, frame: usize, bin: usize) -> (f64, f64) {
        let start = (frame * HOP) as isize - (N_FFT / 2) as isize;
        hann().iter().enumerate().fold((0.0, 0.0), |(re, im), (i, window)| {
            let value = window * f64::from(padding.sample(samples, start + i as isize));
            let angle = std::f64::consts::TAU * ((i * bin) % N_FFT) as f64 / N_FFT as f64;
            (re + value * angle.cos(), im - value * angle.sin())
        })
    }

    #[test]
    fn spectrum_is_the_windowed_discrete_fourier_transform() {
        let samples = noise(5000);
        for padding in [Padding::Reflect, Padding::Zeros] {
            let (mut spectrum, mut magnitude) = Default::default();
            Stft::new().forward(&samples, padding, &mut spectrum, &mut magnitude).unwrap();
            assert_eq!((spectrum.frames(), spectrum.bins()), (10, BINS));
            for (frame, row) in spectrum.rows().enumerate() {
                for bin in [0, 1, 2, 77, 512, 1023, 1024] {
                    let (re, im) = naive(&samples, padding, frame, bin);
                    let error = (f64::from(row[bin].re) - re).hypot(f64::from(row[bin].im) - im);
                    assert!(error < 3e-6, "{padding:?} frame {frame} bin {bin}: off by {error}");
                }
            }
        }
    }

    #[test]
    fn inverse_restores_the_signal() {
        for len in [1, 2047, 2048, 5120, 70_001] {
            let samples = noise(len);
            let mut stft = Stft::new();
            let (mut spectrum, mut magnitude) = Default::default();
            stft.forward(&samples, Padding::Zeros, &mut spectrum, &mut magnitude).unwrap();
            let mut restored = vec![9.0; len];
            stft.inverse(&spectrum, &mut restored).unwrap();
            for (index, (a, b)) in samples.iter().zip(&restored).enumerate() {
                assert!((a - b).abs() < 2e-5, "length {len}, sample {index}: {a} became {b}");
            }
        }
    }

    #[test]
    fn energy_is_kept() {
        // Parseval for one frame: the sum over all 2 048 bins is 2 048 times the energy of the windowed samples.
        let samples = noise(8192);
        let (mut spectrum, mut magnitude) = Default::default();
        Stft::new().forward(&samples, Padding::Zeros, &mut spectrum, &mut magnitude).unwrap();
        let frame = 8;
        let windowed: f64 =
            hann().iter().zip(&samples[frame * HOP - N_FFT / 2..]).map(|(w, &s)| (w * f64::from(s)).powi(2)).sum();
        let row = spectrum.rows().nth(frame).unwrap();
        let power = |k: usize| f64::from(row[k].norm_sqr());
        let total = power(0) + power(BINS - 1) + 2.0 * (1..BINS - 1).map(power).sum::<f64>();
        assert!((total / (N_FFT as f64 * windowed) - 1.0).abs() < 1e-6);
    }
}

//! Constant-Q transform: the energy of every semitone of seven octaves (librosa 0.7's `cqt` with its default sizes).
//!
//! 84 bins from C1 (32.7 Hz) up, twelve an octave, each the response of a filter whose length is a fixed number of periods,
//! every 512 samples at 22 050 Hz. Only the highest octave is filtered at the full rate: the others have the same twelve
//! filters, of at most 256 samples, on a signal that is halved once for each octave further down ([`crate::halving`]), at
//! half the distance between frames (Schörkhuber and Klapuri, "Constant-Q transform toolbox for music processing", 2010).
//!
//! A response is a product in the frequency domain: the frame's 256-point spectrum, rounded to single precision as librosa
//! rounds it, times the filter's, of which the least bins, one per cent of the sum of magnitudes, are left out.
//!
//! # Cost
//! A 30-s clip has 1 292 frames in each of seven octaves. Measured on one core of an EPYC of 2.45 GHz; besides the result,
//! the halved signals take as much memory as three quarters of the clip.
//!
//! | step | operations | floor, ms | measured, ms |
//! |---|---|---|---|
//! | halving | see [`crate::halving`] | 4.2 | 5.3 |
//! | transforms | 9 044 real ones of 256, double precision, 5 kflop by 2.5 n log₂ n: 46 Mflop, at 8 a cycle | 2.4 | 3.1 |
//! | responses | 12 filters of about 14 bins, 8 operations each: 12 Mflop, at 8 a cycle | 0.6 | 1.2 |

use std::sync::Arc;

use realfft::num_complex::Complex64;
use realfft::{RealFftPlanner, RealToComplex};

mod filters;

use self::filters::{sparsify, wave};
use crate::chroma::PITCH_CLASSES;
use crate::halving::Halving;
use crate::padding::Padding;
use crate::simd::multiversion;
use crate::stft::{HOP, defect, frame_count};
use crate::{Error, FrameMatrix, Result};

/// Octaves of the transform.
pub const OCTAVES: usize = 7;
/// Bins of a frame: the semitones of all octaves, C1 first.
pub const CQT_BINS: usize = OCTAVES * PITCH_CLASSES;
/// Fewest samples of which the signal of the lowest octave can be made.
pub const MIN_CQT_SAMPLES: usize = (1 << (OCTAVES - 2)) + 1;

/// Sampling rate in Hz, the only one that the transform is for.
const RATE: f64 = 22_050.0;
/// A4, to which recordings are tuned, in Hz, and its distance from C1 in semitones.
const A4: f64 = 440.0;
const A4_ABOVE_C1: f64 = 45.0;
/// Greatest deviation from it, in semitones: beyond that, another semitone is nearer.
const MAX_TUNING: f64 = 0.5;
/// Length of a frame in samples of its octave: the least power of two that holds the longest filter.
const FRAME: usize = 256;
/// Frames whose responses are computed side by side.
const LANES: usize = 8;

/// One bin of the spectra of several frames.
#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    re: [f64; LANES],
    im: [f64; LANES],
}

/// A filter in the frequency domain.
#[derive(Debug, Clone)]
struct Filter {
    /// The lowest bin that counts.
    first: usize,
    /// From that bin to the highest that counts; 0 where one between doesn't.
    weights: Vec<Complex64>,
    /// What the response is multiplied by, for each octave from the highest down: the root of the filter's length there.
    scales: [f64; OCTAVES],
}

/// The transform, planned: make it once, use it for every clip of a worker.
pub struct ConstantQ {
    halving: Halving,
    plan: Arc<dyn RealToComplex<f64>>,
    frame: Vec<f64>,
    spectrum: Vec<Complex64>,
    scratch: Vec<Complex64>,
    bins: Vec<Bin>,
    tuning: Option<f64>,
    filters: Vec<Filter>,
    /// The bins that count for any filter.
    span: std::ops::Range<usize>,
    /// The signal of an octave and of the one below.
    halved: [Vec<f32>; 2],
}

impl std::fmt::Debug for ConstantQ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConstantQ").field("tuning", &self.tuning).finish_non_exhaustive()
    }
}

impl Default for ConstantQ {
    fn default() -> Self {
        Self::new()
    }
}

impl ConstantQ {
    /// Plans for audio at 22 050 Hz.
    pub fn new() -> Self {
        let plan = RealFftPlanner::new().plan_fft_forward(FRAME);
        Self {
            halving: Halving::new(),
            frame: plan.make_input_vec(),
            spectrum: plan.make_output_vec(),
            scratch: plan.make_scratch_vec(),
            plan,
            bins: vec![Bin::default(); FRAME / 2 + 1],
            tuning: None,
            filters: Vec::with_capacity(PITCH_CLASSES),
            span: 0..0,
            halved: Default::default(),
        }
    }

    /// Magnitudes, `[1 + n / 512, 84]`, of `n` samples at 22 050 Hz of a recording `tuning` semitones from A = 440 Hz, -0.5
    /// to 0.5.
    ///
    /// # Errors
    /// [`Error::ClipTooShort`] below [`MIN_CQT_SAMPLES`] samples; [`Error::InvalidOption`] for another tuning; [`Error::Internal`] if the Fourier transform fails, which
    /// would be a defect.
    pub fn magnitudes(&mut self, samples: &[f32], tuning: f64, out: &mut FrameMatrix<f64>) -> Result<()> {
        if samples.len() < MIN_CQT_SAMPLES {
            return Err(Error::ClipTooShort { expected: MIN_CQT_SAMPLES, got: samples.len() });
        }
        if self.tuning != Some(tuning) {
            self.tune(tuning)?;
        }
        out.reshape(frame_count(samples.len()), CQT_BINS);
        self.octave(samples, 0, out)?;
        let [mut above, mut here] = std::mem::take(&mut self.halved);
        self.halving.apply(samples, &mut here);
        let mut done = self.octave(&here, 1, out);
        for octave in 2..OCTAVES {
            std::mem::swap(&mut above, &mut here);
            self.halving.apply(&above, &mut here);
            done = done.and_then(|()| self.octave(&here, octave, out));
        }
        self.halved = [above, here];
        done
    }

    /// Writes the bins of the octave that is `below` the highest, from its signal.
    fn octave(&mut self, samples: &[f32], below: usize, out: &mut FrameMatrix<f64>) -> Result<()> {
        let hop = HOP >> below;
        let first_bin = CQT_BINS - (below + 1) * PITCH_CLASSES;
        for (group, rows) in out.data_mut().chunks_mut(LANES * CQT_BINS).enumerate() {
            for lane in 0..rows.len() / CQT_BINS {
                self.transform(samples, (group * LANES + lane) * hop)?;
                gather(self.spectrum.get(self.span.clone()).unwrap_or_default(), lane, &mut self.bins);
            }
            for (index, filter) in self.filters.iter().enumerate() {
                let mut response = [0.0; LANES];
                respond(
                    &self.bins[filter.first - self.span.start..],
                    &filter.weights,
                    filter.scales[below],
                    &mut response,
                );
                for (row, value) in rows.chunks_exact_mut(CQT_BINS).zip(response) {
                    row[first_bin + index] = value;
                }
            }
        }
        Ok(())
    }

    /// Leaves the spectrum of the frame around sample `centre` in `self.spectrum`.
    fn transform(&mut self, samples: &[f32], centre: usize) -> Result<()> {
        let inside = centre.checked_sub(FRAME / 2).and_then(|start| samples.get(start..start + FRAME));
        if let Some(samples) = inside {
            for (value, &sample) in self.frame.iter_mut().zip(samples) {
                *value = f64::from(sample);
            }
        } else {
            let start = centre as isize - (FRAME / 2) as isize;
            for (offset, value) in self.frame.iter_mut().enumerate() {
                *value = f64::from(Padding::Reflect.sample(samples, start + offset as isize));
            }
        }
        self.plan.process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch).map_err(defect)
    }

    /// Makes the filters of the highest octave (librosa's `filters.constant_q`).
    fn tune(&mut self, tuning: f64) -> Result<()> {
        if !(-MAX_TUNING..=MAX_TUNING).contains(&tuning) {
            let reason = format!("{tuning} semitones, where -{MAX_TUNING} to {MAX_TUNING} reach every pitch");
            return Err(Error::InvalidOption { option: "tuning", reason });
        }
        self.tuning = None;
        self.filters.clear();
        let semitone = |number: f64| (number / PITCH_CLASSES as f64).exp2();
        let lowest = A4 * semitone(-A4_ABOVE_C1) * semitone(tuning);
        let quality = 1.0 / (semitone(1.0) - 1.0);
        let highest_octave = lowest * ((OCTAVES - 1) as f64).exp2();
        for class in 0..PITCH_CLASSES {
            let length = quality * RATE / (highest_octave * semitone(class as f64));
            let mut spectrum = self.filter_spectrum(length, quality * RATE / length)?;
            sparsify(&mut spectrum);
            let counts = |weight: &Complex64| weight.norm_sqr() > 0.0;
            let first = spectrum.iter().position(counts).unwrap_or(0);
            let end = spectrum.iter().rposition(counts).map_or(first, |last| last + 1);
            // An octave further down, the filters are √2 times as strong, to make up for the halving, and twice as long.
            let mut gain = 1.0;
            let scales = std::array::from_fn(|below| {
                let scale = gain / (length * (below as f64).exp2()).sqrt();
                gain *= std::f64::consts::SQRT_2;
                scale
            });
            self.filters.push(Filter { first, weights: spectrum[first..end].to_vec(), scales });
        }
        let ends = self.filters.iter().map(|filter| filter.first + filter.weights.len());
        let starts = self.filters.iter().map(|filter| filter.first);
        self.span = starts.min().unwrap_or(0)..ends.max().unwrap_or(0);
        self.tuning = Some(tuning);
        Ok(())
    }

    /// Spectrum, 129 bins, of a filter `length` samples long: a complex tone under a Hann window, in the middle of a frame.
    fn filter_spectrum(&mut self, length: f64, hz: f64) -> Result<Vec<Complex64>> {
        let wave = wave(length, hz);
        let start = (FRAME - wave.len().min(FRAME)) / 2;
        // The transforms of the real and the imaginary part, put together.
        let mut part = |part: fn(&Complex64) -> f64| {
            self.frame.fill(0.0);
            for (target, value) in self.frame[start..].iter_mut().zip(&wave) {
                *target = part(value);
            }
            self.plan.process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch).map_err(defect)?;
            Ok(self.spectrum.clone())
        };
        let (re, im) = (part(|value| value.re)?, part(|value| value.im)?);
        Ok(re.iter().zip(im).map(|(re, im)| re + Complex64::i() * im).collect())
    }
}

multiversion! {
    /// Rounds a spectrum to single precision, as librosa keeps it, and puts it beside those of other frames.
    fn gather(spectrum: &[Complex64], lane: usize, bins: &mut [Bin]) {
        for (bin, value) in bins.iter_mut().zip(spectrum) {
            bin.re[lane % LANES] = f64::from(value.re as f32);
            bin.im[lane % LANES] = f64::from(value.im as f32);
        }
    }
}

multiversion! {
    /// Absolute response of a filter to several frames.
    fn respond(bins: &[Bin], weights: &[Complex64], scale: f64, out: &mut [f64; LANES]) {
        let (mut re, mut im) = ([0.0f64; LANES], [0.0f64; LANES]);
        for (bin, weight) in bins.iter().zip(weights) {
            for lane in 0..LANES {
                re[lane] += weight.re * bin.re[lane] - weight.im * bin.im[lane];
                im[lane] += weight.re * bin.im[lane] + weight.im * bin.re[lane];
            }
        }
        for lane in 0..LANES {
            let (re, im) = (re[lane] * scale, im[lane] * scale);
            out[lane] = (re * re + im * im).sqrt();
        }
    }
}

/// Chroma, `[frames, 12]`, C first: the sum over the octaves, of magnitudes `[frames, 84]` (librosa's `chroma_cqt` before
/// it is scaled).
pub fn fold(magnitude: &FrameMatrix<f64>, chroma: &mut FrameMatrix<f64>) {
    chroma.reshape(magnitude.frames(), PITCH_CLASSES);
    for (chroma, row) in chroma.rows_mut().zip(magnitude.rows()) {
        chroma.fill(0.0);
        for octave in row.chunks_exact(PITCH_CLASSES) {
            for (class, value) in chroma.iter_mut().zip(octave) {
                *class += value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, len: usize) -> Vec<f32> {
        (0..len).map(|n| (0.5 * (std::f64::consts::TAU * hz * n as f64 / RATE).sin()) as f32).collect()
    }

    fn cqt(samples: &[f32], tuning: f64) -> FrameMatrix<f64> {
        let mut out = FrameMatrix::default();
        ConstantQ::new().magnitudes(samples, tuning, &mut out).unwrap();
        out
    }

    /// The response as its definition: the signal, at the full rate, under a window of a fixed number of periods, against a
    /// complex tone. What halving and sparsity take away is missing here.
    fn naive(samples: &[f32], frame: usize, bin: usize, tuning: f64) -> f64 {
        let hz = A4 * ((bin as f64 - A4_ABOVE_C1 + tuning) / 12.0).exp2();
        let length = RATE / hz / ((1.0f64 / 12.0).exp2() - 1.0);
        let half = length / 2.0;
        let (mut re, mut im, mut sum) = (0.0, 0.0, 0.0);
        for n in -half.floor() as isize..=half.floor() as isize {
            let window = 0.5 + 0.5 * (std::f64::consts::PI * n as f64 / half).cos();
            let sample = f64::from(Padding::Reflect.sample(samples, (frame * HOP) as isize + n));
            let angle = std::f64::consts::TAU * hz * n as f64 / RATE;
            re += window * sample * angle.cos();
            im += window * sample * angle.sin();
            sum += window;
        }
        re.hypot(im) / sum * length.sqrt()
    }

    #[test]
    fn responses_are_those_of_windowed_tones() {
        let len = 30_000;
        let chord: Vec<f32> = [65.0, 131.1, 392.7, 1500.0, 2793.8]
            .iter()
            .map(|&hz| tone(hz, len))
            .reduce(|sum, tone| sum.iter().zip(tone).map(|(a, b)| a + b).collect())
            .unwrap();
        for tuning in [0.0, -0.37] {
            let out = cqt(&chord, tuning);
            assert_eq!((out.frames(), out.bins()), (59, CQT_BINS));
            let loudest = out.data().iter().fold(0.0f64, |a, &b| a.max(b));
            for frame in [29, 33, 40] {
                for (bin, &got) in out.rows().nth(frame).unwrap().iter().enumerate() {
                    let expected = naive(&chord, frame, bin, tuning);
                    assert!((got - expected).abs() < 0.02 * loudest, "frame {frame} bin {bin}: {got}, not {expected}");
                }
            }
        }
    }

    #[test]
    fn a_tone_of_a_pitch_is_its_bin_and_its_class() {
        for (hz, bin) in [(65.41, 12), (261.63, 36), (440.0, 45), (3520.0, 81)] {
            let out = cqt(&tone(hz, 20_000), 0.0);
            let row = out.rows().nth(20).unwrap();
            assert!((0..CQT_BINS).all(|other| other == bin || row[other] < row[bin]), "{hz} Hz: {row:?}");
            let mut chroma = FrameMatrix::default();
            fold(&out, &mut chroma);
            let row = chroma.rows().nth(20).unwrap();
            assert!((0..12).all(|other| other == bin % 12 || row[other] < row[bin % 12]), "{hz} Hz: {row:?}");
        }
    }

    #[test]
    fn silence_is_zero() {
        assert!(cqt(&[0.0; 9000], 0.2).data().iter().all(|&value| value == 0.0));
    }

    #[test]
    fn magnitudes_do_not_depend_on_the_clips_before() {
        let (long, short) = (tone(700.0, 40_001), tone(150.0, 7001));
        let mut used = ConstantQ::new();
        let mut out = FrameMatrix::default();
        used.magnitudes(&long, -0.5, &mut out).unwrap();
        used.magnitudes(&short, 0.1, &mut out).unwrap();
        assert_eq!(out, cqt(&short, 0.1));
    }

    #[test]
    fn what_has_no_transform_is_refused() {
        let mut out = FrameMatrix::default();
        let mut transform = ConstantQ::new();
        for len in [0, 1, MIN_CQT_SAMPLES - 1] {
            let refused = transform.magnitudes(&vec![0.1; len], 0.0, &mut out);
            assert!(matches!(refused, Err(Error::ClipTooShort { got, .. }) if got == len));
        }
        for tuning in [0.51, -7.0, f64::NAN, f64::INFINITY] {
            let refused = transform.magnitudes(&[0.1; 4096], tuning, &mut out);
            assert!(matches!(refused, Err(Error::InvalidOption { option: "tuning", .. })), "{tuning}");
        }
        transform.magnitudes(&[0.1; MIN_CQT_SAMPLES], 0.5, &mut out).unwrap();
        assert!(out.data().iter().all(|value| value.is_finite()));
    }
}

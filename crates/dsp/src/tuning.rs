//! How far a recording is tuned from A = 440 Hz (librosa's `estimate_tuning`: `piptrack`, then `pitch_tuning`).

use crate::statistics::{greatest, median};
use crate::stft::N_FFT;
use crate::{Convention, FrameMatrix};

/// Pitches are looked for from this frequency, in Hz, ...
const LOWEST: f64 = 150.0;
/// ... to below this one.
const HIGHEST: f64 = 4000.0;
/// A peak's least strength as a fraction of the frame's greatest.
const PEAK_FRACTION: f32 = 0.1;
/// Bins that are compared with it at a time.
const GROUP: usize = 14;
/// Histogram bins for one semitone.
const RESOLUTION: usize = 100;

/// By what peaks are compared, and the parabola through them is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strength {
    Power,
    Magnitude,
}

/// A spectral peak, refined by a parabola through three bins.
#[derive(Debug, Clone, Copy)]
struct Peak {
    hz: f32,
    strength: f32,
}

/// Estimates tuning; keeps its scratch between clips.
#[derive(Debug, Clone)]
pub struct TuningEstimator {
    rate: u32,
    convention: Convention,
    strength: Strength,
    bins: std::ops::Range<usize>,
    candidates: Vec<usize>,
    peaks: Vec<Peak>,
    strengths: Vec<f32>,
}

impl TuningEstimator {
    /// By the peaks of the power, as librosa's chromagram has it, for audio at `rate` Hz. The conventions differ in the
    /// rounding of the parabola.
    pub fn new(rate: u32, convention: Convention) -> Self {
        Self::by(Strength::Power, rate, convention)
    }

    /// By the peaks of the magnitude, as librosa's constant-Q transform has it. The two agree to a few hundredths.
    pub fn by_magnitude(rate: u32, convention: Convention) -> Self {
        Self::by(Strength::Magnitude, rate, convention)
    }

    fn by(strength: Strength, rate: u32, convention: Convention) -> Self {
        let bin_of = |hz: f64| (hz * N_FFT as f64 / f64::from(rate)).ceil() as usize;
        let highest = HIGHEST.min(f64::from(rate) / 2.0);
        let bins = bin_of(LOWEST)..bin_of(highest);
        Self { rate, convention, strength, bins, candidates: Vec::new(), peaks: Vec::new(), strengths: Vec::new() }
    }

    /// Deviation in semitones, -0.5 to 0.49 in steps of 0.01, of the pitches in magnitudes, `[frames, 1025]`; 0 for a
    /// clip without pitches.
    pub fn estimate(&mut self, magnitude: &FrameMatrix) -> f64 {
        self.peaks.clear();
        magnitude.rows().for_each(|row| self.add(row));
        self.finish()
    }

    /// The deviation, as [`estimate`](Self::estimate) has it, of the frames taken in since the last one.
    pub fn finish(&mut self) -> f64 {
        let tuning = self.deviation();
        self.peaks.clear();
        tuning
    }

    fn deviation(&mut self) -> f64 {
        if self.peaks.is_empty() {
            return 0.0;
        }
        self.strengths.clear();
        self.strengths.extend(self.peaks.iter().map(|peak| peak.strength));
        let threshold = median(&mut self.strengths) as f32;
        let mut counts = [0u32; RESOLUTION];
        for peak in self.peaks.iter().filter(|peak| peak.strength >= threshold) {
            let residual = residual(peak.hz);
            // The bin whose edges, computed as librosa computes them, enclose the residual.
            let guess = ((residual + 0.5) * RESOLUTION as f64) as usize;
            let bin = (guess.saturating_sub(1)..=guess + 1).rev().find(|&bin| edge(bin) <= residual).unwrap_or(0);
            counts[bin.min(RESOLUTION - 1)] += 1;
        }
        let (mut best, mut most) = (0, 0);
        for (bin, &count) in counts.iter().enumerate() {
            if count > most {
                (best, most) = (bin, count);
            }
        }
        edge(best)
    }

    /// Takes in the 1 025 magnitudes of a frame, for clips whose frames aren't all in memory at a time.
    pub fn add(&mut self, magnitude: &[f32]) {
        match self.strength {
            Strength::Power => self.add_peaks(magnitude, |magnitude| magnitude * magnitude),
            Strength::Magnitude => self.add_peaks(magnitude, |magnitude| magnitude),
        }
    }

    fn add_peaks(&mut self, magnitude: &[f32], strength: impl Fn(f32) -> f32) {
        let least = PEAK_FRACTION * strength(greatest(magnitude));
        let Some(region) = magnitude.get(self.bins.start - 1..=self.bins.end) else { return };
        // Most of a spectrum is below the threshold, and is passed over a group at a time. In the rest, where peaks are can't
        // be foretold: every bin is written down, and only a peak isn't written over.
        self.candidates.resize(region.len() + 1, 0);
        let mut count = 0;
        let groups = region.len().saturating_sub(2).div_ceil(GROUP);
        for first in (0..groups).map(|group| group * GROUP) {
            let bins = &region[first..region.len().min(first + GROUP + 2)];
            if strength(greatest(bins)) <= least {
                continue;
            }
            for (offset, triple) in bins.windows(3).enumerate() {
                let [before, peak, after] = [strength(triple[0]), strength(triple[1]), strength(triple[2])];
                self.candidates[count] = first + offset;
                count += usize::from((peak > least) & (peak > before) & (peak >= after));
            }
        }
        for &offset in &self.candidates[..count] {
            let Some(&[before, peak, after]) = region.get(offset..).and_then(|bins| bins.first_chunk()) else {
                continue;
            };
            let [before, peak, after] = [strength(before), strength(peak), strength(after)];
            let (shift, height) = match self.convention {
                Convention::Librosa07 => parabola_single(before, peak, after),
                Convention::Librosa011 => parabola_double(before, peak, after),
            };
            let bin = (self.bins.start + offset) as f64 + f64::from(shift);
            let hz = (bin * f64::from(self.rate) / N_FFT as f64) as f32;
            self.peaks.push(Peak { hz, strength: height });
        }
    }
}

/// Shift of the maximum in bins and the height there, in single precision throughout.
fn parabola_single(before: f32, peak: f32, after: f32) -> (f32, f32) {
    let slope = 0.5 * (after - before);
    let curvature = 2.0 * peak - after - before;
    let shift = slope / (curvature + f32::from(u8::from(curvature.abs() < f32::MIN_POSITIVE)));
    (shift, peak + 0.5 * slope * shift)
}

/// The same with librosa 0.11's mixed precision, and no shift where it would pass a neighbouring bin.
fn parabola_double(before: f32, peak: f32, after: f32) -> (f32, f32) {
    let curvature = f64::from(after + before) - 2.0 * f64::from(peak);
    let slope = f64::from(after - before) / 2.0;
    let shift = if slope.abs() >= curvature.abs() { 0.0 } else { (-slope / curvature) as f32 };
    (shift, peak + 0.5 * ((after - before) / 2.0) * shift)
}

/// Distance from the nearest semitone, in semitones from -0.5 to 0.5; in single precision, as librosa has it.
fn residual(hz: f32) -> f64 {
    let semitones = 12.0 * f64::from(hz / 27.5).log2() as f32;
    let fraction = semitones - semitones.floor();
    f64::from(if fraction >= 0.5 { fraction - 1.0 } else { fraction })
}

/// Lower edge of a histogram bin.
fn edge(bin: usize) -> f64 {
    bin as f64 * (1.0 / RESOLUTION as f64) - 0.5
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stft::{Padding, Stft};

    fn tuning_of(samples: &[f32], convention: Convention) -> f64 {
        let (mut spectrum, mut magnitude) = Default::default();
        Stft::new().forward(samples, Padding::from(convention), &mut spectrum, &mut magnitude).unwrap();
        TuningEstimator::new(22_050, convention).estimate(&magnitude)
    }

    #[test]
    fn a_sharp_tone_is_measured() {
        for convention in [Convention::Librosa07, Convention::Librosa011] {
            for cents in [-40.0f64, -12.0, 23.0, 44.0] {
                let step = 440.0 * (cents / 1200.0).exp2() * std::f64::consts::TAU / 22_050.0;
                let tone: Vec<f32> = (0..22_050).map(|i| (0.5 * (step * f64::from(i)).sin()) as f32).collect();
                let tuning = tuning_of(&tone, convention);
                // The parabola through powers is biased by a few cents, in librosa too.
                assert!((tuning * 100.0 - cents).abs() < 8.0, "{cents} cents measured as {tuning}");
            }
        }
    }

    #[test]
    fn silence_is_in_tune() {
        assert_eq!(tuning_of(&[0.0; 4096], Convention::Librosa07), 0.0);
    }
}

//! How far a recording is tuned from A = 440 Hz (librosa's `estimate_tuning`: `piptrack`, then `pitch_tuning`).

use crate::stft::N_FFT;
use crate::{Convention, FrameMatrix};

/// Pitches are looked for from this frequency, in Hz, ...
const LOWEST: f64 = 150.0;
/// ... to below this one.
const HIGHEST: f64 = 4000.0;
/// A peak's least power as a fraction of the frame's greatest.
const PEAK_FRACTION: f32 = 0.1;
/// Histogram bins for one semitone.
const RESOLUTION: usize = 100;

/// A spectral peak, refined by a parabola through three bins.
#[derive(Debug, Clone, Copy)]
struct Peak {
    hz: f32,
    power: f32,
}

/// Estimates tuning; keeps its scratch between clips.
#[derive(Debug, Clone)]
pub struct TuningEstimator {
    rate: u32,
    convention: Convention,
    bins: std::ops::Range<usize>,
    peaks: Vec<Peak>,
    powers: Vec<f32>,
}

impl TuningEstimator {
    /// For audio at `rate` Hz. The conventions differ in the rounding of the parabola.
    pub fn new(rate: u32, convention: Convention) -> Self {
        let bin_of = |hz: f64| (hz * N_FFT as f64 / f64::from(rate)).ceil() as usize;
        let highest = HIGHEST.min(f64::from(rate) / 2.0);
        Self { rate, convention, bins: bin_of(LOWEST)..bin_of(highest), peaks: Vec::new(), powers: Vec::new() }
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
        self.powers.clear();
        self.powers.extend(self.peaks.iter().map(|peak| peak.power));
        let threshold = median(&mut self.powers);
        let mut counts = [0u32; RESOLUTION];
        for peak in self.peaks.iter().filter(|peak| peak.power >= threshold) {
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
        let loudest = greatest(magnitude);
        let least = PEAK_FRACTION * (loudest * loudest);
        let Some(region) = magnitude.get(self.bins.start - 1..=self.bins.end) else { return };
        for (offset, triple) in region.windows(3).enumerate() {
            let [before, power, after] = [triple[0] * triple[0], triple[1] * triple[1], triple[2] * triple[2]];
            if power > least && power > before && power >= after {
                let (shift, height) = match self.convention {
                    Convention::Librosa07 => parabola_single(before, power, after),
                    Convention::Librosa011 => parabola_double(before, power, after),
                };
                let bin = (self.bins.start + offset) as f64 + f64::from(shift);
                let hz = (bin * f64::from(self.rate) / N_FFT as f64) as f32;
                self.peaks.push(Peak { hz, power: height });
            }
        }
    }
}

/// Shift of the maximum in bins and the height there, in single precision throughout.
fn parabola_single(before: f32, power: f32, after: f32) -> (f32, f32) {
    let slope = 0.5 * (after - before);
    let curvature = 2.0 * power - after - before;
    let shift = slope / (curvature + f32::from(u8::from(curvature.abs() < f32::MIN_POSITIVE)));
    (shift, power + 0.5 * slope * shift)
}

/// The same with librosa 0.11's mixed precision, and no shift where it would pass a neighbouring bin.
fn parabola_double(before: f32, power: f32, after: f32) -> (f32, f32) {
    let curvature = f64::from(after + before) - 2.0 * f64::from(power);
    let slope = f64::from(after - before) / 2.0;
    let shift = if slope.abs() >= curvature.abs() { 0.0 } else { (-slope / curvature) as f32 };
    (shift, power + 0.5 * ((after - before) / 2.0) * shift)
}

/// Distance from the nearest semitone, in semitones from -0.5 to 0.5; in single precision, as librosa has it.
fn residual(hz: f32) -> f64 {
    let semitones = 12.0 * f64::from(hz / 27.5).log2() as f32;
    let fraction = semitones.rem_euclid(1.0);
    f64::from(if fraction >= 0.5 { fraction - 1.0 } else { fraction })
}

/// Lower edge of a histogram bin.
fn edge(bin: usize) -> f64 {
    bin as f64 * (1.0 / RESOLUTION as f64) - 0.5
}

/// Greatest of non-negative values, several lanes at a time.
fn greatest(values: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 16];
    let chunks = values.chunks_exact(lanes.len());
    let rest = chunks.remainder().iter().fold(0.0f32, |a, &b| a.max(b));
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = if value > *lane { value } else { *lane };
        }
    }
    lanes.iter().fold(rest, |a, &b| a.max(b))
}

/// Median of a non-empty slice, which is reordered; of an even number, the mean of the middle two.
fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f32::total_cmp);
    if even { (greatest(below) + upper) / 2.0 } else { upper }
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

    #[test]
    fn median_of_even_and_odd_counts() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
    }
}

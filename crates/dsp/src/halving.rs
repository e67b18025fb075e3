//! Halving of the sampling rate as librosa 0.7's constant-Q transform does it: `resample(y, 2, 1, "kaiser_fast", scale=True)`
//! of resampy 0.2.
//!
//! At this ratio every output falls on an input, so resampy's interpolated filter is a plain one of 63 symmetric taps:
//! `y[t] = √2 · Σ h[|k|] x[2t + k]`, |k| ≤ 31, where `h` is a sinc of 0.85 of half the new rate under a Kaiser window of 16
//! zero crossings.
//!
//! resampy adds each tap's product, in double precision, to a sum in single precision. What follows compares chroma with
//! thresholds, and a last bit can carry a frame across one, so the very same additions are done here in the same order.
//! Rounding each sum by conversions to single precision and back would take longest; an addition to its bits and a mask
//! round it alike.
//!
//! # Cost
//! Six halvings of a 30-s clip are 651 000 outputs of 63 taps of a product, a sum and two operations on bits, four values at
//! a time: 41 million instructions, of which a core with four vector units does four a cycle: 4.2 ms at 2.45 GHz.

use crate::simd::multiversion;

/// Zero crossings of the sinc on one side, twice as many as taps would reach at the old rate.
const ZERO_CROSSINGS: usize = 16;
/// Cutoff as a share of half the new rate.
const ROLL_OFF: f64 = 0.85;
/// Shape of the Kaiser window.
const BETA: f64 = 8.555504641634386;
/// Taps on either side of the middle one; the last zero crossing is beyond them.
const REACH: usize = 2 * ZERO_CROSSINGS - 1;
/// Samples of one parity that the filter reaches to either side.
const MARGIN: usize = ZERO_CROSSINGS;
/// Outputs whose sums are carried side by side: as many as hide the latency of the rounding.
const LANES: usize = 48;
/// Outputs for which the inputs are taken apart at a time.
const BLOCK: usize = 20 * LANES;

/// A tap: which samples, even or odd ones, how far from the first one that is kept, and how they are weighted.
#[derive(Debug, Clone, Copy)]
struct Tap {
    odd: bool,
    offset: usize,
    weight: f64,
}

/// The filter with its scratch: make it once, use it for every clip of a worker.
#[derive(Debug, Clone)]
pub struct Halving {
    taps: Vec<Tap>,
    even: Vec<f64>,
    odd: Vec<f64>,
    block: Vec<f32>,
}

impl Default for Halving {
    fn default() -> Self {
        Self::new()
    }
}

impl Halving {
    /// Designs the filter.
    pub fn new() -> Self {
        let half = half_filter();
        // resampy's order: from the middle to the past, then from the next sample to the future.
        let past = (0..=REACH).map(|k| (-(k as isize), k));
        let future = (1..=REACH).map(|k| (k as isize, k));
        let taps = past.chain(future).map(|(position, k)| Tap {
            odd: k % 2 == 1,
            offset: (MARGIN as isize + position.div_euclid(2)) as usize,
            weight: half.get(k).copied().unwrap_or(0.0),
        });
        let scratch = vec![0.0; BLOCK + 2 * MARGIN];
        Self { taps: taps.collect(), even: scratch.clone(), odd: scratch, block: vec![0.0; BLOCK] }
    }

    /// `samples` at half their rate, `⌈n / 2⌉` of them, times √2 so that the energy stays. There is silence beyond the ends;
    /// the last sample of an odd number has no output of its own, and 0 stands there.
    pub fn apply(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        let count = samples.len() / 2;
        out.clear();
        out.resize(samples.len().div_ceil(2), 0.0);
        for (index, out) in out[..count].chunks_mut(BLOCK).enumerate() {
            self.take_apart(samples, index * BLOCK);
            filter(&self.even, &self.odd, &self.taps, &mut self.block);
            out.copy_from_slice(&self.block[..out.len()]);
        }
    }

    /// Even and odd samples around the outputs from `first` on.
    fn take_apart(&mut self, samples: &[f32], first: usize) {
        let missing = MARGIN.saturating_sub(first);
        let (pairs, rest) = samples.as_chunks::<2>();
        let pairs = pairs.get(first.saturating_sub(MARGIN)..).unwrap_or_default();
        let kept = pairs.len().min(self.even.len() - missing);
        separate(&pairs[..kept], &mut self.even[missing..], &mut self.odd[missing..]);
        for half in [&mut self.even, &mut self.odd] {
            half[..missing].fill(0.0);
            half[missing + kept..].fill(0.0);
        }
        if let (Some(last), &[sample]) = (self.even.get_mut(missing + kept), rest) {
            *last = f64::from(sample);
        }
    }
}

multiversion! {
    fn separate(pairs: &[[f32; 2]], even: &mut [f64], odd: &mut [f64]) {
        for ((pair, even), odd) in pairs.iter().zip(even).zip(odd) {
            *even = f64::from(pair[0]);
            *odd = f64::from(pair[1]);
        }
    }
}

multiversion! {
    fn filter(even: &[f64], odd: &[f64], taps: &[Tap], out: &mut [f32]) {
        let (groups, _) = out.as_chunks_mut::<LANES>();
        for (group, out) in groups.iter_mut().enumerate() {
            let mut sums = [0.0f64; LANES];
            for (index, tap) in taps.iter().enumerate() {
                let half = if tap.odd { odd } else { even };
                let Some(samples) = half.get(group * LANES + tap.offset..).and_then(|half| half.first_chunk::<LANES>())
                else { continue };
                if index == 0 {
                    // 0.425 is so near to 17/40 that ties are common here: the even neighbour has them.
                    for (sum, sample) in sums.iter_mut().zip(samples) {
                        *sum = f64::from((tap.weight * sample) as f32);
                    }
                } else {
                    for (sum, sample) in sums.iter_mut().zip(samples) {
                        *sum = to_single(*sum + tap.weight * sample);
                    }
                }
            }
            for (out, sum) in out.iter_mut().zip(sums) {
                *out = sum as f32 / std::f32::consts::FRAC_1_SQRT_2;
            }
        }
    }
}

/// Rounds to the 24 bits of single precision: adds half of the last one, and clears what is below. It differs from the
/// conversion only below the least normal number, and in that a value half-way between two goes up: products with 53-bit
/// weights are that once in 2²⁹ times.
#[inline(always)]
fn to_single(value: f64) -> f64 {
    const BELOW: u64 = (1 << (f64::MANTISSA_DIGITS - f32::MANTISSA_DIGITS)) - 1;
    f64::from_bits(value.to_bits().wrapping_add(BELOW / 2 + 1) & !BELOW)
}

/// The middle tap and those to one side of it: half of resampy's `kaiser_fast`, every 256th of its table of 512 values a
/// zero crossing.
fn half_filter() -> Vec<f64> {
    let whole = bessel_i0(BETA);
    let tap = |k: usize| {
        let crossings = k as f64 / 2.0;
        let angle = std::f64::consts::PI * (ROLL_OFF * crossings);
        let sinc = if k == 0 { 1.0 } else { angle.sin() / angle };
        let place = crossings / ZERO_CROSSINGS as f64;
        bessel_i0(BETA * (1.0 - place * place).sqrt()) / whole * (ROLL_OFF * sinc) * 0.5
    };
    (0..=REACH).map(tap).collect()
}

/// Modified Bessel function of the first kind and order 0: `Σ ((x / 2)ᵏ / k!)²`.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..64 {
        term *= quarter / f64::from(k * k);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(len: usize) -> Vec<f32> {
        let mut state = 9u32;
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 8_388_608.0 - 1.0
            })
            .collect()
    }

    fn halved(samples: &[f32]) -> Vec<f32> {
        let mut out = vec![9.0; 5];
        Halving::new().apply(samples, &mut out);
        out
    }

    /// resampy's `resample_f`, then librosa's `fix_length` and scaling.
    fn naive(samples: &[f32]) -> Vec<f32> {
        let half = half_filter();
        let mut out = vec![0.0f32; samples.len().div_ceil(2)];
        for (t, y) in out.iter_mut().enumerate().take(samples.len() / 2) {
            let n = 2 * t;
            for i in 0..(n + 1).min(REACH + 1) {
                *y = (f64::from(*y) + half[i] * f64::from(samples[n - i])) as f32;
            }
            for k in 0..(samples.len() - n - 1).min(REACH) {
                *y = (f64::from(*y) + half[k + 1] * f64::from(samples[n + k + 1])) as f32;
            }
        }
        out.iter().map(|y| y / 0.5f32.sqrt()).collect()
    }

    #[test]
    fn taps_are_those_of_resampy() {
        // Half of `kaiser_fast.npz`'s `half_window[::256]`, as resampy 0.2.2 ships it.
        let known = [
            (0, 0.425),
            (1, 0.30830216341429795),
            (2, 0.07112822013553705),
            (3, -0.07787546517991395),
            (4, -0.06044671226860248),
            (5, 0.022072783704187256),
            (6, 0.04543999361054797),
            (7, 0.0029370512798151307),
            (14, -0.0015866448511543474),
            (20, 0.002770642601219793),
            (30, 4.994826634341643e-05),
            (31, -1.852578272534118e-05),
        ];
        let half = half_filter();
        for (k, tap) in known {
            assert!((half[k] - tap).abs() <= 1e-15 * tap.abs(), "tap {k}: {} instead of {tap}", half[k]);
        }
    }

    #[test]
    fn every_sum_is_rounded_as_resampy_rounds_it() {
        let samples = noise(2 * BLOCK + 777);
        for len in [0, 1, 2, 3, 31, 33, 64, 95, 2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 33, samples.len()] {
            let (got, expected) = (halved(&samples[..len]), naive(&samples[..len]));
            assert_eq!(got.len(), len.div_ceil(2));
            for (index, (got, expected)) in got.iter().zip(&expected).enumerate() {
                assert_eq!(got.to_bits(), expected.to_bits(), "sample {index} of {len}: {got} instead of {expected}");
            }
        }
    }

    #[test]
    fn low_tones_pass_and_high_ones_do_not() {
        let tone = |step: f32| (0..4000).map(|i| (i as f32 * step).sin()).collect::<Vec<f32>>();
        let loudest = |samples: &[f32]| samples[100..1900].iter().fold(0.0f32, |a, b| a.max(b.abs()));
        assert!((loudest(&halved(&tone(0.3))) - 2.0f32.sqrt()).abs() < 0.01);
        // From three quarters of the old band on, which would come back as a low tone.
        assert!(loudest(&halved(&tone(2.5))) < 1e-3);
    }
}

//! Shape of the spectrum, frame by frame: centroid, bandwidth and roll-off (librosa's `feature.spectral_*`).

use crate::FrameMatrix;
use crate::simd::multiversion;
use crate::stft::{BINS, N_FFT};

/// Share of the summed magnitude that lies below the roll-off.
const ROLL_OFF: f64 = 0.85;
/// Frames whose running sums are carried side by side.
const GROUP: usize = 8;

/// Descriptors of every frame, in Hz; all 0 for a silent frame.
#[derive(Debug, Clone, Default)]
pub struct SpectralShape {
    /// Mean frequency, weighted by magnitude.
    pub centroid: Vec<f64>,
    /// Standard deviation of the frequency, weighted by magnitude.
    pub bandwidth: Vec<f64>,
    /// Lowest frequency that at least 85 % of the magnitude lies at or below.
    pub rolloff: Vec<f64>,
    sums: Vec<[f32; GROUP]>,
}

impl SpectralShape {
    /// Describes magnitudes, `[frames, 1025]`, of audio at `rate` Hz.
    pub fn describe(&mut self, magnitude: &FrameMatrix, rate: u32) {
        let hz = f64::from(rate) / N_FFT as f64;
        self.centroid.clear();
        self.bandwidth.clear();
        moments(magnitude, hz, &mut self.centroid, &mut self.bandwidth);
        self.rolloff.clear();
        for rows in magnitude.data().chunks(GROUP * BINS) {
            roll_off(rows, hz, &mut self.sums, &mut self.rolloff);
        }
    }
}

multiversion! {
    /// Centroid and bandwidth from the magnitude's sum, mean and mean square over bin numbers. In double precision their
    /// difference is exact to 1e-9 of a bin, so nothing is lost by not subtracting the mean first.
    fn moments(magnitude: &FrameMatrix, hz: f64, centroid: &mut Vec<f64>, bandwidth: &mut Vec<f64>) {
        const LANES: usize = 8;
        for row in magnitude.rows() {
            let (mut sum, mut first, mut second) = ([0.0f64; LANES], [0.0f64; LANES], [0.0f64; LANES]);
            let mut number: [f64; LANES] = std::array::from_fn(|lane| lane as f64);
            let (chunks, rest) = row.as_chunks::<LANES>();
            for chunk in chunks {
                for lane in 0..LANES {
                    let value = f64::from(chunk[lane]);
                    let weighted = value * number[lane];
                    sum[lane] += value;
                    first[lane] += weighted;
                    second[lane] += weighted * number[lane];
                    number[lane] += LANES as f64;
                }
            }
            for (lane, &value) in rest.iter().enumerate() {
                let value = f64::from(value);
                sum[lane] += value;
                first[lane] += value * number[lane];
                second[lane] += value * number[lane] * number[lane];
            }
            let [sum, first, second] = [sum, first, second].map(|lanes| lanes.iter().sum::<f64>());
            // librosa leaves frames below the least normal number unscaled.
            let scale = if sum < f64::from(f32::MIN_POSITIVE) { 1.0 } else { sum };
            let mean = first / scale;
            // Σ s (k - mean)² / scale, written out.
            let spread = second / scale - 2.0 * mean * (first / scale) + mean * mean * (sum / scale);
            centroid.push(hz * mean);
            bandwidth.push(hz * spread.max(0.0).sqrt());
        }
    }
}

/// Roll-off of up to eight frames. The running sums are single precision and strictly in order, as librosa's are: a tie
/// must fall on the same bin. Eight frames side by side hide the latency of that.
fn roll_off(rows: &[f32], hz: f64, sums: &mut Vec<[f32; GROUP]>, out: &mut Vec<f64>) {
    let (rows, _) = rows.as_chunks::<BINS>();
    let Some(first) = rows.first() else { return };
    // The last group repeats its first frame where it has fewer.
    let group: [&[f32; BINS]; GROUP] = std::array::from_fn(|index| rows.get(index).unwrap_or(first));
    let mut total = [0.0f32; GROUP];
    sums.clear();
    sums.extend((0..BINS).map(|bin| {
        total = std::array::from_fn(|frame| total[frame] + group[frame][bin]);
        total
    }));
    for (frame, total) in total.iter().enumerate().take(rows.len()) {
        let threshold = (ROLL_OFF as f32) * total;
        out.push(hz * sums.partition_point(|sum| sum[frame] < threshold) as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(bins: &[(usize, f32)]) -> SpectralShape {
        let mut magnitude = FrameMatrix::new(1, BINS);
        for &(bin, value) in bins {
            magnitude.data_mut()[bin] = value;
        }
        let mut shape = SpectralShape::default();
        // One bin per Hz.
        shape.describe(&magnitude, N_FFT as u32);
        shape
    }

    #[test]
    fn two_lines_have_their_weighted_mean_and_spread() {
        let shape = shape(&[(100, 3.0), (1024, 1.0)]);
        assert!((shape.centroid[0] - 331.0).abs() < 1e-9);
        assert!((shape.bandwidth[0] - (0.75f64 * 231.0 * 231.0 + 0.25 * 693.0 * 693.0).sqrt()).abs() < 1e-9);
        assert_eq!(shape.rolloff[0], 1024.0);
    }

    #[test]
    fn one_line_has_no_width() {
        let shape = shape(&[(700, 0.3)]);
        assert!((shape.centroid[0] - 700.0).abs() < 1e-9 && shape.bandwidth[0] < 1e-4);
        assert_eq!(shape.rolloff[0], 700.0);
    }

    #[test]
    fn silence_is_at_zero_hz() {
        let shape = shape(&[]);
        assert_eq!((shape.centroid[0], shape.bandwidth[0], shape.rolloff[0]), (0.0, 0.0, 0.0));
    }
}

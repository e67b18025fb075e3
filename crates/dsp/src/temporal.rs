//! Descriptors of the waveform itself: loudness and zero crossings.

use crate::stft::{HOP, N_FFT, Padding, frame_count};

/// Hops in a frame.
const OVERLAP: usize = N_FFT / HOP;
/// Samples no farther than this from zero count as zero (librosa's default).
const ZERO: f32 = 1e-10;

/// Per-frame loudness and zero-crossing rate; keeps its scratch between clips.
#[derive(Debug, Clone, Default)]
pub struct Temporal {
    /// Root of the mean square of each frame of 2 048 samples (librosa's `feature.rms`).
    pub rms: Vec<f64>,
    /// Share of a frame's samples whose sign differs from the sample before (librosa's `feature.zero_crossing_rate`).
    pub zero_crossing_rate: Vec<f64>,
    energies: Vec<f64>,
    crossings: Vec<u32>,
}

impl Temporal {
    /// Describes a clip. Frames are centred and 512 samples apart; `padding` is what the loudness of the first and last
    /// frames includes, while zero crossings always repeat the edge sample, which crosses nothing.
    pub fn describe(&mut self, samples: &[f32], padding: Padding) {
        let frames = frame_count(samples.len());
        self.energies.clear();
        self.energies.extend((0..frames + OVERLAP - 1).map(|hop| hop_energy(samples, padding, hop)));
        self.rms.clear();
        self.rms.extend(self.energies.windows(OVERLAP).map(|hops| (hops.iter().sum::<f64>() / N_FFT as f64).sqrt()));

        self.crossings.clear();
        self.crossings.extend((0..frames + OVERLAP - 1).map(|hop| hop_crossings(samples, hop)));
        self.zero_crossing_rate.clear();
        self.zero_crossing_rate.extend(self.crossings.windows(OVERLAP).enumerate().map(|(frame, hops)| {
            // A frame's first sample has none before it.
            let first = crosses(samples, hop_start(frame));
            f64::from(hops.iter().sum::<u32>() - u32::from(first)) / N_FFT as f64
        }));
    }
}

/// First sample of a hop; frame `f` is made of the hops `f .. f + 4`, the first of which begins before the clip.
fn hop_start(hop: usize) -> isize {
    (hop * HOP) as isize - (N_FFT / 2) as isize
}

/// The samples of a hop, if all of them are in the clip.
fn whole_hop(samples: &[f32], hop: usize) -> Option<&[f32]> {
    let start = usize::try_from(hop_start(hop)).ok()?;
    samples.get(start..start + HOP)
}

fn hop_energy(samples: &[f32], padding: Padding, hop: usize) -> f64 {
    if let Some(samples) = whole_hop(samples, hop) {
        let mut lanes = [0.0f64; 8];
        for chunk in samples.chunks_exact(lanes.len()) {
            for (lane, &sample) in lanes.iter_mut().zip(chunk) {
                *lane += f64::from(sample) * f64::from(sample);
            }
        }
        return lanes.iter().sum();
    }
    (0..HOP as isize).map(|i| f64::from(padding.sample(samples, hop_start(hop) + i)).powi(2)).sum()
}

/// Sign changes from each sample's predecessor to the sample, over one hop.
fn hop_crossings(samples: &[f32], hop: usize) -> u32 {
    let start = hop_start(hop);
    if start > 0 && whole_hop(samples, hop).is_some() {
        let hop = &samples[start as usize - 1..start as usize + HOP];
        return hop.iter().zip(&hop[1..]).map(|(&before, &after)| u32::from(negative(before) != negative(after))).sum();
    }
    (0..HOP as isize).map(|i| u32::from(crosses(samples, start + i))).sum()
}

/// Whether the sign at `position` differs from the one before; never at or beyond the edges.
fn crosses(samples: &[f32], position: isize) -> bool {
    let Ok(position) = usize::try_from(position) else { return false };
    match (position.checked_sub(1).and_then(|before| samples.get(before)), samples.get(position)) {
        (Some(&before), Some(&after)) => negative(before) != negative(after),
        _ => false,
    }
}

fn negative(sample: f32) -> bool {
    sample < -ZERO
}

#[cfg(test)]
mod tests {
    use super::*;

    fn describe(samples: &[f32], padding: Padding) -> Temporal {
        let mut temporal = Temporal::default();
        temporal.describe(samples, padding);
        temporal
    }

    #[test]
    fn frames_equal_their_definition() {
        let samples: Vec<f32> = (0..5000u32).map(|i| ((i * i * 7) % 2001) as f32 / 1000.0 - 1.0).collect();
        for padding in [Padding::Reflect, Padding::Zeros] {
            let temporal = describe(&samples, padding);
            assert_eq!(temporal.rms.len(), 10);
            for frame in 0..10 {
                let at = |i: usize| hop_start(frame) + i as isize;
                let energy: f64 = (0..N_FFT).map(|i| f64::from(padding.sample(&samples, at(i))).powi(2)).sum();
                assert!((temporal.rms[frame] - (energy / 2048.0).sqrt()).abs() < 1e-12);
                let edge = |i: usize| samples[at(i).clamp(0, 4999) as usize] < 0.0;
                let crossings = (1..N_FFT).filter(|&i| edge(i) != edge(i - 1)).count();
                assert_eq!(temporal.zero_crossing_rate[frame], crossings as f64 / 2048.0, "frame {frame}");
            }
        }
    }

    #[test]
    fn numerical_dust_around_zero_does_not_cross() {
        let samples: Vec<f32> = (0..4096).map(|i| if i % 2 == 0 { 5e-11 } else { -5e-11 }).collect();
        assert!(describe(&samples, Padding::Zeros).zero_crossing_rate.iter().all(|&rate| rate == 0.0));
    }

    #[test]
    fn shortest_clips_have_one_frame() {
        for len in [0, 1, 511] {
            let temporal = describe(&vec![0.5; len], Padding::Reflect);
            assert_eq!((temporal.rms.len(), temporal.zero_crossing_rate[0]), (1, 0.0));
        }
    }
}

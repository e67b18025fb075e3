//! A clip in a few numbers.

use dsp::chroma::PITCH_CLASSES;

use crate::analysis::Analysis;

/// How loud a clip is, in dB below full scale: a square wave between −1 and 1 has 0 dB in both, a sine 3.01 dB less in the RMS.
/// Silence, and all that is less, is [`Loudness::FLOOR`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loudness {
    /// Root of the mean square of all samples.
    pub rms_dbfs: f64,
    /// The sample farthest from 0. It may be above 0 dB: floats, lossy codecs and resampling leave full scale.
    pub peak_dbfs: f64,
}

impl Loudness {
    /// What is told of silence, in dB: less than the noise of 16 bits, −98 dB.
    pub const FLOOR: f64 = -120.0;

    fn of(samples: &[f32]) -> Self {
        let energy: f64 = samples.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum();
        let peak = samples.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        let decibels = |amplitude: f64| (20.0 * amplitude.log10()).max(Self::FLOOR);
        Self { rms_dbfs: decibels((energy / samples.len().max(1) as f64).sqrt()), peak_dbfs: decibels(f64::from(peak)) }
    }
}

impl Analysis {
    /// Tempo in beats per minute; 0 without any onset.
    pub fn tempo(&self) -> f64 {
        self.tempo
    }

    /// When the beats are, in seconds, ascending.
    pub fn beat_times(&self) -> Vec<f64> {
        self.beats.iter().map(|&frame| self.seconds(frame)).collect()
    }

    /// How much of each pitch class there is, C first: the mean of the chromagram over its frames, scaled so that the greatest
    /// is 1. Of silence all are 0.
    pub fn chroma_mean(&self) -> [f32; PITCH_CLASSES] {
        let mut sums = [0.0f64; PITCH_CLASSES];
        for frame in self.chroma.rows() {
            sums.iter_mut().zip(frame).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        let greatest = sums.iter().copied().fold(0.0, f64::max);
        sums.map(|sum| if greatest > 0.0 { (sum / greatest) as f32 } else { 0.0 })
    }

    /// How loud the clip is: of a recording of several channels, their mean.
    pub fn loudness(&self) -> Loudness {
        Loudness::of(&self.audio.samples)
    }
}

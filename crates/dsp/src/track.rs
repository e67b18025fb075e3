//! An input to its clips' rows, and what is known of its decoding.

use serde::{Deserialize, Serialize};

use crate::stft::N_FFT;
use crate::{
    AudioInput, AudioReader, ClipReader, DecodeReport, Error, FeatureExtractor, InputLimits, LoadOptions,
    MAX_LOST_SHARE, Result, SampleRate,
};

/// The row of one clip of a track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipFeatures {
    /// First sample in the track, at the specification's rate.
    pub start_sample: u64,
    /// Samples in the clip.
    pub samples: usize,
    /// Whether it is digital silence: samples other than zero are in no more than a twentieth of it.
    pub silent: bool,
    /// The row, as the [`FeatureSpec`](crate::FeatureSpec) describes it.
    pub values: Vec<f64>,
}

/// The rows of a track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrackFeatures {
    /// The clips in order, at least one.
    pub clips: Vec<ClipFeatures>,
    /// What was decoded and what was lost.
    pub decoded: DecodeReport,
}

/// Decodes an input, cuts it into clips and computes the row of each.
///
/// # Errors
/// Those of [`load`](crate::load) for what can't be decoded; [`Error::TooMuchLost`] where more than [`MAX_LOST_SHARE`] of
/// the track is lost; [`Error::Clip`] for a clip without features, as one that is shorter than an analysis window.
pub fn track_features(input: impl Into<AudioInput>, extractor: &mut FeatureExtractor) -> Result<TrackFeatures> {
    track_features_within(input, &InputLimits::default(), extractor)
}

/// The same with other limits.
///
/// # Errors
/// Those of [`track_features`].
pub fn track_features_within(
    input: impl Into<AudioInput>,
    limits: &InputLimits,
    extractor: &mut FeatureExtractor,
) -> Result<TrackFeatures> {
    let input = input.into();
    let rate = SampleRate::Hz(extractor.spec().sample_rate());
    let options = LoadOptions { rate, limits: *limits, ..LoadOptions::default() };
    let mut reader = ClipReader::new(AudioReader::open(&input, &options)?, extractor.spec().clip_plan());
    let mut clips = Vec::new();
    let mut failed = None;
    while let Some(clip) = reader.next_clip()? {
        // After a clip without features the rest is decoded, for if much is lost, that is the reason to give.
        if failed.is_some() {
            continue;
        }
        match clip_features(clip.start_sample, clip.samples, extractor) {
            Ok(features) => clips.push(features),
            Err(e) => failed = Some(e),
        }
    }
    let decoded = reader.report().clone();
    refuse_losses(&input.name(), &decoded)?;
    match failed {
        Some(source) => Err(Error::Clip { name: input.name(), source: Box::new(source) }),
        None => Ok(TrackFeatures { clips, decoded }),
    }
}

/// The row of a clip that starts at a sample.
pub(crate) fn clip_features(
    start_sample: u64,
    samples: &[f32],
    extractor: &mut FeatureExtractor,
) -> Result<ClipFeatures> {
    let values = extractor.extract(samples)?.values;
    Ok(ClipFeatures { start_sample, samples: samples.len(), silent: is_silent(samples), values })
}

/// Refuses a track of which too much is lost.
pub(crate) fn refuse_losses(name: &str, decoded: &DecodeReport) -> Result<()> {
    if decoded.lost_share() > MAX_LOST_SHARE {
        return Err(Error::TooMuchLost { name: name.to_owned(), report: Box::new(decoded.clone()) });
    }
    Ok(())
}

/// Whether at most a twentieth of the analysis windows of a clip hold a sample that isn't zero: where a song ends just behind
/// the start of a clip, what follows is a run-out groove and no music.
pub(crate) fn is_silent(samples: &[f32]) -> bool {
    let windows = samples.chunks(N_FFT);
    let sounding = windows.clone().filter(|window| window.iter().any(|&sample| sample != 0.0)).count();
    20 * sounding <= windows.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_silent_when_hardly_any_of_it_sounds() {
        let mut clip = vec![0.0; 40 * N_FFT];
        assert!(is_silent(&clip));
        // The last note of a song that ends in this clip.
        clip[..2 * N_FFT].fill(0.5);
        assert!(is_silent(&clip));
        clip[2 * N_FFT] = 0.5;
        assert!(!is_silent(&clip));
        // A metronome is mostly zeros, and sounds all the time.
        let clicks: Vec<f32> = (0..661_500).map(|at| f32::from(u8::from(at % 11_025 < 200))).collect();
        assert!(!is_silent(&clicks));
        assert!(is_silent(&[0.0; 100]) && !is_silent(&[0.1; 100]));
    }
}

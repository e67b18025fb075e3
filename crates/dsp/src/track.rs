//! An input to its clips' rows, and what is known of its decoding.

use serde::{Deserialize, Serialize};

use crate::{
    AudioInput, AudioReader, ClipReader, DecodeReport, Error, FeatureExtractor, LoadOptions, MAX_LOST_SHARE, Result,
    SampleRate,
};

/// The row of one clip of a track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClipFeatures {
    /// First sample in the track, at the specification's rate.
    pub start_sample: u64,
    /// Samples in the clip.
    pub samples: usize,
    /// Whether all of them are zero.
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
    let input = input.into();
    let rate = SampleRate::Hz(extractor.spec().sample_rate());
    let options = LoadOptions { rate, ..LoadOptions::default() };
    let mut reader = ClipReader::new(AudioReader::open(&input, &options)?, extractor.spec().clip_plan());
    let mut clips = Vec::new();
    let mut failed = None;
    while let Some(clip) = reader.next_clip()? {
        // After a clip without features the rest is decoded, for if much is lost, that is the reason to give.
        if failed.is_some() {
            continue;
        }
        match extractor.extract(clip.samples) {
            Ok(row) => clips.push(ClipFeatures {
                start_sample: clip.start_sample,
                samples: clip.samples.len(),
                silent: clip.samples.iter().all(|&sample| sample == 0.0),
                values: row.values,
            }),
            Err(e) => failed = Some(e),
        }
    }
    let decoded = reader.report().clone();
    if decoded.lost_share() > MAX_LOST_SHARE {
        return Err(Error::TooMuchLost { name: input.name(), report: Box::new(decoded) });
    }
    match failed {
        Some(source) => Err(Error::Clip { name: input.name(), source: Box::new(source) }),
        None => Ok(TrackFeatures { clips, decoded }),
    }
}

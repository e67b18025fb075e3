//! Tracks in which there is nothing to hear: neither learnt from nor classified.
//!
//! A network names a genre for any numbers, those of silence included, and is often sure of it.

use std::path::Path;

use dsp::{FEATURE_NAMES, FeatureSpec, InputKind};

use super::extract::{ClipFeatures, Failure};
use crate::error::Error;

/// Refuses a track of digital silence, all of whose samples are zero; `path` is its file.
///
/// # Errors
/// A [`Failure`] that says so.
pub fn refuse_silence(path: &Path, clips: &[ClipFeatures], spec: &FeatureSpec) -> Result<(), Failure> {
    if clips.iter().any(|clip| is_heard(clip, spec)) { Ok(()) } else { Err(Failure::new(path, &Error::Silent)) }
}

fn is_heard(clip: &ClipFeatures, spec: &FeatureSpec) -> bool {
    match spec.input {
        InputKind::Features => {
            FEATURE_NAMES.iter().zip(&clip.values).any(|(&name, &value)| name == "rms_mean" && value > 0.0)
        }
        // Decibels below the clip's own maximum: 0 throughout where there is none.
        InputKind::Spectrogram => clip.values.iter().any(|&value| value != 0.0),
    }
}

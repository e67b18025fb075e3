//! The feature specification: everything that decides which numbers a clip becomes.

use serde::{Deserialize, Serialize};

use crate::mel::MEL_BANDS;
use crate::stft::frame_count;
use crate::{ClipPlan, Error, FEATURE_NAMES, MIN_CLIP_SAMPLES, Result};

/// Version of the feature layout that this build produces. Analysis constants (window 2 048, hop 512, 128 mel bands)
/// belong to the version.
pub const FEATURE_SPEC_VERSION: u32 = 1;

/// Sampling rates, in Hz, that features can be computed at.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=96_000;

/// Longest clip in seconds: an analysis holds its whole clip in memory, about 2 MB a second.
const MAX_CLIP_SECONDS: f64 = 300.0;

/// Which librosa's numbers to reproduce.
///
/// | | `librosa-0.7` | `librosa-0.11` |
/// |---|---|---|
/// | padding of centred frames | reflection | zeros |
/// | last `len mod 512` samples of the HPSS waveforms | zero | filled |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Convention {
    /// librosa 0.7, which made the CSV files of the GTZAN dataset.
    #[default]
    #[serde(rename = "librosa-0.7")]
    Librosa07,
    /// librosa 0.11.
    #[serde(rename = "librosa-0.11")]
    Librosa011,
}

impl Convention {
    /// The name used in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Librosa07 => "librosa-0.7",
            Self::Librosa011 => "librosa-0.11",
        }
    }
}

impl std::fmt::Display for Convention {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Convention {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        [Self::Librosa07, Self::Librosa011].into_iter().find(|c| c.name() == name).ok_or_else(|| Error::InvalidOption {
            option: "convention",
            reason: format!("`{name}` is neither librosa-0.7 nor librosa-0.11"),
        })
    }
}

/// What a clip becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// The 57 descriptors named by [`FEATURE_NAMES`].
    #[default]
    Features,
    /// The log-mel spectrogram in dB below its maximum, flattened row-major `[mel, frame]`.
    Spectrogram,
}

/// How clips are cut and turned into numbers; stored with a model, so that predictions see what training saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSpec {
    /// Layout version, [`FEATURE_SPEC_VERSION`].
    pub version: u32,
    /// Descriptors or log-mel spectrogram.
    pub input: InputKind,
    /// Which librosa's numbers.
    pub convention: Convention,
    /// Rate that audio is resampled to before analysis, in Hz.
    pub sample_rate: u32,
    /// Length of a clip in seconds; clips start this far apart.
    pub clip_seconds: f64,
}

impl FeatureSpec {
    /// The 57 descriptors of clips of `clip_seconds` s at 22 050 Hz.
    pub fn features(convention: Convention, clip_seconds: f64) -> Self {
        Self {
            version: FEATURE_SPEC_VERSION,
            input: InputKind::Features,
            convention,
            sample_rate: 22_050,
            clip_seconds,
        }
    }

    /// The flattened log-mel spectrogram of clips of `clip_seconds` s at 22 050 Hz, zero-padded as today's librosa does.
    pub fn spectrogram(clip_seconds: f64) -> Self {
        Self { input: InputKind::Spectrogram, ..Self::features(Convention::Librosa011, clip_seconds) }
    }

    /// Whether this build can produce the features described.
    ///
    /// # Errors
    /// [`Error::InvalidSpec`] says which field is out of range.
    pub fn check(&self) -> Result<()> {
        let refuse = |reason| Err(Error::InvalidSpec { reason });
        if self.version != FEATURE_SPEC_VERSION {
            return refuse(format!("version {} is wanted, and this build has {FEATURE_SPEC_VERSION}", self.version));
        }
        if !RATES.contains(&self.sample_rate) {
            let (low, high) = (RATES.start(), RATES.end());
            return refuse(format!("a sampling rate of {} Hz is not within {low}..={high} Hz", self.sample_rate));
        }
        // A NaN fails this comparison too.
        if !(self.clip_seconds > 0.0 && self.clip_seconds <= MAX_CLIP_SECONDS) {
            return refuse(format!("clips of {} s are not within 0..={MAX_CLIP_SECONDS} s", self.clip_seconds));
        }
        if self.clip_samples() < MIN_CLIP_SAMPLES {
            return refuse(format!(
                "clips of {} s have {} samples, fewer than the {MIN_CLIP_SAMPLES} of one analysis window",
                self.clip_seconds,
                self.clip_samples()
            ));
        }
        Ok(())
    }

    /// Samples in a clip, as [`ClipPlan`] cuts it; 0 if it can't.
    pub fn clip_samples(&self) -> usize {
        ClipPlan::new(self.clip_seconds, self.sample_rate).map_or(0, |plan| plan.clip_len())
    }

    /// Values in a row: 57, or 128 × frames of a clip.
    #[expect(clippy::len_without_is_empty, reason = "a specification is never empty")]
    pub fn len(&self) -> usize {
        match self.input {
            InputKind::Features => FEATURE_NAMES.len(),
            InputKind::Spectrogram => MEL_BANDS * frame_count(self.clip_samples()),
        }
    }

    /// Text that is equal for two specifications exactly when they give equal rows; for cache keys.
    pub fn fingerprint(&self) -> String {
        let input = match self.input {
            InputKind::Features => "features",
            InputKind::Spectrogram => "spectrogram",
        };
        format!("v{};{input};{};{}Hz;{}s", self.version, self.convention, self.sample_rate, self.clip_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_gtzan() {
        assert_eq!(FeatureSpec::features(Convention::Librosa07, 30.0).len(), 57);
        assert_eq!(FeatureSpec::spectrogram(3.0).len(), 16_640);
        assert_eq!(FeatureSpec::spectrogram(3.0).clip_samples(), 66_149);
    }

    #[test]
    fn unusable_specifications_are_refused_with_the_reason() {
        let good = FeatureSpec::features(Convention::Librosa07, 3.0);
        assert!(good.check().is_ok());
        for (bad, word) in [
            (FeatureSpec { version: 2, ..good.clone() }, "version 2"),
            (FeatureSpec { sample_rate: 100, ..good.clone() }, "100 Hz"),
            (FeatureSpec { clip_seconds: f64::NAN, ..good.clone() }, "NaN"),
            (FeatureSpec { clip_seconds: 0.05, ..good.clone() }, "analysis window"),
            (FeatureSpec { clip_seconds: 1e9, ..good.clone() }, "300"),
        ] {
            let message = bad.check().unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        }
    }

    #[test]
    fn serialised_names_are_the_documented_ones() {
        let json = serde_json::to_string(&FeatureSpec::features(Convention::Librosa07, 30.0)).unwrap();
        assert_eq!(
            json,
            r#"{"version":1,"input":"features","convention":"librosa-0.7","sample_rate":22050,"clip_seconds":30.0}"#
        );
        assert_eq!("librosa-0.11".parse::<Convention>().unwrap(), Convention::Librosa011);
        assert!("librosa-0.8".parse::<Convention>().is_err());
    }
}

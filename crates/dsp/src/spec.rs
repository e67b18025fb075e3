//! The feature specification: everything that decides which numbers a clip becomes.

use serde::{Deserialize, Serialize};

use crate::clip_length::USUAL_RATE;
use crate::mel::MEL_BANDS;
use crate::stft::frame_count;
use crate::{ClipLength, ClipPlan, Descriptors, Error, Result};

/// Version of the feature layout that this build produces. Analysis constants (window 2 048, hop 512, 128 mel bands)
/// belong to the version.
pub const FEATURE_SPEC_VERSION: u32 = 1;

/// Sampling rates, in Hz, that features can be computed at.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=96_000;

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
    /// Descriptors: the numbers that a [`Descriptors`] names.
    #[default]
    Features,
    /// The log-mel spectrogram in dB below its maximum, flattened row-major `[mel, frame]`.
    Spectrogram,
}

/// How clips are cut and turned into numbers; stored with a model, so that predictions see what training saw.
///
/// A specification that exists is one that this build can produce: reading another from JSON fails with the reason. In
/// JSON it has the fields `version`, `input`, `descriptors` where they are the extended ones, `convention`, `sample_rate` and
/// `clip_seconds`, and no other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct FeatureSpec {
    input: InputKind,
    /// Classic for a spectrogram, which has none.
    descriptors: Descriptors,
    convention: Convention,
    sample_rate: u32,
    clip_length: ClipLength,
}

/// A specification as it is written, whether it can be produced or not.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename = "FeatureSpec")]
struct Fields {
    version: u32,
    input: InputKind,
    #[serde(default, skip_serializing_if = "is_classic")]
    descriptors: Descriptors,
    convention: Convention,
    sample_rate: u32,
    clip_seconds: f64,
}

/// Specifications of the classic set are written as they were before there was another.
fn is_classic(descriptors: &Descriptors) -> bool {
    *descriptors == Descriptors::Classic
}

impl TryFrom<Fields> for FeatureSpec {
    type Error = Error;

    fn try_from(fields: Fields) -> Result<Self> {
        let Fields { version, input, descriptors, convention, sample_rate, clip_seconds } = fields;
        if version != FEATURE_SPEC_VERSION {
            let reason = format!("version {version} is wanted, and this build has {FEATURE_SPEC_VERSION}");
            return Err(Error::InvalidSpec { reason });
        }
        Self::new(input, convention, sample_rate, ClipLength::new(clip_seconds)?)?.with_descriptors(descriptors)
    }
}

impl From<FeatureSpec> for Fields {
    fn from(spec: FeatureSpec) -> Self {
        let FeatureSpec { input, descriptors, convention, sample_rate, clip_length } = spec;
        let clip_seconds = clip_length.seconds();
        Self { version: FEATURE_SPEC_VERSION, input, descriptors, convention, sample_rate, clip_seconds }
    }
}

impl FeatureSpec {
    /// What `input` says, by the numbers of `convention`, of clips of audio at `sample_rate` Hz. Descriptors are the classic
    /// ones; see [`with_descriptors`](Self::with_descriptors).
    ///
    /// # Errors
    /// [`Error::InvalidSpec`] if the rate is not within 8 000 to 96 000 Hz; [`Error::InvalidOption`] if a clip would have
    /// fewer samples than one analysis window.
    pub fn new(input: InputKind, convention: Convention, sample_rate: u32, clip_length: ClipLength) -> Result<Self> {
        if !RATES.contains(&sample_rate) {
            let (low, high) = (RATES.start(), RATES.end());
            let reason = format!("a sampling rate of {sample_rate} Hz is not within {low}..={high} Hz");
            return Err(Error::InvalidSpec { reason });
        }
        ClipPlan::new(clip_length, sample_rate)?;
        Ok(Self { input, descriptors: Descriptors::Classic, convention, sample_rate, clip_length })
    }

    /// The 57 classic descriptors of clips at 22 050 Hz.
    pub fn features(convention: Convention, clip_length: ClipLength) -> Self {
        let (input, descriptors) = (InputKind::Features, Descriptors::Classic);
        // Every length that there is has a window's samples at this rate.
        Self { input, descriptors, convention, sample_rate: USUAL_RATE, clip_length }
    }

    /// The 349 extended descriptors of clips at 22 050 Hz.
    pub fn extended(clip_length: ClipLength) -> Self {
        Self { descriptors: Descriptors::Extended, ..Self::features(Convention::Librosa07, clip_length) }
    }

    /// The same specification with other descriptors.
    ///
    /// # Errors
    /// [`Error::InvalidSpec`] for the extended set with librosa 0.11's numbers, at another rate than 22 050 Hz, or of a
    /// spectrogram: its columns are those of published tables, which are defined for one convention and one rate.
    pub fn with_descriptors(self, descriptors: Descriptors) -> Result<Self> {
        let extended = Self::extended(self.clip_length);
        if descriptors == Descriptors::Classic {
            return Ok(Self { descriptors, ..self });
        }
        let reason = match &self {
            Self { input: InputKind::Spectrogram, .. } => "a spectrogram has no descriptors".to_owned(),
            Self { convention, .. } if *convention != extended.convention => format!(
                "the extended descriptors are those of tables made with {}; there is no {convention} form of them",
                extended.convention
            ),
            Self { sample_rate, .. } if *sample_rate != extended.sample_rate => {
                format!("the extended descriptors are defined at {} Hz, not at {sample_rate} Hz", extended.sample_rate)
            }
            _ => return Ok(extended),
        };
        Err(Error::InvalidSpec { reason })
    }

    /// The flattened log-mel spectrogram of clips at 22 050 Hz, zero-padded as today's librosa does.
    pub fn spectrogram(clip_length: ClipLength) -> Self {
        Self { input: InputKind::Spectrogram, ..Self::features(Convention::Librosa011, clip_length) }
    }

    /// Descriptors or log-mel spectrogram.
    pub fn input(&self) -> InputKind {
        self.input
    }

    /// Which descriptors; `None` for a spectrogram.
    pub fn descriptors(&self) -> Option<Descriptors> {
        match self.input {
            InputKind::Features => Some(self.descriptors),
            InputKind::Spectrogram => None,
        }
    }

    /// Names of the values in a row; `None` for a spectrogram, whose values have none.
    pub fn columns(&self) -> Option<&'static [&'static str]> {
        self.descriptors().map(Descriptors::columns)
    }

    /// Which librosa's numbers.
    pub fn convention(&self) -> Convention {
        self.convention
    }

    /// Rate that audio is resampled to before analysis, in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Length of a clip; clips start this far apart.
    pub fn clip_length(&self) -> ClipLength {
        self.clip_length
    }

    /// The same in seconds.
    pub fn clip_seconds(&self) -> f64 {
        self.clip_length.seconds()
    }

    /// How tracks are cut.
    pub fn clip_plan(&self) -> ClipPlan {
        ClipPlan::unchecked(self.clip_length, self.sample_rate)
    }

    /// Samples in a clip, as [`clip_plan`](Self::clip_plan) cuts it.
    pub fn clip_samples(&self) -> usize {
        self.clip_plan().clip_len()
    }

    /// Values in a row: 57 or 349, or 128 × frames of a clip.
    #[expect(clippy::len_without_is_empty, reason = "a specification is never empty")]
    pub fn len(&self) -> usize {
        match self.input {
            InputKind::Features => self.descriptors.columns().len(),
            InputKind::Spectrogram => MEL_BANDS * frame_count(self.clip_samples()),
        }
    }

    /// Text that is equal for two specifications exactly when they give equal rows; for cache keys.
    pub fn fingerprint(&self) -> String {
        let input = match self.descriptors() {
            Some(Descriptors::Classic) => "features",
            Some(Descriptors::Extended) => "extended",
            None => "spectrogram",
        };
        format!("v{FEATURE_SPEC_VERSION};{input};{};{}Hz;{}s", self.convention, self.sample_rate, self.clip_length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_gtzan() {
        assert_eq!(FeatureSpec::features(Convention::Librosa07, ClipLength::TRACK).len(), 57);
        assert_eq!(FeatureSpec::spectrogram(ClipLength::TENTH).len(), 16_640);
        assert_eq!(FeatureSpec::spectrogram(ClipLength::TENTH).clip_samples(), 66_149);
    }

    #[test]
    fn unusable_specifications_are_refused_with_the_reason() {
        let good = FeatureSpec::features(Convention::Librosa07, ClipLength::TENTH);
        let json = serde_json::to_value(&good).unwrap();
        assert_eq!(serde_json::from_value::<FeatureSpec>(json.clone()).unwrap(), good);
        for (field, value, word) in [
            ("version", 2.into(), "feature specification: version 2 is wanted, and this build has 1"),
            ("sample_rate", 100.into(), "100 Hz is not within 8000..=96000 Hz"),
            ("clip_seconds", serde_json::Value::Null, "null"),
            ("clip_seconds", 0.05.into(), "one analysis window"),
            ("clip_seconds", 1e9.into(), "to 600 s"),
            ("window", 4096.into(), "window"),
        ] {
            let mut json = json.clone();
            json[field] = value;
            let message = serde_json::from_value::<FeatureSpec>(json).unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        }
        let low = FeatureSpec::new(InputKind::Features, Convention::Librosa07, 8000, ClipLength::new(0.1).unwrap());
        let message = low.unwrap_err().to_string();
        assert!(message.contains("800 samples") && message.contains("from 0.2560 s to 600 s"), "{message}");
    }

    #[test]
    fn a_clip_of_one_window_is_the_shortest() {
        let length = ClipLength::new(2048.0 / 22_050.0).unwrap();
        let spec = FeatureSpec::features(Convention::Librosa07, length);
        assert_eq!(spec.clip_samples(), 2048);
        assert_eq!(FeatureSpec::spectrogram(length).len(), 5 * MEL_BANDS);
        assert!(FeatureSpec::new(InputKind::Features, Convention::Librosa07, 22_050, length).is_ok());
    }

    #[test]
    fn the_extended_set_has_one_convention_and_one_rate() {
        let spec = FeatureSpec::extended(ClipLength::TRACK);
        assert_eq!((spec.len(), spec.columns().unwrap().len()), (349, 349));
        let json = serde_json::to_value(&spec).unwrap();
        assert_eq!(json["descriptors"], "extended");
        assert_eq!(serde_json::from_value::<FeatureSpec>(json.clone()).unwrap(), spec);
        for (field, value, word) in [
            ("convention", "librosa-0.11".into(), "there is no librosa-0.11 form"),
            ("sample_rate", 44_100.into(), "defined at 22050 Hz, not at 44100 Hz"),
            ("input", "spectrogram".into(), "a spectrogram has no descriptors"),
            ("descriptors", "all".into(), "unknown variant `all`"),
        ] {
            let mut json = json.clone();
            json[field] = value;
            let message = serde_json::from_value::<FeatureSpec>(json).unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        }
        let classic = FeatureSpec::features(Convention::Librosa07, ClipLength::TRACK);
        assert_eq!(spec.with_descriptors(Descriptors::Classic).unwrap(), classic);
    }

    #[test]
    fn fingerprints_are_those_of_earlier_builds() {
        let spec = FeatureSpec::features(Convention::Librosa07, ClipLength::TRACK);
        assert_eq!(spec.fingerprint(), "v1;features;librosa-0.7;22050Hz;30s");
        let extended = FeatureSpec::extended(ClipLength::TRACK);
        assert_eq!(extended.fingerprint(), "v1;extended;librosa-0.7;22050Hz;30s");
    }

    #[test]
    fn serialised_names_are_the_documented_ones() {
        let json = serde_json::to_string(&FeatureSpec::features(Convention::Librosa07, ClipLength::TRACK)).unwrap();
        assert_eq!(
            json,
            r#"{"version":1,"input":"features","convention":"librosa-0.7","sample_rate":22050,"clip_seconds":30.0}"#
        );
        assert_eq!("librosa-0.11".parse::<Convention>().unwrap(), Convention::Librosa011);
        assert!("librosa-0.8".parse::<Convention>().is_err());
    }
}

//! What a training run is told: TOML, laid over the defaults, changed by overrides, then checked.
//!
//! Two steps keep bad settings out of a run: the file becomes raw values (keys and types are right), which
//! `check` turns into a [`TrainConfig`] (values are in range and don't contradict each other). Every key has a default,
//! so an empty file is a valid configuration: it trains on the demo corpus.
//!
//! Paths in a configuration are relative to the folder that the program runs in.

mod diagnosis;
mod overrides;
mod raw;
mod recipe;
mod split;

use std::path::{Path, PathBuf};

use dsp::{ClipLength, Convention, Descriptors, FeatureSpec};
use extraction::{Limits, source};
use model::ColumnSet;
use serde::{Deserialize, Serialize};

pub use self::overrides::Override;
use self::raw::{RawConfig, RawData, Violation};
pub use self::recipe::{Keep, OptimizerConfig, RegularizationConfig, Schedule, TrainingConfig};
pub use self::split::{Protocol, SplitConfig};
use crate::backend::Backend;
use crate::error::{Error, Result};

/// Bytes of a configuration, at most: one has a few hundred.
const LONGEST: u64 = 1 << 20;

/// A checked configuration: every value is in range.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrainConfig {
    /// Name of the run and of its folder: letters, digits, `.`, `_` and `-`.
    pub name: String,
    /// Seed of the split, the weights and the shuffling.
    pub seed: u64,
    /// What the network sees.
    pub input: Input,
    /// Which descriptors. `None` is all of them: of a features CSV those that it has, of audio the extended set, or the classic
    /// one with librosa 0.11's numbers, of which there are no others.
    pub descriptors: Option<Descriptors>,
    /// Length of a clip in s. `None` is 30 s for features from audio, 3 s for spectrograms, and for a features CSV
    /// whatever its rows are.
    pub clip_seconds: Option<ClipLength>,
    /// The librosa release whose numbers the features are.
    pub convention: Convention,
    /// What computes the network.
    pub backend: Backend,
    /// Where the tracks come from.
    pub data: DataSource,
    /// MiB of a table's values that are kept in memory; a larger table's are in a temporary file.
    pub memory: f64,
    /// The columns of [`Input::Table`] that are learnt from, in the order of the model's inputs; `None` is all columns of numbers, in
    /// the order of their names.
    pub columns: Option<ColumnSet>,
    /// What an audio file may take.
    pub limits: Limits,
    /// Which tracks are trained on and which are kept for the test.
    pub split: SplitConfig,
    /// The loop.
    pub training: TrainingConfig,
    /// What keeps the network from learning by heart.
    pub regularization: RegularizationConfig,
    /// Adam's knobs.
    pub optimizer: OptimizerConfig,
}

/// What the network sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    /// Descriptors of a clip of audio.
    #[default]
    Features,
    /// The log-mel spectrogram of a clip of audio.
    Spectrogram,
    /// The columns of a table, whatever they mean.
    Table,
}

/// Where the tracks come from.
#[derive(Debug, Clone, PartialEq)]
pub enum DataSource {
    /// A folder of genre folders.
    Dir(PathBuf),
    /// A CSV, a Parquet file or a folder of Parquet parts: with the dataset's 60 columns or the 352 of the extended set, or with
    /// any columns for [`Input::Table`].
    Features(PathBuf),
    /// The demo corpus, rendered on first use.
    Synth(SynthConfig),
}

/// Size of the demo corpus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SynthConfig {
    /// Tracks in each of the ten styles.
    pub tracks_per_genre: usize,
    /// Length of a track in s.
    pub seconds: f64,
    /// Seed of the corpus.
    pub seed: u64,
}

impl Default for SynthConfig {
    fn default() -> Self {
        Self { tracks_per_genre: 20, seconds: 10.0, seed: 0 }
    }
}

impl Default for TrainConfig {
    /// What an empty file gives: the demo corpus on the `ndarray` backend.
    fn default() -> Self {
        let raw = RawConfig::default();
        Self {
            name: raw.name,
            seed: raw.seed,
            input: raw.input,
            descriptors: None,
            clip_seconds: None,
            convention: raw.convention,
            backend: raw.backend,
            data: DataSource::Synth(SynthConfig::default()),
            memory: raw.data.memory,
            columns: None,
            limits: raw.limits,
            split: raw.split,
            training: raw.training,
            regularization: raw.regularization,
            optimizer: raw.optimizer,
        }
    }
}

impl TrainConfig {
    /// Reads a file, or takes the defaults without one, and applies the overrides in order.
    ///
    /// # Errors
    /// The file can't be read or isn't TOML; a key is unknown (the nearest known one is named); a value has the wrong
    /// type or lies outside its range; more than one data source is given.
    pub fn load(file: Option<&Path>, overrides: &[Override]) -> Result<Self> {
        match file {
            Some(path) => {
                let text = source::text(path, LONGEST)?;
                Self::parse(&text, &path.display().to_string(), overrides)
            }
            None => Self::parse("", "configuration", overrides),
        }
    }

    /// Like [`load`](Self::load) on text; `origin` names the text in errors.
    ///
    /// # Errors
    /// As for [`load`](Self::load).
    pub fn parse(text: &str, origin: &str, overrides: &[Override]) -> Result<Self> {
        // The file alone first, then each override alone: that way an error knows where it comes from.
        toml::from_str::<RawConfig>(text).map_err(|e| diagnosis::in_file(&e, text, origin))?;
        let mut merged: toml::Table = toml::from_str(text).map_err(|e| diagnosis::in_file(&e, text, origin))?;
        for change in overrides {
            change.check()?;
            change.apply(&mut merged);
        }
        let raw = RawConfig::deserialize(merged).map_err(|e| diagnosis::at(&e, origin.to_owned()))?;
        let place = |key: &str| {
            let change = overrides.iter().rev().find(|change| change.concerns(key));
            change.map_or_else(|| origin.to_owned(), |change| change.place().to_owned())
        };
        raw.check().map_err(|Violation { key, reason }| Error::ConfigValue { place: place(key), key, reason })
    }

    /// The configuration as TOML that [`parse`](Self::parse) reads back to an equal one.
    ///
    /// # Errors
    /// A path that isn't Unicode can't be written.
    pub fn to_toml(&self) -> Result<String> {
        let (mut dir, mut features, mut synth) = (None, None, None);
        match &self.data {
            DataSource::Dir(path) => dir = Some(path.clone()),
            DataSource::Features(path) => features = Some(path.clone()),
            DataSource::Synth(config) => synth = Some(config.clone()),
        }
        let raw = RawConfig {
            name: self.name.clone(),
            seed: self.seed,
            input: self.input,
            descriptors: self.descriptors,
            clip_seconds: self.clip_seconds.map(ClipLength::seconds),
            convention: self.convention,
            backend: self.backend,
            data: RawData { memory: self.memory, columns: self.columns.clone().map(Vec::from), dir, features, synth },
            limits: self.limits,
            split: self.split.clone(),
            training: self.training.clone(),
            regularization: self.regularization.clone(),
            optimizer: self.optimizer.clone(),
        };
        toml::to_string(&raw)
            .map_err(|e| Error::ConfigSyntax { place: "resolved configuration".into(), reason: e.to_string() })
    }

    /// Bytes of a table's values that are kept in memory.
    pub fn memory_bytes(&self) -> usize {
        (self.memory * f64::from(1 << 20)) as usize
    }

    /// What is computed from a clip of audio; [`Input::Table`] takes none.
    pub fn spec(&self) -> FeatureSpec {
        match self.input {
            Input::Features | Input::Table => {
                let length = self.clip_seconds.unwrap_or(ClipLength::TRACK);
                match (self.descriptors, self.convention) {
                    (None | Some(Descriptors::Extended), Convention::Librosa07) => FeatureSpec::extended(length),
                    (_, convention) => FeatureSpec::features(convention, length),
                }
            }
            Input::Spectrogram => FeatureSpec::spectrogram(self.clip_seconds.unwrap_or(ClipLength::TENTH)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        TrainConfig::parse(text, "my.toml", &[]).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(TrainConfig::parse("", "my.toml", &[]).unwrap(), TrainConfig::default());
        assert_eq!(TrainConfig::load(None, &[]).unwrap(), TrainConfig::default());
    }

    #[test]
    fn a_written_configuration_reads_back_equal() {
        let text = "name = \"r\"\nseed = 5\ninput = \"spectrogram\"\nclip_seconds = 3\nbackend = \"flex\"\n\
                    [data]\ndir = \"a b\"\n[optimizer]\nlearning_rate = 1e-4";
        for config in [TrainConfig::default(), TrainConfig::parse(text, "my.toml", &[]).unwrap()] {
            assert_eq!(TrainConfig::parse(&config.to_toml().unwrap(), "written", &[]).unwrap(), config);
        }
    }

    #[test]
    fn values_out_of_range_name_the_key_and_the_range() {
        assert_eq!(
            refusal("[split]\ntest_fraction = 1.0"),
            "my.toml: `split.test_fraction` is 1; it must lie between 0.01 and 0.9"
        );
        assert!(refusal("[optimizer]\nlearning_rate = nan").contains("`optimizer.learning_rate` is NaN"));
        assert!(refusal("clip_seconds = 0").contains("`clip_seconds`"));
        assert!(refusal("name = \"../up\"").contains("`name`"));
        assert!(refusal("name = \"\"").contains("`name`"));
    }

    #[test]
    fn contradictions_are_refused() {
        assert!(refusal("[data]\ndir = \"a\"\nfeatures = \"b\"").contains("takes one of"));
        assert!(refusal("input = \"spectrogram\"\n[data]\nfeatures = \"b\"").contains("holds no spectrograms"));
        assert!(refusal("input = \"table\"\n[data]\ndir = \"a\"").contains("`data.features` is missing"));
        assert!(refusal("input = \"table\"").contains("`data.features` is missing"));
        let table = "input = \"table\"\n[data]\nfeatures = \"b\"";
        assert_eq!(TrainConfig::parse(table, "my.toml", &[]).unwrap().input, Input::Table);
        assert!(refusal(&format!("clip_seconds = 3\n{table}")).contains("`clip_seconds` has no meaning with a table"));
    }

    #[test]
    fn columns_of_a_table_keep_their_order() {
        let text = "input = \"table\"\n[data]\nfeatures = \"a.csv\"\ncolumns = [\"b\", \"a\"]";
        let config = TrainConfig::parse(text, "my.toml", &[]).unwrap();
        assert_eq!(config.columns.as_ref().unwrap().names(), ["b", "a"]);
        assert_eq!(TrainConfig::parse(&config.to_toml().unwrap(), "x.toml", &[]).unwrap(), config);
        let other = Override::parse("data.features=b.csv").unwrap();
        assert_eq!(TrainConfig::parse(text, "my.toml", &[other]).unwrap().columns, config.columns);
        assert!(refusal(&text.replace("table", "features")).contains("`data.columns` is for input = \"table\""));
        assert!(refusal(&text.replace("\"b\"", "\"a\"")).contains("`a` stands twice"));
    }

    #[test]
    fn the_memory_of_a_table_stands_beside_any_source() {
        for source in ["dir = \"a\"", "features = \"b\"", "[data.synth]\nseed = 3"] {
            let config = TrainConfig::parse(&format!("[data]\nmemory = 0.5\n{source}"), "my.toml", &[]).unwrap();
            assert_eq!(config.memory_bytes(), 1 << 19);
            assert_eq!(TrainConfig::parse(&config.to_toml().unwrap(), "written", &[]).unwrap(), config);
        }
        assert!(refusal("[data]\nmemory = -1").contains("`data.memory` is -1; it must lie between 0 and"));
    }

    #[test]
    fn limits_are_settings_with_ranges() {
        let config = TrainConfig::parse("[limits]\nseconds = 60\nmemory = 512.5", "my.toml", &[]).unwrap();
        assert_eq!(config.limits, Limits { seconds: 60.0, memory: 512.5, ..Limits::default() });
        assert_eq!(TrainConfig::parse(&config.to_toml().unwrap(), "written", &[]).unwrap(), config);
        assert!(refusal("[limits]\ntime = 0").contains("`limits.time` is 0; it must lie between 0.1 and"));
        assert!(refusal("[limits]\nrate = 999").contains("`limits.rate` is 999; it must lie between 1000 and 768000"));
        assert!(refusal("[limits]\nsecond = 5").contains("did you mean `seconds`"));
    }

    #[test]
    fn descriptors_of_audio_are_the_extended_ones_where_there_are_any() {
        let spec = |text: &str| TrainConfig::parse(text, "my.toml", &[]).unwrap().spec();
        assert_eq!(spec("").descriptors(), Some(Descriptors::Extended));
        assert_eq!(spec("descriptors = \"classic\"").descriptors(), Some(Descriptors::Classic));
        assert_eq!(spec("convention = \"librosa-0.11\"").descriptors(), Some(Descriptors::Classic));
        assert_eq!(spec("input = \"spectrogram\"").descriptors(), None);
        let error = refusal("convention = \"librosa-0.11\"\ndescriptors = \"extended\"");
        assert!(error.contains("`descriptors`") && error.contains("no librosa-0.11 form"), "{error}");
        let error = refusal("input = \"spectrogram\"\ndescriptors = \"classic\"");
        assert!(error.contains("`descriptors` has no meaning with spectrograms"), "{error}");
    }

    #[test]
    fn clip_lengths_default_by_input() {
        let spec = |text: &str| TrainConfig::parse(text, "my.toml", &[]).unwrap().spec();
        assert_eq!(spec("").clip_seconds(), 30.0);
        assert_eq!(spec("input = \"spectrogram\"").clip_seconds(), 3.0);
        assert_eq!(spec("clip_seconds = 5").clip_seconds(), 5.0);
    }
}

//! The configuration file as written, and the checks that it passes.

use std::path::PathBuf;

use dsp::{ClipLength, Convention, Descriptors, FeatureSpec, MAX_RATE, MIN_RATE};
use extraction::Limits;
use model::ColumnSet;
use serde::{Deserialize, Serialize};

use super::{
    DataSource, Input, OptimizerConfig, RegularizationConfig, SplitConfig, SynthConfig, TrainConfig, TrainingConfig,
};
use crate::backend::Backend;

/// A configuration as written: known keys with values of the right type, nothing more.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawConfig {
    pub(super) name: String,
    pub(super) seed: u64,
    pub(super) input: Input,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) descriptors: Option<Descriptors>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) clip_seconds: Option<f64>,
    pub(super) convention: Convention,
    pub(super) backend: Backend,
    pub(super) data: RawData,
    pub(super) limits: Limits,
    pub(super) split: SplitConfig,
    pub(super) training: TrainingConfig,
    pub(super) regularization: RegularizationConfig,
    pub(super) optimizer: OptimizerConfig,
}

/// The three alternatives of `[data]`, of which `check` sees to it that one is chosen, and what is common to them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawData {
    pub(super) memory: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) columns: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dir: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) features: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) synth: Option<SynthConfig>,
}

impl Default for RawData {
    fn default() -> Self {
        Self { memory: 2048.0, columns: None, dir: None, features: None, synth: None }
    }
}

impl Default for RawConfig {
    fn default() -> Self {
        Self {
            name: "run".into(),
            seed: 0,
            input: Input::Features,
            descriptors: None,
            clip_seconds: None,
            convention: Convention::Librosa07,
            backend: Backend::default(),
            data: RawData::default(),
            limits: Limits::default(),
            split: SplitConfig::default(),
            training: TrainingConfig::default(),
            regularization: RegularizationConfig::default(),
            optimizer: OptimizerConfig::default(),
        }
    }
}

/// A value that `check` refuses.
pub(super) struct Violation {
    pub(super) key: &'static str,
    pub(super) reason: String,
}

impl RawConfig {
    /// The values, each in its range, and one data source.
    pub(super) fn check(self) -> Result<TrainConfig, Violation> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        ensure(
            !self.name.is_empty()
                && self.name.len() <= 100
                && !self.name.starts_with('.')
                && self.name.chars().all(plain),
            "name",
            || {
                let name: String = self.name.chars().take(100).collect();
                format!("is {name:?}; it names a folder: use up to 100 letters, digits, `.`, `_` and `-`")
            },
        )?;
        let clip_length = |seconds: f64| {
            let (least, most) = (ClipLength::MIN_SECONDS, ClipLength::MAX_SECONDS);
            let reason = format!("is {seconds}; it must lie between {least:.4} and {most}");
            ClipLength::new(seconds).map_err(|_| Violation { key: "clip_seconds", reason })
        };
        let clip_seconds = self.clip_seconds.map(clip_length).transpose()?;
        self.split.check()?;
        self.training.check()?;
        self.regularization.check()?;
        self.optimizer.check()?;
        if let Some(descriptors) = self.descriptors {
            ensure(self.input == Input::Features, "descriptors", || {
                let what = if self.input == Input::Table { "a table of other columns" } else { "spectrograms" };
                format!("has no meaning with {what}; leave it out")
            })?;
            let spec = FeatureSpec::features(self.convention, ClipLength::TRACK);
            spec.with_descriptors(descriptors).map_err(|source| Violation {
                key: "descriptors",
                reason: format!("is \"{descriptors}\": {source}"),
            })?;
        }
        ensure(clip_seconds.is_none() || self.input != Input::Table, "clip_seconds", || {
            "has no meaning with a table of other columns than descriptors; leave it out".into()
        })?;
        within("data.memory", self.data.memory, 0.0, 1e9)?;
        let memory = self.data.memory;
        check_limits(&self.limits)?;
        let columns = self.data.columns.clone().map(|names| self.columns(names)).transpose()?;
        let data = self.data.check(self.input)?;
        Ok(TrainConfig {
            name: self.name,
            seed: self.seed,
            input: self.input,
            descriptors: self.descriptors,
            clip_seconds,
            convention: self.convention,
            backend: self.backend,
            data,
            memory,
            columns,
            limits: self.limits,
            split: self.split,
            training: self.training,
            regularization: self.regularization,
            optimizer: self.optimizer,
        })
    }
}

impl RawConfig {
    /// Columns of these names, where there may be a choice.
    fn columns(&self, names: Vec<String>) -> Result<ColumnSet, Violation> {
        let key = "data.columns";
        ensure(self.input == Input::Table, key, || "is for input = \"table\"; leave it out".into())?;
        ColumnSet::new(names).map_err(|error| Violation { key, reason: format!("can't be used: {error}") })
    }
}

impl RawData {
    fn check(self, input: Input) -> Result<DataSource, Violation> {
        ensure(input != Input::Table || self.features.is_some(), "data.features", || {
            "is missing: input = \"table\" needs a CSV, a Parquet file or a folder of Parquet parts".into()
        })?;
        match (self.dir, self.features, self.synth) {
            (None, None, None) => Ok(DataSource::Synth(SynthConfig::default())),
            (Some(dir), None, None) => Ok(DataSource::Dir(dir)),
            (None, Some(table), None) => {
                ensure(input != Input::Spectrogram, "data.features", || {
                    "holds no spectrograms; set input = \"features\", or give a folder of audio".into()
                })?;
                Ok(DataSource::Features(table))
            }
            (None, None, Some(synth)) => {
                within("data.synth.tracks_per_genre", synth.tracks_per_genre as f64, 2.0, 10_000.0)?;
                within("data.synth.seconds", synth.seconds, 1.0, 600.0)?;
                Ok(DataSource::Synth(synth))
            }
            _ => Err(Violation { key: "data", reason: "takes one of `dir`, `features` and `[data.synth]`".into() }),
        }
    }
}

/// Whether files, workers and their time have some room, and no more than can be counted.
fn check_limits(limits: &Limits) -> Result<(), Violation> {
    let Limits { file, seconds, channels, rate, time, memory } = *limits;
    within("limits.file", file, 0.001, 1e9)?;
    within("limits.seconds", seconds, 1.0, 1e9)?;
    within("limits.channels", channels.into(), 1.0, 1e6)?;
    within("limits.rate", rate.into(), MIN_RATE.into(), MAX_RATE.into())?;
    within("limits.time", time, 0.1, 1e6)?;
    within("limits.memory", memory, 64.0, 1e9)
}

pub(super) fn ensure(ok: bool, key: &'static str, reason: impl FnOnce() -> String) -> Result<(), Violation> {
    if ok { Ok(()) } else { Err(Violation { key, reason: reason() }) }
}

pub(super) fn within(key: &'static str, value: f64, low: f64, high: f64) -> Result<(), Violation> {
    ensure((low..=high).contains(&value), key, || format!("is {value}; it must lie between {low} and {high}"))
}

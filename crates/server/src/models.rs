//! The models that a server has, and what they want of a song.

use std::sync::Arc;

use dsp::{ClipLength, FeatureSpec};
use extraction::Cut;
use model::{Listener, ModelBundle};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, Result};

/// Seconds between the rows of a ribbon.
pub const HOP: f64 = 3.0;

/// Seconds that a row of a ribbon is asked about, of a model that knows clips as long as that: of 30-s models' probabilities,
/// those of 9 s agree with the whole song's as those of 3 s don't, and a change of music still shows within two rows.
const WINDOW: f64 = 9.0;

/// A model that is served.
pub struct Served {
    /// What it is called in addresses.
    pub name: String,
    /// The model.
    pub listener: Listener,
    /// Its own clips.
    pub clips: Cut,
    /// Rows over time.
    pub over_time: Cut,
}

/// What is told of a model.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ModelInfo {
    /// Its name, for `?model=`.
    name: String,
    /// The genres that it knows.
    genres: Vec<String>,
    /// Length in s of the clips that it judges.
    clip_seconds: f64,
    /// What it hears of a clip.
    inputs: String,
    /// How it fared on songs that it hadn't learnt from; absent where nobody tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    tested: Option<Tested>,
}

/// Results on songs that a model hadn't learnt from.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Tested {
    /// How songs to learn from and to test on were told apart.
    protocol: String,
    /// Songs tested.
    tracks: usize,
    /// Share of them that was named rightly, 0 to 1.
    accuracy: f64,
    /// Lower end of its 95 % interval.
    low: f64,
    /// Upper end.
    high: f64,
}

impl Served {
    /// A model of audio under a name.
    ///
    /// # Errors
    /// One of a table, which can't listen.
    pub fn new(name: String, bundle: ModelBundle) -> Result<Self> {
        let spec = match bundle.inputs().audio() {
            Ok(spec) => spec.clone(),
            Err(source) => return Err(Error::Model { name, source }),
        };
        let window = spec.clip_length().seconds().min(WINDOW);
        let over_time = ClipLength::new(window).ok().and_then(|length| with_length(&spec, length).ok());
        let over_time = Cut { spec: over_time.unwrap_or_else(|| spec.clone()), hop: Some(HOP) };
        Ok(Self { name, listener: Listener::new(bundle), clips: Cut { spec, hop: None }, over_time })
    }

    /// What is told of it.
    pub fn info(&self) -> ModelInfo {
        let bundle = self.listener.bundle();
        let spec = &self.clips.spec;
        let inputs = match spec.descriptors() {
            Some(descriptors) => format!("{} {descriptors} descriptors", spec.len()),
            None => "a mel spectrogram".to_owned(),
        };
        let tested = bundle.facts().test.as_ref().map(|test| Tested {
            protocol: test.scores.protocol.clone(),
            tracks: test.scores.tracks,
            accuracy: test.scores.accuracy,
            low: test.scores.low,
            high: test.scores.high,
        });
        ModelInfo {
            name: self.name.clone(),
            genres: bundle.labels().names().to_vec(),
            clip_seconds: spec.clip_length().seconds(),
            inputs,
            tested,
        }
    }
}

/// The same specification for clips of another length.
pub fn with_length(spec: &FeatureSpec, length: ClipLength) -> dsp::Result<FeatureSpec> {
    let other = FeatureSpec::new(spec.input(), spec.convention(), spec.sample_rate(), length)?;
    match spec.descriptors() {
        Some(descriptors) => other.with_descriptors(descriptors),
        None => Ok(other),
    }
}

/// All models, the first of which is meant where none is named.
pub struct Models(Vec<Arc<Served>>);

impl Models {
    /// At least one model. Where two have a name, the second gets a number.
    ///
    /// # Errors
    /// No model, or one that can't listen.
    pub fn new(models: Vec<(String, ModelBundle)>) -> Result<Self> {
        let mut served: Vec<Arc<Served>> = Vec::new();
        for (name, bundle) in models {
            let is_free = |name: &String| !served.iter().any(|model| model.name == *name);
            let numbered = (2..).map(|number| format!("{name}-{number}"));
            let free = std::iter::once(name.clone()).chain(numbered).find(is_free);
            served.push(Arc::new(Served::new(free.unwrap_or(name), bundle)?));
        }
        if served.is_empty() { Err(Error::NoModel) } else { Ok(Self(served)) }
    }

    /// All of them.
    pub fn all(&self) -> &[Arc<Served>] {
        &self.0
    }

    /// The one of this name, or the first.
    pub fn get(&self, name: Option<&str>) -> Option<&Arc<Served>> {
        match name {
            Some(name) => self.0.iter().find(|model| model.name == name),
            None => self.0.first(),
        }
    }
}

//! A configuration's data source becomes a feature table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dsp::{AudioInput, ClipLength, Convention, DecodeReport, Descriptors, FeatureSpec};
use extraction::{Cache, Extraction, FailedInput, PassedOver, Progress, chain, refuse_silence};
use model::song::row_f32;

use super::corpus::Corpus;
use super::csv;
use super::demo::demo_corpus;
use super::labels::alike;
use super::table::{FeatureTable, Row};
use crate::config::{DataSource, TrainConfig};
use crate::error::{Error, Result};

/// A table, and what was left out of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The rows.
    pub table: FeatureTable,
    /// Tracks that gave no features, and folders that can't be read.
    pub failures: Vec<FailedInput>,
    /// Audio files beside the genre folders, not used since nobody knows their genre.
    pub loose: Vec<PathBuf>,
    /// What lies in the genre folders and is no audio file.
    pub passed_over: PassedOver,
    /// Tracks of which a part could not be decoded.
    pub lost: Vec<Lost>,
    /// What looks like a mistake and need not be one, in sentences.
    pub warnings: Vec<String>,
}

/// A track of which a part could not be decoded; the rest is used.
#[derive(Debug, Clone, PartialEq)]
pub struct Lost {
    /// Its file.
    pub name: String,
    /// What is missing.
    pub decoded: DecodeReport,
}

impl Loaded {
    /// A whole table.
    fn of(table: FeatureTable) -> Self {
        let warnings = alike(&table.labels);
        Self {
            table,
            failures: Vec::new(),
            loose: Vec::new(),
            passed_over: PassedOver::default(),
            lost: Vec::new(),
            warnings,
        }
    }
}

/// Reads, extracts or renders what the configuration names, ready for training. What can be known of its genres is checked
/// before features are computed.
///
/// # Errors
/// The data is missing, unreadable, of one genre only, or of genres that no model can have. Single unreadable tracks and
/// folders are reported in [`Loaded::failures`].
pub fn load(config: &TrainConfig, progress: &(dyn Fn(Progress) + Sync)) -> Result<Loaded> {
    let rendered;
    let folder = match &config.data {
        DataSource::Features(path) => {
            let loaded = from_csv(path, config.descriptors, config.convention, config.clip_seconds)?;
            loaded.table.check_trainable(path)?;
            return Ok(loaded);
        }
        DataSource::Dir(path) => path,
        DataSource::Synth(options) => {
            rendered = demo_corpus(options, progress)?;
            &rendered
        }
    };
    let corpus = Corpus::scan(folder)?;
    corpus.check_trainable()?;
    extract(corpus, &config.spec(), progress)
}

/// Reads a features CSV as [`csv::read`] does; one genre is enough.
///
/// # Errors
/// Those of [`csv::read`].
pub fn from_csv(
    path: &Path,
    descriptors: Option<Descriptors>,
    convention: Convention,
    clip_length: Option<ClipLength>,
) -> Result<Loaded> {
    csv::read(path, descriptors, convention, clip_length).map(Loaded::of)
}

/// Extracts the features of a folder of genre folders; one genre is enough.
///
/// # Errors
/// Those of [`Corpus::scan`]; a genre none of whose tracks is usable.
pub fn from_folder(folder: &Path, spec: &FeatureSpec, progress: &(dyn Fn(Progress) + Sync)) -> Result<Loaded> {
    extract(Corpus::scan(folder)?, spec, progress)
}

fn extract(corpus: Corpus, spec: &FeatureSpec, progress: &(dyn Fn(Progress) + Sync)) -> Result<Loaded> {
    let Corpus { root, tracks, loose, passed_over, unreadable, .. } = corpus;
    progress(Progress::Started { what: "extracting", tracks: tracks.len() });
    let extraction = Extraction { spec: spec.clone(), store: Some(Arc::new(Cache::standard())), jobs: None };
    let mut outcomes = extraction.outcomes(tracks.iter().map(|track| AudioInput::from(&track.path)).collect());

    let (mut rows, mut failures, mut lost) = (Vec::new(), Vec::new(), Vec::new());
    // Tracks of a genre, how many of them are usable, and the first failure.
    let mut by_genre = BTreeMap::<&str, (usize, usize, String)>::new();
    for (track, outcome) in tracks.iter().zip(outcomes.by_ref()) {
        progress(outcome.progress());
        let (all, usable, first) = by_genre.entry(&track.genre).or_default();
        *all += 1;
        let features = match outcome.result.and_then(|features| refuse_silence(&features).map(|()| features)) {
            Ok(features) => features,
            Err(failure) => {
                let failure = failure.of(outcome.name);
                if first.is_empty() {
                    *first = failure.to_string();
                }
                failures.push(failure);
                continue;
            }
        };
        *usable += 1;
        if !features.decoded.is_whole() {
            lost.push(Lost { name: outcome.name, decoded: features.decoded });
        }
        // There is nothing to hear in silence, so there is nothing to learn.
        for (clip, features) in features.clips.iter().enumerate().filter(|(_, features)| !features.silent) {
            let (samples, values) = (features.samples, row_f32(&features.values));
            let (id, path) = (track.id.clone(), Some(track.path.clone()));
            rows.push((track.genre.clone(), Row { track: id, clip, label: 0, samples, values, path }));
        }
    }
    progress(Progress::Finished);
    if let Some((genre, (tracks, _, first))) = by_genre.into_iter().find(|(_, (_, usable, _))| *usable == 0) {
        return Err(Error::NoUsableAudio { tracks, first, path: root.join(genre) });
    }
    failures.extend(unreadable);
    let table = FeatureTable::from_labelled(rows, spec.clone());
    let mut loaded = Loaded { failures, loose, passed_over, lost, ..Loaded::of(table) };
    // Work that can't be kept for the next time is no reason to end it.
    loaded.warnings.extend(outcomes.store_error().map(|error| format!("features are not kept: {}", chain(&error))));
    Ok(loaded)
}

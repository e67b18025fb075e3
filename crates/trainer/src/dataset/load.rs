//! A configuration's data source becomes a feature table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use dsp::{AudioInput, DecodeReport, FeatureSpec};
use extraction::{Cache, Extraction, FailedInput, Limits, PassedOver, Progress, WorkerProgram, chain, refuse_silence};

use super::corpus::Corpus;
use super::demo::demo_corpus;
use super::labels::alike;
use super::table::{FeatureTable, Genres, Row};
use super::tabular::{self, Columns};
use super::values::ValuesBuilder;
use crate::config::{DataSource, Input, TrainConfig};
use crate::error::{Error, Result};

/// A table, and what was left out of it.
#[derive(Debug, Clone)]
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

/// How a folder of audio is read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Bytes of the table's values that are kept in memory.
    pub memory: usize,
    /// What a file may take.
    pub limits: Limits,
    /// The program whose processes read the files; `None` is this process.
    pub workers: Option<WorkerProgram>,
    /// Once it is true no other file is begun.
    pub stop: Option<Arc<AtomicBool>>,
}

impl Reading {
    /// As a configuration says.
    pub fn new(config: &TrainConfig, workers: Option<WorkerProgram>) -> Self {
        Self { memory: config.memory_bytes(), limits: config.limits, workers, stop: None }
    }
}

/// Reads, extracts or renders what the configuration names, ready for training. What can be known of its genres is checked
/// before features are computed. `reading` is of this configuration.
///
/// # Errors
/// The data is missing, unreadable, of one genre only, or of genres that no model can have. Single unreadable tracks and
/// folders are reported in [`Loaded::failures`]. [`Error::StoppedReading`] where it was told to stop.
pub fn load(config: &TrainConfig, reading: &Reading, progress: &(dyn Fn(Progress) + Sync)) -> Result<Loaded> {
    let rendered;
    let folder = match &config.data {
        DataSource::Features(path) => {
            let columns = match (config.input, &config.columns) {
                (Input::Table, Some(columns)) => Columns::Named(columns),
                (Input::Table, None) => Columns::Numbers,
                (Input::Features | Input::Spectrogram, _) => Columns::Descriptors {
                    wanted: config.descriptors,
                    convention: config.convention,
                    clip_length: config.clip_seconds,
                },
            };
            let loaded = from_table(path, &columns, reading.memory)?;
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
    extract(corpus, &config.spec(), reading, progress)
}

/// Reads the labelled rows of a CSV, a Parquet file, or a folder of Parquet parts; one genre is enough. Values are in memory as
/// far as they fit into `allowed` bytes.
///
/// # Errors
/// The file can't be read, a column is missing or no column of numbers, a cell isn't a finite number, a file name stands twice,
/// there are no rows, there can be no clips of their length, or a track has two genres.
pub fn from_table(path: &Path, columns: &Columns<'_>, allowed: usize) -> Result<Loaded> {
    let (table, warnings) = tabular::read(path, columns, allowed)?;
    let mut loaded = Loaded::of(table);
    loaded.warnings.extend(warnings);
    Ok(loaded)
}

/// Extracts the features of a folder of genre folders; one genre is enough.
///
/// # Errors
/// Those of [`Corpus::scan`]; a genre none of whose tracks is usable; [`Error::StoppedReading`].
pub fn from_folder(
    folder: &Path,
    spec: &FeatureSpec,
    reading: &Reading,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Loaded> {
    extract(Corpus::scan(folder)?, spec, reading, progress)
}

fn extract(
    corpus: Corpus,
    spec: &FeatureSpec,
    reading: &Reading,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Loaded> {
    let Corpus { root, tracks, loose, passed_over, unreadable, .. } = corpus;
    progress(Progress::Started { what: "extracting", tracks: tracks.len() });
    let Reading { memory, limits, workers, stop } = reading.clone();
    let store = Some(Arc::new(Cache::standard()) as Arc<_>);
    let extraction = Extraction { store, limits, workers, stop, ..Extraction::new(spec.clone()) };
    let mut outcomes = extraction.outcomes(tracks.iter().map(|track| AudioInput::from(&track.path)).collect());

    let (mut rows, mut failures, mut lost) = (Vec::new(), Vec::new(), Vec::new());
    let (mut values, mut genres) = (ValuesBuilder::new(spec.len(), memory), Genres::default());
    // Tracks of a genre, how many of them are usable, and the first failure.
    let mut by_genre = BTreeMap::<&str, (usize, usize, String)>::new();
    for track in &tracks {
        let Some(outcome) = outcomes.next() else { return Err(Error::StoppedReading) };
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
        let (label, path) = (genres.number(&track.genre), Arc::<Path>::from(track.path.as_path()));
        for (clip, features) in features.clips.iter().enumerate().filter(|(_, features)| !features.silent) {
            values.push(features.values.iter().map(|&value| value as f32))?;
            let (track, samples, path) = (track.id.clone(), features.samples, Some(Arc::clone(&path)));
            rows.push(Row { track, clip, label, samples, path });
        }
    }
    progress(Progress::Finished);
    if let Some((genre, (tracks, _, first))) = by_genre.into_iter().find(|(_, (_, usable, _))| *usable == 0) {
        return Err(Error::NoUsableAudio { tracks, first, path: root.join(genre) });
    }
    failures.extend(unreadable);
    let table = FeatureTable::new(rows, genres, values.finish()?, spec.clone().into());
    let mut loaded = Loaded { failures, loose, passed_over, lost, ..Loaded::of(table) };
    // Work that can't be kept for the next time is no reason to end it.
    loaded.warnings.extend(outcomes.store_error().map(|error| format!("features are not kept: {}", chain(&error))));
    Ok(loaded)
}

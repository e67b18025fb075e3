//! A configuration's data source becomes a feature table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dsp::FeatureSpec;
use synth::CorpusOptions;

use super::cache::Cache;
use super::extract::{Extraction, Failure};
use super::scan::Corpus;
use super::silence::refuse_silence;
use super::table::{FeatureTable, Row};
use super::{Progress, csv};
use crate::config::{DataSource, SynthConfig, TrainConfig};
use crate::error::{Error, Result};

/// Where rendered demo corpora are kept, one folder per size and seed.
const CORPORA: &str = "artifacts/corpus";

/// A table, and what was left out of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The rows.
    pub table: FeatureTable,
    /// Tracks that gave no features.
    pub failures: Vec<Failure>,
    /// Audio files beside the genre folders, not used since nobody knows their genre.
    pub loose: Vec<PathBuf>,
}

/// Reads, extracts or renders what the configuration names, ready for training.
///
/// # Errors
/// The data is missing, unreadable or of one genre only. Single unreadable tracks are reported in [`Loaded::failures`].
pub fn load(config: &TrainConfig, progress: &(dyn Fn(Progress) + Sync)) -> Result<Loaded> {
    let rendered;
    let folder = match &config.data {
        DataSource::Features(path) => {
            let table = csv::read(path, config.convention, config.clip_seconds)?;
            table.check_trainable(path)?;
            return Ok(Loaded { table, failures: Vec::new(), loose: Vec::new() });
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

/// Extracts the features of a folder of genre folders; one genre is enough.
///
/// # Errors
/// Those of [`Corpus::scan`]; a genre none of whose tracks is usable.
pub fn from_folder(folder: &Path, spec: &FeatureSpec, progress: &(dyn Fn(Progress) + Sync)) -> Result<Loaded> {
    extract(Corpus::scan(folder)?, spec, progress)
}

fn extract(corpus: Corpus, spec: &FeatureSpec, progress: &(dyn Fn(Progress) + Sync)) -> Result<Loaded> {
    let Corpus { root, tracks, loose, .. } = corpus;
    let files: Vec<&Path> = tracks.iter().map(|track| track.path.as_path()).collect();
    let extraction = Extraction { spec: spec.clone(), cache: Some(Cache::standard()), jobs: None };
    let results = extraction.run(&files, progress, |at, clips| {
        let row = |(clip, features): (usize, super::ClipFeatures)| Row {
            track: tracks[at].id.clone(),
            clip,
            label: 0,
            samples: features.samples,
            values: features.values.iter().map(|&value| value as f32).collect(),
            path: Some(tracks[at].path.clone()),
        };
        refuse_silence(files[at], &clips, spec)?;
        Ok(clips.into_iter().enumerate().map(row).collect::<Vec<Row>>())
    })?;

    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    let mut by_genre = BTreeMap::<&str, (usize, usize)>::new();
    for (track, result) in tracks.iter().zip(results) {
        let (all, usable) = by_genre.entry(&track.genre).or_default();
        *all += 1;
        match result.flatten() {
            Ok(clips) => {
                *usable += 1;
                rows.extend(clips.into_iter().map(|row| (track.genre.clone(), row)));
            }
            Err(failure) => failures.push(failure),
        }
    }
    if let Some((genre, &(tracks, _))) = by_genre.iter().find(|(_, (_, usable))| *usable == 0) {
        let path = root.join(genre);
        let first = failures.iter().find(|failure| failure.path.starts_with(&path)).or(failures.first());
        return Err(Error::NoUsableAudio { tracks, first: first.map(Failure::to_string).unwrap_or_default(), path });
    }
    Ok(Loaded { table: FeatureTable::from_labelled(rows, spec.clone()), failures, loose })
}

/// The folder of a demo corpus, rendered unless it's there: aside first, so that a folder of its name is complete.
fn demo_corpus(config: &SynthConfig, progress: &(dyn Fn(Progress) + Sync)) -> Result<PathBuf> {
    let SynthConfig { tracks_per_genre, seconds, seed } = *config;
    let folder = Path::new(CORPORA).join(format!("{tracks_per_genre}x{seconds}s-seed{seed}"));
    if folder.is_dir() {
        return Ok(folder);
    }
    std::fs::create_dir_all(CORPORA).map_err(Error::write(Path::new(CORPORA)))?;
    let aside = tempfile::Builder::new().prefix(".").tempdir_in(CORPORA).map_err(Error::write(Path::new(CORPORA)))?;
    render(aside.path(), config, progress)?;
    match std::fs::rename(aside.path(), &folder) {
        // Another run was faster: its corpus is the same.
        Err(_) if folder.is_dir() => Ok(folder),
        Err(source) => Err(Error::Write { path: folder, source }),
        Ok(()) => Ok(folder),
    }
}

/// Renders the demo corpus into `out`, in GTZAN's layout.
///
/// # Errors
/// The sizes are out of range or a file can't be written.
pub fn render(out: &Path, config: &SynthConfig, progress: &(dyn Fn(Progress) + Sync)) -> Result<Vec<PathBuf>> {
    let SynthConfig { tracks_per_genre, seconds, seed } = *config;
    let tracks = tracks_per_genre.saturating_mul(synth::Style::ALL.len());
    progress(Progress::Started { what: "rendering", tracks });
    let options = CorpusOptions { tracks_per_genre, seconds, seed };
    let written = synth::write_corpus(out, &options, |_| progress(Progress::Track { audio_seconds: seconds }));
    progress(Progress::Finished);
    Ok(written?)
}

//! A run from its configuration to its folder, and a recipe under every protocol.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use dsp::Descriptors;
use extraction::{FailedInput, WorkerProgram, chain};
use model::{FittedTo, LabelSet, ModelBundle, ProtocolFacts};
use serde::{Deserialize, Serialize};

use crate::config::{Protocol, TrainConfig};
use crate::dataset::{self, FeatureTable, Leaks, Reading};
use crate::error::{ErrorKind, Result};
use crate::evaluation::{Report, probabilities};
use crate::experiment::{Experiment, Exported};
use crate::observer::{Event, Observer};
use crate::report::RunPage;
use crate::run::{Curves, Draft, Metrics, RunFolder, Terms, fingerprint, same_settings};
use crate::training::Kept;

/// What a run is told besides its configuration.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RunOptions {
    /// Everything is repeated with so many seeds, counted up from the configuration's; 0 is 1.
    pub seeds: usize,
    /// Refuses a split whose test asks about recordings or artists that training has heard.
    pub strict: bool,
    /// The recipe's results elsewhere, for the model's card.
    pub protocols: Vec<ProtocolFacts>,
    /// A folder for TensorBoard's event files; of several networks each gets a folder of its own in it.
    pub tensorboard: Option<PathBuf>,
    /// Whether players in the page have clips inside instead of links to files.
    pub embed_audio: bool,
    /// Time between two states of a training that are kept on disk; `None` is 30 s.
    #[serde(skip)]
    pub save_every: Option<Duration>,
    /// The program whose processes read audio files; `None` is this process.
    #[serde(skip)]
    pub workers: Option<WorkerProgram>,
    /// Once it is true no other audio file is read, and the run ends. Training asks its observer.
    #[serde(skip)]
    pub stop: Option<Arc<AtomicBool>>,
}

/// Time between two states of a training, unless it is said.
const SAVE_EVERY: Duration = Duration::from_secs(30);

/// What came of a run.
#[derive(Debug, Clone)]
pub struct RunSummary {
    /// Where it lies.
    pub folder: RunFolder,
    /// The numbers of its `metrics.json`.
    pub metrics: Metrics,
    /// Rows that the exported model was fitted to.
    pub fitted_to: FittedTo,
    /// Tracks that could not be used.
    pub failures: Vec<FailedInput>,
}

/// Trains, tests and exports what `config` asks for, and leaves the run in `folder`: whole or not at all. Until it is whole, a
/// run that lies there already stays as it is; then it is replaced, but for files in it that no run wrote.
///
/// Trainings are kept on disk as they go. Stopped anywhere, by the observer or from outside, the run can go on with
/// [`resume`].
///
/// # Errors
///
/// The backend's, those of [`dataset::load`] and [`Experiment::new`], [`Leak`](crate::Error::Leak) with [`RunOptions::strict`], a folder
/// that holds something else than a run or is being written by another process, or whose run was stopped and can go on, a
/// training that diverges, [`Stopped`](crate::Error::Stopped), and the disk's. A page that can't be drawn is a warning.
pub fn run(config: TrainConfig, folder: &Path, options: &RunOptions, observer: &dyn Observer) -> Result<RunSummary> {
    // First of all: nobody should wait for features and then hear that there is no GPU, or that the folder is somebody else's.
    config.backend.device()?;
    let draft = Draft::begin(folder, &config)?;
    let data = Data::load(config, options, observer)?;
    draft.folder().write_terms(&Terms::new(&data.experiment.table, options)?)?;
    complete(data, draft, options, observer)
}

/// Goes on with a run into `folder` that was stopped, to the very model that it would have had without. `wanted`, where it is
/// given, must be the configuration that the run began with; of `options`, `save_every`,
/// `workers` and `stop` count, the others are those of the beginning.
///
/// # Errors
///
/// [`NothingToResume`](crate::Error::NothingToResume), [`Changed`](crate::Error::Changed) where the configuration, the data or a version is not what it was; otherwise as
/// for [`run`].
pub fn resume(
    folder: &Path,
    wanted: Option<&TrainConfig>,
    options: &RunOptions,
    observer: &dyn Observer,
) -> Result<RunSummary> {
    let draft = Draft::resume(folder)?;
    let resume = |draft: &Draft| {
        let (config, mut terms) = (draft.folder().read_config()?, draft.folder().read_terms()?);
        let RunOptions { save_every, workers, stop, .. } = options.clone();
        terms.options = RunOptions { save_every, workers, stop, ..terms.options };
        if let Some(wanted) = wanted {
            same_settings(&config, wanted)?;
        }
        config.backend.device()?;
        let data = Data::load(config, &terms.options, observer)?;
        terms.agree(&Terms::new(&data.experiment.table, &terms.options)?)?;
        Ok((data, terms))
    };
    match resume(&draft) {
        Ok((data, terms)) => complete(data, draft, &terms.options, observer),
        Err(error) => {
            draft.keep();
            Err(error)
        }
    }
}

/// What a run works on.
struct Data {
    experiment: Experiment,
    labels: LabelSet,
    leaks: Leaks,
    failures: Vec<FailedInput>,
    /// Time that it took to get it.
    reading: Duration,
}

impl Data {
    fn load(config: TrainConfig, options: &RunOptions, observer: &dyn Observer) -> Result<Self> {
        let start = Instant::now();
        let reading = Reading { stop: options.stop.clone(), ..Reading::new(&config, options.workers.clone()) };
        let loaded = dataset::load(&config, &reading, &|progress| observer.event(Event::Tracks(progress)))?;
        let reading = start.elapsed();
        observer.event(Event::Loaded(&loaded));
        // What could not be saved must not be trained.
        let labels = LabelSet::new(loaded.table.labels.clone())?;
        let experiment = Experiment::new(Arc::new(loaded.table), config, options.seeds.max(1))?;
        let leaks = divided(&experiment, observer)?;
        if options.strict {
            leaks.refuse()?;
        }
        Ok(Self { experiment, labels, leaks, failures: loaded.failures, reading })
    }
}

/// Trains what `draft` lacks, and puts it in its place. What was learnt is left beside it where that could go on.
fn complete(data: Data, draft: Draft, options: &RunOptions, observer: &dyn Observer) -> Result<RunSummary> {
    let (metrics, fitted_to) = match fill(&data, draft.folder(), options, observer) {
        Ok(filled) => filled,
        Err(error) => {
            // Weights that have diverged would diverge again.
            if error.kind() != ErrorKind::Training && draft.is_worth_keeping() {
                draft.keep();
            }
            return Err(error);
        }
    };
    Ok(RunSummary { folder: draft.finish(observer)?, metrics, fitted_to, failures: data.failures })
}

fn fill(data: &Data, folder: &RunFolder, options: &RunOptions, observer: &dyn Observer) -> Result<(Metrics, FittedTo)> {
    let Data { experiment, labels, leaks, failures, reading } = data;
    let Experiment { table, config, division, .. } = experiment;
    let every = options.save_every.unwrap_or(SAVE_EVERY);
    let keeping = Some(Kept { folder: folder.checkpoints(), every });
    division.write_csv(table, config.split.protocol, &folder.split())?;
    let tested = match &options.tensorboard {
        Some(events) => {
            let curves = Curves::new(observer, events, experiment.rounds.len())?;
            experiment.run_all(keeping.as_ref(), &curves)?
        }
        None => experiment.run_all(keeping.as_ref(), observer)?,
    };
    if let Some(first) = tested.first() {
        folder.write_history(&first.history)?;
    }
    let metrics = Metrics::new(experiment, &tested, leaks.clone(), failures.len())?;
    let exported = experiment.export(&tested, keeping.as_ref(), observer)?;
    let Exported { classifier, fitted_to, abstention, ranges } = exported;
    let facts = metrics.facts(table, fitted_to, ranges, options.protocols.clone());
    ModelBundle::new(classifier, labels.clone(), table.inputs.clone(), abstention, facts)?.save(&folder.model())?;
    let songs = experiment.songs(&tested);
    folder.write_predictions(&table.labels, &songs)?;
    folder.write_confusion(&metrics.test.songs.confusion)?;
    folder.write_metrics(&metrics)?;
    let page = RunPage {
        experiment,
        tested: &tested,
        songs: &songs,
        metrics: &metrics,
        reading: *reading,
        folder: folder.path(),
        embed_audio: options.embed_audio,
    };
    if let Err(error) = page.render().and_then(|page| folder.write_report(&page)) {
        observer.event(Event::Warning(&format!("no report.html: {}", chain(&error))));
    }
    Ok((metrics, fitted_to))
}

/// One recipe under one protocol.
#[derive(Debug, Clone)]
pub struct Benchmark {
    /// The rule of the split.
    pub protocol: Protocol,
    /// What came of it.
    pub metrics: Metrics,
}

/// What came of a recipe under every protocol.
#[derive(Debug, Clone)]
pub struct Benchmarks {
    /// A result a protocol.
    pub results: Vec<Benchmark>,
    /// The descriptors, where the data is GTZAN, a row a track: what others get with them may stand beside.
    pub of_gtzan: Option<Descriptors>,
    /// Tracks that could not be used.
    pub failures: Vec<FailedInput>,
}

/// Trains and tests one recipe under every protocol that the data allows: `random` and `kfold` always, `random-clips` where
/// tracks have several clips, `fault-filtered` where they are GTZAN's, `artist-folds` where `folds` names its file. Audio files
/// are read by processes of `workers`, if there is such a program. Nothing is left behind.
///
/// # Errors
/// As for [`run`].
pub fn benchmark(
    config: &TrainConfig,
    folds: Option<&Path>,
    seeds: usize,
    workers: Option<WorkerProgram>,
    observer: &dyn Observer,
) -> Result<Benchmarks> {
    config.backend.device()?;
    let reading = Reading::new(config, workers);
    let loaded = dataset::load(config, &reading, &|progress| observer.event(Event::Tracks(progress)))?;
    observer.event(Event::Loaded(&loaded));
    let table = Arc::new(loaded.table);
    let (gtzan, clips) = (dataset::is_gtzan(&table), table.rows.iter().any(|row| row.clip > 0));
    let mut results = Vec::new();
    for protocol in protocols(gtzan, clips, folds.is_some()) {
        let mut config = config.clone();
        config.split.protocol = protocol;
        config.split.file = folds.filter(|_| protocol == Protocol::ArtistFolds).map(Path::to_owned);
        let experiment = Experiment::new(Arc::clone(&table), config, seeds.max(1))?;
        let leaks = divided(&experiment, observer)?;
        let tested = experiment.run_all(None, observer)?;
        results
            .push(Benchmark { protocol, metrics: Metrics::new(&experiment, &tested, leaks, loaded.failures.len())? });
    }
    let of_gtzan = table.inputs.spec().and_then(|spec| spec.descriptors()).filter(|_| gtzan && !clips);
    Ok(Benchmarks { results, of_gtzan, failures: loaded.failures })
}

/// How well a model does on labelled music.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// Its scores.
    pub report: Report,
    /// Whether this is the very table that the model was trained on.
    pub trained_on: bool,
}

/// Tests a model on all rows of a table.
///
/// # Errors
///
/// [`UnknownLabels`](crate::Error::UnknownLabels) where the table has genres that the model lacks, rows that it can't take, and a device that fails.
pub fn evaluate(bundle: &ModelBundle, table: FeatureTable) -> Result<Evaluation> {
    let table = table.with_labels(bundle.labels().names())?;
    let all: Vec<usize> = (0..table.rows.len()).collect();
    let said = probabilities(&table.values, &all, |block| bundle.probabilities(block))?;
    let report = Report::new(&table, &all, &said)?;
    Ok(Evaluation { report, trained_on: fingerprint(&table)? == bundle.facts().data.fingerprint })
}

fn protocols(gtzan: bool, clips: bool, artists: bool) -> Vec<Protocol> {
    let mut protocols = vec![Protocol::Random];
    protocols.extend(clips.then_some(Protocol::RandomClips));
    protocols.push(Protocol::Kfold);
    protocols.extend(artists.then_some(Protocol::ArtistFolds));
    protocols.extend(gtzan.then_some(Protocol::FaultFiltered));
    protocols
}

/// Tells of an experiment's division, and what is in common between its sides.
fn divided(experiment: &Experiment, observer: &dyn Observer) -> Result<Leaks> {
    let Experiment { table, config, division, rounds, .. } = experiment;
    let leaks = Leaks::find(table, division)?;
    let protocol = config.split.protocol;
    observer.event(Event::Divided { protocol, division, leaks: &leaks, rounds: rounds.len() });
    Ok(leaks)
}

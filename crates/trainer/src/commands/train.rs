//! `gtzan train`: labelled music in, a tested model out.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use model::{LabelSet, ModelBundle};
use trainer::backend::Backend;
use trainer::config::{Keep, Override, TrainConfig, TrainingConfig};
use trainer::dataset::{self, Leaks};
use trainer::files;
use trainer::report::RunPage;
use trainer::training::{self, Epoch, EventFiles, Experiment, Metrics, Progress, Round, RunFolder, Tested};

use super::{benchmark, labelled};
use crate::progress::{RoundBar, TrackBar};

/// Train a classifier and test it.
///
/// Without arguments it learns the embedded demo corpus. The run's folder gets the resolved configuration, the split, the
/// history of the epochs, the test results and `model/`, which `gtzan predict` takes; an earlier run in the same folder is
/// replaced. Ends with the confusion matrix and the accuracy on tracks that training never saw. A protocol with folds, and
/// several seeds, train many networks side by side: the figures are then means, and the model is fitted to all folds.
///
/// Exits with 1 when some tracks could not be used (each is named, the others are trained on).
#[derive(clap::Args)]
pub struct Args {
    /// Settings as TOML; without it the defaults hold.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A folder with one folder of audio files per genre.
    #[arg(long, value_name = "DIR", conflicts_with = "features")]
    data: Option<PathBuf>,
    /// A CSV with the columns of GTZAN's features_30_sec.csv.
    #[arg(long, value_name = "CSV")]
    features: Option<PathBuf>,
    /// The run's folder [default: artifacts/NAME].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What computes the network.
    #[arg(long, value_name = "B")]
    backend: Option<Backend>,
    /// Repeat everything with so many seeds, counted up from the configuration's.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    seeds: u16,
    /// Refuse a split whose test asks about recordings or artists that training has heard.
    #[arg(long)]
    strict: bool,
    /// Output of `gtzan benchmark --json`, whose figures go into the model's card.
    #[arg(long, value_name = "FILE")]
    benchmark: Option<PathBuf>,
    /// Write the learning curves for TensorBoard, epoch by epoch, into DIR/train and DIR/validation; of several networks, each
    /// into a folder of its own.
    #[arg(long, value_name = "DIR")]
    tensorboard: Option<PathBuf>,
    /// Put a clip of each of report.html's mistakes into the page, instead of a link to the file.
    #[arg(long)]
    embed_audio: bool,
    /// Change a setting, for example --set training.epochs=50.
    #[arg(long, value_name = "key=value")]
    set: Vec<String>,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = TrainConfig::load(args.config.as_deref(), &overrides(&args)?)?;
    // First of all: nobody should wait for features and then hear that there is no GPU.
    let device = config.backend.device()?;

    let protocols = args.benchmark.as_deref().map(benchmark::read).transpose()?.unwrap_or_default();

    let bar = TrackBar::default();
    let start = Instant::now();
    let loaded = dataset::load(&config, &|progress| bar.report(progress))?;
    let reading = start.elapsed();
    labelled::skipped(&loaded)?;
    let experiment = Experiment::new(Arc::new(loaded.table), config, device, args.seeds.into())?;
    let Experiment { table, config, division, .. } = &experiment;
    let leaks = Leaks::find(table, division);
    labelled::division(division, config.split.protocol, &leaks)?;
    if args.strict {
        leaks.refuse()?;
    }

    let out = args.out.unwrap_or_else(|| Path::new("artifacts").join(&config.name));
    let folder = RunFolder::begin(&out, config)?;
    division.write_csv(table, config.split.protocol, &folder.split())?;
    let tested = run_rounds(&experiment, &folder.checkpoints(), args.tensorboard.as_deref())?;
    if let Some(first) = tested.first() {
        folder.write_history(&first.history)?;
    }
    let metrics = Metrics::new(&experiment, &tested, leaks, loaded.failures.len())?;
    let (classifier, fitted_to) = experiment.export(&tested, &folder.checkpoints())?;
    let facts = metrics.facts(table, fitted_to, protocols);
    let bundle =
        ModelBundle { classifier, labels: LabelSet::new(table.labels.clone())?, spec: table.spec.clone(), facts };
    bundle.save(&folder.model())?;
    let songs = experiment.songs(&tested);
    folder.write_predictions(&table.labels, &songs)?;
    metrics.test.songs.confusion.write_csv(&folder.confusion())?;
    let page = RunPage {
        experiment: &experiment,
        tested: &tested,
        songs: &songs,
        metrics: &metrics,
        reading,
        folder: folder.path(),
        embed_audio: args.embed_audio,
    };
    let page = page.render()?;
    files::write(&folder.report(), |out| out.write_all(page.as_bytes()))?;
    folder.finish(&metrics)?;

    tell(&mut io::stdout().lock(), &metrics, &bundle, &folder)?;
    Ok(labelled::exit_code(&loaded.failures))
}

/// Trains and tests every round: one in full view, several side by side. `tensorboard` is a folder for event files.
fn run_rounds(experiment: &Experiment, checkpoints: &Path, tensorboard: Option<&Path>) -> anyhow::Result<Vec<Tested>> {
    if let [round] = experiment.rounds.as_slice() {
        let screen = io::stdout().is_terminal() && io::stderr().is_terminal();
        let mut lines = (!screen).then(|| epoch_lines(&experiment.config.training));
        let mut events = tensorboard.map(EventFiles::create).transpose()?;
        let on_epoch = Box::new(move |epoch: &Epoch| {
            if let Some(lines) = &mut lines {
                lines(epoch);
            }
            if let Some(Err(error)) = events.as_mut().map(|events| events.epoch(epoch)) {
                unwritten(&error);
                events = None;
            }
        });
        let progress = if screen { Progress::Screen(on_epoch) } else { Progress::Lines(on_epoch) };
        return Ok(vec![experiment.run(round, checkpoints, progress)?]);
    }
    let bar = RoundBar::new("training", experiment.rounds.len());
    let report = |round: &Round, tested: &Tested| {
        bar.round(round, tested);
        let Some(folder) = tensorboard else { return };
        let folder = folder.join(format!("seed-{}-fold-{}", round.seed, round.fold));
        let mut epochs = tested.history.iter();
        let written =
            EventFiles::create(&folder).and_then(|mut events| epochs.try_for_each(|epoch| events.epoch(epoch)));
        if let Err(error) = written {
            unwritten(&error);
        }
    };
    Ok(experiment.run_all(checkpoints, &report)?)
}

/// A training is worth more than its event files: it goes on without them.
fn unwritten(error: &trainer::Error) {
    tracing::warn!("no more events for TensorBoard: {}", trainer::Error::chain(error));
}

/// The results on stdout.
fn tell(out: &mut impl Write, metrics: &Metrics, bundle: &ModelBundle, folder: &RunFolder) -> anyhow::Result<()> {
    labelled::scores(out, &metrics.test)?;
    if let Some(spread) = metrics.spread {
        let what =
            if metrics.seeds > 1 { format!("{} seeds", metrics.seeds) } else { format!("{} folds", metrics.folds) };
        let rounds: Vec<String> = metrics.rounds.iter().map(|round| format!("{:.1}", 100.0 * round.accuracy)).collect();
        writeln!(out, "mean of {what}, standard deviation {:.1} points: {} %", 100.0 * spread, rounds.join(", "))?;
    }
    if let Some(ensemble) = &metrics.ensemble {
        writeln!(out, "apart from that, an ensemble of networks: accuracy {:.1} %", 100.0 * ensemble.songs.accuracy)?;
    }
    if let Some(calibration) = metrics.calibration {
        writeln!(
            out,
            "calibration on {} validation tracks: temperature {:.2}, expected error {:.3} before and {:.3} after",
            calibration.tracks, calibration.temperature, calibration.ece_before, calibration.ece_after
        )?;
    }
    let stopped = if metrics.interrupted { ", stopped by hand" } else { "" };
    writeln!(
        out,
        "{} epochs in {:.1} s on {}{stopped}, epoch {} kept; {} training, {} validation and {} test tracks",
        metrics.epochs_run,
        metrics.train_seconds,
        metrics.backend,
        metrics.best_epoch,
        metrics.n_train,
        metrics.n_valid,
        metrics.n_test
    )?;
    writeln!(out, "model, fitted to {}: {}", bundle.facts.fitted_to.describe(), folder.model().display())?;
    writeln!(out, "report: {}", folder.report().display())?;
    Ok(())
}

/// The arguments that stand for settings, the general `--set` last so that it wins.
fn overrides(args: &Args) -> anyhow::Result<Vec<Override>> {
    let mut overrides = labelled::source_overrides(args.data.as_deref(), args.features.as_deref(), args.backend)?;
    for change in &args.set {
        overrides.push(Override::parse(change)?);
    }
    Ok(overrides)
}

/// One line an epoch on stderr.
fn epoch_lines(config: &TrainingConfig) -> training::OnEpoch {
    let (epochs, choosing) = (config.epochs, config.keep == Keep::Best);
    let width = epochs.to_string().len();
    Box::new(move |epoch: &Epoch| {
        let part = |score: &training::Score| format!("loss {:.4} accuracy {:.3}", score.loss, score.accuracy);
        let valid = epoch.valid.map(|score| format!("  valid {}", part(&score))).unwrap_or_default();
        let best = if choosing && epoch.best && epoch.valid.is_some() { "  best so far" } else { "" };
        // Progress that nobody can read is no reason to stop.
        let _ = writeln!(
            io::stderr(),
            "epoch {:>width$}/{epochs}  train {}{valid}{best}",
            epoch.number,
            part(&epoch.train)
        );
    })
}

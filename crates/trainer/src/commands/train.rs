//! `gtzan train`: labelled music in, a tested model out.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use model::{LabelSet, ModelBundle};
use trainer::backend::Backend;
use trainer::config::{Override, TrainConfig};
use trainer::dataset::{self, Split};
use trainer::evaluation::Report;
use trainer::training::{self, Epoch, Metrics, Progress, RunFolder};

use super::report;
use crate::progress::TrackBar;

/// Train a classifier and test it.
///
/// Without arguments it learns the embedded demo corpus. The run's folder gets the resolved configuration, the split, the
/// history of the epochs, the test results and `model/`, which `gtzan predict` takes; an earlier run in the same folder is
/// replaced. Ends with the confusion matrix and the accuracy on tracks that training never saw.
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
    /// Change a setting, for example --set training.epochs=50.
    #[arg(long, value_name = "key=value")]
    set: Vec<String>,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = TrainConfig::load(args.config.as_deref(), &overrides(&args)?)?;
    // First of all: nobody should wait for features and then hear that there is no GPU.
    let device = config.backend.device()?;

    let bar = TrackBar::default();
    let loaded = dataset::load(&config, &|progress| bar.report(progress))?;
    report::skipped(&loaded)?;
    let table = Arc::new(loaded.table);
    let split = Split::new(&table, &config.split, config.seed)?;

    let out = args.out.unwrap_or_else(|| Path::new("artifacts").join(&config.name));
    let folder = RunFolder::begin(&out, &config)?;
    split.write_csv(&table, &folder.split())?;
    let progress = if io::stdout().is_terminal() && io::stderr().is_terminal() {
        Progress::Screen
    } else {
        Progress::Lines(epoch_lines(config.training.epochs))
    };
    let trained = training::train(&table, &split, &config, &device, &folder.checkpoints(), progress)?;
    folder.write_history(&trained.history)?;

    let bundle = |facts| -> anyhow::Result<ModelBundle> {
        let labels = LabelSet::new(table.labels.clone())?;
        Ok(ModelBundle { classifier: trained.classifier.clone(), labels, spec: table.spec.clone(), facts })
    };
    let rows: Vec<&[f32]> = split.test.iter().map(|&row| table.rows[row].values.as_slice()).collect();
    let probabilities = trained.classifier.probabilities_of(&rows)?;
    let test = Report::new(&table, &split.test, &probabilities)?;
    let metrics = Metrics::new(&config, &table, &split, loaded.failures.len(), &trained, test);
    bundle(metrics.facts())?.save(&folder.model())?;
    metrics.test.songs.confusion.write_csv(&folder.confusion())?;
    folder.finish(&metrics)?;

    let mut stdout = io::stdout().lock();
    report::scores(&mut stdout, &metrics.test)?;
    let stopped = if metrics.interrupted { ", stopped by hand" } else { "" };
    writeln!(
        stdout,
        "{} epochs in {:.1} s on {}{stopped}, best epoch {}; {} training, {} validation and {} test tracks",
        metrics.epochs_run,
        metrics.train_seconds,
        metrics.backend,
        metrics.best_epoch,
        metrics.n_train,
        metrics.n_valid,
        metrics.n_test
    )?;
    writeln!(stdout, "model: {}", folder.model().display())?;
    Ok(report::exit_code(&loaded.failures))
}

/// The arguments that stand for settings, the general `--set` last so that it wins.
fn overrides(args: &Args) -> anyhow::Result<Vec<Override>> {
    let text = |path: &PathBuf| {
        path.to_str().map(String::from).with_context(|| format!("{}: this path is not Unicode", path.display()))
    };
    let mut overrides = Vec::new();
    if let Some(path) = &args.data {
        overrides.push(Override::argument("--data", "data.dir", text(path)?));
    }
    if let Some(path) = &args.features {
        overrides.push(Override::argument("--features", "data.features", text(path)?));
    }
    if let Some(backend) = args.backend {
        overrides.push(Override::argument("--backend", "backend", backend.name()));
    }
    for change in &args.set {
        overrides.push(Override::parse(change)?);
    }
    Ok(overrides)
}

/// One line an epoch on stderr.
fn epoch_lines(epochs: usize) -> training::OnEpoch {
    let width = epochs.to_string().len();
    Box::new(move |epoch: &Epoch| {
        let part = |score: &training::Score| format!("loss {:.4} accuracy {:.3}", score.loss, score.accuracy);
        let valid = epoch.valid.map(|score| format!("  valid {}", part(&score))).unwrap_or_default();
        let best = if epoch.best && epoch.valid.is_some() { "  best so far" } else { "" };
        // Progress that nobody can read is no reason to stop.
        let _ = writeln!(
            io::stderr(),
            "epoch {:>width$}/{epochs}  train {}{valid}{best}",
            epoch.number,
            part(&epoch.train)
        );
    })
}

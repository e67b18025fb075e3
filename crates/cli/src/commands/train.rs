//! `gtzan train`: labelled music in, a tested model out.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use trainer::backend::Backend;
use trainer::config::TrainConfig;
use trainer::{RunOptions, RunSummary};

use super::limits::workers;
use super::{benchmark, labelled};
use crate::backend::{backends, device};
use crate::console::{self, say};
use crate::interrupt::INTERRUPTED;
use crate::progress::Console;

/// Train a classifier and test it.
///
/// Without arguments it learns the embedded demo corpus. The run's folder gets the resolved configuration, the split, the
/// history of the epochs, the test results and `model/`, which `gtzan predict` takes. A run appears there when it is whole: until
/// then an earlier one in the same folder stays as it is. Then it is replaced, but for files that no run wrote; a folder that
/// holds anything else than a run is refused. Ends with the confusion matrix and the accuracy on tracks that training never saw. A protocol with folds, and
/// several seeds, train many networks side by side: the figures are then means, and the model is fitted to all folds.
///
/// Ctrl-C ends the training after the epoch under way, a second one at once. Ended so, or killed, it can go on: --resume RUN
/// gives the very model that there would have been without.
///
/// Exits with 1 when some tracks could not be used (each is named, the others are trained on), and with 130 after Ctrl-C.
#[derive(clap::Args)]
pub struct Args {
    /// Settings as TOML; without it the defaults hold.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A folder with one folder of audio files per genre.
    #[arg(long, value_name = "DIR", conflicts_with = "features")]
    data: Option<PathBuf>,
    /// A table: a CSV, a Parquet file, or a folder of Parquet parts. It has the columns of GTZAN's features_30_sec.csv, and
    /// the extended descriptors if it has them; with --set input=table, a label and any columns of numbers.
    #[arg(long, value_name = "FILE")]
    features: Option<PathBuf>,
    /// The run's folder [default: artifacts/NAME].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What computes the network.
    #[arg(long, value_name = "B", value_parser = backends())]
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
    /// Go on with the run into RUN that was stopped. Settings need not be given again; those that are must be the same.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["out", "seeds", "strict", "benchmark", "tensorboard", "embed_audio"])]
    resume: Option<PathBuf>,
    /// Keep the training on disk so often, for --resume, in s.
    #[arg(long, value_name = "S", default_value_t = 30.0, value_parser = seconds)]
    save_every: f64,
    /// Change a setting, for example --set training.epochs=50.
    #[arg(long, value_name = "key=value")]
    set: Vec<String>,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let overrides = labelled::overrides(args.data.as_deref(), args.features.as_deref(), args.backend, &args.set)?;
    let config = TrainConfig::load(args.config.as_deref(), &overrides)?;
    let save_every = Some(Duration::from_secs_f64(args.save_every));
    let out = match &args.resume {
        Some(run) => run.clone(),
        None => args.out.unwrap_or_else(|| Path::new("artifacts").join(&config.name)),
    };
    let (console, workers) = (Console::training(), workers()?);
    let summary = if args.resume.is_some() {
        let wanted = (args.config.is_some() || !overrides.is_empty()).then_some(&config);
        trainer::resume(&out, wanted, &RunOptions { save_every, workers, ..RunOptions::default() }, &console)
    } else {
        // Before the library does: graphics drivers talk when they are loaded.
        device(config.backend)?;
        let options = RunOptions {
            seeds: args.seeds.into(),
            strict: args.strict,
            protocols: args.benchmark.as_deref().map(benchmark::read).transpose()?.unwrap_or_default(),
            tensorboard: args.tensorboard,
            embed_audio: args.embed_audio,
            save_every,
            workers,
            stop: None,
        };
        trainer::run(config, &out, &options, &console)
    };
    drop(console);
    let summary = match summary {
        Err(error @ trainer::Error::Stopped { .. }) => {
            say(format_args!("{error}; it can go on: gtzan train --resume {}", out.display()));
            return Ok(ExitCode::from(INTERRUPTED));
        }
        summary => summary?,
    };
    tell(&mut console::results(), &summary)?;
    Ok(labelled::exit_code(&summary.failures))
}

/// A time in s.
fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "it is not a number".to_owned())?;
    if (0.01..=1e6).contains(&seconds) { Ok(seconds) } else { Err("it must lie between 0.01 and 1000000".to_owned()) }
}

/// The results on stdout.
fn tell(out: &mut impl Write, summary: &RunSummary) -> io::Result<()> {
    let RunSummary { folder, metrics, fitted_to, .. } = summary;
    labelled::scores(out, &metrics.test)?;
    if let Some(spread) = metrics.spread {
        let what =
            if metrics.seeds > 1 { format!("{} seeds", metrics.seeds) } else { format!("{} folds", metrics.folds) };
        let rounds: Vec<String> = metrics.rounds.iter().map(|round| format!("{:.1}", 100.0 * round.accuracy)).collect();
        writeln!(out, "mean of {what}, standard deviation {:.1} points: {} %", 100.0 * spread, rounds.join(", "))?;
    }
    if let Some(calibration) = metrics.calibration {
        writeln!(
            out,
            "calibration on {} validation tracks: temperature {:.2}, expected error {:.3} before and {:.3} after",
            calibration.tracks, calibration.temperature, calibration.ece_before, calibration.ece_after
        )?;
    } else {
        writeln!(out, "uncalibrated: probabilities are the network's own")?;
    }
    writeln!(
        out,
        "{} epochs in {:.1} s on {}, epoch {} kept; {} training, {} validation and {} test tracks",
        metrics.epochs_run,
        metrics.train_seconds,
        metrics.backend,
        metrics.best_epoch,
        metrics.n_train,
        metrics.n_valid,
        metrics.n_test
    )?;
    writeln!(out, "model, fitted to {}: {}", fitted_to.describe(), folder.model().display())?;
    if folder.report().is_file() {
        writeln!(out, "report: {}", folder.report().display())?;
    }
    Ok(())
}

//! `gtzan evaluate`: how well a model does on labelled music.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use model::ModelBundle;
use serde::Serialize;
use trainer::Evaluation;
use trainer::backend::Backend;
use trainer::config::TrainConfig;
use trainer::dataset::{self, Columns, Loaded, Reading};
use trainer::evaluation::Report;

use super::labelled;
use super::limits::{LimitArgs, workers};
use crate::backend::{backends, device};
use crate::console::{self, say};
use crate::progress::TrackBar;

/// Test a model on labelled music.
///
/// Every track counts, so give it music that the model was not trained on. Genres may be fewer than the model's, but all must
/// be known to it. A track is judged by the mean of its clips' probabilities.
///
/// Exits with 1 when some tracks could not be used (each is named, the others are scored).
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["data", "features"]))]
pub struct Args {
    /// A model's folder, the folder of the run that made it, or the name of one in the box.
    model: PathBuf,
    /// A folder with one folder of audio files per genre.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A table: a CSV, a Parquet file, or a folder of Parquet parts. It has the columns of GTZAN's features_30_sec.csv, and
    /// the extended descriptors if it has them; or those that the model was trained on.
    #[arg(long, value_name = "FILE")]
    features: Option<PathBuf>,
    /// What computes the network.
    #[arg(long, value_name = "B", value_parser = backends(), default_value_t)]
    backend: Backend,
    #[command(flatten)]
    limits: LimitArgs,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Output<'a> {
    model: &'a Path,
    backend: &'static str,
    /// Whether this is the very table that the model was trained on.
    trained_on: bool,
    skipped: usize,
    #[serde(flatten)]
    report: &'a Report,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (bundle, folder) = crate::bundle::load(&args.model, &device(args.backend)?)?;
    let loaded = load(&args, &bundle)?;
    labelled::skipped(&loaded);
    let Loaded { table, failures, .. } = loaded;
    let Evaluation { report, trained_on } = trainer::evaluate(&bundle, table)?;
    if trained_on {
        say(format_args!(
            "note: these are the tracks that the model was trained on; its run's metrics.json has the honest figure"
        ));
    }
    let mut stdout = console::results();
    if args.json {
        let (backend, skipped) = (args.backend.name(), failures.len());
        let output = Output { model: &folder, backend, trained_on, skipped, report: &report };
        writeln!(stdout, "{}", serde_json::to_string(&output)?)?;
    } else {
        labelled::scores(&mut stdout, &report)?;
    }
    Ok(labelled::exit_code(&failures))
}

fn load(args: &Args, bundle: &ModelBundle) -> anyhow::Result<Loaded> {
    let reading = Reading { limits: args.limits.limits()?, ..Reading::new(&TrainConfig::default(), workers()?) };
    if let Some(folder) = &args.data {
        let spec = bundle.inputs().audio()?;
        let bar = TrackBar::default();
        return Ok(dataset::from_folder(folder, spec, &reading, &|progress| bar.report(progress))?);
    }
    let Some(path) = &args.features else { bail!("give --data or --features") };
    let columns = Columns::of_model(bundle.inputs()).with_context(|| path.display().to_string())?;
    Ok(dataset::from_table(path, &columns, reading.memory)?)
}

//! `gtzan evaluate`: how well a model does on labelled music.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use dsp::InputKind;
use model::ModelBundle;
use serde::Serialize;
use trainer::backend::Backend;
use trainer::dataset::{self, Loaded, csv};
use trainer::evaluation::Report;
use trainer::training::{bundle_folder, fingerprint};

use super::labelled;
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
    /// A model's folder, or the folder of the run that made it.
    model: PathBuf,
    /// A folder with one folder of audio files per genre.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A CSV with the columns of GTZAN's features_30_sec.csv.
    #[arg(long, value_name = "CSV")]
    features: Option<PathBuf>,
    /// What computes the network.
    #[arg(long, value_name = "B", default_value_t)]
    backend: Backend,
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
    let folder = bundle_folder(&args.model);
    let bundle = ModelBundle::load(&folder, &args.backend.device()?)?;
    let Loaded { table, failures, loose } = load(&args, &bundle)?;
    let loaded = Loaded { table: table.with_labels(bundle.labels.names())?, failures, loose };
    labelled::skipped(&loaded)?;

    let rows: Vec<&[f32]> = loaded.table.rows.iter().map(|row| row.values.as_slice()).collect();
    let all: Vec<usize> = (0..rows.len()).collect();
    let report = Report::new(&loaded.table, &all, &bundle.probabilities(&rows)?)?;
    let trained_on = fingerprint(&loaded.table) == bundle.facts.data.fingerprint;
    if trained_on {
        let note =
            "note: these are the tracks that the model was trained on; its run's metrics.json has the honest figure";
        writeln!(io::stderr(), "{note}")?;
    }
    let mut stdout = io::stdout().lock();
    if args.json {
        let (backend, skipped) = (args.backend.name(), loaded.failures.len());
        let output = Output { model: &folder, backend, trained_on, skipped, report: &report };
        writeln!(stdout, "{}", serde_json::to_string(&output)?)?;
    } else {
        labelled::scores(&mut stdout, &report)?;
    }
    Ok(labelled::exit_code(&loaded.failures))
}

fn load(args: &Args, bundle: &ModelBundle) -> anyhow::Result<Loaded> {
    if let Some(folder) = &args.data {
        let bar = TrackBar::default();
        return Ok(dataset::from_folder(folder, &bundle.spec, &|progress| bar.report(progress))?);
    }
    let Some(path) = &args.features else { bail!("give --data or --features") };
    if bundle.spec.input != InputKind::Features {
        bail!(
            "{}: the model takes spectrograms, which no CSV holds; give a folder of audio with --data",
            path.display()
        );
    }
    let table = csv::read(path, bundle.spec.convention, Some(bundle.spec.clip_seconds))?;
    Ok(Loaded { table, failures: Vec::new(), loose: Vec::new() })
}

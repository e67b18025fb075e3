//! `gtzan benchmark`: one recipe under every protocol.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use model::ProtocolFacts;
use serde::Serialize;
use trainer::backend::Backend;
use trainer::config::{Override, Protocol, TrainConfig};
use trainer::dataset::{self, FeatureTable, Leaks};
use trainer::training::{Experiment, Metrics};

use super::labelled;
use crate::progress::{RoundBar, TrackBar};

/// Train and test one recipe under every protocol that the data allows.
///
/// `random` and `kfold` always run, `random-clips` where tracks have several clips, `fault-filtered` where the tracks are
/// GTZAN's, and `artist-folds` where --folds names its file. No model is written. Songs are scored by the mean of their clips'
/// probabilities; the interval is Wilson's, of the mean accuracy over the seeds on the songs of one seed.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["data", "features"]))]
pub struct Args {
    /// A folder with one folder of audio files per genre.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A CSV with the columns of GTZAN's features_30_sec.csv.
    #[arg(long, value_name = "CSV")]
    features: Option<PathBuf>,
    /// Artists' folds: a CSV with the columns track, artist_group and fold.
    #[arg(long, value_name = "FILE")]
    folds: Option<PathBuf>,
    /// The recipe as TOML; without it the defaults hold.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What computes the networks.
    #[arg(long, value_name = "B")]
    backend: Option<Backend>,
    /// Repeat everything with so many seeds.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    seeds: u16,
    /// Change a setting of the recipe, for example --set training.epochs=50.
    #[arg(long, value_name = "key=value")]
    set: Vec<String>,
    /// Print a list of JSON objects instead of the table.
    #[arg(long)]
    json: bool,
}

/// A line of the table.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    facts: ProtocolFacts,
    clip_accuracy: f64,
    seeds: usize,
    /// Sample standard deviation of the accuracy over the seeds or folds.
    spread: Option<f64>,
    leaks: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ensemble_accuracy: Option<f64>,
}

/// What others get with the dataset's 57 features of 30 s, in %; measured or published as README.md tells.
const PEERS: [(Protocol, &str); 5] = [
    (Protocol::Random, "MLP 72-74, SVM 73-75 (77 on ranks), forest 70-73"),
    (Protocol::RandomClips, "forest 88-90, as notebooks report"),
    (Protocol::Kfold, "MLP 75, SVM 75"),
    (Protocol::ArtistFolds, "MLP 51, SVM 49 (52.5 on ranks), forest 47"),
    (Protocol::FaultFiltered, "MLP 53-54, SVM 50-52 (56 on ranks); log-mel CNN 43; pretrained nets 69-82"),
];

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = TrainConfig::load(args.config.as_deref(), &overrides(&args)?)?;
    let device = config.backend.device()?;
    let bar = TrackBar::default();
    let loaded = dataset::load(&config, &|progress| bar.report(progress))?;
    labelled::skipped(&loaded)?;
    let table = Arc::new(loaded.table);

    let scratch = tempfile::tempdir().context("a folder for checkpoints")?;
    let mut lines = Vec::new();
    for protocol in protocols(&table, args.folds.is_some()) {
        let mut config = config.clone();
        config.split.protocol = protocol;
        config.split.file = args.folds.clone().filter(|_| protocol == Protocol::ArtistFolds);
        let experiment = Experiment::new(Arc::clone(&table), config, device.clone(), args.seeds.into())?;
        let leaks = Leaks::find(&table, &experiment.division);
        writeln!(io::stderr(), "{}: {} networks", protocol.name(), experiment.rounds.len())?;
        labelled::division(&experiment.division, protocol, &leaks)?;
        let bar = RoundBar::new(protocol.name(), experiment.rounds.len());
        let tested =
            experiment.run_all(&scratch.path().join(protocol.name()), &|round, tested| bar.round(round, tested))?;
        drop(bar);
        let metrics = Metrics::new(&experiment, &tested, leaks, loaded.failures.len())?;
        lines.push(Line {
            facts: metrics.protocol_facts(),
            clip_accuracy: metrics.test.clip_accuracy,
            seeds: metrics.seeds,
            spread: metrics.spread,
            leaks: protocol.leaks(),
            ensemble_accuracy: metrics.ensemble.map(|report| report.songs.accuracy),
        });
    }
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&lines)?)?;
    } else {
        print(&mut out, &lines)?;
    }
    Ok(labelled::exit_code(&loaded.failures))
}

/// The figures of an earlier benchmark, as `--json` printed them.
pub fn read(path: &Path) -> anyhow::Result<Vec<ProtocolFacts>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{}: not the output of `gtzan benchmark --json`", path.display()))
}

/// The protocols that a table allows.
fn protocols(table: &FeatureTable, artists: bool) -> Vec<Protocol> {
    let several_clips = table.rows.iter().any(|row| row.clip > 0);
    let mut protocols = vec![Protocol::Random];
    protocols.extend(several_clips.then_some(Protocol::RandomClips));
    protocols.push(Protocol::Kfold);
    protocols.extend(artists.then_some(Protocol::ArtistFolds));
    protocols.extend(dataset::is_gtzan(table).then_some(Protocol::FaultFiltered));
    protocols
}

fn print(out: &mut impl Write, lines: &[Line]) -> io::Result<()> {
    let seeds = lines.first().map_or(1, |line| line.seeds);
    writeln!(
        out,
        "{:<15}{:>7}{:>10}{:>16}{:>8}{:>9}{:>10}{:>13}  others with these features, %",
        "protocol", "tracks", "accuracy", "95 % interval", "clips", "macro F1", "log-loss", "calib. error"
    )?;
    for Line { facts, clip_accuracy, .. } in lines {
        let peers = PEERS.iter().find(|(protocol, _)| protocol.name() == facts.protocol).map_or("", |(_, peers)| peers);
        writeln!(
            out,
            "{:<15}{:>7}{:>8.1} %{:>9.1} - {:>4.1}{:>8.1}{:>9.3}{:>10.3}{:>13.3}  {peers}",
            facts.protocol,
            facts.tracks,
            100.0 * facts.accuracy,
            100.0 * facts.low,
            100.0 * facts.high,
            100.0 * clip_accuracy,
            facts.macro_f1,
            facts.log_loss,
            facts.ece
        )?;
    }
    for line in lines {
        if let Some(accuracy) = line.ensemble_accuracy {
            writeln!(out, "apart from that, ensembles under {}: {:.1} %", line.facts.protocol, 100.0 * accuracy)?;
        }
    }
    writeln!(
        out,
        "\nMeans of {seeds} seed{}. Differences inside the intervals rank nothing.",
        if seeds == 1 { "" } else { "s" }
    )?;
    if lines.iter().any(|line| line.leaks) {
        writeln!(
            out,
            "random-clips leaks: clips of one recording lie on both sides of its split, so it measures how well recordings are known again."
        )?;
    }
    if lines.iter().any(|line| line.facts.protocol == Protocol::Random.name()) {
        writeln!(
            out,
            "random and kfold keep recordings apart but not artists; artist-folds and fault-filtered keep both apart and are the honest figures."
        )?;
    }
    Ok(())
}

fn overrides(args: &Args) -> anyhow::Result<Vec<Override>> {
    let mut overrides = labelled::source_overrides(args.data.as_deref(), args.features.as_deref(), args.backend)?;
    for change in &args.set {
        overrides.push(Override::parse(change)?);
    }
    Ok(overrides)
}

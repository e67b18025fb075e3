//! `gtzan benchmark`: one recipe under every protocol.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use dsp::Descriptors;
use model::ProtocolFacts;
use serde::Serialize;
use trainer::Benchmark;
use trainer::backend::Backend;
use trainer::config::{Protocol, TrainConfig};

use super::labelled;
use super::limits::workers;
use crate::backend::{backends, device};
use crate::console;
use crate::progress::Console;

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
    /// A table: a CSV, a Parquet file, or a folder of Parquet parts. It has the columns of GTZAN's features_30_sec.csv, and
    /// the extended descriptors if it has them; with --set input=table, a label and any columns of numbers.
    #[arg(long, value_name = "FILE")]
    features: Option<PathBuf>,
    /// Artists' folds: a CSV with the columns track, artist_group and fold.
    #[arg(long, value_name = "FILE")]
    folds: Option<PathBuf>,
    /// The recipe as TOML; without it the defaults hold.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What computes the networks.
    #[arg(long, value_name = "B", value_parser = backends())]
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
}

/// What scikit-learn gets with GTZAN's descriptors of 30 s on the same splits, in %: multi-layer perceptron, support vector
/// machine, the same on ranks, logistic regression on ranks, random forest. README.md has them beside ours;
/// `crates/trainer/benches/protocol_table.py` measures them.
const PEERS: [(Descriptors, Protocol, [f64; 5]); 6] = [
    (Descriptors::Classic, Protocol::Random, [75.1, 71.3, 73.2, 70.0, 71.4]),
    (Descriptors::Classic, Protocol::ArtistFolds, [50.6, 46.7, 49.6, 53.6, 46.7]),
    (Descriptors::Classic, Protocol::FaultFiltered, [52.4, 48.6, 54.5, 55.5, 51.7]),
    (Descriptors::Extended, Protocol::Random, [74.3, 73.7, 78.2, 76.4, 75.6]),
    (Descriptors::Extended, Protocol::ArtistFolds, [57.8, 53.7, 58.6, 61.1, 53.9]),
    (Descriptors::Extended, Protocol::FaultFiltered, [62.1, 59.3, 63.1, 68.3, 57.6]),
];

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = TrainConfig::load(
        args.config.as_deref(),
        &labelled::overrides(args.data.as_deref(), args.features.as_deref(), args.backend, &args.set)?,
    )?;
    device(config.backend)?;
    let console = Console::benchmark();
    let benchmarks = trainer::benchmark(&config, args.folds.as_deref(), args.seeds.into(), workers()?, &console)?;
    drop(console);
    let line = |Benchmark { protocol, metrics }: &Benchmark| Line {
        facts: metrics.protocol_facts(),
        clip_accuracy: metrics.test.clip_accuracy,
        seeds: metrics.seeds,
        spread: metrics.spread,
        leaks: protocol.leaks(),
    };
    let lines: Vec<Line> = benchmarks.results.iter().map(line).collect();
    let mut out = console::results();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&lines)?)?;
    } else {
        print(&mut out, &lines, benchmarks.of_gtzan)?;
    }
    Ok(labelled::exit_code(&benchmarks.failures))
}

/// The figures of an earlier benchmark, as `--json` printed them.
pub fn read(path: &Path) -> anyhow::Result<Vec<ProtocolFacts>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{}: not the output of `gtzan benchmark --json`", path.display()))
}

/// The table; of descriptors of GTZAN's tracks, other programs' figures stand beside.
fn print(out: &mut impl Write, lines: &[Line], of_gtzan: Option<Descriptors>) -> io::Result<()> {
    let seeds = lines.first().map_or(1, |line| line.seeds);
    let heading = match of_gtzan {
        Some(_) => "  scikit-learn on GTZAN, %: MLP / SVM / SVM on ranks / logistic regression / forest",
        None => "",
    };
    writeln!(
        out,
        "{:<15}{:>7}{:>10}{:>16}{:>8}{:>9}{:>10}{:>13}{heading}",
        "protocol", "tracks", "accuracy", "95 % interval", "clips", "macro F1", "log-loss", "calib. error"
    )?;
    for Line { facts, clip_accuracy, .. } in lines {
        let peers = PEERS.iter().find(|(set, protocol, _)| Some(*set) == of_gtzan && protocol.name() == facts.protocol);
        let peers = peers.map(|(.., peers)| format!("  {}", in_words(peers))).unwrap_or_default();
        writeln!(
            out,
            "{:<15}{:>7}{:>8.1} %{:>9.1} - {:>4.1}{:>8.1}{:>9.3}{:>10.3}{:>13.3}{peers}",
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

fn in_words(peers: &[f64; 5]) -> String {
    peers.map(|accuracy| format!("{accuracy:.1}")).join(" / ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_gives_the_same_figures_of_others() {
        let readme = include_str!("../../../../README.md");
        for (set, protocol, peers) in &PEERS {
            let (_, table) = readme.split_once(&format!("<!-- protocols: {set} -->")).unwrap();
            let (table, _) = table.split_once("<!-- end of protocols -->").unwrap();
            let mut lines = table.lines().filter(|line| line.starts_with(&format!("| {}", protocol.name())));
            assert!(lines.any(|line| line.ends_with(&format!("| {} |", in_words(peers)))), "{}", protocol.name());
        }
    }
}

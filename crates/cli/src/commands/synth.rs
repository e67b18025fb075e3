//! `gtzan synth`: the demo corpus as files.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use trainer::config::SynthConfig;
use trainer::dataset::render;

use crate::console;
use crate::progress::TrackBar;

/// Write the demo corpus: ten procedurally played styles named after GTZAN's genres, in GTZAN's folder layout.
///
/// The same numbers give the same files. Files of the same names are replaced.
#[derive(clap::Args)]
pub struct Args {
    /// The folder to write to; genre folders are made in it.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Tracks of each style.
    #[arg(long, value_name = "N", default_value_t = SynthConfig::default().tracks_per_genre)]
    tracks_per_genre: usize,
    /// Length of a track in seconds.
    #[arg(long, value_name = "S", default_value_t = SynthConfig::default().seconds)]
    seconds: f64,
    /// Another seed, another corpus.
    #[arg(long, value_name = "N", default_value_t = SynthConfig::default().seed)]
    seed: u64,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let bar = TrackBar::default();
    let config = SynthConfig { tracks_per_genre: args.tracks_per_genre, seconds: args.seconds, seed: args.seed };
    let written = render(&args.out, &config, &|progress| bar.report(progress))?;
    writeln!(console::results(), "{} tracks in {}", written.len(), args.out.display())?;
    Ok(ExitCode::SUCCESS)
}

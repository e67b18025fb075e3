//! `gtzan report`: several runs side by side.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use trainer::{files, report};

/// Compare runs on one page: accuracies with intervals, learning curves overlaid, and the settings that differ.
///
/// A run's own page is report.html in its folder.
#[derive(clap::Args)]
pub struct Args {
    /// Folders of runs, as written by `gtzan train`.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// The page to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let page = report::compare(&args.runs)?;
    files::write(&args.out, |out| out.write_all(page.as_bytes()))?;
    writeln!(io::stdout(), "{}", args.out.display())?;
    Ok(ExitCode::SUCCESS)
}

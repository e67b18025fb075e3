//! `gtzan report`: several runs side by side.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use extraction::files;
use trainer::report;

use crate::console;

/// Compare runs on one page: accuracies with intervals, learning curves overlaid, and the settings that differ.
///
/// A run's own page is report.html in its folder.
#[derive(clap::Args)]
pub struct Args {
    /// Folders of runs, as written by `gtzan train`.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// The page to write. An earlier one is replaced, any other file is not.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.out.exists() && !report::is_page(&args.out) {
        bail!("{}: this file is no page that gtzan made; choose another name with --out", args.out.display());
    }
    let page = report::compare(&args.runs)?;
    files::write(&args.out, |out| out.write_all(page.as_bytes()))?;
    writeln!(console::results(), "{}", args.out.display())?;
    Ok(ExitCode::SUCCESS)
}

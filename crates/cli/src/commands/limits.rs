//! What files may take, and the processes that read them.

use std::io::{stdin, stdout};
use std::process::ExitCode;

use anyhow::Context;
use extraction::{Limits, WorkerProgram};
use trainer::config::{Override, TrainConfig};

/// The arguments of commands that read audio files without a configuration.
#[derive(clap::Args)]
pub struct LimitArgs {
    /// Change a limit: file=32768 (MiB), seconds=172800 (of sound), channels=32, rate=768000 (Hz); and of the processes that read
    /// files where there are several: time=300 (s a file), memory=2048 (MiB).
    #[arg(long = "limit", value_name = "key=value")]
    limits: Vec<String>,
}

impl LimitArgs {
    /// The limits.
    pub fn limits(&self) -> anyhow::Result<Limits> {
        limits(&[], &self.limits)
    }
}

/// The limits, changed as `key=value` says, first by what is usual for a command and then by what its user wants.
pub fn limits(usual: &[&str], wanted: &[String]) -> anyhow::Result<Limits> {
    let all = usual.iter().copied().chain(wanted.iter().map(String::as_str));
    let overrides: Result<Vec<Override>, _> = all.map(|limit| Override::parse(&format!("limits.{limit}"))).collect();
    Ok(TrainConfig::load(None, &overrides?)?.limits)
}

/// This program as a worker.
pub fn workers() -> anyhow::Result<Option<WorkerProgram>> {
    let program = WorkerProgram::this(["worker".into()]).context("this program can't be found to be started again")?;
    Ok(Some(program))
}

/// `gtzan worker`: reads files for another process of this program, which tells it through a pipe what to do.
pub fn serve() -> anyhow::Result<ExitCode> {
    extraction::serve(&mut stdin().lock(), &mut stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}

//! `gtzan`: learns musical genres from audio and tells the genre of a song.

#![recursion_limit = "256"]

mod commands;
mod progress;

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::commands::{
    benchmark, compare, doctor, evaluate, export, extract, images, info, init, manual, plot, predict, report, synth,
    train,
};

/// Learns musical genres from audio, and tells the genre of a song.
#[derive(Parser)]
#[command(version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(train::Args),
    Benchmark(benchmark::Args),
    Evaluate(evaluate::Args),
    Predict(predict::Args),
    Extract(extract::Args),
    Compare(compare::Args),
    Report(report::Args),
    Info(info::Args),
    Plot(plot::Args),
    Images(images::Args),
    Synth(synth::Args),
    Export(export::Args),
    Init(init::Args),
    Completions(manual::CompletionsArgs),
    Man(manual::ManArgs),
    Doctor(doctor::Args),
}

/// What is logged unless `RUST_LOG` says otherwise: our own warnings. Libraries mutter of things that an error of ours tells
/// in full, such as the end of a truncated file.
const LOG: &str = "gtzan=warn,trainer=warn,model=warn,dsp=warn,synth=warn,plot=warn";

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Nothing is lost when a logger stands already.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOG)))
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .without_time()
        .try_init();
    let result = match cli.command {
        Command::Train(args) => train::run(args),
        Command::Benchmark(args) => benchmark::run(args),
        Command::Evaluate(args) => evaluate::run(args),
        Command::Predict(args) => predict::run(args),
        Command::Extract(args) => extract::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Report(args) => report::run(args),
        Command::Info(args) => info::run(args),
        Command::Plot(args) => plot::run(args),
        Command::Images(args) => images::run(args),
        Command::Synth(args) => synth::run(args),
        Command::Export(args) => export::run(args),
        Command::Init(args) => init::run(args),
        Command::Completions(args) => manual::completions(args),
        Command::Man(args) => manual::man(args),
        Command::Doctor(args) => doctor::run(args),
    };
    match result {
        Ok(code) => code,
        // The reader of a pipe has seen enough: `gtzan … | head`.
        Err(error) if error.chain().any(is_broken_pipe) => ExitCode::SUCCESS,
        Err(error) => {
            // A closed stderr leaves nowhere to complain to.
            let _ = writeln!(io::stderr(), "error: {}", trainer::Error::chain(error.as_ref()));
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

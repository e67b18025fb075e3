//! `gtzan`: learns musical genres from audio and tells the genre of a song.

#![recursion_limit = "256"]

mod backend;
mod bundle;
mod commands;
mod console;
mod curve;
mod input;
mod interrupt;
mod progress;
mod stderr;

use std::panic;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use extraction::chain;

use crate::commands::{
    benchmark, compare, doctor, evaluate, export, extract, images, info, init, limits, manual, plot, predict, report,
    serve, synth, tag, train,
};

/// Learns musical genres from audio, and tells the genre of a song.
#[derive(Parser)]
#[command(name = "gtzan", version, max_term_width = 100, arg_required_else_help = true)]
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
    Serve(serve::Args),
    Tag(tag::Args),
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
    /// Read files for another process of this program.
    #[command(hide = true)]
    Worker,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    keep_workers_quiet();
    let result = match cli.command {
        Command::Train(args) => train::run(args),
        Command::Benchmark(args) => benchmark::run(args),
        Command::Evaluate(args) => evaluate::run(args),
        Command::Predict(args) => predict::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Tag(args) => tag::run(args),
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
        Command::Worker => limits::serve(),
    };
    result.unwrap_or_else(|error| {
        console::say(format_args!("error: {}", chain(error.as_ref())));
        ExitCode::from(2)
    })
}

/// A file on which a decoder crashes is named as failed like any other: what the crash itself says would only break the bar.
fn keep_workers_quiet() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !std::thread::current().name().is_some_and(|name| name.starts_with(extraction::THREAD_NAME)) {
            tell(panic);
        }
    }));
}

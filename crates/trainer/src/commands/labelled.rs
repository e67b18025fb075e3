//! What `train`, `benchmark` and `evaluate` ask and tell alike.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use trainer::backend::Backend;
use trainer::config::{Override, Protocol};
use trainer::dataset::{Division, Failure, Leaks, Loaded};
use trainer::evaluation::Report;

/// The arguments that stand for settings.
pub fn source_overrides(
    data: Option<&Path>,
    features: Option<&Path>,
    backend: Option<Backend>,
) -> anyhow::Result<Vec<Override>> {
    let text = |path: &Path| {
        path.to_str().map(String::from).with_context(|| format!("{}: this path is not Unicode", path.display()))
    };
    let mut overrides = Vec::new();
    if let Some(path) = data {
        overrides.push(Override::argument("--data", "data.dir", text(path)?));
    }
    if let Some(path) = features {
        overrides.push(Override::argument("--features", "data.features", text(path)?));
    }
    if let Some(backend) = backend {
        overrides.push(Override::argument("--backend", "backend", backend.name()));
    }
    Ok(overrides)
}

/// Names on stderr what was left out of a table.
pub fn skipped(loaded: &Loaded) -> io::Result<()> {
    let mut err = io::stderr().lock();
    for failure in &loaded.failures {
        writeln!(err, "skipped: {failure}")?;
    }
    for path in &loaded.loose {
        writeln!(err, "skipped: {}: lies in no genre's folder", path.display())?;
    }
    match loaded.failures.len() + loaded.loose.len() {
        0 => Ok(()),
        count => writeln!(err, "{count} audio file{} skipped", if count == 1 { "" } else { "s" }),
    }
}

/// Names on stderr what the protocol leaves out, and what the leak check found.
pub fn division(division: &Division, protocol: Protocol, leaks: &Leaks) -> io::Result<()> {
    let mut err = io::stderr().lock();
    let name = protocol.name();
    let few = |tracks: &[String]| {
        let more = if tracks.len() > 5 { ", …" } else { "" };
        format!("{}{more}", tracks[..tracks.len().min(5)].join(", "))
    };
    if !division.left_out.is_empty() {
        writeln!(err, "protocol {name} leaves out {} tracks: {}", division.left_out.len(), few(&division.left_out))?;
    }
    if !division.missing.is_empty() {
        writeln!(
            err,
            "protocol {name} lists {} tracks that are not here: {}",
            division.missing.len(),
            few(&division.missing)
        )?;
    }
    if protocol.leaks() {
        writeln!(
            err,
            "protocol {name} LEAKS: clips of one recording lie on both sides, so its figures say little of new songs"
        )?;
    }
    writeln!(err, "{leaks}")
}

/// 1 when some tracks failed, else 0.
pub fn exit_code(failures: &[Failure]) -> ExitCode {
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// The confusion matrix, and the accuracy with its interval.
pub fn scores(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let songs = &report.songs;
    writeln!(out, "{}", songs.confusion)?;
    writeln!(
        out,
        "accuracy {:.1} % of {} tracks (95 % interval {:.1} to {:.1} %), macro F1 {:.3}, loss {:.3}, calibration error {:.3}",
        100.0 * songs.accuracy,
        songs.count,
        100.0 * songs.interval.low,
        100.0 * songs.interval.high,
        songs.macro_f1,
        songs.loss,
        songs.ece
    )?;
    if report.clips > songs.count {
        writeln!(out, "clip by clip: accuracy {:.1} % of {} clips", 100.0 * report.clip_accuracy, report.clips)?;
    }
    Ok(())
}

//! What `train`, `benchmark` and `evaluate` ask and tell alike.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use extraction::FailedInput;
use trainer::backend::Backend;
use trainer::config::{Override, Protocol};
use trainer::dataset::{Division, Leaks, Loaded, Lost};
use trainer::evaluation::Report;

use crate::console::say;

/// The arguments that stand for settings, those of the general `--set` last so that they win.
pub fn overrides(
    data: Option<&Path>,
    features: Option<&Path>,
    backend: Option<Backend>,
    set: &[String],
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
    for change in set {
        overrides.push(Override::parse(change)?);
    }
    Ok(overrides)
}

/// Names on stderr what was left out of a table.
pub fn skipped(loaded: &Loaded) {
    let Loaded { failures, loose, passed_over, lost, warnings, .. } = loaded;
    for warning in warnings {
        say(format_args!("warning: {warning}"));
    }
    for Lost { name, decoded } in lost {
        say(format_args!("lost: {name}: {decoded}"));
    }
    if !passed_over.is_empty() {
        say(format_args!("passed over: {passed_over}"));
    }
    for failure in failures {
        say(format_args!("skipped: {failure}"));
    }
    for path in loose {
        say(format_args!("skipped: {}: lies in no genre's folder", path.display()));
    }
    match failures.len() + loose.len() {
        0 => (),
        count => say(format_args!("{count} audio file{} skipped", if count == 1 { "" } else { "s" })),
    }
}

/// Names on stderr what the protocol leaves out, and what the leak check found.
pub fn division(division: &Division, protocol: Protocol, leaks: &Leaks) {
    let name = protocol.name();
    let few = |tracks: &[String]| {
        let more = if tracks.len() > 5 { ", …" } else { "" };
        format!("{}{more}", tracks[..tracks.len().min(5)].join(", "))
    };
    let Division { left_out, missing, .. } = division;
    if !left_out.is_empty() {
        say(format_args!("protocol {name} leaves out {} tracks: {}", left_out.len(), few(left_out)));
    }
    if !missing.is_empty() {
        say(format_args!("protocol {name} lists {} tracks that are not here: {}", missing.len(), few(missing)));
    }
    if protocol.leaks() {
        say(format_args!(
            "protocol {name} LEAKS: clips of one recording lie on both sides, so its figures say little of new songs"
        ));
    }
    say(format_args!("{leaks}"));
}

/// 1 when some tracks failed, else 0.
pub fn exit_code(failures: &[FailedInput]) -> ExitCode {
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

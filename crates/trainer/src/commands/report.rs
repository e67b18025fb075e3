//! What `train` and `evaluate` tell alike.

use std::io::{self, Write};
use std::process::ExitCode;

use trainer::dataset::{Failure, Loaded};
use trainer::evaluation::Report;

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
        "accuracy {:.1} % of {} tracks (95 % interval {:.1} to {:.1} %), macro F1 {:.3}, loss {:.3}",
        100.0 * songs.accuracy,
        songs.count,
        100.0 * songs.interval.low,
        100.0 * songs.interval.high,
        songs.macro_f1,
        songs.loss
    )?;
    if report.clips > songs.count {
        writeln!(out, "clip by clip: accuracy {:.1} % of {} clips", 100.0 * report.clip_accuracy, report.clips)?;
    }
    Ok(())
}

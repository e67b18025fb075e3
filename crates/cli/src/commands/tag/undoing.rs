//! `gtzan tag --undo`.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use extraction::tags::{Undone, undo};
use serde_json::json;

use super::named;
use crate::console::{self, say};
use crate::interrupt::{self, INTERRUPTED};

/// Undoes what a journal tells.
pub fn run(journal: &Path, as_json: bool) -> anyhow::Result<ExitCode> {
    interrupt::listen().context("can't listen for Ctrl-C")?;
    let (mut restored, mut already, mut failed, mut left) = (0, 0, 0, 0);
    let mut unwritten = Ok(());
    undo(journal, |path, undone, still| {
        left = still;
        let (name, lossless) = named(path);
        let mut line = json!({ "path": name });
        if let Some(lossless) = lossless {
            line["path_percent_encoded"] = lossless.into();
        }
        let (count, status, words) = match &undone {
            Ok(Undone::Restored) => (&mut restored, "restored", "restored"),
            Ok(Undone::Already) => (&mut already, "already", "is as it was already"),
            Err(_) => (&mut failed, "failed", ""),
        };
        *count += 1;
        line["status"] = status.into();
        let is_done = undone.is_ok();
        if let Err(refusal) = undone {
            say(format_args!("failed: {name}: {refusal}"));
            line["reason"] = json!(refusal.kind);
            line["message"] = refusal.message.into();
        }
        let mut results = console::results();
        if as_json {
            unwritten = writeln!(results, "{line}");
        } else if is_done {
            unwritten = writeln!(results, "{}: {words}", console::escaped(&name));
        }
        if unwritten.is_err() || interrupt::wanted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    unwritten?;
    say(format_args!("{restored} restored, {already} as they were already, {failed} failed"));
    if interrupt::wanted() && left > 0 {
        say(format_args!("stopped: {left} are left; the same command goes on"));
        return Ok(ExitCode::from(INTERRUPTED));
    }
    Ok(ExitCode::from(match failed {
        0 => 0,
        _ if restored + already == 0 => 2,
        _ => 1,
    }))
}

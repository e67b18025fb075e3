//! How `gtzan predict` tells its verdicts.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use extraction::{Failure, FailureKind};
use model::{Doubt, ModelBundle, UNSURE, Verdict};
use serde::Serialize;

use super::song::{Colours, bars, strip};
use crate::console::{self, say};

/// One line of `--json`.
#[derive(Serialize)]
struct Line {
    path: String,
    /// The name's bytes where it is no Unicode.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_percent_encoded: Option<String>,
    #[serde(flatten)]
    outcome: Outcome,
}

/// A verdict, or why there is none.
#[derive(Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum Outcome {
    /// The verdict.
    Ok(Verdict),
    /// Why there is none.
    Failed { error: String, kind: FailureKind },
}

impl From<Failure> for Outcome {
    fn from(Failure { kind, message, .. }: Failure) -> Self {
        Self::Failed { error: message, kind }
    }
}

/// How verdicts are told.
#[derive(Clone, Copy)]
pub enum Form {
    /// An object a line, for programs.
    Json,
    /// A line a song.
    Line,
    /// A bar a genre and a strip over time, on a terminal.
    Bars(Colours),
}

impl Form {
    /// What the reader of stdout wants.
    pub fn wanted(json: bool) -> Self {
        match (json, io::stdout().is_terminal()) {
            (true, _) => Self::Json,
            (false, true) => Self::Bars(Colours::of_terminal()),
            (false, false) => Self::Line,
        }
    }
}

/// Tells the verdicts.
pub struct Printer {
    form: Form,
    /// What the model has learnt from.
    learnt: &'static str,
    /// How many inputs were told of, and how many of them failed.
    told: usize,
    failed: usize,
}

impl Printer {
    /// Tells the verdicts of a model.
    pub fn new(form: Form, bundle: &ModelBundle) -> Self {
        let learnt = if bundle.inputs().spec().is_some() { "music" } else { "rows" };
        Self { form, learnt, told: 0, failed: 0 }
    }

    /// How many inputs were told of.
    pub fn told(&self) -> usize {
        self.told
    }

    /// The exit code after so many inputs: 0 where none failed, 1 where some did, 2 where all did.
    pub fn exit_code(&self, inputs: usize, what: &str) -> ExitCode {
        if self.failed == 0 {
            return ExitCode::SUCCESS;
        }
        say(format_args!("{} of {inputs} {what} failed", self.failed));
        ExitCode::from(if self.failed == inputs { 2 } else { 1 })
    }

    /// A line on stdout for a verdict; a failure is named on stderr, and with `--json` on stdout too.
    pub fn print(&mut self, path: &Path, outcome: Outcome) -> anyhow::Result<()> {
        self.told += 1;
        // A name that is no Unicode must not end the work on the others.
        let (name, path_percent_encoded) = (path.to_string_lossy().into_owned(), console::lossless(path));
        let line = Line { path: name, path_percent_encoded, outcome };
        if let Outcome::Failed { error, .. } = &line.outcome {
            self.failed += 1;
            say(format_args!("failed: {}: {error}", line.path));
        }
        if let Outcome::Ok(Verdict { decoded, .. }) = &line.outcome
            && !decoded.is_whole()
        {
            say(format_args!("lost: {}: {decoded}", line.path));
        }
        let mut stdout = console::results();
        match &line.outcome {
            _ if matches!(self.form, Form::Json) => writeln!(stdout, "{}", serde_json::to_string(&line)?)?,
            Outcome::Ok(verdict) if let Form::Bars(colours) = self.form => {
                let said = match (verdict.doubt, &verdict.genre) {
                    (None, Some(genre)) => genre,
                    (doubt, _) => &doubt.map_or(UNSURE.to_owned(), |doubt| unsure(doubt, self.learnt)),
                };
                writeln!(stdout, "{}: {}", console::escaped(&line.path), console::escaped(said))?;
                stdout.write_all(bars(&verdict.top, colours).as_bytes())?;
                // Rows of a table have no place in time, and so no strip.
                let timed = verdict.clips.iter().filter_map(|clip| Some((clip.start?, clip.end?, clip.genre.as_str())));
                let clips: Vec<_> = timed.collect();
                stdout.write_all(strip(&clips, &verdict.top, colours).as_bytes())?;
            }
            Outcome::Ok(Verdict { top, doubt, .. }) => {
                let top: Vec<String> =
                    top.iter().map(|score| format!("{} {:.1} %", score.genre, 100.0 * score.probability)).collect();
                let (path, top) = (console::escaped(&line.path), console::escaped(&top.join(", ")));
                match doubt {
                    None => writeln!(stdout, "{path}: {top}")?,
                    Some(doubt) => writeln!(stdout, "{path}: {} ({top})", unsure(*doubt, self.learnt))?,
                }
            }
            Outcome::Failed { .. } => (),
        }
        Ok(())
    }
}

/// The verdict that names no genre, with its reason; `learnt` is what the model has learnt from.
pub fn unsure(doubt: Doubt, learnt: &str) -> String {
    match doubt {
        Doubt::Unfamiliar => format!("unsure, unlike all {learnt} learnt from"),
        Doubt::Silent => "unsure, silence".to_owned(),
        Doubt::ChannelsCancel => "unsure, the channels cancel each other out: turn the phase of one".to_owned(),
        _ => UNSURE.to_owned(),
    }
}

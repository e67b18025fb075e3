//! `gtzan predict`: the genre of songs.

use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use dsp::{AudioInput, TrackFeatures};
use extraction::{Extraction, Failure, FailureKind, Progress, audio_files, chain};
use model::{Doubt, Listener, UNSURE, Verdict};
use serde::Serialize;
use trainer::backend::Backend;

use super::song::{Colours, bars, strip};
use crate::backend::{backends, device};
use crate::console::{self, say};
use crate::input;
use crate::progress::TrackBar;

/// Tell the genre of songs.
///
/// Each song is cut into clips as the model was trained on, and judged by the mean of the clips' probabilities; clips of
/// digital silence have no vote. The verdict is `unsure` where no genre is probable enough, or where most of the song is
/// unlike all music that the model has learnt from: noise, silence, much speech. What is enough belongs to the model, whose
/// card tells it. On a terminal every genre has a bar, and a longer song a strip of the verdict over time. `-` reads a song
/// from standard input.
///
/// Exits with 1 when some files failed (each is named, the others are classified) and with 2 when all did.
#[derive(clap::Args)]
pub struct Args {
    /// Audio files, and folders to be searched for them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A model's folder, the folder of the run that made it, or the name of one in the box, all trained on GTZAN:
    /// gtzan-features or the better gtzan-extended [default: gtzan-extended].
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    /// What computes the network.
    #[arg(long, value_name = "B", value_parser = backends(), default_value_t)]
    backend: Backend,
    /// How many genres to name for a song; on a terminal, all have a bar.
    #[arg(long, value_name = "K", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    top: u16,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

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

#[derive(Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum Outcome {
    Ok(Verdict),
    Failed { error: String, kind: FailureKind },
}

impl From<Failure> for Outcome {
    fn from(Failure { kind, message, .. }: Failure) -> Self {
        Self::Failed { error: message, kind }
    }
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let device = device(args.backend)?;
    let bundle = match &args.model {
        Some(model) => crate::bundle::load(model, &device)?.0,
        None => model::pretrained(&device)?,
    };
    let inputs = inputs(&args.paths);
    let songs: Vec<AudioInput> = inputs.iter().filter_map(|(_, input)| input.as_ref().ok()).cloned().collect();

    let bar = TrackBar::default();
    let form = match (args.json, io::stdout().is_terminal()) {
        (true, _) => Form::Json,
        (false, true) => Form::Bars(Colours::of_terminal()),
        (false, false) => Form::Line,
    };
    let mut printer = Printer { form, failed: 0 };
    // What was given, in its order: a path that leads nowhere is told in its place among the files.
    let mut waiting = inputs.iter();
    let extraction = Extraction { spec: bundle.spec().clone(), store: None, jobs: None };
    // Bars are for all genres.
    let top = if matches!(form, Form::Bars(_)) { bundle.labels().len() } else { usize::from(args.top) };
    let listener = Listener::new(bundle);
    bar.report(Progress::Started { what: "listening", tracks: songs.len() });
    for outcome in extraction.outcomes(songs) {
        bar.report(outcome.progress());
        let outcome = match outcome.result {
            Ok(track) => verdict(&listener, &track, top),
            Err(failure) => failure.into(),
        };
        bar.suspend(|| printer.next(&mut waiting, Some(outcome)))?;
        if console::nobody_reads() {
            break;
        }
    }
    bar.report(Progress::Finished);
    printer.next(&mut waiting, None)?;
    let failed = printer.failed;
    if failed == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!("{failed} of {} files failed", inputs.len()));
    Ok(ExitCode::from(if failed == inputs.len() { 2 } else { 1 }))
}

/// A path with what it leads to, or why it leads nowhere.
type Input = (PathBuf, Result<AudioInput, Failure>);

/// The files that the arguments stand for, in their order, each once.
fn inputs(paths: &[PathBuf]) -> Vec<Input> {
    let mut seen = HashSet::new();
    let mut inputs = Vec::new();
    for path in paths {
        if input::is_standard(path) {
            if seen.insert(path.clone()) {
                inputs.push((path.clone(), input::standard()));
            }
            continue;
        }
        match audio_files(std::slice::from_ref(path)) {
            Ok(found) => {
                let files = found.files.into_iter().filter(|file| seen.insert(file.clone()));
                inputs.extend(files.map(|file| (file.clone(), Ok(file.into()))));
                inputs.extend(found.unreadable.into_iter().map(|folder| (folder.name.into(), Err(folder.failure))));
                if !found.passed_over.is_empty() {
                    say(format_args!("passed over in {}: {}", path.display(), found.passed_over));
                }
            }
            Err(error) => inputs.push((path.clone(), Err(Failure::from(&error)))),
        }
    }
    inputs
}

fn verdict(listener: &Listener, track: &TrackFeatures, top: usize) -> Outcome {
    match listener.verdict(track) {
        Ok(mut verdict) => {
            verdict.top.truncate(top);
            Outcome::Ok(verdict)
        }
        Err(error) => Failure::new(FailureKind::Crashed, chain(&error)).into(),
    }
}

/// How verdicts are told.
#[derive(Clone, Copy)]
enum Form {
    /// An object a line, for programs.
    Json,
    /// A line a song.
    Line,
    /// A bar a genre and a strip over time, on a terminal.
    Bars(Colours),
}

/// Tells the verdicts.
struct Printer {
    form: Form,
    failed: usize,
}

impl Printer {
    /// Prints the paths that led to no file, up to and with the next file, whose verdict `outcome` is.
    fn next<'a>(
        &mut self,
        inputs: &mut impl Iterator<Item = &'a Input>,
        mut outcome: Option<Outcome>,
    ) -> anyhow::Result<()> {
        for input in inputs {
            match (input, outcome.take()) {
                ((path, Ok(_)), Some(outcome)) => return self.print(path, outcome),
                ((_, Ok(_)), None) => return Ok(()),
                ((path, Err(failure)), after) => {
                    self.print(path, failure.clone().into())?;
                    outcome = after;
                }
            }
        }
        Ok(())
    }

    /// A line on stdout for a verdict; a failure is named on stderr, and with `--json` on stdout too.
    fn print(&mut self, path: &Path, outcome: Outcome) -> anyhow::Result<()> {
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
                    (doubt, _) => doubt.map_or(UNSURE, unsure),
                };
                writeln!(stdout, "{}: {}", console::escaped(&line.path), console::escaped(said))?;
                stdout.write_all(bars(&verdict.top, colours).as_bytes())?;
                let clips: Vec<_> =
                    verdict.clips.iter().map(|clip| (clip.start, clip.end, clip.genre.as_str())).collect();
                stdout.write_all(strip(&clips, &verdict.top, colours).as_bytes())?;
            }
            Outcome::Ok(Verdict { top, doubt, .. }) => {
                let top: Vec<String> =
                    top.iter().map(|score| format!("{} {:.1} %", score.genre, 100.0 * score.probability)).collect();
                let (path, top) = (console::escaped(&line.path), console::escaped(&top.join(", ")));
                match doubt {
                    None => writeln!(stdout, "{path}: {top}")?,
                    Some(doubt) => writeln!(stdout, "{path}: {} ({top})", unsure(*doubt))?,
                }
            }
            Outcome::Failed { .. } => (),
        }
        Ok(())
    }
}

/// The verdict that names no genre, with its reason.
fn unsure(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Unfamiliar => "unsure, unlike all music learnt from",
        Doubt::Silent => "unsure, silence",
        Doubt::ChannelsCancel => "unsure, the channels cancel each other out: turn the phase of one",
        _ => UNSURE,
    }
}

//! `gtzan predict`: the genre of songs.

use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use model::{Doubt, GenreScore, ModelBundle, rank};
use serde::Serialize;
use trainer::backend::Backend;
use trainer::dataset::{ClipFeatures, Extraction, audio_files};
use trainer::pretrained;
use trainer::training::bundle_folder;

use super::song::{Colours, bars, strip};
use crate::progress::TrackBar;

/// Tell the genre of songs.
///
/// Each song is cut into clips as the model was trained on, and judged by the mean of the clips' probabilities. The verdict is
/// `unsure` where no genre is probable enough, or where most of the song is unlike all music that the model has learnt from:
/// noise, silence, much speech. On a terminal every genre has a bar, and a longer song a strip of the verdict over time.
///
/// Exits with 1 when some files failed (each is named, the others are classified) and with 2 when all did.
#[derive(clap::Args)]
pub struct Args {
    /// Audio files, and folders to be searched for them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A model's folder, or the folder of the run that made it [default: the built-in one, trained on GTZAN].
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    /// What computes the network.
    #[arg(long, value_name = "B", default_value_t)]
    backend: Backend,
    /// How many genres to name for a song; on a terminal, all have a bar.
    #[arg(long, value_name = "K", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    top: u16,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// The verdict that names no genre.
const UNSURE: &str = "unsure";

/// One line of `--json`.
#[derive(Serialize)]
struct Line {
    path: String,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum Outcome {
    Ok {
        /// The verdict: a genre, or `unsure`.
        genre: String,
        /// Probability of the most probable genre.
        confidence: f32,
        /// Why the verdict is `unsure`.
        #[serde(skip_serializing_if = "Option::is_none")]
        doubt: Option<Doubt>,
        top: Vec<GenreScore>,
        clips: Vec<ClipVerdict>,
    },
    Failed {
        error: String,
    },
}

#[derive(Serialize)]
struct ClipVerdict {
    /// Seconds from the start of the song.
    start: f64,
    end: f64,
    #[serde(flatten)]
    best: GenreScore,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let device = args.backend.device()?;
    let bundle = match &args.model {
        Some(model) => ModelBundle::load(&bundle_folder(model), &device)?,
        None => pretrained::load(&device)?,
    };
    let inputs = inputs(&args.paths);
    let files: Vec<&Path> = inputs.iter().filter_map(|input| input.as_ref().ok()).map(PathBuf::as_path).collect();

    let bar = TrackBar::default();
    let form = match (args.json, io::stdout().is_terminal()) {
        (true, _) => Form::Json,
        (false, true) => Form::Bars(Colours::of_terminal()),
        (false, false) => Form::Line,
    };
    let mut printer = Printer { form, failed: 0 };
    // What was given, in its order: a path that leads nowhere is told in its place among the files.
    let mut waiting = inputs.iter();
    let mut broken = None;
    let extraction = Extraction { spec: bundle.spec.clone(), cache: None, jobs: None };
    // Bars are for all genres.
    let top = if matches!(form, Form::Bars(_)) { bundle.labels.len() } else { usize::from(args.top) };
    let judge = |_: usize, clips: Vec<ClipFeatures>| verdict(&bundle, &clips, top);
    extraction.stream(&files, &|progress| bar.report(progress), judge, |result| {
        let outcome = result.unwrap_or_else(|failure| Outcome::Failed { error: failure.reason });
        match bar.suspend(|| printer.next(&mut waiting, Some(outcome))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                broken = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(error) = broken {
        return Err(error);
    }
    printer.next(&mut waiting, None)?;
    let failed = printer.failed;
    if failed == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(io::stderr(), "{failed} of {} files failed", inputs.len())?;
    Ok(ExitCode::from(if failed == inputs.len() { 2 } else { 1 }))
}

/// A file, or a path that leads to none with the reason.
type Input = Result<PathBuf, (PathBuf, String)>;

/// The files that the arguments stand for, in their order, each once.
fn inputs(paths: &[PathBuf]) -> Vec<Input> {
    let mut seen = HashSet::new();
    let mut inputs = Vec::new();
    for path in paths {
        match audio_files(std::slice::from_ref(path)) {
            Ok(files) => inputs.extend(files.into_iter().filter(|file| seen.insert(file.clone())).map(Ok)),
            Err(error) => inputs.push(Err((path.clone(), trainer::Error::chain(&error)))),
        }
    }
    inputs
}

fn verdict(bundle: &ModelBundle, clips: &[ClipFeatures], top: usize) -> Outcome {
    let rows: Vec<Vec<f32>> =
        clips.iter().map(|clip| clip.values.iter().map(|&value| value as f32).collect()).collect();
    let prediction = match bundle.predict(&rows) {
        Ok(prediction) => prediction,
        Err(error) => return Outcome::Failed { error: error.to_string() },
    };
    let best = |probabilities: &[f32]| rank(probabilities, 1, &bundle.labels).into_iter().next();
    let rate = f64::from(bundle.spec.sample_rate);
    let verdicts = clips.iter().zip(&prediction.clips).filter_map(|(clip, probabilities)| {
        let start = clip.start_sample as f64 / rate;
        Some(ClipVerdict { start, end: start + clip.samples as f64 / rate, best: best(probabilities)? })
    });
    match best(&prediction.song) {
        Some(GenreScore { genre, probability: confidence }) => {
            let doubt = prediction.doubt();
            let genre = if doubt.is_some() { UNSURE.to_owned() } else { genre };
            let (top, clips) = (prediction.top(top, &bundle.labels), verdicts.collect());
            Outcome::Ok { genre, confidence, doubt, top, clips }
        }
        None => Outcome::Failed { error: "the model named no genre".to_owned() },
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
                (Ok(path), Some(outcome)) => return self.print(path, outcome),
                (Ok(_), None) => return Ok(()),
                (Err((path, error)), after) => {
                    self.print(path, Outcome::Failed { error: error.clone() })?;
                    outcome = after;
                }
            }
        }
        Ok(())
    }

    /// A line on stdout for a verdict; a failure is named on stderr, and with `--json` on stdout too.
    fn print(&mut self, path: &Path, outcome: Outcome) -> anyhow::Result<()> {
        // A name that is no Unicode must not end the work on the others.
        let line = Line { path: path.display().to_string(), outcome };
        if let Outcome::Failed { error } = &line.outcome {
            self.failed += 1;
            let name = format!("{}: ", line.path);
            // Some errors begin with the file's name themselves.
            writeln!(io::stderr(), "failed: {name}{}", error.strip_prefix(&name).unwrap_or(error))?;
        }
        let mut stdout = io::stdout().lock();
        match &line.outcome {
            _ if matches!(self.form, Form::Json) => writeln!(stdout, "{}", serde_json::to_string(&line)?)?,
            Outcome::Ok { genre, top, doubt, clips, .. } if let Form::Bars(colours) = self.form => {
                writeln!(stdout, "{}: {}", line.path, doubt.map_or(genre.as_str(), |doubt| unsure(doubt)))?;
                stdout.write_all(bars(top, colours).as_bytes())?;
                let clips: Vec<_> = clips.iter().map(|clip| (clip.start, clip.end, clip.best.genre.as_str())).collect();
                stdout.write_all(strip(&clips, top, colours).as_bytes())?;
            }
            Outcome::Ok { top, doubt, .. } => {
                let top: Vec<String> =
                    top.iter().map(|score| format!("{} {:.1} %", score.genre, 100.0 * score.probability)).collect();
                let top = top.join(", ");
                match doubt {
                    None => writeln!(stdout, "{}: {top}", line.path)?,
                    Some(doubt) => writeln!(stdout, "{}: {} ({top})", line.path, unsure(*doubt))?,
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
        _ => UNSURE,
    }
}

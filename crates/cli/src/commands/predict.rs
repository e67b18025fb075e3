//! `gtzan predict`: the genre of songs.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use extraction::{Failure, FailureKind, Limits, chain};
use model::{ModelBundle, Verdict};
use trainer::backend::Backend;
use trainer::config::TrainConfig;
use trainer::dataset::{Unlabelled, unlabelled};

use super::limits::LimitArgs;
use super::listening::listen;
use super::playlists::Playlists;
use super::verdicts::{Form, Outcome, Printer};
use crate::backend::{backends, device};
use crate::console::{self, say};
use crate::input;
use crate::interrupt::{self, INTERRUPTED};

/// Tell the genre of songs.
///
/// Each song is cut into clips as the model was trained on, and judged by the mean of the clips' probabilities; clips of
/// digital silence have no vote. The verdict is `unsure` where no genre is probable enough, or where most of the song is
/// unlike all music that the model has learnt from: noise, silence, much speech. What is enough belongs to the model, whose
/// card tells it. On a terminal every genre has a bar, and a longer song a strip of the verdict over time. `-` reads a song
/// from standard input.
///
/// With --features, rows of a table are judged instead of audio: the descriptors as `gtzan extract` writes them, or the columns
/// that the model was trained on, found by name. Rows that are clips of one track, by their `filename`, vote together.
///
/// An album in one file beside which a CUE sheet lies is its tracks, called `album#03 So What.flac` and so on.
///
/// Several files are read by processes of their own, so that none can end or hang the others. Ctrl-C ends the work after the
/// songs that are being read, a second one at once.
///
/// Exits with 1 when some files failed (each is named, the others are classified), with 2 when all did, and with 130 after Ctrl-C.
#[derive(clap::Args)]
pub struct Args {
    /// Audio files, and folders to be searched for them.
    #[arg(required_unless_present = "features", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A table instead of audio: a CSV, a Parquet file, or a folder of Parquet parts. Labels aren't needed.
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    features: Option<PathBuf>,
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
    /// Write a playlist for each genre into this folder: jazz.m3u8 and so on. Paths in it are relative to the folder. `unsure` has
    /// none.
    #[arg(long, value_name = "DIR", conflicts_with = "features")]
    m3u: Option<PathBuf>,
    /// Replace playlists that are there.
    #[arg(long, requires = "m3u")]
    replace: bool,
    #[command(flatten)]
    limits: LimitArgs,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let device = device(args.backend)?;
    let bundle = match &args.model {
        Some(model) => crate::bundle::load(model, &device)?.0,
        None => model::pretrained(&device)?,
    };
    let form = Form::wanted(args.json);
    // Bars are for all genres.
    let top = if matches!(form, Form::Bars(_)) { bundle.labels().len() } else { usize::from(args.top) };
    let printer = Printer::new(form, &bundle);
    match &args.features {
        Some(table) => rows(table, &bundle, top, printer),
        None => {
            let playlists = match &args.m3u {
                Some(folder) => Some(Playlists::new(folder, bundle.labels().names(), args.replace)?),
                None => None,
            };
            songs(&args.paths, bundle, args.limits.limits()?, top, printer, playlists)
        }
    }
}

/// Judges audio files.
fn songs(
    paths: &[PathBuf],
    bundle: ModelBundle,
    limits: Limits,
    top: usize,
    mut printer: Printer,
    mut playlists: Option<Playlists>,
) -> anyhow::Result<ExitCode> {
    let songs = input::songs(paths);
    let count = songs.len();
    let inputs = songs.into_iter().map(|song| match song.input {
        Ok(input) => ((song.path, Ok(input.clone())), Some(input)),
        Err(failure) => ((song.path, Err(failure)), None),
    });
    listen(inputs.collect(), bundle, limits, |(path, input), heard| {
        if let (Some(playlists), Ok(input), Some(Ok(verdict))) = (&mut playlists, &input, &heard) {
            playlists.add(input, verdict);
        }
        let outcome = match (heard, input) {
            (Some(Ok(verdict)), _) => told(verdict, top),
            (Some(Err(failure)), _) | (None, Err(failure)) => failure.into(),
            (None, Ok(_)) => return Ok(ControlFlow::Continue(())),
        };
        printer.print(&path, outcome)?;
        // Playlists are read by others.
        Ok(if console::nobody_reads() && playlists.is_none() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    if interrupt::wanted() {
        let unwritten = if playlists.is_some() { ", and no playlists written" } else { "" };
        say(format_args!("stopped: {} of {count} files are done{unwritten}", printer.told()));
        return Ok(ExitCode::from(INTERRUPTED));
    }
    if let Some(playlists) = playlists {
        playlists.write()?;
    }
    Ok(printer.exit_code(count, "files"))
}

/// Tracks that are judged at a time.
const TRACKS: usize = 256;

/// Judges the rows of a table.
fn rows(table: &Path, bundle: &ModelBundle, top: usize, mut printer: Printer) -> anyhow::Result<ExitCode> {
    let allowed = TrainConfig::default().memory_bytes();
    let Unlabelled { tracks, values, failures, warnings } = unlabelled(table, bundle.inputs(), allowed)?;
    for warning in warnings {
        say(format_args!("warning: {warning}"));
    }
    let count = tracks.len() + failures.len();
    for failure in failures {
        printer.print(Path::new(&failure.name), failure.failure.into())?;
    }
    for tracks in tracks.chunks(TRACKS) {
        if console::nobody_reads() {
            break;
        }
        let mut songs = Vec::with_capacity(tracks.len());
        for (_, rows) in tracks {
            let mut song = Vec::new();
            values.gather(rows, &mut song)?;
            songs.push(song.chunks(values.width().max(1)).map(<[f32]>::to_vec).collect::<Vec<_>>());
        }
        let verdicts = match bundle.verdicts(&songs) {
            Ok(verdicts) => verdicts.into_iter().map(Ok).collect(),
            // One track's values are too extreme: which one shows when each is asked about alone.
            Err(_) => songs.iter().map(|song| bundle.verdicts(std::slice::from_ref(song))).map(one).collect::<Vec<_>>(),
        };
        for ((name, _), verdict) in tracks.iter().zip(verdicts) {
            let outcome = match verdict {
                Ok(verdict) => told(verdict, top),
                Err(error) => Failure::new(FailureKind::BadRow, chain(&error)).into(),
            };
            printer.print(Path::new(name), outcome)?;
        }
    }
    Ok(printer.exit_code(count, "tracks and rows"))
}

/// The only verdict.
fn one(verdicts: model::Result<Vec<Verdict>>) -> model::Result<Verdict> {
    verdicts?.pop().ok_or(model::Error::NoRows)
}

/// A verdict with as many genres as are wanted.
fn told(mut verdict: Verdict, top: usize) -> Outcome {
    verdict.top.truncate(top);
    Outcome::Ok(verdict)
}

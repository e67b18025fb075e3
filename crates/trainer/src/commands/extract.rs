//! `gtzan extract`: audio files to a table of features.

use std::io::{self, Write};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use dsp::{Convention, FeatureSpec};
use trainer::dataset::csv::Record;
use trainer::dataset::{
    Cache, ClipFeatures, ContentHash, Extraction, Format, Sheet, SheetTrack, TrackFeatures, audio_files, distinct_names,
};

use crate::progress::TrackBar;

/// Compute the 57 features of audio files, as a CSV with the columns of GTZAN's features_30_sec.csv or as Parquet.
///
/// A track of up to one and a half clip lengths is one row, whole and under its own name, `blues.00000.wav`; a longer one
/// is a row per whole clip, `blues.00000.0.wav` and so on, even if that is only one. The label is the name of the folder
/// that the file lies in. Rows come in the order of the arguments and of the names in a folder.
///
/// Files that fail are named on stderr and in FILE's neighbour STEM.failures.csv (path, reason), which is removed when
/// none fails. Parquet has a row for them too, with nulls, and after the CSV's columns path, status (ok or failed), error,
/// content_hash (BLAKE3) and feature_spec.
///
/// Features are kept in $GTZAN_CACHE, or else artifacts/cache, by the file's content and the version of the features, and
/// found there when the same audio comes again: a run that was stopped continues when it is started again. While it works,
/// FILE is renewed every few seconds with the rows so far, unless a larger one is there from before. It is always written
/// aside and renamed, so that it's whole at any moment.
///
/// Exits with 1 when some files failed and with 2 when no features were written.
#[derive(clap::Args)]
pub struct Args {
    /// Audio files, and folders to be searched for them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How to write it.
    #[arg(long, value_enum, default_value_t)]
    format: Kind,
    /// Length of a clip in seconds.
    #[arg(long, value_name = "S", default_value_t = 30.0)]
    clip_seconds: f64,
    /// Whose numbers to give: librosa-0.7 (the dataset's own) or librosa-0.11.
    #[arg(long, default_value_t)]
    convention: Convention,
    /// Files worked on at a time [default: one per core].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
}

/// The names of [`Format`] on the command line.
#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum Kind {
    #[default]
    Csv,
    Parquet,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.out.is_dir() {
        bail!("{}: is a folder; --out takes the name of a file", args.out.display());
    }
    let files = audio_files(&args.paths)?;
    let names = distinct_names(&files);
    let labels = files.iter().map(|path| label(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let spec = FeatureSpec::features(args.convention, args.clip_seconds);
    let format = match args.format {
        Kind::Csv => Format::Csv,
        Kind::Parquet => Format::Parquet,
    };
    let mut sheet = Sheet::new(args.out.clone(), format, &spec);
    let clip_samples = spec.clip_samples();
    let extraction = Extraction { spec, cache: Some(Cache::standard()), jobs: args.jobs };
    let bar = TrackBar::default();
    let start = Instant::now();
    let done = stream(&extraction, &files, &names, &labels, &bar, &mut sheet, clip_samples)?;
    let seconds = start.elapsed().as_secs_f64();

    let failures = sheet.write_failures()?;
    let usable = done.computed + done.reused;
    if usable == 0 {
        bail!("no features: none of the {} files can be used", files.len());
    }
    sheet.finish()?;
    let sound = done.samples as f64 / f64::from(extraction.spec.sample_rate);
    let speed = match done.computed {
        0 => String::new(),
        tracks => format!(", {:.1} tracks/s, {:.0} × real time", tracks as f64 / seconds, sound / seconds),
    };
    writeln!(
        io::stdout(),
        "{} rows of {usable} tracks in {} ({} computed in {seconds:.1} s{speed}; {} reused; {} failed)",
        sheet.rows().count(),
        args.out.display(),
        done.computed,
        done.reused,
        files.len() - usable
    )?;
    let Some(failures) = failures else { return Ok(ExitCode::SUCCESS) };
    writeln!(io::stderr(), "{} of {} files failed, see {}", files.len() - usable, files.len(), failures.display())?;
    Ok(ExitCode::from(1))
}

/// Tracks that gave features.
#[derive(Default)]
struct Done {
    computed: usize,
    reused: usize,
    /// Samples of the computed ones.
    samples: usize,
}

/// Puts the tracks into the sheet, in their order.
fn stream(
    extraction: &Extraction,
    files: &[PathBuf],
    names: &[String],
    labels: &[String],
    bar: &TrackBar,
    sheet: &mut Sheet,
    clip_samples: usize,
) -> anyhow::Result<Done> {
    let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let keep = |at: usize, track: TrackFeatures| {
        (rows(&names[at], &labels[at], track.clips, clip_samples), track.content, track.reused)
    };
    let mut done = Done::default();
    let mut broken = None;
    let mut inputs = files.iter().zip(names).zip(labels);
    extraction.stream_tracks(&paths, &|progress| bar.report(progress), keep, |result| {
        let Some(((path, name), label)) = inputs.next() else { return ControlFlow::Break(()) };
        let (content, outcome) = match result {
            Ok((rows, content, reused)) => {
                if reused {
                    done.reused += 1;
                } else {
                    done.computed += 1;
                    done.samples += rows.iter().map(|row| row.length).sum::<usize>();
                }
                (content, Ok(rows))
            }
            Err(failure) => {
                // A closed stderr is no reason to stop; the failure is told in the file too.
                let _ = bar.suspend(|| writeln!(io::stderr(), "failed: {failure}"));
                (ContentHash::of(path).ok(), Err(failure.reason))
            }
        };
        let (path, filename, label) = (path.display().to_string(), name.clone(), label.clone());
        match sheet.push(SheetTrack { path, filename, label, content, outcome }) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                broken = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    match broken {
        Some(error) => Err(error.into()),
        None => Ok(done),
    }
}

/// The rows of a track: numbered, unless it is a single one that was taken whole. One that has exactly a clip's length may
/// have been cut from a longer track.
fn rows(name: &str, label: &str, clips: Vec<ClipFeatures>, clip_samples: usize) -> Vec<Record> {
    let whole = matches!(clips.as_slice(), [clip] if clip.samples != clip_samples);
    let (stem, ending) = name.rsplit_once('.').map_or((name, String::new()), |(stem, e)| (stem, format!(".{e}")));
    let record = |(k, clip): (usize, ClipFeatures)| Record {
        filename: if whole { name.to_owned() } else { format!("{stem}.{k}{ending}") },
        length: clip.samples,
        values: clip.values,
        label: label.to_owned(),
    };
    clips.into_iter().enumerate().map(record).collect()
}

/// The name of the folder that a file lies in.
fn label(path: &Path) -> anyhow::Result<String> {
    let absolute = std::path::absolute(path).with_context(|| path.display().to_string())?;
    let folder = absolute.parent().and_then(Path::file_name);
    let folder = folder.with_context(|| format!("{}: lies in no folder that could name its genre", path.display()))?;
    Ok(folder.to_string_lossy().into_owned())
}

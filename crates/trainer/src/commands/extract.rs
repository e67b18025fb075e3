//! `gtzan extract`: audio files to a features CSV.

use std::io::{self, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use dsp::{Convention, FeatureSpec};
use trainer::dataset::csv::{self, Record};
use trainer::dataset::{Cache, ClipFeatures, Extraction, Failure, audio_files, distinct_names};

use crate::progress::TrackBar;

/// Compute the 57 features of audio files, as a CSV with the columns of GTZAN's features_30_sec.csv.
///
/// A track of up to one and a half clip lengths is one row, `blues.00000.wav`; a longer one is a row per whole clip,
/// `blues.00000.0.wav` and so on. The label is the name of the folder that the file lies in. Features are kept in
/// $GTZAN_CACHE, or else artifacts/cache, and found there when the same audio comes again.
///
/// Exits with 1 when some files failed (each is named, the others are written) and with 2 when nothing was written.
#[derive(clap::Args)]
pub struct Args {
    /// Audio files, and folders to be searched for them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The CSV to write.
    #[arg(long, value_name = "FILE.csv")]
    out: PathBuf,
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

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.out.is_dir() {
        bail!("{}: is a folder; --out takes the name of a CSV", args.out.display());
    }
    let files = audio_files(&args.paths)?;
    let names = distinct_names(&files);
    let labels = files.iter().map(|path| label(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let extraction = Extraction {
        spec: FeatureSpec::features(args.convention, args.clip_seconds),
        cache: Some(Cache::standard()),
        jobs: args.jobs,
    };
    let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let bar = TrackBar::default();
    let start = Instant::now();
    let results =
        extraction.run(&paths, &|progress| bar.report(progress), |at, clips| rows(&names[at], &labels[at], clips))?;
    let seconds = start.elapsed().as_secs_f64();

    let (mut records, mut failures) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(rows) => records.extend(rows),
            Err(failure) => failures.push(failure),
        }
    }
    name_failures(&failures)?;
    let done = files.len() - failures.len();
    if done == 0 {
        bail!("no features: none of the {} files can be used", files.len());
    }
    csv::write(&args.out, &records)?;
    let samples: usize = records.iter().map(|record| record.length).sum();
    let sound = samples as f64 / f64::from(extraction.spec.sample_rate);
    writeln!(
        io::stdout(),
        "{} rows of {done} tracks in {} ({:.1} s, {:.1} tracks/s, {:.0} × real time)",
        records.len(),
        args.out.display(),
        seconds,
        done as f64 / seconds,
        sound / seconds
    )?;
    if failures.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(io::stderr(), "{} of {} files failed", failures.len(), files.len())?;
    Ok(ExitCode::from(1))
}

/// One line per failed file on stderr.
fn name_failures(failures: &[Failure]) -> io::Result<()> {
    let mut err = io::stderr().lock();
    failures.iter().try_for_each(|failure| writeln!(err, "failed: {failure}"))
}

/// The rows of a track: under its own name when it's one clip, else numbered.
fn rows(name: &str, label: &str, clips: Vec<ClipFeatures>) -> Vec<Record> {
    let whole = clips.len() == 1;
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

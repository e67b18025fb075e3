//! `gtzan extract`: audio files to a table of features.

use std::io::Write;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use dsp::{AudioInput, ClipLength, Convention, Descriptors, FeatureSpec};
use extraction::{
    Cache, Extraction, FailedInput, Format, Outcome, Progress, Sheet, SheetTrack, SongFinder, Songs, audio_files,
    chain, check_output, distinct_names,
};

use super::limits::{LimitArgs, workers};
use crate::console::{self, say};
use crate::interrupt::{self, INTERRUPTED};
use crate::progress::TrackBar;

/// Compute features of audio files, as a CSV with the columns of GTZAN's features_30_sec.csv or as Parquet.
///
/// A track of up to one and a half clip lengths is one row, whole and under its own name, `blues.00000.wav`; a longer one
/// is a row per whole clip, `blues.00000.0.wav` and so on, even if that is only one. A whole track whose own name ends in a
/// number, as a clip's does, is the clip 0 of itself: `live.1.0.wav`. The label is the name of the folder that the file lies
/// in. Rows come in the order of the arguments and of the names in a folder. An album in one file beside which a CUE sheet
/// lies is its tracks, called `album#03 So What.flac` and so on.
///
/// Files that fail are named on stderr and in FILE's neighbour STEM.failures.csv (path, reason), which is removed when
/// none fails. Parquet has a row for them too, with nulls, and after the CSV's columns path, status (ok or failed), error,
/// content_hash (BLAKE3) and feature_spec. A track of which up to a tenth is lost in damaged packets is used, and named on
/// stderr; one that lost more is a failure.
///
/// Features are kept in $GTZAN_CACHE, or else artifacts/cache, by the file's content and the version of the features, and
/// found there when the same audio comes again: a run that was stopped continues when it is started again. While it works,
/// FILE is renewed every few seconds with the rows so far, unless a larger one is there from before. It is always written
/// aside and renamed, so that it's whole at any moment. A file that is no table of features is never replaced.
///
/// Several files are read by processes of their own, so that none can end or hang the others: a file on which one dies or takes
/// too long, twice, is a failure. Ctrl-C ends the work after the files that are being read, with a table of those that are done
/// and exit code 130; a second one ends it at once.
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
    /// How to write it [default: parquet if FILE ends so, else csv].
    #[arg(long, value_enum)]
    format: Option<Kind>,
    /// Add columns on the decoding: packets, packets_lost, seconds_lost, broke_off (where in seconds the sound ends early).
    #[arg(long)]
    decode_report: bool,
    /// Length of a clip in seconds.
    #[arg(long, value_name = "S", default_value_t = ClipLength::TRACK)]
    clip_seconds: ClipLength,
    /// Whose numbers to give: librosa-0.7 (the dataset's own) or librosa-0.11.
    #[arg(long, default_value_t)]
    convention: Convention,
    /// Which features: classic (the dataset's 57) or extended (these and 292 more, which a model hears more in).
    #[arg(long, value_name = "SET", default_value_t)]
    descriptors: Descriptors,
    #[command(flatten)]
    limits: LimitArgs,
    /// Files worked on at a time [default: one per core].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
}

/// The names of [`Format`] on the command line.
#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Kind {
    Csv,
    Parquet,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.out.is_dir() {
        bail!("{}: is a folder; --out takes the name of a file", args.out.display());
    }
    let format = format(&args.out, args.format)?;
    let found = audio_files(&args.paths)?;
    check_output(&args.out, &found.files)?;
    let Songs { inputs: songs, unreadable, sheets_refused, passed_over } = SongFinder::default().songs(found);
    let names = distinct_names(&songs.iter().map(AudioInput::name).collect::<Vec<_>>());
    let labels = songs.iter().filter_map(AudioInput::path).map(label).collect::<anyhow::Result<Vec<_>>>()?;
    let spec = FeatureSpec::features(args.convention, args.clip_seconds).with_descriptors(args.descriptors)?;
    let mut sheet = Sheet::new(args.out.clone(), format, &spec, args.decode_report);
    if !passed_over.is_empty() {
        say(format_args!("passed over: {passed_over}"));
    }
    for sheet in sheets_refused {
        say(format_args!("warning: not used: {sheet}"));
    }
    for folder in &unreadable {
        say(format_args!("failed: {folder}"));
        sheet.push_failure(folder)?;
    }
    interrupt::listen().context("can't listen for Ctrl-C")?;
    let extraction = Extraction {
        store: Some(Arc::new(Cache::standard())),
        jobs: args.jobs,
        limits: args.limits.limits()?,
        workers: if songs.len() > 1 { workers()? } else { None },
        stop: Some(interrupt::flag()),
        ..Extraction::new(spec)
    };
    let inputs = songs.len() + unreadable.len();
    let names = names.into_iter().zip(labels).map(|(name, label)| Named { name, label });
    let mut done = Done { failed: unreadable.len(), ..Done::default() };
    done.fill(&mut sheet, &extraction, songs, names.collect())?;

    let failures = sheet.write_failures()?;
    if interrupt::wanted() {
        return done.stopped(&mut sheet, &args.out, inputs);
    }
    if done.computed + done.reused == 0 {
        bail!("no features: none of the {inputs} files can be used");
    }
    sheet.publish()?;
    writeln!(console::results(), "{}", done.summary(&args.out, sheet.rows()))?;
    let Some(failures) = failures else { return Ok(ExitCode::SUCCESS) };
    say(format_args!("{} of {inputs} files failed, see {}", done.failed, failures.display()));
    Ok(ExitCode::from(1))
}

/// How to write `out`: as it is called, unless it's called otherwise.
fn format(out: &Path, wanted: Option<Kind>) -> anyhow::Result<Format> {
    let ending = out.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let named = match ending.as_deref() {
        Some("csv") => Some(Kind::Csv),
        Some("parquet") => Some(Kind::Parquet),
        _ => None,
    };
    match (named, wanted) {
        (Some(Kind::Csv), Some(Kind::Parquet)) | (Some(Kind::Parquet), Some(Kind::Csv)) => {
            bail!("{}: its ending contradicts --format; change one of them", out.display())
        }
        (Some(Kind::Parquet), _) | (_, Some(Kind::Parquet)) => Ok(Format::Parquet),
        _ => Ok(Format::Csv),
    }
}

/// What a track is called in the table.
struct Named {
    name: String,
    label: String,
}

/// What became of the tracks.
#[derive(Default)]
struct Done {
    computed: usize,
    reused: usize,
    failed: usize,
    /// Tracks of which a part is lost.
    damaged: usize,
    /// Seconds of sound in the computed ones.
    sound: f64,
    time: Duration,
}

impl Done {
    /// Puts the tracks into the sheet, in their order.
    fn fill(
        &mut self,
        sheet: &mut Sheet,
        extraction: &Extraction,
        songs: Vec<AudioInput>,
        names: Vec<Named>,
    ) -> anyhow::Result<()> {
        let bar = TrackBar::default();
        let start = Instant::now();
        bar.report(Progress::Started { what: "extracting", tracks: songs.len() });
        let mut outcomes = extraction.outcomes(songs);
        let mut warned = false;
        for Named { name: filename, label } in names {
            let Some(outcome) = outcomes.next() else { break };
            bar.report(outcome.progress());
            if let Some(error) = outcomes.store_error().filter(|_| !warned) {
                // Told once: the same happens to all that follow.
                warned = true;
                bar.suspend(|| say(format_args!("warning: features are not kept for the next time: {}", chain(error))));
            }
            let Outcome { name: path, content, reused, result } = outcome;
            match &result {
                Ok(_) if reused => self.reused += 1,
                Ok(features) => {
                    self.computed += 1;
                    self.sound += features.decoded.seconds;
                }
                Err(failure) => {
                    self.failed += 1;
                    let failed = FailedInput { name: path.clone(), failure: failure.clone() };
                    bar.suspend(|| say(format_args!("failed: {failed}")));
                }
            }
            if let Ok(features) = &result
                && !features.decoded.is_whole()
            {
                self.damaged += 1;
                bar.suspend(|| say(format_args!("lost: {path}: {}", features.decoded)));
            }
            let result = result.map_err(|failure| failure.message);
            sheet.push(&SheetTrack { path, filename, label, content, result })?;
        }
        bar.report(Progress::Finished);
        self.time = start.elapsed();
        Ok(())
    }

    /// What there is of a work that was ended early.
    fn stopped(&self, sheet: &mut Sheet, out: &Path, inputs: usize) -> anyhow::Result<ExitCode> {
        let done = self.computed + self.reused + self.failed;
        say(format_args!("stopped: {done} of {inputs} files are done; the same command goes on"));
        if self.computed + self.reused > 0 && sheet.publish_larger()? {
            writeln!(console::results(), "{}", self.summary(out, sheet.rows()))?;
        }
        Ok(ExitCode::from(INTERRUPTED))
    }

    /// The line on stdout.
    fn summary(&self, out: &Path, rows: u64) -> String {
        let Self { computed, reused, failed, damaged, sound, .. } = self;
        let seconds = self.time.as_secs_f64();
        let speed = match computed {
            0 => String::new(),
            tracks => format!(", {:.1} tracks/s, {:.0} × real time", *tracks as f64 / seconds, sound / seconds),
        };
        let damaged = match damaged {
            0 => String::new(),
            tracks => format!("; {tracks} with losses"),
        };
        format!(
            "{rows} rows of {} tracks in {} ({computed} computed in {seconds:.1} s{speed}; {reused} reused; {failed} failed{damaged})",
            computed + reused,
            out.display()
        )
    }
}

/// The name of the folder that a file lies in.
fn label(path: &Path) -> anyhow::Result<String> {
    let absolute = std::path::absolute(path).with_context(|| path.display().to_string())?;
    let folder = absolute.parent().and_then(Path::file_name);
    let folder = folder.with_context(|| format!("{}: lies in no folder that could name its genre", path.display()))?;
    Ok(folder.to_string_lossy().into_owned())
}

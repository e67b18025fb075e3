//! The file that extraction writes, whole at any moment.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dsp::{DecodeReport, Descriptors, FeatureSpec, TrackFeatures};

use crate::csv::{self, Record, row_name};
use crate::error::{Error, Result};
use crate::files;
use crate::outcome::FailedInput;
use crate::output;
use crate::parquet;
use crate::spool::Spool;
use crate::store::ContentHash;

/// Time between two renewals, at least.
const INTERVAL: Duration = Duration::from_secs(2);

/// Renewing the file takes at most this part of the time: all rows are written each time.
const SHARE: u32 = 20;

/// Columns of what is known of the decoding, the last of a table that has them: packets, those that couldn't be decoded,
/// seconds of sound lost with them, and where in seconds the sound broke off, if it did.
pub const DECODE_COLUMNS: [&str; 4] = ["packets", "packets_lost", "seconds_lost", "broke_off"];

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// The dataset's CSV: one row per clip, none for a failed track.
    #[default]
    Csv,
    /// Apache Parquet: the CSV's columns, then `path`, `status`, `error`, `content_hash` and `feature_spec`; one row per
    /// clip, and one with nulls for a failed track.
    Parquet,
}

/// A track in a table.
#[derive(Debug, Clone, PartialEq)]
pub struct SheetTrack {
    /// The file as it was found.
    pub path: String,
    /// Its name in the table.
    pub filename: String,
    /// The genre.
    pub label: String,
    /// Hash of the file, unless it couldn't be read.
    pub content: Option<ContentHash>,
    /// Its features, or why there are none.
    pub result: Result<TrackFeatures, String>,
}

/// A features file that grows track by track. It is always written aside and renamed: whoever looks, even after the
/// process was killed, finds a whole file with the tracks so far. Memory doesn't grow with the number of tracks: rows wait
/// in a nameless file on the same disk.
#[derive(Debug)]
pub struct Sheet {
    path: PathBuf,
    format: Format,
    /// Whether the table has [`DECODE_COLUMNS`].
    decoding: bool,
    descriptors: Descriptors,
    spec: String,
    clip_samples: usize,
    /// The rows as CSV, which is the content of a CSV table below its header.
    waiting: Option<Spool>,
    failed: Option<Spool>,
    rows: u64,
    /// How much the file that was there before holds. Until all is done, it's only replaced by one with more.
    before: u64,
    /// When the file is to be renewed.
    due: Instant,
}

impl Sheet {
    /// The file at `path`, which is not touched yet, for tracks of which `spec` describes the features. With `decoding`,
    /// [`DECODE_COLUMNS`] follow the others. Ask [`check_output`](crate::check_output) first.
    pub fn new(path: PathBuf, format: Format, spec: &FeatureSpec, decoding: bool) -> Self {
        Self {
            before: output::measure(&path, format),
            path,
            format,
            decoding,
            descriptors: spec.descriptors().unwrap_or_default(),
            spec: spec.fingerprint(),
            clip_samples: spec.clip_samples(),
            waiting: None,
            failed: None,
            rows: 0,
            due: Instant::now(),
        }
    }

    /// Adds a track, and renews the file if the last time is long enough ago.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn push(&mut self, track: &SheetTrack) -> Result<()> {
        self.try_push(track).map_err(Error::write(&self.path))?;
        let start = Instant::now();
        if self.rows == 0 || start < self.due || self.size() < self.before {
            return Ok(());
        }
        self.publish()?;
        let end = Instant::now();
        self.due = end + INTERVAL.max(SHARE * (end - start));
        Ok(())
    }

    /// Writes the file with the tracks so far, unless the one that was there before holds more; tells whether it did.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn publish_larger(&mut self) -> Result<bool> {
        let larger = self.size() >= self.before;
        if larger {
            self.publish()?;
        }
        Ok(larger)
    }

    /// Adds an input that failed to the list of failures only: a folder is no track.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn push_failure(&mut self, input: &FailedInput) -> Result<()> {
        self.note_failure(&input.name, &input.failure.message).map_err(Error::write(&self.path))
    }

    /// Rows of clips so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes the inputs that failed beside the file, to `STEM.failures.csv` with the columns `path` and `reason`; removes
    /// an old file of that name when there are none. Gives its path if it's there.
    ///
    /// # Errors
    /// The file can't be written or removed.
    pub fn write_failures(&mut self) -> Result<Option<PathBuf>> {
        let path = output::failures_of(&self.path);
        let Some(failed) = &mut self.failed else {
            return match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::write(&path)(error)),
                _ => Ok(None),
            };
        };
        files::write(&path, |out| {
            out.write_all(b"path,reason\n")?;
            failed.read(|rows| io::copy(rows, out)).map(|_| ())
        })?;
        Ok(Some(path))
    }

    fn try_push(&mut self, track: &SheetTrack) -> io::Result<()> {
        let rows = self.text(track)?;
        spool(&mut self.waiting, &self.path)?.push(&rows)?;
        match &track.result {
            Ok(features) => self.rows += features.clips.len() as u64,
            Err(reason) => self.note_failure(&track.path, reason)?,
        }
        Ok(())
    }

    fn note_failure(&mut self, path: &str, reason: &str) -> io::Result<()> {
        let mut csv = ::csv::Writer::from_writer(Vec::new());
        csv.write_record([path, reason])?;
        spool(&mut self.failed, &self.path)?.push(&inner(csv)?)
    }

    /// The rows of a track as CSV: for Parquet with its columns, where an empty cell is a null.
    fn text(&self, track: &SheetTrack) -> io::Result<Vec<u8>> {
        let mut csv = ::csv::Writer::from_writer(Vec::new());
        let parquet = self.format == Format::Parquet;
        let content = track.content.map(|hash| hash.to_string()).unwrap_or_default();
        match &track.result {
            Ok(features) => {
                // A clip that has exactly a clip's length may have been cut from a longer track.
                let whole = matches!(features.clips.as_slice(), [clip] if clip.samples != self.clip_samples);
                for (at, clip) in features.clips.iter().enumerate() {
                    let record = Record {
                        filename: row_name(&track.filename, at, whole),
                        length: clip.samples,
                        values: clip.values.clone(),
                        label: track.label.clone(),
                    };
                    csv::write_cells(&mut csv, &record)?;
                    if parquet {
                        [&track.path, "ok", "", &content].iter().try_for_each(|cell| csv.write_field(cell))?;
                    }
                    if self.decoding {
                        decode_cells(&features.decoded).iter().try_for_each(|cell| csv.write_field(cell))?;
                    }
                    csv.write_record(None::<&[u8]>)?;
                }
            }
            Err(reason) if parquet => {
                let nulls = || std::iter::repeat_n("", 1 + self.descriptors.columns().len());
                let row = [track.filename.as_str()].into_iter().chain(nulls()).chain([track.label.as_str()]);
                let row = row.chain([track.path.as_str(), "failed", reason, &content]);
                csv.write_record(row.chain(nulls().take(if self.decoding { DECODE_COLUMNS.len() } else { 0 })))?;
            }
            Err(_) => (),
        }
        inner(csv)
    }

    /// How much the file would hold now, in the measure of `before`.
    fn size(&self) -> u64 {
        match self.format {
            Format::Csv => self.header().len() as u64 + self.waiting.as_ref().map_or(0, Spool::bytes),
            Format::Parquet => self.rows,
        }
    }

    /// The first line of a CSV.
    fn header(&self) -> String {
        let more = if self.decoding { &DECODE_COLUMNS[..] } else { &[] };
        let names: Vec<&str> = csv::columns(self.descriptors).chain(more.iter().copied()).collect();
        names.join(",") + "\n"
    }

    /// Writes the file anew, with all tracks so far.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn publish(&mut self) -> Result<()> {
        let header = self.header();
        let Self { path, format, descriptors, decoding, spec, waiting, .. } = self;
        let waiting = spool(waiting, path).map_err(Error::write(path))?;
        files::write(path, |out| {
            waiting.read(|rows| match format {
                Format::Csv => {
                    out.write_all(header.as_bytes())?;
                    io::copy(rows, out).map(|_| ())
                }
                Format::Parquet => parquet::write(out, rows, *descriptors, spec, *decoding),
            })
        })
    }
}

/// The spool, made when it's needed.
fn spool<'a>(spool: &'a mut Option<Spool>, path: &Path) -> io::Result<&'a mut Spool> {
    match spool {
        Some(spool) => Ok(spool),
        none => Ok(none.insert(Spool::new(files::folder_of(path))?)),
    }
}

fn inner(csv: ::csv::Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    csv.into_inner().map_err(|error| error.into_error())
}

/// The cells of [`DECODE_COLUMNS`].
fn decode_cells(report: &DecodeReport) -> [String; 4] {
    [
        report.packets.to_string(),
        report.packets_lost.to_string(),
        csv::number(report.seconds_lost),
        report.broke_off.map(csv::number).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests;

//! The file that extraction writes, whole at any moment.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use dsp::FeatureSpec;

use super::csv::{self, Record};
use super::{ContentHash, parquet};
use crate::error::Result;
use crate::files;

/// Time between two renewals, at least.
const INTERVAL: Duration = Duration::from_secs(2);

/// Renewing the file takes at most this part of the time: all rows are written each time.
const SHARE: u32 = 20;

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

/// What became of a track.
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
    /// A row per clip, or why there is none.
    pub outcome: Result<Vec<Record>, String>,
}

/// A features file that grows track by track. It is always written aside and renamed: whoever looks, even after the
/// process was killed, finds a whole file with the tracks so far.
#[derive(Debug)]
pub struct Sheet {
    path: PathBuf,
    format: Format,
    spec: String,
    tracks: Vec<SheetTrack>,
    /// Bytes of the file that was there before. Until all is done, it's only replaced by one with more.
    before: u64,
    /// When the file is to be renewed.
    due: Instant,
}

impl Sheet {
    /// The file at `path`, which is not touched yet.
    pub fn new(path: PathBuf, format: Format, spec: &FeatureSpec) -> Self {
        let before = std::fs::metadata(&path).map_or(0, |there| there.len());
        Self { path, format, spec: spec.fingerprint(), tracks: Vec::new(), before, due: Instant::now() }
    }

    /// Adds a track, and renews the file if the last time is long enough ago.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn push(&mut self, track: SheetTrack) -> Result<()> {
        self.tracks.push(track);
        let start = Instant::now();
        if start < self.due || self.rows().next().is_none() {
            return Ok(());
        }
        let content = self.content().map_err(crate::Error::write(&self.path))?;
        if content.len() as u64 >= self.before {
            files::write(&self.path, |out| out.write_all(&content))?;
        }
        let end = Instant::now();
        self.due = end + INTERVAL.max(SHARE * (end - start));
        Ok(())
    }

    /// Writes all tracks.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn finish(&self) -> Result<()> {
        files::write(&self.path, |out| self.write(out))
    }

    /// The rows of all tracks that didn't fail.
    pub fn rows(&self) -> impl Iterator<Item = &Record> {
        self.tracks.iter().filter_map(|track| track.outcome.as_ref().ok()).flatten()
    }

    /// The tracks that failed, with the reason.
    pub fn failures(&self) -> impl Iterator<Item = (&SheetTrack, &str)> {
        self.tracks.iter().filter_map(|track| Some((track, track.outcome.as_ref().err()?.as_str())))
    }

    /// Writes the failed tracks beside the file, to `STEM.failures.csv` with the columns `path` and `reason`; removes an
    /// old file of that name when there are none. Gives its path if it's there.
    ///
    /// # Errors
    /// The file can't be written or removed.
    pub fn write_failures(&self) -> Result<Option<PathBuf>> {
        let path = self.path.with_extension("failures.csv");
        if self.failures().next().is_none() {
            return match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(crate::Error::write(&path)(error)),
                _ => Ok(None),
            };
        }
        files::write(&path, |out| {
            let mut csv = ::csv::Writer::from_writer(out);
            csv.write_record(["path", "reason"])?;
            for (track, reason) in self.failures() {
                csv.write_record([track.path.as_str(), reason])?;
            }
            csv.flush()
        })?;
        Ok(Some(path))
    }

    fn content(&self) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        self.write(&mut content)?;
        Ok(content)
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        match self.format {
            Format::Csv => csv::write(out, self.rows()),
            Format::Parquet => parquet::write(out, &self.tracks, &self.spec),
        }
    }
}

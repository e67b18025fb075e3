//! What was done to files, and how to undo it: a line of JSON for each, on the disk before the file is replaced.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use super::rebuild::{Content, Piece};
use super::refusal::{Refusal, RefusalKind};
use crate::error::{Error, Result};
use crate::files::{folder_of, sync_folder};
use crate::source;

/// The first line, by which a journal is known.
#[derive(Serialize, Deserialize, PartialEq)]
struct Head {
    journal: String,
    version: u32,
}

impl Head {
    fn ours() -> Self {
        Self { journal: "gtzan tag".to_owned(), version: 1 }
    }
}

/// One file that was replaced.
#[derive(Debug, Serialize, Deserialize)]
pub struct Record {
    path: String,
    /// The path's bytes in Base64 where it is no Unicode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    /// The file as it was.
    pub before: Content,
    /// When it was changed last before, in s and ns since 1970.
    modified: Option<(i64, u32)>,
    /// The file that took its place.
    pub after: Content,
    /// Of what pieces of that the old one is made.
    pub pieces: Vec<Piece>,
}

impl Record {
    /// # Errors
    /// A path that can't be written down.
    pub fn new(
        path: &Path,
        before: Content,
        modified: Option<SystemTime>,
        after: Content,
        pieces: Vec<Piece>,
    ) -> Result<Self, Refusal> {
        let path_bytes = match path.to_str() {
            Some(_) => None,
            None => Some(bytes_of(path).map(|bytes| BASE64_STANDARD.encode(bytes)).ok_or_else(|| {
                Refusal::new(RefusalKind::System, "its name is no Unicode, and can't be written into the journal")
            })?),
        };
        let path = path.to_string_lossy().into_owned();
        Ok(Self { path, path_bytes, before, modified: modified.map(since_1970), after, pieces })
    }

    /// Where the file lies.
    pub fn path(&self) -> PathBuf {
        let bytes = self.path_bytes.as_ref().and_then(|bytes| BASE64_STANDARD.decode(bytes).ok());
        bytes.and_then(path_of).unwrap_or_else(|| PathBuf::from(&self.path))
    }

    /// When it was changed last before.
    pub fn modified(&self) -> Option<SystemTime> {
        let (seconds, nanoseconds) = self.modified?;
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let whole = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
        whole?.checked_add(Duration::from_nanos(nanoseconds.into()))
    }
}

/// Seconds, which may be before 1970, and nanoseconds after them.
fn since_1970(time: SystemTime) -> (i64, u32) {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => (since.as_secs() as i64, since.subsec_nanos()),
        Err(error) => match error.duration() {
            before if before.subsec_nanos() == 0 => (-(before.as_secs() as i64), 0),
            before => (-(before.as_secs() as i64) - 1, 1_000_000_000 - before.subsec_nanos()),
        },
    }
}

#[cfg(unix)]
fn bytes_of(path: &Path) -> Option<&[u8]> {
    Some(std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()))
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    let name: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(bytes);
    Some(name.into())
}

#[cfg(not(unix))]
fn bytes_of(_: &Path) -> Option<&[u8]> {
    None
}

#[cfg(not(unix))]
fn path_of(_: Vec<u8>) -> Option<PathBuf> {
    None
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    records: usize,
}

impl Journal {
    /// Begins a journal at this path, or without one at `gtzan-tags-<UTC>.journal` in the current folder.
    ///
    /// # Errors
    /// There is a file of this name, or none can be written.
    pub fn create(wanted: Option<&Path>) -> Result<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let stem = format!("gtzan-tags-{}", utc(now));
        let mut number = 1;
        let (path, file) = loop {
            let again = if number == 1 { String::new() } else { format!("-{number}") };
            let path = wanted.map_or_else(|| PathBuf::from(format!("{stem}{again}.journal")), Path::to_owned);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => break (path, file),
                // Another of the same second.
                Err(error) if error.kind() == ErrorKind::AlreadyExists && wanted.is_none() && number < 1000 => {}
                Err(error) => return Err(Error::write(&path)(error)),
            }
            number += 1;
        };
        let mut journal = Self { path, file, records: 0 };
        journal.line(&Head::ours())?;
        sync_folder(folder_of(&journal.path));
        Ok(journal)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a file, and waits until that is on the disk.
    pub(super) fn append(&mut self, record: &Record) -> Result<()> {
        self.line(record)?;
        self.records += 1;
        Ok(())
    }

    fn line(&mut self, value: &impl Serialize) -> Result<()> {
        let mut write = || {
            let mut line = serde_json::to_vec(value)?;
            line.push(b'\n');
            self.file.write_all(&line)?;
            self.file.sync_all()
        };
        write().map_err(Error::write(&self.path))
    }

    /// Ends it. One in which nothing stands is removed again.
    ///
    /// # Errors
    /// It can't be removed.
    pub fn finish(self) -> Result<Option<PathBuf>> {
        if self.records > 0 {
            return Ok(Some(self.path));
        }
        drop(self.file);
        std::fs::remove_file(&self.path).map_err(Error::write(&self.path))?;
        Ok(None)
    }
}

/// A journal that is read, the last file first.
pub struct Records {
    path: PathBuf,
    file: BufReader<File>,
    /// Where the lines lie that are still to come, and how long they are.
    lines: Vec<(u64, u64)>,
}

impl Records {
    /// Opens a journal. A last line that was not written to its end is of a file that was not replaced, and is no record.
    ///
    /// # Errors
    /// It can't be read, or is no journal.
    pub fn open(path: &Path) -> Result<Self> {
        let mut file = BufReader::new(source::open(path)?);
        let (mut lines, mut start, mut line) = (Vec::new(), 0, Vec::new());
        loop {
            line.clear();
            let length = file.read_until(b'\n', &mut line).map_err(Error::read(path))? as u64;
            if start == 0 && serde_json::from_slice::<Head>(&line).ok() != Some(Head::ours()) {
                return Err(Error::NoJournal { path: path.to_owned() });
            }
            if !line.ends_with(b"\n") {
                break;
            }
            if start > 0 {
                lines.push((start, length));
            }
            start += length;
        }
        Ok(Self { path: path.to_owned(), file, lines })
    }

    /// How many are still to come.
    pub fn left(&self) -> usize {
        self.lines.len()
    }
}

impl Iterator for Records {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        let (start, length) = self.lines.pop()?;
        let mut read = || {
            let mut line = vec![0; length as usize];
            self.file.seek(SeekFrom::Start(start))?;
            std::io::Read::read_exact(&mut self.file, &mut line)?;
            Ok(serde_json::from_slice(&line)?)
        };
        Some(read().map_err(Error::read(&self.path)))
    }
}

/// `20261128T094631Z` from seconds since 1970 (Hinnant's `civil_from_days`).
fn utc(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = 400 * era + year + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // From `date -u -d @N +%Y%m%dT%H%M%SZ`.
        for (seconds, date) in [
            (0, "19700101T000000Z"),
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (1_795_859_191, "20261128T094631Z"),
            (4_107_542_400, "21000301T000000Z"),
        ] {
            assert_eq!(utc(seconds), date);
        }
    }

    #[test]
    fn times_come_back_to_the_nanosecond_before_1970_too() {
        for time in [
            UNIX_EPOCH + Duration::new(1_795_859_191, 123_456_789),
            UNIX_EPOCH - Duration::new(5, 250_000_000),
            UNIX_EPOCH - Duration::from_secs(3),
        ] {
            let content = || Content { bytes: 0, blake3: String::new() };
            let record = Record::new(Path::new("a"), content(), Some(time), content(), Vec::new()).unwrap();
            assert_eq!(record.modified(), Some(time));
        }
    }

    #[test]
    fn a_journal_replaces_nothing_and_is_gone_when_nothing_was_done() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        let journal = Journal::create(Some(&path)).unwrap();
        assert!(matches!(Journal::create(Some(&path)), Err(Error::Write { .. })));
        assert_eq!(journal.finish().unwrap(), None);
        assert!(!path.exists());
    }

    #[test]
    fn a_torn_last_line_is_no_record_and_other_files_are_no_journals() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        let mut journal = Journal::create(Some(&path)).unwrap();
        let content = || Content { bytes: 0, blake3: String::new() };
        for name in ["a", "b"] {
            journal.append(&Record::new(Path::new(name), content(), None, content(), Vec::new()).unwrap()).unwrap();
        }
        let whole = std::fs::read(&path).unwrap();
        let names = |path| Records::open(path).unwrap().map(|record| record.unwrap().path()).collect::<Vec<_>>();
        assert_eq!(names(&path), [Path::new("b"), Path::new("a")]);
        std::fs::write(&path, &whole[..whole.len() - 4]).unwrap();
        assert_eq!(names(&path), [Path::new("a")]);
        std::fs::write(&path, "{}\n").unwrap();
        assert!(matches!(Records::open(&path), Err(Error::NoJournal { .. })));
    }
}

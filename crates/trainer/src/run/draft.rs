//! A run in the making: beside its folder until it is whole, then in its place.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use extraction::{files, source};
use model::folder::{OLD, PARTIAL, Staged, hidden};
use serde::{Deserialize, Serialize};

use super::folder::{LONGEST, MARKER, RunFolder};
use super::lock::Lock;
use super::own;
use crate::config::TrainConfig;
use crate::error::{Error, Result};
use crate::observer::{Event, Observer};

/// Name and version of the format, so that any other JSON is told apart.
const FORMAT: &str = "gtzan-run";
const VERSION: u32 = 1;

/// `run.json`: says that a folder is a run's, and what in it is the run's own.
#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    format: String,
    version: u32,
    /// When it began, in s since 1970.
    started: u64,
    /// The process that made it.
    process: u32,
    /// Files and folders that the run wrote, relative, with `/`.
    own: BTreeSet<String>,
}

/// A run that is being written. The folder that it is meant for stays as it is, and usable, until [`finish`](Self::finish);
/// a draft that is dropped leaves nothing behind, and what a killed process left is cleared away by the next run there.
#[derive(Debug)]
pub struct Draft {
    staged: Staged,
    folder: RunFolder,
    /// The folder as the user called it.
    named: PathBuf,
    /// Where that is.
    place: PathBuf,
    marker: Marker,
    /// Held to the end.
    _lock: Lock,
    _parents: Parents,
}

/// The folders that were made for a run's to lie in. They go again if nothing has come into them.
#[derive(Debug)]
struct Parents(Vec<PathBuf>);

impl Parents {
    /// Makes what is missing of `parent`.
    fn make(parent: &Path) -> Result<Self> {
        let missing = parent.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists());
        let missing = Self(missing.map(Path::to_owned).collect());
        fs::create_dir_all(parent).map_err(Error::write(parent))?;
        Ok(missing)
    }
}

impl Drop for Parents {
    fn drop(&mut self) {
        for path in &self.0 {
            // A folder with something in it stays.
            let _ = fs::remove_dir(path);
        }
    }
}

impl Draft {
    /// Begins a run that is to lie at `path`, and writes its resolved configuration.
    ///
    /// # Errors
    ///
    /// [`Error::NotARun`] where something else than a run is there, [`Error::RunHeld`] where another process writes one, and
    /// the disk's.
    pub fn begin(path: &Path, config: &TrainConfig) -> Result<Self> {
        let draft = Self::open(path)?;
        if let Some(partial) = draft.stopped()?.pop() {
            return Err(Error::Unfinished { path: path.to_owned(), partial });
        }
        draft.clear_leftovers()?;
        draft.folder.write_config(config)?;
        Ok(draft)
    }

    /// Goes on with the run into `path` that was stopped last, whose settings and states it takes over.
    ///
    /// # Errors
    ///
    /// [`Error::NothingToResume`] where none was stopped; otherwise as for [`begin`](Self::begin).
    pub fn resume(path: &Path) -> Result<Self> {
        let draft = Self::open(path)?;
        let Some(partial) = draft.stopped()?.pop() else {
            let whole = earlier(path)?.is_some();
            return Err(Error::NothingToResume { path: path.to_owned(), whole });
        };
        let before = RunFolder::at(&partial);
        for (from, to) in before.resumed_files().iter().zip(draft.folder.resumed_files()) {
            fs::copy(from, &to).map_err(Error::write(&to))?;
        }
        // In one step: from now on, it is this folder's run that was stopped.
        fs::rename(before.checkpoints(), draft.folder.checkpoints()).map_err(Error::write(&partial))?;
        draft.clear_leftovers()?;
        Ok(draft)
    }

    /// Whether states of a training lie here, so that it could go on.
    pub fn is_worth_keeping(&self) -> bool {
        has_states(&self.folder.checkpoints())
    }

    /// Leaves everything where it is, to be gone on with.
    pub fn keep(self) {
        let _ = self.staged.keep();
    }

    /// A draft with nothing in it but its marker.
    fn open(path: &Path) -> Result<Self> {
        let place = match fs::canonicalize(path) {
            Ok(place) => place,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(Error::write(path)(error)),
        };
        let Some(name) = place.file_name() else { return Err(refusal(path, "it has no name of its own")) };
        let parent = folder_of(&place);
        let parents = Parents::make(parent)?;
        let lock = Lock::acquire(parent.join(hidden(name, ".gtzan-lock")), path)?;
        earlier(path)?;
        let staged = Staged::beside(&place)?;
        let folder = RunFolder::at(staged.path());
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let (format, process) = (FORMAT.to_owned(), std::process::id());
        let marker = Marker { format, version: VERSION, started, process, own: BTreeSet::new() };
        let draft = Self { staged, folder, named: path.to_owned(), place, marker, _lock: lock, _parents: parents };
        draft.write_marker()?;
        Ok(draft)
    }

    /// Folders of runs into the same place that were stopped and can go on, the one that began last at the end.
    fn stopped(&self) -> Result<Vec<PathBuf>> {
        let mut found: Vec<(u64, PathBuf)> = self
            .leftovers()?
            .into_iter()
            .filter(|(path, old)| !old && has_states(&RunFolder::at(path).checkpoints()))
            .map(|(path, _)| (marker(&path).map_or(0, |marker| marker.started), path))
            .collect();
        found.sort();
        Ok(found.into_iter().map(|(_, path)| path).collect())
    }

    /// Where to write.
    pub fn folder(&self) -> &RunFolder {
        &self.folder
    }

    /// Puts the run in its place; an earlier one there is replaced, but for files that no run wrote. What can't be removed of it
    /// is a warning.
    ///
    /// # Errors
    ///
    /// The disk's, and something else than a run that has come to lie there meanwhile; what is there then stays.
    pub fn finish(mut self, observer: &dyn Observer) -> Result<RunFolder> {
        // A run that is whole has nothing to go on with.
        self.folder.remove_states()?;
        own::note_own(self.staged.path(), "", &mut self.marker.own).map_err(Error::write(self.staged.path()))?;
        self.write_marker()?;
        if let Some(earlier) = earlier(&self.named)? {
            // A second name for each: whatever happens now, they are in the folder that is in place.
            own::keep(&self.place, self.staged.path(), "", &earlier.own).map_err(Error::write(&self.place))?;
        }
        match self.staged.commit() {
            Err(leftover @ model::Error::Leftover { .. }) => observer.event(Event::Warning(&leftover.to_string())),
            done => done?,
        }
        Ok(RunFolder::at(&self.named))
    }

    /// What killed runs into the same place have left beside it, but for this one's; and whether it is what was in place before.
    /// The lock is held, so that nobody writes there.
    fn leftovers(&self) -> Result<Vec<(PathBuf, bool)>> {
        let parent = folder_of(&self.place);
        let prefix = hidden(self.place.file_name().unwrap_or_default(), PARTIAL);
        let mut found = Vec::new();
        for entry in fs::read_dir(parent).map_err(Error::read(parent))? {
            let path = entry.map_err(Error::read(parent))?.path();
            let name = path.file_name().unwrap_or_default();
            let Some(rest) = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes()) else { continue };
            // More than that, and it belongs to a run whose name begins like this one's.
            let (random, old) = rest.strip_suffix(OLD.as_bytes()).map_or((rest, false), |random| (random, true));
            let own = Some(name) == self.staged.path().file_name();
            if !own && random.iter().all(u8::is_ascii_alphanumeric) && marker(&path).is_some() {
                found.push((path, old));
            }
        }
        Ok(found)
    }

    /// Removes those leftovers.
    fn clear_leftovers(&self) -> Result<()> {
        for (path, old) in self.leftovers()? {
            // Killed between the two renames that some systems need: this is the run that was in place.
            let restore = old && !self.place.exists();
            let cleared = if restore { fs::rename(&path, &self.place) } else { fs::remove_dir_all(&path) };
            cleared.map_err(Error::write(&path))?;
        }
        Ok(())
    }

    fn write_marker(&self) -> Result<()> {
        Ok(files::write(&self.folder.path().join(MARKER), |out| {
            serde_json::to_writer_pretty(&mut *out, &self.marker)?;
            out.write_all(b"\n")
        })?)
    }
}

/// The folder that a place is in.
fn folder_of(place: &Path) -> &Path {
    place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether a folder has files in it, at any depth.
fn has_states(folder: &Path) -> bool {
    let Ok(mut entries) = fs::read_dir(folder) else { return false };
    entries.any(|entry| entry.is_ok_and(|entry| entry.path().is_file() || has_states(&entry.path())))
}

/// The marker of the run at `path`; none where nothing is there.
fn earlier(path: &Path) -> Result<Option<Marker>> {
    let mut entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::write(path)(error)),
    };
    if entries.next().is_none() {
        return Ok(None);
    }
    match marker(path) {
        Some(marker) if marker.version == VERSION => Ok(Some(marker)),
        Some(_) => Err(refusal(path, "it holds a run of another version of gtzan")),
        None if RunFolder::at(path).looks_complete() => {
            Err(refusal(path, "it holds a run of an earlier version of gtzan, which did not mark what it wrote"))
        }
        None => Err(refusal(path, "it holds other files and is no earlier run")),
    }
}

fn refusal(path: &Path, reason: &'static str) -> Error {
    Error::NotARun { path: path.to_owned(), reason }
}

/// What `run.json` in a folder says, if it is one of ours.
fn marker(folder: &Path) -> Option<Marker> {
    let text = source::text(&folder.join(MARKER), LONGEST).ok()?;
    serde_json::from_str(&text).ok().filter(|marker: &Marker| marker.format == FORMAT)
}

#[cfg(test)]
mod tests;

//! A run in the making: beside its folder until it is whole, then in its place.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use extraction::files;
use model::folder::{OLD, PARTIAL, Staged, hidden};
use serde::{Deserialize, Serialize};

use super::folder::{MARKER, RunFolder};
use super::lock::Lock;
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
}

impl Draft {
    /// Whether a run may lie at `path`, as far as it shows without writing anything.
    ///
    /// # Errors
    ///
    /// [`Error::NotARun`] where something else than a run is there.
    pub fn check(path: &Path) -> Result<()> {
        earlier(path).map(drop)
    }

    /// Begins a run that is to lie at `path`, and writes its resolved configuration.
    ///
    /// # Errors
    ///
    /// [`Error::NotARun`] where something else than a run is there, [`Error::RunHeld`] where another process writes one, and
    /// the disk's.
    pub fn begin(path: &Path, config: &TrainConfig) -> Result<Self> {
        let place = match fs::canonicalize(path) {
            Ok(place) => place,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(Error::write(path)(error)),
        };
        let Some(name) = place.file_name() else { return Err(refusal(path, "it has no name of its own")) };
        let parent = place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(Error::write(parent))?;
        let lock = Lock::acquire(parent.join(hidden(name, ".gtzan-lock")), path)?;
        earlier(path)?;
        clear_leftovers(parent, name, &place)?;

        let staged = Staged::beside(&place)?;
        let folder = RunFolder::at(staged.path());
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let (format, process) = (FORMAT.to_owned(), std::process::id());
        let marker = Marker { format, version: VERSION, started, process, own: BTreeSet::new() };
        let draft = Self { staged, folder, named: path.to_owned(), place, marker, _lock: lock };
        draft.write_marker()?;
        draft.folder.write_config(config)?;
        Ok(draft)
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
        note_own(self.staged.path(), "", &mut self.marker.own).map_err(Error::write(self.staged.path()))?;
        self.write_marker()?;
        if let Some(earlier) = earlier(&self.named)? {
            // A second name for each: whatever happens now, they are in the folder that is in place.
            keep(&self.place, self.staged.path(), "", &earlier.own).map_err(Error::write(&self.place))?;
        }
        match self.staged.commit() {
            Err(leftover @ model::Error::Leftover { .. }) => observer.event(Event::Warning(&leftover.to_string())),
            done => done?,
        }
        Ok(RunFolder::at(&self.named))
    }

    fn write_marker(&self) -> Result<()> {
        Ok(files::write(&self.folder.path().join(MARKER), |out| {
            serde_json::to_writer_pretty(&mut *out, &self.marker)?;
            out.write_all(b"\n")
        })?)
    }
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
    let text = fs::read_to_string(folder.join(MARKER)).ok()?;
    serde_json::from_str(&text).ok().filter(|marker: &Marker| marker.format == FORMAT)
}

/// Removes what killed runs into `place` have left beside it. The lock is held, so that nobody writes there.
fn clear_leftovers(parent: &Path, name: &OsStr, place: &Path) -> Result<()> {
    let prefix = hidden(name, PARTIAL);
    for entry in fs::read_dir(parent).map_err(Error::read(parent))? {
        let path = entry.map_err(Error::read(parent))?.path();
        let found = path.file_name().unwrap_or_default().as_encoded_bytes();
        let Some(rest) = found.strip_prefix(prefix.as_encoded_bytes()) else { continue };
        // More than that, and it belongs to a run whose name begins like this one's.
        let (random, old) = rest.strip_suffix(OLD.as_bytes()).map_or((rest, false), |random| (random, true));
        if !random.iter().all(u8::is_ascii_alphanumeric) || marker(&path).is_none() {
            continue;
        }
        // Killed between the two renames that some systems need: this is the run that was in place.
        let cleared = if old && !place.exists() { fs::rename(&path, place) } else { fs::remove_dir_all(&path) };
        cleared.map_err(Error::write(&path))?;
    }
    Ok(())
}

/// Adds everything below `folder`, whose own name is `prefix`.
fn note_own(folder: &Path, prefix: &str, own: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            note_own(&entry.path(), &format!("{name}/"), own)?;
        }
        own.insert(name);
    }
    Ok(())
}

/// Gives all files below `old` that are not in `own` a second name below `new`.
fn keep(old: &Path, new: &Path, prefix: &str, own: &BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(old)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        let path = format!("{prefix}{}", name.to_string_lossy());
        let (from, mut to) = (entry.path(), new.join(&name));
        if kind.is_dir() {
            if !own.contains(&path) {
                fs::create_dir_all(&to)?;
            }
            keep(&from, &to, &format!("{path}/"), own)?;
        } else if !own.contains(&path) {
            fs::create_dir_all(new)?;
            // What this run wrote under the same name is the run's; the user's stays beside it.
            while fs::symlink_metadata(&to).is_ok() {
                to.as_mut_os_string().push(".kept");
            }
            second_name(&from, &to)?;
        }
    }
    Ok(())
}

fn second_name(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if fs::symlink_metadata(from)?.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    // Not every file system has hard links.
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn names(folder: &Path) -> Vec<OsString> {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    fn begin(path: &Path) -> Result<Draft> {
        Draft::begin(path, &TrainConfig::default())
    }

    #[test]
    fn beginning_again_clears_what_the_earlier_run_left() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("deep/run");
        let run = begin(&path).unwrap();
        fs::create_dir_all(run.folder().checkpoints()).unwrap();
        fs::write(run.folder().checkpoints().join("model-3.bpk"), "old").unwrap();
        run.folder().write_history(&[]).unwrap();
        run.finish(&()).unwrap();
        fs::write(path.join("notes.txt"), "mine").unwrap();
        fs::write(path.join("checkpoints/notes.txt"), "mine too").unwrap();
        fs::create_dir(path.join("plots")).unwrap();

        let again = begin(&path).unwrap();
        assert!(path.join("history.csv").is_file(), "the earlier run is there until the new one is whole");
        again.finish(&()).unwrap();
        assert_eq!(names(&path), ["checkpoints", "config.toml", "notes.txt", "plots", MARKER]);
        assert_eq!(names(&path.join("checkpoints")), ["notes.txt"]);
        assert_eq!(fs::read_to_string(path.join("notes.txt")).unwrap(), "mine");
        assert_eq!(names(&scratch.path().join("deep")), ["run"]);
    }

    #[test]
    fn a_users_file_under_a_name_of_the_runs_stays_beside_it() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        begin(&path).unwrap().finish(&()).unwrap();
        fs::write(path.join("history.csv"), "mine").unwrap();
        let again = begin(&path).unwrap();
        again.folder().write_history(&[]).unwrap();
        again.finish(&()).unwrap();
        assert_eq!(fs::read_to_string(path.join("history.csv.kept")).unwrap(), "mine");
    }

    #[test]
    fn a_folder_that_is_no_run_is_left_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("thesis");
        fs::create_dir_all(path.join("model")).unwrap();
        for (name, text) in [("model/thesis.txt", "years"), ("config.toml", "x = 1"), (MARKER, "{\"format\": \"run\"}")]
        {
            fs::write(path.join(name), text).unwrap();
            let error = begin(&path).unwrap_err();
            assert!(error.to_string().contains("--out"), "{error}");
        }
        assert_eq!(names(&path), ["config.toml", "model", MARKER]);
        assert_eq!(names(&path.join("model")), ["thesis.txt"]);
        assert_eq!(names(scratch.path()), ["thesis"]);
    }

    #[test]
    fn a_run_of_an_earlier_version_is_refused_and_named_so() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        fs::create_dir_all(path.join("model")).unwrap();
        for name in ["config.toml", "metrics.json", "model/bundle.json"] {
            fs::write(path.join(name), "{}").unwrap();
        }
        let error = begin(&path).unwrap_err().to_string();
        assert!(error.contains("earlier version") && error.contains("--out"), "{error}");
        fs::write(path.join(MARKER), r#"{"format":"gtzan-run","version":9,"started":0,"process":1,"own":[]}"#).unwrap();
        assert!(begin(&path).unwrap_err().to_string().contains("another version"));
        assert_eq!(names(&path), ["config.toml", "metrics.json", "model", MARKER]);
    }

    #[test]
    fn a_dropped_draft_leaves_the_earlier_run_and_nothing_else() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        begin(&path).unwrap().finish(&()).unwrap();
        let before = fs::read(path.join(MARKER)).unwrap();
        drop(begin(&path).unwrap());
        assert_eq!(fs::read(path.join(MARKER)).unwrap(), before);
        assert_eq!(names(scratch.path()), ["run"]);
    }

    #[test]
    fn two_runs_into_one_folder_are_kept_apart() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        let first = begin(&path).unwrap();
        let error = begin(&path).unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        first.finish(&()).unwrap();
        assert_eq!(names(&path), ["config.toml", MARKER]);
    }

    #[test]
    fn what_a_killed_run_left_is_cleared_away_and_nothing_that_looks_like_it() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        begin(&at("run")).unwrap().finish(&()).unwrap();
        let marker = fs::read(at("run").join(MARKER)).unwrap();
        for name in
            [".run.partial-a1B2c3", ".run.partial-x.partial-a1B2c3", ".run.partial-mine", ".other.partial-a1B2c3"]
        {
            fs::create_dir(at(name)).unwrap();
            if name != ".run.partial-mine" {
                fs::write(at(name).join(MARKER), &marker).unwrap();
            }
        }
        begin(&at("run")).unwrap().finish(&()).unwrap();
        let left = [".other.partial-a1B2c3", ".run.partial-mine", ".run.partial-x.partial-a1B2c3", "run"];
        assert_eq!(names(scratch.path()), left);
    }

    #[test]
    fn the_written_configuration_reads_back() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        let config = TrainConfig::parse("seed = 5\nbackend = \"flex\"", "test", &[]).unwrap();
        Draft::begin(&path, &config).unwrap().finish(&()).unwrap();
        assert_eq!(TrainConfig::load(Some(&path.join("config.toml")), &[]).unwrap(), config);
    }
}

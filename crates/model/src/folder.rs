//! Folders that are whole or not there: written aside, then swapped in.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::{Error, Result};

/// What [`hidden`] names of staged folders end in, before some random letters and digits.
pub const PARTIAL: &str = ".partial-";

/// What is put behind the name of a staged folder for the moment in which the old one bears it, where two names can't be
/// exchanged at once.
pub const OLD: &str = "-old";

/// `.NAME` and an ending: the name of something hidden that belongs to a folder called so.
pub fn hidden(name: &OsStr, ending: &str) -> OsString {
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(ending);
    hidden
}

/// A folder in the making, beside the place that it is meant for and hidden there (`.NAME.partial-…`). Nothing at that place
/// changes before [`commit`](Self::commit); dropped without it, the folder and all that was written into it are removed, as far
/// as the disk lets them. Killed processes leave theirs behind.
#[derive(Debug)]
pub struct Staged {
    staging: TempDir,
    target: PathBuf,
    parent: PathBuf,
}

impl Staged {
    /// An empty folder that is to become `dir`, whose parent folders are made. Where `dir` is a link to a folder, that folder
    /// is meant.
    ///
    /// # Errors
    ///
    /// The disk's, and a `dir` that has no name or is something else than a folder.
    pub fn beside(dir: &Path) -> Result<Self> {
        let target = match fs::canonicalize(dir) {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => dir.to_path_buf(),
            Err(source) => return Err(Error::Io { path: dir.to_path_buf(), source }),
        };
        refuse_other_than_folder(&target)?;
        let name = target
            .file_name()
            .ok_or_else(|| Error::NoPlace { path: dir.to_path_buf(), reason: "it has no name of its own" })?;
        let prefix = hidden(name, PARTIAL);
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(Error::io(&parent))?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        #[cfg(unix)]
        {
            // As for any other folder, the user's umask decides; the default would be closed to everyone else.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let staging = builder.tempdir_in(&parent).map_err(Error::io(&parent))?;
        Ok(Self { staging, target, parent })
    }

    /// Where to write.
    pub fn path(&self) -> &Path {
        self.staging.path()
    }

    /// Leaves the folder where it is, as a killed process would.
    pub fn keep(self) -> PathBuf {
        self.staging.keep()
    }

    /// Puts the folder in its place once all of it is on the disk. **A folder that is there already is removed with all its
    /// contents**: the caller knows that it may be. Where the system can exchange two names in one step (Linux, on most of its
    /// file systems), there is a whole folder at the place at any time, the old one or the new one; elsewhere there is none for
    /// the moment between two renames, and the old one comes back if the second fails.
    ///
    /// # Errors
    ///
    /// The disk's, and something else than a folder at the place; what was there before is then still there.
    /// [`Error::Leftover`] alone comes after the new folder is in place: the old one could not be removed.
    pub fn commit(self) -> Result<()> {
        sync_tree(self.path())?;
        refuse_other_than_folder(&self.target)?;
        if fs::symlink_metadata(&self.target).is_err() {
            fs::rename(self.path(), &self.target).map_err(Error::io(&self.target))?;
            sync_folder(&self.parent)?;
            // It has moved away: there is nothing left to clean up.
            let _ = self.staging.keep();
            return Ok(());
        }
        swap(self.staging.path(), &self.target).map_err(Error::io(&self.target))?;
        // Not before the new one is sure to stay is the old one removed.
        sync_folder(&self.parent)?;
        let old = self.staging.path().to_path_buf();
        self.staging.close().map_err(|source| Error::Leftover { path: old, source })
    }
}

fn refuse_other_than_folder(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_dir() => {
            Err(Error::NoPlace { path: path.to_path_buf(), reason: "something is there that is no folder" })
        }
        _ => Ok(()),
    }
}

/// Refuses to put a folder where something else stands than an empty folder or one of `ours`, which `what` names in the error.
///
/// # Errors
///
/// [`Error::NotReplaceable`].
pub(crate) fn refuse_foreign(dir: &Path, what: &'static str, ours: impl FnOnce() -> bool) -> Result<()> {
    if fs::symlink_metadata(dir).is_err() {
        return Ok(());
    }
    let refuse = || Error::NotReplaceable { path: dir.to_path_buf(), what };
    let mut entries = fs::read_dir(dir).map_err(|_| refuse())?;
    if entries.next().is_none() || ours() { Ok(()) } else { Err(refuse()) }
}

/// Gives two folders each other's name.
fn swap(new: &Path, old: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, new, CWD, old, RenameFlags::EXCHANGE) {
            // This file system or kernel can't.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => (),
            done => return done.map_err(io::Error::from),
        }
    }
    swap_in_steps(new, old)
}

/// [`swap`] for systems that can't do it at once: the old one steps aside and comes back if the new one can't take its place.
fn swap_in_steps(new: &Path, old: &Path) -> io::Result<()> {
    let mut aside = new.as_os_str().to_owned();
    aside.push(OLD);
    fs::rename(old, &aside)?;
    if let Err(error) = fs::rename(new, old) {
        fs::rename(&aside, old)?;
        return Err(error);
    }
    fs::rename(&aside, new)
}

/// Waits until a folder and everything in it is on the disk. Links are what they are: where they lead is not looked at.
fn sync_tree(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::io(folder))? {
        let entry = entry.map_err(Error::io(folder))?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(Error::io(folder))?);
        if kind.is_dir() {
            sync_tree(&path)?;
        } else if kind.is_file() {
            // Windows flushes only what is open for writing.
            let file = if cfg!(windows) { File::options().write(true).open(&path) } else { File::open(&path) };
            file.and_then(|file| file.sync_all()).map_err(Error::io(&path))?;
        }
    }
    sync_folder(folder)
}

/// Waits until a folder's names are on the disk, where the system has a way to ask for it.
fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::io(folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staged(target: &Path, text: &str) -> Staged {
        let staged = Staged::beside(target).unwrap();
        fs::create_dir(staged.path().join("deep")).unwrap();
        fs::write(staged.path().join("deep/file"), text).unwrap();
        staged
    }

    fn text(target: &Path) -> String {
        fs::read_to_string(target.join("deep/file")).unwrap()
    }

    fn names(folder: &Path) -> Vec<OsString> {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_appears_when_it_is_committed_and_not_before() {
        let scratch = tempfile::tempdir().unwrap();
        let target = scratch.path().join("not/yet/there");
        let new = staged(&target, "new");
        assert!(!target.exists());
        new.commit().unwrap();
        assert_eq!(text(&target), "new");
        assert_eq!(names(target.parent().unwrap()), ["there"]);
    }

    #[test]
    fn the_old_folder_is_untouched_until_the_new_one_is_committed() {
        let scratch = tempfile::tempdir().unwrap();
        let target = scratch.path().join("run");
        staged(&target, "old").commit().unwrap();
        fs::write(target.join("more"), "more").unwrap();
        let new = staged(&target, "new");
        assert_eq!((text(&target), target.join("more").exists()), ("old".into(), true));
        new.commit().unwrap();
        assert_eq!((text(&target), target.join("more").exists()), ("new".into(), false));
        assert_eq!(names(scratch.path()), ["run"]);
    }

    #[test]
    fn a_dropped_folder_leaves_nothing_and_touches_nothing() {
        let scratch = tempfile::tempdir().unwrap();
        let target = scratch.path().join("run");
        staged(&target, "old").commit().unwrap();
        drop(staged(&target, "new"));
        assert_eq!((text(&target), names(scratch.path())), ("old".into(), vec!["run".into()]));
    }

    #[test]
    fn two_at_once_both_come_out_whole_and_the_last_one_stays() {
        let scratch = tempfile::tempdir().unwrap();
        let target = scratch.path().join("run");
        let (first, second) = (staged(&target, "first"), staged(&target, "second"));
        second.commit().unwrap();
        assert_eq!(text(&target), "second");
        first.commit().unwrap();
        assert_eq!((text(&target), names(scratch.path())), ("first".into(), vec!["run".into()]));
    }

    #[test]
    fn a_file_is_not_replaced_by_a_folder() {
        let scratch = tempfile::tempdir().unwrap();
        let target = scratch.path().join("thesis");
        let early = staged(&target, "new");
        fs::write(&target, "years of work").unwrap();
        assert!(matches!(Staged::beside(&target), Err(Error::NoPlace { .. })));
        assert!(matches!(early.commit(), Err(Error::NoPlace { .. })));
        assert_eq!(fs::read_to_string(&target).unwrap(), "years of work");
        assert_eq!(names(scratch.path()), ["thesis"]);
    }

    #[test]
    fn a_place_without_a_name_is_refused() {
        assert!(matches!(Staged::beside(Path::new("/")), Err(Error::NoPlace { .. })));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_stays_a_link_to_the_folder_that_is_replaced() {
        let scratch = tempfile::tempdir().unwrap();
        let (real, link) = (scratch.path().join("real"), scratch.path().join("link"));
        staged(&real, "old").commit().unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        staged(&link, "new").commit().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!((text(&real), text(&link)), ("new".into(), "new".into()));
    }

    #[test]
    fn swapping_in_steps_exchanges_and_brings_the_old_one_back_when_it_fails() {
        let scratch = tempfile::tempdir().unwrap();
        let (new, old) = (scratch.path().join("new"), scratch.path().join("old"));
        for (folder, text) in [(&new, "new"), (&old, "old")] {
            fs::create_dir_all(folder.join("deep")).unwrap();
            fs::write(folder.join("deep/file"), text).unwrap();
        }
        swap_in_steps(&new, &old).unwrap();
        assert_eq!((text(&old), text(&new)), ("new".into(), "old".into()));
        swap_in_steps(&scratch.path().join("absent"), &old).unwrap_err();
        assert_eq!(text(&old), "new");
        assert_eq!(names(scratch.path()), ["new", "old"]);
    }
}

//! One run in a folder at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The right to write a run into a folder. The system takes it back when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    /// Held open: the lock is the open file's.
    file: File,
    path: PathBuf,
}

/// Bytes of a holder's number, at most.
const HOLDER: u64 = 32;

impl Lock {
    /// Locks the file at `path` for the folder `place`, which errors name.
    ///
    /// # Errors
    /// [`Error::RunHeld`] where another process has it; the disk's.
    pub(super) fn acquire(path: PathBuf, place: &Path) -> Result<Self> {
        let open = || OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open().map_err(Error::write(&path))?;
        loop {
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => break,
                // Its holder has removed it between our opening and locking it.
                Ok(()) => file = open().map_err(Error::write(&path))?,
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    // Where a locked file can't be read, the holder stays unknown.
                    let _ = (&mut file).take(HOLDER).read_to_string(&mut holder);
                    return Err(Error::RunHeld { path: place.to_owned(), process: holder.trim().parse().ok() });
                }
                Err(TryLockError::Error(source)) => return Err(Error::Write { path, source }),
            }
        }
        let note = |file: &mut File| -> io::Result<()> {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        note(&mut file).map_err(Error::write(&path))?;
        Ok(Self { file, path })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is locked: nobody can have taken it in between. Elsewhere open files can't be removed, and it stays.
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
        let _ = self.file.unlock();
    }
}

/// Whether an open file is still the one of that name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let pair = file.metadata().ok().zip(fs::metadata(path).ok());
    pair.is_some_and(|(file, path)| (file.dev(), file.ino()) == (path.dev(), path.ino()))
}

/// Where lock files are never removed, it is.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_holds_it_until_the_first_is_done() {
        let scratch = tempfile::tempdir().unwrap();
        let (path, place) = (scratch.path().join(".run.lock"), scratch.path().join("run"));
        let first = Lock::acquire(path.clone(), &place).unwrap();
        let refused = Lock::acquire(path.clone(), &place).unwrap_err();
        assert!(matches!(refused, Error::RunHeld { process: Some(id), .. } if id == std::process::id()), "{refused}");
        drop(first);
        drop(Lock::acquire(path.clone(), &place).unwrap());
        assert_eq!(path.exists(), cfg!(not(unix)));
    }

    #[test]
    fn a_file_that_a_dead_process_left_locks_nothing() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join(".run.lock");
        fs::write(&path, "123456\n").unwrap();
        Lock::acquire(path, scratch.path()).unwrap();
    }
}

//! Files that are whole or not there: written aside in the same folder, brought to the disk, then renamed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// Writes a file through `fill`, replacing any that is there. The folder is made if it's missing.
///
/// Whoever looks finds the old file or the whole new one, even after the process was killed or the power was cut.
///
/// # Errors
/// The folder or the file can't be written, or `fill` fails; an existing file is then left as it was.
pub fn write(path: &Path, fill: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>) -> Result<()> {
    let place = || {
        let file = fill_aside(path, fill)?;
        // Without it, a power cut may leave the new name on an empty file.
        file.as_file().sync_all()?;
        file.persist(path)?;
        sync_folder(folder_of(path));
        Ok(())
    };
    place().map_err(Error::write(path))
}

/// Like [`write`], without waiting for the disk, which takes a tenth as long as a track's features. After a power cut the
/// file may be empty or broken: it must carry a checksum.
pub(crate) fn write_unsynced(path: &Path, fill: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>) -> Result<()> {
    let place = || fill_aside(path, fill)?.persist(path).map(drop).map_err(io::Error::from);
    place().map_err(Error::write(path))
}

fn fill_aside(path: &Path, fill: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>) -> io::Result<NamedTempFile> {
    let folder = folder_of(path);
    std::fs::create_dir_all(folder)?;
    let mut aside = aside(folder)?;
    let mut out = BufWriter::new(aside.as_file_mut());
    fill(&mut out)?;
    out.flush()?;
    drop(out);
    Ok(aside)
}

/// The folder that a file lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn aside(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    // Temporary files are private by default; this one becomes an ordinary file, with the permissions of one.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(".").suffix(".tmp").tempfile_in(folder)
}

/// Brings a renaming to the disk, where folders can be opened and synced: not on Windows and some network file systems. The
/// file itself is whole in any case.
pub(crate) fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        write(&path, |out| out.write_all(b"old")).unwrap();
        write(&path, |out| out.write_all(b"new").and(Err(io::Error::other("no more")))).unwrap_err();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn missing_folders_are_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/c.csv");
        write(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_has_the_permissions_of_any_new_one() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
        write(&ours, |out| out.write_all(b"a")).unwrap();
        std::fs::write(&theirs, "a").unwrap();
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&theirs));
    }
}

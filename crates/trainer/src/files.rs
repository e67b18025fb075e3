//! Files that are whole or not there: written aside in the same folder, then renamed.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// Writes a file through `fill`, replacing any that is there. The folder is made if it's missing.
///
/// # Errors
/// The folder or the file can't be written, or `fill` fails; an existing file is then left as it was.
pub fn write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    try_write(path, fill).map_err(Error::write(path))
}

fn try_write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut aside = aside(folder)?;
    let mut out = BufWriter::new(aside.as_file_mut());
    fill(&mut out)?;
    out.flush()?;
    drop(out);
    aside.persist(path)?;
    Ok(())
}

fn aside(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    // Temporary files are private by default; this one becomes an ordinary file, with the permissions of one.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(".").suffix(".tmp").tempfile_in(folder)
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
}

//! Files that tables and settings are read from: regular ones, and never more of them than makes sense.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::error::{Error, Result};

/// Opens a regular file, or a link to one. A pipe would be waited for, and a device may never end.
///
/// # Errors
/// It can't be read, or is something else.
pub fn open(path: &Path) -> Result<File> {
    let kind = std::fs::metadata(path).map_err(Error::read(path))?.file_type();
    if kind.is_dir() {
        return Err(Error::read(path)(ErrorKind::IsADirectory.into()));
    }
    if !kind.is_file() {
        return Err(Error::read(path)(io::Error::new(ErrorKind::InvalidInput, "it is no regular file")));
    }
    File::open(path).map_err(Error::read(path))
}

/// The text in a file of at most `limit` bytes.
///
/// # Errors
/// As for [`open`]; it is longer, or not in UTF-8.
pub fn text(path: &Path, limit: u64) -> Result<String> {
    let mut text = String::new();
    Bounded::new(open(path)?, limit).read_to_string(&mut text).map_err(Error::read(path))?;
    Ok(text)
}

/// Reads so many bytes and no more; that there are more is an error.
pub struct Bounded<R> {
    source: R,
    limit: u64,
    left: u64,
}

impl<R> Bounded<R> {
    /// At most `limit` bytes of a source.
    pub fn new(source: R, limit: u64) -> Self {
        Self { source, limit, left: limit }
    }

    /// Allows as many bytes again as at the beginning.
    pub fn renew(&mut self) {
        self.left = self.limit;
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left.saturating_add(1)).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.source.read(&mut buffer[..most])?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => {
                let limit = self.limit;
                let told = if limit < 1 << 20 { format!("{limit} bytes") } else { format!("{} MiB", limit >> 20) };
                return Err(io::Error::new(ErrorKind::FileTooLarge, format!("there are more than {told}")));
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_up_to_the_limit_and_refused_beyond() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0123456789").unwrap();
        assert_eq!(text(file.path(), 10).unwrap(), "0123456789");
        let error = crate::chain(&text(file.path(), 9).unwrap_err());
        assert!(error.ends_with(": there are more than 9 bytes"), "{error}");
    }

    #[test]
    fn a_renewed_limit_counts_from_there() {
        let mut source = Bounded::new(&b"0123456789"[..], 4);
        let mut four = [0; 4];
        for _ in 0..2 {
            source.read_exact(&mut four).unwrap();
            source.renew();
        }
        assert_eq!(&four, b"4567");
        assert_eq!(source.read_to_end(&mut Vec::new()).unwrap(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn folders_pipes_and_devices_are_refused_unopened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [pipe.as_path(), Path::new("/dev/zero")] {
            let error = crate::chain(&open(path).unwrap_err());
            assert_eq!(error, format!("can't read {}: it is no regular file", path.display()));
        }
        assert!(crate::chain(&open(folder.path()).unwrap_err()).contains("is a directory"));
    }
}

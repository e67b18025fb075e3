//! Rows set aside on the disk until a file is made of them, so that memory doesn't grow with their number.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A file without a name: the system removes it when the process ends, however that comes.
#[derive(Debug)]
pub struct Spool {
    file: BufWriter<File>,
    bytes: u64,
}

impl Spool {
    /// An empty one on the disk of `folder`, which is made if it's missing.
    pub fn new(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { file: BufWriter::new(tempfile::tempfile_in(folder)?), bytes: 0 })
    }

    /// Adds bytes at the end.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// How much is in it.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Lets `read` read all of it.
    pub fn read<T>(&mut self, read: impl FnOnce(&mut dyn Read) -> io::Result<T>) -> io::Result<T> {
        self.file.seek(SeekFrom::Start(0))?;
        let done = read(&mut self.file.get_ref());
        self.file.seek(SeekFrom::End(0))?;
        done
    }
}

//! What audio is read from: a path, a part of what lies there, or bytes in memory.

use std::fs::{File, FileType, Metadata};
use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use symphonia::core::io::MediaSource;

use crate::{Error, InputLimits, Result};

/// Most bytes read from a pipe (4 GiB), the longest WAV file.
const MAX_PIPED_BYTES: u64 = 1 << 32;

/// Bytes by which a format is recognised.
const HEAD_LEN: u64 = 16;

/// A path, a part of what lies there, or bytes with a name. Cheap to clone.
///
/// A path may be a regular file or a pipe (a FIFO, `/dev/stdin`). A pipe is read into memory, up to 4 GiB, once its first
/// bytes are those of audio; opening one waits for somebody to write to it. Directories and devices are refused.
///
/// ```
/// use dsp::AudioInput;
///
/// let upload = AudioInput::bytes("song.mp3", vec![0xff, 0xfb]);
/// assert_eq!(upload.name(), "song.mp3");
/// ```
#[derive(Debug, Clone)]
pub enum AudioInput {
    /// A file or a pipe.
    Path(PathBuf),
    /// The content of a file.
    Bytes {
        /// What errors call it. The ending of a file's name helps with MPEG streams that start inside a frame.
        name: String,
        /// The content.
        bytes: Arc<[u8]>,
    },
    /// A part of a file, as a track of an album image: it behaves as a file that holds only these samples. What is decoded
    /// or lost before and behind it is not in its [`DecodeReport`](crate::DecodeReport).
    Excerpt {
        /// The file.
        path: PathBuf,
        /// What errors and tables call the part.
        name: String,
        /// Where it begins, in [CD frames](crate::CD_FRAMES_PER_SECOND): exact to the sample at the rates of CDs.
        start: u32,
        /// Where it ends, in the same unit, if that is before the end of the file.
        end: Option<u32>,
    },
}

impl AudioInput {
    /// Bytes in memory, which errors call `name`.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self::Bytes { name: name.into(), bytes: bytes.into() }
    }

    /// The name for messages.
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Bytes { name, .. } | Self::Excerpt { name, .. } => name.clone(),
        }
    }

    /// The path of the file, unless it is bytes.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) | Self::Excerpt { path, .. } => Some(path),
            Self::Bytes { .. } => None,
        }
    }

    /// Its size in bytes, where that is known without reading it: of a pipe and of what isn't there it is not.
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::Bytes { bytes, .. } => Some(bytes.len() as u64),
            Self::Path(path) | Self::Excerpt { path, .. } => {
                std::fs::metadata(path).ok().filter(Metadata::is_file).map(|file| file.len())
            }
        }
    }

    /// Opens it and reads its first bytes.
    pub(crate) fn open(&self, limits: &InputLimits) -> Result<Opened> {
        if let Some(bytes) = self.size() {
            limits.check_bytes(&self.name(), bytes)?;
        }
        self.start().map_err(|source| Error::Io { name: self.name(), source })
    }

    fn start(&self) -> std::io::Result<Opened> {
        let mut head = Vec::with_capacity(HEAD_LEN as usize);
        let source = match self {
            Self::Bytes { bytes, .. } => {
                head.extend(bytes.iter().take(HEAD_LEN as usize));
                Source::Seekable(Box::new(Cursor::new(Arc::clone(bytes))))
            }
            Self::Path(path) | Self::Excerpt { path, .. } => {
                // Asked before it is opened, since opening a device may do something.
                let piped = is_pipe(&std::fs::metadata(path)?)?;
                let mut file = File::open(path)?;
                file.by_ref().take(HEAD_LEN).read_to_end(&mut head)?;
                if piped {
                    Source::Pipe(file)
                } else {
                    file.seek(SeekFrom::Start(0))?;
                    Source::Seekable(Box::new(file))
                }
            }
        };
        Ok(Opened { head, source })
    }
}

impl From<PathBuf> for AudioInput {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl From<&Path> for AudioInput {
    fn from(path: &Path) -> Self {
        Self::Path(path.to_owned())
    }
}

impl From<&PathBuf> for AudioInput {
    fn from(path: &PathBuf) -> Self {
        Self::Path(path.clone())
    }
}

impl From<&AudioInput> for AudioInput {
    fn from(input: &AudioInput) -> Self {
        input.clone()
    }
}

/// An input of which the first bytes are known.
pub(crate) struct Opened {
    /// Up to 16 bytes from the start.
    pub(crate) head: Vec<u8>,
    source: Source,
}

enum Source {
    Seekable(Box<dyn MediaSource>),
    /// Only what follows the head is still to come.
    Pipe(File),
}

impl Opened {
    /// The whole input, at its start.
    pub(crate) fn into_source(self, name: &str, limits: &InputLimits) -> Result<Box<dyn MediaSource>> {
        let file = match self.source {
            Source::Seekable(source) => return Ok(source),
            Source::Pipe(file) => file,
        };
        let mut bytes = self.head;
        let io = |source| Error::Io { name: name.to_owned(), source };
        let limit = limits.bytes.min(MAX_PIPED_BYTES);
        file.take(limit).read_to_end(&mut bytes).map_err(io)?;
        let got = bytes.len() as u64;
        if got > limit {
            let what = "the number of bytes from a pipe";
            return Err(Error::TooLong { name: name.to_owned(), what, limit, got });
        }
        Ok(Box::new(Cursor::new(bytes)))
    }
}

/// Whether it is a pipe rather than a regular file; anything else is refused, since it may never end.
fn is_pipe(metadata: &Metadata) -> std::io::Result<bool> {
    if metadata.is_dir() {
        Err(ErrorKind::IsADirectory.into())
    } else if metadata.is_file() {
        Ok(false)
    } else if is_fifo(metadata.file_type()) {
        Ok(true)
    } else {
        Err(std::io::Error::new(ErrorKind::InvalidInput, "it is neither a regular file nor a pipe"))
    }
}

#[cfg(unix)]
fn is_fifo(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
fn is_fifo(_: FileType) -> bool {
    false
}

//! Why a file's tags are left as they are.

use std::fmt;
use std::io;

use serde::Serialize;

/// What sort of reason there is to leave a file's tags as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefusalKind {
    /// The format has no tags that are written here.
    NoTags,
    /// The file must not be written.
    ReadOnly,
    /// The file has more names, of which all but one would keep the old tags.
    HardLinked,
    /// It is a track of an album image, whose tags are the album's.
    AlbumTrack,
    /// No regular file.
    NoFile,
    /// The tags are damaged, or in a form that can't be written again.
    Damaged,
    /// Other tags would not survive.
    WouldLose,
    /// The sound would not be the same.
    SoundChanged,
    /// Somebody else has changed the file.
    Changed,
    /// The system can't read or write it.
    System,
}

impl RefusalKind {
    /// Whether something went wrong, rather than being as it should.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Damaged | Self::WouldLose | Self::SoundChanged | Self::Changed | Self::System)
    }
}

/// Why a file's tags are left as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What sort of reason it is.
    pub kind: RefusalKind,
    /// The reason and what to do about it, without the file's name.
    pub message: String,
}

impl Refusal {
    /// A refusal of this kind.
    pub fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::new(RefusalKind::System, format!("can't read or write it: {error}"))
    }
}

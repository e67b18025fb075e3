//! A file whose tags may be written.

use std::fs::{File, Metadata};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use dsp::{AudioReader, LoadOptions};

use super::GenreTag;
use super::container::{Manner, Tags};
use super::held::Item;
use super::refusal::{Refusal, RefusalKind};

/// A regular file that may be written, as it was when it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where it lies, links followed.
    pub place: PathBuf,
    stamp: Stamp,
}

/// What tells a file from a changed one without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Device and number of the file, where there is such a thing.
    number: Option<(u64, u64)>,
}

/// What is to be done to a file's tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// They say what is wanted.
    Unchanged,
    /// They say something else, which isn't to be replaced.
    Kept(Vec<String>),
    /// What is wanted is to be written, in place of these.
    Write(Vec<String>),
}

impl Target {
    /// The file that a path leads to.
    ///
    /// # Errors
    /// It isn't there, no regular file, read-only, or has several names.
    pub fn find(path: &Path) -> Result<Self, Refusal> {
        let place = path.canonicalize()?;
        let metadata = std::fs::metadata(&place)?;
        if !metadata.is_file() {
            return Err(Refusal::new(RefusalKind::NoFile, "it is no regular file"));
        }
        if metadata.permissions().readonly() {
            return Err(Refusal::new(RefusalKind::ReadOnly, "it is read-only"));
        }
        let names = names(&metadata);
        if names > 1 {
            let message = format!("it has {names} names (hard links), of which the others would keep the old tags");
            return Err(Refusal::new(RefusalKind::HardLinked, message));
        }
        Ok(Self { place, stamp: Stamp::of(&metadata) })
    }

    /// What a genre would change.
    ///
    /// # Errors
    /// Its format has no tags; its tags can't be read whole; somebody else has changed it.
    pub fn plan(&self, wanted: &GenreTag, replace: bool) -> Result<Plan, Refusal> {
        let (mut file, container) = self.open()?;
        let tags = guarded(|| Tags::read(&mut file, container, Manner::AsTheyAre))?;
        if tags.says(wanted) {
            return Ok(Plan::Unchanged);
        }
        let items = wanted.items();
        let was = items.first().map_or(Item::Genre, |(item, _)| *item);
        let was = tags.values(was);
        Ok(if was.is_empty() || replace { Plan::Write(was) } else { Plan::Kept(was) })
    }

    /// Opens it for reading, if it is as it was found, and says what container it is.
    pub(super) fn open(&self) -> Result<(File, &'static str), Refusal> {
        let file = File::open(&self.place)?;
        self.check(&file.metadata()?)?;
        let reader = AudioReader::open(&self.place, &LoadOptions::STANDARD);
        let reader = reader.map_err(|error| Refusal::new(RefusalKind::Damaged, error.to_string()))?;
        Ok((file, reader.format().container))
    }

    /// Refuses to go on with a file that isn't as it was found any more.
    pub(super) fn check_place(&self) -> Result<(), Refusal> {
        self.check(&std::fs::metadata(&self.place)?)
    }

    fn check(&self, metadata: &Metadata) -> Result<(), Refusal> {
        if Stamp::of(metadata) == self.stamp {
            return Ok(());
        }
        Err(Refusal::new(RefusalKind::Changed, "somebody else changes it; try again"))
    }

    /// When it was changed last.
    pub(super) fn modified(&self) -> Option<SystemTime> {
        self.stamp.modified
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { bytes: metadata.len(), modified: metadata.modified().ok(), number: number(metadata) }
    }
}

/// Runs what reads or writes tags: a reader that crashes on a file is a refusal.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Refusal::new(RefusalKind::Damaged, "what reads tags crashed on it; they are probably damaged"))
    })
}

#[cfg(unix)]
fn names(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn names(_: &Metadata) -> u64 {
    1
}

#[cfg(unix)]
fn number(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> Option<(u64, u64)> {
    None
}

//! A copy beside a file, which takes its place when it is whole.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::Path;
use std::time::SystemTime;

use tempfile::NamedTempFile;

use super::rebuild::{Content, Hashed};
use super::refusal::{Refusal, RefusalKind};
use crate::files::{folder_of, sync_folder};

/// A file with a hidden name in the folder of another.
pub struct Aside(NamedTempFile);

impl Aside {
    /// An empty one, which ends as the file does: endings help decoders.
    pub fn beside(place: &Path) -> Result<Self, Refusal> {
        let mut ending = OsString::new();
        if let Some(extension) = place.extension() {
            ending.push(".");
            ending.push(extension);
        }
        let made = tempfile::Builder::new().prefix(".gtzan-").suffix(&ending).tempfile_in(folder_of(place));
        Ok(Self(
            made.map_err(|error| Refusal::new(RefusalKind::System, format!("can't write into its folder: {error}")))?,
        ))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&mut self) -> &mut File {
        self.0.as_file_mut()
    }

    /// Writes through `fill`, in place of what was there, and says what that is.
    pub fn fill(&mut self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Content> {
        let file = self.0.as_file_mut();
        file.set_len(0)?;
        file.rewind()?;
        let mut out = Hashed::new(io::BufWriter::new(file));
        fill(&mut out)?;
        out.flush()?;
        Ok(out.content())
    }

    /// What it holds.
    pub fn content(&self) -> io::Result<Content> {
        Content::of(self.0.as_file())
    }

    /// A copy of a file.
    pub fn copy(&mut self, mut original: &File) -> io::Result<Content> {
        original.rewind()?;
        self.fill(|mut out| io::copy(&mut original, &mut out).map(drop))
    }

    /// Gives it the owner, the permissions and the attributes of the file whose place it takes, and a time of change if one is
    /// wanted, and brings it to the disk.
    pub fn dress(&self, original: &File, modified: Option<SystemTime>) -> Result<(), Refusal> {
        let file = self.0.as_file();
        let metadata = original.metadata()?;
        #[cfg(unix)]
        own(file, &metadata)?;
        file.set_permissions(metadata.permissions())?;
        #[cfg(target_os = "linux")]
        attributes(original, file)?;
        if let Some(modified) = modified {
            file.set_modified(modified)?;
        }
        Ok(file.sync_all()?)
    }

    /// Takes the place of the file.
    pub fn replace(self, place: &Path) -> Result<(), Refusal> {
        self.0.persist(place).map_err(|error| error.error)?;
        sync_folder(folder_of(place));
        Ok(())
    }
}

/// Gives a file the owner and group of another.
#[cfg(unix)]
fn own(file: &File, wanted: &std::fs::Metadata) -> Result<(), Refusal> {
    use std::os::unix::fs::{MetadataExt, fchown};

    let is = file.metadata()?;
    let owner = (is.uid() != wanted.uid()).then(|| wanted.uid());
    let group = (is.gid() != wanted.gid()).then(|| wanted.gid());
    if owner.is_none() && group.is_none() {
        return Ok(());
    }
    fchown(file, owner, group).map_err(|error| {
        let message = format!("it belongs to others, which a copy of yours can't: {error}");
        Refusal::new(RefusalKind::ReadOnly, message)
    })
}

/// Copies extended attributes, access control lists among them, but for those that the system gives itself.
#[cfg(target_os = "linux")]
fn attributes(from: &File, to: &File) -> io::Result<()> {
    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};
    use rustix::io::Errno;

    let mut names = vec![
        0;
        match flistxattr(from, &mut [0u8; 0][..]) {
            Ok(length) => length,
            Err(Errno::NOTSUP) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    ];
    let length = flistxattr(from, &mut names[..])?;
    for name in names[..length].split(|byte| *byte == 0) {
        if name.is_empty() || name.starts_with(b"security.") || name.starts_with(b"trusted.") {
            continue;
        }
        let mut value = vec![0; fgetxattr(from, name, &mut [0u8; 0][..])?];
        let length = fgetxattr(from, name, &mut value[..])?;
        fsetxattr(to, name, &value[..length], XattrFlags::empty())?;
    }
    Ok(())
}

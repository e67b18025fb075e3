//! What in a run's folder is the run's own, and what is the user's and stays.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// Adds everything below `folder`, whose own name is `prefix`.
pub(super) fn note_own(folder: &Path, prefix: &str, own: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            note_own(&entry.path(), &format!("{name}/"), own)?;
        }
        own.insert(name);
    }
    Ok(())
}

/// Gives all files below `old` that are not in `own` a second name below `new`.
pub(super) fn keep(old: &Path, new: &Path, prefix: &str, own: &BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(old)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        let path = format!("{prefix}{}", name.to_string_lossy());
        let (from, mut to) = (entry.path(), new.join(&name));
        if kind.is_dir() {
            if !own.contains(&path) {
                fs::create_dir_all(&to)?;
            }
            keep(&from, &to, &format!("{path}/"), own)?;
        } else if !own.contains(&path) {
            fs::create_dir_all(new)?;
            // What this run wrote under the same name is the run's; the user's stays beside it.
            while fs::symlink_metadata(&to).is_ok() {
                to.as_mut_os_string().push(".kept");
            }
            second_name(&from, &to)?;
        }
    }
    Ok(())
}

fn second_name(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if fs::symlink_metadata(from)?.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    // Not every file system has hard links.
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop))
}

//! What lies in a folder: audio files, and what is passed over.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::FileType;
use std::io;
use std::path::{Path, PathBuf};

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::error::{Error, Result};
use crate::outcome::{FailedInput, Failure, FailureKind};

/// What a search has found, and what not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Audio files, those of a folder in the order of their paths.
    pub files: Vec<PathBuf>,
    /// Folders in a folder that can't be read: what lies in them isn't among the files.
    pub unreadable: Vec<FailedInput>,
    /// What else lies in the folders.
    pub passed_over: PassedOver,
    /// CUE sheets in the folders: they are among the other files that were passed over, unless a
    /// [`SongFinder`](crate::SongFinder) uses them.
    pub sheets: Vec<PathBuf>,
}

/// How much of a folder is no audio file. Hidden entries, whose names begin with a dot, aren't counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PassedOver {
    /// Files whose names don't end as those of audio do.
    pub other_files: usize,
    /// Pipes, sockets and devices, which may never end.
    pub special: usize,
    /// Links to folders, which may lead round in circles.
    pub linked_folders: usize,
}

impl PassedOver {
    /// Whether nothing was passed over.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// "8 files without an audio ending, 1 pipe or device".
impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.other_files, "file without an audio ending", "files without an audio ending"),
            (self.special, "pipe or device", "pipes or devices"),
            (self.linked_folders, "link to a folder", "links to folders"),
        ];
        let mut between = "";
        for (count, one, many) in counts {
            if count > 0 {
                write!(f, "{between}{count} {}", if count == 1 { one } else { many })?;
                between = ", ";
            }
        }
        Ok(())
    }
}

impl Found {
    /// Adds what lies below `folder`. Links to folders are not followed, and only regular files are taken.
    pub fn search(&mut self, folder: &Path) {
        match entries(folder) {
            Ok(paths) => paths.into_iter().for_each(|path| self.entry(path)),
            Err(error) => {
                let failure = match error {
                    Error::Read { source, .. } => {
                        Failure::new(FailureKind::Unreadable, format!("can't read the folder: {source}"))
                    }
                    other => Failure::from(&other),
                };
                self.unreadable.push(failure.of(folder.display().to_string()));
            }
        }
    }

    fn entry(&mut self, path: PathBuf) {
        let kind = std::fs::metadata(&path).map(|metadata| metadata.file_type());
        match kind {
            Ok(kind) if kind.is_dir() && path.is_symlink() => self.passed_over.linked_folders += 1,
            Ok(kind) if kind.is_dir() => self.search(&path),
            Ok(kind) if is_special(kind) => self.passed_over.special += 1,
            // A link that leads nowhere is tried as well, and named when that fails.
            _ if has_audio_ending(&path) => self.files.push(path),
            _ => {
                self.passed_over.other_files += 1;
                self.sheets.extend(Some(path).filter(|path| has_cue_ending(path)));
            }
        }
    }
}

fn is_special(kind: FileType) -> bool {
    !kind.is_file() && !kind.is_dir()
}

/// The audio files that `paths` stand for, without repetition: a file is itself, whatever its ending and even if it's a pipe;
/// a folder is searched in depth, in the order of names. A
/// [`SongFinder`](crate::SongFinder) takes album images and CUE sheets among them apart.
///
/// # Errors
/// A path doesn't exist, or a folder can't be read or holds no audio files.
pub fn audio_files(paths: &[PathBuf]) -> Result<Found> {
    let mut found = Found::default();
    for path in paths {
        let kind = std::fs::metadata(path).map_err(Error::read(path))?;
        if !kind.is_dir() {
            found.files.push(path.clone());
            continue;
        }
        // Told as an error of the call, not as one of many folders.
        std::fs::read_dir(path).map_err(Error::read(path))?;
        let before = found.files.len();
        found.search(path);
        if found.files.len() == before {
            return Err(Error::NoAudio { path: path.clone(), passed_over: found.passed_over });
        }
    }
    let mut seen = HashSet::new();
    found.files.retain(|path| seen.insert(path.clone()));
    Ok(found)
}

/// What a folder holds, sorted, without hidden entries.
///
/// # Errors
/// The folder can't be read.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
    };
    let mut paths = read().map_err(Error::read(folder))?;
    paths.retain(|path| !file_name(path).starts_with('.'));
    paths.sort();
    Ok(paths)
}

/// Whether a file is named as audio files are.
pub fn has_audio_ending(path: &Path) -> bool {
    dsp::AUDIO_EXTENSIONS.contains(&ending(path).as_str())
}

/// Whether a file is named as CUE sheets are.
pub(crate) fn has_cue_ending(path: &Path) -> bool {
    ending(path) == "cue"
}

/// What stands behind the last dot of a file's name, in lower case.
fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

/// A name in the Unicode form by which names are compared (NFC): macOS hands out `é` as two characters, most else writes
/// one.
pub fn nfc(name: &str) -> Cow<'_, str> {
    match is_nfc_quick(name.chars()) {
        IsNormalized::Yes => Cow::Borrowed(name),
        _ => Cow::Owned(name.nfc().collect()),
    }
}

/// A short name for each file, or each [song](crate::Songs) by the name of its input, that no other has: the file name, with
/// the folder's name or the path in front where two would be equal.
pub fn distinct_names(files: &[impl AsRef<Path>]) -> Vec<String> {
    distinct(files, |path| {
        let path = path.as_ref();
        let folder = path.parent().map(file_name).unwrap_or_default();
        [file_name(path), format!("{folder}/{}", file_name(path)), slashed(path)]
    })
}

/// One name for each item: the first of its candidates that no other item shares.
pub fn distinct<T, const N: usize>(items: &[T], candidates: impl Fn(&T) -> [String; N]) -> Vec<String> {
    let candidates: Vec<[String; N]> = items.iter().map(candidates).collect();
    let mut counts: [HashMap<&str, usize>; N] = std::array::from_fn(|_| HashMap::new());
    for names in &candidates {
        for (name, counts) in names.iter().zip(&mut counts) {
            *counts.entry(name).or_default() += 1;
        }
    }
    let unique = |names: &[String; N]| {
        let free = names.iter().zip(&counts).find(|(name, counts)| counts.get(name.as_str()) == Some(&1));
        free.map(|(name, _)| name).or(names.last()).cloned().unwrap_or_default()
    };
    candidates.iter().map(unique).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A path with `/` on every system, so that names in tables don't depend on it.
pub fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            if file.ends_with('/') {
                std::fs::create_dir_all(path).unwrap();
            } else {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, "").unwrap();
            }
        }
        root
    }

    #[test]
    fn files_are_taken_as_named_and_folders_searched() {
        let root = folder(&["a/1.wav", "a/b/2.mp3", "a/c.txt", "empty/"]);
        let at = |name: &str| root.path().join(name);
        assert_eq!(
            audio_files(&[at("a/c.txt"), at("a"), at("a/1.wav")]).unwrap().files,
            [at("a/c.txt"), at("a/1.wav"), at("a/b/2.mp3")]
        );
        assert!(audio_files(&[at("empty")]).unwrap_err().to_string().contains("no audio files found"));
        assert!(matches!(audio_files(&[at("missing")]), Err(Error::Read { .. })));
    }

    #[test]
    fn what_is_passed_over_is_counted() {
        let root = folder(&["1.wav", "cover.jpg", "notes.txt", ".hidden.wav", "b/list.m3u"]);
        let found = audio_files(&[root.path().to_owned()]).unwrap();
        assert_eq!(found.files, [root.path().join("1.wav")]);
        assert_eq!(found.passed_over.to_string(), "3 files without an audio ending");
        let one = PassedOver { other_files: 1, special: 2, linked_folders: 1 };
        assert_eq!(one.to_string(), "1 file without an audio ending, 2 pipes or devices, 1 link to a folder");
        let root = folder(&["a.txt"]);
        let refusal = audio_files(&[root.path().to_owned()]).unwrap_err().to_string();
        assert!(refusal.contains("passed over: 1 file without an audio ending"), "{refusal}");
    }

    #[cfg(unix)]
    #[test]
    fn sockets_and_links_to_folders_are_passed_over_and_broken_links_tried() {
        let root = folder(&["a/1.wav"]);
        let at = |name: &str| root.path().join(name);
        let _socket = std::os::unix::net::UnixListener::bind(at("s.wav")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", at("zero.wav")).unwrap();
        std::os::unix::fs::symlink(root.path(), at("round")).unwrap();
        std::os::unix::fs::symlink("nowhere", at("broken.mp3")).unwrap();
        std::os::unix::fs::symlink("a/1.wav", at("good.wav")).unwrap();
        let found = audio_files(&[root.path().to_owned()]).unwrap();
        assert_eq!(found.files, [at("a/1.wav"), at("broken.mp3"), at("good.wav")]);
        assert_eq!(found.passed_over, PassedOver { other_files: 0, special: 2, linked_folders: 1 });
    }

    #[cfg(unix)]
    #[test]
    fn an_unreadable_folder_is_named_and_the_rest_found() {
        use std::os::unix::fs::PermissionsExt;

        let root = folder(&["a/1.wav", "lost+found/2.wav", "z/3.wav"]);
        let at = |name: &str| root.path().join(name);
        let locked = at("lost+found");
        std::fs::set_permissions(&locked, PermissionsExt::from_mode(0o000)).unwrap();
        if std::fs::read_dir(&locked).is_ok() {
            eprintln!("skipped: this user may read everything");
            return;
        }
        let found = audio_files(&[root.path().to_owned()]).unwrap();
        let refusal = audio_files(std::slice::from_ref(&locked));
        std::fs::set_permissions(&locked, PermissionsExt::from_mode(0o700)).unwrap();
        assert_eq!(found.files, [at("a/1.wav"), at("z/3.wav")]);
        assert_eq!(found.unreadable.len(), 1);
        assert_eq!(found.unreadable[0].name, locked.display().to_string());
        assert_eq!(found.unreadable[0].failure.kind, FailureKind::Unreadable);
        assert!(matches!(refusal, Err(Error::Read { .. })));
    }

    #[test]
    fn composed_and_decomposed_names_are_equal_in_nfc() {
        assert_eq!(nfc("cafe\u{301} jazz"), "caf\u{e9} jazz");
        assert!(matches!(nfc("caf\u{e9} jazz"), Cow::Borrowed(_)));
    }
}

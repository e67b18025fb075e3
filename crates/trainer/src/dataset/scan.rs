//! What lies in a folder: genre folders with tracks, or any audio files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// An audio file and what its place says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// Name, unique in the corpus: the file name without ending, with the genre in front where two would be equal.
    pub id: String,
    /// Name of the genre folder.
    pub genre: String,
    /// The file.
    pub path: PathBuf,
}

/// A folder of genre folders, as in GTZAN's `genres_original`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corpus {
    /// The folder.
    pub root: PathBuf,
    /// Genre names, sorted.
    pub genres: Vec<String>,
    /// All tracks, sorted by genre and path.
    pub tracks: Vec<Track>,
    /// Audio files that lie in no genre folder, so that nobody knows their genre.
    pub loose: Vec<PathBuf>,
}

impl Corpus {
    /// Looks through `root`: each folder in it is a genre, each audio file below that a track. Hidden files and
    /// folders are passed over.
    ///
    /// # Errors
    /// The folder is missing or unreadable, holds no genre folders, or a genre has no audio files.
    pub fn scan(root: &Path) -> Result<Self> {
        if !root.is_dir() {
            return Err(Error::DataFolderMissing { path: root.to_owned() });
        }
        let (mut files, mut genres, mut empty, mut loose) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for path in entries(root)? {
            if !path.is_dir() {
                loose.extend(Some(path).filter(|path| has_audio_ending(path)));
                continue;
            }
            let genre = file_name(&path);
            let mut found = Vec::new();
            search(&path, &mut found)?;
            if found.is_empty() {
                empty.push(genre.clone());
            }
            files.extend(found.into_iter().map(|path| (genre.clone(), path)));
            genres.push(genre);
        }
        if genres.is_empty() {
            return Err(Error::NoGenreFolders { path: root.to_owned(), loose });
        }
        if !empty.is_empty() {
            return Err(Error::GenresWithoutAudio { path: root.to_owned(), genres: empty });
        }
        let ids = distinct(&files, |(genre, path)| {
            let inside = path.strip_prefix(root).unwrap_or(path).with_extension("");
            [file_stem(path), format!("{genre}/{}", file_stem(path)), slashed(&inside), slashed(path)]
        });
        let tracks = ids.into_iter().zip(files).map(|(id, (genre, path))| Track { id, genre, path }).collect();
        Ok(Self { root: root.to_owned(), genres, tracks, loose })
    }

    /// Refuses a corpus that no classifier can learn from.
    ///
    /// # Errors
    /// [`Error::OneGenre`].
    pub fn check_trainable(&self) -> Result<()> {
        match self.genres.as_slice() {
            [genre] => Err(Error::OneGenre { path: self.root.clone(), genre: genre.clone() }),
            _ => Ok(()),
        }
    }
}

/// The audio files that `paths` stand for, without repetition: a file is itself, whatever its ending; a folder is
/// searched in depth, in the order of names.
///
/// # Errors
/// A path doesn't exist, or a folder holds no audio files.
pub fn audio_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let kind = std::fs::metadata(path).map_err(Error::read(path))?;
        if kind.is_dir() {
            let before = files.len();
            search(path, &mut files)?;
            if files.len() == before {
                return Err(Error::NoAudio { path: path.clone() });
            }
        } else {
            files.push(path.clone());
        }
    }
    let mut seen = std::collections::HashSet::new();
    files.retain(|path| seen.insert(path.clone()));
    Ok(files)
}

/// A short name for each file that no other has: the file name, with the folder's name or the path in front where two
/// would be equal.
pub fn distinct_names(files: &[PathBuf]) -> Vec<String> {
    distinct(files, |path| {
        let folder = path.parent().map(file_name).unwrap_or_default();
        [file_name(path), format!("{folder}/{}", file_name(path)), slashed(path)]
    })
}

/// One name for each item: the first of its candidates that no other item shares.
fn distinct<T, const N: usize>(items: &[T], candidates: impl Fn(&T) -> [String; N]) -> Vec<String> {
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

/// The audio files below `folder`, in the order of their paths. Links to folders are not followed: they may lead round
/// in circles.
fn search(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for path in entries(folder)? {
        if path.is_dir() {
            if !path.is_symlink() {
                search(&path, found)?;
            }
        } else if has_audio_ending(&path) {
            found.push(path);
        }
    }
    Ok(())
}

/// What a folder holds, sorted, without hidden entries.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Error::read(folder))? {
        let path = entry.map_err(Error::read(folder))?.path();
        if !file_name(&path).starts_with('.') {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn has_audio_ending(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending.is_some_and(|ending| dsp::AUDIO_EXTENSIONS.contains(&ending.as_str()))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn file_stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// A path with `/` on every system, so that names in tables don't depend on it.
fn slashed(path: &Path) -> String {
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

    fn ids(files: &[&str]) -> Vec<String> {
        Corpus::scan(folder(files).path()).unwrap().tracks.into_iter().map(|track| track.id).collect()
    }

    #[test]
    fn genres_and_tracks_come_sorted_without_hidden_and_foreign_files() {
        let root = folder(&[
            "rock/rock.00001.wav",
            "rock/rock.00000.WAV",
            "blues/blues.00000.au",
            "blues/.hidden.wav",
            "blues/cover.jpg",
            "blues/live/blues.00001.mp3",
            ".git/x.wav",
            "notes.txt",
            "stray.mp3",
        ]);
        let corpus = Corpus::scan(root.path()).unwrap();
        assert_eq!(corpus.genres, ["blues", "rock"]);
        let tracks: Vec<(&str, &str)> = corpus.tracks.iter().map(|t| (t.id.as_str(), t.genre.as_str())).collect();
        assert_eq!(
            tracks,
            [("blues.00000", "blues"), ("blues.00001", "blues"), ("rock.00000", "rock"), ("rock.00001", "rock")]
        );
        assert_eq!(corpus.loose, [root.path().join("stray.mp3")]);
    }

    #[test]
    fn equal_names_get_the_genre_or_the_path_in_front() {
        assert_eq!(ids(&["a/1.wav", "b/1.wav", "b/2.wav"]), ["a/1", "b/1", "2"]);
        assert_eq!(ids(&["a/x/1.wav", "a/y/1.wav"]), ["a/x/1", "a/y/1"]);
        let equal = ids(&["a/1.mp3", "a/1.wav"]);
        assert!(equal[0].ends_with("a/1.mp3") && equal[1].ends_with("a/1.wav"), "{equal:?}");
    }

    #[test]
    fn unusable_folders_are_explained() {
        let refusal = |files: &[&str]| {
            let root = folder(files);
            let error = Corpus::scan(root.path()).and_then(|c| c.check_trainable()).unwrap_err();
            error.to_string().replace(&root.path().display().to_string(), "data")
        };
        assert!(refusal(&[]).starts_with("data: no genre folders in it; "));
        assert!(refusal(&["a.wav", "b.wav"]).contains("(but 2 loose audio files, such as data/a.wav)"));
        assert_eq!(
            refusal(&["blues/a.wav", "jazz/b.txt", "rock/"]),
            "data: no audio files under `jazz`, `rock`; add some or remove the folder"
        );
        assert_eq!(refusal(&["blues/a.wav"]), "data: only one genre, `blues`; training needs at least two");
        let missing = Corpus::scan(Path::new("no/such")).unwrap_err().to_string();
        assert!(missing.starts_with("no/such: no such folder"), "{missing}");
    }

    #[test]
    fn files_are_taken_as_named_and_folders_searched() {
        let root = folder(&["a/1.wav", "a/b/2.mp3", "a/c.txt", "empty/"]);
        let at = |name: &str| root.path().join(name);
        assert_eq!(
            audio_files(&[at("a/c.txt"), at("a"), at("a/1.wav")]).unwrap(),
            [at("a/c.txt"), at("a/1.wav"), at("a/b/2.mp3")]
        );
        assert!(audio_files(&[at("empty")]).unwrap_err().to_string().contains("no audio files found"));
        assert!(matches!(audio_files(&[at("missing")]), Err(Error::Read { .. })));
    }
}

//! What lies in a folder of genre folders.

use std::path::{Path, PathBuf};

use extraction::{FailedInput, Found, PassedOver, distinct, entries, has_audio_ending, nfc, slashed};

use super::table::check_genres;
use crate::error::{Error, Result};

/// An audio file and what its place says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// Name, unique in the corpus: the file name without ending, with the genre in front where two would be equal. Accents
    /// are written in one way (NFC), however the file system writes them.
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
    /// Folders in genre folders that can't be read: their files are not among the tracks.
    pub unreadable: Vec<FailedInput>,
    /// What else lies in the genre folders.
    pub passed_over: PassedOver,
}

impl Corpus {
    /// Looks through `root`: each folder in it is a genre, each audio file below that a track. Hidden files and
    /// folders are passed over, and so is everything that is no regular file.
    ///
    /// # Errors
    /// The folder is missing or unreadable, holds no genre folders, or a genre has no audio files.
    pub fn scan(root: &Path) -> Result<Self> {
        if !root.is_dir() {
            return Err(Error::DataFolderMissing { path: root.to_owned() });
        }
        let (mut files, mut genres, mut empty, mut loose) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut found = Found::default();
        for path in entries(root)? {
            if !path.is_dir() {
                loose.extend(Some(path).filter(|path| has_audio_ending(path)));
                continue;
            }
            let genre = file_name(&path);
            let (before, unreadable) = (files.len(), found.unreadable.len());
            found.search(&path);
            files.extend(found.files.drain(..).map(|path| (genre.clone(), path)));
            if files.len() > before {
                genres.push(genre);
            } else if found.unreadable.len() == unreadable {
                empty.push(genre);
            }
        }
        if genres.is_empty() {
            return Err(Error::NoGenreFolders { path: root.to_owned(), loose });
        }
        if !empty.is_empty() {
            return Err(Error::GenresWithoutAudio { path: root.to_owned(), genres: empty });
        }
        let ids = distinct(&files, |(genre, path)| {
            let inside = path.strip_prefix(root).unwrap_or(path).with_extension("");
            let names = [file_stem(path), format!("{genre}/{}", file_stem(path)), slashed(&inside)];
            let [name, with_genre, inside] = names.map(|name| nfc(&name).into_owned());
            [name, with_genre, inside, slashed(path)]
        });
        let tracks = ids.into_iter().zip(files).map(|(id, (genre, path))| Track { id, genre, path }).collect();
        let Found { unreadable, passed_over, .. } = found;
        Ok(Self { root: root.to_owned(), genres, tracks, loose, unreadable, passed_over })
    }

    /// Refuses a corpus that no classifier can learn from.
    ///
    /// # Errors
    /// [`Error::OneGenre`] or [`Error::Genres`].
    pub fn check_trainable(&self) -> Result<()> {
        check_genres(&self.root, &self.genres)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn file_stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
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
    fn accents_are_written_in_one_way() {
        assert_eq!(ids(&["a/cafe\u{301}.wav", "b/x.wav"]), ["caf\u{e9}", "x"]);
        let equal = ids(&["a/cafe\u{301}.wav", "a/caf\u{e9}.wav"]);
        assert_ne!(equal[0], equal[1]);
    }

    #[test]
    fn a_genre_without_a_name_is_refused_before_anything_is_computed() {
        let corpus = Corpus::scan(folder(&["blues/a.wav", " /b.wav"]).path()).unwrap();
        let error = corpus.check_trainable().unwrap_err();
        assert!(extraction::chain(&error).ends_with("a genre has no name"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_audio_file_is_counted_and_pipes_are_not_opened() {
        let root = folder(&["a/1.wav", "a/cover.jpg", "a/notes.txt", "b/1.wav"]);
        let status = std::process::Command::new("mkfifo").arg(root.path().join("b/pipe.wav")).status().unwrap();
        assert!(status.success());
        let corpus = Corpus::scan(root.path()).unwrap();
        assert_eq!(corpus.tracks.len(), 2);
        assert_eq!((corpus.passed_over.other_files, corpus.passed_over.special), (2, 1));
    }

    #[cfg(unix)]
    #[test]
    fn an_unreadable_folder_is_named_and_the_rest_is_there() {
        use std::fs::{Permissions, set_permissions};
        use std::os::unix::fs::PermissionsExt;

        let root = folder(&["a/1.wav", "a/lost+found/2.wav", "b/1.wav", "lost+found/x.wav"]);
        let closed = ["a/lost+found", "lost+found"].map(|name| root.path().join(name));
        closed.iter().for_each(|path| set_permissions(path, Permissions::from_mode(0o000)).unwrap());
        let readable = std::fs::read_dir(&closed[0]).is_ok();
        let corpus = Corpus::scan(root.path());
        closed.iter().for_each(|path| set_permissions(path, Permissions::from_mode(0o755)).unwrap());
        if readable {
            eprintln!("skipped: this user reads everything");
            return;
        }
        let corpus = corpus.unwrap();
        assert_eq!((corpus.genres.as_slice(), corpus.tracks.len()), (&["a".to_owned(), "b".to_owned()][..], 2));
        assert_eq!(corpus.unreadable.len(), 2);
        assert!(corpus.unreadable.iter().all(|folder| folder.name.ends_with("lost+found")));
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
}

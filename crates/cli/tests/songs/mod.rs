//! Songs that a model is sure of, made once for all tests of a file.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::print_stderr, reason = "tests say when they skip")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::{gtzan, write_wav};

/// The genres, of ten that are played, that sound least alike.
pub const GENRES: [&str; 3] = ["classical", "hiphop", "metal"];

/// Songs with a model that has heard them.
pub struct Songs {
    model: PathBuf,
    /// By genre, a WAV of six seconds that the model names so, with its probability.
    sure: BTreeMap<String, (PathBuf, f64)>,
}

/// The songs of this process's tests.
pub fn songs() -> &'static Songs {
    static SONGS: OnceLock<Songs> = OnceLock::new();
    SONGS.get_or_init(|| {
        let name = std::env::current_exe().unwrap().file_stem().unwrap().to_string_lossy().into_owned();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("songs-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Songs::make(&folder)
    })
}

impl Songs {
    fn make(folder: &Path) -> Self {
        let run = |arguments: &[&str]| {
            let assert = gtzan(folder, arguments).assert().success();
            String::from_utf8(assert.get_output().stdout.clone()).unwrap()
        };
        run(&["synth", "--out", "all", "--tracks-per-genre", "6", "--seconds", "6"]);
        for genre in GENRES {
            fs::create_dir_all(folder.join("songs")).unwrap();
            fs::rename(folder.join("all").join(genre), folder.join("songs").join(genre)).unwrap();
        }
        run(&["train", "--data", "songs", "--out", "run", "--set", "training.epochs=40"]);
        let mut sure: BTreeMap<String, (PathBuf, f64)> = BTreeMap::new();
        for line in run(&["predict", "--model", "run", "--json", "songs"]).lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let (genre, confidence) = (line["genre"].as_str().unwrap(), line["confidence"].as_f64().unwrap());
            let path = folder.join(line["path"].as_str().unwrap());
            if path.to_string_lossy().contains(&format!("/{genre}/"))
                && sure.get(genre).is_none_or(|(_, best)| *best < confidence)
            {
                sure.insert(genre.to_owned(), (path, confidence));
            }
        }
        assert_eq!(sure.keys().collect::<Vec<_>>(), GENRES);
        Self { model: folder.join("run"), sure }
    }

    /// A run whose model has learnt them.
    pub fn model(&self) -> &str {
        self.model.to_str().unwrap()
    }

    /// A song of a genre, as WAV.
    pub fn sure(&self, genre: &str) -> &Path {
        &self.sure[genre].0
    }

    /// A library in `folder`: a song of each genre in a folder of its genre, and one that nobody can tell.
    pub fn library(&self, folder: &Path) {
        for genre in GENRES {
            fs::create_dir_all(folder.join(genre)).unwrap();
            encode(self.sure(genre), &folder.join(genre).join("song.mp3"), &[]);
        }
        write_wav(&folder.join("silence.wav"), std::iter::repeat_n(0, 6 * 22_050));
    }

    /// `gtzan tag` with their model, in a folder.
    pub fn tag(&self, folder: &Path, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = gtzan(folder, &["tag", "--model", self.model()]);
        command.args(arguments);
        command
    }
}

/// Whether there is no FFmpeg to make songs with, and a word about it.
pub fn lacks_ffmpeg() -> bool {
    let lacking = Command::new("ffmpeg").arg("-version").output().is_err();
    if lacking {
        eprintln!("skipped: ffmpeg isn't installed");
    }
    lacking
}

/// Converts a song with FFmpeg.
pub fn encode(song: &Path, to: &Path, arguments: &[&str]) {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-y", "-i"]).arg(song).args(arguments).arg(to);
    succeeded(&command.output().unwrap());
}

/// What FFmpeg says of a file's container and its first stream: all tags, in lower case.
pub fn probed(path: &Path) -> BTreeMap<String, String> {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-of", "json", "-show_entries", "format_tags:stream_tags", "-i"]).arg(path);
    let output = command.output().unwrap();
    succeeded(&output);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let streams = found["streams"].as_array().into_iter().flatten().take(1);
    let parts = streams.chain([&found["format"]]).filter_map(|part| part["tags"].as_object());
    parts.flatten().map(|(key, value)| (key.to_lowercase(), value.as_str().unwrap().to_owned())).collect()
}

/// A hash of what FFmpeg hears in a file.
pub fn heard(path: &Path) -> String {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-i"]).arg(path).args(["-map", "0:a", "-f", "md5", "-"]);
    let output = command.output().unwrap();
    succeeded(&output);
    String::from_utf8(output.stdout).unwrap()
}

/// All files below a folder with their bytes, hidden ones too.
pub fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(snapshot(&path));
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

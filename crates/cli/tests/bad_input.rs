//! What a user gets for input that can't be used: one line that says what is wrong, exit code 2, and nothing written.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, starts_with};
use tempfile::TempDir;

use crate::support::write_wav;

/// A folder to run in.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A mono 16-bit WAV file at 22 050 Hz.
    fn wav(&self, name: &str, samples: impl Iterator<Item = i16>) -> PathBuf {
        let path = self.write(name, "");
        write_wav(&path, samples);
        path
    }

    fn tone(&self, name: &str, samples: usize) -> PathBuf {
        self.wav(name, (0..samples).map(|i| (8_000.0 * (i as f32 * 0.06).sin()) as i16))
    }

    fn gtzan(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("gtzan").unwrap();
        command.current_dir(self.folder.path()).env_remove("GTZAN_CACHE").env_remove("RUST_LOG").args(arguments);
        command
    }

    /// Runs `gtzan train` and expects the one line, and no run folder.
    fn refuses_training(&self, arguments: &[&str], message: &str) {
        let mut all = vec!["train", "--out", "run"];
        all.extend_from_slice(arguments);
        self.gtzan(&all)
            .assert()
            .code(2)
            .stdout("")
            .stderr(starts_with("error: ").and(contains(message)).and(one_line()));
        assert!(!self.at("run").exists(), "a run folder was left behind");
    }
}

fn one_line() -> impl predicates::Predicate<str> {
    predicates::function::function(|text: &str| text.lines().count() == 1)
}

/// The lines of a features CSV of two genres with three tracks each.
fn features_csv() -> Vec<String> {
    let mut lines = vec![format!("filename,length,{},label", dsp::FEATURE_NAMES.join(","))];
    for genre in ["blues", "rock"] {
        for track in 0..3 {
            let values: Vec<String> = (0..57).map(|k| format!("{}.25", k + track)).collect();
            lines.push(format!("{genre}.0000{track}.wav,661794,{},{genre}", values.join(",")));
        }
    }
    lines
}

#[test]
fn a_missing_data_folder_is_named() {
    Bench::new().refuses_training(&["--data", "no/such"], "no/such: no such folder");
}

#[test]
fn an_empty_folder_is_explained() {
    let bench = Bench::new();
    std::fs::create_dir(bench.at("data")).unwrap();
    bench.refuses_training(&["--data", "data"], "data: no genre folders in it");
    bench.tone("data/loose.wav", 4_000);
    bench.refuses_training(&["--data", "data"], "one loose audio file");
}

#[test]
fn one_genre_is_not_enough() {
    let bench = Bench::new();
    bench.tone("data/blues/a.wav", 4_000);
    bench.refuses_training(&["--data", "data"], "only one genre, `blues`");
    bench.write("one.csv", features_csv()[..4].join("\n"));
    bench.refuses_training(&["--features", "one.csv"], "one.csv: only one genre, `blues`");
}

#[test]
fn a_genre_without_audio_is_named() {
    let bench = Bench::new();
    bench.tone("data/blues/a.wav", 4_000);
    bench.write("data/jazz/readme.txt", "nothing to hear");
    bench.refuses_training(&["--data", "data"], "no audio files under `jazz`");
}

#[test]
fn a_genre_of_one_track_is_named() {
    let bench = Bench::new();
    bench.tone("data/blues/a.wav", 4_000);
    bench.tone("data/blues/b.wav", 5_000);
    bench.tone("data/rock/c.wav", 4_000);
    bench.refuses_training(&["--data", "data"], "genre `rock (1)` has too few tracks");
}

#[test]
fn a_genre_with_nothing_but_damaged_files_is_named() {
    let bench = Bench::new();
    bench.tone("data/blues/a.wav", 4_000);
    bench.tone("data/blues/b.wav", 5_000);
    bench.write("data/rock/c.wav", "");
    bench.refuses_training(&["--data", "data"], "none of the 1 audio files here can be used");
}

#[test]
fn faults_of_a_csv_are_placed() {
    let bench = Bench::new();
    for (fault, line, from, to) in [
        ("missing column `tempo`", 1, "tempo", "speed"),
        ("line 3, column `chroma_stft_mean`: `loud` is not a number", 3, ",1.25,", ",loud,"),
        ("line 3, column `chroma_stft_mean`: `NaN` is not a finite number", 3, ",1.25,", ",NaN,"),
        ("line 3, column `chroma_stft_mean`: `-inf` is not a finite number", 3, ",1.25,", ",-inf,"),
        ("line 4, column `filename`: `blues.00001.wav` stands on line 3 already", 4, "00002", "00001"),
        ("bad.csv: not a usable CSV", 5, ",rock", ""),
    ] {
        let mut lines = features_csv();
        lines[line - 1] = lines[line - 1].replacen(from, to, 1);
        bench.write("bad.csv", lines.join("\n"));
        bench.refuses_training(&["--features", "bad.csv"], fault);
    }
    bench.write("bad.csv", &features_csv()[0]);
    bench.refuses_training(&["--features", "bad.csv"], "bad.csv: no rows below the header");
    bench.write("bad.csv", "");
    bench.refuses_training(&["--features", "bad.csv"], "bad.csv: missing columns");
    bench.refuses_training(&["--features", "absent.csv"], "can't read absent.csv");
}

#[test]
fn a_typo_in_the_configuration_gets_the_nearest_key() {
    let bench = Bench::new();
    bench.write("my.toml", "name = \"x\"\n[training]\nepocs = 3\n");
    bench.refuses_training(&["--config", "my.toml"], "my.toml:3: unknown key `epocs`; did you mean `epochs`?");
    bench.refuses_training(&["--set", "optimizer.lerning_rate=1"], "did you mean `learning_rate`?");
    bench.refuses_training(&["--set", "split.test_fraction=2"], "it must lie between");
    bench.refuses_training(&["--config", "absent.toml"], "can't read absent.toml");
}

#[test]
fn extraction_names_bad_files_and_writes_the_good() {
    let bench = Bench::new();
    bench.tone("music/rock/good.wav", 30_000);
    bench.write("music/rock/empty.wav", "");
    bench.write("music/rock/text.mp3", "this is no music\n");
    bench.tone("music/rock/short.wav", 2_047);
    bench
        .gtzan(&["extract", "music", "--out", "out.csv"])
        .assert()
        .code(1)
        .stdout(contains("1 rows of 1 tracks in out.csv"))
        .stderr(
            contains("failed: music/rock/empty.wav: ")
                .and(contains("failed: music/rock/text.mp3: "))
                .and(contains("failed: music/rock/short.wav: the clip has 2047 samples"))
                .and(contains("3 of 4 files failed")),
        );
    let rows = rows(&bench.at("out.csv"));
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0][0].as_str(), rows[0][1].as_str(), rows[0][59].as_str()), ("good.wav", "30000", "rock"));
}

#[test]
fn extraction_of_nothing_usable_writes_nothing() {
    let bench = Bench::new();
    bench.write("empty.wav", "");
    bench
        .gtzan(&["extract", "empty.wav", "--out", "out.csv"])
        .assert()
        .code(2)
        .stderr(contains("failed: empty.wav: ").and(contains("error: no features: none of the 1 files can be used")));
    std::fs::create_dir(bench.at("folder")).unwrap();
    bench.gtzan(&["extract", "folder", "--out", "out.csv"]).assert().code(2).stderr(contains("no audio files found"));
    bench.gtzan(&["extract", "absent.wav", "--out", "out.csv"]).assert().code(2).stderr(contains("absent.wav"));
    bench.gtzan(&["extract", "empty.wav", "--out", "folder"]).assert().code(2).stderr(contains("is a folder"));
    bench
        .gtzan(&["extract", "empty.wav", "--out", "out.csv", "--clip-seconds", "0.01"])
        .assert()
        .code(2)
        .stderr(contains("analysis window"));
    assert!(!bench.at("out.csv").exists());
}

#[test]
fn silence_gives_finite_features() {
    let bench = Bench::new();
    bench.wav("silence.wav", (0..30_000).map(|_| 0));
    bench.gtzan(&["extract", "silence.wav", "--out", "out.csv"]).assert().success();
    let rows = rows(&bench.at("out.csv"));
    assert!(rows[0][2..59].iter().all(|cell| cell.parse::<f64>().unwrap().is_finite()), "{:?}", rows[0]);
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut csv = csv::Reader::from_path(path).unwrap();
    csv.records().map(|row| row.unwrap().iter().map(String::from).collect()).collect()
}

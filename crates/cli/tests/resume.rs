//! A run that is killed, interrupted or changed, and goes on.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use tempfile::TempDir;

use crate::support::{gtzan, write_features};

/// Settings of a run that takes a few seconds.
const SETTINGS: [&str; 4] = ["--set", "training.epochs=150", "--set", "training.fit_to=\"all\""];

struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_features(folder.path(), 60, |track, column| (track * 37 + column * 101) % 97 + 40 * (track % 2));
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn gtzan(&self, args: &[&str]) -> assert_cmd::assert::Assert {
        gtzan(self.folder.path(), args).assert()
    }

    /// Begins a run in a process of its own.
    fn spawn(&self, args: &[&str]) -> Child {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("gtzan"));
        command.current_dir(self.folder.path()).env("GTZAN_CACHE", self.path("cache")).args(args);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// What a stopped run has left.
    fn partials(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.to_string_lossy().contains(".partial-")).collect()
    }

    /// Begins a run, and waits until it has kept a state.
    fn until_kept(&self, args: &[&str]) -> Child {
        let mut child = self.spawn(args);
        while !self.partials().iter().any(|partial| has_state(&partial.join("checkpoints"))) {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    }

    /// Whether there is a training to go on with.
    fn has_state(&self) -> bool {
        self.partials().iter().any(|partial| has_state(&partial.join("checkpoints")))
    }
}

fn has_state(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths.any(|path| has_state(&path) || path.file_name().unwrap().to_string_lossy().starts_with("state-"))
}

/// All of a run that doesn't tell the time.
fn outcome(run: &Path) -> (Vec<u8>, Vec<u8>, Vec<u8>, serde_json::Value) {
    let read = |name: &str| fs::read(run.join(name)).unwrap();
    let mut metrics: serde_json::Value = serde_json::from_slice(&read("metrics.json")).unwrap();
    let times: Vec<String> =
        metrics.as_object().unwrap().keys().filter(|key| key.contains("seconds")).cloned().collect();
    for key in times {
        metrics.as_object_mut().unwrap().remove(&key);
    }
    (read("model/model.bpk"), read("history.csv"), read("predictions.csv"), metrics)
}

/// Kills a run at up to 12 moments, and compares what it comes to with a run that was let alone.
fn killed_runs_end_as_others(backend: &str, more: &[&str]) {
    let bench = Bench::new();
    let settings = [&["--features", "features.csv", "--backend", backend], &SETTINGS[..], more].concat();
    bench.gtzan(&[&["train", "--out", "whole"], &settings[..]].concat()).success();

    let begin = [&["train", "--out", "parts", "--save-every", "0.02"], &settings[..]].concat();
    let go_on = ["train", "--resume", "parts", "--save-every", "0.02"];
    let mut state = 7u64;
    let mut kills = 0;
    while kills < 12 && !bench.path("parts").exists() {
        let mut child = if bench.has_state() { bench.spawn(&go_on) } else { bench.spawn(&begin) };
        // On a busy machine it would always be killed before there is anything to go on with.
        while !bench.has_state() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_millis(80 + (state >> 33) % 250));
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    assert!(kills >= 5, "it was over before it could be killed {kills} times");
    if !bench.path("parts").exists() {
        bench.gtzan(&go_on).success().stderr(contains("goes on after epoch"));
    }
    assert!(outcome(&bench.path("whole")) == outcome(&bench.path("parts")), "{backend} {more:?}");
    assert_eq!(bench.partials(), [] as [PathBuf; 0]);
    assert!(!bench.path("parts/checkpoints").exists() && !bench.path("parts/terms.json").exists());
}

#[test]
fn a_killed_run_ends_with_the_same_bits_on_flex() {
    killed_runs_end_as_others("flex", &[]);
}

#[test]
fn a_killed_run_ends_with_the_same_bits_on_ndarray() {
    killed_runs_end_as_others("ndarray", &["--set", "training.keep=\"best\""]);
}

#[test]
fn folds_and_seeds_that_are_killed_end_with_the_same_bits() {
    killed_runs_end_as_others("flex", &["--set", "split.protocol=\"kfold\"", "--set", "split.folds=4"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_after_the_epoch_and_the_run_goes_on() {
    let bench = Bench::new();
    let settings = ["--features", "features.csv", "--set", "training.epochs=1000000", "--save-every", "0.05"];
    let mut child = bench.until_kept(&[&["train", "--out", "run"], &settings[..]].concat());
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(bench.partials().len(), 1);

    // What was learnt is not thrown away by a forgotten word.
    let again = bench.gtzan(&[&["train", "--out", "run"], &settings[..]].concat()).code(2);
    again.stderr(contains("was stopped").and(contains("--resume run")).and(contains("remove")));
    // And goes on only as it began.
    let changed = ["train", "--resume", "run", "--features", "features.csv", "--set", "training.epochs=9"];
    bench.gtzan(&changed).code(2).stderr(contains("`training.epochs` was 1000000").and(contains("is 9")));
    let other = [
        "train",
        "--resume",
        "run",
        "--features",
        "features.csv",
        "--backend",
        "ndarray",
        "--set",
        "training.epochs=1000000",
    ];
    bench.gtzan(&other).code(2).stderr(contains("`backend`").and(contains("ndarray")));
    write_features(bench.folder.path(), 60, |track, column| (track * 37 + column * 101) % 97 + 41 * (track % 2));
    bench.gtzan(&["train", "--resume", "run"]).code(2).stderr(contains("the data's fingerprint was"));
    assert_eq!(bench.partials().len(), 1);
}

#[test]
fn a_damaged_state_is_named_and_the_one_before_is_used() {
    let bench = Bench::new();
    let settings = ["--features", "features.csv", "--set", "training.epochs=400", "--save-every", "0.02"];
    bench.gtzan(&[&["train", "--out", "whole"], &settings[..]].concat()).success();
    let mut child = bench.until_kept(&[&["train", "--out", "run"], &settings[..]].concat());
    std::thread::sleep(Duration::from_millis(150));
    child.kill().unwrap();
    child.wait().unwrap();
    let states = bench.partials()[0].join("checkpoints/seed-0-fold-0/fit");
    let mut files: Vec<PathBuf> = fs::read_dir(&states).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with("state-"));
    let number = |path: &PathBuf| path.to_string_lossy().rsplit('-').next().unwrap().parse::<u64>().unwrap();
    files.sort_by_key(number);
    let newest = files.pop().unwrap();
    let bytes = fs::read(&newest).unwrap();
    fs::write(&newest, &bytes[..bytes.len() / 2]).unwrap();
    bench.gtzan(&["train", "--resume", "run"]).success().stderr(contains("cut short").and(contains("earlier state")));
    assert!(outcome(&bench.path("whole")) == outcome(&bench.path("run")));
}

#[test]
fn there_is_nothing_to_go_on_with_where_nothing_was_stopped() {
    let bench = Bench::new();
    bench.gtzan(&["train", "--resume", "run"]).code(2).stderr(contains("no stopped training"));
    let train = ["train", "--out", "run", "--features", "features.csv", "--set", "training.epochs=2"];
    bench.gtzan(&train).success();
    bench.gtzan(&["train", "--resume", "run"]).code(2).stderr(contains("this run is whole"));
    bench.gtzan(&["train", "--resume", "run", "--out", "other"]).code(2).stderr(contains("cannot be used with"));
    assert!(!bench.path("other").exists());
}

//! What becomes of a run's folder, whatever happens to the run.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_empty};
use tempfile::TempDir;

use crate::support::{gtzan, write_features};

const TRAIN: [&str; 7] = ["train", "--features", "features.csv", "--out", "run", "--set", "training.epochs=3"];

/// Settings that leave all numbers within a few steps.
const DIVERGING: [&str; 4] = ["--set", "optimizer.learning_rate=10", "--set", "optimizer.weight_decay=10"];

struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_features(folder.path(), 40, |track, column| (track * 37 + column * 101) % 97 + 40 * (track % 2));
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn train(&self, more: &[&str]) -> assert_cmd::assert::Assert {
        gtzan(self.folder.path(), &[&TRAIN[..], more].concat()).assert()
    }

    /// A training that is never done, and has begun to write.
    fn endless(&self) -> Child {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("gtzan"));
        command.current_dir(self.folder.path()).env("GTZAN_CACHE", self.path("cache")).args(TRAIN);
        command.args(["--set", "training.epochs=1000000"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let writing = || {
            let drafts = self.names().into_iter().filter(|name| name.starts_with(".run.partial-"));
            drafts.map(|name| self.path(&name).join("split.csv")).any(|split| split.is_file())
        };
        while !writing() {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        child
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn model_works(&self) {
        gtzan(self.folder.path(), &["evaluate", "run", "--features", "features.csv"]).assert().success();
    }
}

/// Everything below a folder: contents of files, nothing of folders.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(contents(&path));
            all.insert(path, None);
        } else {
            all.insert(path.clone(), Some(fs::read(path).unwrap()));
        }
    }
    all
}

#[test]
fn a_folder_of_somebody_elses_is_refused_and_left_as_it_was() {
    let bench = Bench::new();
    for folder in ["run/checkpoints", "run/model"] {
        fs::create_dir_all(bench.path(folder)).unwrap();
    }
    fs::write(bench.path("run/config.toml"), "x").unwrap();
    fs::write(bench.path("run/model/thesis.txt"), "y").unwrap();
    let before = contents(bench.folder.path());
    bench.train(&[]).code(2).stdout(is_empty()).stderr(contains("run: it holds other files").and(contains("--out")));
    assert_eq!(contents(bench.folder.path()), before);
}

#[test]
fn a_run_of_an_earlier_version_is_refused_and_left_as_it_was() {
    let bench = Bench::new();
    bench.train(&[]).success();
    fs::remove_file(bench.path("run/run.json")).unwrap();
    let before = contents(bench.folder.path());
    bench.train(&[]).code(2).stderr(contains("earlier version").and(contains("move this one away")));
    assert_eq!(contents(bench.folder.path()), before);
    bench.model_works();
}

#[test]
fn a_training_that_diverges_fails_and_leaves_the_earlier_run() {
    let bench = Bench::new();
    bench.train(&[]).success();
    let before = contents(bench.folder.path());
    for keep in ["last", "best"] {
        let keep = format!("training.keep={keep}");
        let more = [&["--set", &keep, "--set", "training.epochs=40"], &DIVERGING[..]].concat();
        bench.train(&more).code(2).stdout(is_empty()).stderr(contains("lower optimizer.learning_rate"));
        assert_eq!(contents(bench.folder.path()), before);
    }
    bench.model_works();
}

#[test]
fn files_of_the_users_in_a_runs_folder_outlive_it() {
    let bench = Bench::new();
    bench.train(&[]).success();
    for (name, text) in [("run/notes.txt", "mine"), ("run/model/notes.txt", "mine too"), ("run/plots/a.svg", "<svg/>")]
    {
        fs::create_dir_all(bench.path(name).parent().unwrap()).unwrap();
        fs::write(bench.path(name), text).unwrap();
    }
    bench.train(&["--set", "training.epochs=2"]).success();
    assert_eq!(fs::read_to_string(bench.path("run/history.csv")).unwrap().lines().count(), 1 + 2);
    for (name, text) in [("run/notes.txt", "mine"), ("run/model/notes.txt", "mine too"), ("run/plots/a.svg", "<svg/>")]
    {
        assert_eq!(fs::read_to_string(bench.path(name)).unwrap(), text);
    }
    bench.model_works();
}

#[test]
fn a_second_run_in_a_folder_is_refused_and_told_who_is_there() {
    let bench = Bench::new();
    let mut first = bench.endless();
    bench.train(&[]).code(2).stdout(is_empty()).stderr(contains(format!("process {}", first.id())));
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn a_killed_run_leaves_the_earlier_one_and_blocks_nothing() {
    let bench = Bench::new();
    bench.train(&[]).success();
    let before = contents(&bench.path("run"));
    let mut killed = bench.endless();
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(contents(&bench.path("run")), before);
    bench.model_works();
    bench.train(&["--set", "training.epochs=2"]).success();
    assert_eq!(bench.names(), ["features.csv", "run"]);
}

#[test]
fn a_key_that_is_no_more_is_named() {
    let bench = Bench::new();
    for key in ["training.averaging", "training.ensemble", "regularization.mixup", "regularization.noise"] {
        let name = key.split('.').next_back().unwrap();
        bench.train(&["--set", &format!("{key}=0")]).code(2).stderr(contains(format!("unknown key `{name}`")));
    }
}

/// What nobody reads is no reason to stop, nor to say that all went well.
#[cfg(unix)]
#[test]
fn a_closed_stderr_neither_ends_a_run_nor_changes_its_exit_code() {
    let bench = Bench::new();
    let status = |more: &[&str]| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("gtzan"));
        command.current_dir(bench.folder.path()).args(TRAIN).args(more);
        command.stdout(Stdio::null()).stderr(writer).status().unwrap().code()
    };
    assert_eq!(status(&[]), Some(0));
    bench.model_works();
    assert_eq!(status(&[&["--set", "training.epochs=40"], &DIVERGING[..]].concat()), Some(2));
}

//! Protocols, the leak check and `gtzan benchmark`, as a user meets them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use dsp::FEATURE_NAMES;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

/// A scratch folder with a features CSV: three genres, 20 tracks each, of so many clips.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(clips: usize) -> Self {
        let mut text = format!("filename,length,{},label\n", FEATURE_NAMES.join(","));
        for track in 0..60 {
            let genre = ["ska", "dub", "waltz"][track % 3];
            for clip in 0..clips {
                let value = |column: usize| {
                    let bright = if (column + genre.len()).is_multiple_of(3) { 1.0 } else { 0.0 };
                    bright + (((track * 7 + clip) * 37 + column * 101) % 97) as f64 / 97.0
                };
                let values: Vec<String> = (0..57).map(|column| value(column).to_string()).collect();
                let name = if clips > 1 { format!("{track:05}.{clip}") } else { format!("{track:05}") };
                text += &format!("{genre}.{name}.wav,66149,{},{genre}\n", values.join(","));
            }
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("features.csv"), text).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Gives track `to` the features of track `from`.
    fn copy(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.path("features.csv")).unwrap();
        let values = |name: &str| -> String {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap();
            line.splitn(3, ',').nth(2).unwrap().rsplit_once(',').unwrap().0.to_owned()
        };
        let changed = text.replace(&values(to), &values(from));
        fs::write(self.path("features.csv"), changed).unwrap();
    }

    fn run(&self, command: &str, more: &[&str]) -> assert_cmd::assert::Assert {
        let mut gtzan = Command::cargo_bin("gtzan").unwrap();
        gtzan.current_dir(self.folder.path()).env_remove("RUST_LOG").args([command, "--features", "features.csv"]);
        gtzan.args(["--backend", "flex", "--set", "training.epochs=3"]).args(more).assert()
    }

    fn metrics(&self) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.path("run/metrics.json")).unwrap()).unwrap()
    }
}

#[test]
fn folds_are_all_trained_and_pooled() {
    let bench = Bench::new(1);
    let assert = bench.run("train", &["--out", "run", "--set", "split.protocol=kfold", "--set", "split.folds=4"]);
    assert
        .success()
        .stdout(contains("mean of 4 folds").and(contains("of 60 tracks")).and(contains("fitted to all tracks")));
    let metrics = bench.metrics();
    assert_eq!((&metrics["folds"], &metrics["n_test"]), (&4.into(), &60.into()));
    let rounds = metrics["rounds"].as_array().unwrap();
    assert_eq!(rounds.iter().map(|round| round["tracks"].as_u64().unwrap()).collect::<Vec<_>>(), [15; 4]);
    let hits: f64 = rounds.iter().map(|round| round["accuracy"].as_f64().unwrap() * 15.0).sum();
    assert!((metrics["test"]["accuracy"].as_f64().unwrap() - hits / 60.0).abs() < 1e-9);
    let lines = |name: &str| fs::read_to_string(bench.path("run").join(name)).unwrap();
    assert!(lines("split.csv").starts_with("track,label,fold\n"));
    assert_eq!(lines("predictions.csv").lines().count(), 61);
    let counted: u32 = lines("confusion.csv")
        .lines()
        .skip(1)
        .flat_map(|line| line.split(',').skip(1).map(|n| n.parse::<u32>().unwrap()).collect::<Vec<_>>())
        .sum();
    assert_eq!(counted, 60);
}

#[test]
fn seeds_are_averaged_and_the_interval_is_that_of_one_seeds_songs() {
    let bench = Bench::new(1);
    bench.run("train", &["--out", "run", "--seeds", "3"]).success().stdout(contains("mean of 3 seeds"));
    let metrics = bench.metrics();
    let seeds: Vec<u64> =
        metrics["rounds"].as_array().unwrap().iter().map(|round| round["seed"].as_u64().unwrap()).collect();
    assert_eq!((seeds, &metrics["n_test"]), (vec![0, 1, 2], &20.into()));
    let mean: f64 =
        metrics["rounds"].as_array().unwrap().iter().map(|r| r["accuracy"].as_f64().unwrap()).sum::<f64>() / 3.0;
    assert!((metrics["test"]["accuracy"].as_f64().unwrap() - mean).abs() < 1e-9);
}

#[test]
fn a_recording_on_both_sides_is_named_and_refused_if_that_is_wanted() {
    let bench = Bench::new(1);
    fs::write(
        bench.path("split.csv"),
        (0..60).fold("track,split\n".to_owned(), |text, track| {
            let part = if track < 45 { "train" } else { "test" };
            text + &format!("{}.{track:05},{part}\n", ["ska", "dub", "waltz"][track % 3])
        }),
    )
    .unwrap();
    let split = ["--out", "run", "--set", "split.protocol=file", "--set", "split.file=split.csv"];
    bench.run("train", &[&split[..], &["--strict"]].concat()).success().stderr(contains("leak check: 0 pairs"));
    bench.copy("ska.00000", "dub.00058");
    let refused = bench.run("train", &[&split[..], &["--strict"]].concat());
    refused.code(2).stderr(contains("dub.00058 = ska.00000"));
    bench
        .run("train", &split)
        .success()
        .stderr(contains("1 on both sides of training and test (dub.00058 = ska.00000)"));
    assert_eq!(bench.metrics()["leaks"]["identical_across"][0], serde_json::json!(["dub.00058", "ska.00000"]));
}

#[test]
fn bad_split_files_are_refused_by_name_and_nothing_is_written() {
    let bench = Bench::new(1);
    for (text, reason) in [
        ("track,split\nska.00000,train\npolka.00007,test\n", "`polka.00007`"),
        ("track,split\nska.00000,train\nska.00000.wav,test\n", "line 3: `ska.00000` stands in two places"),
        ("track,split\nska.00000,train\ndub.00001,train\nska.00003,test\n", "no track of `waltz`"),
        ("song,part\nska.00000,train\n", "expected the columns"),
    ] {
        fs::write(bench.path("split.csv"), text).unwrap();
        let split = ["--out", "run", "--set", "split.protocol=file", "--set", "split.file=split.csv"];
        bench.run("train", &split).code(2).stderr(contains("split.csv").and(contains(reason)));
    }
    bench.run("train", &["--set", "split.protocol=artist-folds"]).code(2).stderr(contains("`split.file` is missing"));
    bench
        .run("train", &["--set", "split.protocol=artist-fold"])
        .code(2)
        .stderr(contains("did you mean `artist-folds`"));
    bench.run("train", &["--set", "split.protocol=fault-filtered"]).code(2).stderr(contains("GTZAN's tracks"));
    assert_eq!(fs::read_dir(bench.folder.path()).unwrap().count(), 2, "features.csv and split.csv alone");
}

#[test]
fn the_benchmark_runs_what_the_data_allows_and_says_what_leaks() {
    let bench = Bench::new(2);
    fs::write(
        bench.path("folds.csv"),
        (0..60).fold("track,artist_group,fold\n".to_owned(), |text, track| {
            text + &format!("{}.{track:05},{},{}\n", ["ska", "dub", "waltz"][track % 3], track / 6, track / 6 % 2)
        }),
    )
    .unwrap();
    let args = ["--folds", "folds.csv", "--set", "split.folds=3"];
    let assert = bench.run("benchmark", &[&args[..], &["--json"]].concat()).success();
    let lines: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let names: Vec<&str> = lines.as_array().unwrap().iter().map(|line| line["protocol"].as_str().unwrap()).collect();
    assert_eq!(names, ["random", "random-clips", "kfold", "artist-folds"]);
    for line in lines.as_array().unwrap() {
        let number = |key: &str| line[key].as_f64().unwrap();
        assert!(number("low") <= number("accuracy") && number("accuracy") <= number("high"), "{line}");
        assert!(number("macro_f1") <= 1.0 && number("log_loss") > 0.0 && number("ece") <= 1.0, "{line}");
    }
    assert_eq!(lines[2]["tracks"], 60);
    assert_eq!(lines[1]["leaks"], true);
    fs::write(bench.path("benchmark.json"), &assert.get_output().stdout).unwrap();

    bench.run("benchmark", &args).success().stdout(contains("random-clips leaks").and(contains("95 % interval")));
    bench.run("train", &["--out", "run", "--benchmark", "benchmark.json"]).success();
    let card = fs::read_to_string(bench.path("run/model/MODEL_CARD.md")).unwrap();
    assert!(card.contains("| artist-folds | 60 |") && card.contains("| kfold | 60 |"), "{card}");
    let not_json = bench.run("train", &["--out", "run", "--benchmark", "folds.csv"]);
    not_json.code(2).stderr(contains("folds.csv").and(contains("benchmark --json")));
}

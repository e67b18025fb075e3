//! `gtzan train`, `evaluate`, `predict`, `export` and `doctor`, as a user meets them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use burn::tensor::Device;
use dsp::FEATURE_NAMES;
use model::ModelBundle;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_empty};
use trainer::backend::Backend;

use crate::support::write_wav;

/// A scratch folder with a features CSV of three genres and a model trained on it.
struct Trained {
    folder: tempfile::TempDir,
}

fn gtzan(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("gtzan").unwrap();
    command.current_dir(folder).env_remove("XDG_RUNTIME_DIR").env_remove("RUST_LOG");
    command
}

fn features(genres: &[&str]) -> String {
    let mut text = format!("filename,length,{},label\n", FEATURE_NAMES.join(","));
    for track in 0..60 {
        let genre = genres[track % genres.len()];
        // Each genre has its own bright columns; the rest is scatter.
        let value = |column: usize| {
            let bright = if (column + genre.len()).is_multiple_of(3) { 2.0 } else { 0.0 };
            bright + ((track * 37 + column * 101) % 97) as f64 / 97.0
        };
        let values: Vec<String> = (0..57).map(|column| value(column).to_string()).collect();
        text += &format!("{genre}.{track:05}.wav,661500,{},{genre}\n", values.join(","));
    }
    text
}

/// A second of a tone as 16-bit WAV, repeated to `seconds`.
fn wav(path: &Path, seconds: usize) {
    let tone = |i: usize| ((i as f64 * 0.0627 + (i as f64 * 1e-4).sin()).sin() * 12_000.0) as i16;
    write_wav(path, (0..seconds * 22_050).map(tone));
}

impl Trained {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("features.csv"), features(&["ska", "dub", "waltz"])).unwrap();
        let trained = Self { folder };
        trained.train(&[]).success().stdout(contains("accuracy").and(contains("95 % interval")));
        trained
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn gtzan(&self) -> Command {
        gtzan(self.folder.path())
    }

    fn train(&self, more: &[&str]) -> assert_cmd::assert::Assert {
        let mut command = self.gtzan();
        command.args(["train", "--features", "features.csv", "--out", "run", "--set", "training.epochs=4"]);
        command.args(more).assert()
    }

    fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }
}

#[test]
fn a_run_leaves_everything_that_tells_what_happened() {
    let trained = Trained::new();
    let files = ["config.toml", "split.csv", "confusion.csv", "history.csv", "predictions.csv"];
    for name in files.iter().chain(&["model/bundle.json", "model/model.bpk", "model/MODEL_CARD.md"]) {
        assert!(trained.path("run").join(name).is_file(), "{name}");
    }
    assert!(!trained.path("run/checkpoints").exists(), "a run that is whole has nothing to go on with");
    assert_eq!(fs::read_to_string(trained.path("run/history.csv")).unwrap().lines().count(), 1 + 4);

    let metrics = trained.json("run/metrics.json");
    for key in ["backend", "input", "protocol", "seed", "n_train", "n_valid", "n_test", "epochs_run", "train_seconds"] {
        assert!(!metrics[key].is_null(), "{key}");
    }
    assert!(metrics["test"]["loss"].is_f64() && metrics["test"]["accuracy"].is_number());
    assert!(metrics["test"]["per_genre"]["ska"]["f1"].is_number());
    let tracks = ["n_train", "n_valid", "n_test"].map(|key| metrics[key].as_u64().unwrap());
    assert_eq!(tracks.iter().sum::<u64>(), 60);
}

#[test]
fn the_same_command_gives_the_same_model_byte_for_byte() {
    for backend in ["ndarray", "flex"] {
        let trained = Trained::new();
        let mut records = Vec::new();
        for _ in 0..2 {
            trained.train(&["--backend", backend]).success();
            records.push(fs::read(trained.path("run/model/model.bpk")).unwrap());
        }
        assert!(records[0] == records[1], "{backend}");
    }
}

#[test]
fn training_keeps_its_progress_off_stdout() {
    let trained = Trained::new();
    trained
        .train(&[])
        .success()
        .stdout(contains("epoch 1/4").not().and(contains("Split").not()))
        .stderr(contains("epoch 4/4").and(contains("XDG_RUNTIME_DIR").not()));
}

#[test]
fn bad_data_leaves_the_earlier_run_alone() {
    let trained = Trained::new();
    let before = fs::read(trained.path("run/metrics.json")).unwrap();
    fs::write(trained.path("features.csv"), features(&["ska"])).unwrap();
    trained.train(&[]).code(2).stdout(is_empty()).stderr(contains("only one genre, `ska`"));
    assert_eq!(fs::read(trained.path("run/metrics.json")).unwrap(), before);
}

#[test]
fn evaluation_takes_a_run_or_a_bundle_and_refuses_unknown_genres() {
    let trained = Trained::new();
    for model in ["run", "run/model"] {
        let output =
            trained.gtzan().args(["evaluate", model, "--features", "features.csv", "--json"]).assert().success();
        let json: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
        assert_eq!((&json["count"], &json["trained_on"]), (&60.into(), &true.into()));
    }
    fs::write(trained.path("other.csv"), features(&["ska", "polka"])).unwrap();
    trained.gtzan().args(["evaluate", "run", "--features", "other.csv"]).assert().code(2).stderr(contains("`polka`"));
    trained.gtzan().args(["evaluate", "run"]).assert().code(2);
}

#[test]
fn good_files_are_classified_and_bad_ones_named() {
    let trained = Trained::new();
    let songs = trained.path("songs");
    fs::create_dir(&songs).unwrap();
    wav(&songs.join("b.wav"), 4);
    wav(&songs.join("a.wav"), 3);
    fs::write(songs.join("c.mp3"), "dear diary").unwrap();
    let assert = trained.gtzan().args(["predict", "--model", "run", "--json", "--top", "2", "songs"]).assert().code(1);
    let output = assert.get_output();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr.lines().count(), 2, "{stderr}");
    assert!(stderr.starts_with("failed: songs/c.mp3: ") && stderr.contains("1 of 3 files failed"), "{stderr}");

    let lines: Vec<serde_json::Value> = output
        .stdout
        .split(|&b| b == b'\n')
        .filter(|l| !l.is_empty())
        .map(|l| serde_json::from_slice(l).unwrap())
        .collect();
    let names: Vec<&str> = lines.iter().map(|line| &line["path"].as_str().unwrap()[6..]).collect();
    assert_eq!(names, ["a.wav", "b.wav", "c.mp3"]);
    assert_eq!(lines[0]["status"], "ok");
    assert_eq!(lines[0]["top"].as_array().unwrap().len(), 2);
    // The model knows tables of small numbers, and nothing like a tone's.
    assert_eq!((&lines[0]["genre"], &lines[0]["doubt"]), (&"unsure".into(), &"unfamiliar".into()));
    assert_eq!(lines[0]["confidence"], lines[0]["top"][0]["probability"]);
    assert_eq!(lines[0]["clips"].as_array().unwrap().len(), 1);
    assert_eq!((&lines[0]["clips"][0]["start"], &lines[0]["clips"][0]["end"]), (&0.0.into(), &3.0.into()));
    assert_eq!(lines[2]["status"], "failed");
    assert!(lines[2]["error"].is_string() && lines[2]["genre"].is_null());
}

#[test]
fn a_prediction_without_any_usable_file_or_model_fails() {
    let trained = Trained::new();
    trained.gtzan().args(["predict", "--model", "run", "nowhere.wav"]).assert().code(2).stderr(contains("nowhere.wav"));
    let no_model = trained.gtzan().args(["predict", "--model", "elsewhere", "features.csv"]).assert();
    no_model.code(2).stderr(contains("bundle.json"));
}

#[test]
fn exported_files_are_written_whole() {
    let trained = Trained::new();
    for (format, file) in [("burnpack", "m.bpk"), ("safetensors", "m.safetensors"), ("onnx", "m.onnx")] {
        trained.gtzan().args(["export", "run", "--format", format, "--out", file]).assert().success();
        assert!(fs::metadata(trained.path(file)).unwrap().len() > 200_000);
        let onto_folder = trained.gtzan().args(["export", "run", "--format", format, "--out", "run"]).assert();
        onto_folder.code(2).stderr(contains("run: is a folder; --out takes the name of a file"));
    }
    trained.gtzan().args(["export", "run", "--format", "tflite", "--out", "m.tflite"]).assert().code(2);
}

#[test]
fn an_exported_folder_replaces_its_like_and_nothing_else() {
    let trained = Trained::new();
    let export = |out: &str| trained.gtzan().args(["export", "run", "--format", "huggingface", "--out", out]).assert();
    for _ in 0..2 {
        export("hub").success().stdout(contains("hub"));
    }
    for file in ["README.md", "config.json", "example.py", "model.onnx", "model.safetensors"] {
        assert!(trained.path("hub").join(file).is_file(), "{file}");
    }
    for refused in ["run", "features.csv"] {
        export(refused).code(2).stderr(contains("will not be replaced").and(contains("choose another place")));
    }
    assert!(trained.path("run/model/bundle.json").is_file() && trained.path("features.csv").is_file());
}

#[test]
fn a_gpu_that_is_not_there_is_an_error_that_names_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = gtzan(folder.path());
    // No driver can be found at these places.
    command.env("VK_ICD_FILENAMES", "/nonexistent").env("VK_DRIVER_FILES", "/nonexistent");
    if cfg!(target_os = "linux") {
        let assert = command.args(["train", "--backend", "wgpu"]).assert().code(2);
        assert.stderr(contains("mesa-vulkan-drivers").and(contains("`ndarray`")).and(contains("`flex`")));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn the_doctor_lists_every_backend_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let assert = gtzan(folder.path()).arg("doctor").assert().success();
    assert.stdout(contains("ndarray").and(contains("flex")).and(contains("wgpu"))).stderr(is_empty());
}

#[test]
fn one_bundle_gives_the_same_probabilities_on_every_backend() {
    let trained = Trained::new();
    let rows: Vec<Vec<f32>> =
        (0..40).map(|row| (0..57).map(|column| ((row * 31 + column * 17) % 23) as f32 / 10.0).collect()).collect();
    let on =
        |device: &Device| ModelBundle::load(&trained.path("run/model"), device).unwrap().probabilities(&rows).unwrap();
    let expected = on(&Backend::Ndarray.device().unwrap()).concat();
    for backend in [Backend::Flex, Backend::Wgpu] {
        match backend.device() {
            Ok(device) => {
                for (a, b) in on(&device).concat().iter().zip(&expected) {
                    assert!((a - b).abs() < 1e-4, "{backend}: {a} and {b}");
                }
            }
            Err(error) if std::env::var_os("GTZAN_REQUIRE_WGPU").is_some() => panic!("{error}"),
            Err(error) => println!("skipped on {backend}: {error}"),
        }
    }
}

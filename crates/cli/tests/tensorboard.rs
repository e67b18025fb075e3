//! Event files, read by TensorBoard itself: `$GTZAN_PYTHON` is a Python with tensorboard.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails by panicking, and says when it skips")]

mod support;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::str::contains;

use crate::support::{gtzan, write_features};

fn features(folder: &Path) {
    write_features(folder, 40, |track, column| (track * 37 + column * 101) % 97);
}

const TRAIN: [&str; 9] =
    ["train", "--features", "features.csv", "--out", "run", "--set", "training.epochs=6", "--tensorboard", "events"];

/// Compares every value with history.csv; a second run must have replaced the first.
const CHECK: &str = r#"
import csv
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
history = list(csv.DictReader(open("run/history.csv")))
assert len(history) == 6
for run, prefix in (("train", "train"), ("validation", "valid")):
    events = EventAccumulator("events/" + run)
    events.Reload()
    assert sorted(events.Tags()["scalars"]) == ["epoch_accuracy", "epoch_loss"], events.Tags()
    for name in ("loss", "accuracy"):
        got = events.Scalars("epoch_" + name)
        assert [event.step for event in got] == [int(row["epoch"]) for row in history], (run, got)
        for event, row in zip(got, history):
            wanted = float(row[prefix + "_" + name])
            # Event files have single precision.
            assert abs(event.value - wanted) <= 1e-7 * abs(wanted), (run, name, event, wanted)
        assert all(a.wall_time <= b.wall_time for a, b in zip(got, got[1:]))
"#;

#[test]
fn tensorboard_reads_the_curves() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    features(at);
    gtzan(at, &TRAIN).assert().success();
    gtzan(at, &TRAIN).args(["--set", "optimizer.learning_rate=0.005"]).assert().success();
    let Some(python) = std::env::var_os("GTZAN_PYTHON") else {
        eprintln!("skipped: GTZAN_PYTHON is unset, so nobody reads the event files");
        return;
    };
    Command::new(python).current_dir(at).args(["-c", CHECK]).assert().success();
}

#[test]
fn several_networks_have_a_folder_each() {
    let folder = tempfile::tempdir().unwrap();
    features(folder.path());
    gtzan(folder.path(), &TRAIN).args(["--seeds", "2"]).assert().success();
    for round in ["seed-0-fold-0", "seed-1-fold-0"] {
        for part in ["train", "validation"] {
            let file = folder.path().join("events").join(round).join(part).join("events.out.tfevents.gtzan");
            assert!(fs::metadata(file).unwrap().len() > 6 * 60);
        }
    }
}

#[test]
fn a_folder_that_cannot_be_written_ends_the_run_before_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    features(folder.path());
    fs::write(folder.path().join("events"), "a file").unwrap();
    gtzan(folder.path(), &TRAIN).assert().code(2).stderr(contains("can't write events"));
}

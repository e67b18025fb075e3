//! What reaches the reader, whoever reads: streams that are closed, names that are odd, sound that comes through a pipe.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

use crate::support::{gtzan, write_features, write_wav};

fn tone(path: &Path, seconds: usize) {
    write_wav(path, (0..seconds * 22_050).map(|i| (9_000.0 * (i as f32 * 0.06).sin()) as i16));
}

/// The program with a stream that nobody reads, and what it exits with.
fn unread(folder: &Path, arguments: &[&str], stderr: bool) -> Option<i32> {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_gtzan"));
    command.current_dir(folder).env("GTZAN_CACHE", folder.join("cache")).args(arguments);
    let closed = Stdio::from(writer);
    let (out, err) = if stderr { (Stdio::null(), closed) } else { (closed, Stdio::null()) };
    command.stdout(out).stderr(err).status().unwrap().code()
}

#[test]
fn nobody_to_hear_of_progress_ends_no_work_and_changes_no_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write_features(at, 24, |track, column| (track * 7 + column * 3) % 11 + 5 * (track % 2));
    let train = ["train", "--features", "features.csv", "--out", "run", "--set", "training.epochs=2"];
    assert_eq!(unread(at, &train, true), Some(0));
    assert!(at.join("run/metrics.json").is_file() && at.join("run/model/bundle.json").is_file());

    fs::create_dir_all(at.join("music/ska")).unwrap();
    tone(&at.join("music/ska/a.wav"), 1);
    fs::write(at.join("music/ska/b.wav"), "no music").unwrap();
    for stderr in [true, false] {
        let _ = fs::remove_file(at.join("out.csv"));
        assert_eq!(unread(at, &["extract", "music", "--out", "out.csv"], stderr), Some(1));
        assert_eq!(fs::read_to_string(at.join("out.csv")).unwrap().lines().count(), 2);
    }
    assert_eq!(unread(at, &["predict", "music"], true), Some(1));
    assert_eq!(unread(at, &["predict", "nothing.wav"], true), Some(2));
}

#[test]
fn names_neither_break_lines_nor_steer_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (name, seconds) in [("a\nb\u{1b}[31m.wav", 1), ("plain.wav", 1)] {
        tone(&at.join(name), seconds);
    }
    fs::write(at.join("bad\u{1b}]0;x\u{7}.wav"), "no music").unwrap();
    let done = gtzan(at, &["predict", "."]).assert().code(1);
    let output = done.get_output();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(out.lines().count(), 2, "{out}");
    assert!(out.contains("a\\nb\\u{1b}[31m.wav: "), "{out}");
    assert!(err.contains("bad\\u{1b}]0;x\\u{7}.wav"), "{err}");
    assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}') && !err.contains('\u{7}'));
    gtzan(at, &["info", "a\nb\u{1b}[31m.wav"]).assert().success().stdout(contains("a\\nb\\u{1b}[31m.wav\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_unicode_is_told_so_that_the_file_is_found_again() {
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.wav");
    tone(&at.join(name), 1);
    let done = gtzan(at, &["predict", "--json", "."]).assert().success();
    let line: Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
    assert_eq!(line["path_percent_encoded"], "./caf%E9.wav");
    assert_eq!(line["path"], "./caf\u{fffd}.wav");
    tone(&at.join("café.wav"), 1);
    let done = gtzan(at, &["predict", "--json", "café.wav"]).assert().success();
    let line: Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
    assert_eq!((&line["path"], &line["path_percent_encoded"]), (&"café.wav".into(), &Value::Null));
}

#[test]
fn a_song_may_come_through_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    tone(&at.join("song.wav"), 4);
    let of = |arguments: &[&str]| -> Value {
        let mut command = gtzan(at, arguments);
        let done = command.pipe_stdin(at.join("song.wav")).unwrap().assert().success();
        serde_json::from_slice(&done.get_output().stdout).unwrap()
    };
    let mut file = of(&["predict", "--json", "song.wav"]);
    let mut inputs = vec!["-"];
    if cfg!(target_os = "linux") {
        inputs.push("/dev/stdin");
    }
    for input in inputs {
        let mut piped = of(&["predict", "--json", input]);
        assert_eq!(piped["path"], input);
        piped["path"] = Value::Null;
        file["path"] = Value::Null;
        assert_eq!(piped, file, "{input}");
        assert_eq!(of(&["info", "--json", input])["seconds"], 4.0);
    }
    gtzan(at, &["predict", "-"]).write_stdin("").assert().code(2).stderr(contains("failed: -: "));
    gtzan(at, &["predict", "-"])
        .write_stdin("no music at all")
        .assert()
        .code(2)
        .stderr(contains("failed: -: ").and(contains("\n").count(2)));
}

#[test]
fn the_program_says_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = format!("gtzan {}\n", env!("CARGO_PKG_VERSION"));
    gtzan(folder.path(), &["--version"]).assert().success().stdout(wanted);
}

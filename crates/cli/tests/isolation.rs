//! Files that end or hang whoever reads them: the others are read all the same.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{gtzan, music, start, stderr, write_wav};

/// A pipe to which nobody writes: whoever opens it waits for ever.
fn hanging(folder: &Path) -> PathBuf {
    let path = folder.join("hangs.wav");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// The processes that a process has started and that still run.
fn children(parent: u32) -> Vec<u32> {
    let stat = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let is_child = |pid: &u32| {
        let stat = stat(pid);
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields.next() != Some("Z") && fields.next() == Some(&parent.to_string())
    };
    let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(is_child).collect()
}

fn kill(signal: &str, pid: u32) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
}

/// Waits until `wanted` gives something.
fn eventually<T>(what: &str, mut wanted: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        if let Some(found) = wanted() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{what}: never");
}

/// Which worker waits for somebody to write to the pipe.
fn stuck(parent: u32) -> Option<u32> {
    let waits = |pid: &u32| {
        fs::read_to_string(format!("/proc/{pid}/wchan")).is_ok_and(|place| place.contains("fifo"))
            || fs::read_to_string(format!("/proc/{pid}/syscall")).is_ok_and(|call| call.starts_with("257 "))
    };
    children(parent).into_iter().find(waits)
}

fn rows(folder: &Path) -> usize {
    fs::read_to_string(folder.join("out.csv")).unwrap().lines().count() - 1
}

#[test]
fn a_file_that_hangs_is_a_timeout_and_the_others_are_done() {
    let folder = music(6);
    let fifo = hanging(folder.path());
    let arguments = ["extract", fifo.to_str().unwrap(), "music", "--out", "out.csv", "--limit", "time=0.5"];
    let assert = gtzan(folder.path(), &arguments).assert().code(1);
    let told = stderr(assert.get_output());
    assert!(told.contains("hangs.wav: it was not done within 0.5 s, twice; raise the limit `time`"), "{told}");
    assert!(told.contains("1 of 7 files failed"), "{told}");
    assert_eq!(rows(folder.path()), 6);
}

#[test]
fn a_predict_tells_a_program_that_a_file_took_too_long() {
    let folder = music(2);
    let fifo = hanging(folder.path());
    let arguments = ["predict", "--json", "music", fifo.to_str().unwrap(), "--limit", "time=0.5"];
    let assert = gtzan(folder.path(), &arguments).assert().code(1);
    let lines = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let status: Vec<&str> = lines.iter().map(|line| line["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["ok", "ok", "failed"]);
    assert_eq!(lines[2]["kind"], "timeout");
}

#[test]
fn a_worker_that_dies_is_replaced_and_its_file_tried_again() {
    for (deaths, code, kept) in [(1, 0, 7), (2, 1, 6)] {
        let folder = music(6);
        let fifo = hanging(folder.path());
        let run = start(folder.path(), &["extract", fifo.to_str().unwrap(), "music", "--out", "out.csv"]);
        let mut killed = Vec::new();
        for _ in 0..deaths {
            let worker = eventually("a worker at the pipe", || stuck(run.id()).filter(|pid| !killed.contains(pid)));
            kill("-KILL", worker);
            killed.push(worker);
        }
        if deaths == 1 {
            eventually("a worker at the pipe again", || stuck(run.id()).filter(|pid| !killed.contains(pid)));
            fs::copy(folder.path().join("music/ska/000.wav"), &fifo).unwrap();
        }
        let output = run.wait_with_output().unwrap();
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert_eq!(rows(folder.path()), kept);
        if deaths == 2 {
            assert!(
                told.contains("hangs.wav: the decoder crashed on this file, twice (signal: 9 (SIGKILL))"),
                "{told}"
            );
        }
    }
}

#[test]
fn a_worker_that_is_stopped_is_ended_too() {
    let folder = music(3);
    let fifo = hanging(folder.path());
    let arguments = ["extract", fifo.to_str().unwrap(), "music", "--out", "out.csv", "--limit", "time=2"];
    let run = start(folder.path(), &arguments);
    kill("-STOP", eventually("a worker at the pipe", || stuck(run.id())));
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(rows(folder.path()), 3);
}

#[test]
fn a_file_that_needs_more_memory_than_a_worker_has_says_so() {
    let folder = music(3);
    // Twenty minutes, in clips of ten, of which an analysis takes hundreds of MiB.
    write_wav(&folder.path().join("music/ska/long.wav"), (0..26_500_000).map(|i| ((i * 37) % 20_011) as i16));
    let arguments = ["extract", "music", "--out", "out.csv", "--clip-seconds", "600", "--limit", "memory=256"];
    let assert = gtzan(folder.path(), &arguments).assert().code(1);
    let told = stderr(assert.get_output());
    assert!(told.contains("long.wav: the decoder crashed on this file, twice"), "{told}");
    assert!(told.contains("it needs more than the 256 MiB of the limit `memory`; raise it"), "{told}");
    assert_eq!(rows(folder.path()), 3);
}

#[test]
fn workers_that_cannot_start_say_why() {
    let folder = music(2);
    let assert =
        gtzan(folder.path(), &["extract", "music", "--out", "out.csv", "--limit", "memory=64"]).assert().code(2);
    let told = stderr(assert.get_output());
    assert!(told.contains("000.wav: no worker can be started: "), "{told}");
}

#[test]
fn workers_end_with_their_master() {
    let folder = music(3);
    let fifo = hanging(folder.path());
    let mut run = start(folder.path(), &["extract", fifo.to_str().unwrap(), "music", "--out", "out.csv"]);
    eventually("a worker at the pipe", || stuck(run.id()));
    let workers = children(run.id());
    kill("-KILL", run.id());
    run.wait().unwrap();
    // The one at the pipe is let go by a writer; then it finds nobody to answer.
    fs::write(&fifo, "no music").unwrap();
    eventually("workers gone", || workers.iter().all(|pid| !Path::new(&format!("/proc/{pid}")).exists()).then_some(()));
}

#[test]
fn limits_are_told_with_their_names() {
    let folder = music(2);
    for (limit, told) in [
        ("seconds=1", "000.wav: the length in seconds is 2, and at most 1 is handled"),
        ("rate=8000", "000.wav: the sampling rate in Hz is 22050, and at most 8000 is handled"),
        ("file=0.01", "000.wav: the size of the file in bytes is 48044, and at most 10485 is handled"),
    ] {
        let assert = gtzan(folder.path(), &["extract", "music", "--out", "out.csv", "--limit", limit]).assert().code(2);
        let said = stderr(assert.get_output());
        assert!(said.contains(told), "{said}");
    }
    let assert = gtzan(folder.path(), &["predict", "music", "--limit", "memroy=9"]).assert().code(2);
    let said = stderr(assert.get_output());
    assert!(said.contains("`memory`"), "{said}");
}

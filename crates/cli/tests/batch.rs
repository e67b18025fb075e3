//! A library of files that nobody has tidied, on a machine that is full, shared and switched off at any moment.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::support::{gtzan, music, song, start, stderr};

const EXTRACT: [&str; 4] = ["extract", "music", "--out", "out.csv"];

fn table(folder: &Path) -> String {
    fs::read_to_string(folder.join("out.csv")).unwrap()
}

/// Features that are kept.
fn kept(folder: &Path) -> Vec<PathBuf> {
    let Ok(groups) = fs::read_dir(folder.join("cache")) else { return Vec::new() };
    let entries = groups.flat_map(|group| fs::read_dir(group.unwrap().path()).unwrap());
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension() == Some(OsStr::new("features"))).collect()
}

#[test]
fn folders_that_lead_round_and_names_of_any_bytes_are_taken_as_they_are() {
    let folder = music(1);
    let ska = folder.path().join("music/ska");
    symlink(folder.path().join("music"), ska.join("round")).unwrap();
    symlink("self.wav", ska.join("self.wav")).unwrap();
    song(&ska.join(OsStr::from_bytes(b"caf\xe9.wav")), 5);
    let assert = gtzan(folder.path(), &EXTRACT).assert().code(1);
    let told = stderr(assert.get_output());
    assert!(told.contains("passed over: 1 link to a folder"), "{told}");
    assert!(told.contains("self.wav: can't read the file: Too many levels of symbolic links"), "{told}");
    assert!(table(folder.path()).contains("caf\u{fffd}.wav,") && table(folder.path()).lines().count() == 3);
}

#[test]
fn a_hundred_thousand_empty_files_are_named_and_counted() {
    let folder = music(1);
    for file in 0..100_000 {
        fs::File::create(folder.path().join(format!("music/ska/empty{file}.mp3"))).unwrap();
    }
    let assert = gtzan(folder.path(), &EXTRACT).assert().code(1);
    let told = stderr(assert.get_output());
    assert!(told.contains("100000 of 100001 files failed"), "{}", &told[told.len() - 200..]);
    assert_eq!(told.matches("failed: music/ska/empty").count(), 100_000);
    assert_eq!(fs::read_to_string(folder.path().join("out.failures.csv")).unwrap().lines().count(), 100_001);
    assert_eq!(table(folder.path()).lines().count(), 2);
}

#[test]
fn files_that_go_and_come_while_a_folder_is_read_are_failures_or_left_for_the_next_time() {
    let folder = music(60);
    let run = start(folder.path(), &EXTRACT);
    let path = |track: usize| folder.path().join(format!("music/ska/{track:03}.wav"));
    while kept(folder.path()).is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    (50..60).for_each(|track| fs::remove_file(path(track)).unwrap());
    fs::write(path(49), "no music any more").unwrap();
    song(&path(70), 70);
    let output = run.wait_with_output().unwrap();
    let told = stderr(&output);
    let failed = told.matches("failed: music/ska/").count();
    // Those that were read before they went are in the table.
    assert_eq!(failed + table(folder.path()).lines().count() - 1, 60, "{told}");
    assert_eq!(output.status.code(), Some(i32::from(failed > 0)), "{told}");
}

#[test]
fn a_full_disk_is_an_error_and_the_table_that_was_there_stays() {
    let folder = music(40);
    gtzan(folder.path(), &EXTRACT).assert().success();
    let before = table(folder.path());
    fs::remove_dir_all(folder.path().join("cache")).unwrap();
    song(&folder.path().join("music/ska/040.wav"), 40);
    // No file may have more than 4 KiB: what is beyond is refused as by a full disk.
    let limited = "trap '' XFSZ; ulimit -f 8; exec \"$0\" extract music --out out.csv";
    let mut command = Command::new("sh");
    command.args(["-c", limited, env!("CARGO_BIN_EXE_gtzan")]).current_dir(folder.path());
    let output = command.env("GTZAN_CACHE", folder.path().join("cache")).output().unwrap();
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("can't write out.csv"), "{told}");
    assert_eq!(table(folder.path()), before);
    let left = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().ends_with(".tmp")));
}

#[test]
fn a_signal_ends_it_after_the_files_in_flight_with_what_is_done() {
    for signal in ["-INT", "-TERM"] {
        let folder = music(300);
        let run = start(folder.path(), &EXTRACT);
        while kept(folder.path()).len() < 3 {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap().success());
        let output = run.wait_with_output().unwrap();
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(130), "{told}");
        let rows = table(folder.path()).lines().count() - 1;
        assert!((3..300).contains(&rows), "{rows}");
        assert!(told.contains(&format!("stopped: {rows} of 300 files are done; the same command goes on")), "{told}");
        // Nothing that was begun is lost.
        assert_eq!(kept(folder.path()).len(), rows);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.starts_with(&format!("{rows} rows of {rows} tracks in out.csv")), "{said}");
        gtzan(folder.path(), &EXTRACT).assert().success().stdout(predicates::str::contains(format!("{rows} reused")));
    }
}

#[test]
fn killed_at_fifty_moments_it_ends_with_the_same_table() {
    let folder = music(60);
    gtzan(folder.path(), &EXTRACT).assert().success();
    let whole = table(folder.path());
    let (mut kills, mut unfinished, mut moment) = (0, 0, 17u64);
    let start_over = || {
        fs::remove_dir_all(folder.path().join("cache")).unwrap();
        fs::remove_file(folder.path().join("out.csv")).unwrap();
    };
    start_over();
    while kills < 50 {
        let mut run = start(folder.path(), &EXTRACT);
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_micros(2_000 + (moment >> 33) % 120_000));
        let before = kept(folder.path()).len();
        run.kill().unwrap();
        let ended = run.wait().unwrap();
        kills += 1;
        // What was finished before is there still.
        assert!(kept(folder.path()).len() >= before);
        if ended.success() {
            assert!(table(folder.path()) == whole, "after {kills} kills");
            start_over();
        } else {
            unfinished += 1;
        }
    }
    assert!(unfinished >= 25, "it was mostly over before it could be killed");
    gtzan(folder.path(), &EXTRACT).assert().success();
    assert!(table(folder.path()) == whole);
}

#[test]
fn two_processes_share_a_cache() {
    let folder = music(60);
    gtzan(folder.path(), &EXTRACT).assert().success();
    let whole = table(folder.path());
    fs::remove_dir_all(folder.path().join("cache")).unwrap();
    let runs: Vec<Child> =
        ["a.csv", "b.csv"].map(|out| start(folder.path(), &["extract", "music", "--out", out])).into();
    for (run, out) in runs.into_iter().zip(["a.csv", "b.csv"]) {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(fs::read_to_string(folder.path().join(out)).unwrap() == whole, "{out}");
    }
    assert_eq!(kept(folder.path()).len(), 60);
}

#[test]
fn a_closed_pipe_ends_a_prediction_early_and_quietly() {
    let folder = music(100);
    let began = Instant::now();
    let mut run = start(folder.path(), &["predict", "music"]);
    drop(run.stdout.take());
    let output = run.wait_with_output().unwrap();
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""), "{:?}", began.elapsed());
}

//! The journal of `gtzan tag`: whatever happens, files are whole, and come back to the byte.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod songs;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::songs::{encode, lacks_ffmpeg, probed, snapshot, songs};
use crate::support::{gtzan, start};

/// Twelve files of several formats.
fn library() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("music")).unwrap();
    for at in 0..3 {
        for ending in ["mp3", "flac", "ogg", "m4a"] {
            let path = folder.path().join(format!("music/{at}.{ending}"));
            encode(songs().sure("classical"), &path, &["-metadata", "title=Song"]);
        }
    }
    folder
}

/// The songs of a library, without what a killed program left behind.
fn music(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = snapshot(&folder.join("music"));
    files.retain(|path, _| !path.file_name().unwrap().to_string_lossy().starts_with('.'));
    files
}

/// Waits until a journal tells of so many files, or the program has ended.
fn told_of(run: &mut Child, journal: &Path, files: usize) {
    let lines = || fs::read(journal).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
    while lines() < 1 + files && run.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_micros(200));
    }
}

#[test]
fn a_kill_at_any_moment_leaves_each_file_old_or_new_and_all_can_be_undone() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = library();
    let at = folder.path();
    let before = music(at);
    // What an undisturbed run makes of them; nothing in it depends on time.
    songs().tag(at, &["music", "--write", "--journal", "whole"]).assert().success();
    let tagged = music(at);
    assert!(before.iter().all(|(path, bytes)| tagged[path] != *bytes));
    gtzan(at, &["tag", "--undo", "whole"]).assert().success();
    assert!(music(at) == before);

    let whole_or_new = |round: usize| {
        let now = music(at);
        assert_eq!(now.len(), before.len());
        for (path, bytes) in &now {
            let is_whole = *bytes == before[path] || *bytes == tagged[path];
            assert!(is_whole, "{} is neither old nor new in round {round}", path.display());
        }
        now.iter().filter(|(path, bytes)| **bytes == tagged[*path]).count()
    };
    let mut partly = 0;
    for round in 0..24 {
        let journal = format!("j{round}");
        let mut run = start(at, &["tag", "--model", songs().model(), "music", "--write", "--journal", &journal]);
        told_of(&mut run, &at.join(&journal), round % 12);
        // Somewhere on the way to the next file.
        std::thread::sleep(Duration::from_micros(700 * (round as u64 % 7)));
        let _ = run.kill();
        run.wait().unwrap();
        let new = whole_or_new(round);
        partly += usize::from(0 < new && new < before.len());

        // The undoing is killed as well, after some files, and begun again.
        let mut undoing = start(at, &["tag", "--undo", &journal]);
        let told = BufReader::new(undoing.stdout.take().unwrap());
        told.lines().take(new / 2).for_each(drop);
        let _ = undoing.kill();
        undoing.wait().unwrap();
        whole_or_new(round);
        gtzan(at, &["tag", "--undo", &journal]).assert().success();
        assert!(music(at) == before, "round {round}");
    }
    assert!(partly > 0, "no run was killed between two files");
}

#[test]
fn undoing_twice_does_no_harm_and_says_so() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = library();
    let at = folder.path();
    let before = music(at);
    let modified = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let times: Vec<_> = before.keys().map(|path| modified(path)).collect();
    songs().tag(at, &["music", "--write", "--journal", "j"]).assert().success();
    gtzan(at, &["tag", "--undo", "j"])
        .assert()
        .success()
        .stderr(contains("12 restored, 0 as they were already, 0 failed"));
    assert!(music(at) == before);
    assert_eq!(before.keys().map(|path| modified(path)).collect::<Vec<_>>(), times);
    gtzan(at, &["tag", "--undo", "j"])
        .assert()
        .success()
        .stderr(contains("0 restored, 12 as they were already, 0 failed"));
    assert!(music(at) == before);
}

#[test]
fn what_was_changed_since_is_left_and_named() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = library();
    let at = folder.path();
    let before = music(at);
    songs().tag(at, &["music", "--write", "--journal", "j"]).assert().success();
    let changed = at.join("music/1.mp3");
    let theirs = [&fs::read(&changed).unwrap()[..], b"theirs"].concat();
    fs::write(&changed, &theirs).unwrap();
    fs::remove_file(at.join("music/2.ogg")).unwrap();
    let done = gtzan(at, &["tag", "--undo", "j", "--json"]).assert().code(1);
    done.stderr(
        contains("music/1.mp3: it was changed since its tags were written, and is left as it is")
            .and(contains("music/2.ogg: can't read or write it"))
            .and(contains("10 restored, 0 as they were already, 2 failed")),
    );
    assert_eq!(fs::read(&changed).unwrap(), theirs);
    let others = music(at).into_iter().filter(|(path, _)| *path != changed);
    assert!(others.into_iter().all(|(path, bytes)| bytes == before[&path]));
}

#[test]
fn runs_after_one_another_are_undone_in_turn() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = library();
    let at = folder.path();
    let before = music(at);
    fs::write(at.join("names.toml"), "classical = \"Klassik\"").unwrap();
    songs().tag(at, &["music", "--write", "--journal", "first"]).assert().success();
    let once = music(at);
    let again = ["music", "--write", "--replace", "--map", "names.toml", "--journal", "second"];
    songs().tag(at, &again).assert().success();
    assert_eq!(probed(&at.join("music/0.flac"))["genre"], "Klassik");
    gtzan(at, &["tag", "--undo", "first"]).assert().code(2);
    gtzan(at, &["tag", "--undo", "second"]).assert().success();
    assert!(music(at) == once);
    gtzan(at, &["tag", "--undo", "first"]).assert().success();
    assert!(music(at) == before);
}

#[test]
fn a_damaged_journal_restores_nothing_false() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = library();
    let at = folder.path();
    songs().tag(at, &["music", "--write", "--journal", "j"]).assert().success();
    let tagged = music(at);
    let journal = fs::read_to_string(at.join("j")).unwrap();
    // The pieces of the file begin elsewhere than they say.
    fs::write(at.join("false"), journal.replace("\"pieces\":[[0,", "\"pieces\":[[1,")).unwrap();
    let done = gtzan(at, &["tag", "--undo", "false"]).assert().code(1);
    done.stderr(contains("the journal doesn't lead back to what it was"));
    fs::write(at.join("torn"), &journal[..journal.len() - 10]).unwrap();
    gtzan(at, &["tag", "--undo", "torn"]).assert().success();
    assert_eq!(music(at).into_iter().filter(|(path, bytes)| tagged[path] == *bytes).count(), 1);
}

#[test]
fn an_interrupted_run_tells_what_is_done_and_can_be_undone() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = library();
    let at = folder.path();
    let before = music(at);
    let mut run = start(at, &["tag", "--model", songs().model(), "music", "--write", "--journal", "j"]);
    told_of(&mut run, &at.join("j"), 1);
    let pid = run.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = run.wait_with_output().unwrap();
    let told = support::stderr(&output);
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("stopped: ") && told.contains(" of 12 files are done"), "{told}");
    assert!(music(at) != before);
    gtzan(at, &["tag", "--undo", "j"]).assert().success();
    assert!(music(at) == before);
}

//! `gtzan plot` and `gtzan images`, as a user meets them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_empty};

use crate::support::{gtzan, write_wav};

/// Two seconds of a tone.
fn tone(path: &Path, hz: f64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let turn = std::f64::consts::TAU * hz / 22_050.0;
    write_wav(path, (0..44_100).map(|n| ((f64::from(n) * turn).sin() * 12_000.0) as i16));
}

fn entries(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn plot_writes_every_kind_or_those_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    tone(&at.join("a.wav"), 440.0);
    let printed = gtzan(at, &["plot", "a.wav", "--out", "all"]).assert().success().stderr(is_empty());
    let printed = String::from_utf8(printed.get_output().stdout.clone()).unwrap();
    assert_eq!(printed.lines().count(), 11);
    for line in printed.lines() {
        let text = fs::read_to_string(at.join(line)).unwrap();
        assert!(text.starts_with("<svg") && text.ends_with("</svg>\n"), "{line}");
    }
    let arguments = ["plot", "a.wav", "--out", "two", "--only", "chroma,mel", "--format", "png", "--theme", "dark"];
    gtzan(at, &arguments).assert().success();
    assert_eq!(entries(&at.join("two")), ["chroma.png", "mel.png"]);
    assert!(fs::read(at.join("two/mel.png")).unwrap().starts_with(b"\x89PNG\r\n"));
}

#[test]
fn what_cannot_be_plotted_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("text.mp3"), "this is no music").unwrap();
    write_wav(&at.join("short.wav"), (0..2000).map(|n| n as i16));
    for (file, reason) in
        [("text.mp3", "text.mp3: "), ("none.wav", "none.wav: "), ("short.wav", "short.wav: the clip has 2000")]
    {
        let refused = gtzan(at, &["plot", file, "--out", "out"]).assert().code(2).stdout(is_empty());
        refused.stderr(contains(reason).and(contains("\n").count(1)));
    }
    gtzan(at, &["plot", "short.wav", "--out", "out", "--only", "chrome"]).assert().code(2).stderr(contains("chroma"));
    assert_eq!(entries(at), ["short.wav", "text.mp3"]);
}

#[test]
fn images_have_the_datasets_layout_and_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    tone(&at.join("data/blues/blues.00000.wav"), 300.0);
    tone(&at.join("data/blues/blues.00001.wav"), 400.0);
    tone(&at.join("data/ska/One Step.wav"), 500.0);
    let run = || gtzan(at, &["images", "data", "--out", "out"]);
    run().assert().success().stdout(contains("3 pictures in out (3 drawn").and(contains("0 reused, 0 failed")));
    assert_eq!(entries(&at.join("out/blues")), ["blues00000.png", "blues00001.png"]);
    assert_eq!(entries(&at.join("out/ska")), ["One Step.png"]);
    let image = fs::read(at.join("out/blues/blues00000.png")).unwrap();
    // Width and height stand in the PNG's header, big-endian.
    assert_eq!(image[16..24], [0, 0, 1, 176, 0, 0, 1, 32]);

    // A damaged picture and one of other audio are drawn anew, the third is left alone.
    fs::write(at.join("out/blues/blues00000.png"), &image[..image.len() / 2]).unwrap();
    tone(&at.join("data/blues/blues.00001.wav"), 600.0);
    let before = fs::metadata(at.join("out/ska/One Step.png")).unwrap().modified().unwrap();
    run().assert().success().stdout(contains("(2 drawn").and(contains("1 reused")));
    assert_eq!(fs::read(at.join("out/blues/blues00000.png")).unwrap(), image);
    assert_eq!(fs::metadata(at.join("out/ska/One Step.png")).unwrap().modified().unwrap(), before);
}

#[test]
fn images_name_what_failed() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    tone(&at.join("data/ska/a.wav"), 300.0);
    tone(&at.join("data/loose.wav"), 300.0);
    fs::write(at.join("data/ska/b.mp3"), "no music").unwrap();
    let run = || gtzan(at, &["images", "data", "--out", "out"]);
    run().assert().code(1).stdout(contains("1 picture in out (1 drawn")).stderr(
        contains("b.mp3").and(contains("loose.wav: lies in no genre folder")).and(contains("2 of 3 files failed")),
    );
    assert_eq!(entries(&at.join("out/ska")), ["a.png"]);

    // Two tracks with one name: which is meant?
    tone(&at.join("data/ska/more/a.wav"), 200.0);
    fs::remove_dir_all(at.join("out")).unwrap();
    run().assert().code(2).stderr(contains("would both become").and(contains("rename one")));
    assert!(!at.join("out").exists());
    gtzan(at, &["images", "nowhere", "--out", "out"]).assert().code(2).stderr(contains("nowhere: no such folder"));
}

//! Extract, train, predict: whatever length tracks have, what is written can be learnt from, and what is learnt can be used.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;

use crate::support::gtzan;

const RATE: u32 = 8_000;

/// A plain tune, or the same with a rasp.
fn write_track(path: &Path, seconds: u32, rasp: bool, number: u32) {
    let mut state = number;
    let samples = (0..seconds * RATE).map(|i| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = f64::from(state >> 16) / 65_536.0 - 0.5;
        let pitch = 220.0 * f64::from(1 + (number + i / RATE) % 5);
        let tone = (f64::from(i) * std::f64::consts::TAU * pitch / f64::from(RATE)).sin();
        (6_000.0 * (tone + if rasp { 2.0 * noise } else { 0.1 * noise })) as i16
    });
    let samples: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let length = samples.len() as u32;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + length).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((2 * RATE).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(length.to_le_bytes());
    bytes.extend(samples);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Three tracks of each of two genres, one of them `seconds` long and the others 2 s; their names look like clips'.
fn write_music(folder: &Path, seconds: u32) {
    for (number, genre) in (0..6).map(|number| (number, if number % 2 == 0 { "plain" } else { "rasp" })) {
        let path = folder.join(format!("music/{genre}/{genre}.live.{}.wav", number / 2));
        write_track(&path, if number == 0 { seconds } else { 2 }, number % 2 == 1, number);
    }
}

/// The clips that `predict` sees in the long track, in s, with a model learnt from a table of clips of a length.
fn round_trip(seconds: u32, clip_seconds: u32) -> Vec<(f64, f64)> {
    let folder = tempfile::tempdir().unwrap();
    write_music(folder.path(), seconds);
    let run = |arguments: &[&str]| {
        let assert = gtzan(folder.path(), arguments).assert().success();
        String::from_utf8(assert.get_output().stdout.clone()).unwrap()
    };
    run(&["extract", "music", "--clip-seconds", &clip_seconds.to_string(), "--out", "rows.csv"]);
    run(&[
        "train",
        "--features",
        "rows.csv",
        "--out",
        "run",
        "--set",
        "training.epochs=3",
        "--set",
        "split.valid_fraction=0",
    ]);
    let line = run(&["predict", "--model", "run", "--json", "music/plain/plain.live.0.wav"]);
    let verdict: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(verdict["status"], "ok", "{verdict}");
    let clips = verdict["clips"].as_array().unwrap();
    clips.iter().map(|clip| (clip["start"].as_f64().unwrap(), clip["end"].as_f64().unwrap())).collect()
}

fn close(clips: &[(f64, f64)], expected: &[(f64, f64)]) {
    assert_eq!(clips.len(), expected.len(), "{clips:?}");
    for (clip, expected) in clips.iter().zip(expected) {
        assert!((clip.0 - expected.0).abs() < 0.01 && (clip.1 - expected.1).abs() < 0.01, "{clips:?}");
    }
}

#[test]
fn clips_of_3_seconds_come_back_as_such() {
    close(&round_trip(10, 3), &[(0.0, 3.0), (3.0, 6.0), (6.0, 9.0)]);
}

#[test]
fn whole_tracks_of_30_seconds_come_back_as_such() {
    close(&round_trip(30, 30), &[(0.0, 30.0)]);
}

#[test]
fn whole_tracks_of_300_seconds_come_back_as_such() {
    close(&round_trip(300, 300), &[(0.0, 300.0)]);
}

#[test]
fn a_track_of_one_and_a_third_clip_lengths_is_one_clip() {
    close(&round_trip(405, 300), &[(0.0, 405.0)]);
}

#[test]
fn lengths_beyond_the_limit_are_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    write_music(folder.path(), 2);
    for arguments in [
        &["extract", "music", "--clip-seconds", "601", "--out", "rows.csv"][..],
        &["train", "--data", "music", "--out", "run", "--set", "clip_seconds=601"],
    ] {
        let assert = gtzan(folder.path(), arguments).assert().code(2);
        let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(text.contains("600"), "{text}");
        assert!(!folder.path().join("rows.csv").exists() && !folder.path().join("run").exists());
    }
}

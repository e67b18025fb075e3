//! Albums in one file, with a CUE sheet beside.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{gtzan, write_wav};

/// Where the tracks begin, in s: all on whole frames of a CD.
const STARTS: [usize; 4] = [0, 2, 3, 5];

/// An album of three tracks of 2, 1 and 2 s, each a tone of its own, and the first track as a file.
fn album(sheet: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let jazz = folder.path().join("music/jazz");
    fs::create_dir_all(&jazz).unwrap();
    let sound = |from: usize, to: usize| {
        (from * 22_050..to * 22_050).map(|i| {
            let track = STARTS[1..].iter().filter(|start| i >= **start * 22_050).count();
            (9_000.0 * (i as f32 * (0.03 + 0.05 * track as f32)).sin()) as i16
        })
    };
    write_wav(&jazz.join("Kind of Blue.wav"), sound(0, 5));
    write_wav(&folder.path().join("first.wav"), sound(0, 2));
    fs::write(jazz.join("Kind of Blue.cue"), sheet).unwrap();
    folder
}

const SHEET: &str = "REM GENRE Jazz\r\nPERFORMER \"Miles Davis\"\r\nTITLE \"Kind of Blue\"\r\nFILE \"Kind of Blue.wav\" WAVE\r\n  \
                     TRACK 01 AUDIO\r\n    TITLE \"So What\"\r\n    INDEX 01 00:00:00\r\n  TRACK 02 AUDIO\r\n    \
                     TITLE \"Blue/Green\"\r\n    INDEX 00 00:01:70\r\n    INDEX 01 00:02:00\r\n  TRACK 03 AUDIO\r\n    \
                     INDEX 01 00:03:00\r\n";

#[test]
fn the_tracks_of_an_album_are_rows_named_by_its_sheet() {
    let folder = album(SHEET);
    let arguments = ["extract", "music", "first.wav", "--out", "out.csv"];
    gtzan(folder.path(), &arguments).assert().success().stderr("");
    let table = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|row| row.split(',').collect()).collect();
    let names: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    let wanted = ["#01 So What", "#02 Blue_Green", "#03"].map(|track| format!("Kind of Blue{track}.wav"));
    assert_eq!(names[..3], wanted);
    let lengths: Vec<&str> = rows.iter().map(|row| row[1]).collect();
    assert_eq!(lengths, ["44100", "22050", "44100", "44100"]);
    // A track of the album and a file of the same sound are the same numbers.
    assert_eq!(rows[0][1..59], rows[3][1..59]);
    assert_eq!(rows[0].last(), Some(&"jazz"));
    gtzan(folder.path(), &arguments).assert().success().stdout(predicates::str::contains("4 reused"));
}

#[test]
fn each_track_of_an_album_has_a_verdict() {
    let folder = album(SHEET);
    for argument in ["music", "music/jazz/Kind of Blue.wav", "music/jazz/Kind of Blue.cue"] {
        let assert = gtzan(folder.path(), &["predict", "--json", argument]).assert().success().stderr("");
        let lines = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
        let paths: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["path"].clone()).collect();
        let wanted = ["#01 So What", "#02 Blue_Green", "#03"].map(|at| format!("music/jazz/Kind of Blue{at}.wav"));
        assert_eq!(paths, wanted, "{argument}");
    }
}

#[test]
fn an_album_whose_sheet_is_damaged_is_one_song_and_that_is_told() {
    let folder = album(&SHEET.replace("00:02:00", "00:xx:00"));
    let assert = gtzan(folder.path(), &["extract", "music", "--out", "out.csv"]).assert().success();
    let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(told.contains("warning: not used: music/jazz/Kind of Blue.cue: line 11: "), "{told}");
    assert_eq!(fs::read_to_string(folder.path().join("out.csv")).unwrap().lines().count(), 2);
}

//! `gtzan compare`, as a user meets it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use dsp::FEATURE_NAMES;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, starts_with};

/// A features CSV in which every value is 2, but for `change`: file name, column and text.
fn write(path: &Path, names: &[&str], change: &[(&str, &str, &str)]) {
    let mut text = format!("filename,length,{},label\n", FEATURE_NAMES.join(","));
    for name in names {
        let value = |column: &&str| {
            let changed = change.iter().find(|(file, changed, _)| file == name && changed == column);
            changed.map_or("2.0", |(_, _, value)| value)
        };
        text += &format!("{name},661500,{},rock\n", FEATURE_NAMES.iter().map(value).collect::<Vec<_>>().join(","));
    }
    fs::write(path, text).unwrap();
}

fn compare(folder: &Path, more: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("gtzan").unwrap();
    command.current_dir(folder).env_remove("RUST_LOG").args(["compare", "a.csv", "b.csv"]).args(more).assert()
}

#[test]
fn differences_are_shown_with_their_place_and_judged_by_the_tolerance() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(&folder.join("a.csv"), &["x.wav", "y.wav"], &[("y.wav", "tempo", "2.5"), ("x.wav", "mfcc3_mean", "2.125")]);
    write(&folder.join("b.csv"), &["y.wav", "x.wav", "p.wav", "q.wav"], &[]);

    let shown = compare(folder, &[]).success().stderr("");
    let text = String::from_utf8(shown.get_output().stdout.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["2 rows in both", "2 rows only in b.csv: p.wav, q.wav"]);
    let words = |line: &str| line.split_whitespace().map(String::from).collect::<Vec<_>>();
    assert_eq!(words(lines[3]), ["tempo", "2.5e-1", "y.wav:", "2.5", "2.0", "5.0e-1", "y.wav:", "2.5", "2.0"]);
    assert_eq!(words(lines[4])[..3], ["mfcc3_mean", "6.2e-2", "x.wav:"]);
    assert_eq!(lines.len(), 3 + 58);

    compare(folder, &["--rtol", "0.25"]).success().stdout(contains("all values within 2.5e-1"));
    compare(folder, &["--rtol", "0.2"]).code(1).stdout(contains("beyond 2e-1: tempo in 1 of 2 rows"));
    // 0.125 is more than a twentieth of 2, but an MFCC's mean may be off by the tolerance itself.
    compare(folder, &["--rtol", "0.125"]).code(1).stdout(contains("beyond 1.25e-1: mfcc3_mean").not());

    let json = compare(folder, &["--rtol", "0.2", "--json"]).code(1);
    let json: serde_json::Value = serde_json::from_slice(&json.get_output().stdout).unwrap();
    assert_eq!((&json["common"], &json["within"]), (&2.into(), &false.into()));
    assert_eq!(json["only_second"], serde_json::json!(["p.wav", "q.wav"]));
    assert_eq!(json["columns"][0]["name"], "tempo");
    assert_eq!(json["columns"][0]["absolute"]["difference"], 0.5);
}

#[test]
fn a_difference_from_zero_is_infinite_and_null_in_json() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(&folder.join("a.csv"), &["x.wav"], &[]);
    write(&folder.join("b.csv"), &["x.wav"], &[("x.wav", "rms_var", "0.0")]);
    compare(folder, &["--rtol", "1e9"]).code(1).stdout(contains("beyond 1e9: rms_var"));
    let json = compare(folder, &["--json"]).success();
    let json: serde_json::Value = serde_json::from_slice(&json.get_output().stdout).unwrap();
    assert!(json["columns"][0]["relative"]["difference"].is_null());
}

#[test]
fn spreadsheets_dialects_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(&folder.join("a.csv"), &["x.wav", "y.wav"], &[("y.wav", "tempo", "2.5")]);
    let text = fs::read_to_string(folder.join("a.csv")).unwrap();
    let german = text.replace(',', ";").replace("2.0", "2,0").replace("2.5", "2,5").replace("tempo", "TEMPO");
    for other in [text.replace(',', "\t"), format!("\u{feff}sep=;\r\n{german}")] {
        fs::write(folder.join("b.csv"), other).unwrap();
        compare(folder, &["--rtol", "0"])
            .success()
            .stdout(contains("2 rows in both").and(contains("all values within")));
    }
    fs::write(folder.join("b.csv"), text.replace(',', "|")).unwrap();
    compare(folder, &[]).code(2).stderr(starts_with("error: b.csv: the columns are separated by `|`"));
}

#[test]
fn files_that_cannot_be_compared_exit_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(&folder.join("a.csv"), &["x.wav"], &[]);
    compare(folder, &[]).code(2).stderr(starts_with("error: can't read b.csv"));
    write(&folder.join("b.csv"), &["y.wav"], &[]);
    compare(folder, &[]).code(2).stderr("error: a.csv and b.csv: no file name stands in both\n");
    write(&folder.join("b.csv"), &["x.wav"], &[("x.wav", "tempo", "fast")]);
    compare(folder, &[]).code(2).stderr("error: b.csv: line 2, column `tempo`: `fast` is not a number\n");
    fs::write(folder.join("b.csv"), "filename,length\n").unwrap();
    compare(folder, &[]).code(2).stderr(contains("b.csv: missing columns"));
    for tolerance in ["-1", "NaN", "inf", "little"] {
        compare(folder, &["--rtol", tolerance]).code(2);
    }
}

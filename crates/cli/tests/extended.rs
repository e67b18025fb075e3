//! The extended descriptors and the models in the box, as a user meets them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;

use dsp::Descriptors;
use predicates::str::contains;
use serde_json::Value;

use crate::support::{gtzan, write_wav};

/// Three seconds of a rising tone, labelled by its folder.
fn tone(folder: &Path, name: &str, hz: f64) {
    fs::create_dir_all(folder.join("ska")).unwrap();
    let sample = move |n: u32| {
        let t = f64::from(n) / 22_050.0;
        ((std::f64::consts::TAU * hz * t * (1.0 + 0.1 * t)).sin() * 12_000.0 / (1.0 + 8.0 * t.fract())) as i16
    };
    write_wav(&folder.join("ska").join(name), (0..66_150).map(sample));
}

fn table(path: &Path) -> Vec<Vec<String>> {
    let mut csv = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
    csv.records().map(|row| row.unwrap().iter().map(String::from).collect()).collect()
}

#[test]
fn an_extended_table_has_the_classic_columns_first() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    tone(at, "a.wav", 440.0);
    tone(at, "b.wav", 220.0);
    gtzan(at, &["extract", "ska", "--out", "classic.csv"]).assert().success();
    gtzan(at, &["extract", "ska", "--out", "all.csv", "--descriptors", "extended"]).assert().success();
    let (classic, all) = (table(&at.join("classic.csv")), table(&at.join("all.csv")));
    assert_eq!((classic[0].len(), all[0].len(), all.len()), (60, 352, 3));
    assert_eq!(all[0][2..351], *Descriptors::Extended.columns());
    for (classic, all) in classic.iter().zip(&all) {
        assert_eq!((&classic[..59], &classic[59]), (&all[..59], &all[351]));
    }
    assert!(all[1..].iter().flat_map(|row| &row[2..351]).all(|cell| cell.parse::<f64>().unwrap().is_finite()));
    // What both have is compared.
    gtzan(at, &["compare", "all.csv", "classic.csv", "--rtol", "0"])
        .assert()
        .success()
        .stdout(contains("all values within"));
}

#[test]
fn the_extended_set_is_refused_with_numbers_that_it_does_not_have() {
    let folder = tempfile::tempdir().unwrap();
    tone(folder.path(), "a.wav", 440.0);
    let arguments = ["--descriptors", "extended", "--convention", "librosa-0.11"];
    gtzan(folder.path(), &[&["extract", "ska", "--out", "a.csv"][..], &arguments].concat())
        .assert()
        .code(2)
        .stderr(contains("made with librosa-0.7; there is no librosa-0.11 form of them"));
    gtzan(folder.path(), &["train", "--set", "descriptors=extended", "--set", "convention=librosa-0.11"])
        .assert()
        .code(2)
        .stderr(contains("`descriptors` is \"extended\""));
}

#[test]
fn models_in_the_box_are_known_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    tone(at, "a.wav", 440.0);
    let verdict = |arguments: &[&str]| -> Value {
        let done = gtzan(at, &[&["predict", "ska/a.wav", "--json"], arguments].concat()).assert().success();
        serde_json::from_slice(&done.get_output().stdout).unwrap()
    };
    let default = verdict(&[]);
    assert_eq!(default, verdict(&["--model", "gtzan-extended"]));
    assert_ne!(default["top"], verdict(&["--model", "gtzan-features"])["top"]);
    gtzan(at, &["predict", "ska/a.wav", "--model", "gtzan"])
        .assert()
        .code(2)
        .stderr(contains("nor a model of that name in the box: gtzan-extended, gtzan-features"));
    gtzan(at, &["export", "gtzan-features", "--format", "safetensors", "--out", "a.safetensors"]).assert().success();
}

//! The real collection, where the environment variable `GTZAN_DATA` names its folder.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use dsp::{ClipLength, ClipPlan, Error, LoadOptions, load};

/// The collection's folder, or a line saying that the test is skipped.
fn collection() -> Option<PathBuf> {
    let folder = std::env::var_os("GTZAN_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: GTZAN_DATA is not set");
    }
    folder
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn every_track_is_one_clip_of_30_s_and_nine_or_ten_of_3_s() {
    let Some(collection) = collection() else { return };
    for path in files_below(&collection.join("genres_original")) {
        let samples = load(&path, &LoadOptions::default()).unwrap().samples.len();
        assert!((660_000..=675_808).contains(&samples), "{}: {samples}", path.display());
        assert_eq!(ClipPlan::new(ClipLength::TRACK, 22_050).unwrap().ranges(samples).len(), 1);
        let short = ClipPlan::new(ClipLength::TENTH, 22_050).unwrap().ranges(samples).len();
        assert_eq!(short, if samples >= 661_499 { 10 } else { 9 }, "{}", path.display());
    }
}

#[test]
fn au_and_wav_archives_hold_the_same_samples() {
    let Some(collection) = collection() else { return };
    for genre in ["classical", "jazz"] {
        let au = load(collection.join(format!("variants/{genre}.00000.au")), &LoadOptions::default()).unwrap();
        let wav = collection.join(format!("genres_original/{genre}/{genre}.00000.wav"));
        assert!(au == load(&wav, &LoadOptions::default()).unwrap(), "{genre}");
    }
}

#[test]
fn the_headerless_track_is_refused_by_name() {
    let Some(collection) = collection() else { return };
    let path = collection.join("genres_original_kaggle_corrupt/jazz/jazz.00054.wav");
    let error = load(&path, &LoadOptions::default()).unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("jazz.00054.wav"), "{error}");
}

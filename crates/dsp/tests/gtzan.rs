//! Rows of real tracks against the GTZAN dataset's own CSV files, which librosa 0.7 made.
//!
//! Needs `GTZAN_DATA`, a folder with `genres_original/<genre>/*.wav`, `features_30_sec.csv` and `features_3_sec.csv`.

#![allow(clippy::unwrap_used, reason = "a test that finds its references damaged should fail")]
#![allow(clippy::print_stdout, reason = "says what was skipped, or compared")]

mod compare;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use compare::{Tolerance, Worst};
use dsp::{ClipLength, ClipPlan, Convention, FEATURE_NAMES, FeatureExtractor, FeatureSpec, LoadOptions};

/// The dataset's folder, unless the test is to be skipped.
fn dataset() -> Option<PathBuf> {
    let folder = std::env::var_os("GTZAN_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: GTZAN_DATA is not set");
    }
    folder
}

/// File name → (length, 57 values).
fn read_csv(path: &Path) -> BTreeMap<String, (usize, Vec<f64>)> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(header[2..59], FEATURE_NAMES);
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let values = cells[2..59].iter().map(|cell| cell.parse().unwrap()).collect();
            (cells[0].to_owned(), (cells[1].parse().unwrap(), values))
        })
        .collect()
}

fn tracks(folder: &Path) -> Vec<PathBuf> {
    let mut tracks = Vec::new();
    for genre in std::fs::read_dir(folder.join("genres_original")).unwrap() {
        for track in std::fs::read_dir(genre.unwrap().path()).unwrap() {
            tracks.push(track.unwrap().path());
        }
    }
    tracks.sort();
    tracks.retain(|track| track.extension().is_some_and(|extension| extension == "wav"));
    tracks
}

#[test]
fn thirty_second_rows_equal_the_csv() {
    let Some(folder) = dataset() else { return };
    let table = read_csv(&folder.join("features_30_sec.csv"));
    let mut extractor = FeatureExtractor::new(&FeatureSpec::features(Convention::Librosa07, ClipLength::TRACK));
    let mut worst = Worst::default();
    let mut compared = 0;
    for track in tracks(&folder) {
        let name = track.file_name().unwrap().to_str().unwrap();
        let Some((length, expected)) = table.get(name) else { continue };
        let audio = dsp::load(&track, &LoadOptions::default()).unwrap();
        assert_eq!(audio.samples.len(), *length, "{name}");
        worst.row(name, &extractor.extract(&audio.samples).unwrap().values, expected, &Tolerance::LIBROSA);
        compared += 1;
    }
    println!("{compared} tracks of 30 s\n{worst}");
    assert!(compared > 0 && worst.passed(), "{worst}");
}

#[test]
fn three_second_rows_equal_the_csv() {
    let Some(folder) = dataset() else { return };
    let table = read_csv(&folder.join("features_3_sec.csv"));
    let mut extractor = FeatureExtractor::new(&FeatureSpec::features(Convention::Librosa07, ClipLength::TENTH));
    let plan = ClipPlan::new(ClipLength::TENTH, 22_050).unwrap();
    let mut worst = Worst::default();
    let mut compared = 0;
    for track in tracks(&folder) {
        let audio = dsp::load(&track, &LoadOptions::default()).unwrap();
        let stem = track.file_stem().unwrap().to_str().unwrap();
        for (index, range) in plan.ranges(audio.samples.len()).into_iter().enumerate() {
            let name = format!("{stem}.{index}.wav");
            let Some((length, expected)) = table.get(&name) else { continue };
            assert_eq!(range.len(), *length, "{name}");
            let row = extractor.extract(&audio.samples[range]).unwrap();
            worst.row(&name, &row.values, expected, &Tolerance::LIBROSA);
            compared += 1;
        }
    }
    println!("{compared} clips of 3 s\n{worst}");
    assert!(compared > 0 && worst.passed(), "{worst}");
}

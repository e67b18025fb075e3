//! Rows of the extended set against what librosa 0.7.2 and Essentia said about generated signals, and against the published
//! tables of the GTZAN dataset.
//!
//! Tests against the dataset run when the environment variable `GTZAN_DATA` names a folder with `genres_original/` and
//! `extended/features_extended_30_sec.csv`, and are skipped, saying so, when it isn't set.

#![allow(clippy::unwrap_used, reason = "a test that finds its references damaged should fail")]
#![allow(clippy::print_stdout, reason = "says what was skipped, or compared")]

#[path = "goldens/reader.rs"]
mod reader;
#[path = "goldens/signals.rs"]
mod signals;

use std::collections::BTreeMap;
use std::path::PathBuf;

use dsp::{ClipLength, Convention, Descriptors, FEATURE_NAMES, FeatureExtractor, FeatureSpec, LoadOptions};
use reader::Goldens;

/// What the published tables describe of a track, except for the bark bands.
const DESCRIBED: usize = 661_500;

/// What rounding errors decide, or the resampling that Essentia needs.
///
/// Which bins of a click's flat spectrum are peaks, and so its tuning, is decided by the last bits of numpy's absolute values,
/// which differ from processor to processor. A sound that is cut off at its loudest rings otherwise at the twice as high rate
/// that Essentia describes: a band that has nothing else, or few frames, is one of that ringing.
const MACHINES_OWN: [(&str, &str); 9] = [
    ("click", "chroma_cens"),
    ("click", "tonnetz"),
    ("detuned_chord", "bark"),
    ("dc", "bark"),
    ("full_scale_square", "bark"),
    ("silence_then_tone", "bark"),
    ("one_window", "bark"),
    ("one_window_and_one", "bark"),
    ("one_window_minus_one", "bark"),
];

/// The family of a column, by which errors are told.
fn family(column: &str) -> &'static str {
    let families = ["spectral_contrast", "spectral_flatness", "mfcc", "chroma_cens", "tonnetz", "tempogram", "bark"];
    families.into_iter().find(|family| column.starts_with(family)).unwrap()
}

/// Relative error allowed.
fn tolerance(column: &str) -> f64 {
    if column.starts_with("bark") { 2e-3 } else { 1e-4 }
}

/// The worst error of every family, as a share of what is allowed, and where it was.
#[derive(Default)]
struct Worst(BTreeMap<&'static str, (f64, String)>);

impl Worst {
    fn see(&mut self, column: &str, row: &str, got: f64, expected: f64, scale: f64) {
        let share = (got - expected).abs() / (tolerance(column) * expected.abs().max(scale));
        let share = if got == expected { 0.0 } else { share };
        let worst = self.0.entry(family(column)).or_insert((-1.0, String::new()));
        if share.is_nan() || share > worst.0 {
            *worst = (share, format!("{column} of {row}: {got} instead of {expected}"));
        }
    }

    fn check(&self) {
        for (family, (share, place)) in &self.0 {
            println!("{family:18} {share:10.2e} of what is allowed: {place}");
        }
        assert!(self.0.len() == 7 && self.0.values().all(|(share, _)| *share <= 1.0));
    }
}

#[test]
fn rows_equal_librosa_and_essentia() {
    let (librosa, essentia) = (Goldens::read("extended-0.7"), Goldens::read("essentia-2.1"));
    let mut extractor = FeatureExtractor::new(&FeatureSpec::extended(ClipLength::TRACK));
    let mut classic = FeatureExtractor::new(&FeatureSpec::features(Convention::Librosa07, ClipLength::TRACK));
    let signals: Vec<_> = signals::signals()
        .into_iter()
        .filter_map(|(name, samples)| {
            let (mut expected, bark) = (librosa.features(name)?, essentia.features(name)?);
            expected.extend(bark);
            Some((name, samples, expected))
        })
        .collect();
    let columns = &Descriptors::Extended.columns()[57..];
    let spreads: Vec<f64> =
        (0..columns.len()).map(|column| spread(signals.iter().map(|(.., row)| row[column]))).collect();
    let mut worst = Worst::default();
    for (name, samples, expected) in &signals {
        let row = extractor.extract_any_length(samples).unwrap().values;
        assert_eq!(row[..57], classic.extract_any_length(samples).unwrap().values, "{name}");
        for (at, column) in columns.iter().enumerate() {
            let (got, expected) = (row[57 + at], expected[at]);
            if expected.is_nan() {
                // Today's scipy finds no shape in what doesn't vary; the one that made the tables had these numbers for it.
                assert_eq!(got, if column.ends_with("kurtosis") { -3.0 } else { 0.0 }, "{column} of {name}");
            } else if !MACHINES_OWN.contains(&(*name, family(column))) {
                worst.see(column, name, got, expected, spreads[at]);
            }
        }
    }
    worst.check();
}

/// Standard deviation of the values that are there.
fn spread(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

/// The dataset's folder, unless the test is to be skipped.
fn dataset() -> Option<PathBuf> {
    let folder = std::env::var_os("GTZAN_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: GTZAN_DATA is not set");
    }
    folder
}

/// Bands of tracks that end in the middle of a sound: the published table has another frame there than Essentia itself, and
/// ours is between them.
const CUT: [(&str, &str); 1] = [("classical.00001.wav", "bark")];

#[test]
fn rows_equal_the_published_tables() {
    let Some(folder) = dataset() else { return };
    let text = std::fs::read_to_string(folder.join("extended/features_extended_30_sec.csv")).unwrap();
    let mut lines = text.lines();
    let names = Descriptors::Extended.columns();
    assert!(lines.next().unwrap().split(',').skip(2).take(names.len()).eq(names.iter().copied()));
    let table: Vec<(&str, Vec<f64>)> = lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            (cells[0], cells[2..2 + names.len()].iter().map(|cell| cell.parse().unwrap()).collect())
        })
        .collect();
    let spreads: Vec<f64> = (0..names.len()).map(|column| spread(table.iter().map(|(_, row)| row[column]))).collect();

    let mut extractor = FeatureExtractor::new(&FeatureSpec::extended(ClipLength::TRACK));
    let (mut worst, mut compared) = (Worst::default(), 0);
    for (name, expected) in &table {
        let track = folder.join("genres_original").join(name.split('.').next().unwrap()).join(name);
        if !track.exists() {
            continue;
        }
        let samples = dsp::load(&track, &LoadOptions::default()).unwrap().samples;
        let whole = extractor.extract(&samples).unwrap().values;
        let part = extractor.extract(&samples[..DESCRIBED.min(samples.len())]).unwrap().values;
        for (at, column) in names.iter().enumerate().skip(FEATURE_NAMES.len()) {
            let got = if family(column) == "bark" { whole[at] } else { part[at] };
            if !CUT.contains(&(*name, family(column))) {
                worst.see(column, name, got, expected[at], spreads[at]);
            }
        }
        compared += 1;
    }
    println!("{compared} tracks");
    assert!(compared > 0);
    worst.check();
}

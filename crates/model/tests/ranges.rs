//! The ranges of genres on their way through a bundle's files.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;

use burn::tensor::Device;
use model::{Error, METADATA_FILE, ModelBundle, RECORD_FILE, Transform};
use support::{bundle, bundle_with_ranges, classifier, facts, labels, ranges, spec, thresholds};

#[test]
fn a_bundle_keeps_its_genres_ranges_and_one_without_is_read_as_before() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().join("model");
    let text = || fs::read_to_string(dir.join(METADATA_FILE)).unwrap();
    let loaded = || ModelBundle::load(&dir, &Device::flex()).unwrap().facts().genre_ranges.clone();
    bundle(&Device::flex()).save(&dir).unwrap();
    assert!(!text().contains("genre_ranges"));
    assert_eq!(loaded(), None);

    bundle_with_ranges(Transform::Rank).save(&dir).unwrap();
    assert_eq!(loaded(), Some(ranges()));
    let lines = text().lines().filter(|line| line.contains(r#""low": "#) || line.contains(r#""high": "#)).count();
    assert_eq!(lines, 2 * (9 + 2), "a line a quartile, beside the ends of two intervals");
    // Four digits, a point, a sign, an exponent and a blank.
    assert!(text().lines().all(|line| line.len() < 57 * 11 + 30));
}

#[test]
fn ranges_that_are_not_the_models_are_refused() {
    let scratch = tempfile::tempdir().unwrap();
    bundle(&Device::flex()).save(&scratch.path().join("model")).unwrap();
    let [json, record] =
        [METADATA_FILE, RECORD_FILE].map(|file| fs::read(scratch.path().join("model").join(file)).unwrap());
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let low = |text: &str| serde_json::json!({ "blues": { "low": text, "high": text } });
    let numbers = |count: usize| vec!["1"; count].join(" ");
    for (ranges, message) in [
        (low(&numbers(56)), "its ranges of `blues` are of 56 columns, expected 57"),
        (low(&numbers(58)), "its ranges of `blues` are of 58 columns, expected 57"),
        (low(""), "its ranges of `blues` are of 0 columns, expected 57"),
        (low(&format!("{} nan", numbers(56))), "in column 56 is no range: NaN to NaN"),
        (low(&format!("1e999 {}", numbers(56))), "in column 0 is no range: inf to inf"),
        (low(&format!("x {}", numbers(56))), "`x` is no number"),
        (
            serde_json::json!({ "polka": { "low": numbers(57), "high": numbers(57) } }),
            "`polka`, which is none of its genres",
        ),
        (serde_json::json!({ "blues": { "low": numbers(57).replacen('1', "2", 1), "high": numbers(57) } }), "2 to 1"),
        (serde_json::json!({ "blues": { "low": numbers(57) } }), "missing field `high`"),
        (serde_json::json!({ "blues": [1, 2] }), "invalid type"),
        (serde_json::json!(7), "invalid type"),
    ] {
        let mut edited = json.clone();
        edited["facts"]["genre_ranges"] = ranges;
        let edited = edited.to_string();
        let error = ModelBundle::from_bytes("x", edited.as_bytes(), &record, &Device::flex()).unwrap_err();
        assert!(matches!(&error, Error::Metadata { path, .. } if path.ends_with(METADATA_FILE)), "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
    let mut foreign = model::GenreRanges::default();
    foreign.add("blues", &[[1.0f32, 2.0]]).unwrap();
    let facts = model::TrainingFacts { genre_ranges: Some(foreign), ..facts() };
    let network = classifier(Transform::Rank, &Device::flex());
    let error = ModelBundle::new(network, labels(), spec(30.0), thresholds(), facts).unwrap_err();
    assert!(matches!(&error, Error::Unfit { .. }) && error.to_string().contains("2 columns"), "{error}");
}

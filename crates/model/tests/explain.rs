//! What speaks for and against a genre, against the network asked again by other ways.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use burn::tensor::Device;
use dsp::{ClipLength, FeatureSpec, TrackFeatures};
use model::{ColumnSet, Error, Explanation, GenreClassifier, Method, ModelBundle, RowTransform, Transform};
use support::{bundle_with_ranges, facts, labels, ranges, rows, thresholds, track};

/// Rows unlike those that the network knows.
fn song(clips: usize) -> Vec<Vec<f32>> {
    (0..clips).map(|row| (0..57).map(|column| ((row * 13 + column * 29) % 31) as f32 / 7.0).collect()).collect()
}

fn bundle() -> ModelBundle {
    bundle_with_ranges(Transform::Rank)
}

fn everything(bundle: &ModelBundle, track: &TrackFeatures, genre: &str) -> Explanation {
    bundle.explain(track, genre, 57).unwrap()
}

fn effect(explanation: &Explanation, column: &str) -> f64 {
    explanation.columns.iter().find(|influence| influence.column == column).map_or(0.0, |found| f64::from(found.effect))
}

/// The raw value of a column that becomes the network's input 0, by bisection.
fn average(bundle: &ModelBundle, column: usize) -> f32 {
    let input = |value: f32| {
        let mut row = rows(1);
        row[0][column] = value;
        bundle.transform().apply(&row, 0).unwrap()[column]
    };
    let (mut low, mut high) = (-100.0f32, 100.0f32);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if input(middle) < 0.0 { low = middle } else { high = middle }
    }
    high
}

#[test]
fn an_effect_is_what_the_probability_loses_with_the_column_at_its_average() {
    // In raw values: the curve of ranks has steps, for which there may be none.
    for transform in [Transform::None, Transform::SignedLog] {
        let bundle = bundle_with_ranges(transform);
        let clips = song(3);
        for (class, genre) in labels().names().iter().enumerate().step_by(4) {
            let explanation = everything(&bundle, &track(&clips), genre);
            assert!(explanation.columns.len() > 40, "{}", explanation.columns.len());
            for (column, name) in bundle.inputs().columns().iter().enumerate() {
                let mut without = clips.clone();
                let average = average(&bundle, column);
                without.iter_mut().for_each(|row| row[column] = average);
                let mean = |rows: &[Vec<f32>]| {
                    let said = bundle.probabilities(rows).unwrap();
                    said.iter().map(|row| f64::from(row[class])).sum::<f64>() / said.len() as f64
                };
                let (expected, got) = (mean(&clips) - mean(&without), effect(&explanation, name));
                assert!((expected - got).abs() < 2e-6, "{transform:?} {genre} {name}: {got}, expected {expected}");
            }
        }
    }
}

#[test]
fn columns_that_speak_for_come_first_and_the_strongest_before_all() {
    let bundle = bundle();
    let all = everything(&bundle, &track(&song(2)), "jazz");
    let effects: Vec<f32> = all.columns.iter().map(|influence| influence.effect).collect();
    let (speaks_for, against) = effects.split_at(effects.iter().position(|&effect| effect < 0.0).unwrap());
    assert!(speaks_for.len() > 5 && speaks_for.is_sorted_by(|a, b| a >= b) && speaks_for.iter().all(|&e| e > 0.0));
    assert!(against.len() > 5 && against.is_sorted() && against.iter().all(|&e| e < 0.0));

    let few = bundle.explain(&track(&song(2)), "jazz", 3).unwrap();
    let strongest = [&all.columns[..3], &all.columns[speaks_for.len()..speaks_for.len() + 3]].concat();
    assert_eq!(few.columns, strongest);
    assert_eq!((few.method, few.genre.as_str()), (Method::Counterfactual, "jazz"));
    assert!(bundle.explain(&track(&song(2)), "jazz", 0).unwrap().columns.is_empty());
}

#[test]
fn a_long_song_is_explained_by_clips_from_all_over_it() {
    let bundle = bundle();
    let two = song(2);
    // Each half is four of eight clips.
    let long: Vec<Vec<f32>> = (0..2000).map(|clip| two[clip / 1000].clone()).collect();
    let (short, long) = (everything(&bundle, &track(&two), "pop"), everything(&bundle, &track(&long), "pop"));
    for influence in &short.columns {
        let difference = effect(&long, &influence.column) - f64::from(influence.effect);
        assert!(difference.abs() < 1e-6, "{}: {difference}", influence.column);
    }
}

#[test]
fn silent_clips_have_no_say_unless_there_is_nothing_else() {
    let bundle = bundle();
    let clips = song(3);
    let mut heard = track(&clips);
    heard.clips[1].silent = true;
    let of = |rows: &[Vec<f32>]| everything(&bundle, &track(rows), "disco");
    assert_eq!(everything(&bundle, &heard, "disco"), of(&[clips[0].clone(), clips[2].clone()]));
    heard.clips.iter_mut().for_each(|clip| clip.silent = true);
    assert_eq!(everything(&bundle, &heard, "disco"), of(&clips));
}

#[test]
fn a_columns_value_is_the_clips_mean_beside_the_genres_quartiles() {
    let bundle = bundle();
    let columns = bundle.inputs().columns();
    for (genre, known) in [("reggae", true), ("rock", false)] {
        for influence in everything(&bundle, &track(&song(2)), genre).columns {
            let column = columns.iter().position(|name| *name == influence.column).unwrap();
            let value = (f64::from(song(2)[0][column]) + f64::from(song(2)[1][column])) / 2.0;
            assert!((influence.value - value).abs() < 1e-12, "{influence:?}");
            let range = influence.low.zip(influence.high);
            assert_eq!(range, ranges().of(genre, column), "{influence:?}");
            assert_eq!(range.is_some(), known, "{genre}");
        }
    }
    // A model from before ranges were kept.
    let network = support::classifier(Transform::Rank, &Device::flex());
    let old = ModelBundle::new(network, labels(), support::spec(30.0), thresholds(), facts()).unwrap();
    let (old, new) = (everything(&old, &track(&song(2)), "blues"), everything(&bundle, &track(&song(2)), "blues"));
    assert!(old.columns.iter().all(|influence| influence.low.is_none() && influence.high.is_none()));
    assert!(old.columns.iter().zip(&new.columns).all(|(old, new)| old.effect == new.effect));
}

#[test]
fn json_tells_the_method_and_a_reader_gets_the_same_back() {
    let explanation = bundle().explain(&track(&song(1)), "metal", 2).unwrap();
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!((&json["method"], &json["genre"]), (&"counterfactual".into(), &"metal".into()));
    let keys: Vec<&String> = json["columns"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["column", "effect", "high", "low", "value"]);
    let text = serde_json::to_string(&explanation).unwrap();
    assert_eq!(serde_json::from_str::<Explanation>(&text).unwrap(), explanation);
}

#[test]
fn what_cannot_be_explained_is_refused_with_the_reason() {
    let bundle = bundle();
    let refused = |track: &TrackFeatures, genre: &str| bundle.explain(track, genre, 5).unwrap_err();
    let message = refused(&track(&song(1)), "polka").to_string();
    assert!(message.starts_with("this model knows no genre `polka`; it knows blues, classical,"), "{message}");
    assert!(matches!(refused(&track(&[]), "jazz"), Error::NoRows));
    let short = [song(1)[0].clone(), vec![0.0; 56]];
    assert!(matches!(refused(&track(&short), "jazz"), Error::RowLength { row: 1, found: 56, expected: 57 }));
    let mut endless = song(2);
    endless[1][7] = f32::NAN;
    assert!(matches!(refused(&track(&endless), "jazz"), Error::NotFinite { row: 1, column: 7, .. }));

    let network = || support::classifier(Transform::Rank, &Device::flex());
    let columns = ColumnSet::new((0..57).map(|column| format!("c{column}")).collect()).unwrap();
    let table = ModelBundle::new(network(), labels(), columns, thresholds(), facts()).unwrap();
    assert!(matches!(table.explain(&track(&song(1)), "jazz", 5).unwrap_err(), Error::NotAudio { .. }));
    assert!(matches!(table.clip_probabilities(&track(&song(1))).unwrap_err(), Error::NotAudio { .. }));

    let spec = FeatureSpec::spectrogram(ClipLength::new(0.1).unwrap());
    let zeros = vec![vec![0.0f32; spec.len()]; 2];
    let transform = RowTransform::fit(Transform::None, zeros.iter().map(Vec::as_slice)).unwrap();
    let network = GenreClassifier::new(&transform, 10, || 0.5, &Device::flex());
    let pictures = ModelBundle::new(network, labels(), spec, thresholds(), facts()).unwrap();
    assert!(matches!(pictures.explain(&track(&zeros), "jazz", 5).unwrap_err(), Error::NoColumns));
}

#[test]
fn every_clip_has_the_probabilities_of_its_row() {
    let bundle = bundle();
    let clips = song(300);
    let mut heard = track(&clips);
    heard.clips[1].silent = true;
    assert_eq!(bundle.clip_probabilities(&heard).unwrap(), bundle.probabilities(&clips).unwrap());
    assert!(matches!(bundle.clip_probabilities(&track(&[])).unwrap_err(), Error::NoRows));
}

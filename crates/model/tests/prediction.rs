//! Rows in, genres out.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use burn::tensor::Device;
use model::{Doubt, Error, LabelSet, Prediction, rank};
use support::{bundle, rows};

/// More rows than are sent to the device at once.
const BATCH: usize = 256;

#[test]
fn a_song_is_the_mean_of_its_clips() {
    let bundle = bundle(&Device::flex());
    let prediction = bundle.predict(&rows(3)).unwrap();
    for (class, &song) in prediction.song.iter().enumerate() {
        let mean = prediction.clips.iter().map(|clip| clip[class]).sum::<f32>() / 3.0;
        assert!((song - mean).abs() < 1e-6);
    }
    assert!((prediction.song.iter().sum::<f32>() - 1.0).abs() < 1e-5);
}

#[test]
fn a_row_gets_the_same_answer_alone_and_among_many() {
    let bundle = bundle(&Device::flex());
    let rows = rows(2 * BATCH + 3);
    let all = bundle.probabilities(&rows).unwrap();
    assert_eq!(all.len(), rows.len());
    for index in [0, BATCH - 1, BATCH, rows.len() - 1] {
        let alone = bundle.probabilities(&rows[index..=index]).unwrap();
        for (a, b) in alone[0].iter().zip(&all[index]) {
            assert!((a - b).abs() < 1e-6);
        }
    }
}

#[test]
fn top_is_sorted_and_never_longer_than_the_label_set() {
    let labels = LabelSet::new(["a", "b", "c"].map(String::from).to_vec()).unwrap();
    let top = rank(&[0.2, 0.5, 0.3], 9, &labels);
    assert_eq!(top.iter().map(|score| score.genre.as_str()).collect::<Vec<_>>(), ["b", "c", "a"]);
    assert_eq!(rank(&[0.2, 0.5, 0.3], 1, &labels).len(), 1);
}

#[test]
fn rows_that_do_not_fit_are_named() {
    let bundle = bundle(&Device::flex());
    assert!(matches!(bundle.predict::<Vec<f32>>(&[]), Err(Error::NoRows)));
    let mut bad = rows(2);
    bad[1].pop();
    assert!(matches!(bundle.predict(&bad), Err(Error::RowLength { row: 1, found: 56, expected: 57 })));
    bad[1].push(f32::INFINITY);
    assert!(matches!(bundle.predict(&bad), Err(Error::NotFinite { row: 1, column: 56, .. })));
}

#[test]
fn absurd_rows_give_an_error_or_probabilities_but_never_nan() {
    let bundle = bundle(&Device::flex());
    for value in [f32::MAX, f32::MIN, 1.0e30, -1.0e30, f32::MIN_POSITIVE] {
        match bundle.predict(&[vec![value; 57]]) {
            Ok(prediction) => assert!(prediction.song.iter().all(|p| (0.0..=1.0).contains(p)), "{value}"),
            Err(error) => assert!(matches!(error, Error::Extreme { row: 0 }), "{value}: {error}"),
        }
    }
}

#[test]
fn a_verdict_is_doubted_when_no_genre_is_probable_or_the_clips_are_strange() {
    let prediction =
        |song: [f32; 3], strange: usize| Prediction { song: song.into(), clips: vec![song.into(); 4], strange };
    assert_eq!(prediction([0.6, 0.3, 0.1], 0).doubt(), None);
    assert_eq!(prediction([0.6, 0.3, 0.1], 2).doubt(), None);
    assert_eq!(prediction([0.6, 0.3, 0.1], 3).doubt(), Some(Doubt::Unfamiliar));
    assert_eq!(prediction([0.38, 0.32, 0.3], 0).doubt(), Some(Doubt::LowConfidence));
}

#[test]
fn rows_beyond_the_training_range_are_strange() {
    let bundle = bundle(&Device::flex());
    assert_eq!(bundle.predict(&rows(3)).unwrap().strange, 0);
    let mut odd = rows(3);
    odd[1].iter_mut().take(10).for_each(|value| *value += 100.0);
    assert_eq!(bundle.predict(&odd).unwrap().strange, 1);
}

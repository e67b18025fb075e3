//! Rows in, verdicts out.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use burn::tensor::Device;
use model::{Abstention, Doubt, Error, Listener, ModelBundle, Transform, UNSURE};
use support::{bundle, rows, track};

fn listener() -> Listener {
    Listener::new(bundle(&Device::flex()))
}

/// More rows than are sent to the device at once.
const BATCH: usize = 256;

#[test]
fn a_song_is_the_mean_of_its_clips() {
    let listener = listener();
    let verdict = listener.verdict(&track(&rows(3))).unwrap();
    let clips = listener.bundle().probabilities(&rows(3)).unwrap();
    for (class, genre) in listener.bundle().labels().names().iter().enumerate() {
        let mean = clips.iter().map(|clip| clip[class]).sum::<f32>() / 3.0;
        let song = verdict.top.iter().find(|score| score.genre == *genre).unwrap();
        assert!((song.probability - mean).abs() < 1e-6);
    }
    assert!((verdict.top.iter().map(|score| score.probability).sum::<f32>() - 1.0).abs() < 1e-5);
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
fn all_genres_are_ranked_and_the_first_is_the_verdict() {
    let verdict = listener().verdict(&track(&rows(2))).unwrap();
    assert_eq!(verdict.top.len(), 10);
    assert!(verdict.top.is_sorted_by(|a, b| a.probability >= b.probability), "{:?}", verdict.top);
    assert_eq!((verdict.genre.as_ref(), verdict.confidence), (Some(&verdict.top[0].genre), verdict.top[0].probability));
}

#[test]
fn clips_are_told_with_their_times_and_genres() {
    let listener = listener();
    let verdict = listener.verdict(&track(&rows(3))).unwrap();
    let times: Vec<_> = verdict.clips.iter().map(|clip| (clip.start, clip.end)).collect();
    assert_eq!(times, [(0.0, 30.0), (30.0, 60.0), (60.0, 90.0)].map(|(start, end)| (Some(start), Some(end))));
    for (clip, row) in verdict.clips.iter().zip(rows(3)) {
        let alone = listener.verdict(&track(&[row])).unwrap();
        assert_eq!(clip.genre, alone.top[0].genre);
        assert!((clip.probability - alone.confidence).abs() < 1e-6);
    }
}

#[test]
fn silent_clips_have_no_part_in_the_verdict() {
    let listener = listener();
    let music = listener.verdict(&track(&rows(2))).unwrap();
    let mut with_silence = track(&[rows(2), vec![vec![0.0; 57]; 5]].concat());
    with_silence.clips[2..].iter_mut().for_each(|clip| clip.silent = true);
    let verdict = listener.verdict(&with_silence).unwrap();
    assert_eq!((&verdict.genre, verdict.confidence, verdict.doubt), (&music.genre, music.confidence, music.doubt));
    assert_eq!(verdict.top, music.top);
    assert_eq!(verdict.clips[..2], music.clips[..]);
    for clip in &verdict.clips[2..] {
        assert_eq!((clip.silent, clip.genre.as_str(), clip.probability), (true, UNSURE, 0.0));
    }
}

#[test]
fn a_song_of_nothing_but_silence_is_doubted_whatever_the_network_says() {
    let listener = listener();
    let mut silence = track(&vec![vec![0.0; 57]; 3]);
    silence.clips.iter_mut().for_each(|clip| clip.silent = true);
    let verdict = listener.verdict(&silence).unwrap();
    assert_eq!((verdict.genre, verdict.doubt), (None, Some(Doubt::Silent)));
    assert_eq!(verdict.top.len(), 10);
}

#[test]
fn channels_that_cancel_are_not_called_silence() {
    let listener = listener();
    let mut cancelled = track(&rows(3));
    cancelled.decoded.channels_cancel = true;
    // Whether nothing is left of them or a codec's noise.
    for silent in [true, false] {
        cancelled.clips.iter_mut().for_each(|clip| clip.silent = silent);
        let verdict = listener.verdict(&cancelled).unwrap();
        assert_eq!((verdict.genre, verdict.doubt), (None, Some(Doubt::ChannelsCancel)));
    }
}

#[test]
fn rows_that_do_not_fit_are_named() {
    let listener = listener();
    assert!(matches!(listener.verdict(&track(&[])), Err(Error::NoRows)));
    let mut bad = rows(2);
    bad[1].pop();
    assert!(matches!(listener.verdict(&track(&bad)), Err(Error::RowLength { row: 1, found: 56, expected: 57 })));
    bad[1].push(f32::INFINITY);
    assert!(matches!(listener.verdict(&track(&bad)), Err(Error::NotFinite { row: 1, column: 56, .. })));
}

#[test]
fn absurd_rows_give_an_error_or_probabilities_but_never_nan() {
    let listener = listener();
    for value in [f32::MAX, f32::MIN, 1.0e30, -1.0e30, f32::MIN_POSITIVE] {
        match listener.verdict(&track(&[vec![value; 57]])) {
            Ok(verdict) => {
                assert!(verdict.top.iter().all(|score| (0.0..=1.0).contains(&score.probability)), "{value}")
            }
            Err(error) => assert!(matches!(error, Error::Extreme { row: 0 }), "{value}: {error}"),
        }
    }
}

#[test]
fn a_song_is_unfamiliar_where_most_clips_that_sound_are_beyond_the_training_range() {
    let listener = listener();
    let song = |odd_clips: usize, silent: usize| {
        let mut rows = rows(4);
        // 10 of 57 columns: a share of 0.175, above the model's 0.125.
        for row in &mut rows[..odd_clips] {
            row.iter_mut().take(10).for_each(|value| *value += 100.0);
        }
        let mut track = track(&rows);
        track.clips[4 - silent..].iter_mut().for_each(|clip| clip.silent = true);
        listener.verdict(&track).unwrap()
    };
    assert_eq!((song(0, 0).doubt, song(2, 0).doubt), (None, None));
    let strange = song(3, 0);
    assert_eq!((strange.doubt, strange.genre), (Some(Doubt::Unfamiliar), None));
    assert_eq!(song(2, 1).doubt, Some(Doubt::Unfamiliar), "two of the three that sound");
}

#[test]
fn the_thresholds_are_the_models_own() {
    let with = |least_confidence: f32, most_out_of_range: f64| {
        let abstention = Abstention { least_confidence, most_out_of_range, songs: 9 };
        let classifier = support::classifier(Transform::Rank, &Device::flex());
        let bundle = ModelBundle::new(classifier, support::labels(), support::spec(30.0), abstention, support::facts());
        Listener::new(bundle.unwrap())
    };
    let confidence = listener().verdict(&track(&rows(1))).unwrap().confidence;
    assert_eq!(with(confidence, 0.5).verdict(&track(&rows(1))).unwrap().doubt, None);
    let unsure = with(1.01 * confidence, 0.5).verdict(&track(&rows(1))).unwrap();
    assert_eq!((unsure.doubt, unsure.confidence), (Some(Doubt::LowConfidence), confidence));
    let odd = [vec![1.0e6; 57]];
    assert_eq!(with(0.0, 0.5).verdict(&track(&odd)).unwrap().doubt, Some(Doubt::Unfamiliar));
    assert_eq!(with(0.0, 1.0).verdict(&track(&odd)).unwrap().doubt, None);
}

//! A model learnt from a few songs: no certainty that they don't give, and no doubt of songs like them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use dsp::{ClipFeatures, DecodeReport, FEATURE_NAMES, TrackFeatures};
use model::{Doubt, Listener, ModelBundle, Verdict};
use trainer::config::TrainConfig;
use trainer::{RunOptions, RunSummary};

/// Numbers in [-1, 1) that repeat.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1u32 << 30) - 1.0
    }

    /// The row of a song: seven moods move all columns, one of them with the genre.
    fn song(&mut self, genre: usize, apart: f64) -> Vec<f64> {
        let moods: Vec<f64> = (0..7).map(|_| self.roll() + self.roll() + self.roll()).collect();
        let value = |column: usize| {
            let of_genre = if column % 5 == genre % 5 { apart * (1 + genre / 5) as f64 } else { 0.0 };
            (0.5 * moods[column % 7] + 0.3 * self.roll() + of_genre).exp() * (column + 1) as f64
        };
        (0..FEATURE_NAMES.len()).map(value).collect()
    }
}

/// A run on `songs` songs of each of `genres` genres, and its model.
fn learn(folder: &Path, genres: usize, songs: usize, apart: f64, more: &str) -> (RunSummary, Listener) {
    let mut dice = Dice(11);
    let mut text = format!("filename,length,{},label\n", FEATURE_NAMES.join(","));
    for song in 0..genres * songs {
        let values: Vec<String> = dice.song(song % genres, apart).iter().map(f64::to_string).collect();
        text += &format!("song{song}.x.wav,661500,{},g{}\n", values.join(","), song % genres);
    }
    let csv = folder.join("features.csv");
    fs::write(&csv, text).unwrap();
    let config = format!("backend = \"flex\"\n[data]\nfeatures = {csv:?}\n[training]\nepochs = 15\n{more}");
    let config = TrainConfig::parse(&config, "test", &[]).unwrap();
    let summary = trainer::run(config, &folder.join("run"), &RunOptions::default(), &()).unwrap();
    let bundle = ModelBundle::load(&summary.folder.model(), &Device::flex()).unwrap();
    (summary, Listener::new(bundle))
}

fn verdict(listener: &Listener, values: Vec<f64>) -> Verdict {
    let clip = ClipFeatures { start_sample: 0, samples: 661_500, silent: false, values };
    listener.verdict(&TrackFeatures { clips: vec![clip], decoded: DecodeReport::default() }).unwrap()
}

#[test]
fn five_songs_a_genre_are_enough_to_know_songs_like_them() {
    let folder = tempfile::tempdir().unwrap();
    for (genres, allowed) in [(3, 3), (10, 6)] {
        let (summary, listener) = learn(folder.path(), genres, 5, 0.6, "");
        assert_eq!(summary.metrics.calibration, None, "too few songs to calibrate");
        assert!(listener.bundle().card().contains("uncalibrated"));
        let mut dice = Dice(99);
        // At a risk of 2 %, 2 of 100 are to be expected.
        let unfamiliar = (0..100).filter(|song| {
            let verdict = verdict(&listener, dice.song(song % genres, 0.6));
            verdict.doubt == Some(Doubt::Unfamiliar)
        });
        let unfamiliar = unfamiliar.count();
        assert!(unfamiliar <= allowed, "{genres} genres: {unfamiliar} of 100");
        // What is no song at all is still told.
        let noise = (0..FEATURE_NAMES.len()).map(|column| if column % 2 == 0 { 1e-6 } else { 1e6 }).collect();
        assert_eq!(verdict(&listener, noise).doubt, Some(Doubt::Unfamiliar), "{genres} genres");
    }
}

#[test]
fn a_few_songs_give_no_temperature() {
    let folder = tempfile::tempdir().unwrap();
    let loss = |more: &str| learn(folder.path(), 4, 12, 0.3, more).0.metrics.test.songs.loss;
    assert_eq!(loss("calibrate = true").to_bits(), loss("calibrate = false").to_bits());
}

#[test]
fn of_two_genres_a_verdict_can_be_too_weak_to_be_told() {
    let folder = tempfile::tempdir().unwrap();
    for songs in [8, 60] {
        let (_, listener) = learn(folder.path(), 2, songs, 0.3, "");
        let least = listener.bundle().abstention().least_confidence;
        assert!((0.5..1.0).contains(&least), "{songs} songs: {least}");
        let mut dice = Dice(99);
        // What lies between two genres.
        let weak = (0..100).filter(|song| {
            let (mut one, other) = (dice.song(0, 0.3), dice.song(1, 0.3));
            one.iter_mut().zip(&other).for_each(|(a, b)| *a = 0.5 * (*a + b) + f64::from(*song as u8) * 1e-9);
            verdict(&listener, one).doubt == Some(Doubt::LowConfidence)
        });
        let weak = weak.count();
        assert!(weak > 0, "{songs} songs: none of 100 below {least}");
    }
}

#[test]
fn a_model_without_validation_songs_has_thresholds_too() {
    let folder = tempfile::tempdir().unwrap();
    let (_, listener) = learn(folder.path(), 4, 6, 0.6, "[split]\nvalid_fraction = 0");
    let abstention = listener.bundle().abstention();
    assert_eq!(abstention.least_confidence, 0.5, "a third of the way from chance to certainty");
    assert!(abstention.most_out_of_range < 1.0 && abstention.songs >= 12, "{abstention:?}");
}

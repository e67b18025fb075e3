//! A bundle with reproducible weights, and rows to feed it.

#![allow(dead_code, reason = "each test file takes what it needs")]

use std::collections::BTreeMap;

use burn::tensor::Device;
use dsp::{ClipFeatures, ClipLength, Convention, DecodeReport, FeatureSpec, TrackFeatures};
use model::{
    Abstention, CalibrationFacts, DataFacts, FittedTo, GenreClassifier, GenreFacts, GenreRanges, LabelSet, ModelBundle,
    ProtocolFacts, RowTransform, SplitFacts, TestFacts, TrainingFacts, Transform,
};

pub fn rows(count: usize) -> Vec<Vec<f32>> {
    (0..count).map(|row| (0..57).map(|column| ((row * 31 + column * 17) % 23) as f32 / 5.0).collect()).collect()
}

pub fn bundle(device: &Device) -> ModelBundle {
    bundle_with(Transform::Rank, device)
}

pub fn bundle_with(transform: Transform, device: &Device) -> ModelBundle {
    ModelBundle::new(classifier(transform, device), labels(), spec(30.0), thresholds(), facts()).unwrap()
}

/// The same with the [`ranges`] of genres.
pub fn bundle_with_ranges(transform: Transform) -> ModelBundle {
    let (network, facts) = (classifier(transform, &Device::flex()), facts());
    let facts = TrainingFacts { genre_ranges: Some(ranges()), ..facts };
    ModelBundle::new(network, labels(), spec(30.0), thresholds(), facts).unwrap()
}

pub fn classifier(transform: Transform, device: &Device) -> GenreClassifier {
    let rows = rows(40);
    let transform = RowTransform::fit(transform, rows.iter().map(Vec::as_slice)).unwrap();
    // A Weyl sequence stands in for a random generator.
    let mut state = 0.0f64;
    let uniform = move || {
        state = (state + 0.618_033_988_749_895).fract();
        state as f32
    };
    GenreClassifier::new(&transform, 10, uniform, device)
}

pub fn labels() -> LabelSet {
    LabelSet::new(GENRES.map(String::from).to_vec()).unwrap()
}

pub fn spec(clip_seconds: f64) -> FeatureSpec {
    FeatureSpec::features(Convention::Librosa07, ClipLength::new(clip_seconds).unwrap())
}

/// Unlike those of any other model.
pub fn thresholds() -> Abstention {
    Abstention { least_confidence: 0.0625, most_out_of_range: 0.125, songs: 70 }
}

/// Of every genre but rock: a genre need not have rows.
pub fn ranges() -> GenreRanges {
    let mut ranges = GenreRanges::default();
    for (number, genre) in GENRES[..9].iter().enumerate() {
        ranges.add(genre, &rows(40)[4 * number..4 * number + 4]).unwrap();
    }
    ranges
}

/// A song of these clips, of 30 s each.
pub fn track(rows: &[Vec<f32>]) -> TrackFeatures {
    let clip = |(at, row): (usize, &Vec<f32>)| ClipFeatures {
        start_sample: 661_500 * at as u64,
        samples: 661_500,
        silent: false,
        values: row.iter().map(|&value| f64::from(value)).collect(),
    };
    TrackFeatures { clips: rows.iter().enumerate().map(clip).collect(), decoded: DecodeReport::default() }
}

const GENRES: [&str; 10] =
    ["blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"];

pub fn facts() -> TrainingFacts {
    TrainingFacts {
        name: "test".into(),
        data: DataFacts {
            fingerprint: "0123".into(),
            genres: GENRES.map(|genre| (genre.to_owned(), 100)).into(),
            notes: vec!["Made up.".into()],
        },
        split: SplitFacts { protocol: "random".into(), train: 600, valid: 70, test: 330 },
        seed: 7,
        backend: "flex".into(),
        epochs_run: 3,
        best_epoch: 2,
        fitted_to: FittedTo::All,
        calibration: Some(CalibrationFacts {
            temperature: 1.25,
            tracks: 70,
            ece_before: 0.15,
            ece_after: 0.05,
            log_loss_before: 1.5,
            log_loss_after: 1.25,
        }),
        test: Some(TestFacts {
            scores: figures("random", 0.75),
            per_genre: vec![GenreFacts {
                genre: "blues".into(),
                tracks: 33,
                precision: 0.5,
                recall: 0.25,
                f1: 1.0 / 3.0,
            }],
        }),
        protocols: vec![figures("artist-folds", 0.5625)],
        versions: BTreeMap::from([("burn".into(), "0.22.1".into())]),
        genre_ranges: None,
    }
}

fn figures(protocol: &str, accuracy: f64) -> ProtocolFacts {
    let (low, high) = (accuracy - 0.0625, accuracy + 0.0625);
    ProtocolFacts {
        protocol: protocol.into(),
        tracks: 330,
        accuracy,
        low,
        high,
        macro_f1: 0.7,
        log_loss: 0.9,
        ece: 0.04,
    }
}

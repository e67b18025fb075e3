//! A bundle with reproducible weights, and rows to feed it.

use std::collections::BTreeMap;

use burn::tensor::Device;
use dsp::{Convention, FeatureSpec};
use model::{GenreClassifier, LabelSet, ModelBundle, RowStatistics, SplitFacts, TrainingFacts};

pub fn rows(count: usize) -> Vec<Vec<f32>> {
    (0..count).map(|row| (0..57).map(|column| ((row * 31 + column * 17) % 23) as f32 / 5.0).collect()).collect()
}

pub fn bundle(device: &Device) -> ModelBundle {
    let rows = rows(40);
    let statistics = RowStatistics::of(rows.iter().map(Vec::as_slice)).unwrap();
    // A Weyl sequence stands in for a random generator.
    let mut state = 0.0f64;
    let uniform = move || {
        state = (state + 0.618_033_988_749_895).fract();
        state as f32
    };
    let genres = ["blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"];
    ModelBundle {
        classifier: GenreClassifier::new(&statistics, 10, uniform, device),
        labels: LabelSet::new(genres.map(String::from).to_vec()).unwrap(),
        spec: FeatureSpec::features(Convention::Librosa07, 30.0),
        facts: TrainingFacts {
            name: "test".into(),
            data_fingerprint: "0123".into(),
            split: SplitFacts { protocol: "random".into(), train: 600, valid: 70, test: 330 },
            seed: 7,
            backend: "flex".into(),
            epochs_run: 3,
            best_epoch: 2,
            test: None,
            versions: BTreeMap::from([("burn".into(), "0.22.1".into())]),
        },
    }
}

//! What is known of a run once it is over, for `metrics.json` and for the model.

use std::collections::BTreeMap;

use burn::store::BurnpackStore;
use model::{SplitFacts, TestFacts, TrainingFacts};
use serde::Serialize;

use super::{Score, Trained};
use crate::config::TrainConfig;
use crate::dataset::{FeatureTable, Split};
use crate::evaluation::Report;

/// `metrics.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Metrics {
    /// Name of the run.
    pub name: String,
    /// Backend that trained.
    pub backend: &'static str,
    /// `features` or `spectrogram`.
    pub input: dsp::InputKind,
    /// Length of a clip in s.
    pub clip_seconds: f64,
    /// Name of the split's rule.
    pub protocol: &'static str,
    /// Seed of split, weights and batches.
    pub seed: u64,
    /// Fingerprint of the table, [`fingerprint`].
    pub data_fingerprint: String,
    /// Training tracks.
    pub n_train: usize,
    /// Validation tracks.
    pub n_valid: usize,
    /// Test tracks.
    pub n_test: usize,
    /// The same parts in rows (clips).
    pub rows: SplitFacts,
    /// Tracks that gave no features and were left out.
    pub skipped: usize,
    /// Epochs that were run.
    pub epochs_run: usize,
    /// The epoch whose weights were kept.
    pub best_epoch: usize,
    /// Whether the user ended the training early.
    pub interrupted: bool,
    /// Time in the training loop.
    pub train_seconds: f64,
    /// The kept epoch on the validation rows.
    pub valid: Option<Score>,
    /// The kept weights on the test part.
    pub test: Report,
    /// Versions of what shapes the numbers.
    pub versions: BTreeMap<String, String>,
}

impl Metrics {
    /// Puts together what a run has shown.
    pub fn new(
        config: &TrainConfig,
        table: &FeatureTable,
        split: &Split,
        skipped: usize,
        trained: &Trained,
        test: Report,
    ) -> Self {
        let tracks = |rows: &[usize]| {
            let names = rows.iter().filter_map(|&row| table.rows.get(row)).map(|row| row.track.as_str());
            names.collect::<std::collections::BTreeSet<_>>().len()
        };
        let protocol = config.split.protocol.name();
        Self {
            name: config.name.clone(),
            backend: config.backend.name(),
            input: table.spec.input,
            clip_seconds: table.spec.clip_seconds,
            protocol,
            seed: config.seed,
            data_fingerprint: fingerprint(table),
            n_train: tracks(&split.train),
            n_valid: tracks(&split.valid),
            n_test: tracks(&split.test),
            rows: SplitFacts {
                protocol: protocol.to_owned(),
                train: split.train.len(),
                valid: split.valid.len(),
                test: split.test.len(),
            },
            skipped,
            epochs_run: trained.history.len(),
            best_epoch: trained.best_epoch,
            interrupted: trained.interrupted,
            train_seconds: trained.duration.as_secs_f64(),
            valid: trained
                .history
                .iter()
                .find(|epoch| epoch.number == trained.best_epoch)
                .and_then(|epoch| epoch.valid),
            test,
            versions: versions(),
        }
    }

    /// The part of this that travels with the model.
    pub fn facts(&self) -> TrainingFacts {
        TrainingFacts {
            name: self.name.clone(),
            data_fingerprint: self.data_fingerprint.clone(),
            split: self.rows.clone(),
            seed: self.seed,
            backend: self.backend.to_owned(),
            epochs_run: self.epochs_run,
            best_epoch: self.best_epoch,
            test: Some(TestFacts { loss: self.test.songs.loss, accuracy: self.test.songs.accuracy }),
            versions: self.versions.clone(),
        }
    }
}

/// A hash of everything that a training sees of a table: specification, tracks, genres and values.
pub fn fingerprint(table: &FeatureTable) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut text = |text: &str| {
        // The length in front keeps "ab" + "c" and "a" + "bc" apart.
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    text(&table.spec.fingerprint());
    for row in &table.rows {
        text(&row.track);
        text(table.label(row));
    }
    for row in &table.rows {
        hasher.update(&(row.clip as u64).to_le_bytes());
        for value in &row.values {
            hasher.update(&value.to_le_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}

/// Versions of this program and of Burn.
pub fn versions() -> BTreeMap<String, String> {
    let mut versions = BTreeMap::from([("gtzan".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]);
    // Burn's crates share one version; its store is the one that tells.
    versions.extend(BurnpackStore::default_metadata().remove("version").map(|version| ("burn".to_owned(), version)));
    versions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::table;

    #[test]
    fn the_fingerprint_sees_values_genres_and_names() {
        let original = table(&[("a", 2), ("b", 2)], 2);
        assert_eq!(fingerprint(&original), fingerprint(&original.clone()));
        let mut changed = [original.clone(), original.clone(), original.clone(), original.clone()];
        changed[0].rows[3].values[56] += 1.0;
        changed[1].rows[3].label = 1;
        changed[2].rows[3].track.push('x');
        changed[3].spec.clip_seconds = 4.0;
        for table in changed {
            assert_ne!(fingerprint(&table), fingerprint(&original));
        }
    }
}

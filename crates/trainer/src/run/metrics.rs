//! What is known of a run once it is over, for `metrics.json` and for the model.

use std::collections::{BTreeMap, BTreeSet};

use burn::store::BurnpackStore;
use dsp::FeatureSpec;
use model::{
    CalibrationFacts, DataFacts, FittedTo, GenreFacts, GenreRanges, ProtocolFacts, SplitFacts, TestFacts, TrainingFacts,
};
use serde::{Deserialize, Serialize};

use crate::config::Input;
use crate::dataset::{FeatureTable, Leaks, gtzan_notes};
use crate::error::Result;
use crate::evaluation::{Interval, Report};
use crate::experiment::{Experiment, Tested};
use crate::training::Score;

/// `metrics.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Metrics {
    /// Name of the run.
    pub name: String,
    /// Backend that trained.
    pub backend: &'static str,
    /// `features`, `spectrogram` or `table`.
    pub input: Input,
    /// Length of a clip in s; absent of a table, whose rows have none.
    pub clip_seconds: Option<f64>,
    /// Name of the split's rule.
    pub protocol: &'static str,
    /// Whether the protocol lets the test ask about recordings already heard.
    pub leaks_by_design: bool,
    /// First seed of split, weights and batches.
    pub seed: u64,
    /// How many seeds there were, one after the other.
    pub seeds: usize,
    /// Folds of each seed.
    pub folds: usize,
    /// Fingerprint of the table, [`fingerprint`].
    pub data_fingerprint: String,
    /// Training tracks of the first round.
    pub n_train: usize,
    /// Validation tracks of the first round.
    pub n_valid: usize,
    /// Test tracks of a seed, all folds together.
    pub n_test: usize,
    /// The same parts in rows (clips).
    pub rows: SplitFacts,
    /// Tracks that gave no features and were left out.
    pub skipped: usize,
    /// Tracks that the protocol leaves out.
    pub left_out: usize,
    /// Tracks that the protocol's lists name and the data lacks.
    pub missing: Vec<String>,
    /// What both sides have in common.
    pub leaks: Leaks,
    /// Epochs that the first round ran.
    pub epochs_run: usize,
    /// The epoch of the first round whose weights were kept.
    pub best_epoch: usize,
    /// Time in training loops, all rounds together.
    pub train_seconds: f64,
    /// Rows that the tested weights were fitted to.
    pub fitted_to: FittedTo,
    /// The kept epoch of the first round on the validation rows.
    pub valid: Option<Score>,
    /// What the first round's temperature did.
    pub calibration: Option<CalibrationFacts>,
    /// The test: folds pooled, seeds averaged.
    pub test: Report,
    /// Sample standard deviation of the accuracies of the seeds, or of the folds where there is one seed; absent where
    /// there is one of each.
    pub spread: Option<f64>,
    /// Each training.
    pub rounds: Vec<RoundFacts>,
    /// Versions of what shapes the numbers.
    pub versions: BTreeMap<String, String>,
}

/// What is read back of `metrics.json`: what every version of this program writes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of Metrics")]
pub struct Figures {
    pub name: String,
    pub protocol: String,
    pub leaks_by_design: bool,
    pub data_fingerprint: String,
    pub train_seconds: f64,
    pub test: TestFigures,
}

/// What is read back of the test.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of Scores")]
pub struct TestFigures {
    pub count: usize,
    pub accuracy: f64,
    pub interval: Interval,
    pub macro_f1: f64,
    pub loss: f64,
    pub ece: f64,
}

/// One training of several.
#[derive(Debug, Clone, Serialize)]
pub struct RoundFacts {
    /// Its seed.
    pub seed: u64,
    /// Its fold, from 0.
    pub fold: usize,
    /// Tracks that it was tested on.
    pub tracks: usize,
    /// Share of them that were named rightly.
    pub accuracy: f64,
    /// Mean cross-entropy on them, nats.
    pub loss: f64,
    /// The epoch that was kept.
    pub best_epoch: usize,
    /// The temperature of its probabilities.
    pub temperature: Option<f64>,
}

impl Metrics {
    /// Puts together what the rounds of an experiment have shown.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] where a round tested nothing.
    pub fn new(experiment: &Experiment, tested: &[Tested], leaks: Leaks, skipped: usize) -> Result<Self> {
        let Experiment { table, config, rounds, division, .. } = experiment;
        let reports = experiment.score(tested)?;
        let mut facts = Vec::with_capacity(rounds.len());
        for (round, tested) in rounds.iter().zip(tested) {
            let report = Report::new(table, &round.split.test, &tested.probabilities)?;
            facts.push(RoundFacts {
                seed: round.seed,
                fold: round.fold,
                tracks: report.songs.count,
                accuracy: report.songs.accuracy,
                loss: report.songs.loss,
                best_epoch: tested.best_epoch,
                temperature: tested.calibration.map(|calibration| calibration.temperature),
            });
        }
        let accuracies: Vec<f64> = match reports.as_slice() {
            [_] => facts.iter().map(|round| round.accuracy).collect(),
            several => several.iter().map(|report| report.songs.accuracy).collect(),
        };
        let nothing = crate::Error::Shape { what: "trainings to report", expected: 1, got: 0 };
        let (Some(test), Some(first), Some(split)) = (Report::mean(&reports), tested.first(), division.folds.first())
        else {
            return Err(nothing);
        };
        let tracks = |rows: &[usize]| {
            let names = rows.iter().filter_map(|&row| table.rows.get(row)).map(|row| row.track.as_str());
            names.collect::<BTreeSet<_>>().len()
        };
        let protocol = config.split.protocol;
        let test_rows = division.folds.iter().map(|split| split.test.len()).sum();
        Ok(Self {
            name: config.name.clone(),
            backend: config.backend.name(),
            input: config.input,
            clip_seconds: table.inputs.spec().map(FeatureSpec::clip_seconds),
            protocol: protocol.name(),
            leaks_by_design: protocol.leaks(),
            seed: config.seed,
            seeds: reports.len(),
            folds: experiment.folds(),
            data_fingerprint: fingerprint(table)?,
            n_train: tracks(&split.train),
            n_valid: tracks(&split.valid),
            n_test: test.songs.count,
            rows: SplitFacts {
                protocol: protocol.name().to_owned(),
                train: split.train.len(),
                valid: split.valid.len(),
                test: test_rows,
            },
            skipped,
            left_out: division.left_out.len(),
            missing: division.missing.clone(),
            leaks,
            epochs_run: first.history.len(),
            best_epoch: first.best_epoch,
            train_seconds: tested.iter().map(|tested| tested.duration.as_secs_f64()).sum(),
            fitted_to: first.fitted_to,
            valid: first.history.iter().find(|epoch| epoch.number == first.best_epoch).and_then(|epoch| epoch.valid),
            calibration: first.calibration,
            test,
            spread: spread(&accuracies),
            rounds: facts,
            versions: versions(),
        })
    }

    /// The part of this that travels with the model. `fitted_to` says what the exported weights have seen and `ranges` where
    /// it lies, `protocols` are results of the same recipe elsewhere.
    pub fn facts(
        &self,
        table: &FeatureTable,
        fitted_to: FittedTo,
        ranges: Option<GenreRanges>,
        protocols: Vec<ProtocolFacts>,
    ) -> TrainingFacts {
        let mut genres = BTreeMap::new();
        for rows in table.tracks().into_values() {
            if let Some(row) = rows.first().and_then(|&row| table.rows.get(row)) {
                *genres.entry(table.label(row).to_owned()).or_default() += 1;
            }
        }
        let per_genre = self.test.songs.per_genre.iter().map(|genre| GenreFacts {
            genre: genre.genre.clone(),
            tracks: genre.count,
            precision: genre.precision,
            recall: genre.recall,
            f1: genre.f1,
        });
        TrainingFacts {
            name: self.name.clone(),
            data: DataFacts {
                fingerprint: self.data_fingerprint.clone(),
                genres,
                notes: gtzan_notes(table, &self.data_fingerprint),
            },
            split: self.rows.clone(),
            seed: self.seed,
            backend: self.backend.to_owned(),
            epochs_run: self.epochs_run,
            best_epoch: self.best_epoch,
            fitted_to,
            calibration: self.calibration,
            test: Some(TestFacts { scores: self.protocol_facts(), per_genre: per_genre.collect() }),
            protocols,
            versions: self.versions.clone(),
            genre_ranges: ranges,
        }
    }

    /// The test as a line of a protocol table.
    pub fn protocol_facts(&self) -> ProtocolFacts {
        let songs = &self.test.songs;
        ProtocolFacts {
            protocol: self.protocol.to_owned(),
            tracks: songs.count,
            accuracy: songs.accuracy,
            low: songs.interval.low,
            high: songs.interval.high,
            macro_f1: songs.macro_f1,
            log_loss: songs.loss,
            ece: songs.ece,
        }
    }
}

/// Sample standard deviation; `None` of fewer than two.
fn spread(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.len() > 1).then(|| (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

/// A hash of everything that a training sees of a table: what the values are, tracks, genres and values.
///
/// # Errors
/// Values that can't be read back.
pub fn fingerprint(table: &FeatureTable) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut text = |text: &str| {
        // The length in front keeps "ab" + "c" and "a" + "bc" apart.
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    text(&table.inputs.fingerprint());
    for row in &table.rows {
        text(&row.track);
        text(table.label(row));
    }
    let all: Vec<usize> = (0..table.rows.len()).collect();
    let mut bytes = Vec::new();
    table.values.each(&all, |place, values| {
        let clip = table.rows.get(place).map_or(0, |row| row.clip);
        bytes.clear();
        bytes.extend((clip as u64).to_le_bytes());
        values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
        hasher.update(&bytes);
    })?;
    Ok(hasher.finalize().to_hex().to_string())
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
    use dsp::ClipLength;

    #[test]
    fn the_spread_is_the_sample_standard_deviation() {
        // statistics.stdev([0.7, 0.74, 0.78])
        assert!((spread(&[0.7, 0.74, 0.78]).unwrap() - 0.04).abs() < 1e-12);
        assert_eq!(spread(&[0.7]), None);
    }

    #[test]
    fn the_fingerprint_sees_values_genres_and_names() {
        let original = table(&[("a", 2), ("b", 2)], 2);
        let fingerprint = |table: &FeatureTable| fingerprint(table).unwrap();
        assert_eq!(fingerprint(&original), fingerprint(&original.clone()));
        let mut changed = [original.clone(), original.clone(), original.clone(), original.clone()];
        changed[0].values.row_mut(3)[56] += 1.0;
        changed[1].rows[3].label = 1;
        changed[2].rows[3].track.push('x');
        changed[3].inputs = FeatureSpec::features(dsp::Convention::default(), ClipLength::new(4.0).unwrap()).into();
        for table in changed {
            assert_ne!(fingerprint(&table), fingerprint(&original));
        }
    }
}

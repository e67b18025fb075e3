//! What a bundle remembers of the run that made it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::GenreRanges;

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingFacts {
    /// Name of the run.
    pub name: String,
    /// The music that it was trained and tested on.
    pub data: DataFacts,
    /// How the table was split.
    pub split: SplitFacts,
    /// Seed of the split, the weights and the batches.
    pub seed: u64,
    /// Backend that trained it.
    pub backend: String,
    /// Epochs that were run.
    pub epochs_run: usize,
    /// The epoch whose weights these are, counted from 1.
    pub best_epoch: usize,
    /// Rows that the weights were fitted to in the end.
    pub fitted_to: FittedTo,
    /// How its probabilities were made to mean what they say; absent where there were no validation rows for it.
    pub calibration: Option<CalibrationFacts>,
    /// Results on the test part; absent where there was none.
    pub test: Option<TestFacts>,
    /// Results of the same recipe under other protocols, where they were measured.
    pub protocols: Vec<ProtocolFacts>,
    /// Versions of the program and of the libraries that shape the numbers.
    pub versions: BTreeMap<String, String>,
    /// Where each genre's rows lie among those that the weights were fitted to; absent of models that were made without, and
    /// of those that hear no named descriptors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub genre_ranges: Option<GenreRanges>,
}

/// The music that a model was trained and tested on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFacts {
    /// Fingerprint of the feature table.
    pub fingerprint: String,
    /// Tracks of each genre.
    pub genres: BTreeMap<String, usize>,
    /// What is known to be wrong with it, and whose it is: sentences for the model card.
    pub notes: Vec<String>,
}

/// How many rows each part of the data had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitFacts {
    /// Name of the protocol.
    pub protocol: String,
    /// Training rows.
    pub train: usize,
    /// Validation rows.
    pub valid: usize,
    /// Test rows.
    pub test: usize,
}

/// Which parts of the data the exported weights have seen. Test results always come from weights that have not seen the
/// test part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FittedTo {
    /// The training part.
    #[default]
    Train,
    /// The training and the validation part.
    TrainValid,
    /// Every part, the test included.
    All,
}

impl FittedTo {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Train => "the training part",
            Self::TrainValid => "the training and validation parts",
            Self::All => "all tracks that the protocol keeps, once the test was over",
        }
    }
}

/// What one temperature for all logits did to the probabilities of the validation tracks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationFacts {
    /// What logits are divided by, already part of the weights.
    pub temperature: f64,
    /// Tracks that it was fitted to.
    pub tracks: usize,
    /// Expected calibration error without it, 0 to 1.
    pub ece_before: f64,
    /// Expected calibration error with it.
    pub ece_after: f64,
    /// Mean cross-entropy without it, nats.
    pub log_loss_before: f64,
    /// Mean cross-entropy with it.
    pub log_loss_after: f64,
}

/// Results on songs that training never saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestFacts {
    /// The figures.
    #[serde(flatten)]
    pub scores: ProtocolFacts,
    /// Each genre's, in the order of the labels.
    pub per_genre: Vec<GenreFacts>,
}

/// The figures of one protocol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProtocolFacts {
    /// Name of the protocol.
    pub protocol: String,
    /// Songs tested.
    pub tracks: usize,
    /// Share of songs that were named rightly, 0 to 1.
    pub accuracy: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end of its 95 % interval.
    pub high: f64,
    /// Mean of the genres' F1 scores.
    pub macro_f1: f64,
    /// Mean cross-entropy, nats.
    pub log_loss: f64,
    /// Expected calibration error, 0 to 1.
    pub ece: f64,
}

/// One genre's test results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GenreFacts {
    /// The genre.
    pub genre: String,
    /// Songs of it.
    pub tracks: usize,
    /// Of the songs taken for this genre, the share that is of it.
    pub precision: f64,
    /// Of the songs of this genre, the share that was found.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
}

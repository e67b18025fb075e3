//! What a bundle remembers of the run that made it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingFacts {
    /// Name of the run.
    pub name: String,
    /// Fingerprint of the feature table that it was trained and tested on.
    pub data_fingerprint: String,
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
    /// Results on the test part; absent where there was none.
    pub test: Option<TestFacts>,
    /// Versions of the program and of the libraries that shape the numbers.
    pub versions: BTreeMap<String, String>,
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

/// Results on rows that training never saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestFacts {
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// Share of songs that were named rightly, 0 to 1.
    pub accuracy: f64,
}

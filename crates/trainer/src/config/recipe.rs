//! How the network is fitted: loop, regularisation, optimiser.

use model::{FittedTo, Transform};
use serde::{Deserialize, Serialize};

use super::raw::{Violation, within};

/// The training loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingConfig {
    /// Passes over the training rows, at most.
    pub epochs: usize,
    /// Rows in a step.
    pub batch_size: usize,
    /// Which epoch's weights are kept.
    pub keep: Keep,
    /// With [`Keep::Best`], epochs without a better validation loss before training stops.
    pub patience: usize,
    /// What columns go through before they are standardised: nothing, a signed logarithm, or the quantile transform to a normal
    /// distribution.
    pub transform: Transform,
    /// How the learning rate moves.
    pub schedule: Schedule,
    /// Share of all steps over which the learning rate rises from 0.
    pub warmup: f64,
    /// Whether probabilities are calibrated: one temperature for all logits, fitted to the validation songs.
    pub calibrate: bool,
    /// What the exported weights are fitted to in the end.
    pub fit_to: FittedTo,
}

/// Which epoch's weights are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// The one with the lowest validation loss.
    #[default]
    Best,
    /// The last: for schedules that end at 0, where choosing among epochs only adds the noise of few validation songs.
    Last,
}

/// How the learning rate moves after its warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// Not at all.
    #[default]
    Constant,
    /// Down to 0 along half a cosine (I. Loshchilov, F. Hutter, SGDR, 2017).
    Cosine,
}

/// The recipe that did best on validation songs and artists' folds of GTZAN; `docs/tuning.md` of this crate has the record.
impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            epochs: 100,
            batch_size: 64,
            keep: Keep::Last,
            patience: 20,
            transform: Transform::Rank,
            schedule: Schedule::Cosine,
            warmup: 0.05,
            calibrate: true,
            fit_to: FittedTo::TrainValid,
        }
    }
}

impl TrainingConfig {
    pub(super) fn check(&self) -> Result<(), Violation> {
        within("training.epochs", self.epochs as f64, 1.0, 1e6)?;
        within("training.batch_size", self.batch_size as f64, 1.0, 1e6)?;
        within("training.patience", self.patience as f64, 1.0, 1e6)?;
        within("training.warmup", self.warmup, 0.0, 0.9)
    }
}

/// What keeps the network from learning its few songs by heart. Each is off at 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegularizationConfig {
    /// Share of hidden units that a step leaves out (N. Srivastava et al., 2014).
    pub dropout: f64,
    /// Share of the label that is spread evenly over all genres (C. Szegedy et al., 2016).
    pub label_smoothing: f64,
}

impl Default for RegularizationConfig {
    fn default() -> Self {
        Self { dropout: 0.3, label_smoothing: 0.1 }
    }
}

impl RegularizationConfig {
    /// Nothing of it.
    pub const OFF: Self = Self { dropout: 0.0, label_smoothing: 0.0 };

    pub(super) fn check(&self) -> Result<(), Violation> {
        within("regularization.dropout", self.dropout, 0.0, 0.95)?;
        within("regularization.label_smoothing", self.label_smoothing, 0.0, 0.9)
    }
}

/// Adam's knobs; the betas and epsilon are Keras's defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OptimizerConfig {
    /// Step size.
    pub learning_rate: f64,
    /// Decay of the mean of the gradients.
    pub beta_1: f64,
    /// Decay of the mean of their squares.
    pub beta_2: f64,
    /// Added to the denominator.
    pub epsilon: f64,
    /// Pull of the weights towards 0.
    pub weight_decay: f64,
    /// Whether that pull is apart from the gradients (AdamW: I. Loshchilov, F. Hutter, 2019) or an L2 penalty among them.
    pub decoupled: bool,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self { learning_rate: 2e-3, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, weight_decay: 1.0, decoupled: true }
    }
}

impl OptimizerConfig {
    pub(super) fn check(&self) -> Result<(), Violation> {
        within("optimizer.learning_rate", self.learning_rate, 1e-9, 10.0)?;
        within("optimizer.beta_1", self.beta_1, 0.0, 0.999_999)?;
        within("optimizer.beta_2", self.beta_2, 0.0, 0.999_999_9)?;
        within("optimizer.epsilon", self.epsilon, 1e-16, 1.0)?;
        within("optimizer.weight_decay", self.weight_decay, 0.0, 10.0)
    }
}

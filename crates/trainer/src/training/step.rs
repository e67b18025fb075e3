//! A network in training: its steps, and what they have come to.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor};
use model::{GenreClassifier, HIDDEN};

use super::epochs::{Score, Tally};
use super::fused;
use super::optimizer::Adam;
use super::rows::Rows;
use super::streams::Streams;
use super::weights::numbers;
use crate::Result;
use crate::config::{RegularizationConfig, TrainConfig};

/// Rows of a validation batch: there is no gradient to keep, so they may be many.
const VALIDATION_BATCH: usize = 512;

/// A classifier with all that its next step depends on.
pub(super) struct Network {
    /// On the graph of gradients.
    pub classifier: GenreClassifier,
    pub optimizer: Adam,
    /// Of the epoch under way, but for the steps in `unread`.
    pub tally: Tally,
    /// Rows of the latest steps with the logarithms of their probabilities, which are still on the device: nothing waits for it
    /// until the epoch is over.
    unread: (Vec<usize>, Vec<Tensor<2>>),
    regularization: RegularizationConfig,
    /// Off the graph.
    device: Device,
}

impl Network {
    /// Before the first step.
    pub fn new(classifier: GenreClassifier, config: &TrainConfig, device: Device) -> Self {
        Self {
            classifier,
            optimizer: Adam::new(config.optimizer.clone()),
            tally: Tally::default(),
            unread: Default::default(),
            regularization: config.regularization.clone(),
            device,
        }
    }

    /// Where its batches are put.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The same with another classifier; `None` if `change` gives none.
    pub fn map(self, change: impl FnOnce(GenreClassifier) -> Option<GenreClassifier>) -> Option<Self> {
        Some(Self { classifier: change(self.classifier)?, ..self })
    }

    /// Learns from the rows in `range` of an epoch's order. What is `random` follows from the numbers of the epoch and the batch.
    ///
    /// # Errors
    ///
    /// Rows that can't be read.
    pub fn step(
        mut self,
        rows: &Rows,
        order: &[usize],
        range: Range<usize>,
        random: (Streams, usize, usize),
        rate: f64,
    ) -> Result<Self> {
        let listed = &order[range.clone()];
        let RegularizationConfig { dropout, label_smoothing } = self.regularization;
        let mask = |layer: usize| {
            let width = *HIDDEN.get(layer).filter(|_| dropout > 0.0)?;
            let (streams, epoch, batch) = random;
            let mask = streams.mask(epoch, batch, layer, listed.len() * width, dropout);
            Some(Tensor::from_data(burn::tensor::TensorData::new(mask, [listed.len(), width]), &self.device))
        };
        let logits = forward(&self.classifier, rows.batch(order, range, &self.device)?, mask);
        let (loss, log_probabilities) =
            fused::cross_entropy(logits, rows.targets(listed, label_smoothing, &self.device));
        let gradients = loss.backward();
        self.unread.0.extend_from_slice(listed);
        self.unread.1.push(log_probabilities.inner());
        self.classifier = self.optimizer.step(self.classifier, gradients, rate);
        Ok(self)
    }

    /// Reads what the latest steps have come to.
    ///
    /// # Errors
    ///
    /// A device that fails.
    pub fn settle(&mut self, rows: &Rows) -> Result<()> {
        let (listed, parts) = std::mem::take(&mut self.unread);
        if !parts.is_empty() {
            let labels = self.classifier.classes();
            let classes: Vec<usize> = listed.iter().map(|&row| rows.classes[row]).collect();
            self.tally.add(&numbers(Tensor::cat(parts, 0))?, labels, &classes);
        }
        Ok(())
    }

    /// The score of the epoch that is over.
    ///
    /// # Errors
    ///
    /// A device that fails.
    pub fn end_epoch(&mut self, rows: &Rows) -> Result<Score> {
        self.settle(rows)?;
        Ok(std::mem::take(&mut self.tally).score())
    }

    /// The score on other rows.
    ///
    /// # Errors
    ///
    /// A device that fails.
    pub fn score(&self, rows: &Rows) -> Result<Score> {
        let classifier = self.classifier.clone().valid();
        let parts = (0..rows.len()).step_by(VALIDATION_BATCH).map(|first| {
            let batch = rows.as_they_lie(first..rows.len().min(first + VALIDATION_BATCH), &self.device)?;
            Ok(log_softmax(forward(&classifier, batch, |_| None), 1))
        });
        let mut tally = Tally::default();
        tally.add(&numbers(Tensor::cat(parts.collect::<Result<_>>()?, 0))?, self.classifier.classes(), &rows.classes);
        Ok(tally.score())
    }
}

/// The logits of prepared rows, by the fused operations; `mask` gives what a hidden layer's activations are multiplied by.
fn forward(classifier: &GenreClassifier, inputs: Tensor<2>, mask: impl Fn(usize) -> Option<Tensor<2>>) -> Tensor<2> {
    let layers = classifier.layers().into_iter().enumerate();
    layers.fold(inputs, |x, (layer, (weights, bias))| fused::dense(x, weights, bias, mask(layer), layer < HIDDEN.len()))
}

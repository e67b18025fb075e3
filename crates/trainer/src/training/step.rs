//! One step of training: what Burn's learner asks of a model.

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};
use model::GenreClassifier;

use super::batch::{Aim, Batch};

/// The classifier in training clothes: Burn's traits can't be implemented on another crate's type.
#[derive(Module, Debug)]
pub(super) struct Trainable {
    /// The network that learns.
    pub classifier: GenreClassifier,
}

impl Trainable {
    /// Mean loss against the true classes, and Burn's view of a batch.
    fn score(logits: Tensor<2>, batch: Batch) -> ClassificationOutput {
        let rows = batch.classes.dims()[0];
        let loss = CrossEntropyLossConfig::new().init(&logits.device()).forward(logits.clone(), batch.classes.clone());
        // Burn weighs a batch's loss by the length of this tensor: one entry a row makes an epoch's mean exact where the
        // last batch is shorter.
        ClassificationOutput::new(loss.detach().expand([rows]), logits, batch.classes)
    }
}

impl TrainStep for Trainable {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, mut batch: Batch) -> TrainOutput<ClassificationOutput> {
        let Aim { targets, masks } = batch.aim.take().unwrap_or_else(|| Aim {
            targets: batch.classes.clone().one_hot(self.classifier.classes()).float(),
            masks: Vec::new(),
        });
        let logits = self.classifier.forward_through(batch.inputs.clone(), |layer, x| match masks.get(layer) {
            Some(mask) => x * mask.clone(),
            None => x,
        });
        let loss = -(log_softmax(logits.clone(), 1) * targets).sum_dim(1).mean();
        TrainOutput::new(self, loss.backward(), Self::score(logits.detach(), batch))
    }
}

impl InferenceStep for Trainable {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> ClassificationOutput {
        Self::score(self.classifier.forward(batch.inputs.clone()), batch)
    }
}

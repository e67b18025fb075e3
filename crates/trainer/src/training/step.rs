//! One step of training: what Burn's learner asks of a model.

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::Tensor;
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};
use model::GenreClassifier;

use super::batch::Batch;

/// The classifier in training clothes: Burn's traits can't be implemented on another crate's type.
#[derive(Module, Debug)]
pub struct Trainable {
    /// The network.
    pub classifier: GenreClassifier,
}

impl Trainable {
    fn classify(&self, batch: Batch) -> (Tensor<1>, ClassificationOutput) {
        let rows = batch.classes.dims()[0];
        let logits = self.classifier.forward(batch.features);
        let loss = CrossEntropyLossConfig::new().init(&logits.device()).forward(logits.clone(), batch.classes.clone());
        // Burn weighs a batch's loss by the length of this tensor: one entry a row makes an epoch's mean exact where the
        // last batch is shorter.
        let per_row = loss.clone().detach().expand([rows]);
        (loss, ClassificationOutput::new(per_row, logits, batch.classes))
    }
}

impl TrainStep for Trainable {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> TrainOutput<ClassificationOutput> {
        let (loss, output) = self.classify(batch);
        TrainOutput::new(self, loss.backward(), output)
    }
}

impl InferenceStep for Trainable {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> ClassificationOutput {
        self.classify(batch).1
    }
}

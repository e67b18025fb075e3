//! One step of training: what Burn's learner asks of a model.

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLearningRate;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};
use model::GenreClassifier;

use super::batch::{Aim, Batch};

/// The classifier in training clothes: Burn's traits can't be implemented on another crate's type.
#[derive(Module, Debug)]
pub struct Trainable {
    /// The network that learns.
    pub classifier: GenreClassifier,
    /// The moving average of its weights, where one is kept.
    pub average: Option<GenreClassifier>,
    /// Decay of that average in a step, 0 to 1.
    pub decay: f64,
}

impl Trainable {
    /// A network whose average starts at its first weights; `decay` 0 keeps none.
    pub fn new(classifier: GenreClassifier, decay: f64) -> Self {
        let average = (decay > 0.0).then(|| classifier.moved_towards(&classifier, 0.0));
        Self { classifier, average, decay }
    }

    /// The network that validates and predicts.
    pub fn outcome(&self) -> &GenreClassifier {
        self.average.as_ref().unwrap_or(&self.classifier)
    }

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

    fn optimize(self, optim: &mut ModuleOptimizer, lr_module: ModuleLearningRate, grads: GradientsParams) -> Self {
        let moved = optim.step(lr_module, self, grads);
        let average = moved.average.as_ref().map(|average| average.moved_towards(&moved.classifier, 1.0 - moved.decay));
        Self { average, ..moved }
    }
}

impl InferenceStep for Trainable {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> ClassificationOutput {
        Self::score(self.outcome().forward(batch.inputs.clone()), batch)
    }
}

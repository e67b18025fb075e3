//! Adam over the classifier's weights.

use burn::backend::DispatchTensor;
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Gradients, Tensor};
use model::GenreClassifier;

use super::fused::{self, AdamStep};
use crate::config::OptimizerConfig;

/// Adam (D. P. Kingma, J. Ba, 2015) with an L2 penalty, or with a decay apart from the gradients (AdamW: I. Loshchilov,
/// F. Hutter, 2019).
pub(super) struct Adam {
    config: OptimizerConfig,
    /// Steps taken.
    pub steps: usize,
    /// The means of each learnt parameter's gradients and of their squares, in the order in which the module names them.
    pub moments: Vec<Option<[DispatchTensor; 2]>>,
}

impl Adam {
    /// Before the first step.
    pub fn new(config: OptimizerConfig) -> Self {
        Self { config, steps: 0, moments: Vec::new() }
    }

    /// Moves the weights that `gradients` are of; what has no gradient stays as it is.
    pub fn step(&mut self, classifier: GenreClassifier, gradients: Gradients, rate: f64) -> GenreClassifier {
        self.steps += 1;
        let OptimizerConfig { beta_1, beta_2, epsilon, weight_decay, decoupled, .. } = self.config;
        let bias = |beta: f64| 1.0 - beta.powf(self.steps as f64);
        let (decay, penalty) = if decoupled { (weight_decay, 0.0) } else { (0.0, weight_decay) };
        let step = AdamStep {
            rate: (rate / bias(beta_1)) as f32,
            beta_1: beta_1 as f32,
            beta_2: beta_2 as f32,
            correction_2: (1.0 / bias(beta_2)) as f32,
            epsilon: epsilon as f32,
            keep: (1.0 - rate * decay) as f32,
            penalty: penalty as f32,
        };
        classifier.map(&mut Move { step, gradients, moments: &mut self.moments, at: 0 })
    }
}

/// A step on its way through the module.
struct Move<'a> {
    step: AdamStep,
    gradients: Gradients,
    moments: &'a mut Vec<Option<[DispatchTensor; 2]>>,
    /// Learnt parameters that have been met.
    at: usize,
}

impl ModuleMapper for Move<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(gradient) = param.val().grad_remove(&mut self.gradients) else { return param };
        let (id, weights, mapper) = param.consume();
        let weights = weights.inner();
        if self.at == self.moments.len() {
            self.moments.push(None);
        }
        // Taken out, so that nobody else holds them and they can be changed in place.
        let moments = self.moments[self.at].take().map(|moments| moments.map(Tensor::from_dispatch));
        let moments = moments.unwrap_or_else(|| [weights.zeros_like(), weights.zeros_like()]);
        let (weights, moments) = fused::adam(weights, moments, gradient, self.step);
        self.moments[self.at] = Some(moments.map(Tensor::into_dispatch));
        self.at += 1;
        Param::from_mapped_value(id, Tensor::from_inner(weights).require_grad(), mapper)
    }
}

//! [`Fused`]'s operations on the graph of gradients.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend};

use super::{Activation, AdamStep, Fused, FusedBackward, Layer};

#[derive(Debug)]
struct Dense;

impl<B: FusedBackward> Backward<B, 3> for Dense {
    type State = Layer<B>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [inputs, weights, bias] = ops.parents;
        let gradient = grads.consume::<B>(&ops.node);
        // Rows of a table need no gradient: that product would be as large as the first layer's own.
        let (of_weights, of_bias, of_inputs) = B::dense_backward(ops.state, gradient, inputs.is_some());
        for (node, gradient) in [(weights, Some(of_weights)), (bias, Some(of_bias)), (inputs, of_inputs)] {
            if let (Some(node), Some(gradient)) = (node, gradient) {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

#[derive(Debug)]
struct CrossEntropy;

impl<B: FusedBackward> Backward<B, 1> for CrossEntropy {
    /// Logarithms of the probabilities, and the targets.
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [logits] = ops.parents;
        let gradient = grads.consume::<B>(&ops.node);
        if let Some(node) = logits {
            let (log_probabilities, targets) = ops.state;
            grads.register::<B>(node.id, B::cross_entropy_backward(log_probabilities, targets, gradient));
        }
    }
}

impl<B: Fused + FusedBackward, C: CheckpointStrategy> Fused for Autodiff<B, C> {
    fn dense(
        inputs: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Activation<Self>,
    ) -> FloatTensor<Self> {
        let nodes = [inputs.node(), weights.node(), bias.node()];
        let (inputs, weights) = (inputs.into_primitive(), weights.into_primitive());
        let activation = match activation {
            Activation::Linear => Activation::Linear,
            Activation::Relu => Activation::Relu,
            Activation::Masked(mask) => Activation::Masked(mask.into_primitive()),
        };
        let outputs = B::dense(inputs.clone(), weights.clone(), bias.into_primitive(), activation.clone());
        match Dense.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let layer = Layer { inputs, weights, outputs: outputs.clone(), activation };
                prep.finish(layer, outputs)
            }
            OpsKind::UnTracked(prep) => prep.finish(outputs),
        }
    }

    fn cross_entropy(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (node, targets) = (logits.node(), targets.into_primitive());
        let (loss, log_probabilities) = B::cross_entropy(logits.into_primitive(), targets.clone());
        let of_graph = Self::from_inner(log_probabilities.clone());
        let loss = match CrossEntropy.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((log_probabilities, targets), loss),
            OpsKind::UnTracked(prep) => prep.finish(loss),
        };
        (loss, of_graph)
    }

    /// Off the graph: nobody asks for the gradient of an optimiser.
    fn adam(
        weights: FloatTensor<Self>,
        moment_1: FloatTensor<Self>,
        moment_2: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let [weights, moment_1, moment_2, gradient] =
            [weights, moment_1, moment_2, gradient].map(|tensor| tensor.into_primitive());
        let (weights, moment_1, moment_2) = B::adam(weights, moment_1, moment_2, gradient, step);
        (Self::from_inner(weights), Self::from_inner(moment_1), Self::from_inner(moment_2))
    }
}

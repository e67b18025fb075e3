//! A training step in few passes over memory: operations that Burn composes of many, added to its backends by its own means
//! (`backend_extension`).
//!
//! Each has a body of Burn's primitives, which is what GPUs compute, and on the CPU one of its own in [`kernels`]. Gradients
//! are written by hand in [`autodiff`]. [`dense`], [`cross_entropy`] and [`adam`] are how the rest of this crate calls them.

#![allow(deprecated, reason = "the ndarray backend is a choice for as long as it lives")]

mod autodiff;
#[cfg(any(feature = "flex", feature = "ndarray"))]
mod cpu;
#[cfg(any(feature = "flex", feature = "ndarray"))]
mod kernels;
#[cfg(any(feature = "flex", feature = "ndarray"))]
mod product;

#[cfg(test)]
mod tests;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, ExtensionType, TensorMetadata, backend_extension};
use burn::tensor::Tensor;

/// The numbers of one step of Adam.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct AdamStep {
    /// Learning rate over `1 - beta_1^t`.
    pub rate: f32,
    /// Decay of the mean of gradients.
    pub beta_1: f32,
    /// Decay of the mean of their squares.
    pub beta_2: f32,
    /// `1 / (1 - beta_2^t)`.
    pub correction_2: f32,
    /// Added to the denominator.
    pub epsilon: f32,
    /// What weights are multiplied by first: 1 less the decoupled decay.
    pub keep: f32,
    /// How much of the weights is added to their gradient: the L2 penalty.
    pub penalty: f32,
}

/// What a layer does with its sums.
#[derive(Debug, Clone, ExtensionType)]
pub(super) enum Activation<B: Backend> {
    /// Nothing: they are logits.
    Linear,
    /// What is below 0 becomes 0.
    Relu,
    /// So it does, and the rest is multiplied by a mask, `[rows, units]`.
    Masked(FloatTensor<B>),
}

/// What training computes beyond Burn's own operations.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "wgpu"),
    Autodiff
)]
pub(super) trait Fused: Backend {
    /// A layer: the activation of `inputs · weights + bias`.
    fn dense(
        inputs: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        #[extension_type] activation: Activation<Self>,
    ) -> FloatTensor<Self> {
        let [_, width] = two(&weights);
        let bias = Self::float_reshape(bias, [1, width].into());
        let sums = Self::float_add(Self::float_matmul(inputs, weights), bias);
        match activation {
            Activation::Linear => sums,
            Activation::Relu => Self::relu(sums),
            Activation::Masked(mask) => Self::float_mul(Self::relu(sums), mask),
        }
    }

    /// The mean over rows of the cross-entropy of `targets`, `[1]`, and the logarithms of the softmax, `[rows, classes]`.
    fn cross_entropy(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [rows, _] = two(&logits);
        let log_probabilities = Self::log_softmax(logits, 1);
        let sum = Self::float_sum(Self::float_mul(log_probabilities.clone(), targets));
        (Self::float_mul_scalar(sum, (-1.0 / rows as f32).into()), log_probabilities)
    }

    /// One step of Adam: weights and moments after it.
    fn adam(
        weights: FloatTensor<Self>,
        moment_1: FloatTensor<Self>,
        moment_2: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let AdamStep { rate, beta_1, beta_2, correction_2, epsilon, keep, penalty } = step;
        let times = |tensor, factor: f32| Self::float_mul_scalar(tensor, factor.into());
        let gradient = match penalty {
            0.0 => gradient,
            penalty => Self::float_add(gradient, times(weights.clone(), penalty)),
        };
        let square = Self::float_mul(gradient.clone(), gradient.clone());
        let moment_1 = Self::float_add(times(moment_1, beta_1), times(gradient, 1.0 - beta_1));
        let moment_2 = Self::float_add(times(moment_2, beta_2), times(square, 1.0 - beta_2));
        let root = Self::float_sqrt(times(moment_2.clone(), correction_2));
        let change = Self::float_div(times(moment_1.clone(), rate), Self::float_add_scalar(root, epsilon.into()));
        (Self::float_sub(times(weights, keep), change), moment_1, moment_2)
    }
}

/// The gradients of [`Fused`]'s operations.
pub(super) trait FusedBackward: Backend {
    /// The gradients of a layer's weights, bias and, if wanted, inputs. `outputs` are what it gave, `gradient` is theirs.
    fn dense_backward(
        layer: Layer<Self>,
        gradient: FloatTensor<Self>,
        inputs_wanted: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, Option<FloatTensor<Self>>) {
        let Layer { inputs, weights, outputs, activation } = layer;
        let gradient = match activation {
            Activation::Linear => gradient,
            Activation::Relu => Self::relu_backward(outputs, gradient),
            Activation::Masked(mask) => Self::relu_backward(outputs, Self::float_mul(gradient, mask)),
        };
        let [_, width] = two(&weights);
        let bias = Self::float_reshape(Self::float_sum_dim(gradient.clone(), 0), [width].into());
        let of_inputs = inputs_wanted.then(|| Self::float_matmul(gradient.clone(), Self::float_transpose(weights)));
        (Self::float_matmul(Self::float_transpose(inputs), gradient), bias, of_inputs)
    }

    /// The gradient of the logits of [`Fused::cross_entropy`], where each row of the targets sums to 1.
    fn cross_entropy_backward(
        log_probabilities: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let [rows, _] = two(&targets);
        let difference = Self::float_sub(Self::float_exp(log_probabilities), targets);
        let gradient = Self::float_reshape(gradient, [1, 1].into());
        Self::float_mul(Self::float_mul_scalar(difference, (1.0 / rows as f32).into()), gradient)
    }
}

/// What a layer's gradients are computed from.
#[derive(Debug, Clone)]
pub(super) struct Layer<B: Backend> {
    inputs: FloatTensor<B>,
    weights: FloatTensor<B>,
    outputs: FloatTensor<B>,
    activation: Activation<B>,
}

#[cfg(feature = "wgpu")]
mod gpu {
    use burn::backend::Cube;

    impl super::Fused for Cube {}
    impl super::FusedBackward for Cube {}
}

/// The lengths of a matrix.
fn two(tensor: &impl TensorMetadata) -> [usize; 2] {
    let shape = tensor.shape();
    [shape[0], shape[1]]
}

/// A layer of a network: the activation of `inputs · weights + bias`. A hidden layer's is the ReLU, times `mask` if there is
/// one.
///
/// # Shapes
///
/// - inputs: `[rows, inputs]`, weights: `[inputs, units]`, bias: `[units]`, mask: `[rows, units]`
/// - output: `[rows, units]`
pub(super) fn dense(
    inputs: Tensor<2>,
    weights: Tensor<2>,
    bias: Tensor<1>,
    mask: Option<Tensor<2>>,
    hidden: bool,
) -> Tensor<2> {
    let activation = match (hidden, mask) {
        (false, _) => Activation::Linear,
        (true, None) => Activation::Relu,
        (true, Some(mask)) => Activation::Masked(mask.into_dispatch()),
    };
    let (inputs, weights, bias) = (inputs.into_dispatch(), weights.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::dense(inputs, weights, bias, activation))
}

/// The mean cross-entropy of `targets`, which sum to 1 in each row, and, off the graph, the logarithms of the probabilities.
///
/// # Shapes
///
/// - logits, targets: `[rows, classes]`
/// - output: `[1]`, `[rows, classes]`
pub(super) fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> (Tensor<1>, Tensor<2>) {
    let (loss, log_probabilities) = Dispatch::cross_entropy(logits.into_dispatch(), targets.into_dispatch());
    (Tensor::from_dispatch(loss), Tensor::from_dispatch(log_probabilities))
}

/// One step of Adam on tensors off the graph, of one shape: weights and both moments after it.
pub(super) fn adam<const D: usize>(
    weights: Tensor<D>,
    [moment_1, moment_2]: [Tensor<D>; 2],
    gradient: Tensor<D>,
    step: AdamStep,
) -> (Tensor<D>, [Tensor<D>; 2]) {
    let (moment_1, moment_2) = (moment_1.into_dispatch(), moment_2.into_dispatch());
    let (weights, moment_1, moment_2) =
        Dispatch::adam(weights.into_dispatch(), moment_1, moment_2, gradient.into_dispatch(), step);
    (Tensor::from_dispatch(weights), [moment_1, moment_2].map(Tensor::from_dispatch))
}

//! [`Fused`]'s operations on Burn's CPU backends: their tensors' memory is handed to [`kernels`].

use burn::backend::Backend;
use burn::backend::tensor::FloatTensor;

use super::product::{Matrix, product};
use super::{Activation, AdamStep, Fused, FusedBackward, Layer, kernels, two};

/// A backend whose tensors lie in host memory.
trait Host: Backend {
    /// The same tensor, row by row and in `f32`.
    fn plain(tensor: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The numbers of a plain tensor.
    fn read<R>(tensor: &FloatTensor<Self>, read: impl FnOnce(&[f32]) -> R) -> R;

    /// Changes the numbers of a plain tensor, in place where nobody else holds it.
    fn write(tensor: &mut FloatTensor<Self>, write: impl FnOnce(&mut [f32]));

    /// A tensor of `shape`.
    fn make(values: Vec<f32>, shape: &[usize]) -> FloatTensor<Self>;
}

fn dense<B: Host>(
    inputs: FloatTensor<B>,
    weights: FloatTensor<B>,
    bias: FloatTensor<B>,
    activation: Activation<B>,
) -> FloatTensor<B> {
    let ([rows, width], [_, units]) = (two(&inputs), two(&weights));
    let [inputs, weights, bias] = [inputs, weights, bias].map(B::plain);
    let outputs = B::read(&inputs, |inputs| {
        B::read(&weights, |weights| product(Matrix::new(inputs, rows, width), Matrix::new(weights, width, units)))
    });
    let mut outputs = B::make(outputs, &[rows, units]);
    B::read(&bias, |bias| {
        B::write(&mut outputs, |outputs| match activation {
            Activation::Linear => kernels::add_bias(outputs, bias),
            Activation::Relu => kernels::activate(outputs, bias),
            Activation::Masked(mask) => {
                B::read(&B::plain(mask), |mask| kernels::activate_masked(outputs, bias, mask));
            }
        });
    });
    outputs
}

fn dense_backward<B: Host>(
    layer: Layer<B>,
    gradient: FloatTensor<B>,
    inputs_wanted: bool,
) -> (FloatTensor<B>, FloatTensor<B>, Option<FloatTensor<B>>) {
    let Layer { inputs, weights, outputs, activation } = layer;
    let ([rows, width], [_, units]) = (two(&inputs), two(&weights));
    let [inputs, weights, outputs, mut gradient] = [inputs, weights, outputs, gradient].map(B::plain);
    B::read(&outputs, |outputs| {
        B::write(&mut gradient, |gradient| match activation {
            Activation::Linear => (),
            Activation::Relu => kernels::through_relu(gradient, outputs),
            Activation::Masked(mask) => {
                B::read(&B::plain(mask), |mask| kernels::through_mask(gradient, outputs, mask));
            }
        });
    });
    B::read(&gradient, |sums| {
        let gradient = Matrix::new(sums, rows, units);
        let of_weights = B::read(&inputs, |inputs| product(Matrix::new(inputs, rows, width).transposed(), gradient));
        let of_inputs = inputs_wanted
            .then(|| B::read(&weights, |weights| product(gradient, Matrix::new(weights, width, units).transposed())));
        (
            B::make(of_weights, &[width, units]),
            B::make(kernels::column_sums(sums, units), &[units]),
            of_inputs.map(|of_inputs| B::make(of_inputs, &[rows, width])),
        )
    })
}

fn cross_entropy<B: Host>(logits: FloatTensor<B>, targets: FloatTensor<B>) -> (FloatTensor<B>, FloatTensor<B>) {
    let [rows, classes] = two(&logits);
    let [logits, targets] = [logits, targets].map(B::plain);
    let logarithms = B::read(&logits, |logits| kernels::log_softmax(logits, classes));
    let loss = B::read(&targets, |targets| kernels::mean_cross_entropy(&logarithms, targets, classes));
    (B::make(vec![loss], &[1]), B::make(logarithms, &[rows, classes]))
}

fn cross_entropy_backward<B: Host>(
    log_probabilities: FloatTensor<B>,
    targets: FloatTensor<B>,
    gradient: FloatTensor<B>,
) -> FloatTensor<B> {
    let [rows, classes] = two(&targets);
    let [logarithms, targets, gradient] = [log_probabilities, targets, gradient].map(B::plain);
    let scale = B::read(&gradient, |gradient| gradient.first().copied().unwrap_or(1.0));
    let gradient = B::read(&logarithms, |logarithms| {
        B::read(&targets, |targets| kernels::cross_entropy_gradient(logarithms, targets, classes, scale))
    });
    B::make(gradient, &[rows, classes])
}

fn adam<B: Host>(
    weights: FloatTensor<B>,
    moment_1: FloatTensor<B>,
    moment_2: FloatTensor<B>,
    gradient: FloatTensor<B>,
    step: AdamStep,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let [mut weights, mut moment_1, mut moment_2, gradient] = [weights, moment_1, moment_2, gradient].map(B::plain);
    B::read(&gradient, |gradient| {
        B::write(&mut weights, |weights| {
            B::write(&mut moment_1, |moment_1| {
                B::write(&mut moment_2, |moment_2| kernels::adam(&step, weights, moment_1, moment_2, gradient));
            });
        });
    });
    (weights, moment_1, moment_2)
}

/// Gives a backend in host memory the operations of this file.
macro_rules! fused_on {
    ($backend:ty) => {
        impl Fused for $backend {
            fn dense(
                inputs: FloatTensor<Self>,
                weights: FloatTensor<Self>,
                bias: FloatTensor<Self>,
                activation: Activation<Self>,
            ) -> FloatTensor<Self> {
                dense::<Self>(inputs, weights, bias, activation)
            }

            fn cross_entropy(
                logits: FloatTensor<Self>,
                targets: FloatTensor<Self>,
            ) -> (FloatTensor<Self>, FloatTensor<Self>) {
                cross_entropy::<Self>(logits, targets)
            }

            fn adam(
                weights: FloatTensor<Self>,
                moment_1: FloatTensor<Self>,
                moment_2: FloatTensor<Self>,
                gradient: FloatTensor<Self>,
                step: AdamStep,
            ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
                adam::<Self>(weights, moment_1, moment_2, gradient, step)
            }
        }

        impl FusedBackward for $backend {
            fn dense_backward(
                layer: Layer<Self>,
                gradient: FloatTensor<Self>,
                inputs_wanted: bool,
            ) -> (FloatTensor<Self>, FloatTensor<Self>, Option<FloatTensor<Self>>) {
                dense_backward::<Self>(layer, gradient, inputs_wanted)
            }

            fn cross_entropy_backward(
                log_probabilities: FloatTensor<Self>,
                targets: FloatTensor<Self>,
                gradient: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                cross_entropy_backward::<Self>(log_probabilities, targets, gradient)
            }
        }
    };
}

#[cfg(feature = "flex")]
mod flex {
    use burn::backend::flex::{FlexTensor, Layout};
    use burn::backend::ops::FloatTensorOps;
    use burn::backend::{DType, Flex, FloatDType};
    use burn::tensor::{Bytes, Shape};

    use super::*;

    impl Host for Flex {
        fn plain(tensor: FlexTensor) -> FlexTensor {
            let tensor = if tensor.dtype() == DType::F32 { tensor } else { Self::float_cast(tensor, FloatDType::F32) };
            // A view of a part of a buffer is plain no more than one that skips.
            let whole = tensor.bytes().len() == tensor.layout().num_elements() * size_of::<f32>();
            if whole && tensor.is_contiguous() { tensor } else { FlexTensor::from_data(tensor.into_data()) }
        }

        fn read<R>(tensor: &FlexTensor, read: impl FnOnce(&[f32]) -> R) -> R {
            read(tensor.storage())
        }

        fn write(tensor: &mut FlexTensor, write: impl FnOnce(&mut [f32])) {
            write(tensor.storage_mut());
        }

        fn make(values: Vec<f32>, shape: &[usize]) -> FlexTensor {
            FlexTensor::new(Bytes::from_elems(values), Layout::contiguous(Shape::from(shape)), DType::F32)
        }
    }

    fused_on!(Flex);
}

#[cfg(feature = "ndarray")]
#[allow(deprecated, reason = "the ndarray backend is a choice for as long as it lives")]
mod ndarray {
    use super::*;
    use burn::backend::ndarray::{NdArrayTensor, SharedArray};
    use burn::backend::ops::FloatTensorOps;
    use burn::backend::{FloatDType, NdArray};

    impl Host for NdArray {
        fn plain(tensor: NdArrayTensor) -> NdArrayTensor {
            let values = match tensor {
                NdArrayTensor::F32(values) => values,
                other => match Self::float_cast(other, FloatDType::F32) {
                    NdArrayTensor::F32(values) => values,
                    other => return other,
                },
            };
            let plain = values.view().as_slice().is_some();
            NdArrayTensor::F32(if plain {
                values
            } else {
                values.view().as_standard_layout().into_owned().into_shared().into()
            })
        }

        fn read<R>(tensor: &NdArrayTensor, read: impl FnOnce(&[f32]) -> R) -> R {
            match tensor {
                NdArrayTensor::F32(values) => read(values.view().as_slice().unwrap_or_default()),
                _ => read(&[]),
            }
        }

        fn write(tensor: &mut NdArrayTensor, write: impl FnOnce(&mut [f32])) {
            if let NdArrayTensor::F32(values) = tensor
                && let Some(values) = values.ensure_owned().as_slice_mut()
            {
                write(values);
            }
        }

        fn make(values: Vec<f32>, shape: &[usize]) -> NdArrayTensor {
            match SharedArray::from_shape_vec(shape.to_vec(), values) {
                // Owned, where `from_data` would borrow and copy at the first change.
                Ok(array) => array.into(),
                Err(_) => unreachable!("a tensor has as many numbers as its shape says"),
            }
        }
    }

    fused_on!(NdArray);
}

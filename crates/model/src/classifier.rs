//! The network.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::{relu, softmax};
use burn::tensor::{Device, Tensor, TensorData};

use crate::Result;
use crate::normalizer::Normalizer;
use crate::transform::{RowTransform, Transform};

/// Widths of the hidden layers.
pub const HIDDEN: [usize; 3] = [256, 128, 64];

/// A multi-layer perceptron with three hidden layers of ReLUs and one output per genre; the transform that its inputs go
/// through first travels with it.
#[derive(Module, Debug)]
pub struct GenreClassifier {
    normalizer: Normalizer,
    hidden_1: Linear,
    hidden_2: Linear,
    hidden_3: Linear,
    output: Linear,
}

impl GenreClassifier {
    /// A fresh network for rows like those that `transform` was fitted to.
    ///
    /// Weights are Glorot-uniform (U(±√(6 / (fan_in + fan_out))), Glorot & Bengio 2010, the Keras default), biases 0. `uniform` gives
    /// numbers in [0, 1) and alone decides the weights: the same sequence gives the same network on every device and from
    /// any thread, which a device's own generator, shared by the whole process, does not promise.
    pub fn new(transform: &RowTransform, classes: usize, mut uniform: impl FnMut() -> f32, device: &Device) -> Self {
        Self::build(transform, classes, device, |fan_in, fan_out| {
            let limit = (6.0 / (fan_in + fan_out) as f32).sqrt();
            (0..fan_in * fan_out).map(|_| limit * (2.0 * uniform() - 1.0)).collect()
        })
    }

    /// A network of the right shape to load a record into.
    pub(crate) fn blank(transform: Transform, inputs: usize, classes: usize, device: &Device) -> Self {
        let transform = RowTransform::blank(transform, inputs);
        Self::build(&transform, classes, device, |fan_in, fan_out| vec![0.0; fan_in * fan_out])
    }

    fn build(
        transform: &RowTransform,
        classes: usize,
        device: &Device,
        mut weights: impl FnMut(usize, usize) -> Vec<f32>,
    ) -> Self {
        let mut layer = |fan_in: usize, fan_out: usize| Linear {
            weight: Param::from_data(TensorData::new(weights(fan_in, fan_out), [fan_in, fan_out]), device),
            bias: Some(Param::from_data(TensorData::new(vec![0.0f32; fan_out], [fan_out]), device)),
        };
        let [first, second, third] = HIDDEN;
        Self {
            normalizer: Normalizer::new(transform, device),
            hidden_1: layer(transform.inputs(), first),
            hidden_2: layer(first, second),
            hidden_3: layer(second, third),
            output: layer(third, classes),
        }
    }

    /// Logits of rows that [`RowTransform::apply`] has prepared.
    ///
    /// # Shapes
    ///
    /// - inputs: `[rows, inputs]`
    /// - output: `[rows, classes]`
    pub fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        let hidden = [&self.hidden_1, &self.hidden_2, &self.hidden_3].into_iter();
        self.output.forward(hidden.fold(inputs, |x, layer| relu(layer.forward(x))))
    }

    /// Weights, `[inputs, units]`, and biases, `[units]`, of the layers, for those who compute them in their own way: hidden layers
    /// with their ReLUs, then the output.
    pub fn layers(&self) -> [(Tensor<2>, Tensor<1>); HIDDEN.len() + 1] {
        [&self.hidden_1, &self.hidden_2, &self.hidden_3, &self.output].map(|layer| {
            let weights = layer.weight.val();
            let none = || Tensor::zeros([weights.dims()[1]], &weights.device());
            let bias = layer.bias.as_ref().map_or_else(none, Param::val);
            (weights, bias)
        })
    }

    /// Probabilities of prepared rows: the softmax of [`forward`](Self::forward).
    ///
    /// # Shapes
    ///
    /// - inputs: `[rows, inputs]`
    /// - output: `[rows, classes]`, each row sums to 1
    pub fn probabilities(&self, inputs: Tensor<2>) -> Tensor<2> {
        softmax(self.forward(inputs), 1)
    }

    /// The same network with logits divided by `temperature` (Guo et al., On calibration of modern neural networks, 2017),
    /// by way of the output layer's weights: the record needs to know nothing of it.
    pub fn with_temperature(self, temperature: f64) -> Self {
        let divided = |param: Tensor<2>| param / temperature;
        let Linear { weight, bias } = self.output;
        let output = Linear { weight: weight.map(divided), bias: bias.map(|bias| bias.map(|bias| bias / temperature)) };
        Self { output, ..self }
    }

    /// What raw rows go through before they are the network's inputs.
    ///
    /// # Errors
    ///
    /// A device that fails.
    pub fn transform(&self) -> Result<RowTransform> {
        self.normalizer.transform()
    }

    /// Which transform that is.
    pub fn transform_kind(&self) -> Transform {
        self.normalizer.kind()
    }

    /// The device that the weights are on.
    pub fn device(&self) -> Device {
        self.output.weight.lazy_device()
    }

    /// Number of values in a feature row.
    pub fn inputs(&self) -> usize {
        self.normalizer.inputs()
    }

    /// Number of genres.
    pub fn classes(&self) -> usize {
        self.output.weight.lazy_shape()[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small deterministic stand-in for a random generator (Weyl sequence).
    pub(crate) fn weyl() -> impl FnMut() -> f32 {
        let mut state = 0.0f64;
        move || {
            state = (state + 0.618_033_988_749_895).fract();
            state as f32
        }
    }

    fn transform(inputs: usize) -> RowTransform {
        let rows: Vec<Vec<f32>> =
            (0..20).map(|r| (0..inputs).map(|c| ((r * 7 + c * 3) % 11) as f32 - 2.0).collect()).collect();
        RowTransform::fit(Transform::None, rows.iter().map(Vec::as_slice)).unwrap()
    }

    fn network(device: &Device) -> GenreClassifier {
        GenreClassifier::new(&transform(57), 10, weyl(), device)
    }

    fn input(device: &Device) -> Tensor<2> {
        let values: Vec<f32> = (0..4 * 57).map(|i| ((i * 13) % 17) as f32 * 0.5 - 3.0).collect();
        Tensor::from_data(TensorData::new(values, [4, 57]), device)
    }

    fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn logits_equal_a_plain_matrix_product_in_f64() {
        let device = Device::flex();
        let model = network(&device);
        let got = numbers(model.forward(input(&device)));
        let mut worst = 0.0f64;
        for (row, logits) in numbers(input(&device)).chunks(57).zip(got.chunks(10)) {
            let mut x: Vec<f64> = row.iter().map(|&v| f64::from(v)).collect();
            for (index, (weight, bias)) in model.layers().into_iter().enumerate() {
                let [_, width] = weight.dims();
                let (weight, bias) = (numbers(weight), numbers(bias));
                x = (0..width)
                    .map(|out| {
                        let sum: f64 = x.iter().enumerate().map(|(i, v)| v * f64::from(weight[i * width + out])).sum();
                        let sum = sum + f64::from(bias[out]);
                        if index < 3 { sum.max(0.0) } else { sum }
                    })
                    .collect();
            }
            for (a, b) in x.iter().zip(logits) {
                worst = worst.max((a - f64::from(*b)).abs());
            }
        }
        assert!(worst < 1e-4, "worst difference {worst}");
    }

    #[test]
    fn a_temperature_divides_the_logits_and_moves_no_verdict() {
        let device = Device::flex();
        let logits = numbers(network(&device).forward(input(&device)));
        let cooled = numbers(network(&device).with_temperature(2.5).forward(input(&device)));
        for (before, after) in logits.iter().zip(&cooled) {
            assert!((before / 2.5 - after).abs() < 1e-5, "{before} {after}");
        }
        for (network, temperature) in [(network(&device), 0.5), (network(&device), 3.0)] {
            let probabilities = numbers(network.with_temperature(temperature).probabilities(input(&device)));
            for (logits, probabilities) in logits.chunks(10).zip(probabilities.chunks(10)) {
                let total: f64 = logits.iter().map(|&l| (f64::from(l) / temperature).exp()).sum();
                for (&l, &p) in logits.iter().zip(probabilities) {
                    assert!(((f64::from(l) / temperature).exp() / total - f64::from(p)).abs() < 1e-5);
                }
            }
        }
    }

    #[test]
    fn extreme_rows_still_give_probabilities() {
        let device = Device::flex();
        let got = numbers(network(&device).probabilities(Tensor::full([1, 57], 1.0e30, &device)));
        assert!(got.iter().all(|p| p.is_finite()) && (got.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{got:?}");
    }

    #[test]
    fn the_network_has_the_promised_shape() {
        let model = network(&Device::flex());
        let weights = 57 * 256 + 256 + 256 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10;
        assert_eq!(model.num_params(), weights + 4 * 57);
        assert_eq!((model.inputs(), model.classes()), (57, 10));
    }
}

//! The network.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::{relu, softmax};
use burn::tensor::{Device, Tensor, TensorData};

use crate::normalizer::{Normalizer, RowStatistics};

/// Widths of the hidden layers.
pub const HIDDEN: [usize; 3] = [256, 128, 64];

/// A multi-layer perceptron over raw feature rows: normaliser, three hidden layers with ReLU, one output per genre.
#[derive(Module, Debug)]
pub struct GenreClassifier {
    normalizer: Normalizer,
    hidden_1: Linear,
    hidden_2: Linear,
    hidden_3: Linear,
    output: Linear,
}

impl GenreClassifier {
    /// A fresh network for rows like those that `statistics` were measured on.
    ///
    /// Weights are Glorot-uniform (U(±√(6 / (fan_in + fan_out))), Glorot & Bengio 2010, the Keras default), biases 0. `uniform` gives
    /// numbers in [0, 1) and alone decides the weights: the same sequence gives the same network on every device and from
    /// any thread, which a device's own generator, shared by the whole process, does not promise.
    pub fn new(statistics: &RowStatistics, classes: usize, mut uniform: impl FnMut() -> f32, device: &Device) -> Self {
        Self::build(statistics, classes, device, |fan_in, fan_out| {
            let limit = (6.0 / (fan_in + fan_out) as f32).sqrt();
            (0..fan_in * fan_out).map(|_| limit * (2.0 * uniform() - 1.0)).collect()
        })
    }

    /// A network of the right shape to load a record into.
    pub(crate) fn blank(inputs: usize, classes: usize, device: &Device) -> Self {
        Self::build(&RowStatistics::identity(inputs), classes, device, |fan_in, fan_out| vec![0.0; fan_in * fan_out])
    }

    fn build(
        statistics: &RowStatistics,
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
            normalizer: Normalizer::new(statistics, device),
            hidden_1: layer(statistics.inputs(), first),
            hidden_2: layer(first, second),
            hidden_3: layer(second, third),
            output: layer(third, classes),
        }
    }

    /// Logits of raw feature rows.
    ///
    /// # Shapes
    ///
    /// - features: `[rows, inputs]`
    /// - output: `[rows, classes]`
    pub fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let x = self.normalizer.forward(features);
        let x = relu(self.hidden_1.forward(x));
        let x = relu(self.hidden_2.forward(x));
        let x = relu(self.hidden_3.forward(x));
        self.output.forward(x)
    }

    /// Probabilities of raw feature rows: the softmax of [`forward`](Self::forward).
    ///
    /// # Shapes
    ///
    /// - features: `[rows, inputs]`
    /// - output: `[rows, classes]`, each row sums to 1
    pub fn probabilities(&self, features: Tensor<2>) -> Tensor<2> {
        softmax(self.forward(features), 1)
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

    fn statistics(inputs: usize) -> RowStatistics {
        let rows: Vec<Vec<f32>> =
            (0..20).map(|r| (0..inputs).map(|c| ((r * 7 + c * 3) % 11) as f32 - 2.0).collect()).collect();
        RowStatistics::of(rows.iter().map(Vec::as_slice)).unwrap()
    }

    fn input(device: &Device) -> Tensor<2> {
        let values: Vec<f32> = (0..4 * 57).map(|i| ((i * 13) % 17) as f32 * 0.5 - 3.0).collect();
        Tensor::from_data(TensorData::new(values, [4, 57]), device)
    }

    #[test]
    fn logits_equal_a_plain_matrix_product_in_f64() {
        let device = Device::flex();
        let model = GenreClassifier::new(&statistics(57), 10, weyl(), &device);
        let got: Vec<f32> = model.forward(input(&device)).into_data().try_to_vec().unwrap();

        let vector = |t: Tensor<1>| -> Vec<f64> {
            t.into_data().try_to_vec::<f32>().unwrap().into_iter().map(f64::from).collect()
        };
        let mean = vector(model.normalizer.clone().forward(Tensor::zeros([1, 57], &device)).reshape([57]));
        let unit = vector(model.normalizer.clone().forward(Tensor::ones([1, 57], &device)).reshape([57]));
        let rows: Vec<f32> = input(&device).into_data().try_to_vec().unwrap();
        let mut worst = 0.0f64;
        for (row, logits) in rows.chunks(57).zip(got.chunks(10)) {
            // normalise(x) is linear in x: normalise(0) + x * (normalise(1) - normalise(0))
            let mut x: Vec<f64> =
                row.iter().zip(mean.iter().zip(&unit)).map(|(&v, (z, u))| z + f64::from(v) * (u - z)).collect();
            let layers = [&model.hidden_1, &model.hidden_2, &model.hidden_3, &model.output];
            for (index, layer) in layers.into_iter().enumerate() {
                let [_, width] = layer.weight.dims();
                let weight = vector(layer.weight.val().reshape([-1]));
                let bias = vector(layer.bias.as_ref().unwrap().val());
                x = (0..width)
                    .map(|out| {
                        let sum: f64 = x.iter().enumerate().map(|(i, v)| v * weight[i * width + out]).sum();
                        let sum = sum + bias[out];
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
    fn probabilities_are_the_softmax_of_the_logits() {
        let device = Device::flex();
        let model = GenreClassifier::new(&statistics(57), 10, weyl(), &device);
        let logits: Vec<f32> = model.forward(input(&device)).into_data().try_to_vec().unwrap();
        let got: Vec<f32> = model.probabilities(input(&device)).into_data().try_to_vec().unwrap();
        for (logits, got) in logits.chunks(10).zip(got.chunks(10)) {
            let total: f64 = logits.iter().map(|&l| f64::from(l).exp()).sum();
            for (&l, &p) in logits.iter().zip(got) {
                assert!((f64::from(l).exp() / total - f64::from(p)).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn extreme_rows_still_give_probabilities() {
        let device = Device::flex();
        let model = GenreClassifier::new(&statistics(57), 10, weyl(), &device);
        let rows = Tensor::full([1, 57], 1.0e30, &device);
        let got: Vec<f32> = model.probabilities(rows).into_data().try_to_vec().unwrap();
        assert!(got.iter().all(|p| p.is_finite()) && (got.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{got:?}");
    }

    #[test]
    fn the_network_has_the_promised_shape() {
        let model = GenreClassifier::new(&statistics(57), 10, weyl(), &Device::flex());
        let weights = 57 * 256 + 256 + 256 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10;
        assert_eq!(model.num_params(), weights + 2 * 57);
        assert_eq!((model.inputs(), model.classes()), (57, 10));
    }
}

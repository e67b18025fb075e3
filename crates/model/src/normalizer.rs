//! Standardisation, frozen inside the record.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

use crate::{Error, Result};

/// Brings every column to mean 0 and deviation 1, as measured on the training rows.
///
/// Its tensors are parameters so that they are saved with the weights: one record predicts from raw features. They never ask
/// for gradients, so no optimiser touches them and no weight decay reaches them.
#[derive(Module, Debug)]
pub struct Normalizer {
    /// Mean of each column, `[inputs]`.
    mean: Param<Tensor<1>>,
    /// One over the standard deviation of each column, `[inputs]`; 0 for a column that was constant.
    scale: Param<Tensor<1>>,
}

impl Normalizer {
    /// Puts measured statistics on a device.
    pub fn new(statistics: &RowStatistics, device: &Device) -> Self {
        let frozen = |values: Vec<f32>| {
            let shape = [values.len()];
            Param::<Tensor<1>>::from_data(TensorData::new(values, shape), device).set_require_grad(false)
        };
        let mean = statistics.mean.iter().map(|&mean| mean as f32).collect();
        // A constant column teaches nothing, so whatever it holds later must not reach the weights: its scale is 0.
        let scale = statistics.deviation.iter().map(|&d| if d > 0.0 { (1.0 / d) as f32 } else { 0.0 }).collect();
        Self { mean: frozen(mean), scale: frozen(scale) }
    }

    /// `(rows - mean) * scale`.
    ///
    /// # Shapes
    ///
    /// - rows: `[rows, inputs]`
    /// - output: `[rows, inputs]`
    pub fn forward(&self, rows: Tensor<2>) -> Tensor<2> {
        (rows - self.mean.val().unsqueeze()) * self.scale.val().unsqueeze()
    }

    /// Number of columns.
    pub fn inputs(&self) -> usize {
        self.mean.lazy_shape().num_elements()
    }
}

/// Mean and population standard deviation of each column.
#[derive(Debug, Clone, PartialEq)]
pub struct RowStatistics {
    mean: Vec<f64>,
    /// 0 where the column is constant up to rounding.
    deviation: Vec<f64>,
}

impl RowStatistics {
    /// Measures `rows` (`[rows, inputs]`) in two passes in `f64`. Give the training rows only: what is measured on test rows
    /// leaks into the model.
    ///
    /// # Errors
    ///
    /// No rows, rows of unequal length, or a value that is not finite.
    pub fn of<'a>(rows: impl Iterator<Item = &'a [f32]> + Clone) -> Result<Self> {
        let inputs = rows.clone().next().map(<[f32]>::len).ok_or(Error::NoRows)?;
        let mut mean = vec![0.0f64; inputs];
        let mut count = 0usize;
        for (row, values) in rows.clone().enumerate() {
            if values.len() != inputs {
                return Err(Error::RowLength { row, found: values.len(), expected: inputs });
            }
            for (column, (sum, &value)) in mean.iter_mut().zip(values).enumerate() {
                if !value.is_finite() {
                    return Err(Error::NotFinite { row, column, value });
                }
                *sum += f64::from(value);
            }
            count += 1;
        }
        let n = count as f64;
        mean.iter_mut().for_each(|sum| *sum /= n);

        let mut variance = vec![0.0f64; inputs];
        for values in rows {
            for ((sum, &value), &mean) in variance.iter_mut().zip(values).zip(&mean) {
                let difference = f64::from(value) - mean;
                *sum += difference * difference;
            }
        }
        // Rows are f32: a spread below their resolution is rounding, not signal.
        let resolution = f64::from(f32::EPSILON);
        let deviation = variance
            .iter()
            .zip(&mean)
            .map(|(&sum, &mean)| {
                let deviation = (sum / n).sqrt();
                if deviation > resolution * mean.abs() { deviation } else { 0.0 }
            })
            .collect();
        Ok(Self { mean, deviation })
    }

    /// Number of columns.
    pub fn inputs(&self) -> usize {
        self.mean.len()
    }

    /// Statistics that leave values as they are: mean 0, deviation 1.
    pub(crate) fn identity(inputs: usize) -> Self {
        Self { mean: vec![0.0; inputs], deviation: vec![1.0; inputs] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalised(rows: &[Vec<f32>], seen: &[Vec<f32>]) -> Vec<f32> {
        let device = Device::flex();
        let statistics = RowStatistics::of(rows.iter().map(Vec::as_slice)).unwrap();
        let shape = [seen.len(), seen[0].len()];
        let input = Tensor::from_data(TensorData::new(seen.concat(), shape), &device);
        Normalizer::new(&statistics, &device).forward(input).into_data().try_to_vec().unwrap()
    }

    #[test]
    fn columns_come_out_with_mean_0_and_deviation_1_whatever_their_size() {
        // Like a spectral centroid's variance beside a waveform's mean: twelve orders of magnitude apart.
        let rows: Vec<Vec<f32>> =
            (0..50).map(|i| vec![4.0e5 + 1.0e4 * (i as f32).sin(), 1.0e-6 * (i as f32 * 0.7).cos()]).collect();
        let out = normalised(&rows, &rows);
        for column in 0..2 {
            let values: Vec<f64> = out.iter().skip(column).step_by(2).map(|&v| f64::from(v)).collect();
            let mean = values.iter().sum::<f64>() / 50.0;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 50.0;
            assert!(mean.abs() < 1e-5, "column {column}: mean {mean}");
            assert!((variance - 1.0).abs() < 1e-5, "column {column}: variance {variance}");
        }
    }

    #[test]
    fn a_constant_column_is_ignored_even_when_it_changes_later() {
        let rows = vec![vec![0.1, 1.0], vec![0.1, 2.0], vec![0.1, 3.0]];
        let out = normalised(&rows, &[vec![1.0e9, 2.0]]);
        assert_eq!(out, [0.0, 0.0]);
    }

    #[test]
    fn one_row_gives_zeros_not_nan() {
        assert_eq!(normalised(&[vec![3.0, -1.0]], &[vec![3.0, -1.0]]), [0.0, 0.0]);
    }

    #[test]
    fn nothing_ragged_rows_and_nan_are_refused() {
        let of = |rows: &[Vec<f32>]| RowStatistics::of(rows.iter().map(Vec::as_slice));
        assert!(matches!(of(&[]), Err(Error::NoRows)));
        assert!(matches!(of(&[vec![1.0], vec![1.0, 2.0]]), Err(Error::RowLength { row: 1, found: 2, expected: 1 })));
        assert!(matches!(of(&[vec![1.0, f32::NAN]]), Err(Error::NotFinite { row: 0, column: 1, .. })));
    }
}

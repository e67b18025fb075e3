//! Rows as Burn tensors.

use burn::tensor::TensorData;

use crate::{Error, FeatureVector, Result};

/// Rows as single-precision data of shape `[rows, len]`.
///
/// # Errors
/// [`Error::LengthMismatch`] if a row is not as long as the first.
pub fn tensor_data(rows: &[FeatureVector]) -> Result<TensorData> {
    let len = rows.first().map_or(0, |row| row.values.len());
    let mut values = Vec::with_capacity(rows.len() * len);
    for row in rows {
        if row.values.len() != len {
            return Err(Error::LengthMismatch { what: "row", expected: len, got: row.values.len() });
        }
        values.extend(row.values.iter().map(|&value| value as f32));
    }
    Ok(TensorData::new(values, [rows.len(), len]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[f64]) -> FeatureVector {
        FeatureVector { values: values.to_vec() }
    }

    #[test]
    fn rows_lie_one_after_the_other() {
        let data = tensor_data(&[row(&[1.0, 2.0, 3.0]), row(&[4.0, 5.0, 6.0])]).unwrap();
        assert_eq!(data, TensorData::new(vec![1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3]));
    }

    #[test]
    fn rows_of_unequal_length_are_refused() {
        let result = tensor_data(&[row(&[1.0, 2.0]), row(&[3.0])]);
        assert!(matches!(result, Err(Error::LengthMismatch { expected: 2, got: 1, .. })));
    }
}

//! Scaling of rows by a norm (librosa's `util.normalize`).

/// Divides a row by its norm. A norm below the least normal number leaves the row as it is, as librosa does.
pub(crate) fn divide_by_norm(row: &mut [f64], norm: f64) {
    if norm >= f64::MIN_POSITIVE {
        row.iter_mut().for_each(|value| *value /= norm);
    }
}

/// Makes the absolute values of a row sum to 1.
pub(crate) fn to_unit_sum(row: &mut [f64]) {
    divide_by_norm(row, row.iter().map(|value| value.abs()).sum());
}

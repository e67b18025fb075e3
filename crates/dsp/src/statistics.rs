//! What a clip's row keeps of a matrix.

use crate::FrameMatrix;

/// Mean and population variance, in two passes. Of nothing, both are 0.
pub(crate) fn moments(values: impl Iterator<Item = f64> + Clone) -> [f64; 2] {
    let (sum, count) = values.clone().fold((0.0, 0usize), |(sum, count), value| (sum + value, count + 1));
    let count = count.max(1) as f64;
    let mean = sum / count;
    [mean, values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / count]
}

/// Population variance of the differences from each value to the next (numpy's `diff(…).var`).
pub(crate) fn variance_of_change(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let [_, variance] = moments(values.clone().zip(values.skip(1)).map(|(value, next)| next - value));
    variance
}

/// The values of a column, frame after frame; none where the matrix has no such column.
pub(crate) fn column<T: Copy + Default + Into<f64>>(
    matrix: &FrameMatrix<T>,
    column: usize,
) -> impl Iterator<Item = f64> + Clone {
    matrix.data().get(column..).unwrap_or_default().iter().step_by(matrix.bins().max(1)).map(|&value| value.into())
}

/// Appends to `values`, for every column of `matrix`, its mean, its population variance, and the population variance of
/// its differences from frame to frame. Of nothing, all are 0.
pub fn column_statistics(matrix: &FrameMatrix<f64>, values: &mut Vec<f64>) {
    for bin in 0..matrix.bins() {
        values.extend(moments(column(matrix, bin)));
        values.push(variance_of_change(column(matrix, bin)));
    }
}

/// Greatest of values that aren't negative, several lanes at a time.
pub(crate) fn greatest(values: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 16];
    let chunks = values.chunks_exact(lanes.len());
    let rest = chunks.remainder().iter().fold(0.0f32, |a, &b| a.max(b));
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = if value > *lane { value } else { *lane };
        }
    }
    lanes.iter().fold(rest, |a, &b| a.max(b))
}

/// Median of values that aren't negative; of an even number the mean of the middle two, of none 0. They are reordered.
pub(crate) fn median(values: &mut [f32]) -> f64 {
    let (count, half) = (values.len(), values.len() / 2);
    if count == 0 {
        return 0.0;
    }
    let (below, &mut upper, _) = values.select_nth_unstable_by(half, f32::total_cmp);
    let lower = if count.is_multiple_of(2) { greatest(below) } else { upper };
    (f64::from(lower) + f64::from(upper)) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_described_one_after_the_other() {
        let mut matrix = FrameMatrix::new(4, 2);
        matrix.data_mut().copy_from_slice(&[0.0, 5.0, 3.0, 5.0, 3.0, 5.0, 6.0, 5.0]);
        let mut values = vec![9.0];
        column_statistics(&matrix, &mut values);
        assert_eq!(values, [9.0, 3.0, 4.5, 2.0, 5.0, 0.0, 0.0]);
    }

    #[test]
    fn a_single_frame_does_not_change() {
        let mut values = Vec::new();
        column_statistics(&FrameMatrix::new(1, 1), &mut values);
        assert_eq!(values, [0.0; 3]);
    }

    #[test]
    fn median_of_even_and_odd_counts() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
    }
}

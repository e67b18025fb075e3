//! Matrix products in host memory, by the best instructions that the processor turns out to have.

use gemm::Parallelism;

/// Multiplications from which on a product is worth all cores: waking them takes about as long as a quarter of a million.
const WORTH_ALL_CORES: usize = 1 << 22;

/// A matrix that lies in memory row by row, or, transposed, column by column.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    transposed: bool,
}

impl<'a> Matrix<'a> {
    /// `values` are `[rows, columns]`.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns, "a matrix of {rows} rows and {columns} columns");
        Self { values, rows, columns, transposed: false }
    }

    /// The same numbers with rows for columns; nothing moves.
    pub fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, transposed: !self.transposed, ..self }
    }

    /// Steps in memory from a row to the next and from a column to the next.
    fn strides(&self) -> (isize, isize) {
        if self.transposed { (1, self.rows as isize) } else { (self.columns as isize, 1) }
    }
}

/// `left · right`, row by row. The same numbers come out whatever number of threads computes them.
pub(super) fn product(left: Matrix<'_>, right: Matrix<'_>) -> Vec<f32> {
    let (rows, inner, columns) = (left.rows, left.columns, right.columns);
    assert_eq!(inner, right.rows, "a product of matrices that don't fit");
    let length = rows * columns;
    if length == 0 || inner == 0 {
        return vec![0.0; length];
    }
    let work = length.saturating_mul(inner);
    let threads = if work < WORTH_ALL_CORES { Parallelism::None } else { Parallelism::Rayon(0) };
    let ((left_row, left_column), (right_row, right_column)) = (left.strides(), right.strides());
    let mut out = Vec::with_capacity(length);
    // SAFETY: both matrices hold as many numbers as their shapes and strides reach, which their constructor sees to; there is
    // room for `rows · columns` numbers in `out`, and all are written before the vector is said to hold them: without reading
    // what was there (`read_dst` is false), and before the call returns. Zeroing them first would cost as much as the
    // optimiser's step.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            out.as_mut_ptr(),
            1,
            columns as isize,
            false,
            left.values.as_ptr(),
            left_column,
            left_row,
            right.values.as_ptr(),
            right_column,
            right_row,
            0.0f32,
            1.0,
            false,
            false,
            false,
            threads,
        );
        out.set_len(length);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 37 + 11) % 101) as f32 / 50.0 - 1.0).collect()
    }

    fn plain(left: Matrix<'_>, right: Matrix<'_>) -> Vec<f64> {
        let at = |m: &Matrix<'_>, row: usize, column: usize| {
            f64::from(if m.transposed { m.values[column * m.rows + row] } else { m.values[row * m.columns + column] })
        };
        let cell = |i: usize| {
            let (row, column) = (i / right.columns, i % right.columns);
            (0..left.columns).map(|k| at(&left, row, k) * at(&right, k, column)).sum()
        };
        (0..left.rows * right.columns).map(cell).collect()
    }

    #[test]
    fn products_of_all_shapes_are_those_of_three_loops() {
        for (rows, inner, columns) in [(1, 1, 1), (3, 57, 10), (64, 57, 256), (128, 300, 130), (27, 1, 5), (7, 64, 1)] {
            let (a, b) = (values(rows * inner), values(inner * columns));
            let transposed = |values: &[f32], rows, columns| {
                let cell = |i: usize| values[(i % rows) * columns + i / rows];
                (0..rows * columns).map(cell).collect::<Vec<f32>>()
            };
            let (a_t, b_t) = (transposed(&a, rows, inner), transposed(&b, inner, columns));
            let expected = plain(Matrix::new(&a, rows, inner), Matrix::new(&b, inner, columns));
            for left in [Matrix::new(&a, rows, inner), Matrix::new(&a_t, inner, rows).transposed()] {
                for right in [Matrix::new(&b, inner, columns), Matrix::new(&b_t, columns, inner).transposed()] {
                    let got = product(left, right);
                    assert_eq!(got.len(), expected.len());
                    for (got, expected) in got.iter().zip(&expected) {
                        assert!((f64::from(*got) - expected).abs() < 1e-4, "{rows} {inner} {columns}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_product_over_nothing_is_zero() {
        assert_eq!(product(Matrix::new(&[], 2, 0), Matrix::new(&[], 0, 3)), [0.0; 6]);
        assert!(product(Matrix::new(&[], 0, 2), Matrix::new(&[1.0, 2.0], 2, 1)).is_empty());
    }

    #[test]
    fn the_number_of_threads_moves_no_bit() {
        let (a, b) = (values(128 * 2000), values(2000 * 256));
        let compute = || product(Matrix::new(&a, 128, 2000), Matrix::new(&b, 2000, 256));
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(compute);
        let together = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap().install(compute);
        assert!(alone.iter().zip(&together).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
}

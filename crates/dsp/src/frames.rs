//! What descriptors give frame by frame.

/// A row-major matrix `[frames, bins]`: a row a frame, in time order. A bin is whatever the descriptor counts by:
/// frequencies, mel bands, pitch classes, coefficients or lags. `T` is `Complex32` for a spectrum and `f32` for most else.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FrameMatrix<T = f32> {
    bins: usize,
    data: Vec<T>,
}

impl<T: Copy + Default> FrameMatrix<T> {
    /// A matrix of zeros, `[frames, bins]`.
    pub fn new(frames: usize, bins: usize) -> Self {
        Self { bins, data: vec![T::default(); frames * bins] }
    }

    /// Takes the shape `[frames, bins]`, keeping the allocation where it is large enough. The values are unspecified.
    pub fn reshape(&mut self, frames: usize, bins: usize) {
        self.bins = bins;
        self.data.resize(frames * bins, T::default());
    }

    /// Appends a frame of zeros, and gives it for writing.
    pub fn push(&mut self) -> &mut [T] {
        let start = self.data.len();
        self.data.resize(start + self.bins, T::default());
        &mut self.data[start..]
    }

    /// Number of frames (rows); 0 where a frame has no bins.
    pub fn frames(&self) -> usize {
        self.data.len().checked_div(self.bins).unwrap_or(0)
    }

    /// Number of values in a frame.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// The frames in time order, each of [`bins`](Self::bins) values; none where a frame has no bins.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, T> {
        self.data.chunks_exact(self.bins.max(1))
    }

    /// The frames in time order, for writing; none where a frame has no bins.
    pub fn rows_mut(&mut self) -> std::slice::ChunksExactMut<'_, T> {
        self.data.chunks_exact_mut(self.bins.max(1))
    }

    /// All values, frame after frame.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// The same, taken out of the matrix.
    pub fn into_data(self) -> Vec<T> {
        self.data
    }

    /// All values, frame after frame, for writing.
    pub fn data_mut(&mut self) -> &mut [T] {
        &mut self.data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_appended_and_walked_in_order() {
        let mut matrix = FrameMatrix::new(0, 2);
        for value in [1.0f32, 2.0] {
            matrix.push().fill(value);
        }
        assert_eq!((matrix.frames(), matrix.bins()), (2, 2));
        assert_eq!(matrix.rows().collect::<Vec<_>>(), [[1.0, 1.0], [2.0, 2.0]]);
    }

    #[test]
    fn a_matrix_without_bins_has_no_frames() {
        let mut matrix = FrameMatrix::<f32>::new(3, 0);
        assert!(matrix.push().is_empty());
        assert_eq!((matrix.frames(), matrix.rows().count(), matrix.rows_mut().count()), (0, 0, 0));
    }
}

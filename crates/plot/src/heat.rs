//! Matrices to pixels.

use std::ops::Range;

use dsp::FrameMatrix;

use crate::colour::ColourMap;
use crate::plane::COLUMNS;

/// What a pixel shows of several cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pool {
    /// The greatest: no click or partial is lost.
    Max,
    /// Their mean.
    Mean,
}

/// A matrix and where its cells lie.
pub(crate) struct Cells<'a> {
    pub matrix: &'a FrameMatrix,
    /// Of each frame, how far from the left its centre lies, from 0 to 1.
    pub across: Vec<f64>,
    /// Of each bin, how far from the bottom.
    pub up: Vec<f64>,
    pub pool: Pool,
}

impl Cells<'_> {
    /// The values of `width × height` pixels, row by row from the top. A pixel pools the cells whose centres lie in it;
    /// where there are none, it has the value of the nearest.
    pub fn pixels(&self, width: usize, height: usize) -> Vec<f32> {
        let mut pixels = vec![0.0; width * height];
        let (columns, rows) = (spans(&self.across, width), spans(&self.up, height));
        let bins = self.matrix.bins();
        let mut pooled = vec![0.0f32; bins];
        for (x, frames) in columns.into_iter().enumerate() {
            let cells = &self.matrix.data()[frames.start * bins..frames.end * bins];
            self.pool_frames(cells, &mut pooled);
            for (y, bins) in rows.iter().enumerate() {
                pixels[(height - 1 - y) * width + x] = self.pool.of(&pooled[bins.clone()]);
            }
        }
        pixels
    }

    fn pool_frames(&self, cells: &[f32], pooled: &mut [f32]) {
        let count = (cells.len() / pooled.len().max(1)) as f32;
        pooled.fill(if self.pool == Pool::Max { f32::NEG_INFINITY } else { 0.0 });
        for frame in cells.chunks_exact(pooled.len().max(1)) {
            for (pooled, &cell) in pooled.iter_mut().zip(frame) {
                *pooled = if self.pool == Pool::Max { pooled.max(cell) } else { *pooled + cell / count };
            }
        }
    }
}

impl Pool {
    fn of(self, values: &[f32]) -> f32 {
        match self {
            Self::Max => values.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            Self::Mean => values.iter().sum::<f32>() / values.len().max(1) as f32,
        }
    }
}

/// A matrix reduced to the pixel columns that show it, each the greatest values of its frames, as [`Pool::Max`] has them.
pub(crate) struct Columns {
    /// Of each column its frames.
    spans: Vec<Range<usize>>,
    matrix: FrameMatrix,
}

impl Columns {
    /// For frames of `bins` bins, whose centres lie `across` from the left; none of them has been taken in.
    pub fn new(across: &[f64], bins: usize) -> Self {
        let mut matrix = FrameMatrix::new(COLUMNS, bins);
        matrix.data_mut().fill(f32::NEG_INFINITY);
        Self { spans: spans(across, COLUMNS), matrix }
    }

    /// Takes in the frames from number `first` on, one after the other.
    pub fn add(&mut self, first: usize, frames: &[f32]) {
        let bins = self.matrix.bins();
        let end = first + frames.len() / bins.max(1);
        for (span, column) in self.spans.iter().zip(self.matrix.rows_mut()) {
            for frame in span.start.max(first)..span.end.min(end) {
                for (most, &cell) in column.iter_mut().zip(&frames[(frame - first) * bins..]) {
                    *most = most.max(cell);
                }
            }
        }
    }

    /// The matrix, `[columns, bins]`.
    pub fn into_matrix(self) -> FrameMatrix {
        self.matrix
    }

    /// Of each column, how far from the left its centre lies.
    pub fn across() -> Vec<f64> {
        (0..COLUMNS).map(|column| (column as f64 + 0.5) / COLUMNS as f64).collect()
    }
}

/// Of each of `count` pixels the cells whose centres lie in it, or else the nearest; `centres` ascend and aren't empty.
fn spans(centres: &[f64], count: usize) -> Vec<Range<usize>> {
    let edge = |pixel: usize| centres.partition_point(|&centre| centre < pixel as f64 / count as f64);
    let span = |pixel: usize| {
        // What lies on the far edge itself belongs to the last pixel.
        let last = || centres.partition_point(|&centre| centre <= 1.0);
        let (start, end) = (edge(pixel), if pixel + 1 == count { last() } else { edge(pixel + 1) });
        if start < end {
            return start..end;
        }
        let middle = (pixel as f64 + 0.5) / count as f64;
        let above = start.min(centres.len() - 1);
        let below = start.saturating_sub(1);
        let nearest = if (centres[above] - middle).abs() <= (middle - centres[below]).abs() { above } else { below };
        nearest..nearest + 1
    };
    (0..count).map(span).collect()
}

/// RGB bytes of values.
pub(crate) fn rgb(values: &[f32], map: &ColourMap) -> Vec<u8> {
    values.iter().flat_map(|&value| map.of(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_shows_and_gaps_take_the_nearest() {
        assert_eq!(spans(&[0.0, 0.1, 0.2, 0.9, 1.0], 2), [0..3, 3..5]);
        assert_eq!(spans(&[0.0, 1.0], 4), [0..1, 0..1, 1..2, 1..2]);
        assert_eq!(spans(&[0.5], 3), [0..1, 0..1, 0..1]);
    }

    #[test]
    fn pixels_are_the_matrix_upside_down() {
        let mut matrix = FrameMatrix::new(4, 2);
        matrix.data_mut().copy_from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        let cells = |pool| Cells { matrix: &matrix, across: vec![0.1, 0.3, 0.6, 0.9], up: vec![0.25, 0.75], pool };
        assert_eq!(cells(Pool::Max).pixels(2, 2), [4.0, 8.0, 3.0, 7.0]);
        assert_eq!(cells(Pool::Mean).pixels(2, 2), [3.0, 7.0, 2.0, 6.0]);
        assert_eq!(cells(Pool::Max).pixels(4, 1), [2.0, 4.0, 6.0, 8.0]);
    }

    #[test]
    fn columns_of_parts_show_what_the_whole_matrix_shows() {
        for frames in [1, 5, COLUMNS, 5000] {
            let mut matrix = FrameMatrix::new(frames, 3);
            let values = (0..).map(|n: u32| f32::from((n.wrapping_mul(40_503) >> 3) as u16));
            matrix.data_mut().iter_mut().zip(values).for_each(|(cell, value)| *cell = value);
            let across: Vec<f64> = (0..frames).map(|frame| frame as f64 / (frames as f64 - 0.5)).collect();
            let mut columns = Columns::new(&across, 3);
            for (at, part) in matrix.data().chunks(3 * 100).enumerate() {
                columns.add(100 * at, part);
            }
            let reduced = columns.into_matrix();
            let up = vec![0.2, 0.5, 0.8];
            let of = |matrix, across| Cells { matrix, across, up: up.clone(), pool: Pool::Max }.pixels(COLUMNS, 7);
            assert_eq!(of(&reduced, Columns::across()), of(&matrix, across), "{frames} frames");
        }
    }
}

//! Waveforms reduced to the pixel columns that show them.

use std::ops::Range;

use crate::plane::COLUMNS;

/// The least and the greatest sample of each pixel column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Extremes {
    samples: usize,
    columns: Vec<(f32, f32)>,
}

impl Extremes {
    /// Of a waveform of `samples` samples, none of which has been taken in.
    pub fn new(samples: usize) -> Self {
        Self { samples, columns: vec![(f32::INFINITY, f32::NEG_INFINITY); COLUMNS] }
    }

    /// Of a waveform.
    pub fn of(waveform: &[f32]) -> Self {
        let mut extremes = Self::new(waveform.len());
        extremes.add(0, waveform);
        extremes
    }

    /// Takes in the part of the waveform that begins at sample `start`.
    pub fn add(&mut self, start: usize, part: &[f32]) {
        let end = start + part.len();
        for column in 0..COLUMNS {
            let Range { start: from, end: to } = self.span(column);
            if from < end && start < to {
                let (least, greatest) = &mut self.columns[column];
                for &sample in &part[from.max(start) - start..to.min(end) - start] {
                    (*least, *greatest) = (least.min(sample), greatest.max(sample));
                }
            }
        }
    }

    /// Each column that has samples, with its least and its greatest one.
    pub fn columns(&self) -> impl Iterator<Item = (i32, f64, f64)> {
        let columns = (0..).zip(&self.columns).filter(|(_, (least, greatest))| least <= greatest);
        columns.map(|(column, &(least, greatest))| (column, f64::from(least), f64::from(greatest)))
    }

    /// The samples of a column: its own, and one more, which joins it to the next.
    fn span(&self, column: usize) -> Range<usize> {
        let edge = |column: usize| column * self.samples / COLUMNS;
        edge(column)..(edge(column + 1) + 1).min(self.samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_give_what_the_whole_gives() {
        for samples in [1, 700, COLUMNS, 5000, 100_000] {
            let waveform: Vec<f32> = (0..samples).map(|n| (n as f32 * 0.7).sin()).collect();
            let whole = Extremes::of(&waveform);
            let mut parts = Extremes::new(samples);
            for (at, part) in waveform.chunks(777).enumerate() {
                parts.add(777 * at, part);
            }
            assert_eq!(parts, whole);
            let loudest = whole.columns().map(|(_, _, greatest)| greatest).fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(loudest, waveform.iter().copied().map(f64::from).fold(f64::NEG_INFINITY, f64::max));
        }
    }
}

//! The rows of a split as the network takes them: transformed once, for all epochs.

use std::cell::RefCell;
use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};
use model::{RowTransform, Transform};
use rayon::prelude::*;

use super::streams::Streams;
use crate::dataset::{FeatureTable, Values, ValuesBuilder};
use crate::error::Result;

/// Bytes of neighbouring rows that stay together when the rows of a file are put into order, at most: enough to be read at the
/// speed of the disk.
const BLOCK: usize = 1 << 18;

/// Blocks in a window, at least: tables come sorted, and neighbours are alike.
const BLOCKS: usize = 16;

/// Rows that a transform is fitted to, at least, if there are as many.
const LEAST: usize = 1024;

/// Rows that a thread transforms at a time.
const PIECE: usize = 256;

/// Bytes of a value.
const SIZE: usize = size_of::<f32>();

/// Some rows of a table, transformed.
pub(super) struct Rows {
    values: Values,
    /// The class of each row.
    pub classes: Vec<usize>,
    labels: usize,
    /// Rows of a window: of values in a file, one window is in memory at a time.
    window: usize,
    loaded: RefCell<Window>,
}

/// Rows that are in memory.
#[derive(Default)]
struct Window {
    /// Its number in the epoch's order; `None` before the first.
    number: Option<usize>,
    /// The rows, ascending.
    rows: Vec<usize>,
    /// `[rows, width]`.
    values: Vec<f32>,
}

impl Rows {
    /// The listed rows of `table`. Where the table's values are in a file, so are these, and `memory` bytes of them at most are
    /// in memory.
    ///
    /// # Errors
    ///
    /// Those of [`RowTransform::apply`], and a file that can't be read or written.
    pub fn new(table: &FeatureTable, listed: &[usize], transform: &RowTransform, memory: usize) -> Result<Self> {
        let width = transform.inputs();
        let allowed = if table.values.is_spooled() { 0 } else { usize::MAX };
        let mut builder = ValuesBuilder::with_capacity(width, allowed, listed.len());
        let mut first = 0;
        table.values.blocks(listed, |block| {
            let pieces = block.par_chunks(PIECE).enumerate();
            let pieces = pieces.map(|(piece, rows)| transform.apply(rows, first + piece * PIECE));
            for piece in pieces.collect::<Result<Vec<_>, _>>()? {
                piece.chunks(width.max(1)).try_for_each(|row| builder.push(row.iter().copied()))?;
            }
            first += block.len();
            Ok(())
        })?;
        let classes = listed.iter().map(|&row| table.rows[row].label).collect();
        let window = (memory / (SIZE * width.max(1))).max(1);
        Ok(Self { values: builder.finish()?, classes, labels: table.labels.len(), window, loaded: RefCell::default() })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// The order of an epoch, which counts from 1. Rows in memory come in any order; of those in a file, blocks come in any
    /// order, and within a window of blocks the rows do.
    pub fn order(&self, streams: Streams, epoch: usize) -> Vec<usize> {
        if !self.values.is_spooled() {
            let mut order: Vec<usize> = (0..self.len()).collect();
            streams.shuffle(epoch, 0, &mut order);
            return order;
        }
        let block = (BLOCK / (SIZE * self.values.width().max(1))).min(self.window / BLOCKS).max(1);
        let mut blocks: Vec<usize> = (0..self.len().div_ceil(block)).collect();
        streams.shuffle(epoch, 0, &mut blocks);
        let rows = blocks.into_iter().flat_map(|at| at * block..self.len().min((at + 1) * block));
        let mut order: Vec<usize> = rows.collect();
        for (number, window) in order.chunks_mut(self.window).enumerate() {
            streams.shuffle(epoch, number + 1, window);
        }
        order
    }

    /// The rows in `range` of an order on a device, `[rows, inputs]`.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn batch(&self, order: &[usize], range: Range<usize>, device: &Device) -> Result<Tensor<2>> {
        let width = self.values.width();
        let mut values = Vec::with_capacity(range.len() * width);
        if !self.values.is_spooled() {
            self.values.gather(&order[range.clone()], &mut values)?;
        } else {
            let mut loaded = self.loaded.borrow_mut();
            for at in range.clone() {
                if loaded.number != Some(at / self.window) {
                    *loaded = self.load(order, at / self.window)?;
                }
                let place = loaded.rows.partition_point(|row| *row < order[at]);
                values.extend_from_slice(&loaded.values[place * width..(place + 1) * width]);
            }
        }
        Ok(Tensor::from_data(TensorData::new(values, [range.len(), width]), device))
    }

    fn load(&self, order: &[usize], number: usize) -> Result<Window> {
        let end = order.len().min((number + 1) * self.window);
        let mut rows = order[number * self.window..end].to_vec();
        rows.sort_unstable();
        let mut values = Vec::with_capacity(rows.len() * self.values.width());
        self.values.gather(&rows, &mut values)?;
        Ok(Window { number: Some(number), rows, values })
    }

    /// Forgets what is in memory of an order that is over.
    pub fn end_epoch(&self) {
        self.loaded.take();
    }

    /// Some rows as they lie on a device, `[rows, inputs]`.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn as_they_lie(&self, range: Range<usize>, device: &Device) -> Result<Tensor<2>> {
        let rows: Vec<usize> = range.collect();
        let mut values = Vec::new();
        self.values.gather(&rows, &mut values)?;
        Ok(Tensor::from_data(TensorData::new(values, [rows.len(), self.values.width()]), device))
    }

    /// What the listed rows are to be learnt as, `[rows, labels]`: the class, but for the share `smoothing`, which is spread
    /// evenly over all labels.
    pub fn targets(&self, listed: &[usize], smoothing: f64, device: &Device) -> Tensor<2> {
        let smoothing = smoothing as f32;
        let mut targets = vec![smoothing / self.labels as f32; listed.len() * self.labels];
        for (target, &row) in targets.chunks_exact_mut(self.labels).zip(listed) {
            target[self.classes[row]] += 1.0 - smoothing;
        }
        Tensor::from_data(TensorData::new(targets, [listed.len(), self.labels]), device)
    }
}

/// The transform of the listed rows of `table`. Of values in a file, the curves are those of as many rows, evenly spread, as
/// `memory` bytes hold; the columns' ranges are those of all.
///
/// # Errors
///
/// Those of [`RowTransform::fit`], and a file that can't be read.
pub(super) fn fit_transform(
    kind: Transform,
    table: &FeatureTable,
    listed: &[usize],
    memory: usize,
) -> Result<RowTransform> {
    if let Some(rows) = table.values.borrowed(listed) {
        return Ok(RowTransform::fit(kind, rows)?);
    }
    let width = table.values.width().max(1);
    let step = listed.len().div_ceil((memory / (SIZE * width)).max(LEAST)).max(1);
    let sample: Vec<usize> = listed.iter().copied().step_by(step).collect();
    let mut values = Vec::new();
    table.values.gather(&sample, &mut values)?;
    let mut transform = RowTransform::fit(kind, values.chunks(width))?;
    drop(values);
    table.values.blocks(listed, |block| Ok(transform.widen(block)?))?;
    Ok(transform)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::table;

    /// The same table with its values in a file.
    fn spooled(table: &FeatureTable) -> FeatureTable {
        let mut builder = ValuesBuilder::new(table.values.width(), 0);
        for row in 0..table.values.len() {
            builder.push(table.values.get(row).unwrap().iter().copied()).unwrap();
        }
        FeatureTable { values: builder.finish().unwrap(), ..table.clone() }
    }

    fn numbers(tensor: Tensor<2>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn rows_are_transformed_and_come_as_they_are_asked_for() {
        let memory = table(&[("blues", 300), ("rock", 300)], 1);
        let listed: Vec<usize> = (0..600).rev().collect();
        for table in [memory.clone(), spooled(&memory)] {
            // Fifty rows at a time.
            let transform = fit_transform(Transform::None, &memory, &listed, 0).unwrap();
            let rows = Rows::new(&table, &listed, &transform, 50 * 57 * SIZE).unwrap();
            let order = rows.order(Streams { seed: 3 }, 1);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..600) && order != rows.order(Streams { seed: 3 }, 2));
            // A batch that ends in another window than it begins in.
            for range in [0..7, 40..75, 590..600] {
                let raw: Vec<_> = order[range.clone()]
                    .iter()
                    .map(|&row| memory.values.get(listed[row]).unwrap().into_owned())
                    .collect();
                let got = numbers(rows.batch(&order, range, &Device::flex()).unwrap());
                assert_eq!(got, transform.apply(&raw, 0).unwrap());
            }
            let raw = [599, 598, 597].map(|row| memory.values.get(row).unwrap().into_owned());
            let got = numbers(rows.as_they_lie(0..3, &Device::flex()).unwrap());
            assert_eq!(got, transform.apply(&raw, 0).unwrap());
            assert_eq!((rows.len(), rows.classes[0], rows.classes[599]), (600, 1, 0));
        }
    }

    #[test]
    fn the_transform_of_a_file_is_that_of_a_part_with_the_range_of_all() {
        let memory = table(&[("blues", 2000), ("rock", 2001)], 1);
        let listed: Vec<usize> = (0..4001).collect();
        let whole = fit_transform(Transform::Rank, &memory, &listed, 0).unwrap();
        assert_eq!(fit_transform(Transform::Rank, &spooled(&memory), &listed, usize::MAX).unwrap(), whole);
        let part = fit_transform(Transform::Rank, &spooled(&memory), &listed, 0).unwrap();
        for value in [0.0, 1000.0, 4000.0] {
            let row = [vec![value; 57]];
            assert_eq!(part.out_of_range_share(&row[0]), 0.0);
            let (part, whole) = (part.apply(&row, 0).unwrap()[0], whole.apply(&row, 0).unwrap()[0]);
            assert!((part - whole).abs() < 0.1, "{value}: {part} {whole}");
        }
        assert_eq!(part.out_of_range_share(&[4001.0; 57]), 1.0);
    }

    #[test]
    fn smoothed_targets_keep_their_sum() {
        let table = table(&[("a", 1), ("b", 1), ("c", 1), ("d", 1)], 1);
        let transform = fit_transform(Transform::None, &table, &[0, 1, 2, 3], 0).unwrap();
        let rows = Rows::new(&table, &[0, 1, 2, 3], &transform, 0).unwrap();
        let targets = |smoothing: f64| numbers(rows.targets(&[2], smoothing, &Device::flex()));
        assert_eq!(targets(0.0), [0.0, 0.0, 1.0, 0.0]);
        for (got, expected) in targets(0.2).into_iter().zip([0.05, 0.05, 0.85, 0.05]) {
            assert!((got - expected).abs() < 1e-6);
        }
    }
}

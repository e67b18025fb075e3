//! Batches out of a table in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::{Device, Int, Tensor, TensorData};
use model::RowTransform;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::augment;
use crate::config::RegularizationConfig;
use crate::dataset::FeatureTable;

/// Rows with their classes.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    /// The network's inputs, `[rows, inputs]`.
    pub inputs: Tensor<2>,
    /// Class indices, `[rows]`.
    pub classes: Tensor<1, Int>,
    /// What a training step aims at and leaves out; absent in validation.
    pub aim: Option<Aim>,
}

/// The random part of a training step.
#[derive(Debug, Clone)]
pub(super) struct Aim {
    /// Probabilities to be learnt, `[rows, classes]`.
    pub targets: Tensor<2>,
    /// What the activations of each hidden layer are multiplied by, `[rows, units]`; empty without dropout.
    pub masks: Vec<Tensor<2>>,
}

/// In which order rows come.
#[derive(Debug)]
enum Order {
    /// As listed.
    Fixed,
    /// Anew in every epoch, by `(seed, epoch)` alone: threads can't change it.
    Shuffled { seed: u64, epoch: AtomicU64, regularization: RegularizationConfig },
}

/// Serves some rows of a table batch by batch. Every call of `iter` is an epoch.
pub(super) struct BatchLoader {
    table: Arc<FeatureTable>,
    transform: Arc<RowTransform>,
    rows: Vec<usize>,
    batch_size: usize,
    order: Order,
    device: Device,
}

impl BatchLoader {
    /// Serves `rows` of `table` shuffled, with targets and masks, by `(seed, epoch)`; the first epoch is number 1.
    pub fn shuffled(
        table: Arc<FeatureTable>,
        transform: Arc<RowTransform>,
        rows: Vec<usize>,
        batch_size: usize,
        regularization: RegularizationConfig,
        seed: u64,
        device: Device,
    ) -> Self {
        let order = Order::Shuffled { seed, epoch: AtomicU64::new(1), regularization };
        Self { table, transform, rows, batch_size: batch_size.max(1), order, device }
    }

    /// Serves `rows` of `table` as listed.
    pub fn ordered(
        table: Arc<FeatureTable>,
        transform: Arc<RowTransform>,
        rows: Vec<usize>,
        batch_size: usize,
        device: Device,
    ) -> Self {
        Self { table, transform, rows, batch_size: batch_size.max(1), order: Order::Fixed, device }
    }

    fn with(&self, rows: Vec<usize>, device: Device) -> Self {
        let order = match &self.order {
            Order::Fixed => Order::Fixed,
            Order::Shuffled { seed, epoch, regularization } => {
                let epoch = AtomicU64::new(epoch.load(Ordering::Relaxed));
                Order::Shuffled { seed: *seed, epoch, regularization: regularization.clone() }
            }
        };
        let (table, transform) = (Arc::clone(&self.table), Arc::clone(&self.transform));
        Self { table, transform, rows, batch_size: self.batch_size, order, device }
    }
}

impl DataLoader<Batch> for BatchLoader {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<Batch> + 'a> {
        let mut rows = self.rows.clone();
        let random = match &self.order {
            Order::Fixed => None,
            Order::Shuffled { seed, epoch, regularization } => {
                let mut rng = ChaCha8Rng::seed_from_u64(*seed);
                // Stream 0 draws the weights; every epoch has a stream of its own.
                rng.set_stream(epoch.fetch_add(1, Ordering::Relaxed));
                rows.shuffle(&mut rng);
                Some((regularization, rng))
            }
        };
        Box::new(Batches { loader: self, rows, served: 0, random })
    }

    fn num_items(&self) -> usize {
        self.rows.len()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<Batch>> {
        Arc::new(self.with(self.rows.clone(), device.clone()))
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<Batch>> {
        Arc::new(self.with(self.rows[start..end].to_vec(), self.device.clone()))
    }
}

struct Batches<'a> {
    loader: &'a BatchLoader,
    rows: Vec<usize>,
    served: usize,
    random: Option<(&'a RegularizationConfig, ChaCha8Rng)>,
}

impl Batches<'_> {
    fn batch(&mut self, rows: &[usize]) -> Result<Batch, DatasetError> {
        let BatchLoader { table, transform, device, .. } = self.loader;
        let count = rows.len();
        let mut values = Vec::new();
        table.values.gather(rows, &mut values).map_err(DatasetError::new)?;
        let raw: Vec<&[f32]> = values.chunks(table.values.width().max(1)).collect();
        let classes: Vec<usize> = rows.iter().map(|&row| table.rows[row].label).collect();
        let inputs = transform.apply(&raw, 0).map_err(DatasetError::new)?;
        let tensor =
            |values: Vec<f32>, width: usize| Tensor::<2>::from_data(TensorData::new(values, [count, width]), device);
        let aim = self.random.as_mut().map(|(regularization, rng)| {
            let targets = augment::targets(regularization, &classes, table.labels.len());
            let masks = augment::masks(regularization, count, rng)
                .into_iter()
                .map(|(width, mask)| tensor(mask, width))
                .collect();
            Aim { targets: tensor(targets, table.labels.len()), masks }
        });
        let classes: Vec<i64> = classes.into_iter().map(|class| class as i64).collect();
        let classes = Tensor::from_data(TensorData::new(classes, [count]), device);
        Ok(Batch { inputs: tensor(inputs, transform.inputs()), classes, aim })
    }
}

impl Iterator for Batches<'_> {
    type Item = Result<Batch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let end = self.rows.len().min(self.served + self.loader.batch_size);
        let rows = self.rows[self.served..end].to_vec();
        self.served = end;
        (!rows.is_empty()).then(|| self.batch(&rows))
    }
}

impl DataLoaderIterator<Batch> for Batches<'_> {
    fn progress(&self) -> Progress {
        Progress::new(self.served, self.rows.len(), Some("rows".to_owned()))
    }
}

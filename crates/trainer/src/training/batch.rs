//! Batches out of a table in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::dataset::FeatureTable;

/// Rows with their classes.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Raw features, `[rows, inputs]`.
    pub features: Tensor<2>,
    /// Class indices, `[rows]`.
    pub classes: Tensor<1, Int>,
}

/// In which order rows come.
#[derive(Debug)]
enum Order {
    /// As listed.
    Fixed,
    /// Anew in every epoch, by `(seed, epoch)` alone: neither threads nor a resumed run can change it.
    Shuffled { seed: u64, epoch: AtomicU64 },
}

/// Serves some rows of a table batch by batch. Every call of `iter` is an epoch.
pub struct BatchLoader {
    table: Arc<FeatureTable>,
    rows: Vec<usize>,
    batch_size: usize,
    order: Order,
    device: Device,
}

impl BatchLoader {
    /// Serves `rows` of `table` shuffled by `(seed, epoch)`; the first epoch is number 1.
    pub fn shuffled(table: Arc<FeatureTable>, rows: Vec<usize>, batch_size: usize, seed: u64, device: Device) -> Self {
        let order = Order::Shuffled { seed, epoch: AtomicU64::new(1) };
        Self { table, rows, batch_size: batch_size.max(1), order, device }
    }

    /// Serves `rows` of `table` as listed.
    pub fn ordered(table: Arc<FeatureTable>, rows: Vec<usize>, batch_size: usize, device: Device) -> Self {
        Self { table, rows, batch_size: batch_size.max(1), order: Order::Fixed, device }
    }

    fn with(&self, rows: Vec<usize>, device: Device) -> Self {
        let order = match &self.order {
            Order::Fixed => Order::Fixed,
            Order::Shuffled { seed, epoch } => {
                Order::Shuffled { seed: *seed, epoch: AtomicU64::new(epoch.load(Ordering::Relaxed)) }
            }
        };
        Self { table: Arc::clone(&self.table), rows, batch_size: self.batch_size, order, device }
    }
}

impl DataLoader<Batch> for BatchLoader {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<Batch> + 'a> {
        let mut rows = self.rows.clone();
        if let Order::Shuffled { seed, epoch } = &self.order {
            let mut rng = ChaCha8Rng::seed_from_u64(*seed);
            // Stream 0 draws the weights; every epoch has a stream of its own.
            rng.set_stream(epoch.fetch_add(1, Ordering::Relaxed));
            rows.shuffle(&mut rng);
        }
        Box::new(Batches { loader: self, rows, served: 0 })
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
}

impl Iterator for Batches<'_> {
    type Item = Result<Batch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let end = self.rows.len().min(self.served + self.loader.batch_size);
        let rows = &self.rows[self.served..end];
        if rows.is_empty() {
            return None;
        }
        self.served = end;
        let table = &self.loader.table;
        let mut values = Vec::with_capacity(rows.len() * table.spec.len());
        let mut classes = Vec::with_capacity(rows.len());
        for &row in rows {
            values.extend_from_slice(&table.rows[row].values);
            classes.push(table.rows[row].label as i64);
        }
        let device = &self.loader.device;
        Some(Ok(Batch {
            features: Tensor::from_data(TensorData::new(values, [rows.len(), table.spec.len()]), device),
            classes: Tensor::from_data(TensorData::new(classes, [rows.len()]), device),
        }))
    }
}

impl DataLoaderIterator<Batch> for Batches<'_> {
    fn progress(&self) -> Progress {
        Progress::new(self.served, self.rows.len(), Some("rows".to_owned()))
    }
}

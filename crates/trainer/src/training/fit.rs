//! One network: fitted by a loop over Burn's gradients, the kept epoch's weights out.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use burn::module::Module;
use burn::tensor::Device;
use model::{GenreClassifier, RowTransform};

use super::epochs::{Epoch, Epochs};
use super::kept::{Clock, Kept};
use super::rows::{Rows, fit_transform};
use super::schedule::WarmUp;
use super::snapshot::{Snapshot, SoFar};
use super::step::Network;
use super::streams::Streams;
use super::weights::weights_of;
use crate::config::{Keep, TrainConfig, TrainingConfig};
use crate::dataset::{FeatureTable, Split};
use crate::{Error, Result};

/// Whom a training tells of itself.
#[derive(Clone, Copy)]
pub struct Heard<'a> {
    /// An epoch is over; the training may be ended there.
    pub epoch: &'a dyn Fn(&Epoch) -> ControlFlow<()>,
    /// It goes on after these epochs.
    pub resumed: &'a dyn Fn(&[Epoch]),
    /// Something is amiss that doesn't end it.
    pub warning: &'a dyn Fn(&str),
}

impl Heard<'_> {
    /// Nobody.
    pub const NOBODY: Heard<'static> =
        Heard { epoch: &|_| ControlFlow::Continue(()), resumed: &|_| (), warning: &|_| () };
}

/// A finished training.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The network with the weights of the kept epoch, off the autodiff graph.
    pub classifier: GenreClassifier,
    /// Every epoch that was run.
    pub history: Vec<Epoch>,
    /// Number of the epoch that the weights are from.
    pub best_epoch: usize,
    /// Time spent in the loop.
    pub duration: Duration,
}

/// Trains on `split.train`, watches `split.valid`, never looks at `split.test`. Ends after `epochs` epochs; the learning rate
/// moves as if all that the configuration asks for were to come.
///
/// Equal seed, backend and data give equal weights, bit by bit, on one machine. With `kept`, the training goes on from what is
/// kept there, to the very weights that it would have had without an interruption, and is kept there itself as it goes.
///
/// # Errors
///
/// No training rows, a loss or weights that are no finite numbers, [`Error::Stopped`] where it was ended, a state that
/// can't be kept, and whatever the device stops on.
pub fn train(
    table: &FeatureTable,
    split: &Split,
    config: &TrainConfig,
    epochs: usize,
    device: &Device,
    kept: Option<&Kept>,
    heard: Heard<'_>,
) -> Result<Trained> {
    let transform = fit_transform(config.training.transform, table, &split.train, memory(config))?;
    let streams = Streams { seed: config.seed };
    let graph = device.clone().autodiff();
    let classifier = GenreClassifier::new(&transform, table.labels.len(), streams.weights(), &graph);
    let work = Work::new(table, split, config, &transform)?;
    // Without validation rows, the last epoch is all that can be kept.
    let patience = (config.training.keep == Keep::Best && work.watched.is_some()).then_some(config.training.patience);
    let mut so_far = SoFar {
        network: Network::new(classifier, config, device.clone()),
        past: Epochs::new(patience),
        batch: 0,
        best: None,
        spent: Duration::ZERO,
    };
    if let Some(kept) = kept
        && let Some(snapshot) = kept.newest(heard.warning)?
    {
        so_far = snapshot.restore(so_far.network)?;
        (heard.resumed)(&so_far.past.history);
    }
    let mut clock = kept.map(Kept::clock);
    while so_far.past.history.len() < epochs && !so_far.past.should_stop() {
        so_far = guarded(|| work.epoch(so_far, clock.as_mut()))?;
        if let Some(epoch) = so_far.past.history.last()
            && (heard.epoch)(epoch).is_break()
        {
            keep(&so_far, clock.as_mut())?;
            return Err(Error::Stopped { epoch: epoch.number });
        }
    }
    keep(&so_far, clock.as_mut())?;
    finished(so_far)
}

/// Bytes of a spooled table that a training may hold.
fn memory(config: &TrainConfig) -> usize {
    // Training and validation rows have a window each, and reading one takes as much again.
    config.memory_bytes() / 4
}

/// Burn panics where a device is lost.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|payload| Err(Error::Training { reason: panic_message(payload.as_ref()) }))
}

/// What a training goes through in every epoch.
struct Work {
    rows: Rows,
    watched: Option<Rows>,
    streams: Streams,
    schedule: WarmUp,
    batch_size: usize,
}

impl Work {
    fn new(table: &FeatureTable, split: &Split, config: &TrainConfig, transform: &RowTransform) -> Result<Self> {
        let prepared = |listed: &[usize]| Rows::new(table, listed, transform, memory(config));
        let rows = prepared(&split.train)?;
        let watched = (!split.valid.is_empty()).then(|| prepared(&split.valid)).transpose()?;
        let TrainingConfig { batch_size, epochs, schedule, warmup, .. } = config.training;
        let steps = epochs * rows.len().div_ceil(batch_size);
        let schedule = WarmUp::new(config.optimizer.learning_rate, schedule, warmup, steps);
        Ok(Self { rows, watched, streams: Streams { seed: config.seed }, schedule, batch_size })
    }

    /// What is left of the epoch under way.
    fn epoch(&self, mut so_far: SoFar, mut clock: Option<&mut Clock<'_>>) -> Result<SoFar> {
        let mut since = Instant::now();
        let done = so_far.past.history.len();
        let order = self.rows.order(self.streams, done + 1);
        let batches = order.len().div_ceil(self.batch_size);
        for at in so_far.batch..batches {
            let range = at * self.batch_size..order.len().min((at + 1) * self.batch_size);
            let rate = self.schedule.rate(done * batches + at);
            so_far.network = so_far.network.step(&self.rows, &order, range, (self.streams, done + 1, at), rate)?;
            so_far.batch += 1;
            if let Some(clock) = clock.as_deref_mut()
                && clock.is_due()
            {
                so_far.network.settle(&self.rows)?;
                so_far.spent += since.elapsed();
                since = Instant::now();
                keep(&so_far, Some(clock))?;
            }
        }
        self.rows.end_epoch();
        let train = so_far.network.end_epoch(&self.rows)?;
        let valid = self.watched.as_ref().map(|rows| so_far.network.score(rows)).transpose()?;
        so_far.batch = 0;
        if so_far.past.observe(train, valid).best {
            so_far.best = Some(so_far.network.classifier.clone());
        }
        so_far.spent += since.elapsed();
        Ok(so_far)
    }
}

fn keep(so_far: &SoFar, clock: Option<&mut Clock<'_>>) -> Result<()> {
    match clock {
        Some(clock) => clock.keep(&Snapshot::of(so_far)?),
        None => Ok(()),
    }
}

/// What came of the epochs.
fn finished(so_far: SoFar) -> Result<Trained> {
    let SoFar { network, past, best, spent, .. } = so_far;
    let fail = |reason: String| Error::Training { reason };
    let diverged = |what: &str| fail(format!("{what} no finite number any more: lower optimizer.learning_rate"));
    if let Some(epoch) = past.history.iter().find(|epoch| epoch.diverged()) {
        return Err(diverged(&format!("the loss of epoch {} is", epoch.number)));
    }
    let best_epoch = past.best().ok_or_else(|| fail("it ended before the first epoch was over".to_owned()))?;
    let classifier = best.unwrap_or(network.classifier).valid();
    // The last step of an epoch may spoil the weights when its loss is told already.
    if weights_of(&classifier)?.iter().any(|weight| !weight.is_finite()) {
        return Err(diverged(&format!("weights after epoch {best_epoch} are")));
    }
    Ok(Trained { classifier, history: past.history, best_epoch, duration: spent })
}

fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| text.to_string());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "the training loop crashed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Backend;
    use crate::dataset::tests::table;
    use crate::training::weights::READS;

    #[test]
    fn nothing_waits_for_the_device_before_an_epoch_is_over() {
        let table = table(&[("blues", 40), ("rock", 40)], 1);
        let split = Split { train: (0..64).collect(), valid: (64..80).collect(), test: Vec::new() };
        let reads = |epochs: usize, batch_size: usize| {
            let text = format!("[training]\nepochs = {epochs}\nbatch_size = {batch_size}");
            let config = TrainConfig::parse(&text, "test", &[]).unwrap();
            let before = READS.get();
            let device = Backend::default().device().unwrap();
            train(&table, &split, &config, epochs, &device, None, Heard::NOBODY).unwrap();
            READS.get() - before
        };
        // Training and validation rows have one read each; the weights are read in the end.
        let weights = reads(1, 64) - 2;
        for (epochs, batch_size) in [(1, 4), (3, 64), (3, 4)] {
            assert_eq!(reads(epochs, batch_size), 2 * epochs + weights, "{epochs} {batch_size}");
        }
    }
}

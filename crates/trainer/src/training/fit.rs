//! One network: Burn's `SupervisedTraining` around the classifier, the kept epoch's weights out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{AdamConfig, AdamWConfig, ModuleOptimizer};
use burn::store::ModuleRecord;
use burn::tensor::{Device, Tensor};
use burn::train::checkpoint::FileCheckpointer;
use burn::train::logger::InMemoryMetricLogger;
use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{Learner, SupervisedTraining};
use model::{GenreClassifier, RowTransform};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::config::{Keep, OptimizerConfig, TrainConfig};
use crate::dataset::{FeatureTable, Split};
use crate::{Error, Result};

use super::batch::BatchLoader;
use super::monitor::{Epoch, Monitor};
use super::renderer;
use super::schedule::WarmUp;
use super::step::Trainable;

/// Rows of a validation batch: there is no gradient to keep, so they may be many.
const VALIDATION_BATCH: usize = 512;

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
/// moves as if all that the configuration asks for were to come. `on_epoch` hears of every epoch, from another thread.
///
/// Equal seed, backend and data give equal weights, bit by bit, on one machine. Checkpoints of the best epoch so far
/// (`model-N.bpk`, `optim-N.bpk`, `scheduler-N.bpk`) are kept in `checkpoints`.
///
/// # Errors
///
/// No training rows, a loss or weights that are no finite numbers, checkpoints that can't be written, and whatever Burn
/// stops on.
pub fn train(
    table: &Arc<FeatureTable>,
    split: &Split,
    config: &TrainConfig,
    epochs: usize,
    device: &Device,
    checkpoints: &Path,
    on_epoch: &(dyn Fn(&Epoch) + Sync),
) -> Result<Trained> {
    let (sender, heard) = mpsc::channel();
    // Burn keeps what it calls back for as long as it likes; the observer is only lent. So epochs go through a channel.
    std::thread::scope(|scope| {
        let tell = move || {
            while let Ok(Some(epoch)) = heard.recv() {
                on_epoch(&epoch);
            }
        };
        std::thread::Builder::new()
            .name("epochs".into())
            .spawn_scoped(scope, tell)
            .map_err(|source| Error::Training { reason: format!("no thread to report from: {source}") })?;
        let trained = fit(table, split, config, epochs, device, checkpoints, sender.clone());
        // Whoever still holds a sender: this was the last epoch.
        let _ = sender.send(None);
        trained
    })
}

fn fit(
    table: &Arc<FeatureTable>,
    split: &Split,
    config: &TrainConfig,
    epochs: usize,
    device: &Device,
    checkpoints: &Path,
    on_epoch: mpsc::Sender<Option<Epoch>>,
) -> Result<Trained> {
    std::fs::create_dir_all(checkpoints).map_err(Error::write(checkpoints))?;
    let mut values = Vec::new();
    table.values.gather(&split.train, &mut values)?;
    let rows = values.chunks(table.values.width().max(1));
    let transform = Arc::new(RowTransform::fit(config.training.transform, rows)?);
    drop(values);
    let device = device.clone().autodiff();
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    let classifier = GenreClassifier::new(&transform, table.labels.len(), || rng.random::<f32>(), &device);
    let trainable = Trainable { classifier };

    let inner = device.clone().inner();
    let batch_size = config.training.batch_size;
    let loader = BatchLoader::shuffled(
        Arc::clone(table),
        Arc::clone(&transform),
        split.train.clone(),
        batch_size,
        config.regularization.clone(),
        config.seed,
        device,
    );
    let watched = BatchLoader::ordered(Arc::clone(table), transform, split.valid.clone(), VALIDATION_BATCH, inner);

    // Without validation rows, the last epoch is all that can be kept.
    let patience = (config.training.keep == Keep::Best && !split.valid.is_empty()).then_some(config.training.patience);
    let monitor = Monitor::new(patience, !split.valid.is_empty(), on_epoch);

    let training = SupervisedTraining::<Trainable>::new(checkpoints, Arc::new(loader), Arc::new(watched))
        .metrics((LossMetric::new(), AccuracyMetric::new()))
        .with_metric_logger(InMemoryMetricLogger::new())
        .with_application_logger(None)
        .renderer(Box::new(renderer::Silent))
        .with_custom_checkpointers(
            FileCheckpointer::new(checkpoints, "model"),
            FileCheckpointer::new(checkpoints, "optim"),
            FileCheckpointer::new(checkpoints, "scheduler"),
        )
        .with_checkpointing_strategy(monitor.clone())
        .early_stopping(monitor.clone())
        .num_epochs(epochs);
    let steps = config.training.epochs * split.train.len().div_ceil(batch_size);
    let OptimizerConfig { learning_rate, .. } = config.optimizer;
    let schedule = WarmUp::new(learning_rate, config.training.schedule, config.training.warmup, steps);
    let learner = Learner::new(trainable.clone(), adam(&config.optimizer), schedule);

    let start = Instant::now();
    let fail = |reason: String| Error::Training { reason };
    // Burn's loop panics where its threads do, for example on a lost device.
    let result = catch_unwind(AssertUnwindSafe(|| training.launch(learner)))
        .map_err(|payload| fail(panic_message(payload.as_ref())))?;
    let duration = start.elapsed();
    if let Some(error) = result.error {
        return Err(fail(error.to_string()));
    }

    let (history, best) = monitor.history();
    let diverged = |what: &str| fail(format!("{what} no finite number any more: lower optimizer.learning_rate"));
    if let Some(epoch) = history.iter().find(|epoch| epoch.diverged()) {
        return Err(diverged(&format!("the loss of epoch {} is", epoch.number)));
    }
    let best_epoch = best.ok_or_else(|| fail("it ended before the first epoch was over".to_owned()))?;
    // Burn hands back the last epoch; the best one is on disk.
    let path = checkpoints.join(format!("model-{best_epoch}.bpk"));
    let lost =
        |reason: String| fail(format!("{}: the best epoch's checkpoint can't be read back: {reason}", path.display()));
    let record = ModuleRecord::load(&path).map_err(|error| lost(error.to_string()))?;
    let best = trainable.try_load_record(record).map_err(|error| lost(error.to_string()))?;
    let classifier = best.valid().classifier;
    // The last step of an epoch may spoil the weights when its loss is told already.
    let mut weights = Finite(true);
    classifier.visit(&mut weights);
    if !weights.0 {
        return Err(diverged(&format!("weights after epoch {best_epoch} are")));
    }
    Ok(Trained { classifier, history, best_epoch, duration })
}

/// Whether all weights are finite numbers.
struct Finite(bool);

impl ModuleVisitor for Finite {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let finite = param.val().into_data().try_to_vec::<f32>().is_ok_and(|all| all.iter().all(|w| w.is_finite()));
        self.0 &= finite;
    }
}

fn adam(config: &OptimizerConfig) -> ModuleOptimizer {
    let (beta_1, beta_2, epsilon) = (config.beta_1 as f32, config.beta_2 as f32, config.epsilon as f32);
    let decay = config.weight_decay as f32;
    if config.decoupled {
        let adam = AdamWConfig::new().with_beta_1(beta_1).with_beta_2(beta_2).with_epsilon(epsilon);
        return adam.with_weight_decay(decay).init();
    }
    let penalty = (decay > 0.0).then(|| WeightDecayConfig::new(decay));
    let adam = AdamConfig::new().with_beta_1(beta_1).with_beta_2(beta_2).with_epsilon(epsilon);
    adam.with_weight_decay(penalty).init()
}

fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| text.to_string());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "the training loop crashed".to_owned())
}

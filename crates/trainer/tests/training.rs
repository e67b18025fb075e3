//! Training: reproducible, frozen where it must be, and keeping the best epoch.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::{Arc, Mutex};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use dsp::{ClipLength, Convention, FeatureSpec};
use model::{GenreClassifier, RowTransform};
use trainer::backend::Backend;
use trainer::config::{Keep, TrainConfig};
use trainer::dataset::{FeatureTable, Row, Split, Values};
use trainer::experiment::Experiment;
use trainer::training::{Epoch, Trained, train};

/// Three overlapping clouds in 57 dimensions.
fn table() -> (Arc<FeatureTable>, Split) {
    let mut state = 1u64;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f32 / (1u64 << 31) as f32 - 0.5
    };
    let mut values = Vec::new();
    let rows = (0..150)
        .map(|index| {
            let label = index % 3;
            values.extend((0..57).map(|column| 100.0 + 8.0 * noise() + ((column + label) % 3) as f32));
            Row { track: format!("t{index}"), clip: 0, label, samples: 661_500, path: None }
        })
        .collect();
    let labels = ["a", "b", "c"].map(String::from).to_vec();
    let (values, spec) =
        (Values::in_memory(values, 57).unwrap(), FeatureSpec::features(Convention::Librosa07, ClipLength::TRACK));
    let table = FeatureTable { rows, labels, values, inputs: spec.into() };
    (Arc::new(table), Split { train: (0..90).collect(), valid: (90..120).collect(), test: (120..150).collect() })
}

fn config(seed: u64, epochs: usize, patience: usize) -> TrainConfig {
    let text = format!(
        "seed = {seed}\n[training]\nepochs = {epochs}\nbatch_size = 16\nkeep = \"best\"\npatience = {patience}\n\
         transform = \"none\"\nschedule = \"constant\"\nwarmup = 0\n[regularization]\ndropout = 0\nlabel_smoothing = 0\n[optimizer]\nlearning_rate = 0.01\nweight_decay = 0.1\ndecoupled = false"
    );
    TrainConfig::parse(&text, "test", &[]).unwrap()
}

fn run(backend: Backend, config: &TrainConfig, scratch: &Path) -> Trained {
    let (table, split) = table();
    train(&table, &split, config, config.training.epochs, &backend.device().unwrap(), scratch, &|_| ()).unwrap()
}

#[derive(Default)]
struct Bits(Vec<u32>);

impl ModuleVisitor for Bits {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let values = param.val().into_data().try_to_vec::<f32>().unwrap();
        self.0.extend(values.into_iter().map(f32::to_bits));
    }
}

fn bits(classifier: &GenreClassifier) -> Vec<u32> {
    let mut bits = Bits::default();
    classifier.visit(&mut bits);
    bits.0
}

fn repeats_bit_for_bit(backend: Backend) {
    let scratch = tempfile::tempdir().unwrap();
    let run = |seed, name: &str| run(backend, &config(seed, 5, 99), &scratch.path().join(name));
    let (first, second, other) = (run(3, "a"), run(3, "b"), run(4, "c"));
    assert!(bits(&first.classifier) == bits(&second.classifier));
    assert_eq!(first.history, second.history);
    assert!(bits(&first.classifier) != bits(&other.classifier));
}

#[test]
fn equal_seeds_give_equal_weights_on_ndarray() {
    repeats_bit_for_bit(Backend::Ndarray);
}

#[test]
fn equal_seeds_give_equal_weights_on_flex() {
    repeats_bit_for_bit(Backend::Flex);
}

#[test]
fn the_cpu_backends_learn_the_same() {
    let scratch = tempfile::tempdir().unwrap();
    let run = |backend: Backend| run(backend, &config(3, 3, 99), &scratch.path().join(backend.name()));
    let (ndarray, flex) = (run(Backend::Ndarray), run(Backend::Flex));
    for (a, b) in ndarray.history.iter().zip(&flex.history) {
        assert!((a.train.loss - b.train.loss).abs() < 1e-3, "{a:?} {b:?}");
    }
}

#[test]
fn neither_adam_nor_weight_decay_touches_the_transform() {
    let scratch = tempfile::tempdir().unwrap();
    let trained = run(Backend::Flex, &config(3, 4, 99), scratch.path());
    let (table, split) = table();
    let mut values = Vec::new();
    table.values.gather(&split.train, &mut values).unwrap();
    let rows = values.chunks(57);
    let expected = RowTransform::fit(config(3, 4, 99).training.transform, rows).unwrap();
    assert_eq!(trained.classifier.transform().unwrap(), expected);
}

#[test]
fn the_best_epoch_is_kept_not_the_last() {
    let scratch = tempfile::tempdir().unwrap();
    let (table, split) = table();
    let config = config(3, 60, 99);
    let seen: Mutex<Vec<Epoch>> = Mutex::default();
    let hear = |epoch: &Epoch| seen.lock().unwrap().push(*epoch);
    let trained = train(&table, &split, &config, 60, &Device::flex(), scratch.path(), &hear).unwrap();

    assert_eq!(trained.history.len(), 60);
    assert_eq!(*seen.lock().unwrap(), trained.history);
    let loss = |epoch: &Epoch| epoch.valid.unwrap().loss;
    let lowest = trained.history.iter().min_by(|a, b| loss(a).total_cmp(&loss(b))).unwrap();
    assert_eq!(trained.best_epoch, lowest.number);
    assert!(trained.best_epoch < 60, "this data must overfit for the test to mean anything");

    // The weights are that epoch's: they give its validation loss again.
    let mut values = Vec::new();
    table.values.gather(&split.valid, &mut values).unwrap();
    let rows: Vec<&[f32]> = values.chunks(57).collect();
    let probabilities = trained.classifier.probabilities_of(&rows).unwrap();
    let total: f64 =
        probabilities.iter().zip(&split.valid).map(|(row, &index)| -f64::from(row[table.rows[index].label]).ln()).sum();
    assert!((total / split.valid.len() as f64 - loss(lowest)).abs() < 1e-5);

    // And its checkpoint alone is left.
    let mut left: Vec<String> = std::fs::read_dir(scratch.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    let best = trained.best_epoch;
    assert_eq!(left, [format!("model-{best}.bpk"), format!("optim-{best}.bpk"), format!("scheduler-{best}.bpk")]);
}

#[test]
fn patience_ends_training_early() {
    let scratch = tempfile::tempdir().unwrap();
    let trained = run(Backend::Flex, &config(3, 500, 5), scratch.path());
    assert_eq!(trained.history.len(), trained.best_epoch + 5);
}

#[test]
fn without_validation_rows_every_epoch_runs_and_the_last_is_kept() {
    let scratch = tempfile::tempdir().unwrap();
    let (table, mut split) = table();
    split.valid.clear();
    let trained = train(&table, &split, &config(3, 4, 2), 4, &Device::flex(), scratch.path(), &|_| ()).unwrap();
    assert_eq!((trained.history.len(), trained.best_epoch), (4, 4));
    assert!(trained.history.iter().all(|epoch| epoch.valid.is_none()));
}

#[test]
fn a_learning_rate_that_blows_up_is_an_error_with_advice() {
    let scratch = tempfile::tempdir().unwrap();
    let (table, split) = table();
    let mut config = config(3, 50, 99);
    config.optimizer.learning_rate = 1e30;
    let result = train(&table, &split, &config, 50, &Device::flex(), scratch.path(), &|_| ());
    assert!(result.unwrap_err().to_string().contains("learning_rate"));
}

/// The loss of an epoch is that before its last step: with one step, it knows nothing of what that step did.
#[test]
fn weights_that_the_last_step_spoils_are_an_error_whatever_the_loss() {
    let scratch = tempfile::tempdir().unwrap();
    let (table, split) = table();
    for split in [split.clone(), Split { valid: Vec::new(), ..split }] {
        let mut config = config(3, 1, 99);
        config.training.keep = Keep::Last;
        config.training.batch_size = 200;
        (config.optimizer.learning_rate, config.optimizer.weight_decay) = (1e30, 1e30);
        config.optimizer.decoupled = true;
        let losses = Mutex::new(Vec::new());
        let hear = |epoch: &Epoch| losses.lock().unwrap().push(epoch.train.loss);
        let result = train(&table, &split, &config, 1, &Device::flex(), scratch.path(), &hear);
        assert!(result.unwrap_err().to_string().contains("learning_rate"));
        assert!(losses.into_inner().unwrap().iter().all(|loss| loss.is_finite()));
    }
}

#[test]
fn every_lever_repeats_bit_for_bit_and_changes_the_weights() {
    let scratch = tempfile::tempdir().unwrap();
    let plain = bits(&run(Backend::Flex, &config(3, 3, 99), &scratch.path().join("plain")).classifier);
    type Lever = fn(&mut TrainConfig);
    let levers: [(&str, Lever); 6] = [
        ("dropout", |config| config.regularization.dropout = 0.3),
        ("label smoothing", |config| config.regularization.label_smoothing = 0.1),
        ("cosine", |config| config.training.schedule = trainer::config::Schedule::Cosine),
        ("warm-up", |config| config.training.warmup = 0.5),
        ("decoupled", |config| config.optimizer.decoupled = true),
        ("ranks", |config| config.training.transform = model::Transform::Rank),
    ];
    for (name, lever) in levers {
        let mut config = config(3, 3, 99);
        lever(&mut config);
        let run = |at: &str| bits(&run(Backend::Flex, &config, &scratch.path().join(name).join(at)).classifier);
        let (first, second) = (run("a"), run("b"));
        assert!(first == second, "{name} does not repeat");
        assert!(first != plain, "{name} does nothing");
    }
}

#[test]
fn folds_trained_side_by_side_are_those_trained_one_by_one() {
    let scratch = tempfile::tempdir().unwrap();
    let (table, _) = table();
    let mut config = config(3, 3, 99);
    config.split.protocol = trainer::config::Protocol::Kfold;
    config.split.folds = 4;
    config.backend = Backend::Flex;
    let experiment = Experiment::new(table, config, 2).unwrap();
    assert_eq!(experiment.rounds.iter().map(|r| (r.seed, r.fold)).collect::<Vec<_>>()[3..5], [(3, 3), (4, 0)]);
    let together = experiment.run_all(&scratch.path().join("together"), &()).unwrap();
    assert_eq!(together.len(), 8);
    for (at, round) in experiment.rounds.iter().enumerate().step_by(3) {
        let alone = experiment.run(round, &scratch.path().join("alone"), &()).unwrap();
        assert_eq!(alone.probabilities, together[at].probabilities, "round {at}");
    }
    let scores = experiment.score(&together).unwrap();
    assert_eq!(scores.iter().map(|report| report.songs.count).collect::<Vec<_>>(), [150, 150]);
}

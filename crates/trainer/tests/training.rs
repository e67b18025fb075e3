//! Training: reproducible, frozen where it must be, and keeping the best epoch.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use dsp::{ClipLength, Convention, FeatureSpec};
use model::{GenreClassifier, RowTransform};
use trainer::Error;
use trainer::backend::Backend;
use trainer::config::{Keep, TrainConfig};
use trainer::dataset::{FeatureTable, Row, Split, Values, ValuesBuilder};
use trainer::experiment::Experiment;
use trainer::training::{Epoch, Heard, Kept, Trained, train};

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

fn run(backend: Backend, config: &TrainConfig) -> Trained {
    let (table, split) = table();
    let device = backend.device().unwrap();
    train(&table, &split, config, config.training.epochs, &device, None, Heard::NOBODY).unwrap()
}

/// Hears every epoch.
fn heard(epoch: &dyn Fn(&Epoch) -> ControlFlow<()>) -> Heard<'_> {
    Heard { epoch, ..Heard::NOBODY }
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
    let run = |seed| run(backend, &config(seed, 5, 99));
    let (first, second, other) = (run(3), run(3), run(4));
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
    let run = |backend: Backend| run(backend, &config(3, 3, 99));
    let (ndarray, flex) = (run(Backend::Ndarray), run(Backend::Flex));
    for (a, b) in ndarray.history.iter().zip(&flex.history) {
        assert!((a.train.loss - b.train.loss).abs() < 1e-3, "{a:?} {b:?}");
    }
}

#[test]
fn neither_adam_nor_weight_decay_touches_the_transform() {
    let trained = run(Backend::Flex, &config(3, 4, 99));
    let (table, split) = table();
    let mut values = Vec::new();
    table.values.gather(&split.train, &mut values).unwrap();
    let rows = values.chunks(57);
    let expected = RowTransform::fit(config(3, 4, 99).training.transform, rows).unwrap();
    assert_eq!(trained.classifier.transform().unwrap(), expected);
}

#[test]
fn the_best_epoch_is_kept_not_the_last() {
    let (table, split) = table();
    let config = config(3, 60, 99);
    let seen: RefCell<Vec<Epoch>> = RefCell::default();
    let hear = |epoch: &Epoch| {
        seen.borrow_mut().push(*epoch);
        ControlFlow::Continue(())
    };
    let trained = train(&table, &split, &config, 60, &Device::flex(), None, heard(&hear)).unwrap();

    assert_eq!(trained.history.len(), 60);
    assert_eq!(*seen.borrow(), trained.history);
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
}

#[test]
fn patience_ends_training_early() {
    let trained = run(Backend::Flex, &config(3, 500, 5));
    assert_eq!(trained.history.len(), trained.best_epoch + 5);
}

#[test]
fn without_validation_rows_every_epoch_runs_and_the_last_is_kept() {
    let (table, mut split) = table();
    split.valid.clear();
    let trained = train(&table, &split, &config(3, 4, 2), 4, &Device::flex(), None, Heard::NOBODY).unwrap();
    assert_eq!((trained.history.len(), trained.best_epoch), (4, 4));
    assert!(trained.history.iter().all(|epoch| epoch.valid.is_none()));
}

#[test]
fn a_learning_rate_that_blows_up_is_an_error_with_advice() {
    let (table, split) = table();
    let mut config = config(3, 50, 99);
    config.optimizer.learning_rate = 1e30;
    let result = train(&table, &split, &config, 50, &Device::flex(), None, Heard::NOBODY);
    assert!(result.unwrap_err().to_string().contains("learning_rate"));
}

/// The loss of an epoch is that before its last step: with one step, it knows nothing of what that step did.
#[test]
fn weights_that_the_last_step_spoils_are_an_error_whatever_the_loss() {
    let (table, split) = table();
    for split in [split.clone(), Split { valid: Vec::new(), ..split }] {
        let mut config = config(3, 1, 99);
        config.training.keep = Keep::Last;
        config.training.batch_size = 200;
        (config.optimizer.learning_rate, config.optimizer.weight_decay) = (1e30, 1e30);
        config.optimizer.decoupled = true;
        let losses = RefCell::new(Vec::new());
        let hear = |epoch: &Epoch| {
            losses.borrow_mut().push(epoch.train.loss);
            ControlFlow::Continue(())
        };
        let result = train(&table, &split, &config, 1, &Device::flex(), None, heard(&hear));
        assert!(result.unwrap_err().to_string().contains("learning_rate"));
        assert!(losses.into_inner().iter().all(|loss| loss.is_finite()));
    }
}

#[test]
fn every_lever_repeats_bit_for_bit_and_changes_the_weights() {
    let plain = bits(&run(Backend::Flex, &config(3, 3, 99)).classifier);
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
        let run = || bits(&run(Backend::Flex, &config).classifier);
        let (first, second) = (run(), run());
        assert!(first == second, "{name} does not repeat");
        assert!(first != plain, "{name} does nothing");
    }
}

#[test]
fn folds_trained_side_by_side_are_those_trained_one_by_one() {
    let (table, _) = table();
    let mut config = config(3, 3, 99);
    config.split.protocol = trainer::config::Protocol::Kfold;
    config.split.folds = 4;
    config.backend = Backend::Flex;
    let experiment = Experiment::new(table, config, 2).unwrap();
    assert_eq!(experiment.rounds.iter().map(|r| (r.seed, r.fold)).collect::<Vec<_>>()[3..5], [(3, 3), (4, 0)]);
    let together = experiment.run_all(None, &()).unwrap();
    assert_eq!(together.len(), 8);
    for (at, round) in experiment.rounds.iter().enumerate().step_by(3) {
        let alone = experiment.run(round, None, &()).unwrap();
        assert_eq!(alone.probabilities, together[at].probabilities, "round {at}");
    }
    let scores = experiment.score(&together).unwrap();
    assert_eq!(scores.iter().map(|report| report.songs.count).collect::<Vec<_>>(), [150, 150]);
}

/// A training that is stopped after every few steps, and goes on from what it left.
fn interrupted(backend: Backend, config: &TrainConfig, every: usize, damage: bool) -> Trained {
    let (table, split) = table();
    let device = backend.device().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    // Every step is kept.
    let kept = Kept { folder: scratch.path().to_owned(), every: Duration::ZERO };
    let states = || {
        let mut states: Vec<_> = std::fs::read_dir(&kept.folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        states.sort_by_key(|path| path.to_str().unwrap().rsplit('-').next().unwrap().parse::<u64>().unwrap());
        states
    };
    for stops in 1.. {
        let stop = |epoch: &Epoch| {
            if epoch.number >= stops * every { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let warned = RefCell::new(Vec::new());
        let warning = |text: &str| warned.borrow_mut().push(text.to_owned());
        let heard = Heard { epoch: &stop, warning: &warning, ..Heard::NOBODY };
        let result = train(&table, &split, config, config.training.epochs, &device, Some(&kept), heard);
        let damaged = damage && stops > 1;
        assert_eq!(warned.borrow().len(), usize::from(damaged), "{warned:?}");
        match result {
            Ok(trained) => return trained,
            Err(Error::Stopped { epoch }) => assert_eq!(epoch, stops * every),
            Err(error) => panic!("{error}"),
        }
        assert_eq!(states().len(), 2, "the newest and the one before");
        if damage {
            // What is left then is the state before the last step of the epoch.
            let newest = states().pop().unwrap();
            let mut bytes = std::fs::read(&newest).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 4;
            std::fs::write(&newest, bytes).unwrap();
        }
    }
    unreachable!()
}

#[test]
fn an_interrupted_training_ends_with_the_same_bits() {
    for backend in [Backend::Flex, Backend::Ndarray] {
        for keep in [Keep::Best, Keep::Last] {
            for damage in [false, true] {
                let mut config = config(3, 7, 99);
                (config.training.keep, config.regularization.dropout) = (keep, 0.2);
                config.training.schedule = trainer::config::Schedule::Cosine;
                let whole = run(backend, &config);
                let parts = interrupted(backend, &config, 2, damage);
                assert!(bits(&whole.classifier) == bits(&parts.classifier), "{backend} {keep:?} {damage}");
                assert_eq!((whole.history, whole.best_epoch), (parts.history, parts.best_epoch));
            }
        }
    }
}

#[test]
fn what_is_over_is_not_trained_again() {
    let (table, split) = table();
    let scratch = tempfile::tempdir().unwrap();
    let kept = Kept { folder: scratch.path().to_owned(), every: Duration::from_secs(999) };
    let config = config(3, 4, 99);
    let epochs = RefCell::new(0);
    let hear = |_: &Epoch| {
        *epochs.borrow_mut() += 1;
        ControlFlow::Continue(())
    };
    let train = || train(&table, &split, &config, 4, &Device::flex(), Some(&kept), heard(&hear)).unwrap();
    let (first, second) = (train(), train());
    assert!(bits(&first.classifier) == bits(&second.classifier));
    assert_eq!((first.history, *epochs.borrow()), (second.history, 4));
}

/// A table of which a fifth may be in memory is learnt as well as one in memory.
#[test]
fn a_table_in_a_file_is_learnt_like_one_in_memory() {
    let mut state = 1u64;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f32 / (1u64 << 31) as f32 - 0.5
    };
    let (count, width) = (6_000, 16);
    let bytes = count * width * size_of::<f32>();
    let mut values = Vec::new();
    // Sorted by label, as tables are that people export: without shuffled blocks, batches would be of one label.
    let label = |index: usize| index * 3 / count;
    for index in 0..count {
        values.extend((0..width).map(|column| 4.0 * noise() + ((column + label(index)) % 3) as f32));
    }
    let row = |index: usize| Row { track: format!("t{index}"), clip: 0, label: label(index), samples: 0, path: None };
    let labels = ["a", "b", "c"].map(String::from).to_vec();
    let columns = model::ColumnSet::new((0..width).map(|column| format!("c{column}")).collect()).unwrap();
    let memory = FeatureTable {
        rows: (0..count).map(row).collect(),
        labels,
        values: Values::in_memory(values.clone(), width).unwrap(),
        inputs: columns.into(),
    };
    let mut builder = ValuesBuilder::new(width, bytes / 5);
    values.chunks(width).for_each(|row| builder.push(row.iter().copied()).unwrap());
    let file = FeatureTable { values: builder.finish().unwrap(), ..memory.clone() };
    assert!(file.values.is_spooled() && !memory.values.is_spooled());

    let part = |wanted: usize| (0..count).filter(|index| index % 6 == wanted).collect::<Vec<_>>();
    let split = Split { train: (0..count).filter(|index| index % 6 > 1).collect(), valid: part(1), test: part(0) };
    let mut config = config(3, 4, 99);
    config.training.batch_size = 64;
    config.memory = bytes as f64 / 5.0 / f64::from(1 << 20);
    let accuracy = |table: &FeatureTable| {
        let trained = train(table, &split, &config, 4, &Device::flex(), None, Heard::NOBODY).unwrap();
        trained.history.last().unwrap().valid.unwrap().accuracy
    };
    let (memory, file) = (accuracy(&memory), accuracy(&file));
    // Four standard deviations of a share of a thousand rows.
    assert!(memory > 0.8 && (memory - file).abs() < 4.0 * (memory * (1.0 - memory) / 1000.0).sqrt(), "{memory} {file}");
}

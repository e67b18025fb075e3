//! All trainings that a configuration asks for: one for every fold and seed, each calibrated and tested.

mod song;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use burn::tensor::Device;
use model::{Abstention, CalibrationFacts, FittedTo, GenreClassifier, GenreRanges, HIDDEN};

pub use self::song::Song;
use crate::config::TrainConfig;
use crate::dataset::{Division, FeatureTable, Split};
use crate::evaluation::{Report, abstention, calibrate, probabilities, ranges, tempered};
use crate::observer::{Event, Observer, Phase};
use crate::training::{Epoch, Heard, Kept, Trained, train};
use crate::{Error, Result};

/// Weights of a network's first layer up to which networks are trained side by side.
const SMALL: usize = 1 << 19;

/// A table, divided anew for every seed.
pub struct Experiment {
    /// The rows.
    pub table: Arc<FeatureTable>,
    /// How networks are trained.
    pub config: TrainConfig,
    /// What computes them: a device of the configuration's backend.
    device: Device,
    /// The trainings, all folds of a seed before the next seed.
    pub rounds: Vec<Round>,
    /// The division of the first seed.
    pub division: Division,
}

/// One training with its test.
#[derive(Debug, Clone)]
pub struct Round {
    /// Seed of the weights, the batches and, where the protocol draws it, the split.
    pub seed: u64,
    /// Number of the fold, from 0.
    pub fold: usize,
    /// The rows.
    pub split: Split,
}

impl Round {
    /// `seed-S-fold-F`, the name of what belongs to this round alone.
    pub fn name(&self) -> String {
        format!("seed-{}-fold-{}", self.seed, self.fold)
    }
}

/// What came of a round.
#[derive(Debug, Clone)]
pub struct Tested {
    /// The tested network, calibrated.
    pub classifier: GenreClassifier,
    /// Rows that its weights were fitted to.
    pub fitted_to: FittedTo,
    /// Its epochs, as watched by the validation rows.
    pub history: Vec<Epoch>,
    /// The epoch that was kept.
    pub best_epoch: usize,
    /// Time in training loops.
    pub duration: Duration,
    /// What the temperature did; `None` where validation songs are too few for one, or none was wanted.
    pub calibration: Option<CalibrationFacts>,
    /// Its validation songs: the class of each, and its probabilities, calibrated. The network that said them had not learnt
    /// from them yet.
    pub validated: Vec<(usize, Vec<f32>)>,
    /// Probabilities of the test rows, `[rows][classes]`.
    pub probabilities: Vec<Vec<f32>>,
}

/// The network that leaves the house.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The network, calibrated.
    pub classifier: GenreClassifier,
    /// Rows that its weights were fitted to.
    pub fitted_to: FittedTo,
    /// When its verdicts name no genre.
    pub abstention: Abstention,
    /// Where each genre's rows lie among these.
    pub ranges: Option<GenreRanges>,
}

impl Experiment {
    /// Divides the table for `seeds` seeds, from the configuration's on.
    ///
    /// # Errors
    /// Those of [`Backend::device`](crate::backend::Backend::device) and of [`Division::new`].
    pub fn new(table: Arc<FeatureTable>, config: TrainConfig, seeds: usize) -> Result<Self> {
        let device = config.backend.device()?;
        let mut rounds = Vec::new();
        let mut first = None;
        for seed in (0..seeds as u64).map(|repetition| config.seed.wrapping_add(repetition)) {
            let division = Division::new(&table, &config.split, seed)?;
            let folds = division.folds.iter().cloned().enumerate();
            rounds.extend(folds.map(|(fold, split)| Round { seed, fold, split }));
            first.get_or_insert(division);
        }
        Ok(Self { table, config, device, rounds, division: first.unwrap_or_default() })
    }

    /// Number of folds of a seed.
    pub fn folds(&self) -> usize {
        self.division.folds.len()
    }

    /// Trains and tests all rounds, side by side where that is faster. `observer` hears of every epoch, and of each round as it
    /// ends. With `keeping`, trainings are kept in its folder as they go, and go on from there.
    ///
    /// # Errors
    /// Those of [`train`], of the first of the rounds that failed.
    pub fn run_all(&self, keeping: Option<&Kept>, observer: &dyn Observer) -> Result<Vec<Tested>> {
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Vec::with_capacity(self.rounds.len()));
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(round) = self.rounds.get(at) else { return };
                let result = self.run(round, keeping, observer);
                match &result {
                    Ok(tested) => observer.event(Event::Round { round, tested }),
                    // What has not begun need not begin.
                    Err(_) => next.store(self.rounds.len(), Ordering::Relaxed),
                }
                results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
            }
        };
        match self.workers() {
            1 => work(),
            workers => std::thread::scope(|scope| {
                // This thread is one of them, so that the work is done even where the system gives no more.
                for _ in 1..workers {
                    let _ = std::thread::Builder::new().name("round".into()).spawn_scoped(scope, || alone(work));
                }
                alone(work);
            }),
        }
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.sort_by_key(|(at, _)| *at);
        results.into_iter().map(|(_, result)| result).collect()
    }

    /// Networks that are trained at a time: small ones one on each core, since a step of theirs is over before other cores are
    /// awake; large ones, and those on a GPU, one after the other.
    fn workers(&self) -> usize {
        let large = self.table.inputs.len() * HIDDEN[0] > SMALL;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        if large || !self.config.backend.trains_side_by_side() { 1 } else { cores.min(self.rounds.len()) }
    }

    /// Scores of all rounds together: folds pooled, a report a seed.
    ///
    /// # Errors
    /// [`Error::Shape`] where there is nothing to score.
    pub fn score(&self, tested: &[Tested]) -> Result<Vec<Report>> {
        let seeds = self.rounds.chunks(self.folds().max(1)).zip(tested.chunks(self.folds().max(1)));
        let pooled = seeds.map(|(rounds, tested)| {
            let rows: Vec<usize> = rounds.iter().flat_map(|round| &round.split.test).copied().collect();
            let probabilities: Vec<Vec<f32>> =
                tested.iter().flat_map(|tested| &tested.probabilities).cloned().collect();
            Report::new(&self.table, &rows, &probabilities)
        });
        pooled.collect()
    }

    /// What is to be exported: the first round's network, or, where the configuration wants all tracks used or there are
    /// several folds, one fitted to every track with the rounds' mean temperature and epochs.
    ///
    /// # Errors
    /// Those of [`train`].
    pub fn export(&self, tested: &[Tested], keeping: Option<&Kept>, observer: &dyn Observer) -> Result<Exported> {
        let (Some(folds), Some(round)) = (tested.get(..self.folds().max(1)), self.rounds.first()) else {
            return Err(Error::Training { reason: "nothing was trained".into() });
        };
        let validated: Vec<(usize, Vec<f32>)> = folds.iter().flat_map(|fold| &fold.validated).cloned().collect();
        let Split { train: rows, valid, test } = &round.split;
        if let [first] = folds
            && self.config.training.fit_to != FittedTo::All
        {
            let (classifier, fitted_to) = (first.classifier.clone(), first.fitted_to);
            let rows = if fitted_to == FittedTo::Train { rows.clone() } else { sorted([&rows[..], valid].concat()) };
            let (abstention, ranges) = (abstention(&self.table, &rows, &validated)?, ranges(&self.table, &rows)?);
            return Ok(Exported { classifier, fitted_to, abstention, ranges });
        }
        let rows = sorted([&rows[..], valid, test].concat());
        let (abstention, ranges) = (abstention(&self.table, &rows, &validated)?, ranges(&self.table, &rows)?);
        let epochs = folds.iter().map(|tested| tested.best_epoch).sum::<usize>().div_ceil(folds.len());
        let all = Split { train: rows, ..Split::default() };
        let trained = self.fit(round, &all, epochs, Phase::Export, keeping, observer)?;
        let logs: Vec<f64> = folds.iter().filter_map(|tested| Some(tested.calibration?.temperature.ln())).collect();
        let temperature = (logs.iter().sum::<f64>() / logs.len().max(1) as f64).exp();
        Ok(Exported {
            classifier: trained.classifier.with_temperature(temperature),
            fitted_to: FittedTo::All,
            abstention,
            ranges,
        })
    }

    /// Trains and tests one round: fitted, calibrated by the validation rows, fitted again with them if that is wanted.
    ///
    /// # Errors
    /// Those of [`train`].
    pub fn run(&self, round: &Round, keeping: Option<&Kept>, observer: &dyn Observer) -> Result<Tested> {
        let split = &round.split;
        let fit = |split: &Split, epochs: usize, phase: Phase| self.fit(round, split, epochs, phase, keeping, observer);
        let Trained { mut classifier, history, best_epoch, mut duration } =
            fit(split, self.config.training.epochs, Phase::Fit)?;
        let (mut calibration, mut validated) = (None, Vec::new());
        if !split.valid.is_empty() {
            let mut probabilities = self.probabilities(&classifier, &split.valid)?;
            if self.config.training.calibrate {
                calibration = calibrate(&self.table, &split.valid, &probabilities)?;
            }
            if let Some(calibration) = calibration {
                probabilities = tempered(&probabilities, calibration.temperature);
            }
            let songs = Report::songs(&self.table, &split.valid, &probabilities).into_iter();
            validated = songs.map(|(_, label, probabilities)| (label, probabilities)).collect();
        }
        let mut fitted_to = FittedTo::Train;
        if self.config.training.fit_to != FittedTo::Train && !split.valid.is_empty() {
            let rows = sorted([&split.train[..], &split.valid].concat());
            let both = Split { train: rows, ..Split::default() };
            let again = fit(&both, best_epoch, Phase::Refit)?;
            duration += again.duration;
            (classifier, fitted_to) = (again.classifier, FittedTo::TrainValid);
        }
        if let Some(calibration) = calibration {
            classifier = classifier.with_temperature(calibration.temperature);
        }
        let probabilities = self.probabilities(&classifier, &split.test)?;
        Ok(Tested { classifier, fitted_to, history, best_epoch, duration, calibration, validated, probabilities })
    }

    fn fit(
        &self,
        round: &Round,
        split: &Split,
        epochs: usize,
        phase: Phase,
        keeping: Option<&Kept>,
        observer: &dyn Observer,
    ) -> Result<Trained> {
        // What is exported is nobody's round, but the configuration's.
        let seed = if phase == Phase::Export { self.config.seed } else { round.seed };
        let config = TrainConfig { seed, ..self.config.clone() };
        let kept = keeping.map(|Kept { folder, every }| {
            let name = if phase == Phase::Export { String::new() } else { round.name() };
            Kept { folder: folder.join(name).join(phase.name()), every: *every }
        });
        let heard = Heard {
            epoch: &|epoch| {
                observer.event(Event::Epoch { round, phase, epochs, epoch });
                if observer.wants_to_stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
            resumed: &|history| observer.event(Event::Resumed { round, phase, epochs, history }),
            warning: &|text| observer.event(Event::Warning(text)),
        };
        train(&self.table, split, &config, epochs, &self.device, kept.as_ref(), heard)
    }

    fn probabilities(&self, classifier: &GenreClassifier, rows: &[usize]) -> Result<Vec<Vec<f32>>> {
        probabilities(&self.table.values, rows, |block| classifier.probabilities_of(block))
    }
}

/// Runs `work` with all that would spread over the cores kept on one.
fn alone(work: impl FnOnce() + Send) {
    match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

fn sorted(mut rows: Vec<usize>) -> Vec<usize> {
    rows.sort_unstable();
    rows
}

//! All trainings that a configuration asks for: one for every fold and seed, each calibrated and tested.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use burn::tensor::Device;
use model::{CalibrationFacts, FittedTo, GenreClassifier};

use super::{Epoch, Progress, Trained, train};
use crate::backend::Backend;
use crate::config::TrainConfig;
use crate::dataset::{Division, FeatureTable, Split};
use crate::evaluation::{Report, calibrate};
use crate::{Error, Result};

/// A table, divided anew for every seed.
pub struct Experiment {
    /// The rows.
    pub table: Arc<FeatureTable>,
    /// How networks are trained.
    pub config: TrainConfig,
    /// What computes them.
    pub device: Device,
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
    /// Whether the user ended it early.
    pub interrupted: bool,
    /// Time in training loops.
    pub duration: Duration,
    /// What the temperature did; `None` without validation rows.
    pub calibration: Option<CalibrationFacts>,
    /// Probabilities of the test rows, `[rows][classes]`.
    pub probabilities: Vec<Vec<f32>>,
    /// The same from the mean over an ensemble, where one was asked for.
    pub ensemble: Option<Vec<Vec<f32>>>,
}

impl Experiment {
    /// Divides the table for `seeds` seeds, from the configuration's on.
    ///
    /// # Errors
    /// Those of [`Division::new`].
    pub fn new(table: Arc<FeatureTable>, config: TrainConfig, device: Device, seeds: usize) -> Result<Self> {
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

    /// Trains and tests one round.
    ///
    /// # Errors
    /// Those of [`train`].
    pub fn run(&self, round: &Round, checkpoints: &Path, progress: Progress) -> Result<Tested> {
        let (mut tested, member) =
            (self.member(round, round.seed, checkpoints, progress)?, self.config.training.ensemble);
        if member > 1 {
            let mut sums = tested.probabilities.clone();
            for member in 1..member as u64 {
                // Far from the seeds of other rounds.
                let seed = round.seed.wrapping_add(member << 32);
                let other = self.member(round, seed, checkpoints, silent())?;
                tested.duration += other.duration;
                for (sums, row) in sums.iter_mut().zip(&other.probabilities) {
                    sums.iter_mut().zip(row).for_each(|(sum, p)| *sum += p);
                }
            }
            sums.iter_mut().flatten().for_each(|sum| *sum /= member as f32);
            tested.ensemble = Some(sums);
        }
        Ok(tested)
    }

    /// Trains and tests all rounds, side by side where cores allow; `report` hears of each as it ends.
    ///
    /// # Errors
    /// That of the first round that failed.
    pub fn run_all(&self, checkpoints: &Path, report: &(dyn Fn(&Round, &Tested) + Sync)) -> Result<Vec<Tested>> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // A GPU is one device, however many threads ask for it.
        let workers = if self.config.backend == Backend::Wgpu { 1 } else { cores.min(self.rounds.len()) };
        let next = AtomicUsize::new(0);
        let (sender, results) = mpsc::channel();
        let work = |sender: mpsc::Sender<(usize, Result<Tested>)>| {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(round) = self.rounds.get(at) else { return };
                let folder = checkpoints.join(format!("seed-{}-fold-{}", round.seed, round.fold));
                let result = self.run(round, &folder, silent());
                match &result {
                    Ok(tested) => report(round, tested),
                    // What has not begun need not begin.
                    Err(_) => next.store(self.rounds.len(), Ordering::Relaxed),
                }
                // The receiver outlives all workers.
                let _ = sender.send((at, result));
            }
        };
        let work = &work;
        std::thread::scope(|scope| {
            for _ in 0..workers {
                let sender = sender.clone();
                scope.spawn(move || work(sender));
            }
        });
        drop(sender);
        let mut tested: Vec<(usize, Tested)> =
            results.into_iter().map(|(at, result)| result.map(|tested| (at, tested))).collect::<Result<_>>()?;
        tested.sort_by_key(|(at, _)| *at);
        Ok(tested.into_iter().map(|(_, tested)| tested).collect())
    }

    /// Scores of all rounds together: folds pooled, seeds averaged. `of` picks the probabilities.
    ///
    /// # Errors
    /// [`Error::Shape`] where there is nothing to score.
    pub fn score<'a>(&self, tested: &'a [Tested], of: impl Fn(&'a Tested) -> &'a [Vec<f32>]) -> Result<Vec<Report>> {
        let seeds = self.rounds.chunks(self.folds().max(1)).zip(tested.chunks(self.folds().max(1)));
        let pooled = seeds.map(|(rounds, tested)| {
            let rows: Vec<usize> = rounds.iter().flat_map(|round| &round.split.test).copied().collect();
            let probabilities: Vec<Vec<f32>> = tested.iter().flat_map(&of).cloned().collect();
            Report::new(&self.table, &rows, &probabilities)
        });
        pooled.collect()
    }

    /// The network to be exported: the first round's, or, where the configuration wants all tracks used or there are several
    /// folds, one fitted to every track with the rounds' mean temperature and epochs.
    ///
    /// # Errors
    /// Those of [`train`].
    pub fn export(&self, tested: &[Tested], checkpoints: &Path) -> Result<(GenreClassifier, FittedTo)> {
        let Some(first) = tested.first() else { return Err(Error::Training { reason: "nothing was trained".into() }) };
        if self.config.training.fit_to != FittedTo::All && self.folds() == 1 {
            return Ok((first.classifier.clone(), first.fitted_to));
        }
        let Some(folds) = tested.get(..self.folds()) else { return Ok((first.classifier.clone(), first.fitted_to)) };
        let split = self.division.folds.first().map(|split| Split {
            train: sorted([&split.train[..], &split.valid, &split.test].concat()),
            ..Split::default()
        });
        let epochs = folds.iter().map(|tested| tested.best_epoch).sum::<usize>().div_ceil(folds.len());
        let trained = self.fit(&split.unwrap_or_default(), self.config.seed, epochs, checkpoints, silent())?;
        let logs: Vec<f64> = folds.iter().filter_map(|tested| Some(tested.calibration?.temperature.ln())).collect();
        let temperature = (logs.iter().sum::<f64>() / logs.len().max(1) as f64).exp();
        Ok((trained.classifier.with_temperature(temperature), FittedTo::All))
    }

    /// One network: fitted, calibrated by the validation rows, fitted again with them if that is wanted, and tested.
    fn member(&self, round: &Round, seed: u64, checkpoints: &Path, progress: Progress) -> Result<Tested> {
        let Round { split, .. } = round;
        let epochs = self.config.training.epochs;
        let Trained { mut classifier, history, best_epoch, interrupted, mut duration } =
            self.fit(split, seed, epochs, checkpoints, progress)?;
        let mut calibration = None;
        if self.config.training.calibrate && !split.valid.is_empty() {
            let probabilities = classifier.probabilities_of(&self.values(&split.valid))?;
            calibration = calibrate(&self.table, &split.valid, &probabilities)?;
        }
        let mut fitted_to = FittedTo::Train;
        if self.config.training.fit_to != FittedTo::Train && !split.valid.is_empty() {
            let rows = sorted([&split.train[..], &split.valid].concat());
            let both = Split { train: rows, ..Split::default() };
            let again = self.fit(&both, seed, best_epoch, checkpoints, silent())?;
            duration += again.duration;
            (classifier, fitted_to) = (again.classifier, FittedTo::TrainValid);
        }
        if let Some(calibration) = calibration {
            classifier = classifier.with_temperature(calibration.temperature);
        }
        let probabilities = classifier.probabilities_of(&self.values(&split.test))?;
        let ensemble = None;
        Ok(Tested {
            classifier,
            fitted_to,
            history,
            best_epoch,
            interrupted,
            duration,
            calibration,
            probabilities,
            ensemble,
        })
    }

    fn fit(&self, split: &Split, seed: u64, epochs: usize, checkpoints: &Path, progress: Progress) -> Result<Trained> {
        let config = TrainConfig { seed, ..self.config.clone() };
        train(&self.table, split, &config, epochs, &self.device, checkpoints, progress)
    }

    fn values(&self, rows: &[usize]) -> Vec<&[f32]> {
        rows.iter().map(|&row| self.table.rows[row].values.as_slice()).collect()
    }
}

fn silent() -> Progress {
    Progress::Lines(Box::new(|_| ()))
}

fn sorted(mut rows: Vec<usize>) -> Vec<usize> {
    rows.sort_unstable();
    rows
}

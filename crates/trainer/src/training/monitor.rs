//! Watches the epochs: keeps the history, knows the best one, says when to stop.

use std::sync::{Arc, Mutex, PoisonError, mpsc};

use burn::train::EarlyStoppingStrategy;
use burn::train::checkpoint::{CheckpointingAction, CheckpointingStrategy};
use burn::train::metric::store::{Aggregate, EventStoreClient, Split};
use burn::train::metric::{AccuracyMetric, LossMetric, Metric};

/// What an epoch achieved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epoch {
    /// Number of the epoch, from 1.
    pub number: usize,
    /// On the training rows, as seen batch by batch while the weights moved.
    pub train: Score,
    /// On the validation rows; absent where none were set aside.
    pub valid: Option<Score>,
    /// Whether no earlier epoch was better.
    pub best: bool,
}

impl Epoch {
    /// Whether the weights have left all numbers.
    pub(super) fn diverged(&self) -> bool {
        !self.train.loss.is_finite()
    }
}

/// Loss and accuracy over some rows.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Score {
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// Share of rows that were named rightly, 0 to 1.
    pub accuracy: f64,
}

/// One object in three roles of Burn's training loop, which all turn on the same question, whether this epoch is the best:
/// which checkpoint to keep, when to stop, and the record of it all. Clones share their state.
#[derive(Clone)]
pub(super) struct Monitor {
    state: Arc<Mutex<State>>,
}

struct State {
    /// Whether there are validation rows; Burn calls the loss of none NaN.
    validated: bool,
    /// Idle epochs before the end where the best epoch is looked for; `None` keeps the last.
    patience: Option<usize>,
    epochs: Vec<Epoch>,
    best: Option<Epoch>,
    on_epoch: mpsc::Sender<Option<Epoch>>,
}

impl Monitor {
    /// Keeps the epoch with the lowest validation loss and stops after `patience` epochs without a lower one; with `None`
    /// keeps the last. `validated` says whether there are validation rows; `on_epoch` is told of every epoch.
    pub fn new(patience: Option<usize>, validated: bool, on_epoch: mpsc::Sender<Option<Epoch>>) -> Self {
        let state = State { validated, patience, epochs: Vec::new(), best: None, on_epoch };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// All epochs so far, and the number of the best.
    pub fn history(&self) -> (Vec<Epoch>, Option<usize>) {
        let state = self.lock();
        (state.epochs.clone(), state.best.map(|epoch| epoch.number))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic in another role leaves complete epochs behind: they stay usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes note of an epoch; says which older checkpoint is obsolete, or `None` where this epoch is no better.
    fn observe(&mut self, number: usize, train: Score, valid: Option<Score>) -> Option<Option<usize>> {
        let best = match (valid.filter(|_| self.patience.is_some()), self.best.and_then(|best| best.valid)) {
            (None, _) => train.loss.is_finite(),
            (Some(now), None) => now.loss.is_finite(),
            (Some(now), Some(before)) => now.loss < before.loss,
        };
        let epoch = Epoch { number, train, valid, best };
        self.epochs.push(epoch);
        // Nobody needs to listen.
        let _ = self.on_epoch.send(Some(epoch));
        best.then(|| self.best.replace(epoch).map(|old| old.number))
    }

    fn should_stop(&self, number: usize) -> bool {
        let Some(last) = self.epochs.last() else { return false };
        let idle = number - self.best.map_or(0, |best| best.number);
        // Weights that have become NaN stay NaN.
        last.diverged() || self.patience.is_some_and(|patience| last.valid.is_some() && idle >= patience)
    }
}

impl CheckpointingStrategy for Monitor {
    fn checkpointing(&mut self, epoch: usize, store: &EventStoreClient) -> Vec<CheckpointingAction> {
        let score = |split: Split| {
            let find = |name: &str| store.find_metric(name, epoch, Aggregate::Mean, &split);
            let loss = find(&LossMetric::new().name())?;
            Some(Score { loss, accuracy: find(&AccuracyMetric::new().name())? / 100.0 })
        };
        let Some(train) = score(Split::Train) else { return Vec::new() };
        let mut state = self.lock();
        let valid = if state.validated { score(Split::Valid) } else { None };
        match state.observe(epoch, train, valid) {
            Some(obsolete) => {
                let delete = obsolete.map(CheckpointingAction::Delete);
                std::iter::once(CheckpointingAction::Save).chain(delete).collect()
            }
            None => Vec::new(),
        }
    }
}

impl EarlyStoppingStrategy for Monitor {
    fn should_stop(&mut self, epoch: usize, _store: &EventStoreClient) -> bool {
        self.lock().should_stop(epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(patience: usize, losses: &[f64]) -> (Vec<Option<Option<usize>>>, usize, Option<usize>) {
        let monitor = Monitor::new(Some(patience), true, mpsc::channel().0);
        let mut actions = Vec::new();
        for (index, &loss) in losses.iter().enumerate() {
            let score = Score { loss, accuracy: 0.5 };
            let train = Score { loss: 1.0, accuracy: 0.5 };
            actions.push(monitor.lock().observe(index + 1, train, Some(score)));
            if monitor.lock().should_stop(index + 1) {
                break;
            }
        }
        let (epochs, best) = monitor.history();
        (actions, epochs.len(), best)
    }

    #[test]
    fn the_lowest_validation_loss_is_best_and_the_older_checkpoint_goes() {
        let (actions, ran, best) = run(9, &[3.0, 2.0, 2.5, 1.0, 4.0]);
        assert_eq!(actions, [Some(None), Some(Some(1)), None, Some(Some(2)), None]);
        assert_eq!((ran, best), (5, Some(4)));
    }

    #[test]
    fn training_stops_after_as_many_idle_epochs_as_patience_allows() {
        assert_eq!(run(2, &[1.0, 1.0, 1.0, 0.5]).1, 3);
        assert_eq!(run(3, &[1.0, 1.0, 1.0, 0.5]).1, 4);
    }

    #[test]
    fn an_epoch_that_is_not_a_number_is_never_the_best() {
        assert_eq!(run(9, &[f64::NAN, 2.0, f64::NAN]).2, Some(2));
        assert_eq!(run(9, &[f64::NAN, f64::INFINITY]).2, None);
    }

    #[test]
    fn diverged_weights_end_the_training() {
        let monitor = Monitor::new(None, false, mpsc::channel().0);
        monitor.lock().observe(1, Score { loss: f64::NAN, accuracy: 0.1 }, None);
        assert!(monitor.lock().should_stop(1));
    }

    #[test]
    fn without_validation_rows_the_last_epoch_is_kept() {
        let monitor = Monitor::new(None, false, mpsc::channel().0);
        for number in 1..=3 {
            monitor.lock().observe(number, Score { loss: number as f64, accuracy: 0.1 }, None);
            assert!(!monitor.lock().should_stop(number));
        }
        assert_eq!(monitor.history().1, Some(3));
    }

    #[test]
    fn keeping_the_last_epoch_looks_at_no_validation_loss() {
        let monitor = Monitor::new(None, true, mpsc::channel().0);
        for (number, loss) in [(1, 1.0), (2, 5.0), (3, 9.0)] {
            let score = Score { loss, accuracy: 0.5 };
            monitor.lock().observe(number, score, Some(score));
            assert!(!monitor.lock().should_stop(number));
        }
        assert_eq!(monitor.history().1, Some(3));
    }
}

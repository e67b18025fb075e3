//! The epochs that are over: their history, which was the best, and when to stop.

/// What an epoch achieved.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Epoch {
    /// Number of the epoch, from 1.
    pub number: usize,
    /// On the training rows, as seen batch by batch while the weights moved.
    pub train: Score,
    /// On the validation rows; absent where none were set aside.
    pub valid: Option<Score>,
    /// Whether no earlier epoch was better, where one is chosen.
    pub best: bool,
}

impl Epoch {
    /// Whether the weights have left all numbers.
    pub(super) fn diverged(&self) -> bool {
        !self.train.loss.is_finite()
    }
}

/// Loss and accuracy over some rows.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Score {
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// Share of rows that were named rightly, 0 to 1.
    pub accuracy: f64,
}

/// Sums that a score is made of. Rows are added one by one, so it doesn't matter in how many parts they come.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Tally {
    loss: f64,
    right: usize,
    rows: usize,
}

impl Tally {
    /// Adds rows by the logarithms of their probabilities, `[rows, labels]`, and their true classes.
    pub fn add(&mut self, log_probabilities: &[f32], labels: usize, classes: &[usize]) {
        for (row, &class) in log_probabilities.chunks_exact(labels).zip(classes) {
            self.loss -= f64::from(row[class]);
            // Equal to the greatest, and the first of those that are.
            let named = row.iter().enumerate().fold(0, |best, (at, l)| if *l > row[best] { at } else { best });
            self.right += usize::from(named == class);
            self.rows += 1;
        }
    }

    /// The mean of what was added.
    pub fn score(&self) -> Score {
        let rows = self.rows as f64;
        Score { loss: self.loss / rows, accuracy: self.right as f64 / rows }
    }
}

/// The epochs so far.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Epochs {
    /// Idle epochs before the end where the best epoch is looked for; `None` keeps the last.
    patience: Option<usize>,
    /// All of them.
    pub history: Vec<Epoch>,
    best: Option<Epoch>,
}

impl Epochs {
    /// Keeps the epoch with the lowest validation loss and stops after `patience` epochs without a lower one; with `None`
    /// keeps the last.
    pub fn new(patience: Option<usize>) -> Self {
        Self { patience, ..Self::default() }
    }

    /// Takes note of an epoch.
    pub fn observe(&mut self, train: Score, valid: Option<Score>) -> Epoch {
        let best = match (valid.filter(|_| self.patience.is_some()), self.best.and_then(|best| best.valid)) {
            (None, _) => train.loss.is_finite(),
            (Some(now), None) => now.loss.is_finite(),
            (Some(now), Some(before)) => now.loss < before.loss,
        };
        let epoch = Epoch { number: self.history.len() + 1, train, valid, best: best && self.choosing() };
        self.history.push(epoch);
        if best {
            self.best = Some(epoch);
        }
        epoch
    }

    /// Whether no more should follow.
    pub fn should_stop(&self) -> bool {
        let Some(last) = self.history.last() else { return false };
        let idle = last.number - self.best.map_or(0, |best| best.number);
        // Weights that have become NaN stay NaN.
        last.diverged() || self.patience.is_some_and(|patience| last.valid.is_some() && idle >= patience)
    }

    /// The number of the epoch whose weights are to be kept.
    pub fn best(&self) -> Option<usize> {
        self.best.map(|epoch| epoch.number)
    }

    /// Whether an epoch is chosen among all.
    fn choosing(&self) -> bool {
        self.patience.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether each epoch was the best so far, how many were run, and the best.
    fn run(patience: usize, losses: &[f64]) -> (Vec<bool>, usize, Option<usize>) {
        let mut epochs = Epochs::new(Some(patience));
        let mut best = Vec::new();
        for &loss in losses {
            let train = Score { loss: 1.0, accuracy: 0.5 };
            best.push(epochs.observe(train, Some(Score { loss, accuracy: 0.5 })).best);
            if epochs.should_stop() {
                break;
            }
        }
        (best, epochs.history.len(), epochs.best())
    }

    #[test]
    fn the_lowest_validation_loss_is_best() {
        let (best, ran, number) = run(9, &[3.0, 2.0, 2.5, 1.0, 4.0]);
        assert_eq!(best, [true, true, false, true, false]);
        assert_eq!((ran, number), (5, Some(4)));
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
        let mut epochs = Epochs::new(None);
        epochs.observe(Score { loss: f64::NAN, accuracy: 0.1 }, None);
        assert!(epochs.should_stop());
    }

    #[test]
    fn without_validation_rows_or_a_choice_the_last_epoch_is_kept() {
        for valid in [false, true] {
            let mut epochs = Epochs::new(None);
            for loss in [1.0, 5.0, 9.0] {
                let score = Score { loss, accuracy: 0.5 };
                epochs.observe(score, valid.then_some(score));
                assert!(!epochs.should_stop());
            }
            assert_eq!(epochs.best(), Some(3));
        }
    }

    #[test]
    fn a_tally_is_a_mean_whatever_parts_it_comes_in() {
        let rows = [[-0.1, -3.0], [-2.0, -0.2], [-0.7, -0.7], [f32::NAN, f32::NAN]].map(|row: [f32; 2]| row);
        let classes = [0, 0, 0, 1];
        let mut whole = Tally::default();
        whole.add(rows[..3].as_flattened(), 2, &classes[..3]);
        let score = whole.score();
        assert!((score.loss - 2.8 / 3.0).abs() < 1e-7 && (score.accuracy - 2.0 / 3.0).abs() < 1e-12, "{score:?}");
        let mut parts = Tally::default();
        for (row, class) in rows[..3].iter().zip(&classes) {
            parts.add(row, 2, &[*class]);
        }
        assert_eq!(parts, whole);
        parts.add(&rows[3], 2, &classes[3..]);
        assert!(parts.score().loss.is_nan());
    }
}

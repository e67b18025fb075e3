//! Accuracy, log-loss and per-genre scores from probabilities.

use model::song::most_probable;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Confusion, Interval, expected_calibration_error};
use crate::error::{Error, Result};

/// How well a classifier did on labelled items.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// Items scored.
    pub count: usize,
    /// Mean of −ln p(truth), nats.
    pub loss: f64,
    /// Share of items whose most probable genre is the true one.
    pub accuracy: f64,
    /// 95 % interval of the accuracy.
    pub interval: Interval,
    /// Expected calibration error, 0 to 1.
    pub ece: f64,
    /// Mean of the F1 scores of the genres that occur, as truth or as prediction.
    pub macro_f1: f64,
    /// Scores of each genre in the order of the labels.
    #[serde(serialize_with = "by_genre")]
    pub per_genre: Vec<GenreScores>,
    /// What was taken for what.
    #[serde(skip)]
    pub confusion: Confusion,
}

/// One genre's scores; a ratio without a denominator is 0, as in scikit-learn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GenreScores {
    /// The genre.
    #[serde(skip)]
    pub genre: String,
    /// Items of this genre.
    pub count: usize,
    /// Of the items taken for this genre, how many are of it.
    pub precision: f64,
    /// Of the items of this genre, how many are found.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
}

impl Scores {
    /// Scores probabilities `[items][labels]` against the true class of each item.
    ///
    /// # Errors
    /// [`Error::Shape`] when the lengths don't agree, or there is no item.
    pub fn new(probabilities: &[Vec<f32>], truth: &[usize], labels: &[String]) -> Result<Self> {
        if probabilities.len() != truth.len() || truth.is_empty() {
            return Err(Error::Shape {
                what: "predictions to score",
                expected: truth.len().max(1),
                got: probabilities.len(),
            });
        }
        let mut pairs = Vec::with_capacity(truth.len());
        let mut loss = 0.0;
        for (row, &truth) in probabilities.iter().zip(truth) {
            let got = row.len();
            let of_truth = row.get(truth).filter(|_| got == labels.len());
            let &p = of_truth.ok_or(Error::Shape { what: "probabilities of an item", expected: labels.len(), got })?;
            loss -= f64::from(p).max(SMALLEST).ln();
            pairs.push((truth, most_probable(row)));
        }
        let hits = pairs.iter().filter(|(truth, predicted)| truth == predicted).count();
        let accuracy = hits as f64 / truth.len() as f64;
        let ece = expected_calibration_error(probabilities, truth);
        Ok(Self::from_confusion(truth.len(), loss / truth.len() as f64, accuracy, ece, Confusion::new(labels, pairs)))
    }

    /// Means over repetitions on equally many items each; the confusion is their sum. The interval is that of the mean
    /// accuracy on the items of one repetition: testing the same songs again makes them no more.
    pub(super) fn mean(repetitions: &[&Self]) -> Option<Self> {
        let (first, rest) = repetitions.split_first()?;
        let mean =
            |of: fn(&Self) -> f64| repetitions.iter().map(|scores| of(scores)).sum::<f64>() / repetitions.len() as f64;
        let confusion = rest.iter().fold(first.confusion.clone(), |sum, scores| sum.plus(&scores.confusion));
        let count = mean(|scores| scores.count as f64).round() as usize;
        let scores = Self::from_confusion(count, mean(|s| s.loss), mean(|s| s.accuracy), mean(|s| s.ece), confusion);
        Some(Self { macro_f1: mean(|s| s.macro_f1), ..scores })
    }

    fn from_confusion(count: usize, loss: f64, accuracy: f64, ece: f64, confusion: Confusion) -> Self {
        let labels = confusion.labels().iter().enumerate();
        let per_genre: Vec<GenreScores> =
            labels.map(|(class, genre)| GenreScores::new(genre, confusion.class(class))).collect();
        let occurring = (0..per_genre.len()).filter(|&class| {
            let (_, truth, predicted) = confusion.class(class);
            truth + predicted > 0
        });
        let macro_f1 = per_genre.iter().map(|genre| genre.f1).sum::<f64>() / occurring.count() as f64;
        let interval = Interval::wilson(accuracy * count as f64, count);
        Self { count, loss, accuracy, interval, ece, macro_f1, per_genre, confusion }
    }
}

/// A probability that underflowed to 0 costs no more than this one does: 27.6 nats.
pub(super) const SMALLEST: f64 = 1e-12;

impl GenreScores {
    fn new(genre: &str, (hits, truth, predicted): (usize, usize, usize)) -> Self {
        let ratio = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        Self {
            genre: genre.to_owned(),
            count: truth,
            precision: ratio(hits, predicted),
            recall: ratio(hits, truth),
            f1: ratio(2 * hits, truth + predicted),
        }
    }
}

/// As a map from genre to scores.
fn by_genre<S: Serializer>(scores: &[GenreScores], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(scores.len()))?;
    for score in scores {
        map.serialize_entry(&score.genre, score)?;
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("g{i}")).collect()
    }

    #[test]
    fn equals_scikit_learn() {
        // sklearn.metrics: accuracy_score, f1_score(average="macro"), precision_recall_fscore_support, log_loss's sum.
        let probabilities: Vec<Vec<f32>> = [
            [0.762, 0.233, 0.005, 0.0],
            [0.108, 0.803, 0.089, 0.0],
            [0.352, 0.573, 0.075, 0.0],
            [0.057, 0.909, 0.034, 0.0],
            [0.075, 0.924, 0.001, 0.0],
            [0.233, 0.268, 0.499, 0.0],
            [0.865, 0.104, 0.031, 0.0],
            [0.727, 0.139, 0.134, 0.0],
            [0.763, 0.143, 0.094, 0.0],
            [0.67, 0.33, 0.0, 0.0],
            [0.457, 0.247, 0.296, 0.0],
            [0.051, 0.196, 0.753, 0.0],
        ]
        .map(Vec::from)
        .to_vec();
        let scores = Scores::new(&probabilities, &[1, 1, 0, 2, 1, 2, 0, 1, 1, 1, 0, 2], &labels(4)).unwrap();
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-7, "{a} and {b}");
        close(scores.loss, 1.0928725694556023);
        close(scores.accuracy, 0.5);
        close(scores.macro_f1, 0.5481481481481482);
        for (genre, (precision, recall, f1, count)) in scores.per_genre.iter().zip([
            (1.0 / 3.0, 2.0 / 3.0, 4.0 / 9.0, 3),
            (0.5, 1.0 / 3.0, 0.4, 6),
            (1.0, 2.0 / 3.0, 0.8, 3),
            (0.0, 0.0, 0.0, 0),
        ]) {
            close(genre.precision, precision);
            close(genre.recall, recall);
            close(genre.f1, f1);
            assert_eq!(genre.count, count);
        }
    }

    #[test]
    fn a_certain_mistake_costs_a_finite_loss() {
        let scores = Scores::new(&[vec![1.0, 0.0]], &[1], &labels(2)).unwrap();
        assert!(scores.loss.is_finite() && scores.loss > 20.0);
    }

    #[test]
    fn lengths_that_do_not_agree_are_refused() {
        assert!(Scores::new(&[], &[], &labels(2)).is_err());
        assert!(Scores::new(&[vec![0.5, 0.5]], &[0, 1], &labels(2)).is_err());
        assert!(Scores::new(&[vec![1.0]], &[0], &labels(2)).is_err());
        assert!(Scores::new(&[vec![0.5, 0.5]], &[2], &labels(2)).is_err());
    }

    #[test]
    fn genres_are_keys_in_json() {
        let scores = Scores::new(&[vec![1.0, 0.0]], &[0], &labels(2)).unwrap();
        let json = serde_json::to_value(&scores).unwrap();
        assert_eq!(json["per_genre"]["g0"]["recall"], 1.0);
        assert_eq!(json["interval"]["high"], 1.0);
    }
}

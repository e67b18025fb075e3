//! What is done to raw feature rows before the network sees them, fitted on the training rows.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Knots of [`Transform::Rank`] in a column: more gain nothing on a thousand rows.
pub(crate) const KNOTS: usize = 64;

/// How columns are straightened before they are standardised. Each is monotone, so no order is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transform {
    /// Left as they are.
    #[default]
    None,
    /// `sign(x) · ln(1 + |x| / unit)` with the mean of `|x|` over the training rows as the column's unit: long tails shrink.
    SignedLog,
    /// The quantile transform to normal scores: the standard normal's quantile at the value's rank among the training rows,
    /// between 64 knots in a straight line and beyond the outermost ones constant, so outliers can't shout (scikit-learn's
    /// `QuantileTransformer(64, output_distribution="normal")`, but for the outermost scores, which are finite by
    /// `(k + 0.5) / 64` and not by clipping).
    Rank,
}

/// A fitted transform: raw row in, row of the network's inputs out. Computed in host memory and in `f32`, so it is the same
/// in training and prediction and on every device.
#[derive(Debug, Clone, PartialEq)]
pub struct RowTransform {
    pub(crate) shape: Shape,
    /// Mean of each straightened column, `[inputs]`.
    pub(crate) mean: Vec<f32>,
    /// One over the standard deviation of each straightened column, `[inputs]`; 0 for a column that was constant.
    pub(crate) scale: Vec<f32>,
    /// Least value of each raw column, `[inputs]`.
    pub(crate) low: Vec<f32>,
    /// Greatest value of each raw column, `[inputs]`.
    pub(crate) high: Vec<f32>,
}

/// The curve of each column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    None,
    /// `[inputs]`, positive.
    SignedLog(Vec<f32>),
    /// Raw values at the knots, `[inputs * KNOTS]`, ascending in a column.
    Rank(Vec<f32>),
}

impl RowTransform {
    /// Fits a transform to `rows` (`[rows, inputs]`). Give the training rows only: what is measured on test rows leaks into
    /// the model.
    ///
    /// # Errors
    ///
    /// No rows, rows of unequal length, or a value that is not finite.
    pub fn fit<'a>(transform: Transform, rows: impl Iterator<Item = &'a [f32]> + Clone) -> Result<Self> {
        let inputs = rows.clone().next().map(<[f32]>::len).ok_or(Error::NoRows)?;
        let (mut low, mut high) = (vec![f32::INFINITY; inputs], vec![f32::NEG_INFINITY; inputs]);
        for (row, values) in rows.clone().enumerate() {
            if values.len() != inputs {
                return Err(Error::RowLength { row, found: values.len(), expected: inputs });
            }
            for (column, &value) in values.iter().enumerate() {
                if !value.is_finite() {
                    return Err(Error::NotFinite { row, column, value });
                }
                low[column] = low[column].min(value);
                high[column] = high[column].max(value);
            }
        }
        let shape = match transform {
            Transform::None => Shape::None,
            Transform::SignedLog => Shape::SignedLog(units(inputs, rows.clone())),
            Transform::Rank => Shape::Rank(knots(inputs, rows.clone())),
        };
        let straight =
            |values: &'a [f32]| values.iter().enumerate().map(|(column, &value)| shape.straighten(column, value));
        let n = rows.clone().count() as f64;
        // Two passes in f64: columns differ by twelve orders of magnitude.
        let mut mean = vec![0.0f64; inputs];
        for values in rows.clone() {
            for (sum, value) in mean.iter_mut().zip(straight(values)) {
                *sum += f64::from(value) / n;
            }
        }
        let mut variance = vec![0.0f64; inputs];
        for values in rows {
            for ((sum, value), mean) in variance.iter_mut().zip(straight(values)).zip(&mean) {
                *sum += (f64::from(value) - mean).powi(2) / n;
            }
        }
        // Rows are f32: a spread below their resolution is rounding, not signal. A constant column teaches nothing, so
        // whatever it holds later must not reach the weights: its scale is 0.
        let resolution = f64::from(f32::EPSILON);
        let scale = variance.iter().zip(&mean).map(|(variance, mean)| {
            let deviation = variance.sqrt();
            if deviation > resolution * mean.abs() { (1.0 / deviation) as f32 } else { 0.0 }
        });
        Ok(Self { scale: scale.collect(), mean: mean.into_iter().map(|mean| mean as f32).collect(), shape, low, high })
    }

    /// Widens the columns' ranges to `rows`, which belong to the training rows too.
    ///
    /// # Errors
    ///
    /// A row of another length, or a value that is not finite.
    pub fn widen<R: AsRef<[f32]>>(&mut self, rows: &[R]) -> Result<()> {
        for (row, values) in rows.iter().enumerate() {
            let values = values.as_ref();
            if values.len() != self.inputs() {
                return Err(Error::RowLength { row, found: values.len(), expected: self.inputs() });
            }
            for (column, &value) in values.iter().enumerate() {
                if !value.is_finite() {
                    return Err(Error::NotFinite { row, column, value });
                }
                self.low[column] = self.low[column].min(value);
                self.high[column] = self.high[column].max(value);
            }
        }
        Ok(())
    }

    /// A transform that leaves rows as they are, and the parameters of `transform` at rest, to load a record into.
    pub(crate) fn blank(transform: Transform, inputs: usize) -> Self {
        let shape = match transform {
            Transform::None => Shape::None,
            Transform::SignedLog => Shape::SignedLog(vec![1.0; inputs]),
            Transform::Rank => Shape::Rank(vec![0.0; inputs * KNOTS]),
        };
        Self {
            shape,
            mean: vec![0.0; inputs],
            scale: vec![1.0; inputs],
            low: vec![0.0; inputs],
            high: vec![0.0; inputs],
        }
    }

    /// Number of columns.
    pub fn inputs(&self) -> usize {
        self.mean.len()
    }

    /// Which transform this is.
    pub fn transform(&self) -> Transform {
        match self.shape {
            Shape::None => Transform::None,
            Shape::SignedLog(_) => Transform::SignedLog,
            Shape::Rank(_) => Transform::Rank,
        }
    }

    /// The network's inputs for raw rows, one after the other.
    ///
    /// # Errors
    ///
    /// A row that has not [`inputs`](Self::inputs) values or holds one that is not finite; `index` is the first one's number
    /// in the message.
    pub fn apply<R: AsRef<[f32]>>(&self, rows: &[R], index: usize) -> Result<Vec<f32>> {
        let mut out = Vec::with_capacity(rows.len() * self.inputs());
        for (offset, values) in rows.iter().enumerate() {
            let (row, values) = (index + offset, values.as_ref());
            if values.len() != self.inputs() {
                return Err(Error::RowLength { row, found: values.len(), expected: self.inputs() });
            }
            for (column, &value) in values.iter().enumerate() {
                if !value.is_finite() {
                    return Err(Error::NotFinite { row, column, value });
                }
                let straight = self.shape.straighten(column, value);
                out.push((straight - self.mean[column]) * self.scale[column]);
            }
        }
        Ok(out)
    }

    /// Share of a raw row's columns whose values lie outside the range of the training rows, 0 to 1. A thousand songs span
    /// what songs do; noise, plain tones and the like leave that range in many columns at once.
    pub fn out_of_range_share(&self, row: &[f32]) -> f64 {
        let outside = row.iter().zip(self.low.iter().zip(&self.high));
        let outside = outside.filter(|(value, (low, high))| *value < *low || *value > *high).count();
        outside as f64 / self.inputs().max(1) as f64
    }
}

impl Shape {
    fn straighten(&self, column: usize, value: f32) -> f32 {
        match self {
            Self::None => value,
            Self::SignedLog(units) => (value.abs() / units[column]).ln_1p().copysign(value),
            Self::Rank(knots) => interpolate(value, &knots[column * KNOTS..(column + 1) * KNOTS], &NORMAL_SCORES),
        }
    }
}

/// Mean magnitude of each column; 1 where all are 0.
fn units<'a>(inputs: usize, rows: impl Iterator<Item = &'a [f32]> + Clone) -> Vec<f32> {
    let n = rows.clone().count() as f64;
    let mut mean = vec![0.0f64; inputs];
    for values in rows {
        for (sum, value) in mean.iter_mut().zip(values) {
            *sum += f64::from(value.abs()) / n;
        }
    }
    mean.into_iter().map(|mean| if mean as f32 > 0.0 { mean as f32 } else { 1.0 }).collect()
}

/// Quantiles of each column at the [`levels`].
fn knots<'a>(inputs: usize, rows: impl Iterator<Item = &'a [f32]> + Clone) -> Vec<f32> {
    let mut knots = Vec::with_capacity(inputs * KNOTS);
    let mut column = Vec::new();
    for at in 0..inputs {
        column.clear();
        column.extend(rows.clone().map(|row| row[at]));
        column.sort_by(f32::total_cmp);
        knots.extend(levels().map(|level| quantile(&column, level) as f32));
    }
    knots
}

/// The quantile of ascending values, at least one, at a level from 0 to 1: linear between order statistics (numpy's default).
pub(crate) fn quantile(ascending: &[f32], level: f64) -> f64 {
    let position = level * (ascending.len() - 1) as f64;
    let below = f64::from(ascending[position as usize]);
    let above = f64::from(ascending[(position as usize + 1).min(ascending.len() - 1)]);
    below + position.fract() * (above - below)
}

/// Ranks at which the knots lie, 0 to 1.
fn levels() -> impl Iterator<Item = f64> {
    (0..KNOTS).map(|knot| knot as f64 / (KNOTS - 1) as f64)
}

/// The standard normal's quantiles at the middles of `KNOTS` equal shares: the values that knots are mapped to.
pub(crate) static NORMAL_SCORES: LazyLock<[f32; KNOTS]> =
    LazyLock::new(|| std::array::from_fn(|knot| normal_quantile((knot as f64 + 0.5) / KNOTS as f64) as f32));

/// `np.interp(value, knots, scores)`; of equal knots the mean of their scores, so that a value that many rows share gets
/// its middle rank.
fn interpolate(value: f32, knots: &[f32], scores: &[f32; KNOTS]) -> f32 {
    let first = knots.partition_point(|knot| *knot < value);
    let after = knots.partition_point(|knot| *knot <= value);
    if after > first {
        return 0.5 * (scores[first] + scores[after - 1]);
    }
    match first {
        0 => scores[0],
        KNOTS => scores[KNOTS - 1],
        _ => {
            let (below, above) = (knots[first - 1], knots[first]);
            let share = (f64::from(value) - f64::from(below)) / (f64::from(above) - f64::from(below));
            scores[first - 1] + share as f32 * (scores[first] - scores[first - 1])
        }
    }
}

/// The value that a standard normal stays below with probability `p`: the distribution function, turned round by bisection.
fn normal_quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-10.0f64, 10.0f64);
    // Halved until f64 has nothing between.
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        let below = 0.5 * libm::erfc(-middle / std::f64::consts::SQRT_2);
        if below < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(transform: Transform, rows: &[Vec<f32>]) -> RowTransform {
        RowTransform::fit(transform, rows.iter().map(Vec::as_slice)).unwrap()
    }

    /// Like a spectral centroid's variance beside a waveform's mean: twelve orders of magnitude apart.
    fn uneven() -> Vec<Vec<f32>> {
        (0..50).map(|i| vec![4.0e5 + 1.0e4 * (i as f32).sin(), 1.0e-6 * (i as f32 * 0.7).cos()]).collect()
    }

    #[test]
    fn columns_come_out_with_mean_0_and_deviation_1_whatever_their_size() {
        for transform in [Transform::None, Transform::SignedLog, Transform::Rank] {
            let out = fitted(transform, &uneven()).apply(&uneven(), 0).unwrap();
            for column in 0..2 {
                let values: Vec<f64> = out.iter().skip(column).step_by(2).map(|&v| f64::from(v)).collect();
                let mean = values.iter().sum::<f64>() / 50.0;
                let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 50.0;
                assert!(mean.abs() < 1e-5, "{transform:?}, column {column}: mean {mean}");
                assert!((variance - 1.0).abs() < 1e-4, "{transform:?}, column {column}: variance {variance}");
            }
        }
    }

    #[test]
    fn no_transform_turns_an_order_round() {
        let rising: Vec<Vec<f32>> = (-40..40).map(|i| vec![(i as f32 / 4.0).powi(3)]).collect();
        for transform in [Transform::None, Transform::SignedLog, Transform::Rank] {
            let out = fitted(transform, &rising[10..70]).apply(&rising, 0).unwrap();
            assert!(out.is_sorted(), "{transform:?}: {out:?}");
        }
    }

    #[test]
    fn normal_scores_are_the_normal_distributions_quantiles() {
        // scipy.stats.norm.ppf((k + 0.5) / 64)
        for (knot, expected) in [(0, -2.417_559_016), (1, -1.987_427_886), (31, -0.019_584_285), (63, 2.417_559_016)] {
            assert!((f64::from(NORMAL_SCORES[knot]) - expected).abs() < 1e-5, "{knot}: {}", NORMAL_SCORES[knot]);
        }
    }

    #[test]
    fn ranks_ignore_how_far_out_a_value_lies() {
        let rows: Vec<Vec<f32>> = (0..200).map(|i| vec![i as f32]).collect();
        let transform = fitted(Transform::Rank, &rows);
        let out = transform.apply(&[[199.0], [1.0e9], [-1.0e30], [0.0]], 0).unwrap();
        assert_eq!((out[0], out[2]), (out[1], out[3]));
    }

    #[test]
    fn a_value_that_many_rows_share_gets_their_middle_rank() {
        // The middle third of the rows are equal: their rank is the median, whose normal score is 0.
        let rows: Vec<Vec<f32>> = (0..99).map(|i| vec![if (33..66).contains(&i) { 50.0 } else { i as f32 }]).collect();
        let out = fitted(Transform::Rank, &rows).apply(&[[50.0]], 0).unwrap();
        assert!(out[0].abs() < 1e-3, "{out:?}");
    }

    #[test]
    fn signed_logs_are_in_units_of_the_columns_mean_magnitude() {
        let rows = [vec![-2.0], vec![2.0], vec![-2.0], vec![2.0]];
        let out = fitted(Transform::SignedLog, &rows).apply(&[[2.0], [-2.0], [0.0], [14.0]], 0).unwrap();
        // ln 2 is one deviation; 14 is 7 units: ln 8 = 3 ln 2.
        for (got, expected) in out.iter().zip([1.0, -1.0, 0.0, 3.0]) {
            assert!((got - expected).abs() < 1e-6, "{out:?}");
        }
    }

    #[test]
    fn a_constant_column_is_ignored_even_when_it_changes_later() {
        let rows = [vec![0.1, 1.0], vec![0.1, 2.0], vec![0.1, 3.0]];
        for transform in [Transform::None, Transform::SignedLog, Transform::Rank] {
            let out = fitted(transform, &rows).apply(&[[1.0e9, 2.0]], 0).unwrap();
            assert!(out[0] == 0.0 && out[1].is_finite(), "{transform:?}: {out:?}");
        }
    }

    #[test]
    fn one_row_gives_zeros_not_nan() {
        for transform in [Transform::None, Transform::SignedLog, Transform::Rank] {
            let rows = [vec![3.0, -1.0]];
            assert_eq!(fitted(transform, &rows).apply(&rows, 0).unwrap(), [0.0, 0.0]);
        }
    }

    #[test]
    fn the_out_of_range_share_counts_columns_beyond_the_training_rows() {
        let transform = fitted(Transform::None, &[vec![0.0, 0.0, 5.0, -1.0], vec![1.0, 1.0, 6.0, 1.0]]);
        assert_eq!(transform.out_of_range_share(&[0.0, 1.0, 5.5, 0.0]), 0.0);
        assert_eq!(transform.out_of_range_share(&[-0.1, 1.0, 7.0, 0.0]), 0.5);
    }

    #[test]
    fn nothing_ragged_rows_and_nan_are_refused() {
        let fit = |rows: &[Vec<f32>]| RowTransform::fit(Transform::Rank, rows.iter().map(Vec::as_slice));
        assert!(matches!(fit(&[]), Err(Error::NoRows)));
        assert!(matches!(fit(&[vec![1.0], vec![1.0, 2.0]]), Err(Error::RowLength { row: 1, found: 2, expected: 1 })));
        assert!(matches!(fit(&[vec![1.0, f32::NAN]]), Err(Error::NotFinite { row: 0, column: 1, .. })));
        let fitted = fit(&[vec![1.0], vec![2.0]]).unwrap();
        assert!(matches!(fitted.apply(&[vec![1.0, 2.0]], 5), Err(Error::RowLength { row: 5, found: 2, expected: 1 })));
        assert!(matches!(fitted.apply(&[[f32::INFINITY]], 0), Err(Error::NotFinite { row: 0, column: 0, .. })));
    }
}

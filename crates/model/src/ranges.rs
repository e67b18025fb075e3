//! Where the songs lie that a model has learnt each genre from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Cause;
use crate::transform::quantile;
use crate::{Error, Inputs, LabelSet, Result};

/// The quartiles of each column over the training rows of each genre: half of a genre's rows lie between them.
///
/// They are kept with four significant digits, and in `bundle.json` as a text for each genre and quartile, in which the columns'
/// numbers follow each other.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GenreRanges(BTreeMap<String, Quartiles>);

/// The quartiles of one genre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Quartiles {
    /// A quarter of the rows lies below, `[columns]`.
    #[serde(with = "spaced")]
    low: Vec<f64>,
    /// And a quarter above this, `[columns]`.
    #[serde(with = "spaced")]
    high: Vec<f64>,
}

impl GenreRanges {
    /// Numbers of genres times columns up to which a model should have ranges: its description is to stay small.
    pub const MOST: usize = 20_000;

    /// Takes in the training rows of a genre, `[rows, columns]`, in raw units. The quartiles are linear between order statistics
    /// (NumPy's default).
    ///
    /// # Errors
    ///
    /// No rows, rows of unequal length, or a value that is not finite.
    pub fn add<R: AsRef<[f32]>>(&mut self, genre: &str, rows: &[R]) -> Result<()> {
        let columns = rows.first().map(|row| row.as_ref().len()).ok_or(Error::NoRows)?;
        for (row, values) in rows.iter().enumerate() {
            let values = values.as_ref();
            if values.len() != columns {
                return Err(Error::RowLength { row, found: values.len(), expected: columns });
            }
            if let Some(column) = values.iter().position(|value| !value.is_finite()) {
                return Err(Error::NotFinite { row, column, value: values[column] });
            }
        }
        let mut quartiles = Quartiles { low: Vec::with_capacity(columns), high: Vec::with_capacity(columns) };
        let mut sorted = Vec::with_capacity(rows.len());
        for column in 0..columns {
            sorted.clear();
            sorted.extend(rows.iter().map(|row| row.as_ref()[column]));
            sorted.sort_by(f32::total_cmp);
            quartiles.low.push(rounded(quantile(&sorted, 0.25)));
            quartiles.high.push(rounded(quantile(&sorted, 0.75)));
        }
        self.0.insert(genre.to_owned(), quartiles);
        Ok(())
    }

    /// The lower and the upper quartile of a genre's training rows in the column with this index, in raw units.
    pub fn of(&self, genre: &str, column: usize) -> Option<(f64, f64)> {
        let Quartiles { low, high } = self.0.get(genre)?;
        Some((*low.get(column)?, *high.get(column)?))
    }

    /// Whether these are ranges of such a model.
    pub(crate) fn check(&self, labels: &LabelSet, inputs: &Inputs) -> std::result::Result<(), Cause> {
        let columns = inputs.columns().len();
        for (genre, Quartiles { low, high }) in &self.0 {
            if labels.index_of(genre).is_none() {
                return Err(format!("it has ranges of `{genre}`, which is none of its genres").into());
            }
            for quartile in [low, high] {
                let found = quartile.len();
                if found != columns {
                    return Err(format!("its ranges of `{genre}` are of {found} columns, expected {columns}").into());
                }
            }
            // A NaN is neither.
            let fit = |(low, high): (&f64, &f64)| low.is_finite() && high.is_finite() && low <= high;
            if let Some(column) = low.iter().zip(high).position(|ends| !fit(ends)) {
                let (low, high) = (low[column], high[column]);
                return Err(format!("its range of `{genre}` in column {column} is no range: {low} to {high}").into());
            }
        }
        Ok(())
    }
}

/// A number of four significant digits.
fn rounded(value: f64) -> f64 {
    // What was written in digits is read again.
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// Numbers as a text.
mod spaced {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(numbers: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
        let text: Vec<String> = numbers.iter().map(|&number| written(number)).collect();
        serializer.serialize_str(&text.join(" "))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = |word: &str| word.parse().map_err(|_| D::Error::custom(format!("`{word}` is no number")));
        text.split_ascii_whitespace().map(number).collect()
    }

    /// Zeros that only tell the place are left to an exponent.
    fn written(number: f64) -> String {
        let plain = number == 0.0 || (1e-3..1e6).contains(&number.abs());
        if plain { format!("{number}") } else { format!("{number:e}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_numpys() {
        let mut ranges = GenreRanges::default();
        let column = [3.25f32, -1.0, 40.0, 7.5, 0.125, 12.0];
        ranges.add("jazz", &column.map(|value| [value, 1e-6 * value, 2.0])).unwrap();
        // numpy.percentile(column, [25, 75])
        assert_eq!(ranges.of("jazz", 0), Some((0.9062, 10.88)));
        assert_eq!(ranges.of("jazz", 1), Some((9.062e-7, 1.088e-5)));
        assert_eq!(ranges.of("jazz", 2), Some((2.0, 2.0)));
        assert_eq!((ranges.of("jazz", 3), ranges.of("rock", 0)), (None, None));
        ranges.add("rock", &[[1.5f32, 0.0, -1_234_567.0]]).unwrap();
        assert_eq!([0, 1, 2].map(|column| ranges.of("rock", column).unwrap().0), [1.5, 0.0, -1.235e6]);
    }

    #[test]
    fn rows_without_quartiles_are_refused() {
        let mut ranges = GenreRanges::default();
        assert!(matches!(ranges.add("jazz", &[] as &[Vec<f32>]), Err(Error::NoRows)));
        let uneven = [vec![1.0f32, 2.0], vec![1.0]];
        assert!(matches!(ranges.add("jazz", &uneven), Err(Error::RowLength { row: 1, found: 1, expected: 2 })));
        let endless = [[1.0f32, f32::INFINITY]];
        assert!(matches!(ranges.add("jazz", &endless), Err(Error::NotFinite { row: 0, column: 1, .. })));
        assert_eq!(ranges, GenreRanges::default());
    }

    #[test]
    fn json_is_a_text_a_quartile_and_comes_back() {
        let mut ranges = GenreRanges::default();
        ranges.add("jazz", &[[0.00012f32, -3.0, 0.0, 98_765.0, 1e9], [0.00012, -1.0, 0.0, 98_765.0, 1e9]]).unwrap();
        let json = serde_json::to_string(&ranges).unwrap();
        assert_eq!(json, r#"{"jazz":{"low":"1.2e-4 -2.5 0 98760 1e9","high":"1.2e-4 -1.5 0 98760 1e9"}}"#);
        assert_eq!(serde_json::from_str::<GenreRanges>(&json).unwrap(), ranges);
        let message = serde_json::from_str::<GenreRanges>(&json.replace("-2.5", "two")).unwrap_err().to_string();
        assert!(message.contains("`two` is no number"), "{message}");
    }
}

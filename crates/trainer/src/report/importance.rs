//! Permutation importance (L. Breiman, 2001): how much worse a network gets when a feature tells it nothing.

use dsp::mel::MEL_BANDS;
use model::GenreClassifier;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::dataset::FeatureTable;
use crate::error::Result;
use crate::evaluation::Report;

/// How often each feature is shuffled.
const REPEATS: usize = 5;

/// Rows that are shuffled at most: more make no clearer picture.
const MOST_ROWS: usize = 1000;

/// Features that are shuffled one by one, at most.
const SINGLY: usize = 512;

/// Groups of neighbours that more columns are shuffled in: a network of so many inputs takes its time.
const GROUPS: usize = 32;

/// Mel bands of a spectrogram that are shuffled together.
const BANDS: usize = 8;

/// What shuffling a feature among the songs costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Importance {
    /// The feature, or the mel bands.
    pub name: String,
    /// Mean rise of the log-loss of songs, nats.
    pub loss: f64,
    /// Standard deviation of that rise over the repetitions.
    pub deviation: f64,
    /// Mean fall of the accuracy of songs.
    pub accuracy: f64,
}

/// The importance of every feature to a network's verdicts on some rows, the most important first. Each feature's values are
/// shuffled among the rows five times; neighbouring mel bands of a spectrogram are shuffled together, and neighbours among the
/// columns of a table that has very many.
///
/// # Errors
/// No rows, or rows that the network can't take.
pub fn importance(
    classifier: &GenreClassifier,
    table: &FeatureTable,
    rows: &[usize],
    seed: u64,
) -> Result<Vec<Importance>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut rows = rows.to_vec();
    if rows.len() > MOST_ROWS {
        rows.shuffle(&mut rng);
        rows.truncate(MOST_ROWS);
    }
    let score = |values: &[Vec<f32>]| -> Result<(f64, f64)> {
        let songs = Report::new(table, &rows, &classifier.probabilities_of(values)?)?.songs;
        Ok((songs.loss, songs.accuracy))
    };
    let mut values = Vec::with_capacity(rows.len());
    table.values.each(&rows, |_, row| values.push(row.to_vec()))?;
    let (loss, accuracy) = score(&values)?;
    let mut found = Vec::new();
    for (name, columns) in groups(table) {
        let kept: Vec<Vec<f32>> = values.iter().map(|row| row[columns.clone()].to_vec()).collect();
        let mut rises = Vec::with_capacity(REPEATS);
        let mut falls = 0.0;
        let mut order: Vec<usize> = (0..kept.len()).collect();
        for _ in 0..REPEATS {
            order.shuffle(&mut rng);
            for (row, &from) in values.iter_mut().zip(&order) {
                row[columns.clone()].copy_from_slice(&kept[from]);
            }
            let (worse, fewer) = score(&values)?;
            rises.push(worse - loss);
            falls += accuracy - fewer;
        }
        for (row, kept) in values.iter_mut().zip(&kept) {
            row[columns.clone()].copy_from_slice(kept);
        }
        let mean = rises.iter().sum::<f64>() / REPEATS as f64;
        let variance = rises.iter().map(|rise| (rise - mean).powi(2)).sum::<f64>() / REPEATS as f64;
        found.push(Importance { name, loss: mean, deviation: variance.sqrt(), accuracy: falls / REPEATS as f64 });
    }
    found.sort_by(|a, b| b.loss.total_cmp(&a.loss));
    Ok(found)
}

/// What is shuffled together, and what it is called.
fn groups(table: &FeatureTable) -> Vec<(String, std::ops::Range<usize>)> {
    let names = table.inputs.columns();
    match names.is_empty() {
        false => {
            let together = if names.len() > SINGLY { names.len().div_ceil(GROUPS) } else { 1 };
            let starts = (0..names.len()).step_by(together);
            let groups = starts.map(|first| {
                let last = names.len().min(first + together) - 1;
                let name = match first == last {
                    true => names[first].clone(),
                    false => format!("{} to {}", names[first], names[last]),
                };
                (name, first..last + 1)
            });
            groups.collect()
        }
        // Band after band, each with all its frames.
        true => {
            let frames = table.inputs.len() / MEL_BANDS;
            let group = |first: usize| {
                let name = format!("mel bands {} to {}", first + 1, first + BANDS);
                (name, first * frames..(first + BANDS) * frames)
            };
            (0..MEL_BANDS).step_by(BANDS).map(group).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::table;

    fn grouped(columns: usize) -> Vec<(String, std::ops::Range<usize>)> {
        let names = (0..columns).map(|column| format!("c{column}")).collect();
        let inputs = model::ColumnSet::new(names).unwrap().into();
        groups(&FeatureTable { inputs, ..table(&[("blues", 1)], 1) })
    }

    #[test]
    fn of_very_many_columns_neighbours_are_shuffled_together() {
        assert_eq!(grouped(512).len(), 512);
        assert_eq!(grouped(512)[7], ("c7".to_owned(), 7..8));
        for columns in [513, 1025, 16_640] {
            let groups = grouped(columns);
            assert!(groups.len() <= GROUPS);
            assert!(groups.iter().flat_map(|(_, range)| range.clone()).eq(0..columns), "{columns}");
        }
        assert_eq!(grouped(513)[0].0, "c0 to c16");
    }
}

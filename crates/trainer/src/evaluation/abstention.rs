//! The thresholds at which a model rather says nothing, from its own songs.

use std::collections::HashMap;

use model::Abstention;
use model::song::{most_probable, out_of_range};

use crate::dataset::FeatureTable;
use crate::error::Result;

/// The most that [`Abstention::most_out_of_range`] can be: a clip that leaves the range in more of its columns than this is
/// like nothing known, however few the known songs are.
const FARTHEST: f64 = 0.9;

/// Thresholds of a model that was fitted to the rows `fitted` of a table.
///
/// `unseen` are songs that the model, or one trained like it, has not seen: the class of each and its probabilities as the
/// model says them, calibrated if it is.
///
/// # Errors
/// Values that can't be read back.
pub fn abstention(table: &FeatureTable, fitted: &[usize], unseen: &[(usize, Vec<f32>)]) -> Result<Abstention> {
    let known = distances(table, fitted)?;
    let right = unseen.iter().filter(|(truth, song)| most_probable(song) == *truth);
    let right: Vec<f32> = right.filter_map(|(truth, song)| song.get(*truth).copied()).collect();
    Ok(Abstention {
        least_confidence: least_confidence(right, table.labels.len()),
        songs: known.len(),
        most_out_of_range: most_out_of_range(known),
    })
}

/// The confidence that at most a tenth of right verdicts lie below, from those of some (split conformal prediction: V. Vovk et
/// al., Algorithmic learning in a random world, 2005): among `n` right verdicts on songs that the network has not seen, the
/// `⌊0.1 (n + 1)⌋`-th smallest. Fewer than nine tell nothing: then it is a third of the way from chance to certainty.
fn least_confidence(mut right: Vec<f32>, classes: usize) -> f32 {
    let chance = 1.0 / classes.max(1) as f32;
    right.sort_by(f32::total_cmp);
    // What is added keeps rounding from losing a whole one.
    let rank = (Abstention::RIGHT_CALLED_UNSURE * (right.len() + 1) as f64 + 1e-8).floor() as usize;
    let threshold = rank.checked_sub(1).and_then(|at| right.get(at).copied());
    threshold.unwrap_or(chance + (1.0 - chance) / 3.0).max(chance)
}

/// How far songs may leave the range of the others so that at most one in fifty like them is called unfamiliar, from how far
/// each known one does.
///
/// Of 49 songs and more it is the `⌈0.98 (n + 1)⌉`-th smallest distance: another song like them lies beyond it with a
/// probability of at most 0.02. Fewer have no such song. Beyond the greatest distance, passed with a probability of
/// `1 / (n + 1)`, the tail is then taken to fall off exponentially, by a factor of e with every standard deviation of the
/// distances.
fn most_out_of_range(mut distances: Vec<f64>) -> f64 {
    let n = distances.len() as f64;
    let risk = Abstention::KNOWN_CALLED_UNFAMILIAR;
    distances.sort_by(f64::total_cmp);
    let rank = ((1.0 - risk) * (n + 1.0) - 1e-8).ceil() as usize;
    let threshold = match (rank.checked_sub(1).and_then(|at| distances.get(at)), distances.last()) {
        (Some(&quantile), _) => quantile,
        (None, Some(&greatest)) => {
            let mean = distances.iter().sum::<f64>() / n;
            let variance = distances.iter().map(|distance| (distance - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
            greatest + variance.sqrt() * (1.0 / (risk * (n + 1.0))).ln()
        }
        (None, None) => FARTHEST,
    };
    threshold.min(FARTHEST)
}

/// How far each song of some rows leaves the range of the *other* songs' rows, as
/// [`out_of_range`](model::song::out_of_range) has it: a song that is known itself is never out of range.
fn distances(table: &FeatureTable, rows: &[usize]) -> Result<Vec<f64>> {
    let mut numbers = HashMap::<&str, usize>::new();
    let mut number = |&row: &usize| {
        let next = numbers.len();
        *numbers.entry(table.rows.get(row).map_or("", |row| &row.track)).or_insert(next)
    };
    let songs: Vec<usize> = rows.iter().map(&mut number).collect();
    let mut columns = vec![Range::default(); table.values.width()];
    table.values.each(rows, |place, values| {
        columns.iter_mut().zip(values).for_each(|(column, &value)| column.add(value, songs[place]));
    })?;
    let mut shares = vec![Vec::new(); numbers.len()];
    table.values.each(rows, |place, values| {
        let song = songs[place];
        let outside = columns.iter().zip(values).filter(|(column, value)| column.excludes(**value, song)).count();
        shares[song].push(outside as f64 / values.len().max(1) as f64);
    })?;
    Ok(shares.iter().map(|clips| out_of_range(clips)).collect())
}

/// The range of a column with and without any one song.
#[derive(Clone, Copy)]
struct Range {
    /// The least value and its song, and the least of all other songs.
    low: (f32, usize, f32),
    /// The greatest ones in the same way.
    high: (f32, usize, f32),
}

impl Default for Range {
    fn default() -> Self {
        let (low, high) = (f32::INFINITY, f32::NEG_INFINITY);
        Self { low: (low, usize::MAX, low), high: (high, usize::MAX, high) }
    }
}

impl Range {
    fn add(&mut self, value: f32, song: usize) {
        add(&mut self.low, value, song, |a, b| a < b);
        add(&mut self.high, value, song, |a, b| a > b);
    }

    /// Whether a value of this song lies outside what the others have.
    fn excludes(&self, value: f32, song: usize) -> bool {
        let of_others = |(first, holder, second): (f32, usize, f32)| if holder == song { second } else { first };
        value < of_others(self.low) || value > of_others(self.high)
    }
}

/// Keeps the first value by an order, its song, and the first value of all other songs.
fn add((first, holder, second): &mut (f32, usize, f32), value: f32, song: usize, before: fn(f32, f32) -> bool) {
    if before(value, *first) {
        if *holder != song {
            *second = *first;
        }
        (*first, *holder) = (value, song);
    } else if *holder != song && before(value, *second) {
        *second = value;
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Normal};

    use super::*;
    use crate::dataset::tests::table;

    /// Songs of 57 columns that depend on one another, as descriptors do; the clips of a song are like each other.
    fn songs(rng: &mut impl Rng, genres: usize, tracks: usize, clips: usize) -> FeatureTable {
        let names: Vec<String> = (0..genres).map(|genre| format!("g{genre}")).collect();
        let genres: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), tracks)).collect();
        let mut table = table(&genres, clips);
        let normal = Normal::new(0.0f32, 1.0).unwrap();
        let mut song = [0.0; 8];
        for (at, row) in table.rows.iter().enumerate() {
            if row.clip == 0 {
                song = [0; 8].map(|_| normal.sample(rng));
            }
            for (column, value) in table.values.row_mut(at).iter_mut().enumerate() {
                let common = song[column % 8] + 0.5 * row.label as f32;
                *value = (common + 0.7 * normal.sample(rng)).exp();
            }
        }
        table
    }

    /// The definition, with all rows looked through for every song.
    fn plainly(table: &FeatureTable, rows: &[usize]) -> Vec<f64> {
        let mut tracks: Vec<&str> = Vec::new();
        for &row in rows {
            if !tracks.contains(&table.rows[row].track.as_str()) {
                tracks.push(&table.rows[row].track);
            }
        }
        let of_track = |track: &&str| {
            let (own, others): (Vec<usize>, Vec<usize>) =
                rows.iter().partition(|&&row| table.rows[row].track == *track);
            let share = |&row: &usize| {
                let outside = (0..57).filter(|&column| {
                    let value = |row: usize| table.values.get(row).unwrap()[column];
                    others.iter().all(|&other| value(row) < value(other))
                        || others.iter().all(|&other| value(row) > value(other))
                });
                outside.count() as f64 / 57.0
            };
            out_of_range(&own.iter().map(share).collect::<Vec<_>>())
        };
        tracks.iter().map(of_track).collect()
    }

    #[test]
    fn a_song_is_measured_against_all_others() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for (tracks, clips) in [(1, 1), (3, 1), (4, 3), (7, 2)] {
            let table = songs(&mut rng, 2, tracks, clips);
            // Not all rows, and the clips of a song not together.
            let mut rows: Vec<usize> = (0..table.rows.len()).filter(|row| clips == 1 || row % 5 != 3).collect();
            rows.sort_by_key(|row| row % 3);
            assert_eq!(distances(&table, &rows).unwrap(), plainly(&table, &rows));
        }
    }

    #[test]
    fn one_in_fifty_songs_like_those_learnt_from_is_called_unfamiliar_at_most() {
        for (genres, tracks) in [(2, 3), (3, 5), (5, 5), (10, 5), (10, 10), (10, 30)] {
            let (mut unfamiliar, mut count) = (0, 0);
            for seed in 0..30 {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                let table = songs(&mut rng, genres, tracks + 10, 1);
                let (known, new): (Vec<usize>, Vec<usize>) =
                    (0..table.rows.len()).partition(|row| row % (tracks + 10) < tracks);
                let threshold = abstention(&table, &known, &[]).unwrap().most_out_of_range;
                let range = |column: usize| {
                    let values = known.iter().map(|&row| table.values.get(row).unwrap()[column]);
                    (values.clone().fold(f32::INFINITY, f32::min), values.fold(f32::NEG_INFINITY, f32::max))
                };
                let ranges: Vec<(f32, f32)> = (0..57).map(range).collect();
                for row in new {
                    let row = table.values.get(row).unwrap();
                    let values = row.iter().zip(&ranges);
                    let outside = values.filter(|(value, (low, high))| *value < low || *value > high).count();
                    unfamiliar += usize::from(outside as f64 / 57.0 > threshold);
                    count += 1;
                }
            }
            let share = f64::from(unfamiliar as u32) / f64::from(count);
            assert!(share <= 0.025, "{genres} genres of {tracks}: {share}");
        }
    }

    #[test]
    fn the_threshold_falls_with_the_songs_and_noise_stays_beyond() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let threshold = |tracks| {
            let table = songs(&mut rng, 10, tracks, 2);
            let all: Vec<usize> = (0..table.rows.len()).collect();
            abstention(&table, &all, &[]).unwrap().most_out_of_range
        };
        let thresholds = [1, 2, 5, 20, 100].map(threshold);
        assert!(thresholds.is_sorted_by(|a, b| a > b), "{thresholds:?}");
        assert!(thresholds[0] < 1.0 && thresholds[4] < 0.1, "{thresholds:?}");
    }

    #[test]
    fn the_forty_ninth_song_is_the_first_that_stands_for_itself() {
        let ramp = |n: usize| (0..n).map(|i| i as f64 / 100.0).collect::<Vec<f64>>();
        assert_eq!(most_out_of_range(ramp(49)), 0.48);
        assert_eq!(most_out_of_range(ramp(98)), 0.97f64.min(FARTHEST));
        assert!((0.47..0.48).contains(&most_out_of_range(ramp(48))));
        assert_eq!(most_out_of_range(vec![0.01; 200]), 0.01);
        assert_eq!(most_out_of_range(vec![1.0, 1.0]), FARTHEST);
        assert_eq!(most_out_of_range(Vec::new()), FARTHEST);
    }

    #[test]
    fn a_tenth_of_right_verdicts_lies_below_the_least_confidence_at_most() {
        // statistics: the k-th smallest of n, k = floor((n + 1) / 10).
        let right = |n: usize| (0..n).map(|i| 0.5 + i as f32 / 1000.0).collect::<Vec<f32>>();
        assert_eq!(least_confidence(right(9), 10), 0.5);
        assert_eq!(least_confidence(right(99), 10), 0.509);
        assert_eq!(least_confidence(right(100), 10), 0.509);
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (mut below, mut count) = (0, 0);
        for _ in 0..200 {
            let confidence = |rng: &mut ChaCha8Rng| 0.3 + 0.7 * rng.random::<f32>();
            let threshold = least_confidence((0..15).map(|_| confidence(&mut rng)).collect(), 10);
            below += (0..20).filter(|_| confidence(&mut rng) < threshold).count();
            count += 20;
        }
        assert!(below as f64 / f64::from(count) < 0.1, "{below} of {count}");
    }

    #[test]
    fn of_two_genres_low_confidence_can_fire_and_of_few_songs_too() {
        for classes in [2, 3, 10] {
            for right in [vec![], vec![0.99; 8], vec![0.4; 30]] {
                let least = least_confidence(right.clone(), classes);
                assert!(least >= 1.0 / classes as f32 && least < 1.0, "{classes}: {least}");
            }
        }
        assert!((least_confidence(Vec::new(), 2) - 2.0 / 3.0).abs() < 1e-6);
        assert!((least_confidence(Vec::new(), 10) - 0.4).abs() < 1e-6);
        assert_eq!(least_confidence(vec![0.3; 30], 2), 0.5);
    }

    #[test]
    fn wrong_verdicts_do_not_count() {
        let table = table(&[("a", 2), ("b", 2)], 1);
        let unseen: Vec<(usize, Vec<f32>)> =
            (0..60).map(|song| (0, if song % 2 == 0 { vec![0.9, 0.1] } else { vec![0.4, 0.6] })).collect();
        assert_eq!(abstention(&table, &[0, 1, 2, 3], &unseen).unwrap().least_confidence, 0.9);
    }
}

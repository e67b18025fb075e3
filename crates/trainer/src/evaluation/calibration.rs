//! Whether probabilities mean what they say, and one temperature that makes them.

use std::collections::BTreeMap;

use model::CalibrationFacts;
use model::song::{self, most_probable};

use super::Report;
use super::metrics::SMALLEST;
use crate::dataset::FeatureTable;
use crate::error::Result;

/// Bins of the expected calibration error.
const BINS: usize = 15;

/// Verdicts of about the same confidence.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ReliabilityBin {
    /// How many there are.
    pub count: usize,
    /// Sum of their confidences, the probabilities of the most probable genres.
    pub confidence: f64,
    /// How many of them are right.
    pub right: usize,
}

/// The verdicts in 15 equally wide bins of their confidence, from 0 to 1.
pub fn reliability(probabilities: &[Vec<f32>], truth: &[usize]) -> [ReliabilityBin; BINS] {
    let mut bins = [ReliabilityBin::default(); BINS];
    for (row, &truth) in probabilities.iter().zip(truth) {
        let verdict = most_probable(row);
        let confidence = row.get(verdict).copied().map_or(0.0, f64::from);
        let bin = &mut bins[((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1];
        bin.count += 1;
        bin.confidence += confidence;
        bin.right += usize::from(verdict == truth);
    }
    bins
}

/// Expected calibration error, 0 to 1: the mean distance between how probable verdicts were said to be and how often they
/// were right, over 15 equally wide bins of the probability, weighted by how many verdicts are in each (M. Naeini et al.,
/// 2015; C. Guo et al., 2017). With few items it is never near 0, since bins of few items are off by chance.
pub fn expected_calibration_error(probabilities: &[Vec<f32>], truth: &[usize]) -> f64 {
    let bins = reliability(probabilities, truth);
    let distance: f64 = bins.iter().map(|bin| (bin.confidence - bin.right as f64).abs()).sum();
    distance / probabilities.len().max(1) as f64
}

/// Probabilities as they are with all logits divided by `temperature`.
pub fn tempered(probabilities: &[Vec<f32>], temperature: f64) -> Vec<Vec<f32>> {
    let temper = |row: &Vec<f32>| {
        // Logits are known but for a constant, which drops out.
        let logits: Vec<f64> = row.iter().map(|&p| f64::from(p).max(1e-30).ln() / temperature).collect();
        let greatest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = logits.iter().map(|logit| (logit - greatest).exp()).collect();
        let total: f64 = weights.iter().sum();
        weights.iter().map(|weight| (weight / total) as f32).collect()
    };
    probabilities.iter().map(temper).collect()
}

/// Songs that tell nothing of the temperature: from these or fewer none is taken.
///
/// A dozen songs are often all right, or all wrong, and then the temperature with the least loss is 0 or infinite.
const TOO_FEW: usize = 30;
/// Songs that are believed wholly. In between, the logarithm of the temperature is shrunk in proportion towards 0, a
/// temperature of 1.
const ENOUGH: usize = 80;
/// Standard deviation of the logarithm of a temperature below 1 before any song is seen, normally distributed around 0.
///
/// To make verdicts surer is believed more slowly than to make them less sure: one mistake then costs without bound, and
/// where no validation song is named wrongly there is none yet to tell its price.
const SURER: f64 = 0.25;

/// The temperature with the least log-loss on the songs of some rows, whose clips have these probabilities, shrunk towards 1
/// as long as they are few; `None` where they are too few to tell: 30, or fewer. A song's probabilities are the mean of its
/// clips', so its temperature is found through that mean.
///
/// # Errors
/// Rows and probabilities that don't belong together.
pub fn calibrate(table: &FeatureTable, rows: &[usize], probabilities: &[Vec<f32>]) -> Result<Option<CalibrationFacts>> {
    let mut songs = BTreeMap::<&str, (usize, Vec<Vec<f32>>)>::new();
    for (row, clip) in rows.iter().filter_map(|&row| table.rows.get(row)).zip(probabilities) {
        songs.entry(&row.track).or_insert((row.label, Vec::new())).1.push(clip.clone());
    }
    if songs.len() <= TOO_FEW {
        return Ok(None);
    }
    let before = Report::new(table, rows, probabilities)?.songs;
    let songs: Vec<(usize, Vec<Vec<f32>>)> = songs.into_values().collect();
    let temperature = temperature(&songs);
    let after = Report::new(table, rows, &tempered(probabilities, temperature))?.songs;
    Ok(Some(CalibrationFacts {
        temperature,
        tracks: before.count,
        ece_before: before.ece,
        ece_after: after.ece,
        log_loss_before: before.loss,
        log_loss_after: after.loss,
    }))
}

/// The temperature of some songs, each with its true class and its clips' probabilities; 1 where they are too few.
fn temperature(songs: &[(usize, Vec<Vec<f32>>)]) -> f64 {
    let cost = |log_temperature: f64| -> f64 {
        let of_song = |(truth, clips): &(usize, Vec<Vec<f32>>)| {
            let song = song::mean(tempered(clips, log_temperature.exp()));
            -song.get(*truth).copied().map_or(0.0, f64::from).max(SMALLEST).ln()
        };
        songs.iter().map(of_song).sum::<f64>() + 0.5 * (log_temperature.min(0.0) / SURER).powi(2)
    };
    let believed = songs.len().saturating_sub(TOO_FEW) as f64 / (ENOUGH - TOO_FEW) as f64;
    // Where all verdicts are wrong the best temperature is infinite: that is never believed.
    (believed.min(1.0) * least(cost, -2.0, 2.0)).exp()
}

/// Where `f`, which falls and then rises, is least between `low` and `high`: golden-section search.
fn least(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let golden = (5.0f64.sqrt() - 1.0) / 2.0;
    let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
    let (mut of_a, mut of_b) = (f(a), f(b));
    while high - low > 1e-4 {
        if of_a < of_b {
            (high, b, of_b) = (b, a, of_a);
            a = high - golden * (high - low);
            of_a = f(a);
        } else {
            (low, a, of_a) = (a, b, of_b);
            b = low + golden * (high - low);
            of_b = f(b);
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Normal};

    use super::*;
    use crate::dataset::tests::table;

    #[test]
    fn the_error_is_the_gap_between_said_and_right() {
        // Four verdicts said to be 0.9 probable, two of them right; two said to be 0.6, both right.
        let rows = |p: f32, n: usize| vec![vec![p, 1.0 - p]; n];
        let probabilities = [rows(0.9, 4), rows(0.6, 2)].concat();
        let ece = expected_calibration_error(&probabilities, &[0, 0, 1, 1, 0, 0]);
        assert!((ece - (4.0 * 0.4 + 2.0 * 0.4) / 6.0).abs() < 1e-6, "{ece}");
        assert_eq!(expected_calibration_error(&[vec![1.0, 0.0]], &[0]), 0.0);
        assert_eq!(expected_calibration_error(&[], &[]), 0.0);
    }

    #[test]
    fn a_temperature_acts_as_on_the_logits() {
        // scipy.special.softmax(np.array([2.0, 1.0, -1.0]) / 2)
        let warm = tempered(&[vec![0.705_384_5, 0.259_496_5, 0.035_119_0]], 2.0);
        for (got, expected) in warm[0].iter().zip([0.546_549_4, 0.331_498_96, 0.121_951_65]) {
            assert!((got - expected).abs() < 1e-5, "{warm:?}");
        }
    }

    #[test]
    fn probabilities_that_claim_too_much_are_cooled_to_what_is_right() {
        // Said to be 0.99 probable, right in three of four: the least loss is at 0.75, where the temperature is
        // ln(99) / ln(3).
        let table = table(&[("a", 40), ("b", 40)], 1);
        let rows: Vec<usize> = (0..80).collect();
        let said = |right: bool, label: usize| {
            let p = if right == (label == 0) { 0.99 } else { 0.01 };
            vec![p, 1.0 - p]
        };
        let probabilities: Vec<Vec<f32>> = rows.iter().map(|&row| said(row % 4 != 0, table.rows[row].label)).collect();
        let facts = calibrate(&table, &rows, &probabilities).unwrap().unwrap();
        assert!((facts.temperature - 99.0f64.ln() / 3.0f64.ln()).abs() < 0.01, "{facts:?}");
        assert!((facts.ece_before - 0.24).abs() < 1e-3 && facts.ece_after < 1e-3, "{facts:?}");
        assert!(facts.log_loss_after < facts.log_loss_before);
        assert_eq!(facts.tracks, 80);
    }

    #[test]
    fn a_few_songs_calibrate_nothing() {
        let calibrated = |tracks: usize, clips: usize| {
            let table = table(&[("a", tracks), ("b", tracks)], clips);
            let rows: Vec<usize> = (0..table.rows.len()).collect();
            calibrate(&table, &rows, &vec![vec![0.9, 0.1]; rows.len()]).unwrap()
        };
        assert_eq!(calibrate(&table(&[("a", 2), ("b", 2)], 1), &[], &[]).unwrap(), None);
        assert_eq!(calibrated(15, 1), None);
        // Clips are no songs.
        assert_eq!(calibrated(15, 10), None);
        assert!(calibrated(16, 1).is_some());
    }

    #[test]
    fn where_every_verdict_is_right_certainty_is_not_claimed() {
        for tracks in [16, 40, 100] {
            let table = table(&[("a", tracks), ("b", tracks)], 1);
            let rows: Vec<usize> = (0..table.rows.len()).collect();
            let right = |&row: &usize| if table.rows[row].label == 0 { vec![0.8, 0.2] } else { vec![0.2, 0.8] };
            let facts = calibrate(&table, &rows, &rows.iter().map(right).collect::<Vec<_>>()).unwrap().unwrap();
            assert!((0.3..1.0).contains(&facts.temperature), "{facts:?}");
        }
    }

    /// Songs of a network that is right as often as it says once its logits are divided by `best`: the truth is drawn from
    /// what the logits mean at that temperature. `spread` is their standard deviation then.
    fn drawn(
        rng: &mut ChaCha8Rng,
        count: usize,
        classes: usize,
        spread: f64,
        best: f64,
    ) -> Vec<(usize, Vec<Vec<f32>>)> {
        let softmax = |logits: &[f64]| -> Vec<f32> {
            let weights: Vec<f64> = logits.iter().map(|logit| logit.exp()).collect();
            let total: f64 = weights.iter().sum();
            weights.iter().map(|weight| (weight / total) as f32).collect()
        };
        let normal = Normal::new(0.0, spread).unwrap();
        let song = |_| {
            let logits: Vec<f64> = (0..classes).map(|_| normal.sample(rng)).collect();
            let mut at: f32 = rng.random();
            let truth = softmax(&logits).iter().position(|p| {
                at -= p;
                at < 0.0
            });
            let said: Vec<f64> = logits.iter().map(|logit| best * logit).collect();
            (truth.unwrap_or(classes - 1), vec![softmax(&said)])
        };
        (0..count).map(song).collect()
    }

    fn loss(songs: &[(usize, Vec<Vec<f32>>)], temperature: f64) -> f64 {
        let of_song = |(truth, clips): &(usize, Vec<Vec<f32>>)| {
            -f64::from(tempered(clips, temperature)[0][*truth]).max(SMALLEST).ln()
        };
        songs.iter().map(of_song).sum::<f64>() / songs.len() as f64
    }

    /// Means over seeds: with so many validation songs, new songs lose no more than without a temperature, and with many of them
    /// hardly more than with the best one.
    fn loses_nothing(classes: usize, spread: f64, best: f64) {
        const SEEDS: u64 = 30;
        let held_out = drawn(&mut ChaCha8Rng::seed_from_u64(99), 1_000, classes, spread, best);
        let (without, least) = (loss(&held_out, 1.0), loss(&held_out, best));
        for count in [2, 3, 5, 10, 13, 30, 67, 200] {
            let temperatures = (0..SEEDS).map(|seed| {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                temperature(&drawn(&mut rng, count, classes, spread, best))
            });
            if count <= TOO_FEW {
                assert!(temperatures.into_iter().all(|temperature| temperature == 1.0), "{count} songs");
                continue;
            }
            let with = temperatures.map(|temperature| loss(&held_out, temperature)).sum::<f64>() / SEEDS as f64;
            let what = format!("{classes} classes, {spread}, {best}, {count}: {without} became {with}, least {least}");
            // The price of not knowing beforehand that a network needs no temperature.
            assert!(with <= without + 0.006, "{what}");
            assert!(count < 200 || with < least + 0.01, "{what}");
        }
    }

    #[test]
    fn probabilities_are_never_worse_for_their_temperature() {
        // From networks that are right in half of the cases to such that hardly ever err; too modest, just right, and too sure.
        for (classes, spread) in [(10, 1.5), (10, 4.0), (2, 2.0), (2, 8.0)] {
            for best in [0.6, 1.0, 1.3, 2.5] {
                loses_nothing(classes, spread, best);
            }
        }
    }
}

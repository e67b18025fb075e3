//! Whether probabilities mean what they say, and one temperature that makes them.

use std::collections::BTreeMap;

use model::CalibrationFacts;

use super::{Report, most_probable};
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

/// The temperature with the least log-loss on the songs of some rows, whose clips have these probabilities; `None` where
/// there are none. A song's probabilities are the mean of its clips', so its temperature is found through that mean.
///
/// # Errors
/// Rows and probabilities that don't belong together.
pub fn calibrate(table: &FeatureTable, rows: &[usize], probabilities: &[Vec<f32>]) -> Result<Option<CalibrationFacts>> {
    if rows.is_empty() {
        return Ok(None);
    }
    let before = Report::new(table, rows, probabilities)?.songs;
    let mut songs = BTreeMap::<&str, (usize, Vec<Vec<f32>>)>::new();
    for (&row, clip) in rows.iter().zip(probabilities) {
        let row = &table.rows[row];
        songs.entry(&row.track).or_insert((row.label, Vec::new())).1.push(clip.clone());
    }
    let loss = |log_temperature: f64| -> f64 {
        let of_song = |(truth, clips): &(usize, Vec<Vec<f32>>)| {
            let total: f64 = tempered(clips, log_temperature.exp()).iter().map(|clip| f64::from(clip[*truth])).sum();
            -(total / clips.len() as f64).max(1e-12).ln()
        };
        songs.values().map(of_song).sum()
    };
    // Where every verdict is right the best temperature is 0, where all are wrong it is infinite: neither is believed.
    let temperature = least(loss, -2.0, 2.0).exp();
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
    fn no_rows_calibrate_nothing() {
        assert_eq!(calibrate(&table(&[("a", 2), ("b", 2)], 1), &[], &[]).unwrap(), None);
    }
}

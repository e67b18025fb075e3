//! Scores of a classifier on rows of a table: by song, and by clip.

mod abstention;
mod calibration;
mod confusion;
mod interval;
mod metrics;
mod ranges;

use std::collections::BTreeMap;

use model::song;
use serde::Serialize;

pub use self::abstention::abstention;
pub use self::calibration::{ReliabilityBin, calibrate, expected_calibration_error, reliability, tempered};
pub use self::confusion::Confusion;
pub use self::interval::Interval;
pub use self::metrics::{GenreScores, Scores};
pub use self::ranges::ranges;
use crate::dataset::{FeatureTable, Values};
use crate::error::{Error, Result};

/// The probabilities that `judge` gives of some rows, `[rows][classes]`, asked some rows at a time.
///
/// # Errors
/// Rows that can't be read back, and those of `judge`.
pub fn probabilities(
    values: &Values,
    rows: &[usize],
    judge: impl Fn(&[&[f32]]) -> model::Result<Vec<Vec<f32>>>,
) -> Result<Vec<Vec<f32>>> {
    let mut all = Vec::with_capacity(rows.len());
    values.blocks(rows, |block| {
        all.extend(judge(block)?);
        Ok(())
    })?;
    Ok(all)
}

/// Scores on one part of a table. The figure to quote is that of the songs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Each song by the mean of its clips' probabilities.
    #[serde(flatten)]
    pub songs: Scores,
    /// Clips scored.
    pub clips: usize,
    /// Share of clips whose most probable genre is the true one.
    pub clip_accuracy: f64,
    /// Mean of −ln p(truth) over the clips, nats.
    pub clip_loss: f64,
}

impl Report {
    /// Scores `probabilities[i]`, a distribution over the table's labels, as the prediction for row `rows[i]`.
    ///
    /// # Errors
    /// [`Error::Shape`] when there are no rows, or the lengths don't agree.
    pub fn new(table: &FeatureTable, rows: &[usize], probabilities: &[Vec<f32>]) -> Result<Self> {
        let mut truth = Vec::with_capacity(rows.len());
        for &at in rows {
            let missing = Error::Shape { what: "rows of the table", expected: at + 1, got: table.rows.len() };
            truth.push(table.rows.get(at).ok_or(missing)?.label);
        }
        let clips = Scores::new(probabilities, &truth, &table.labels)?;
        let songs = Self::songs(table, rows, probabilities).into_iter();
        let (truth, means): (Vec<_>, Vec<_>) = songs.map(|(_, label, mean)| (label, mean)).unzip();
        Ok(Self {
            songs: Scores::new(&means, &truth, &table.labels)?,
            clips: clips.count,
            clip_accuracy: clips.accuracy,
            clip_loss: clips.loss,
        })
    }

    /// The songs of some rows in the order of their names: track, class index, and the mean of its clips' `probabilities`.
    pub fn songs<'a>(
        table: &'a FeatureTable,
        rows: &[usize],
        probabilities: &[Vec<f32>],
    ) -> Vec<(&'a str, usize, Vec<f32>)> {
        let mut songs = BTreeMap::<&str, (usize, Vec<&[f32]>)>::new();
        for (&at, probabilities) in rows.iter().zip(probabilities) {
            if let Some(row) = table.rows.get(at) {
                songs.entry(&row.track).or_insert((row.label, Vec::new())).1.push(probabilities);
            }
        }
        songs.into_iter().map(|(track, (label, clips))| (track, label, song::mean(clips))).collect()
    }

    /// Means over repetitions, as in [`Scores`]; `None` of none.
    pub fn mean(repetitions: &[Self]) -> Option<Self> {
        let songs = Scores::mean(&repetitions.iter().map(|report| &report.songs).collect::<Vec<_>>())?;
        let mean = |of: fn(&Self) -> f64| repetitions.iter().map(of).sum::<f64>() / repetitions.len() as f64;
        let clips = mean(|report| report.clips as f64).round() as usize;
        Some(Self { songs, clips, clip_accuracy: mean(|r| r.clip_accuracy), clip_loss: mean(|r| r.clip_loss) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::table;

    #[test]
    fn a_song_is_scored_by_the_mean_of_its_clips() {
        let table = table(&[("a", 2), ("b", 1)], 2);
        // Track a.1 is right in one clip, and on average; the row order within the part doesn't matter.
        let rows = [3, 2, 0, 1, 4, 5];
        let first = [0.45, 0.95, 0.6, 0.7, 0.3, 0.6];
        let probabilities: Vec<Vec<f32>> = first.iter().map(|&p| vec![p, 1.0 - p]).collect();
        let report = Report::new(&table, &rows, &probabilities).unwrap();
        assert_eq!((report.songs.count, report.songs.accuracy), (3, 1.0));
        assert_eq!(report.clips, 6);
        assert!((report.clip_accuracy - 4.0 / 6.0).abs() < 1e-12);
        let expected = -(0.7f64.ln() + 0.65f64.ln() + 0.55f64.ln()) / 3.0;
        assert!((report.songs.loss - expected).abs() < 1e-6);
    }

    #[test]
    fn repetitions_are_averaged_and_add_no_certainty() {
        let table = table(&[("a", 2), ("b", 2)], 1);
        let report = |first: f32| {
            let probabilities: Vec<Vec<f32>> = [first, 0.8, 0.2, 0.3].iter().map(|&p| vec![p, 1.0 - p]).collect();
            Report::new(&table, &[0, 1, 2, 3], &probabilities).unwrap()
        };
        let (right, wrong) = (report(0.7), report(0.1));
        let mean = Report::mean(&[right.clone(), wrong.clone()]).unwrap();
        assert_eq!((mean.songs.count, mean.songs.accuracy), (4, 0.875));
        assert!((mean.songs.loss - 0.5 * (right.songs.loss + wrong.songs.loss)).abs() < 1e-12);
        assert_eq!(mean.songs.interval, Interval::wilson(3.5, 4));
        assert_eq!(mean.songs.confusion.counts(), [[3, 1], [0, 4]]);
        assert!(Report::mean(&[]).is_none());
    }

    #[test]
    fn rows_beyond_the_table_are_refused() {
        let table = table(&[("a", 1), ("b", 1)], 1);
        assert!(Report::new(&table, &[7], &[vec![0.5, 0.5]]).is_err());
        assert!(Report::new(&table, &[0], &[]).is_err());
        assert!(Report::new(&table, &[], &[]).is_err());
    }
}

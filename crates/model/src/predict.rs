//! Rows in, genres out.

use burn::tensor::{Tensor, TensorData};
use serde::Serialize;

use crate::{Error, GenreClassifier, LabelSet, ModelBundle, Result};

/// Rows that are sent to the device at a time: bounds the memory of a long recording.
const ROWS_AT_A_TIME: usize = 256;

/// The verdict on one song.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Mean of the clips' probabilities, `[classes]`.
    pub song: Vec<f32>,
    /// Probabilities of each clip, `[clips][classes]`.
    pub clips: Vec<Vec<f32>>,
}

/// A genre with its probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GenreScore {
    /// The genre's name.
    pub genre: String,
    /// Its probability, 0 to 1.
    pub probability: f32,
}

impl Prediction {
    /// The `count` most probable genres of the song, best first.
    pub fn top(&self, count: usize, labels: &LabelSet) -> Vec<GenreScore> {
        rank(&self.song, count, labels)
    }
}

/// The `count` most probable genres, best first; of equals, the one that comes first in the label set.
pub fn rank(probabilities: &[f32], count: usize, labels: &LabelSet) -> Vec<GenreScore> {
    let mut scores: Vec<GenreScore> = labels
        .names()
        .iter()
        .zip(probabilities)
        .map(|(genre, &probability)| GenreScore { genre: genre.clone(), probability })
        .collect();
    scores.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    scores.truncate(count);
    scores
}

impl GenreClassifier {
    /// Probabilities of raw feature rows in host memory, `[rows][classes]`, some rows at a time.
    ///
    /// # Errors
    ///
    /// A row that has not [`inputs`](Self::inputs) values or holds one that is not finite; a device that fails.
    pub fn probabilities_of<R: AsRef<[f32]>>(&self, rows: &[R]) -> Result<Vec<Vec<f32>>> {
        let device = self.device();
        let (inputs, classes) = (self.inputs(), self.classes());
        let mut all = Vec::with_capacity(rows.len());
        for (index, batch) in rows.chunks(ROWS_AT_A_TIME).enumerate() {
            let mut values = Vec::with_capacity(batch.len() * inputs);
            for (offset, row) in batch.iter().enumerate() {
                let (row, values_of_row) = (index * ROWS_AT_A_TIME + offset, row.as_ref());
                if values_of_row.len() != inputs {
                    return Err(Error::RowLength { row, found: values_of_row.len(), expected: inputs });
                }
                if let Some(column) = values_of_row.iter().position(|value| !value.is_finite()) {
                    return Err(Error::NotFinite { row, column, value: values_of_row[column] });
                }
                values.extend_from_slice(values_of_row);
            }
            let features = Tensor::<2>::from_data(TensorData::new(values, [batch.len(), inputs]), &device);
            let data = self.probabilities(features).try_into_data().map_err(device_error)?;
            let values: Vec<f32> = data.try_to_vec().map_err(device_error)?;
            if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                return Err(Error::Extreme { row: index * ROWS_AT_A_TIME + at / classes });
            }
            all.extend(values.chunks(classes).map(<[f32]>::to_vec));
        }
        Ok(all)
    }
}

impl ModelBundle {
    /// Probabilities of feature rows, `[rows][classes]`.
    ///
    /// # Errors
    ///
    /// A row that has not the length of the feature specification or holds a value that is not finite; a device that fails.
    pub fn probabilities<R: AsRef<[f32]>>(&self, rows: &[R]) -> Result<Vec<Vec<f32>>> {
        self.classifier.probabilities_of(rows)
    }

    /// The verdict on one song from the rows of its clips.
    ///
    /// # Errors
    ///
    /// No rows, and those of [`probabilities`](Self::probabilities).
    pub fn predict<R: AsRef<[f32]>>(&self, rows: &[R]) -> Result<Prediction> {
        if rows.is_empty() {
            return Err(Error::NoRows);
        }
        let clips = self.probabilities(rows)?;
        let song = (0..self.labels.len())
            .map(|class| {
                let total: f64 = clips.iter().map(|clip| f64::from(clip[class])).sum();
                (total / clips.len() as f64) as f32
            })
            .collect();
        Ok(Prediction { song, clips })
    }
}

fn device_error(error: impl std::fmt::Debug) -> Error {
    Error::Device { reason: format!("{error:?}") }
}

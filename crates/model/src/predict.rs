//! Rows in, probabilities out.

use burn::tensor::{Tensor, TensorData};

use crate::{Error, GenreClassifier, ModelBundle, Result, RowTransform};

/// Rows that are sent to the device at a time: bounds the memory of a long recording.
const ROWS_AT_A_TIME: usize = 256;

impl GenreClassifier {
    /// Probabilities of raw feature rows in host memory, `[rows][classes]`, some rows at a time. The transform is fetched from
    /// the device for it; a [`ModelBundle`] has it at hand.
    ///
    /// # Errors
    ///
    /// A row that has not [`inputs`](Self::inputs) values or holds one that is not finite; a device that fails.
    pub fn probabilities_of<R: AsRef<[f32]>>(&self, rows: &[R]) -> Result<Vec<Vec<f32>>> {
        self.probabilities_through(&self.transform()?, rows)
    }

    fn probabilities_through<R: AsRef<[f32]>>(&self, transform: &RowTransform, rows: &[R]) -> Result<Vec<Vec<f32>>> {
        let mut all = Vec::with_capacity(rows.len());
        for (index, batch) in rows.chunks(ROWS_AT_A_TIME).enumerate() {
            let first = index * ROWS_AT_A_TIME;
            self.batch(transform.apply(batch, first)?, |row| first + row, &mut all)?;
        }
        Ok(all)
    }

    /// Probabilities of rows that [`RowTransform::apply`] has prepared, some rows at a time; messages call all of them row
    /// `row`.
    pub(crate) fn probabilities_of_inputs(&self, inputs: &[f32], row: usize) -> Result<Vec<Vec<f32>>> {
        let mut all = Vec::with_capacity(inputs.len() / self.inputs());
        for batch in inputs.chunks(ROWS_AT_A_TIME * self.inputs()) {
            self.batch(batch.to_vec(), |_| row, &mut all)?;
        }
        Ok(all)
    }

    /// Appends the probabilities of prepared rows; `number` gives a row's number in messages.
    fn batch(&self, values: Vec<f32>, number: impl Fn(usize) -> usize, all: &mut Vec<Vec<f32>>) -> Result<()> {
        let (inputs, classes) = (self.inputs(), self.classes());
        let shape = [values.len() / inputs, inputs];
        let features = Tensor::<2>::from_data(TensorData::new(values, shape), &self.device());
        let data = self.probabilities(features).try_into_data().map_err(Error::device)?;
        let values: Vec<f32> = data.try_to_vec().map_err(|error| Error::device(format!("{error:?}")))?;
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::Extreme { row: number(at / classes) });
        }
        all.extend(values.chunks(classes).map(<[f32]>::to_vec));
        Ok(())
    }
}

impl ModelBundle {
    /// Probabilities of feature rows, `[rows][classes]`.
    ///
    /// # Errors
    ///
    /// A row that has not as many values as the model has inputs, or holds a value that is not finite; a device that fails.
    pub fn probabilities<R: AsRef<[f32]>>(&self, rows: &[R]) -> Result<Vec<Vec<f32>>> {
        self.classifier().probabilities_through(self.transform(), rows)
    }
}

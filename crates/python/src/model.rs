//! Models: rows to probabilities, songs to verdicts.

use std::path::PathBuf;
use std::sync::Arc;

use ::model::{Inputs, Listener, ModelBundle, pretrained_names};
use dsp::AudioInput;
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2};
use pyo3::exceptions::{PyFileNotFoundError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use trainer::run::named_bundle;

use crate::errors;
use crate::json;
use crate::predict::Prediction;
use crate::source::{self, Song, type_name};

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Model>()
}

/// A classifier with all that it needs.
#[pyclass(frozen, module = "gtzan")]
pub struct Model {
    pub listener: Arc<Listener>,
}

impl Model {
    fn bundle(&self) -> &ModelBundle {
        self.listener.bundle()
    }
}

#[pymethods]
impl Model {
    /// The model in a folder, in the folder of the run that made it, or of that name in the box; without any, the best in the
    /// box.
    #[staticmethod]
    #[pyo3(signature = (path = None))]
    pub fn load(py: Python<'_>, path: Option<PathBuf>) -> PyResult<Self> {
        let name = path.or_else(|| pretrained_names().next().map(PathBuf::from)).unwrap_or_default();
        let loaded = py.detach(|| named_bundle(&name, &::model::cpu())).ok_or_else(|| {
            let names: Vec<_> = pretrained_names().collect();
            let text =
                format!("no such folder with a model, nor a model of that name in the box ({})", names.join(", "));
            PyFileNotFoundError::new_err((2, text, name.display().to_string()))
        })?;
        let bundle = loaded.map_err(|error| errors::of_model(py, &error))?;
        Ok(Self { listener: Arc::new(Listener::new(bundle)) })
    }

    /// Names of the genres, in the order of the probabilities.
    #[getter]
    fn labels(&self) -> Vec<String> {
        self.bundle().labels().names().to_vec()
    }

    /// Names of the values of a row, in their order; none of a spectrogram's.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.bundle().inputs().columns()
    }

    /// How rows are computed from audio; `None` for a model of a table.
    #[getter]
    fn spec<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.bundle().inputs() {
            Inputs::Audio(spec) => json::to_python(py, spec).map(Some),
            Inputs::Table(_) => Ok(None),
        }
    }

    /// The model card, in Markdown.
    #[getter]
    fn card(&self) -> String {
        self.bundle().card()
    }

    /// Probabilities of rows of descriptors, `[rows, genres]`. `X` is `[rows, columns]`, of float32 or float64.
    #[pyo3(name = "predict_proba")]
    fn probabilities<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let rows = rows(x, self.bundle().inputs().len())?;
        let found = self.judge(py, &rows)?;
        let shape = [found.len(), self.bundle().labels().len()];
        PyArray1::from_vec(py, found.concat()).reshape(shape)
    }

    /// The most probable genre of each row.
    fn predict(&self, py: Python<'_>, x: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
        let rows = rows(x, self.bundle().inputs().len())?;
        let names = self.bundle().labels().names();
        let best = |probabilities: &Vec<f32>| names[::model::song::most_probable(probabilities)].clone();
        Ok(self.judge(py, &rows)?.iter().map(best).collect())
    }

    /// The verdict on a song: a path, bytes, or a binary file that is open.
    fn listen(&self, py: Python<'_>, song: &Bound<'_, PyAny>) -> PyResult<Prediction> {
        let Song { name, input } = source::song(song)?;
        let input: AudioInput = input.map_err(|failure| errors::of_failure(py, &name, &failure))?;
        let verdict = py.detach(|| self.listener.listen(&input)).map_err(|error| errors::of_model(py, &error))?;
        Ok(Prediction { verdict, input })
    }

    /// Writes the model into a folder, which it then is. An older model there is replaced, anything else refused.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.bundle().save(&path)).map_err(|error| errors::of_model(py, &error))
    }

    fn __repr__(&self) -> String {
        let (labels, columns) = (self.bundle().labels().len(), self.bundle().inputs().len());
        format!("gtzan.Model({:?}, {columns} columns, {labels} genres)", self.bundle().facts().name)
    }
}

impl Model {
    fn judge(&self, py: Python<'_>, rows: &[Vec<f32>]) -> PyResult<Vec<Vec<f32>>> {
        py.detach(|| self.bundle().probabilities(rows)).map_err(|error| errors::of_model(py, &error))
    }
}

/// The rows of a NumPy array, `[rows, columns]`.
pub fn rows(x: &Bound<'_, PyAny>, columns: usize) -> PyResult<Vec<Vec<f32>>> {
    let check = |found: usize| match found == columns {
        true => Ok(()),
        false => Err(PyValueError::new_err(format!("rows have {found} columns, and the model takes {columns}"))),
    };
    if let Ok(array) = x.extract::<PyReadonlyArray2<'_, f32>>() {
        check(array.as_array().ncols())?;
        return Ok(array.as_array().rows().into_iter().map(|row| row.to_vec()).collect());
    }
    if let Ok(array) = x.extract::<PyReadonlyArray2<'_, f64>>() {
        check(array.as_array().ncols())?;
        let narrow = |row: numpy::ndarray::ArrayView1<'_, f64>| row.iter().map(|&value| value as f32).collect();
        return Ok(array.as_array().rows().into_iter().map(narrow).collect());
    }
    let got = match (x.getattr("dtype"), x.getattr("shape")) {
        (Ok(dtype), Ok(shape)) => format!("an array of {dtype} of shape {shape}"),
        _ => type_name(x),
    };
    Err(PyTypeError::new_err(format!("rows must be a NumPy array [rows, columns] of float32 or float64, not {got}")))
}

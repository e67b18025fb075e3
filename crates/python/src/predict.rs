//! Verdicts on songs, one or many.

use std::sync::Arc;

use ::model::{Listener, UNSURE, Verdict};
use arrow_array::{ArrayRef, Float32Array, StringArray};
use dsp::{AudioInput, LoadOptions, load};
use extraction::{Extraction, Failure, FailureKind, chain};
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::errors;
use crate::extract::{Outcomes, extraction, outcomes};
use crate::json;
use crate::model::Model;
use crate::table::Table;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Prediction>()?;
    module.add_class::<Predictor>()
}

/// What a model says of a song.
#[pyclass(frozen, module = "gtzan")]
pub struct Prediction {
    pub verdict: Verdict,
    pub input: AudioInput,
}

#[pymethods]
impl Prediction {
    /// The song's path or name.
    #[getter]
    fn path(&self) -> String {
        self.input.name()
    }

    /// The most probable genre; `unsure` where it should not be believed.
    #[getter]
    fn genre(&self) -> &str {
        genre(&self.verdict)
    }

    /// Probability of the most probable genre, 0 to 1.
    #[getter]
    fn confidence(&self) -> f32 {
        self.verdict.confidence
    }

    /// Why no genre is named, or `None`.
    #[getter]
    fn doubt(&self) -> Option<String> {
        self.verdict.doubt.map(json::word)
    }

    /// All genres with their probabilities, the most probable first.
    #[getter]
    fn top(&self) -> Vec<(String, f32)> {
        self.verdict.top.iter().map(|score| (score.genre.clone(), score.probability)).collect()
    }

    /// What is said of each clip: `start` and `end` in s, `genre`, `probability`, and `silent` where it is.
    #[getter]
    fn clips<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.verdict.clips)
    }

    /// What is known of the decoding.
    #[getter]
    fn decoded<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, &self.verdict.decoded)
    }

    /// All of it, as `gtzan predict --json` prints it.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let told = json::to_python(py, &self.verdict)?;
        told.set_item("path", self.path())?;
        Ok(told)
    }

    /// The first seconds of the song, at 22 050 Hz.
    #[pyo3(signature = (seconds = 30.0))]
    fn audio<'py>(&self, py: Python<'py>, seconds: f64) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let options = LoadOptions { duration: Some(seconds), ..LoadOptions::STANDARD };
        let loaded = py.detach(|| load(&self.input, &options)).map_err(|error| errors::of_dsp(py, &error))?;
        Ok(PyArray1::from_vec(py, loaded.samples))
    }

    fn _repr_html_<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        this.py().import("gtzan._notebook")?.call_method1("prediction", (this,))
    }

    fn __repr__(&self) -> String {
        let doubt = self.doubt().map_or_else(String::new, |doubt| format!(", doubt={doubt:?}"));
        format!(
            "gtzan.Prediction({:?}, genre={:?}, confidence={:.3}{doubt})",
            self.path(),
            self.genre(),
            self.confidence()
        )
    }
}

/// Names the genre of many songs, each file read by a process that it can harm alone.
#[pyclass(frozen, module = "gtzan")]
pub struct Predictor {
    listener: Arc<Listener>,
    extraction: Extraction,
}

#[pymethods]
impl Predictor {
    #[new]
    #[pyo3(signature = (*, model = None, jobs = None, limits = None))]
    fn new(
        py: Python<'_>,
        model: Option<&Bound<'_, PyAny>>,
        jobs: Option<usize>,
        limits: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let listener = match model.map(|model| (model, model.cast::<Model>())) {
            Some((_, Ok(model))) => Arc::clone(&model.get().listener),
            Some((path, Err(_))) => Model::load(py, Some(path.extract()?))?.listener,
            None => Model::load(py, None)?.listener,
        };
        let spec = listener.bundle().inputs().audio().map_err(|error| errors::of_model(py, &error))?.clone();
        Ok(Self { extraction: extraction(py, spec, jobs, limits)?, listener })
    }

    /// Names of the genres, in the order of the probabilities' columns.
    #[getter]
    fn labels(&self) -> Vec<String> {
        self.listener.bundle().labels().names().to_vec()
    }

    /// A row a song: `path`, `genre` (`unsure` where no genre should be believed), `confidence`, `doubt`, a column `p_GENRE` for
    /// the probability of each genre, `status` (`ok` or `failed`), `kind` and `message`. `progress`, if given, is called after each
    /// song.
    #[pyo3(signature = (inputs, progress = None))]
    fn predict(
        &self,
        py: Python<'_>,
        inputs: Vec<Bound<'_, PyAny>>,
        progress: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Table> {
        let mut rows = Rows::new(self.labels());
        outcomes(py, &self.extraction, inputs, progress.as_ref(), |name, result| {
            let verdict = result.and_then(|track| {
                let verdict = py.detach(|| self.listener.verdict(&track));
                verdict.map_err(|error| Failure::new(FailureKind::Crashed, chain(&error)))
            });
            rows.push(name, verdict);
            Ok(())
        })?;
        rows.table()
    }
}

/// Verdicts as columns.
struct Rows {
    labels: Vec<String>,
    paths: Vec<String>,
    genres: Vec<Option<String>>,
    confidences: Vec<Option<f32>>,
    doubts: Vec<Option<String>>,
    probabilities: Vec<Vec<Option<f32>>>,
    outcomes: Outcomes,
}

impl Rows {
    fn new(labels: Vec<String>) -> Self {
        Self {
            probabilities: vec![Vec::new(); labels.len()],
            labels,
            paths: Vec::new(),
            genres: Vec::new(),
            confidences: Vec::new(),
            doubts: Vec::new(),
            outcomes: Outcomes::default(),
        }
    }

    fn push(&mut self, name: String, verdict: Result<Verdict, Failure>) {
        self.paths.push(name);
        self.outcomes.push(verdict.as_ref().err());
        let verdict = verdict.ok();
        let verdict = verdict.as_ref();
        self.genres.push(verdict.map(|verdict| genre(verdict).to_owned()));
        self.confidences.push(verdict.map(|verdict| verdict.confidence));
        self.doubts.push(verdict.and_then(|verdict| verdict.doubt).map(json::word));
        for (label, column) in self.labels.iter().zip(&mut self.probabilities) {
            let score = verdict.and_then(|verdict| verdict.top.iter().find(|score| score.genre == *label));
            column.push(score.map(|score| score.probability));
        }
    }

    fn table(self) -> PyResult<Table> {
        let mut columns: Vec<(String, ArrayRef)> = vec![
            ("path".to_owned(), Arc::new(StringArray::from(self.paths))),
            ("genre".to_owned(), Arc::new(StringArray::from(self.genres))),
            ("confidence".to_owned(), Arc::new(Float32Array::from(self.confidences))),
            ("doubt".to_owned(), Arc::new(StringArray::from(self.doubts))),
        ];
        let values = self.probabilities.into_iter().map(|column| Arc::new(Float32Array::from(column)) as ArrayRef);
        columns.extend(self.labels.iter().map(|label| format!("p_{label}")).zip(values));
        columns.extend(self.outcomes.columns());
        Table::new(columns)
    }
}

fn genre(verdict: &Verdict) -> &str {
    verdict.genre.as_deref().unwrap_or(UNSURE)
}

//! Many songs to rows of descriptors, each file read by a process that it can harm alone.

use std::num::NonZero;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int32Array, StringArray};
use dsp::{ClipLength, Convention, Descriptors, FeatureSpec, TrackFeatures};
use extraction::{Extraction, Failure, Limits};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::interrupt::interruptible;
use crate::json;
use crate::source::{Song, song};
use crate::table::Table;
use crate::worker;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Extractor>()
}

/// Turns songs into rows of descriptors.
///
/// Each file is read by a worker process, which is replaced if the file crashes or hangs it; the file is tried once more, and
/// then is a row whose `status` is `failed`.
#[pyclass(frozen, module = "gtzan")]
pub struct Extractor {
    extraction: Extraction,
}

#[pymethods]
impl Extractor {
    #[new]
    #[pyo3(signature = (*, descriptors = "classic", convention = "librosa-0.7", clip_seconds = 30.0, jobs = None, limits = None))]
    fn new(
        py: Python<'_>,
        descriptors: &str,
        convention: &str,
        clip_seconds: f64,
        jobs: Option<usize>,
        limits: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let refuse = |error: dsp::Error| PyValueError::new_err(error.to_string());
        let length = ClipLength::new(clip_seconds).map_err(refuse)?;
        let descriptors: Descriptors = descriptors.parse().map_err(refuse)?;
        let convention: Convention = convention.parse().map_err(refuse)?;
        let spec = FeatureSpec::features(convention, length).with_descriptors(descriptors).map_err(refuse)?;
        Ok(Self { extraction: extraction(py, spec, jobs, limits)? })
    }

    /// A row a clip, and one for each song that failed: `path`, `clip`, `start` and `end` in s, `length` in samples, the
    /// descriptors, `status` (`ok` or `failed`), `kind` and `message`. `progress`, if given, is called after each song.
    #[pyo3(signature = (inputs, progress = None))]
    fn extract(
        &self,
        py: Python<'_>,
        inputs: Vec<Bound<'_, PyAny>>,
        progress: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Table> {
        let mut rows = Rows::new(&self.extraction.spec);
        outcomes(py, &self.extraction, inputs, progress.as_ref(), |name, result| {
            rows.push(&name, &result);
            Ok(())
        })?;
        rows.table()
    }
}

/// How the songs of a batch are read.
pub fn extraction(
    py: Python<'_>,
    spec: FeatureSpec,
    jobs: Option<usize>,
    limits: Option<Bound<'_, PyAny>>,
) -> PyResult<Extraction> {
    let jobs =
        jobs.map(|jobs| NonZero::new(jobs).ok_or_else(|| PyValueError::new_err("jobs must be at least 1, or None")));
    let limits = limits.map_or(Ok(Limits::default()), |limits| json::from_python(&limits, "limits"))?;
    let (workers, idle) = (worker::program(py)?, Some(Arc::default()));
    Ok(Extraction { jobs: jobs.transpose()?, limits, workers, idle, ..Extraction::new(spec) })
}

/// Hands what comes of each song to `take`, in the order of the songs.
pub fn outcomes(
    py: Python<'_>,
    extraction: &Extraction,
    inputs: Vec<Bound<'_, PyAny>>,
    progress: Option<&Bound<'_, PyAny>>,
    mut take: impl FnMut(String, Result<TrackFeatures, Failure>) -> PyResult<()>,
) -> PyResult<()> {
    let songs = inputs.iter().map(song).collect::<PyResult<Vec<Song>>>()?;
    let reachable: Vec<_> = songs.iter().filter_map(|song| song.input.as_ref().ok().cloned()).collect();
    // Songs that can't be reached have their outcome already; what is read comes in the order of the others.
    let mut left = songs.into_iter();
    let mut tell = |name: String, result: Result<TrackFeatures, Failure>| {
        take(name, result)?;
        progress.map_or(Ok(()), |progress| progress.call0().map(drop))
    };
    let unreachable = |left: &mut dyn Iterator<Item = Song>, tell: &mut dyn FnMut(_, _) -> PyResult<()>| {
        for song in left {
            match song.input {
                Ok(input) => return Ok(Some(input.name())),
                Err(failure) => tell(song.name, Err(failure))?,
            }
        }
        Ok::<_, PyErr>(None)
    };
    interruptible(
        py,
        |stop, sender| {
            let extraction = Extraction { stop: Some(stop), ..extraction.clone() };
            for outcome in extraction.outcomes(reachable) {
                if sender.send(outcome).is_err() {
                    break;
                }
            }
        },
        |outcome| {
            let name = unreachable(&mut left, &mut tell)?;
            tell(name.unwrap_or(outcome.name), outcome.result)
        },
    )?;
    unreachable(&mut left, &mut tell).map(drop)
}

/// What became of songs, as the last columns of a table.
#[derive(Default)]
pub struct Outcomes {
    failures: Vec<Option<Failure>>,
}

impl Outcomes {
    pub fn push(&mut self, failure: Option<&Failure>) {
        self.failures.push(failure.cloned());
    }

    pub fn columns(&self) -> Vec<(String, ArrayRef)> {
        let status = |failure: &Option<Failure>| if failure.is_none() { "ok" } else { "failed" };
        let status: StringArray = self.failures.iter().map(|failure| Some(status(failure))).collect();
        let of = |text: fn(&Failure) -> String| -> ArrayRef {
            Arc::new(self.failures.iter().map(|failure| failure.as_ref().map(text)).collect::<StringArray>())
        };
        vec![
            ("status".to_owned(), Arc::new(status)),
            ("kind".to_owned(), of(|failure| json::word(failure.kind))),
            ("message".to_owned(), of(|failure| failure.message.clone())),
        ]
    }
}

/// Rows of descriptors as columns.
struct Rows {
    rate: f64,
    names: Vec<&'static str>,
    paths: Vec<String>,
    clips: Vec<i32>,
    bounds: [Vec<Option<f64>>; 2],
    lengths: Vec<Option<i32>>,
    values: Vec<Vec<Option<f64>>>,
    outcomes: Outcomes,
}

impl Rows {
    fn new(spec: &FeatureSpec) -> Self {
        let names = spec.columns().unwrap_or_default().to_vec();
        Self {
            rate: f64::from(spec.sample_rate()),
            values: vec![Vec::new(); names.len()],
            names,
            paths: Vec::new(),
            clips: Vec::new(),
            bounds: [Vec::new(), Vec::new()],
            lengths: Vec::new(),
            outcomes: Outcomes::default(),
        }
    }

    fn push(&mut self, name: &str, result: &Result<TrackFeatures, Failure>) {
        match result {
            Ok(track) => {
                for (number, clip) in track.clips.iter().enumerate() {
                    let start = clip.start_sample as f64 / self.rate;
                    let bounds = [start, start + clip.samples as f64 / self.rate];
                    self.lengths.push(i32::try_from(clip.samples).ok());
                    self.row(name, number, bounds.map(Some), clip.values.iter().copied().map(Some), None);
                }
            }
            Err(failure) => {
                self.lengths.push(None);
                self.row(name, 0, [None, None], vec![None; self.names.len()], Some(failure));
            }
        }
    }

    fn row(
        &mut self,
        name: &str,
        clip: usize,
        bounds: [Option<f64>; 2],
        values: impl IntoIterator<Item = Option<f64>>,
        failure: Option<&Failure>,
    ) {
        self.paths.push(name.to_owned());
        self.clips.push(i32::try_from(clip).unwrap_or(i32::MAX));
        self.bounds.iter_mut().zip(bounds).for_each(|(column, bound)| column.push(bound));
        self.values.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
        self.outcomes.push(failure);
    }

    fn table(self) -> PyResult<Table> {
        let [start, end] = self.bounds.map(|column| Arc::new(Float64Array::from(column)) as ArrayRef);
        let mut columns: Vec<(String, ArrayRef)> = vec![
            ("path".to_owned(), Arc::new(StringArray::from(self.paths))),
            ("clip".to_owned(), Arc::new(Int32Array::from(self.clips))),
            ("start".to_owned(), start),
            ("end".to_owned(), end),
            ("length".to_owned(), Arc::new(Int32Array::from(self.lengths))),
        ];
        let values = self.values.into_iter().map(|column| Arc::new(Float64Array::from(column)) as ArrayRef);
        columns.extend(self.names.iter().map(|name| (*name).to_owned()).zip(values));
        columns.extend(self.outcomes.columns());
        Table::new(columns)
    }
}

//! Training: what `gtzan train` does, told to a callable.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use extraction::csv::row_name;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use trainer::config::{Override, TrainConfig};
use trainer::{Event, Observer, RunOptions};

use crate::errors;
use crate::interrupt::interruptible;
use crate::model::rows;
use crate::worker;

/// Columns of a table besides its numbers.
const LABEL: &str = "label";
const FILENAME: &str = "filename";

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(train, module)?)?;
    module.add_function(wrap_pyfunction!(resume, module)?)?;
    module.add_function(wrap_pyfunction!(write_table, module)?)
}

/// Something that is told while training goes on.
enum Told {
    Epoch { phase: &'static str, epoch: usize, epochs: usize, train_loss: f64, valid_loss: Option<f64> },
    Skipped(String),
    Warning(String),
}

/// Sends what is told to the thread that has the interpreter.
struct Listening {
    stop: Arc<AtomicBool>,
    /// Networks are trained side by side.
    told: Mutex<Sender<Told>>,
}

impl Observer for Listening {
    fn event(&self, event: Event<'_>) {
        let tell = |told| {
            // Nobody hears any more after an exception, and then the work ends.
            let _ = self.told.lock().unwrap_or_else(PoisonError::into_inner).send(told);
        };
        match event {
            Event::Epoch { phase, epochs, epoch, .. } => tell(Told::Epoch {
                phase: phase.name(),
                epoch: epoch.number,
                epochs,
                train_loss: epoch.train.loss,
                valid_loss: epoch.valid.map(|score| score.loss),
            }),
            Event::Loaded(loaded) => {
                loaded.failures.iter().for_each(|failure| tell(Told::Skipped(failure.to_string())));
                loaded.warnings.iter().for_each(|warning| tell(Told::Warning(warning.to_string())));
            }
            Event::Warning(warning) => tell(Told::Warning(warning.to_owned())),
            _ => (),
        }
    }

    fn wants_to_stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Trains what `config` (a file) and `settings` (`key=value`) ask for, into the folder `out`, and returns it.
/// `progress` is called with a dict an epoch, `skipped` and `warning` with a text.
#[pyfunction]
#[pyo3(signature = (config, settings, out, seeds, strict, progress))]
fn train(
    py: Python<'_>,
    config: Option<PathBuf>,
    settings: Vec<String>,
    out: Option<PathBuf>,
    seeds: usize,
    strict: bool,
    progress: Bound<'_, PyAny>,
) -> PyResult<PathBuf> {
    let refuse = |error: trainer::Error| errors::of_trainer(py, &error);
    let overrides = settings.iter().map(|setting| Override::parse(setting)).collect::<Result<Vec<_>, _>>();
    let config = TrainConfig::load(config.as_deref(), &overrides.map_err(refuse)?).map_err(refuse)?;
    let out = out.unwrap_or_else(|| Path::new("artifacts").join(&config.name));
    let options = RunOptions { seeds, strict, workers: worker::program(py)?, ..RunOptions::default() };
    observed(py, &progress, options, |options, observer| trainer::run(config, &out, options, observer))?;
    Ok(out)
}

/// Goes on with a run that was stopped.
#[pyfunction]
fn resume(py: Python<'_>, out: PathBuf, progress: Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let options = RunOptions { workers: worker::program(py)?, ..RunOptions::default() };
    observed(py, &progress, options, |options, observer| trainer::resume(&out, None, options, observer))?;
    Ok(out)
}

fn observed(
    py: Python<'_>,
    progress: &Bound<'_, PyAny>,
    options: RunOptions,
    work: impl FnOnce(&RunOptions, &dyn Observer) -> trainer::Result<trainer::RunSummary> + Send,
) -> PyResult<()> {
    let done = interruptible(
        py,
        |stop, told| {
            let options = RunOptions { stop: Some(Arc::clone(&stop)), ..options };
            work(&options, &Listening { stop, told: Mutex::new(told) }).map(drop)
        },
        |told| {
            match told {
                Told::Epoch { phase, epoch, epochs, train_loss, valid_loss } => {
                    let event = PyDict::new(py);
                    event.set_item("phase", phase)?;
                    event.set_item("epoch", epoch)?;
                    event.set_item("epochs", epochs)?;
                    event.set_item("train_loss", train_loss)?;
                    event.set_item("valid_loss", valid_loss)?;
                    progress.call_method1("epoch", (event,))?;
                }
                Told::Skipped(name) => drop(progress.call_method1("skipped", (name,))?),
                Told::Warning(text) => drop(progress.call_method1("warning", (text,))?),
            }
            Ok(())
        },
    )?;
    done.map_err(|error| errors::of_trainer(py, &error))
}

/// Writes rows, `[rows, columns]`, as a table that training reads. `groups` are the tracks that rows belong to.
#[pyfunction]
fn write_table(
    py: Python<'_>,
    path: PathBuf,
    x: &Bound<'_, PyAny>,
    columns: Vec<String>,
    labels: Vec<String>,
    groups: Option<Vec<String>>,
) -> PyResult<()> {
    let rows = rows(x, columns.len())?;
    for (what, count) in [("labels", labels.len()), ("groups", groups.as_ref().map_or(rows.len(), Vec::len))] {
        if count != rows.len() {
            return Err(PyValueError::new_err(format!("there are {} rows and {count} {what}", rows.len())));
        }
    }
    if let Some(name) = columns.iter().find(|name| [LABEL, FILENAME].contains(&name.as_str())) {
        return Err(PyValueError::new_err(format!("no column of X may be called {name}")));
    }
    if let Some((row, column)) = not_finite(&rows) {
        return Err(PyValueError::new_err(format!("X[{row}, {column}] is not a finite number")));
    }
    let written = py.detach(|| {
        let mut table = csv::Writer::from_path(&path)?;
        table.write_record(columns.iter().map(String::as_str).chain([LABEL, FILENAME]))?;
        let mut clips = HashMap::<&str, usize>::new();
        for (number, (row, label)) in rows.iter().zip(&labels).enumerate() {
            let name = match &groups {
                Some(groups) => {
                    let clip = clips.entry(&groups[number]).or_default();
                    *clip += 1;
                    row_name(&groups[number], *clip - 1, false)
                }
                // A row of no group is a track of its own.
                None => format!("row{number}"),
            };
            table.write_record(row.iter().map(f32::to_string).chain([label.clone(), name]))?;
        }
        table.flush()?;
        Ok::<_, csv::Error>(())
    });
    written.map_err(|error| PyOSError::new_err(format!("{}: {error}", path.display())))
}

fn not_finite(rows: &[Vec<f32>]) -> Option<(usize, usize)> {
    rows.iter()
        .enumerate()
        .find_map(|(row, values)| values.iter().position(|value| !value.is_finite()).map(|column| (row, column)))
}

//! The library's errors as Python's.

use std::io;

use extraction::{Failure, FailureKind, chain};
use pyo3::create_exception;
use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use crate::json;

create_exception!(
    gtzan,
    AudioError,
    PyValueError,
    "Audio that can't be used. `path` is its name, `kind` the sort of fault: unsupported, corrupt, truncated, no_audio, too_short, \
     too_long, silent, not_finite, unreadable, crashed, bad_row or timeout."
);
create_exception!(
    gtzan,
    ModelError,
    PyValueError,
    "A model that can't be used: missing, damaged, or of another version."
);
create_exception!(gtzan, TrainingError, PyRuntimeError, "A training that can't be done, or has come to nothing.");

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("AudioError", py.get_type::<AudioError>())?;
    module.add("ModelError", py.get_type::<ModelError>())?;
    module.add("TrainingError", py.get_type::<TrainingError>())
}

/// Audio of this name can't be used.
pub fn of_failure(py: Python<'_>, name: &str, failure: &Failure) -> PyErr {
    let error = AudioError::new_err(format!("{name}: {failure}"));
    let value = error.value(py);
    // An exception takes any attribute.
    let _ = value.setattr("path", name);
    let _ = value.setattr("kind", json::word(failure.kind));
    error
}

pub fn of_dsp(py: Python<'_>, error: &dsp::Error) -> PyErr {
    match error {
        dsp::Error::Io { name, source } => of_io(source, name).unwrap_or_else(|| of_failure(py, name, &error.into())),
        dsp::Error::Clip { name, source } => of_failure(py, name, &Failure::from(&**source)),
        error => match error.name() {
            Some(name) => of_failure(py, name, &error.into()),
            None => PyValueError::new_err(chain(error)),
        },
    }
}

/// An operating system's error as Python has it: `FileNotFoundError` and its kin.
pub fn of_io(error: &io::Error, name: &str) -> Option<PyErr> {
    let code = error.raw_os_error().or(match error.kind() {
        // What Rust refuses itself, before the system does.
        io::ErrorKind::IsADirectory => Some(21),
        _ => None,
    })?;
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text).to_owned();
    Some(PyOSError::new_err((code, text, name.to_owned())))
}

pub fn of_model(py: Python<'_>, error: &model::Error) -> PyErr {
    match error {
        model::Error::Audio(error) => of_dsp(py, error),
        model::Error::Song { name, .. } => of_failure(py, name, &Failure::new(FailureKind::Crashed, chain(error))),
        model::Error::Io { path, source } => {
            of_io(source, &path.display().to_string()).unwrap_or_else(|| ModelError::new_err(chain(error)))
        }
        error if error.kind() == model::ErrorKind::Invalid => PyValueError::new_err(chain(error)),
        error => ModelError::new_err(chain(error)),
    }
}

pub fn of_trainer(py: Python<'_>, error: &trainer::Error) -> PyErr {
    use trainer::ErrorKind as Kind;

    match (error, error.kind()) {
        (trainer::Error::Dsp(error), _) => of_dsp(py, error),
        (trainer::Error::Model(error), _) => of_model(py, error),
        (_, Kind::Stopped) => PyKeyboardInterrupt::new_err(chain(error)),
        (_, Kind::Config | Kind::Data) => PyValueError::new_err(chain(error)),
        (_, Kind::Output | Kind::Io) => PyOSError::new_err(chain(error)),
        (_, Kind::Model) => ModelError::new_err(chain(error)),
        _ => TrainingError::new_err(chain(error)),
    }
}

pub fn of_plot(py: Python<'_>, error: &plot::Error) -> PyErr {
    match error {
        plot::Error::Audio(error) => of_dsp(py, error),
        error => PyValueError::new_err(chain(error)),
    }
}

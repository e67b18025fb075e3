//! Plain data by way of JSON, which both sides read and write.

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Data of the library as dicts, lists, numbers and strings.
pub fn to_python<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(value).map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    py.import("json")?.call_method1("loads", (text,))
}

/// The word that a kind of something is written as.
pub fn word(kind: impl Serialize) -> String {
    serde_json::to_value(kind).ok().and_then(|kind| kind.as_str().map(String::from)).unwrap_or_default()
}

/// The library's data from dicts and the like; `what` is what errors call it.
pub fn from_python<T: DeserializeOwned>(value: &Bound<'_, PyAny>, what: &str) -> PyResult<T> {
    let text: String = value.py().import("json")?.call_method1("dumps", (value,))?.extract()?;
    serde_json::from_str(&text).map_err(|error| {
        let text = error.to_string();
        // Where in a text that nobody wrote says nothing.
        PyValueError::new_err(format!("{what}: {}", text.split(" at line ").next().unwrap_or(&text)))
    })
}

//! The embedded demo corpus.

use std::path::PathBuf;

use pyo3::prelude::*;
use trainer::config::SynthConfig;
use trainer::dataset::render;

use crate::errors;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(demo, module)?)
}

/// Writes the demo corpus into a folder, and returns its files: ten procedurally played styles named after GTZAN's genres, in
/// GTZAN's layout. The same numbers give the same files; files of the same names are replaced.
#[pyfunction]
#[pyo3(signature = (path, *, tracks_per_genre = 20, seconds = 10.0, seed = 0))]
fn demo(py: Python<'_>, path: PathBuf, tracks_per_genre: usize, seconds: f64, seed: u64) -> PyResult<Vec<PathBuf>> {
    let config = SynthConfig { tracks_per_genre, seconds, seed };
    py.detach(|| render(&path, &config, &|_| ())).map_err(|error| errors::of_trainer(py, &error))
}

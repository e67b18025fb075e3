//! The native half of `import gtzan`: what the crates below do, with NumPy arrays and Arrow tables in and out.
//!
//! Nothing is computed here. Each file translates one subject: arguments to the library's types, its results to Python's, its
//! errors to exceptions. The interpreter is let go of while the library works, and asked every 50 ms whether Ctrl-C was pressed.
//! What needs no translation (librosa's signatures, notebooks, scikit-learn, engines) is Python, in `python/gtzan`.

#![recursion_limit = "256"]

mod audio;
mod corpus;
mod errors;
mod extract;
mod feature;
mod interrupt;
mod json;
mod model;
mod plot;
mod predict;
mod source;
mod table;
mod train;
mod worker;

use pyo3::prelude::*;

/// The module `gtzan._gtzan`.
#[pymodule(gil_used = true)]
fn _gtzan(module: &Bound<'_, PyModule>) -> PyResult<()> {
    errors::register(module)?;
    audio::register(module)?;
    corpus::register(module)?;
    extract::register(module)?;
    feature::register(module)?;
    model::register(module)?;
    plot::register(module)?;
    predict::register(module)?;
    source::register(module)?;
    table::register(module)?;
    train::register(module)?;
    worker::register(module)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}

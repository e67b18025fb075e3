//! Processes that read files, so that none of these can harm the interpreter.

use std::ffi::OsString;
use std::io::{stdin, stdout};
use std::path::PathBuf;

use extraction::WorkerProgram;
use pyo3::prelude::*;

/// Loads this module and nothing else: a worker needs neither NumPy nor the packages of its site.
const START: &str = "import sys, importlib.util as u; s = u.spec_from_file_location('_gtzan', sys.argv[1]); \
                     m = u.module_from_spec(s); s.loader.exec_module(m); m.serve()";

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(serve, module)?)
}

/// Works as a worker: reads tasks from standard input, writes what came of them to standard output.
#[pyfunction]
fn serve(py: Python<'_>) -> PyResult<()> {
    Ok(py.detach(|| extraction::serve(&mut stdin().lock(), &mut stdout().lock()))?)
}

/// This interpreter as a worker; `None` inside a program that has no interpreter to be started.
pub fn program(py: Python<'_>) -> PyResult<Option<WorkerProgram>> {
    let (system, this) = (py.import("sys")?, py.import("gtzan._gtzan")?);
    let executable: Option<PathBuf> = system.getattr("executable")?.extract()?;
    let frozen = system.hasattr("frozen")?;
    let Some(program) = executable.filter(|program| !frozen && !program.as_os_str().is_empty()) else {
        return Ok(None);
    };
    let module: PathBuf = this.getattr("__file__")?.extract()?;
    let arguments = ["-I", "-S", "-c", START].map(OsString::from).into_iter().chain([module.into_os_string()]);
    Ok(Some(WorkerProgram { program, arguments: arguments.collect() }))
}

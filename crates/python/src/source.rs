//! What audio is taken from: paths, bytes, file objects, and songs that were found.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dsp::AudioInput;
use extraction::{Failure, Listing, SongFinder};
use pyo3::exceptions::{PyTypeError, PyUserWarning};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

/// What bytes without a name are called.
const UNNAMED: &str = "<bytes>";

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Song>()?;
    module.add_function(wrap_pyfunction!(find, module)?)
}

/// A song that :func:`find` found: a file, or a track of an album image that a CUE sheet divides.
#[pyclass(frozen, module = "gtzan")]
#[derive(Clone)]
pub struct Song {
    /// What tables call it.
    #[pyo3(get)]
    pub name: String,
    /// Where it lies, or why it can't be reached.
    pub input: Result<AudioInput, Failure>,
}

#[pymethods]
impl Song {
    fn __repr__(&self) -> String {
        format!("gtzan.Song({:?})", self.name)
    }
}

/// The songs in files and folders, in the order of the arguments and of the names in folders. An album in one file beside which
/// a CUE sheet lies is its tracks. What can't be read is a song as well, whose outcome says why.
#[pyfunction]
fn find(py: Python<'_>, paths: Vec<PathBuf>) -> PyResult<Vec<Song>> {
    let (songs, told) = py.detach(|| search(&paths));
    let warning = py.get_type::<PyUserWarning>();
    for text in told {
        let text = std::ffi::CString::new(text)?;
        PyErr::warn(py, &warning, &text, 2)?;
    }
    Ok(songs)
}

/// The songs, and what is to be told besides.
fn search(paths: &[PathBuf]) -> (Vec<Song>, Vec<String>) {
    let (mut finder, mut songs, mut told) = (SongFinder::default(), Vec::new(), Vec::new());
    for path in paths {
        let Listing { songs: found, sheets_refused, passed_over } = finder.at(path);
        songs.extend(found.into_iter().map(|song| Song { name: song.path.display().to_string(), input: song.input }));
        told.extend(sheets_refused.iter().map(|sheet| format!("not used: {sheet}")));
        if !passed_over.is_empty() {
            told.push(format!("passed over in {}: {passed_over}", path.display()));
        }
    }
    (songs, told)
}

/// Audio as it is given: a path, `bytes` or the like, a binary file that is open, `(name, bytes)`, or a [`Song`].
pub fn song(source: &Bound<'_, PyAny>) -> PyResult<Song> {
    if let Ok(song) = source.cast::<Song>() {
        return Ok(song.get().clone());
    }
    let input = input(source)?;
    Ok(Song { name: input.name(), input: Ok(input) })
}

fn input(source: &Bound<'_, PyAny>) -> PyResult<AudioInput> {
    if let Some(bytes) = bytes(source)? {
        return Ok(AudioInput::bytes(UNNAMED, bytes));
    }
    if let Ok(pair) = source.cast::<PyTuple>() {
        let (name, content): (String, Bound<'_, PyAny>) = pair.extract()?;
        return match bytes(&content)? {
            Some(bytes) => Ok(AudioInput::bytes(name, bytes)),
            None => {
                Err(PyTypeError::new_err(format!("{name}: its content must be bytes, not {}", type_name(&content))))
            }
        };
    }
    if source.is_instance_of::<PyString>() || source.hasattr("__fspath__")? {
        return Ok(AudioInput::from(source.extract::<PathBuf>()?));
    }
    if source.hasattr("read")? {
        return read(source);
    }
    Err(PyTypeError::new_err(format!(
        "audio must be a path, bytes, (name, bytes) or a file that is open for reading bytes, not {}",
        type_name(source)
    )))
}

/// What is left of a file object.
fn read(file: &Bound<'_, PyAny>) -> PyResult<AudioInput> {
    let content = file.call_method0("read")?;
    let Some(bytes) = bytes(&content)? else {
        let got = type_name(&content);
        return Err(PyTypeError::new_err(format!("the file gives {got}; open it for reading bytes, with mode \"rb\"")));
    };
    // Files without a path are called by a number.
    let name = file.getattr("name").ok().and_then(|name| name.extract::<PathBuf>().ok());
    Ok(AudioInput::bytes(name.as_deref().map_or(UNNAMED.into(), Path::to_string_lossy), bytes))
}

/// The bytes of an object that is nothing else.
fn bytes(source: &Bound<'_, PyAny>) -> PyResult<Option<Arc<[u8]>>> {
    if let Ok(bytes) = source.cast::<PyBytes>() {
        return Ok(Some(bytes.as_bytes().into()));
    }
    let builtins = source.py().import("builtins")?;
    for kind in ["bytearray", "memoryview"] {
        if source.is_instance(&builtins.getattr(kind)?)? {
            let copy = source.py().get_type::<PyBytes>().call1((source,))?;
            return Ok(Some(copy.cast::<PyBytes>()?.as_bytes().into()));
        }
    }
    Ok(None)
}

pub fn type_name(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "an object".to_owned(), |name| name.to_string())
}

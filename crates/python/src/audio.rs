//! Sound to samples, and samples as they are given.

use dsp::{AudioBuffer, LoadOptions, SampleRate, load, load_channels};
use numpy::{PyArray1, PyArrayDyn, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::errors;
use crate::source::{Song, song, type_name};

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(load_audio, module)?)
}

/// Samples and sampling rate, as `librosa.load` gives them.
#[pyfunction]
#[pyo3(
    name = "load",
    signature = (path, *, sr = Some(22050.0), mono = true, offset = 0.0, duration = None),
    text_signature = "(path, *, sr=22050.0, mono=True, offset=0.0, duration=None)"
)]
fn load_audio<'py>(
    path: &Bound<'py, PyAny>,
    sr: Option<f64>,
    mono: bool,
    offset: f64,
    duration: Option<f64>,
) -> PyResult<(Bound<'py, PyAny>, u32)> {
    let py = path.py();
    let rate = sr.map(hertz).transpose()?.map_or(SampleRate::Native, SampleRate::Hz);
    let options = LoadOptions { rate, offset, duration, ..LoadOptions::STANDARD };
    let Song { input, name } = &song(path)?;
    let input = input.as_ref().map_err(|failure| errors::of_failure(py, name, failure))?;
    let loaded =
        py.detach(|| if mono { load(input, &options).map(|mono| vec![mono]) } else { load_channels(input, &options) });
    let mut channels = loaded.map_err(|error| errors::of_dsp(py, &error))?;
    let rate = channels.first().map_or(0, |channel| channel.rate);
    match (channels.len(), channels.pop()) {
        (1, Some(AudioBuffer { samples, .. })) => Ok((PyArray1::from_vec(py, samples).into_any(), rate)),
        (count, Some(last)) => {
            let length = last.samples.len();
            channels.push(last);
            let samples: Vec<f32> = channels.into_iter().flat_map(|channel| channel.samples).collect();
            Ok((PyArray1::from_vec(py, samples).reshape([count, length])?.into_any(), rate))
        }
        (_, None) => Err(PyValueError::new_err(format!("{name}: the file has no channels"))),
    }
}

/// A sampling rate, which librosa takes as any number.
pub fn hertz(rate: f64) -> PyResult<u32> {
    let whole = rate as u32;
    if f64::from(whole) != rate {
        return Err(PyValueError::new_err(format!("sr must be a whole number of Hz, not {rate}")));
    }
    dsp::check_rate(whole).map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(whole)
}

/// The samples of a NumPy array of floats, `[samples]`.
pub fn samples(y: &Bound<'_, PyAny>) -> PyResult<Vec<f32>> {
    let samples = if let Ok(array) = y.cast::<PyArrayDyn<f32>>() {
        check_shape(array.shape())?;
        array.try_readonly()?.as_array().iter().copied().collect::<Vec<f32>>()
    } else if let Ok(array) = y.cast::<PyArrayDyn<f64>>() {
        check_shape(array.shape())?;
        array.try_readonly()?.as_array().iter().map(|&sample| sample as f32).collect()
    } else {
        let got = match y.getattr("dtype") {
            Ok(dtype) => format!("an array of {dtype}"),
            Err(_) => type_name(y),
        };
        return Err(PyTypeError::new_err(format!("samples must be a NumPy array of float32 or float64, not {got}")));
    };
    match samples.iter().position(|sample| !sample.is_finite()) {
        Some(at) => Err(PyValueError::new_err(format!("sample {at} is {}, not a finite number", samples[at]))),
        None => Ok(samples),
    }
}

fn check_shape(shape: &[usize]) -> PyResult<()> {
    match shape {
        [0] => Err(PyValueError::new_err("there are no samples")),
        [_] => Ok(()),
        shape => Err(PyValueError::new_err(format!(
            "samples must have one dimension, not the shape {shape:?}; mix channels to one, as gtzan.load does"
        ))),
    }
}

//! Descriptors of samples, with librosa's names, shapes and numbers (0.11's).

use dsp::beats::beats;
use dsp::chroma::ChromaBank;
use dsp::contrast::Contrast;
use dsp::flatness::flatness;
use dsp::hpss::Hpss;
use dsp::mel::{MelBank, Reference, power_to_db};
use dsp::mfcc::{COEFFICIENTS, Mfcc};
use dsp::onset::{mean_onset_strength, onset_strength};
use dsp::rhythm::Rhythm;
use dsp::spectral::SpectralShape;
use dsp::stft::{Padding, Stft};
use dsp::temporal::Temporal;
use dsp::tuning::TuningEstimator;
use dsp::{ClipLength, Convention, Descriptors, FeatureExtractor, FeatureSpec, FrameMatrix, InputKind};
use numpy::{Complex32, Element, PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::audio::{hertz, samples};
use crate::errors;

/// Today's librosa.
const CONVENTION: Convention = Convention::Librosa011;

/// A matrix, `[bins, frames]`.
type Matrix<'py, T> = Bound<'py, PyArray2<T>>;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(stft, module)?)?;
    module.add_function(wrap_pyfunction!(melspectrogram, module)?)?;
    module.add_function(wrap_pyfunction!(mfcc, module)?)?;
    module.add_function(wrap_pyfunction!(chroma_stft, module)?)?;
    module.add_function(wrap_pyfunction!(spectral_shape, module)?)?;
    module.add_function(wrap_pyfunction!(spectral_contrast, module)?)?;
    module.add_function(wrap_pyfunction!(spectral_flatness, module)?)?;
    module.add_function(wrap_pyfunction!(rms, module)?)?;
    module.add_function(wrap_pyfunction!(zero_crossing_rate, module)?)?;
    module.add_function(wrap_pyfunction!(onset_envelope, module)?)?;
    module.add_function(wrap_pyfunction!(tempo, module)?)?;
    module.add_function(wrap_pyfunction!(beat_track, module)?)?;
    module.add_function(wrap_pyfunction!(hpss, module)?)?;
    module.add_function(wrap_pyfunction!(features, module)?)?;
    module.add_function(wrap_pyfunction!(feature_names, module)?)
}

/// Samples with what everything else comes from.
struct Heard {
    samples: Vec<f32>,
    rate: u32,
    stft: Stft,
    spectrum: FrameMatrix<Complex32>,
    magnitude: FrameMatrix,
}

impl Heard {
    fn of(samples: Vec<f32>, rate: u32) -> dsp::Result<Self> {
        let (mut spectrum, mut magnitude) = (FrameMatrix::default(), FrameMatrix::default());
        let mut stft = Stft::new();
        stft.forward(&samples, Padding::from(CONVENTION), &mut spectrum, &mut magnitude)?;
        Ok(Self { samples, rate, stft, spectrum, magnitude })
    }

    fn mel(&self) -> FrameMatrix {
        let mut mel = FrameMatrix::default();
        MelBank::new(self.rate).apply(&self.magnitude, &mut mel);
        mel
    }

    fn mel_db(&self) -> FrameMatrix {
        let mut mel = self.mel();
        power_to_db(&mut mel, Reference::One);
        mel
    }

    fn temporal(&self) -> Temporal {
        let mut temporal = Temporal::default();
        temporal.describe(&self.samples, Padding::from(CONVENTION));
        temporal
    }
}

/// What `work` makes of samples, without the interpreter.
fn heard<'py, T: Send>(
    y: &Bound<'py, PyAny>,
    sr: f64,
    work: impl FnOnce(Heard) -> dsp::Result<T> + Send,
) -> PyResult<(Python<'py>, T)> {
    let (py, samples, rate) = (y.py(), samples(y)?, hertz(sr)?);
    let done = py.detach(|| Heard::of(samples, rate).and_then(work));
    Ok((py, done.map_err(|error| errors::of_dsp(py, &error))?))
}

/// A matrix of ours, `[frames, bins]`, as librosa has it; in memory it stays as it is.
fn matrix<'py, T: Element + Copy + Default>(py: Python<'py>, ours: &FrameMatrix<T>) -> PyResult<Matrix<'py, T>> {
    PyArray1::from_slice(py, ours.data()).reshape([ours.frames(), ours.bins()])?.transpose()
}

/// A value a frame as a matrix, `[1, frames]`.
fn row<T: Element>(py: Python<'_>, values: Vec<T>) -> PyResult<Matrix<'_, T>> {
    let frames = values.len();
    PyArray1::from_vec(py, values).reshape([1, frames])
}

#[pyfunction]
fn stft<'py>(y: &Bound<'py, PyAny>) -> PyResult<Matrix<'py, Complex32>> {
    let (py, heard) = heard(y, 22_050.0, Ok)?;
    matrix(py, &heard.spectrum)
}

#[pyfunction]
fn melspectrogram<'py>(y: &Bound<'py, PyAny>, sr: f64) -> PyResult<Matrix<'py, f32>> {
    let (py, mel) = heard(y, sr, |heard| Ok(heard.mel()))?;
    matrix(py, &mel)
}

#[pyfunction]
fn mfcc<'py>(y: &Bound<'py, PyAny>, sr: f64, n_mfcc: usize) -> PyResult<Matrix<'py, f32>> {
    if !(1..=COEFFICIENTS).contains(&n_mfcc) {
        return Err(PyValueError::new_err(format!("n_mfcc must lie between 1 and {COEFFICIENTS}, not be {n_mfcc}")));
    }
    let (py, cepstrum) = heard(y, sr, |heard| {
        let mut cepstrum = FrameMatrix::default();
        Mfcc::new().apply(&heard.mel_db(), &mut cepstrum);
        Ok(cepstrum)
    })?;
    let kept: Vec<f32> = cepstrum.rows().flat_map(|frame| &frame[..n_mfcc]).copied().collect();
    PyArray1::from_vec(py, kept).reshape([cepstrum.frames(), n_mfcc])?.transpose()
}

#[pyfunction]
fn chroma_stft<'py>(y: &Bound<'py, PyAny>, sr: f64) -> PyResult<Matrix<'py, f32>> {
    let (py, chroma) = heard(y, sr, |heard| {
        let tuning = TuningEstimator::new(heard.rate, CONVENTION).estimate(&heard.magnitude);
        let mut chroma = FrameMatrix::default();
        ChromaBank::new(heard.rate).apply(&heard.magnitude, tuning, &mut chroma);
        Ok(chroma)
    })?;
    matrix(py, &chroma)
}

/// Centroid, bandwidth and roll-off in Hz.
#[pyfunction]
fn spectral_shape<'py>(y: &Bound<'py, PyAny>, sr: f64) -> PyResult<[Matrix<'py, f64>; 3]> {
    let (py, shape) = heard(y, sr, |heard| {
        let mut shape = SpectralShape::default();
        shape.describe(&heard.magnitude, heard.rate);
        Ok(shape)
    })?;
    Ok([row(py, shape.centroid)?, row(py, shape.bandwidth)?, row(py, shape.rolloff)?])
}

#[pyfunction]
fn spectral_contrast<'py>(y: &Bound<'py, PyAny>, sr: f64) -> PyResult<Matrix<'py, f64>> {
    if sr != 22_050.0 {
        // Its bands are those of this rate.
        return Err(PyValueError::new_err(format!("spectral contrast is defined here at 22050 Hz, not at {sr} Hz")));
    }
    let (py, contrast) = heard(y, sr, |heard| {
        let mut contrast = FrameMatrix::default();
        Contrast::new().apply(&heard.magnitude, &mut contrast);
        Ok(contrast)
    })?;
    let wide = contrast.data().iter().copied().map(f64::from);
    PyArray1::from_iter(py, wide).reshape([contrast.frames(), contrast.bins()])?.transpose()
}

#[pyfunction]
fn spectral_flatness<'py>(y: &Bound<'py, PyAny>) -> PyResult<Matrix<'py, f32>> {
    let (py, values) = heard(y, 22_050.0, |heard| {
        let mut values = Vec::new();
        flatness(&heard.magnitude, &mut values);
        Ok(values)
    })?;
    row(py, narrow(values))
}

#[pyfunction]
fn rms<'py>(y: &Bound<'py, PyAny>) -> PyResult<Matrix<'py, f32>> {
    let (py, temporal) = heard(y, 22_050.0, |heard| Ok(heard.temporal()))?;
    row(py, narrow(temporal.rms))
}

#[pyfunction]
fn zero_crossing_rate<'py>(y: &Bound<'py, PyAny>) -> PyResult<Matrix<'py, f64>> {
    let (py, temporal) = heard(y, 22_050.0, |heard| Ok(heard.temporal()))?;
    row(py, temporal.zero_crossing_rate)
}

/// Onset strength by the mean over the bands, or their median.
#[pyfunction]
fn onset_envelope<'py>(y: &Bound<'py, PyAny>, sr: f64, median: bool) -> PyResult<Bound<'py, PyArray1<f32>>> {
    let strength = if median { onset_strength } else { mean_onset_strength };
    let (py, envelope) = heard(y, sr, |heard| Ok(strength(&heard.mel_db())))?;
    Ok(PyArray1::from_vec(py, envelope))
}

/// Beats per minute of an onset envelope.
#[pyfunction]
fn tempo(onset_envelope: &Bound<'_, PyAny>, sr: f64) -> PyResult<f64> {
    let (py, envelope, rate) = (onset_envelope.py(), samples(onset_envelope)?, hertz(sr)?);
    Ok(py.detach(|| Rhythm::new(rate).tempo(&envelope)))
}

/// Tempo, and the frames of the beats.
#[pyfunction]
fn beat_track<'py>(y: &Bound<'py, PyAny>, sr: f64) -> PyResult<(f64, Bound<'py, PyArray1<i64>>)> {
    let (py, (tempo, frames)) = heard(y, sr, |heard| {
        let envelope = onset_strength(&heard.mel_db());
        let tempo = Rhythm::new(heard.rate).tempo(&envelope);
        Ok((tempo, beats(&envelope, tempo, heard.rate)))
    })?;
    Ok((tempo, PyArray1::from_iter(py, frames.into_iter().map(|frame| frame as i64))))
}

/// The harmonic and the percussive waveform.
#[pyfunction]
fn hpss<'py>(y: &Bound<'py, PyAny>) -> PyResult<[Bound<'py, PyArray1<f32>>; 2]> {
    let (py, waveforms) = heard(y, 22_050.0, |mut heard| {
        let mut harmonic = vec![0.0; heard.samples.len()];
        Hpss::new().harmonic(&mut heard.stft, &heard.spectrum, &heard.magnitude, CONVENTION, &mut harmonic)?;
        let percussive = heard.samples.iter().zip(&harmonic).map(|(sample, harmonic)| sample - harmonic).collect();
        Ok([harmonic, percussive])
    })?;
    Ok(waveforms.map(|waveform| PyArray1::from_vec(py, waveform)))
}

/// The descriptors of a clip.
#[pyfunction]
fn features<'py>(
    y: &Bound<'py, PyAny>,
    sr: f64,
    descriptors: &str,
    convention: &str,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (py, clip, rate) = (y.py(), samples(y)?, hertz(sr)?);
    let refuse = |error: dsp::Error| PyValueError::new_err(error.to_string());
    let descriptors: Descriptors = descriptors.parse().map_err(refuse)?;
    let convention: Convention = convention.parse().map_err(refuse)?;
    let spec = FeatureSpec::new(InputKind::Features, convention, rate, ClipLength::TRACK);
    let spec = spec.and_then(|spec| spec.with_descriptors(descriptors)).map_err(refuse)?;
    let row = py.detach(|| FeatureExtractor::new(&spec).extract_any_length(&clip));
    Ok(PyArray1::from_vec(py, row.map_err(|error| errors::of_dsp(py, &error))?.values))
}

/// The names of a set's values.
#[pyfunction]
fn feature_names(descriptors: &str) -> PyResult<Vec<&'static str>> {
    let descriptors: Descriptors =
        descriptors.parse().map_err(|error: dsp::Error| PyValueError::new_err(error.to_string()))?;
    Ok(descriptors.columns().to_vec())
}

fn narrow(values: Vec<f64>) -> Vec<f32> {
    values.into_iter().map(|value| value as f32).collect()
}

//! Descriptors of samples, with librosa's names, shapes and numbers (0.11's).

use dsp::beats::beats;
use dsp::chroma::ChromaBank;
use dsp::contrast::Contrast;
use dsp::flatness::flatness;
use dsp::hpss::Hpss;
use dsp::mel::{MEL_BANDS, MelBank, Reference, power_to_db};
use dsp::mfcc::{COEFFICIENTS, Mfcc};
use dsp::onset::{mean_onset_strength, onset_strength};
use dsp::rhythm::Rhythm;
use dsp::spectral::SpectralShape;
use dsp::stft::{Padding, Stft, frame_count};
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

/// Where the sampling rate makes no difference.
const ANY_RATE: f64 = 22_050.0;

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

/// What is described.
struct Sound {
    samples: Vec<f32>,
    rate: u32,
}

/// Its transform.
struct Spectrum {
    stft: Stft,
    spectrum: FrameMatrix<Complex32>,
    magnitude: FrameMatrix,
}

impl Sound {
    fn spectrum(&self) -> dsp::Result<Spectrum> {
        let (mut spectrum, mut magnitude) = (FrameMatrix::default(), FrameMatrix::default());
        let mut stft = Stft::new();
        stft.forward(&self.samples, Padding::from(CONVENTION), &mut spectrum, &mut magnitude)?;
        Ok(Spectrum { stft, spectrum, magnitude })
    }

    fn mel(&self) -> dsp::Result<FrameMatrix> {
        let bank = MelBank::new(self.rate);
        let mut mel = FrameMatrix::new(frame_count(self.samples.len()), MEL_BANDS);
        let bands = mel.data_mut();
        Stft::new().powers(&self.samples, Padding::from(CONVENTION), |frame, power| {
            bank.apply_to_powers(power, &mut bands[frame * MEL_BANDS..(frame + 1) * MEL_BANDS]);
        })?;
        Ok(mel)
    }

    fn mel_db(&self) -> dsp::Result<FrameMatrix> {
        let mut mel = self.mel()?;
        power_to_db(&mut mel, Reference::One);
        Ok(mel)
    }

    fn temporal(&self) -> Temporal {
        let mut temporal = Temporal::default();
        temporal.describe(&self.samples, Padding::from(CONVENTION));
        temporal
    }
}

/// What `work` makes of samples, without the interpreter.
fn described<'py, T: Send>(
    y: &Bound<'py, PyAny>,
    sr: f64,
    work: impl FnOnce(Sound) -> dsp::Result<T> + Send,
) -> PyResult<(Python<'py>, T)> {
    let (py, sound) = (y.py(), Sound { samples: samples(y)?, rate: hertz(sr)? });
    let done = py.detach(|| work(sound));
    Ok((py, done.map_err(|error| errors::of_dsp(py, &error))?))
}

/// A matrix of ours, `[frames, bins]`, as librosa has it; in memory it stays as it is.
fn matrix<T: Element + Copy + Default>(py: Python<'_>, ours: FrameMatrix<T>) -> PyResult<Matrix<'_, T>> {
    let shape = [ours.frames(), ours.bins()];
    PyArray1::from_vec(py, ours.into_data()).reshape(shape)?.transpose()
}

/// A value a frame as a matrix, `[1, frames]`.
fn row<T: Element>(py: Python<'_>, values: Vec<T>) -> PyResult<Matrix<'_, T>> {
    let frames = values.len();
    PyArray1::from_vec(py, values).reshape([1, frames])
}

#[pyfunction]
fn stft<'py>(y: &Bound<'py, PyAny>) -> PyResult<Matrix<'py, Complex32>> {
    let (py, transform) = described(y, ANY_RATE, |sound| sound.spectrum())?;
    matrix(py, transform.spectrum)
}

#[pyfunction]
fn melspectrogram<'py>(y: &Bound<'py, PyAny>, sr: f64) -> PyResult<Matrix<'py, f32>> {
    let (py, mel) = described(y, sr, |sound| sound.mel())?;
    matrix(py, mel)
}

#[pyfunction]
fn mfcc<'py>(y: &Bound<'py, PyAny>, sr: f64, n_mfcc: usize) -> PyResult<Matrix<'py, f32>> {
    if !(1..=COEFFICIENTS).contains(&n_mfcc) {
        return Err(PyValueError::new_err(format!("n_mfcc must lie between 1 and {COEFFICIENTS}, not be {n_mfcc}")));
    }
    let (py, cepstrum) = described(y, sr, |sound| {
        let mut cepstrum = FrameMatrix::default();
        Mfcc::new().apply(&sound.mel_db()?, &mut cepstrum);
        Ok(cepstrum)
    })?;
    let kept: Vec<f32> = cepstrum.rows().flat_map(|frame| &frame[..n_mfcc]).copied().collect();
    PyArray1::from_vec(py, kept).reshape([cepstrum.frames(), n_mfcc])?.transpose()
}

#[pyfunction]
fn chroma_stft<'py>(y: &Bound<'py, PyAny>, sr: f64) -> PyResult<Matrix<'py, f32>> {
    let (py, chroma) = described(y, sr, |sound| {
        let Spectrum { magnitude, .. } = sound.spectrum()?;
        let tuning = TuningEstimator::new(sound.rate, CONVENTION).estimate(&magnitude);
        let mut chroma = FrameMatrix::default();
        ChromaBank::new(sound.rate).apply(&magnitude, tuning, &mut chroma);
        Ok(chroma)
    })?;
    matrix(py, chroma)
}

/// Centroid, bandwidth and roll-off in Hz.
#[pyfunction]
fn spectral_shape<'py>(y: &Bound<'py, PyAny>, sr: f64) -> PyResult<[Matrix<'py, f64>; 3]> {
    let (py, shape) = described(y, sr, |sound| {
        let mut shape = SpectralShape::default();
        shape.describe(&sound.spectrum()?.magnitude, sound.rate);
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
    let (py, contrast) = described(y, sr, |sound| {
        let mut contrast = FrameMatrix::default();
        Contrast::new().apply(&sound.spectrum()?.magnitude, &mut contrast);
        Ok(contrast)
    })?;
    let wide = contrast.data().iter().copied().map(f64::from);
    PyArray1::from_iter(py, wide).reshape([contrast.frames(), contrast.bins()])?.transpose()
}

#[pyfunction]
fn spectral_flatness<'py>(y: &Bound<'py, PyAny>) -> PyResult<Matrix<'py, f32>> {
    let (py, values) = described(y, ANY_RATE, |sound| {
        let mut values = Vec::new();
        flatness(&sound.spectrum()?.magnitude, &mut values);
        Ok(values)
    })?;
    row(py, narrow(values))
}

#[pyfunction]
fn rms<'py>(y: &Bound<'py, PyAny>) -> PyResult<Matrix<'py, f32>> {
    let (py, temporal) = described(y, ANY_RATE, |sound| Ok(sound.temporal()))?;
    row(py, narrow(temporal.rms))
}

#[pyfunction]
fn zero_crossing_rate<'py>(y: &Bound<'py, PyAny>) -> PyResult<Matrix<'py, f64>> {
    let (py, temporal) = described(y, ANY_RATE, |sound| Ok(sound.temporal()))?;
    row(py, temporal.zero_crossing_rate)
}

/// Onset strength by the mean over the bands, or their median.
#[pyfunction]
fn onset_envelope<'py>(y: &Bound<'py, PyAny>, sr: f64, median: bool) -> PyResult<Bound<'py, PyArray1<f32>>> {
    let strength = if median { onset_strength } else { mean_onset_strength };
    let (py, envelope) = described(y, sr, |sound| Ok(strength(&sound.mel_db()?)))?;
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
    let (py, (tempo, frames)) = described(y, sr, |sound| {
        let envelope = onset_strength(&sound.mel_db()?);
        let tempo = Rhythm::new(sound.rate).tempo(&envelope);
        Ok((tempo, beats(&envelope, tempo, sound.rate)))
    })?;
    Ok((tempo, PyArray1::from_iter(py, frames.into_iter().map(|frame| frame as i64))))
}

/// The harmonic and the percussive waveform.
#[pyfunction]
fn hpss<'py>(y: &Bound<'py, PyAny>) -> PyResult<[Bound<'py, PyArray1<f32>>; 2]> {
    let (py, waveforms) = described(y, ANY_RATE, |sound| {
        let Spectrum { mut stft, spectrum, magnitude } = sound.spectrum()?;
        let mut harmonic = vec![0.0; sound.samples.len()];
        Hpss::new().harmonic(&mut stft, &spectrum, &magnitude, CONVENTION, &mut harmonic)?;
        let percussive = sound.samples.iter().zip(&harmonic).map(|(sample, harmonic)| sample - harmonic).collect();
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

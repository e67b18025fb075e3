//! Everything that is drawn, computed once.

use dsp::beats::beats;
use dsp::chroma::ChromaBank;
use dsp::hpss::Hpss;
use dsp::mel::{MelBank, Reference, power_to_db};
use dsp::mfcc::Mfcc;
use dsp::onset::onset_strength;
use dsp::rhythm::Rhythm;
use dsp::spectral::SpectralShape;
use dsp::stft::{HOP, Padding, Spectrogram, Stft};
use dsp::temporal::Temporal;
use dsp::tuning::TuningEstimator;
use dsp::{AudioBuffer, Convention, MIN_CLIP_SAMPLES};

use crate::{Error, Result};

/// Longest audio analysed, in seconds: more takes over a gigabyte, and no picture has room for it.
pub const MAX_SECONDS: u32 = 30 * 60;

/// Whose numbers are drawn: today's librosa's.
const CONVENTION: Convention = Convention::Librosa011;

/// A clip and what librosa 0.11 says about it. Frame `t` of every matrix and row is centred on sample `512 t`.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// The clip.
    pub(crate) audio: AudioBuffer,
    /// Magnitudes, `[frames, 1025]`.
    pub(crate) magnitude: Spectrogram,
    /// Mel powers in dB below the loudest, `[frames, 128]`, from −80 to 0.
    pub(crate) mel_db: Spectrogram,
    /// Pitch classes from C to B, `[frames, 12]`, from 0 to 1.
    pub(crate) chroma: Spectrogram,
    /// Centroid, bandwidth and roll-off in Hz.
    pub(crate) shape: SpectralShape,
    /// RMS and zero-crossing rate.
    pub(crate) temporal: Temporal,
    /// Onset strength in dB.
    pub(crate) onset: Vec<f32>,
    /// Tempo in beats per minute; 0 without any onset.
    pub(crate) tempo: f64,
    /// Frames of the beats.
    pub(crate) beats: Vec<usize>,
    /// MFCCs, `[frames, 20]`.
    pub(crate) mfcc: Spectrogram,
    /// The harmonic waveform; the percussive one is the rest of the clip.
    pub(crate) harmonic: Vec<f32>,
}

/// Refuses audio that has no picture.
pub(crate) fn check(audio: &AudioBuffer) -> Result<()> {
    dsp::check_rate(audio.rate)?;
    if audio.samples.len() < MIN_CLIP_SAMPLES {
        return Err(dsp::Error::ClipTooShort { expected: MIN_CLIP_SAMPLES, got: audio.samples.len() }.into());
    }
    if audio.duration() > f64::from(MAX_SECONDS) {
        return Err(Error::TooLong { limit: MAX_SECONDS });
    }
    match audio.samples.iter().position(|sample| !sample.is_finite()) {
        Some(index) => Err(dsp::Error::NotFiniteClip { index }.into()),
        None => Ok(()),
    }
}

/// What surrounds a clip.
pub(crate) fn padding() -> Padding {
    Padding::from(CONVENTION)
}

impl Analysis {
    /// Analyses a clip, in about 30 ms for 30 s.
    ///
    /// # Errors
    /// The clip is shorter than one window or longer than [`MAX_SECONDS`], or has a sampling rate that no recording has or
    /// samples that are not finite.
    pub fn of(audio: AudioBuffer) -> Result<Self> {
        let AudioBuffer { samples, rate } = &audio;
        let (rate, padding) = (*rate, padding());
        check(&audio)?;
        let mut stft = Stft::new();
        let (mut spectrum, mut magnitude) = Default::default();
        stft.forward(samples, padding, &mut spectrum, &mut magnitude)?;

        let mut chroma = Spectrogram::default();
        let tuning = TuningEstimator::new(rate, CONVENTION).estimate(&magnitude);
        ChromaBank::new(rate).apply(&magnitude, tuning, &mut chroma);
        let mut shape = SpectralShape::default();
        shape.describe(&magnitude, rate);
        let mut temporal = Temporal::default();
        temporal.describe(samples, padding);
        let mut harmonic = vec![0.0; samples.len()];
        Hpss::new().harmonic(&mut stft, &spectrum, &magnitude, CONVENTION, &mut harmonic)?;

        let mut mel_db = Spectrogram::default();
        MelBank::new(rate).apply(&magnitude, &mut mel_db);
        let (mut absolute, mut mfcc) = (mel_db.clone(), Spectrogram::default());
        power_to_db(&mut absolute, Reference::One);
        power_to_db(&mut mel_db, Reference::Maximum);
        Mfcc::new().apply(&absolute, &mut mfcc);
        let onset = onset_strength(&absolute);
        let tempo = Rhythm::new(rate).tempo(&onset);
        let beats = beats(&onset, tempo, rate);
        Ok(Self { magnitude, mel_db, chroma, shape, temporal, onset, tempo, beats, mfcc, harmonic, audio })
    }

    /// The clip.
    pub fn audio(&self) -> &AudioBuffer {
        &self.audio
    }

    /// The percussive waveform: what the harmonic one leaves of the clip.
    pub(crate) fn percussive(&self) -> Vec<f32> {
        self.audio.samples.iter().zip(&self.harmonic).map(|(clip, harmonic)| clip - harmonic).collect()
    }

    /// Seconds at the centre of a frame.
    pub(crate) fn seconds(&self, frame: usize) -> f64 {
        (frame * HOP) as f64 / f64::from(self.audio.rate)
    }

    /// Half the sampling rate, in Hz.
    pub(crate) fn nyquist(&self) -> f64 {
        f64::from(self.audio.rate) / 2.0
    }
}

//! Everything that is drawn, computed once.

use dsp::beats::beats;
use dsp::chroma::{ChromaBank, PITCH_CLASSES};
use dsp::hpss::Hpss;
use dsp::mel::{MEL_BANDS, MelBank, Reference, power_to_db};
use dsp::mfcc::Mfcc;
use dsp::onset::onset_strength;
use dsp::rhythm::Rhythm;
use dsp::spectral::SpectralShape;
use dsp::stft::{BINS, HOP, Padding, Stft, frame_count};
use dsp::temporal::Temporal;
use dsp::tuning::TuningEstimator;
use dsp::{AudioBuffer, Convention, FrameMatrix, MIN_CLIP_SAMPLES};

use crate::axis::Axis;
use crate::blocks::{BLOCK, Block};
use crate::extremes::Extremes;
use crate::heat::Columns;
use crate::kinds::{amplitude_to_db, frames_across};
use crate::{Error, Result};

/// Longest audio analysed, in seconds: no picture has room for more.
pub const MAX_SECONDS: u32 = 30 * 60;

/// Whose numbers are drawn: today's librosa's.
const CONVENTION: Convention = Convention::Librosa011;

/// A clip and what librosa 0.11 says about it. Frame `t` of every matrix and row is centred on sample `512 t`, but for the
/// two spectrograms: they are reduced to the pixel columns of a picture, the greatest of whose frames they show.
///
/// It holds the samples and 0.2 kB a frame: 30 minutes at 22 050 Hz are 175 MB, and 250 MB while they are analysed.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// The clip.
    pub(crate) audio: AudioBuffer,
    /// Magnitudes in dB below the loudest, `[columns, 1025]`.
    pub(crate) spectrogram_db: FrameMatrix,
    /// Mel powers in dB below the loudest, `[columns, 128]`, from −80 to 0.
    pub(crate) mel_db: FrameMatrix,
    /// Pitch classes from C to B, `[frames, 12]`, from 0 to 1.
    pub(crate) chroma: FrameMatrix,
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
    pub(crate) mfcc: FrameMatrix,
    /// The harmonic waveform, and the percussive one, which is what it leaves of the clip.
    pub(crate) harmonic: Extremes,
    pub(crate) percussive: Extremes,
}

/// Refuses audio that has no picture.
fn check(audio: &AudioBuffer) -> Result<()> {
    dsp::check_rate(audio.rate)?;
    check_least(audio.samples.len())?;
    check_most(audio.samples.len(), audio.rate)?;
    check_finite(&audio.samples, 0)
}

/// Refuses fewer samples than one window.
pub(crate) fn check_least(samples: usize) -> Result<()> {
    if samples >= MIN_CLIP_SAMPLES {
        return Ok(());
    }
    Err(dsp::Error::ClipTooShort { expected: MIN_CLIP_SAMPLES, got: samples }.into())
}

/// Refuses more samples than [`MAX_SECONDS`] have.
pub(crate) fn check_most(samples: usize, rate: u32) -> Result<()> {
    let fits = samples as u64 <= u64::from(MAX_SECONDS) * u64::from(rate);
    if fits { Ok(()) } else { Err(Error::TooLong { limit: MAX_SECONDS }) }
}

/// Refuses samples, the first of which is the clip's number `first`, that are NaN or infinite.
pub(crate) fn check_finite(samples: &[f32], first: usize) -> Result<()> {
    match samples.iter().position(|sample| !sample.is_finite()) {
        Some(index) => Err(dsp::Error::NotFiniteClip { index: first + index }.into()),
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
        Self::in_blocks(audio, BLOCK)
    }

    /// The same in blocks of `size` frames. A clip that is one block is transformed once, and any other twice, since the
    /// chroma filters are those of the whole clip's tuning.
    fn in_blocks(audio: AudioBuffer, size: usize) -> Result<Self> {
        check(&audio)?;
        let AudioBuffer { samples, rate } = &audio;
        let (rate, padding, frames) = (*rate, padding(), frame_count(samples.len()));
        let blocks = Block::all(samples.len(), size);
        let mut stft = Stft::new();
        let (mut spectrum, mut magnitude) = (FrameMatrix::default(), FrameMatrix::default());

        let mut tuning = TuningEstimator::new(rate, CONVENTION);
        for block in &blocks {
            stft.forward(block.samples(samples), padding, &mut spectrum, &mut magnitude)?;
            block.rows(&magnitude).chunks_exact(BINS).for_each(|row| tuning.add(row));
        }
        let tuning = tuning.finish();

        let across = frames_across(frames, rate, &Axis::linear(0.0, audio.duration()));
        let (mut loudest, mut loudest_mel) = (Columns::new(&across, BINS), Columns::new(&across, MEL_BANDS));
        let mut chroma = FrameMatrix::new(frames, PITCH_CLASSES);
        let mut mel = FrameMatrix::new(frames, MEL_BANDS);
        let mut shape = SpectralShape::default();
        let mut harmonic = Extremes::new(samples.len());
        let mut percussive = harmonic.clone();
        let (mut chroma_bank, mut mel_bank, mut hpss) = (ChromaBank::new(rate), MelBank::new(rate), Hpss::new());
        let (mut part, mut shape_part, mut waveform) = (FrameMatrix::default(), SpectralShape::default(), Vec::new());
        for block in &blocks {
            let (clip, first) = (block.samples(samples), block.frames.start);
            if blocks.len() > 1 {
                stft.forward(clip, padding, &mut spectrum, &mut magnitude)?;
            }
            loudest.add(first, block.rows(&magnitude));
            chroma_bank.apply(&magnitude, tuning, &mut part);
            chroma.data_mut()[first * PITCH_CLASSES..][..block.frames.len() * PITCH_CLASSES]
                .copy_from_slice(block.rows(&part));
            mel_bank.apply(&magnitude, &mut part);
            loudest_mel.add(first, block.rows(&part));
            mel.data_mut()[first * MEL_BANDS..][..block.frames.len() * MEL_BANDS].copy_from_slice(block.rows(&part));
            shape_part.describe(&magnitude, rate);
            shape.centroid.extend_from_slice(block.values(&shape_part.centroid));
            shape.bandwidth.extend_from_slice(block.values(&shape_part.bandwidth));
            shape.rolloff.extend_from_slice(block.values(&shape_part.rolloff));
            waveform.resize(clip.len(), 0.0);
            hpss.harmonic(&mut stft, &spectrum, &magnitude, CONVENTION, &mut waveform)?;
            let (start, own) = block.waveform(&waveform);
            harmonic.add(start, own);
            waveform.iter_mut().zip(clip).for_each(|(harmonic, sample)| *harmonic = sample - *harmonic);
            let (start, own) = block.waveform(&waveform);
            percussive.add(start, own);
        }

        let (mut spectrogram_db, mut mel_db) = (loudest.into_matrix(), loudest_mel.into_matrix());
        amplitude_to_db(&mut spectrogram_db);
        power_to_db(&mut mel_db, Reference::Maximum);
        power_to_db(&mut mel, Reference::One);
        let mut mfcc = FrameMatrix::default();
        Mfcc::new().apply(&mel, &mut mfcc);
        let onset = onset_strength(&mel);
        let tempo = Rhythm::new(rate).tempo(&onset);
        let beats = beats(&onset, tempo, rate);
        let mut temporal = Temporal::default();
        temporal.describe(samples, padding);
        Ok(Self {
            spectrogram_db,
            mel_db,
            chroma,
            shape,
            temporal,
            onset,
            tempo,
            beats,
            mfcc,
            harmonic,
            percussive,
            audio,
        })
    }

    /// The clip.
    pub fn audio(&self) -> &AudioBuffer {
        &self.audio
    }

    /// Frames of the clip.
    pub(crate) fn frames(&self) -> usize {
        frame_count(self.audio.samples.len())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_give_what_the_whole_clip_gives() {
        let mut state = 1u32;
        let mut sample = |n: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 8) as f32 / 8_388_608.0 - 1.0;
            let stroke = noise * (-(n as f32 % 11_025.0) / 500.0).exp();
            0.3 * (n as f32 * 0.0631).sin() + 0.2 * (n as f32 * 0.13).sin() + 0.4 * stroke
        };
        for samples in [150 * 512, 150 * 512 + 1, 163 * 512 + 300] {
            let audio = AudioBuffer { samples: (0..samples).map(&mut sample).collect(), rate: 22_050 };
            let whole = Analysis::of(audio.clone()).unwrap();
            for size in [40, 64, 100] {
                let parts = Analysis::in_blocks(audio.clone(), size).unwrap();
                assert_eq!(parts.spectrogram_db, whole.spectrogram_db);
                assert_eq!(parts.mel_db, whole.mel_db);
                assert_eq!(parts.chroma, whole.chroma);
                assert_eq!(parts.mfcc, whole.mfcc);
                assert_eq!(parts.shape.centroid, whole.shape.centroid);
                assert_eq!(parts.shape.bandwidth, whole.shape.bandwidth);
                assert_eq!(parts.shape.rolloff, whole.shape.rolloff);
                assert_eq!((parts.onset, parts.beats), (whole.onset.clone(), whole.beats.clone()));
                assert!(parts.harmonic == whole.harmonic, "{samples} samples in blocks of {size}");
                assert!(parts.percussive == whole.percussive, "{samples} samples in blocks of {size}");
            }
        }
    }
}

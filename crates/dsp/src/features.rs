//! A clip to its row: the classic or the extended descriptors, or the flattened log-mel spectrogram.

use realfft::num_complex::Complex32;

use crate::chroma::ChromaBank;
use crate::extended::{Extended, Found};
use crate::hpss::{self, Hpss};
use crate::mel::{MEL_BANDS, MelBank, Reference, power_to_db};
use crate::mfcc::{COEFFICIENTS, Mfcc};
use crate::onset::onset_strength;
use crate::rhythm::Rhythm;
use crate::spectral::SpectralShape;
use crate::statistics::{column, moments};
use crate::stft::{N_FFT, Padding, Stft, frame_count};
use crate::temporal::Temporal;
use crate::tuning::TuningEstimator;
use crate::{Descriptors, Error, FeatureSpec, FrameMatrix, InputKind, Result};

/// Version of the code that computes features: a part of every key under which they are kept. It is raised whenever the
/// same file would give other numbers than before, be it that descriptors changed or that decoding did.
pub const CODE_VERSION: u32 = 3;

/// Fewest samples that features can be computed from: one analysis window.
pub const MIN_CLIP_SAMPLES: usize = N_FFT;

/// The classic descriptors in the order of the GTZAN dataset's CSV files: means and population variances over all values of the
/// named matrix, except `tempo`, which is one number in beats per minute.
pub const FEATURE_NAMES: [&str; 57] = [
    "chroma_stft_mean",
    "chroma_stft_var",
    "rms_mean",
    "rms_var",
    "spectral_centroid_mean",
    "spectral_centroid_var",
    "spectral_bandwidth_mean",
    "spectral_bandwidth_var",
    "rolloff_mean",
    "rolloff_var",
    "zero_crossing_rate_mean",
    "zero_crossing_rate_var",
    "harmony_mean",
    "harmony_var",
    "perceptr_mean",
    "perceptr_var",
    "tempo",
    "mfcc1_mean",
    "mfcc1_var",
    "mfcc2_mean",
    "mfcc2_var",
    "mfcc3_mean",
    "mfcc3_var",
    "mfcc4_mean",
    "mfcc4_var",
    "mfcc5_mean",
    "mfcc5_var",
    "mfcc6_mean",
    "mfcc6_var",
    "mfcc7_mean",
    "mfcc7_var",
    "mfcc8_mean",
    "mfcc8_var",
    "mfcc9_mean",
    "mfcc9_var",
    "mfcc10_mean",
    "mfcc10_var",
    "mfcc11_mean",
    "mfcc11_var",
    "mfcc12_mean",
    "mfcc12_var",
    "mfcc13_mean",
    "mfcc13_var",
    "mfcc14_mean",
    "mfcc14_var",
    "mfcc15_mean",
    "mfcc15_var",
    "mfcc16_mean",
    "mfcc16_var",
    "mfcc17_mean",
    "mfcc17_var",
    "mfcc18_mean",
    "mfcc18_var",
    "mfcc19_mean",
    "mfcc19_var",
    "mfcc20_mean",
    "mfcc20_var",
];

/// The row of one clip.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureVector {
    /// Descriptors in the order of [`Descriptors::columns`], or the flattened log-mel spectrogram.
    pub values: Vec<f64>,
}

/// Computes rows; holds the plans, filters and scratch for it, so a worker makes one and uses it for all its clips.
///
/// A clip of 30 s takes about 21 MB besides its samples, half of it the spectrum, and 7 MB more with the extended set. After the
/// first clip of a length nothing is allocated but the row and the onset envelopes.
///
/// ```
/// # fn main() -> dsp::Result<()> {
/// use dsp::{ClipLength, Convention, FEATURE_NAMES, FeatureExtractor, FeatureSpec};
///
/// let mut extractor = FeatureExtractor::new(&FeatureSpec::features(Convention::Librosa07, ClipLength::TENTH));
/// let tone: Vec<f32> = (0..66_149).map(|i| (i as f32 * 0.05).sin()).collect();
/// let row = extractor.extract(&tone)?;
/// assert_eq!(row.values.len(), FEATURE_NAMES.len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FeatureExtractor {
    spec: FeatureSpec,
    stft: Stft,
    spectrum: FrameMatrix<Complex32>,
    magnitude: FrameMatrix,
    mel_bank: MelBank,
    mel: FrameMatrix,
    mfcc: Mfcc,
    cepstrum: FrameMatrix,
    tuning: TuningEstimator,
    chroma_bank: ChromaBank,
    chroma: FrameMatrix,
    shape: SpectralShape,
    temporal: Temporal,
    hpss: Hpss,
    harmonic: Vec<f32>,
    rhythm: Rhythm,
    extended: Option<Box<Extended>>,
    padded: Vec<f32>,
}

impl FeatureExtractor {
    /// Plans for `spec`.
    pub fn new(spec: &FeatureSpec) -> Self {
        let rate = spec.sample_rate();
        Self {
            spec: spec.clone(),
            stft: Stft::new(),
            spectrum: FrameMatrix::default(),
            magnitude: FrameMatrix::default(),
            mel_bank: MelBank::new(rate),
            mel: FrameMatrix::default(),
            mfcc: Mfcc::new(),
            cepstrum: FrameMatrix::default(),
            tuning: TuningEstimator::new(rate, spec.convention()),
            chroma_bank: ChromaBank::new(rate),
            chroma: FrameMatrix::default(),
            shape: SpectralShape::default(),
            temporal: Temporal::default(),
            hpss: Hpss::new(),
            harmonic: Vec::new(),
            rhythm: Rhythm::new(rate),
            extended: (spec.descriptors() == Some(Descriptors::Extended)).then(|| Box::new(Extended::new())),
            padded: Vec::new(),
        }
    }

    /// What the extractor was made for.
    pub fn spec(&self) -> &FeatureSpec {
        &self.spec
    }

    /// The row of `clip`, mono samples at the specification's rate.
    ///
    /// Descriptors are those of the whole clip, whatever its length. A spectrogram has the specification's length:
    /// silence is appended to a shorter clip, and the end of a longer one is left out.
    ///
    /// # Errors
    /// [`Error::ClipTooShort`] below [`MIN_CLIP_SAMPLES`] samples, [`Error::NotFiniteClip`] for NaN or infinity.
    pub fn extract(&mut self, clip: &[f32]) -> Result<FeatureVector> {
        if clip.len() < MIN_CLIP_SAMPLES {
            return Err(Error::ClipTooShort { expected: MIN_CLIP_SAMPLES, got: clip.len() });
        }
        self.extract_any_length(clip)
    }

    /// The same for a clip that may be shorter than one window. librosa describes such a clip too, and these are its
    /// numbers, but most of what they describe is the padding.
    ///
    /// # Errors
    /// [`Error::ClipTooShort`] for no samples at all, [`Error::NotFiniteClip`] for NaN or infinity.
    pub fn extract_any_length(&mut self, clip: &[f32]) -> Result<FeatureVector> {
        if clip.is_empty() {
            return Err(Error::ClipTooShort { expected: 1, got: 0 });
        }
        // Looking at every sample of a piece, rather than stopping at the first, lets the loop be vectorised.
        let bad = |piece: &[f32]| piece.iter().fold(false, |bad, sample| bad | !sample.is_finite());
        if clip.chunks(1024).any(bad)
            && let Some(index) = clip.iter().position(|sample| !sample.is_finite())
        {
            return Err(Error::NotFiniteClip { index });
        }
        match self.spec.input() {
            InputKind::Features => self.descriptors(clip),
            InputKind::Spectrogram => self.log_mel(clip),
        }
    }

    fn descriptors(&mut self, clip: &[f32]) -> Result<FeatureVector> {
        let Self { spec, stft, spectrum, magnitude, .. } = self;
        let (rate, padding) = (spec.sample_rate(), Padding::from(spec.convention()));
        stft.forward(clip, padding, spectrum, magnitude)?;

        let tuning = self.tuning.estimate(magnitude);
        self.chroma_bank.apply(magnitude, tuning, &mut self.chroma);
        self.temporal.describe(clip, padding);
        self.shape.describe(magnitude, rate);
        self.harmonic.resize(clip.len(), 0.0);
        self.hpss.harmonic(stft, spectrum, magnitude, spec.convention(), &mut self.harmonic)?;
        self.mel_bank.apply(magnitude, &mut self.mel);
        power_to_db(&mut self.mel, Reference::One);
        let tempo = self.rhythm.tempo(&onset_strength(&self.mel));
        self.mfcc.apply(&self.mel, &mut self.cepstrum);

        let mut values = Vec::with_capacity(spec.len());
        values.extend(moments(widen(self.chroma.data())));
        values.extend(moments(self.temporal.rms.iter().copied()));
        values.extend(moments(self.shape.centroid.iter().copied()));
        values.extend(moments(self.shape.bandwidth.iter().copied()));
        values.extend(moments(self.shape.rolloff.iter().copied()));
        values.extend(moments(self.temporal.zero_crossing_rate.iter().copied()));
        for waveform in hpss::moments(clip, &self.harmonic, self.spec.convention()) {
            values.extend([waveform.mean, waveform.variance]);
        }
        values.push(tempo);
        for coefficient in 0..COEFFICIENTS {
            values.extend(moments(column(&self.cepstrum, coefficient)));
        }
        if let Some(extended) = &mut self.extended {
            let found = Found { magnitude: &self.magnitude, mel_db: &self.mel, cepstrum: &self.cepstrum };
            extended.describe(clip, &found, &mut values)?;
        }
        Ok(FeatureVector { values })
    }

    fn log_mel(&mut self, clip: &[f32]) -> Result<FeatureVector> {
        let samples = self.spec.clip_samples();
        let clip = match clip.get(..samples) {
            Some(clip) => clip,
            None => {
                self.padded.clear();
                self.padded.extend_from_slice(clip);
                self.padded.resize(samples, 0.0);
                &self.padded
            }
        };
        let (frames, bands) = (frame_count(samples), MEL_BANDS);
        self.mel.reshape(frames, bands);
        let (bank, mel) = (&self.mel_bank, self.mel.data_mut());
        self.stft.powers(clip, Padding::from(self.spec.convention()), |frame, power| {
            bank.apply_to_powers(power, &mut mel[frame * bands..(frame + 1) * bands]);
        })?;
        power_to_db(&mut self.mel, Reference::Maximum);
        let mut values = vec![0.0; bands * frames];
        // Eight frames at a time fill a cache line of each band.
        for (block, rows) in self.mel.data().chunks(8 * bands).enumerate() {
            for band in 0..bands {
                let start = band * frames + 8 * block;
                for (value, row) in values[start..].iter_mut().zip(rows.chunks_exact(bands)) {
                    *value = f64::from(row[band]);
                }
            }
        }
        Ok(FeatureVector { values })
    }
}

fn widen(values: &[f32]) -> impl Iterator<Item = f64> + Clone {
    values.iter().map(|&value| f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClipLength, Convention};

    #[test]
    fn unusable_clips_are_refused() {
        let mut extractor = FeatureExtractor::new(&FeatureSpec::features(Convention::Librosa07, ClipLength::TENTH));
        assert!(matches!(extractor.extract(&[0.0; 2047]), Err(Error::ClipTooShort { got: 2047, .. })));
        let mut clip = vec![0.0; 4096];
        clip[77] = f32::NAN;
        assert!(matches!(extractor.extract(&clip), Err(Error::NotFiniteClip { index: 77 })));
    }

    #[test]
    fn rows_do_not_depend_on_the_clips_before() {
        let spec = FeatureSpec::features(Convention::Librosa011, ClipLength::TENTH);
        let clip = |step: f32, len: usize| (0..len).map(|i| (i as f32 * step).sin()).collect::<Vec<f32>>();
        let (long, short) = (clip(0.1, 50_000), clip(0.03, 20_001));
        let mut used = FeatureExtractor::new(&spec);
        used.extract(&long).unwrap();
        let fresh = FeatureExtractor::new(&spec).extract(&short).unwrap();
        assert_eq!(used.extract(&short).unwrap(), fresh);
    }

    #[test]
    fn spectrograms_have_the_length_of_their_specification() {
        let spec = FeatureSpec::spectrogram(ClipLength::TENTH);
        let mut extractor = FeatureExtractor::new(&spec);
        for len in [2048, 66_149, 100_000] {
            let clip: Vec<f32> = (0..len).map(|i| (i as f32 * 0.2).sin()).collect();
            let row = extractor.extract(&clip).unwrap();
            assert_eq!(row.values.len(), spec.len());
            let loudest = row.values.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
            let quietest = row.values.iter().fold(0.0f64, |a, &b| a.min(b));
            assert!(loudest.abs() < 1e-5 && quietest >= -80.001, "{loudest} {quietest}");
        }
    }
}

//! Sound to numbers: audio files become mono samples, spectrograms and librosa's music descriptors.
//!
//! [`load`] or [`AudioReader`] decode a file, mix it to mono and resample it; [`ClipPlan`] says where it is cut. A
//! [`FeatureExtractor`] turns each clip into a [`FeatureVector`], the row that a [`FeatureSpec`] describes:
//!
//! - one [`stft`] gives spectrum and magnitudes, `[frames, 1025]`, and everything below comes from these or the samples;
//! - magnitudes → [`spectral`] shape; → [`tuning`] → [`chroma`]; → [`mel`] → decibels → [`mfcc`], and → [`onset`] →
//!   [`rhythm`]'s tempo → [`beats`];
//! - spectrum and magnitudes → [`median`] filters → [`hpss`], the harmonic and percussive waveforms;
//! - samples → [`temporal`]: loudness and zero crossings.
//!
//! The numbers are librosa's, of the version that [`Convention`] names: the tests hold every matrix and every feature
//! against values that it gave.

mod au;
mod audio;
pub mod beats;
pub mod chroma;
mod clips;
mod decode;
mod demux;
mod error;
mod features;
pub mod hpss;
mod m4a;
mod media;
pub mod median;
pub mod mel;
pub mod mfcc;
pub mod onset;
mod padding;
mod product;
mod reader;
mod resample;
pub mod rhythm;
mod simd;
mod source;
mod spec;
pub mod spectral;
pub mod stft;
pub mod temporal;
#[cfg(feature = "burn")]
mod tensor;
pub mod tuning;

pub use audio::AudioBuffer;
pub use clips::{Clip, ClipPlan, ClipReader, MAX_CLIP_SAMPLES};
pub use decode::{AUDIO_EXTENSIONS, LoadOptions, MAX_LOADED_SAMPLES, MAX_RATE, MIN_RATE, SampleRate, check_rate, load};
pub use error::{Error, Result};
pub use features::{FEATURE_NAMES, FeatureExtractor, FeatureVector, MIN_CLIP_SAMPLES};
pub use reader::{AudioFormat, AudioReader};
pub use spec::{Convention, FEATURE_SPEC_VERSION, FeatureSpec, InputKind};
#[cfg(feature = "burn")]
pub use tensor::tensor_data;

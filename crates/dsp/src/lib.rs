//! Sound to numbers: audio files become mono samples, spectrograms and librosa's music descriptors.
//!
//! [`load`] or [`AudioReader`] decode an [`AudioInput`], a path or bytes, mix it to mono and resample it; [`ClipPlan`] says
//! where it is cut, and a [`DecodeReport`] what was lost. [`track_features`] does all of it. A
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
mod between;
pub mod chroma;
mod clip_length;
mod clips;
mod decode;
mod demux;
mod error;
mod features;
mod frames;
pub mod hpss;
mod input;
mod loss;
mod m4a;
mod media;
pub mod median;
pub mod mel;
pub mod mfcc;
mod mix;
pub mod onset;
mod padding;
mod product;
mod reader;
mod recognise;
mod report;
mod resample;
pub mod rhythm;
mod simd;
mod spec;
pub mod spectral;
pub mod stft;
pub mod temporal;
mod track;
pub mod tuning;

pub use audio::AudioBuffer;
pub use clip_length::ClipLength;
pub use clips::{Clip, ClipPlan, ClipReader};
pub use decode::{AUDIO_EXTENSIONS, LoadOptions, MAX_LOADED_SAMPLES, MAX_RATE, MIN_RATE, SampleRate, check_rate, load};
pub use error::{Cause, Error, ErrorKind, Result};
pub use features::{CODE_VERSION, FEATURE_NAMES, FeatureExtractor, FeatureVector, MIN_CLIP_SAMPLES};
pub use frames::FrameMatrix;
pub use input::AudioInput;
pub use reader::{AudioFormat, AudioReader};
pub use report::{DecodeReport, MAX_LOST_SHARE};
pub use spec::{Convention, FEATURE_SPEC_VERSION, FeatureSpec, InputKind};
pub use track::{ClipFeatures, TrackFeatures, track_features};

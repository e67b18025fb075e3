//! Sound to numbers: audio files become mono samples, spectrograms and librosa's music descriptors.
//!
//! [`load`] or [`AudioReader`] decode an [`AudioInput`] (a path, a part of what lies there, or bytes), mix it to mono and
//! resample it; [`ClipPlan`] says where it is cut, and a [`DecodeReport`] what was lost. [`track_features`] does all of it. A
//! [`FeatureExtractor`] turns each clip into a [`FeatureVector`], the row that a [`FeatureSpec`] describes:
//!
//! - one [`stft`] gives spectrum and magnitudes, `[frames, 1025]`, and everything below comes from these or the samples;
//! - magnitudes → [`spectral`] shape; → [`tuning`] → [`chroma`]; → [`mel`] → decibels → [`mfcc`], and → [`onset`] →
//!   [`rhythm`]'s tempo → [`beats`];
//! - spectrum and magnitudes → [`median`] filters → [`hpss`], the harmonic and percussive waveforms;
//! - samples → [`temporal`]: loudness and zero crossings.
//!
//! The extended [`Descriptors`] add to these:
//!
//! - magnitudes → [`contrast`], [`flatness`], and a second tuning; mel decibels → [`onset`] → [`tempogram`];
//! - samples → [`halving`], octave by octave → [`constant_q`] → chroma → [`cens`] and [`tonnetz`];
//! - samples → [`bark`] bands.
//!
//! The numbers are librosa's, of the version that [`Convention`] names, and the bark bands Essentia's: the tests hold every
//! matrix and every feature against values that they gave.

mod audio;
pub mod bark;
pub mod beats;
pub mod cens;
pub mod chroma;
mod clip_length;
mod clips;
mod codecs;
pub mod constant_q;
mod container;
pub mod contrast;
mod decode;
mod demux;
mod descriptors;
mod error;
mod excerpt;
mod extended;
mod features;
pub mod flatness;
mod frames;
pub mod halving;
pub mod hpss;
mod input;
mod limits;
mod loaded;
mod loss;
pub mod median;
pub mod mel;
pub mod mfcc;
mod mix;
mod normalise;
mod ogg;
pub mod onset;
mod opus;
mod padding;
mod part;
mod product;
mod reader;
mod report;
mod resample;
pub mod rhythm;
mod simd;
mod spec;
pub mod spectral;
pub mod statistics;
pub mod stft;
pub mod tempogram;
pub mod temporal;
pub mod tonnetz;
mod track;
pub mod tuning;
mod words;

pub use audio::AudioBuffer;
pub use clip_length::ClipLength;
pub use clips::{Clip, ClipPlan, ClipReader};
pub use decode::{
    AUDIO_EXTENSIONS, LoadOptions, MAX_LOADED_SAMPLES, MAX_RATE, MIN_RATE, SampleRate, check_rate, load, load_channels,
};
pub use descriptors::Descriptors;
pub use error::{Cause, Error, ErrorKind, Result};
pub use excerpt::CD_FRAMES_PER_SECOND;
pub use features::{CODE_VERSION, FEATURE_NAMES, FeatureExtractor, FeatureVector, MIN_CLIP_SAMPLES};
pub use frames::FrameMatrix;
pub use input::AudioInput;
pub use limits::InputLimits;
pub use loaded::LoadedTrack;
pub use reader::{AudioFormat, AudioReader};
pub use report::{DecodeReport, MAX_LOST_SHARE};
pub use spec::{Convention, FEATURE_SPEC_VERSION, FeatureSpec, InputKind};
pub use track::{ClipFeatures, TrackFeatures, track_features, track_features_within};
pub use words::{Words, describe_column};

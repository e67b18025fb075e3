//! Sound to numbers: audio files become mono samples, spectrograms and librosa's music descriptors.

mod audio;
mod error;

pub use audio::AudioBuffer;
pub use error::{Error, Result};

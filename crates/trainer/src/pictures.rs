//! Audio files to what is drawn of them.

mod images;

use std::path::Path;

use dsp::{AudioBuffer, LoadOptions};
use plot::{Analysis, MAX_SECONDS};

pub use self::images::{Made, images};
use crate::error::{Error, Result};

/// The audio of a file at 22 050 Hz, all of it.
///
/// # Errors
/// The file can't be decoded, or is longer than [`MAX_SECONDS`].
pub fn audio(path: &Path) -> Result<AudioBuffer> {
    // A second more than allowed tells that there is more, whatever the length.
    let options = LoadOptions { duration: Some(f64::from(MAX_SECONDS) + 1.0), ..LoadOptions::default() };
    let audio = dsp::load(path, &options)?;
    let fits = audio.duration() <= f64::from(MAX_SECONDS);
    fits.then_some(audio).ok_or(plot::Error::TooLong { limit: MAX_SECONDS }).map_err(Error::picture(path))
}

/// Everything that is drawn of a file.
///
/// # Errors
/// The file can't be decoded, or is too short or too long.
pub fn analysis(path: &Path) -> Result<Analysis> {
    Analysis::of(audio(path)?).map_err(Error::picture(path))
}

//! Audio files to what is drawn of them.

mod images;

use std::path::Path;

use dsp::{AudioBuffer, AudioReader, LoadOptions};
use plot::{Analysis, MAX_SECONDS, Thumbnail};

pub use self::images::{Made, images};
use crate::error::{Error, Result};

/// Samples decoded at a time.
const PIECE: usize = 1 << 16;

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

/// The mel spectrogram of a file as a small PNG with `mark` inside, and the seconds it shows. The file is never in memory as
/// a whole.
///
/// # Errors
/// The file can't be decoded, or is too short or too long.
pub fn thumbnail(path: &Path, mark: &str) -> Result<(Vec<u8>, f64)> {
    let mut reader = AudioReader::open(path, &LoadOptions::default())?;
    let mut thumbnail = Thumbnail::new(reader.rate()).map_err(Error::picture(path))?;
    let mut samples = Vec::new();
    while reader.read(&mut samples, PIECE)? > 0 {
        thumbnail.push(&samples).map_err(Error::picture(path))?;
        samples.clear();
    }
    let seconds = thumbnail.seconds();
    Ok((thumbnail.png(mark).map_err(Error::picture(path))?, seconds))
}

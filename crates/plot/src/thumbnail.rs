//! The dataset's pictures: one bare mel spectrogram a track.

use std::io::Cursor;

use dsp::AudioBuffer;
use dsp::mel::{MelBank, Reference, power_to_db};
use dsp::stft::{Spectrogram, Stft};

use crate::analysis::{check, padding};
use crate::axis::{Axis, Scale};
use crate::colour::ColourMap;
use crate::error::Result;
use crate::heat::{Pool, rgb};
use crate::kinds::mel_cells;
use crate::picture::png;

/// Width and height of the dataset's images, in pixels.
pub const THUMBNAIL_SIZE: (u32, u32) = (432, 288);

/// Keyword of the mark inside a PNG.
const KEYWORD: &str = "gtzan";

/// A mel spectrogram from edge to edge as a PNG: the clip's length across, 0 Hz to half the sampling rate up in mels,
/// 80 dB in colours. `mark`, Latin text, is kept inside, for [`thumbnail_mark`] to find.
///
/// The dataset's own images have a white margin of 54 pixels around theirs; a network that looks at images has no use for it.
///
/// # Errors
/// The clip is shorter than one window or too long, or has samples that are not finite.
pub fn thumbnail(audio: &AudioBuffer, mark: &str) -> Result<Vec<u8>> {
    check(audio)?;
    let (mut spectrum, mut magnitude) = Default::default();
    Stft::new().forward(&audio.samples, padding(), &mut spectrum, &mut magnitude)?;
    let mut mel = Spectrogram::default();
    MelBank::new(audio.rate).apply(&magnitude, &mut mel);
    power_to_db(&mut mel, Reference::Maximum);

    let (width, height) = THUMBNAIL_SIZE;
    let y = Axis { from: 0.0, to: f64::from(audio.rate) / 2.0, scale: Scale::Mel };
    let cells = mel_cells(&mel, audio.rate, &Axis::linear(0.0, audio.duration()), &y, Pool::Mean);
    let pixels = cells.pixels(width as usize, height as usize);
    png(&rgb(&pixels, &ColourMap::amounts(-80.0..=0.0)), THUMBNAIL_SIZE, Some((KEYWORD, mark)))
}

/// The mark inside a thumbnail, if these bytes are a whole one.
pub fn thumbnail_mark(bytes: &[u8]) -> Option<String> {
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()];
    reader.next_frame(&mut pixels).ok()?;
    reader.finish().ok()?;
    let info = reader.info();
    let mark = info.uncompressed_latin1_text.iter().find(|chunk| chunk.keyword == KEYWORD)?;
    (info.size() == THUMBNAIL_SIZE).then(|| mark.text.clone())
}

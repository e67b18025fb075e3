//! The dataset's pictures: one bare mel spectrogram a track.

use std::io::Cursor;

use dsp::FrameMatrix;
use dsp::mel::{MEL_BANDS, MelBank, Reference, power_to_db};
use dsp::stft::PowerStream;

use crate::analysis::{check_finite, check_least, check_most, padding};
use crate::axis::{Axis, Scale};
use crate::colour::ColourMap;
use crate::error::Result;
use crate::heat::{Cells, Pool, rgb};
use crate::kinds::{frames_across, mels_up};
use crate::picture::png;

/// Width and height of the dataset's images, in pixels.
const SIZE: (u32, u32) = (432, 288);

/// Keyword of the mark inside a PNG.
const KEYWORD: &str = "gtzan";

/// A mel spectrogram from edge to edge: the clip's length across, 0 Hz to half the sampling rate up in mels, 80 dB in colours.
///
/// It takes the samples as they are decoded and holds half a kilobyte a frame, 1.3 MB a minute, so that many tracks can be
/// drawn at a time. The dataset's own images have a white margin of 54 pixels around theirs; a network that looks at images
/// has no use for it.
///
/// ```
/// let mut thumbnail = plot::Thumbnail::new(22_050)?;
/// for second in 0..3 {
///     let tone: Vec<f32> = (0..22_050).map(|n| ((22_050 * second + n) as f32 * 0.05).sin()).collect();
///     thumbnail.push(&tone)?;
/// }
/// let png = thumbnail.png("three seconds")?;
/// assert_eq!(plot::thumbnail_mark(&png).as_deref(), Some("three seconds"));
/// # Ok::<(), plot::Error>(())
/// ```
#[derive(Debug)]
pub struct Thumbnail {
    rate: u32,
    samples: usize,
    frames: PowerStream,
    bank: MelBank,
    /// Mel powers, `[frames, 128]`.
    mel: FrameMatrix,
}

impl Thumbnail {
    /// For audio at `rate` Hz.
    ///
    /// # Errors
    /// No recording has such a rate.
    pub fn new(rate: u32) -> Result<Self> {
        dsp::check_rate(rate)?;
        let (frames, mel) = (PowerStream::new(padding()), FrameMatrix::new(0, MEL_BANDS));
        Ok(Self { rate, samples: 0, frames, bank: MelBank::new(rate), mel })
    }

    /// Takes in the next samples.
    ///
    /// # Errors
    /// They are not finite, or more than [`MAX_SECONDS`](crate::MAX_SECONDS) have been taken in.
    pub fn push(&mut self, samples: &[f32]) -> Result<()> {
        check_finite(samples, self.samples)?;
        self.samples = self.samples.saturating_add(samples.len());
        check_most(self.samples, self.rate)?;
        let Self { frames, bank, mel, .. } = self;
        Ok(frames.push(samples, |_, powers| bank.apply_to_powers(powers, mel.push()))?)
    }

    /// Seconds taken in.
    pub fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(self.rate)
    }

    /// The picture as a PNG. `mark`, Latin text, is kept inside, for [`thumbnail_mark`] to find.
    ///
    /// # Errors
    /// Fewer samples than one window have been taken in, or the mark isn't Latin.
    pub fn png(self, mark: &str) -> Result<Vec<u8>> {
        check_least(self.samples)?;
        let (time, rate) = (Axis::linear(0.0, self.seconds()), self.rate);
        let Self { frames, bank, mut mel, .. } = self;
        frames.finish(|_, powers| bank.apply_to_powers(powers, mel.push()))?;
        power_to_db(&mut mel, Reference::Maximum);

        let y = Axis { from: 0.0, to: f64::from(rate) / 2.0, scale: Scale::Mel };
        let across = frames_across(mel.frames(), rate, &time);
        let cells = Cells { matrix: &mel, across, up: mels_up(rate, &y), pool: Pool::Mean };
        let pixels = cells.pixels(SIZE.0 as usize, SIZE.1 as usize);
        png(&rgb(&pixels, &ColourMap::amounts(-80.0..=0.0)), SIZE, Some((KEYWORD, mark)))
    }
}

/// Whether these bytes begin as a thumbnail does, whole or not.
pub fn is_thumbnail(bytes: &[u8]) -> bool {
    let chunk = [b"tEXt", KEYWORD.as_bytes(), b"\0"].concat();
    bytes.windows(chunk.len()).any(|part| part == chunk)
}

/// The mark inside a thumbnail, if these bytes are a whole one.
pub fn thumbnail_mark(bytes: &[u8]) -> Option<String> {
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()];
    reader.next_frame(&mut pixels).ok()?;
    reader.finish().ok()?;
    let info = reader.info();
    let mark = info.uncompressed_latin1_text.iter().find(|chunk| chunk.keyword == KEYWORD)?;
    (info.size() == SIZE).then(|| mark.text.clone())
}

//! Sounds to draw, and pictures to look into.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Cursor;

use dsp::AudioBuffer;
use plot::{Analysis, Format, Picture, PlotKind, Result, Style, Theme, Thumbnail, draw};

pub const RATE: u32 = 22_050;

pub fn audio(samples: Vec<f32>) -> AudioBuffer {
    AudioBuffer { samples, rate: RATE }
}

/// A sine of `hz` and half of full scale.
pub fn tone(hz: f64, seconds: f64) -> Analysis {
    let sine = |n: usize| 0.5 * (std::f64::consts::TAU * hz * n as f64 / f64::from(RATE)).sin() as f32;
    analyse((0..(seconds * f64::from(RATE)) as usize).map(sine).collect())
}

/// Silence but for clicks at these samples.
pub fn clicks(at: impl Iterator<Item = usize>, seconds: f64) -> Analysis {
    let mut samples = vec![0.0; (seconds * f64::from(RATE)) as usize];
    at.for_each(|index| samples[index] = 0.9);
    analyse(samples)
}

pub fn analyse(samples: Vec<f32>) -> Analysis {
    Analysis::of(audio(samples)).unwrap()
}

/// A thumbnail of audio that comes in pieces.
pub fn thumbnail(audio: &AudioBuffer, mark: &str) -> Result<Vec<u8>> {
    let mut thumbnail = Thumbnail::new(audio.rate)?;
    audio.samples.chunks(5000).try_for_each(|samples| thumbnail.push(samples))?;
    thumbnail.png(mark)
}

pub fn svg(analysis: &Analysis, kind: PlotKind) -> (String, Picture) {
    let picture = draw(analysis, kind, Style { format: Format::Svg, theme: Theme::Light }).unwrap();
    (String::from_utf8(picture.bytes.clone()).unwrap(), picture)
}

pub fn png(analysis: &Analysis, kind: PlotKind) -> (Pixels, Picture) {
    let picture = draw(analysis, kind, Style { format: Format::Png, theme: Theme::Light }).unwrap();
    let pixels = Pixels::decode(&picture.bytes);
    assert_eq!(picture.size, (pixels.width as u32, pixels.rgb.len() as u32 / 3 / pixels.width as u32));
    (pixels, picture)
}

/// A decoded picture.
pub struct Pixels {
    pub width: usize,
    pub rgb: Vec<u8>,
}

impl Pixels {
    pub fn decode(bytes: &[u8]) -> Self {
        let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
        let mut rgb = vec![0; reader.output_buffer_size()];
        let info = reader.next_frame(&mut rgb).unwrap();
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
        Self { width: info.width as usize, rgb }
    }

    pub fn at(&self, column: i32, row: i32) -> [u8; 3] {
        let start = 3 * (row as usize * self.width + column as usize);
        self.rgb[start..start + 3].try_into().unwrap()
    }

    /// The sum of the channels, which grows with the values in the maps for amounts.
    pub fn light(&self, column: i32, row: i32) -> u32 {
        self.at(column, row).iter().map(|&channel| u32::from(channel)).sum()
    }
}

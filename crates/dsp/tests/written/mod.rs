//! Audio files written byte by byte, and the signal that the encoded files hold.
#![allow(dead_code, reason = "each test file uses its part")]

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

/// How samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Int8,
    Int16,
    Int24,
    Int32,
    Float32,
    Float64,
}

impl Kind {
    pub const ALL: [Kind; 6] = [Kind::Int8, Kind::Int16, Kind::Int24, Kind::Int32, Kind::Float32, Kind::Float64];

    pub fn size(self) -> usize {
        match self {
            Kind::Int8 => 1,
            Kind::Int16 => 2,
            Kind::Int24 => 3,
            Kind::Int32 | Kind::Float32 => 4,
            Kind::Float64 => 8,
        }
    }

    fn is_float(self) -> bool {
        matches!(self, Kind::Float32 | Kind::Float64)
    }

    /// A value of -1 up to, not including, 1 as big-endian bytes; integers are rounded to their grid.
    fn big_endian(self, value: f64) -> Vec<u8> {
        match self {
            Kind::Int8 => vec![((value * 128.0).round() as i8) as u8],
            Kind::Int16 => ((value * 32_768.0).round() as i16).to_be_bytes().to_vec(),
            Kind::Int24 => ((value * 8_388_608.0).round() as i32).to_be_bytes()[1..].to_vec(),
            Kind::Int32 => ((value * 2_147_483_648.0).round() as i32).to_be_bytes().to_vec(),
            Kind::Float32 => (value as f32).to_be_bytes().to_vec(),
            Kind::Float64 => value.to_be_bytes().to_vec(),
        }
    }

    /// What a reader should give for the value: full scale is 1, everything in `f32` only at the end.
    pub fn read_back(self, value: f64) -> f32 {
        match self {
            Kind::Int8 => ((value * 128.0).round() / 128.0) as f32,
            Kind::Int16 => ((value * 32_768.0).round() / 32_768.0) as f32,
            Kind::Int24 => ((value * 8_388_608.0).round() / 8_388_608.0) as f32,
            Kind::Int32 => ((value * 2_147_483_648.0).round() / 2_147_483_648.0) as f32,
            Kind::Float32 | Kind::Float64 => value as f32,
        }
    }
}

/// Interleaved samples as bytes.
fn payload(kind: Kind, interleaved: &[f64], little_endian: bool, unsigned_bytes: bool) -> Vec<u8> {
    interleaved
        .iter()
        .flat_map(|&value| {
            let mut bytes = kind.big_endian(value);
            if little_endian {
                bytes.reverse();
            }
            if unsigned_bytes && kind == Kind::Int8 {
                bytes[0] ^= 0x80;
            }
            bytes
        })
        .collect()
}

/// A WAV file.
pub fn wav(kind: Kind, rate: u32, channels: u16, interleaved: &[f64]) -> Vec<u8> {
    let data = payload(kind, interleaved, true, true);
    let block = kind.size() as u16 * channels;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    file.extend((if kind.is_float() { 3u16 } else { 1 }).to_le_bytes());
    file.extend(channels.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend((rate * u32::from(block)).to_le_bytes());
    file.extend(block.to_le_bytes());
    file.extend((kind.size() as u16 * 8).to_le_bytes());
    file.extend(b"data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

/// A Sun AU file with an annotation of 8 bytes after the fixed header.
pub fn au(kind: Kind, rate: u32, channels: u32, interleaved: &[f64]) -> Vec<u8> {
    let code = match kind {
        Kind::Int8 => 2,
        Kind::Int16 => 3,
        Kind::Int24 => 4,
        Kind::Int32 => 5,
        Kind::Float32 => 6,
        Kind::Float64 => 7,
    };
    au_of_bytes(code, rate, channels, &payload(kind, interleaved, false, false))
}

/// A Sun AU file of any encoding.
pub fn au_of_bytes(code: u32, rate: u32, channels: u32, data: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend(b".snd");
    for field in [32, data.len() as u32, code, rate, channels] {
        file.extend(field.to_be_bytes());
    }
    file.extend(b"a note\0\0");
    file.extend(data);
    file
}

/// An AIFF file of integers.
pub fn aiff(kind: Kind, rate: u16, channels: u16, interleaved: &[f64]) -> Vec<u8> {
    let data = payload(kind, interleaved, false, false);
    let frames = interleaved.len() as u32 / u32::from(channels);
    let mut file = Vec::new();
    file.extend(b"FORM");
    file.extend((4 + 26 + 16 + data.len() as u32).to_be_bytes());
    file.extend(b"AIFFCOMM");
    file.extend(18u32.to_be_bytes());
    file.extend(channels.to_be_bytes());
    file.extend(frames.to_be_bytes());
    file.extend((kind.size() as u16 * 8).to_be_bytes());
    // The rate as an 80-bit float: exponent, then the number shifted up to the top of 64 bits.
    let shift = u64::from(rate).leading_zeros();
    file.extend((16_383 + 63 - shift as u16).to_be_bytes());
    file.extend((u64::from(rate) << shift).to_be_bytes());
    file.extend(b"SSND");
    file.extend((8 + data.len() as u32).to_be_bytes());
    file.extend([0; 8]);
    file.extend(data);
    file
}

/// Writes `bytes` into `folder`.
pub fn save(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The two channels of the encoded files, interleaved, of 16 bits, as fractions of full scale; `audio/make.py` has the
/// same.
pub fn sound(rate: u32, frames: usize) -> Vec<f64> {
    let quantised = |value: f64| (value * 32_767.0).round() / 32_768.0;
    (0..frames)
        .flat_map(|i| {
            let t = i as f64 / f64::from(rate);
            let left = 0.4 * (TAU * 440.0 * t).sin() + 0.2 * (TAU * (200.0 * t + 4000.0 * t * t)).sin();
            [quantised(left), quantised(0.3 * (TAU * 660.0 * t).sin())]
        })
        .collect()
}

/// What librosa reads from the encoded files.
pub fn golden() -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(encoded("golden.json")).unwrap()).unwrap()
}

/// A file of `tests/audio`.
pub fn encoded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audio").join(name)
}

/// Compares every `stride`-th sample of `actual` with golden values, naming the worst place.
pub fn assert_close_to_golden(actual: &[f32], golden: &serde_json::Value, stride: usize, tolerance: f64, what: &str) {
    assert_eq!(actual.len() as u64, golden["samples"].as_u64().unwrap(), "{what}: length");
    let expected: Vec<f64> = golden["values"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    assert_eq!(actual.iter().step_by(stride).count(), expected.len(), "{what}: golden values");
    let (worst, difference) = actual
        .iter()
        .step_by(stride)
        .zip(&expected)
        .map(|(a, e)| (f64::from(*a) - e).abs())
        .enumerate()
        .fold((0, 0.0), |worst, (i, d)| if d > worst.1 || d.is_nan() { (i, d) } else { worst });
    assert!(difference <= tolerance, "{what}: sample {} differs by {difference:e}", worst * stride);
}

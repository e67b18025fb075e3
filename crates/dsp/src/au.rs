//! Sun/NeXT AU (`.au`, `.snd`), the format of the first archives of the GTZAN collection.
//!
//! A big-endian header of at least 24 bytes (magic `.snd`, offset of the data, size of the data or `0xffff_ffff`,
//! encoding, sampling rate, channels), an optional annotation, then interleaved big-endian samples.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::source::{check_shape, mix_planes};
use crate::{Error, Result};

/// Frames decoded at a time.
const BLOCK_FRAMES: usize = 4096;

/// Bytes of the fixed part of the header.
const HEADER_LEN: u32 = 24;

/// How a sample is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    MuLaw,
    ALaw,
    Int8,
    Int16,
    Int24,
    Int32,
    Float32,
    Float64,
}

impl Encoding {
    /// The encoding with this number in the header.
    fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            1 => Encoding::MuLaw,
            2 => Encoding::Int8,
            3 => Encoding::Int16,
            4 => Encoding::Int24,
            5 => Encoding::Int32,
            6 => Encoding::Float32,
            7 => Encoding::Float64,
            27 => Encoding::ALaw,
            _ => return None,
        })
    }

    /// Its name.
    fn name(self) -> &'static str {
        match self {
            Encoding::MuLaw => "G.711 µ-law",
            Encoding::ALaw => "G.711 A-law",
            Encoding::Int8 => "8-bit PCM",
            Encoding::Int16 => "16-bit PCM",
            Encoding::Int24 => "24-bit PCM",
            Encoding::Int32 => "32-bit PCM",
            Encoding::Float32 => "32-bit floating-point PCM",
            Encoding::Float64 => "64-bit floating-point PCM",
        }
    }

    /// Bytes of a sample.
    fn size(self) -> usize {
        match self {
            Encoding::MuLaw | Encoding::ALaw | Encoding::Int8 => 1,
            Encoding::Int16 => 2,
            Encoding::Int24 => 3,
            Encoding::Int32 | Encoding::Float32 => 4,
            Encoding::Float64 => 8,
        }
    }

    /// Appends every `stride`-th byte group's sample to `out`, scaled to ±1.
    fn decode(self, bytes: &[u8], stride: usize, out: &mut Vec<f32>) {
        match self {
            Encoding::MuLaw => out.extend(groups::<1>(bytes, stride).map(|[b]| f32::from(mu_law(b)) / 32_768.0)),
            Encoding::ALaw => out.extend(groups::<1>(bytes, stride).map(|[b]| f32::from(a_law(b)) / 32_768.0)),
            Encoding::Int8 => out.extend(groups::<1>(bytes, stride).map(|b| f32::from(i8::from_be_bytes(b)) / 128.0)),
            Encoding::Int16 => {
                out.extend(groups::<2>(bytes, stride).map(|b| f32::from(i16::from_be_bytes(b)) / 32_768.0));
            }
            Encoding::Int24 => out.extend(
                groups::<3>(bytes, stride).map(|[a, b, c]| i32::from_be_bytes([a, b, c, 0]) as f32 / 2_147_483_648.0),
            ),
            Encoding::Int32 => {
                out.extend(groups::<4>(bytes, stride).map(|b| i32::from_be_bytes(b) as f32 / 2_147_483_648.0));
            }
            Encoding::Float32 => out.extend(groups::<4>(bytes, stride).map(f32::from_be_bytes)),
            Encoding::Float64 => out.extend(groups::<8>(bytes, stride).map(|b| f64::from_be_bytes(b) as f32)),
        }
    }
}

/// The first `N` bytes of every `stride` bytes.
fn groups<const N: usize>(bytes: &[u8], stride: usize) -> impl Iterator<Item = [u8; N]> {
    bytes.chunks(stride).filter_map(|frame| frame.first_chunk::<N>().copied())
}

/// ITU-T G.711 µ-law byte as a 16-bit sample.
fn mu_law(byte: u8) -> i16 {
    let inverted = !byte;
    let magnitude = (((i16::from(inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4)) - 0x84;
    if inverted & 0x80 != 0 { -magnitude } else { magnitude }
}

/// ITU-T G.711 A-law byte as a 16-bit sample.
fn a_law(byte: u8) -> i16 {
    let toggled = byte ^ 0x55;
    let mantissa = i16::from(toggled & 0x0f) << 4;
    let magnitude = match (toggled & 0x70) >> 4 {
        0 => mantissa + 8,
        exponent => (mantissa + 0x108) << (exponent - 1),
    };
    if toggled & 0x80 != 0 { magnitude } else { -magnitude }
}

/// An open AU file.
pub(crate) struct AuSource {
    path: PathBuf,
    file: BufReader<File>,
    encoding: Encoding,
    channels: usize,
    rate: u32,
    /// Bytes of audio left according to the header; the file may end before.
    remaining: u64,
    bytes: Vec<u8>,
    planes: Vec<Vec<f32>>,
}

impl AuSource {
    /// Reads the header of a file that starts with `.snd`.
    pub(crate) fn open(path: &Path, file: File) -> Result<Self> {
        let mut file = BufReader::new(file);
        let mut header = [0u8; HEADER_LEN as usize];
        file.read_exact(&mut header).map_err(|source| match source.kind() {
            ErrorKind::UnexpectedEof => {
                Error::Decode { path: path.to_owned(), reason: "the AU header is cut off".to_owned() }
            }
            _ => Error::Io { path: path.to_owned(), source },
        })?;
        let field = |i: usize| u32::from_be_bytes([header[i], header[i + 1], header[i + 2], header[i + 3]]);
        let (data_offset, data_len, code, rate, channels) = (field(4), field(8), field(12), field(16), field(20));
        let Some(encoding) = Encoding::from_code(code) else {
            let reason = format!("AU encoding {code} is not handled");
            return Err(Error::Unsupported { path: path.to_owned(), reason });
        };
        if data_offset < HEADER_LEN {
            let reason = format!("the AU header puts the audio at byte {data_offset}, inside the header");
            return Err(Error::Decode { path: path.to_owned(), reason });
        }
        check_shape(path, rate, channels as usize)?;
        file.seek(SeekFrom::Start(u64::from(data_offset)))
            .map_err(|source| Error::Io { path: path.to_owned(), source })?;
        let remaining = if data_len == u32::MAX { u64::MAX } else { u64::from(data_len) };
        let channels = channels as usize;
        Ok(Self {
            path: path.to_owned(),
            file,
            encoding,
            channels,
            rate,
            remaining,
            bytes: Vec::new(),
            planes: vec![Vec::with_capacity(BLOCK_FRAMES); channels],
        })
    }

    /// Container and codec by name, and the channels.
    pub(crate) fn format(&self) -> (&'static str, &'static str, Option<usize>) {
        ("Sun AU", self.encoding.name(), Some(self.channels))
    }

    /// Sampling rate in Hz.
    pub(crate) fn rate(&self) -> u32 {
        self.rate
    }

    /// Appends the next samples to `out`; `false` means that there are no more. A cut-off last frame is left out.
    pub(crate) fn next_block(&mut self, out: &mut Vec<f32>) -> Result<bool> {
        let size = self.encoding.size();
        let frame = size * self.channels;
        let wanted = self.remaining.min((BLOCK_FRAMES * frame) as u64);
        self.bytes.clear();
        self.file
            .by_ref()
            .take(wanted)
            .read_to_end(&mut self.bytes)
            .map_err(|source| Error::Io { path: self.path.clone(), source })?;
        self.remaining -= self.bytes.len() as u64;
        self.bytes.truncate(self.bytes.len() / frame * frame);
        if self.bytes.is_empty() {
            return Ok(false);
        }
        for (channel, plane) in self.planes.iter_mut().enumerate() {
            plane.clear();
            self.encoding.decode(&self.bytes[channel * size..], frame, plane);
        }
        mix_planes(&self.planes, 0, out);
        Ok(true)
    }
}

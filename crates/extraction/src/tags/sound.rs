//! What a file sounds like, as a hash.

use std::path::Path;

use blake3::Hasher;
use dsp::{AudioReader, InputLimits, LoadOptions, SampleRate};

use super::refusal::{Refusal, RefusalKind};

/// Samples decoded at a time.
const STEP: usize = 1 << 16;

/// Everything that decoding a file gives, the samples as their hash.
#[derive(Debug, PartialEq)]
pub struct Sound {
    samples: blake3::Hash,
    rate: u32,
    codec: &'static str,
    packets: u64,
    lost: u64,
}

impl Sound {
    /// Decodes a file to its end.
    ///
    /// # Errors
    /// It can't be decoded.
    pub fn of(path: &Path, limits: InputLimits) -> Result<Self, Refusal> {
        let options = LoadOptions { rate: SampleRate::Native, limits, ..LoadOptions::STANDARD };
        let mut hasher = Hasher::new();
        let mut decode = || -> dsp::Result<(u32, &'static str, u64, u64)> {
            let mut reader = AudioReader::open(path, &options)?;
            let (mut samples, mut bytes) = (Vec::with_capacity(STEP), Vec::with_capacity(4 * STEP));
            while reader.read(&mut samples, STEP)? > 0 {
                bytes.extend(samples.drain(..).flat_map(f32::to_le_bytes));
                hasher.update(&bytes);
                bytes.clear();
            }
            let report = reader.report();
            Ok((reader.rate(), reader.format().codec, report.packets, report.packets_lost))
        };
        let (rate, codec, packets, lost) = decode().map_err(|error| {
            Refusal::new(RefusalKind::SoundChanged, format!("its sound can't be compared: {error}"))
        })?;
        Ok(Self { samples: hasher.finalize(), rate, codec, packets, lost })
    }
}

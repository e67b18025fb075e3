//! What is heard of an input, in full.

use dsp::{AudioInput, AudioReader, DecodeReport, Error, LoadOptions, SampleRate};

/// Longest that any decode here may be, in samples: a header that repeats one packet for ever would be a fault.
const MAX_SAMPLES: usize = 1 << 24;

/// Samples at the file's own rate, and what is known of their decoding.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    pub samples: Vec<f32>,
    pub rate: u32,
    pub report: DecodeReport,
}

/// Decodes an input to its end.
pub fn decode(input: AudioInput) -> Result<Heard, Error> {
    let options = LoadOptions { rate: SampleRate::Native, ..LoadOptions::default() };
    let mut reader = AudioReader::open(input, &options)?;
    let mut samples = Vec::new();
    while reader.read(&mut samples, 1 << 14)? > 0 {
        assert!(samples.len() < MAX_SAMPLES, "{} has no end", reader.name());
    }
    Ok(Heard { samples, rate: reader.rate(), report: reader.report().clone() })
}

/// Decodes bytes to their end.
pub fn hear(name: &str, bytes: &[u8]) -> Result<Heard, Error> {
    decode(AudioInput::bytes(name, bytes))
}

//! Sound for tests to work on.

use std::path::Path;

/// Writes a mono 16-bit WAV file at 22 050 Hz.
pub fn write_wav(path: &Path, samples: impl Iterator<Item = i16>) {
    let rate = 22_050u32;
    let samples: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + samples.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(rate.to_le_bytes());
    bytes.extend((2 * rate).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((samples.len() as u32).to_le_bytes());
    bytes.extend(samples);
    std::fs::write(path, bytes).unwrap();
}

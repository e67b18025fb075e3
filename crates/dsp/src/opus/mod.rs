//! Opus (RFC 6716), in whatever container.

mod decoder;
mod header;
mod length;
mod split;

pub(crate) use decoder::OpusDecoder;
pub(crate) use header::Header;
pub(crate) use length::packet_samples;

/// Sampling rate of everything decoded, in Hz; Opus knows no other time than that of 48 kHz.
pub(crate) const RATE: u32 = 48_000;

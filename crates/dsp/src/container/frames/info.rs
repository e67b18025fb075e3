//! The frame without sound that many encoders put first: Xing's and LAME's, and Fraunhofer's VBRI.

use symphonia::core::codecs::audio::well_known::CODEC_ID_MP3;

use super::header::Header;

/// Samples by which a decoder of layer III lags behind.
const DECODER_DELAY: u32 = 528 + 1;

/// What such a frame tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Info {
    /// Frames that follow.
    pub frames: Option<u32>,
    /// Samples before the sound, the decoder's delay included.
    pub delay: u32,
    /// Samples behind it.
    pub padding: u32,
}

impl Info {
    /// Of a frame of MPEG audio, if it is one of these.
    pub fn read(header: &Header, frame: &[u8]) -> Option<Self> {
        if header.shape.codec != CODEC_ID_MP3 {
            return None;
        }
        if frame.get(36..40) == Some(b"VBRI") {
            return Some(Self { frames: number(frame, 50), ..Self::default() });
        }
        // The checksum is not counted in the place of the name.
        let (side, checksum) = header.side;
        let at = 4 + side;
        let silent = frame.get(4 + checksum..at)?.iter().all(|byte| *byte == 0);
        if !silent || !matches!(frame.get(at..at + 4)?, b"Xing" | b"Info") {
            return None;
        }
        let flags = number(frame, at + 4)?;
        let mut next = at + 8;
        let mut take = |bit: u32, bytes: usize| {
            let here = next;
            next += if flags & bit == 0 { 0 } else { bytes };
            (flags & bit != 0).then_some(here)
        };
        let frames = take(1, 4).and_then(|at| number(frame, at));
        for (bit, bytes) in [(2, 4), (4, 100), (8, 4)] {
            take(bit, bytes);
        }
        let (delay, padding) = lame(frame, next).unwrap_or_default();
        Some(Self { frames, delay, padding })
    }
}

/// Delay and padding, where the encoder is one that tells them. The checksum of the tag is not asked, as by FFmpeg and mpg123: programs
/// that change the count of frames leave it as it was.
fn lame(frame: &[u8], at: usize) -> Option<(u32, u32)> {
    let tag = frame.get(at..at + 24)?;
    if ![b"LAME", b"Lavf", b"Lavc"].iter().any(|name| tag.starts_with(*name)) {
        return None;
    }
    let both = u32::from_be_bytes([0, tag[21], tag[22], tag[23]]);
    Some((DECODER_DELAY + (both >> 12), (both & 0xfff).saturating_sub(DECODER_DELAY)))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

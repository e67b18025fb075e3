//! Headers of frames: MPEG audio (ISO/IEC 11172-3 and 13818-3, and the lowest rates of MPEG 2.5) and ADTS (13818-7).

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3};

/// Bytes from which a header is read.
pub(super) const LEN: usize = 7;

/// Bits a second of MPEG-1's layers I to III, and of MPEG-2's layer I, and II and III, by index, in thousands.
const BIT_RATES: [[u32; 14]; 5] = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// Sampling rates of ADTS by index.
const ADTS_RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// What a frame is and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub shape: Shape,
    /// Bytes of the frame, header and all; `None` in free format, where the next frame tells.
    pub length: Option<usize>,
    /// Bytes before what the decoder is given.
    pub skip: usize,
    /// Bytes of the side information of layer III, and of the checksum before it.
    pub side: (usize, usize),
}

/// What a decoder is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub codec: AudioCodecId,
    pub rate: u32,
    pub channels: u16,
    /// Sample frames in a frame.
    pub samples: u32,
}

impl Header {
    /// The header that the bytes begin with, if they do.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.first_chunk::<LEN>()?;
        if bytes[0] != 0xff || bytes[1] & 0xe0 != 0xe0 {
            return None;
        }
        // Layer 0 is none of MPEG audio's.
        if bytes[1] & 0x06 == 0 { Self::adts(bytes) } else { Self::mpeg(bytes) }
    }

    fn mpeg(&[_, b1, b2, b3, ..]: &[u8; LEN]) -> Option<Self> {
        // 0 is MPEG 2.5, 2 is MPEG-2, 3 is MPEG-1.
        let version = b1 >> 3 & 3;
        let layer = 4 - usize::from(b1 >> 1 & 3);
        let (rate_at, rate_index) = (usize::from(b2 >> 4), usize::from(b2 >> 2 & 3));
        if version == 1 || rate_at == 15 || rate_index == 3 {
            return None;
        }
        let first = version == 3;
        let rate = [44_100, 48_000, 32_000][rate_index] >> [2, 0, 1, 0][usize::from(version)];
        let channels = if b3 >> 6 == 3 { 1 } else { 2 };
        let (codec, samples) = match layer {
            1 => (CODEC_ID_MP1, 384),
            2 => (CODEC_ID_MP2, 1_152),
            _ => (CODEC_ID_MP3, if first { 1_152 } else { 576 }),
        };
        let table = &BIT_RATES[match (first, layer) {
            (true, layer) => layer - 1,
            (false, 1) => 3,
            (false, _) => 4,
        }];
        // Layer I counts in slots of four bytes.
        let slot = if layer == 1 { 4 } else { 1 };
        let length = rate_at.checked_sub(1).map(|at| {
            let slots = samples / 8 / slot * 1_000 * table[at] / rate + u32::from(b2 >> 1 & 1);
            (slots * slot) as usize
        });
        let side = match (first, channels) {
            (true, 1) | (false, 2) => 17,
            (true, _) => 32,
            (false, _) => 9,
        };
        let checksum = if b1 & 1 == 0 { 2 } else { 0 };
        let shape = Shape { codec, rate, channels, samples };
        Some(Self { shape, length, skip: 0, side: (side, checksum) })
    }

    fn adts(&[_, b1, b2, b3, b4, b5, b6]: &[u8; LEN]) -> Option<Self> {
        let skip = if b1 & 1 == 0 { 9 } else { 7 };
        let rate = *ADTS_RATES.get(usize::from(b2 >> 2 & 15))?;
        // Configuration 7 has eight channels; in 0 the packet tells them.
        let channels = match (b2 & 1) << 2 | b3 >> 6 {
            7 => 8,
            channels => u16::from(channels),
        };
        let length = usize::from(b3 & 3) << 11 | usize::from(b4) << 3 | usize::from(b5 >> 5);
        // More than one packet in a frame is what nobody writes.
        if b1 & 0xf0 != 0xf0 || length < skip || b6 & 3 != 0 {
            return None;
        }
        let shape = Shape { codec: CODEC_ID_AAC, rate, channels, samples: 1_024 };
        Some(Self { shape, length: Some(length), skip, side: (0, 0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_shapes_are_those_of_the_standards() {
        let read = |bytes: [u8; 4]| Header::read(&[&bytes[..], &[0; 3]].concat());
        let of = |bytes| {
            let header: Header = read(bytes).unwrap();
            (header.length.unwrap(), header.shape.rate, header.shape.channels, header.shape.samples)
        };
        // 128 kbit/s at 44 100 Hz, with and without padding: 417 and 418 bytes.
        assert_eq!(of([0xff, 0xfb, 0x90, 0x00]), (417, 44_100, 2, 1_152));
        assert_eq!(of([0xff, 0xfb, 0x92, 0xc0]), (418, 44_100, 1, 1_152));
        // MPEG-2, layer III, 64 kbit/s at 22 050 Hz; MPEG 2.5, 8 kbit/s at 8000 Hz.
        assert_eq!(of([0xff, 0xf3, 0x80, 0xc4]), (208, 22_050, 1, 576));
        assert_eq!(of([0xff, 0xe3, 0x18, 0xc4]), (72, 8_000, 1, 576));
        // Layer II, 192 kbit/s at 48 000 Hz, and MPEG-2's at 22 050; layer I, 384 kbit/s at 44 100 Hz.
        assert_eq!(of([0xff, 0xfd, 0xa4, 0x00]), (576, 48_000, 2, 1_152));
        assert_eq!(of([0xff, 0xf5, 0x80, 0xc0]), (417, 22_050, 1, 1_152));
        assert_eq!(of([0xff, 0xff, 0xc0, 0x00]), (416, 44_100, 2, 384));
        assert_eq!(read([0xff, 0xfb, 0x00, 0x00]).unwrap().length, None);
        for none in [[0xff, 0xfb, 0xf0, 0], [0xff, 0xfb, 0x9c, 0], [0xff, 0xeb, 0x90, 0], [0xfe, 0xfb, 0x90, 0]] {
            assert_eq!(read(none), None, "{none:x?}");
        }
        // ADTS: AAC-LC, 44 100 Hz, two channels, 371 bytes.
        let adts = Header::read(&[0xff, 0xf1, 0x50, 0x80, 0x2e, 0x7f, 0xfc]).unwrap();
        assert_eq!((adts.length, adts.skip, adts.shape.rate, adts.shape.channels), (Some(371), 7, 44_100, 2));
    }
}

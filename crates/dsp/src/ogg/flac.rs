//! FLAC in Ogg: a header with the stream's parameters, metadata, then a frame a packet. Granule positions count samples.

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_FLAC;

use super::codec::Mapping;

/// Length of the parameters (STREAMINFO).
const INFO_LEN: usize = 34;

/// Place of the parameters in the first packet: 0x7f, `FLAC`, version, number of headers, `fLaC`, block header.
const INFO_AT: usize = 17;

/// A FLAC stream.
pub(super) struct Flac {
    info: [u8; INFO_LEN],
}

impl Flac {
    /// A stream that begins with this packet.
    pub(super) fn new(packet: &[u8]) -> Option<Self> {
        // Version 1 of the mapping.
        let fits = packet.starts_with(b"\x7fFLAC\x01") && packet.get(9..13) == Some(b"fLaC");
        let info = packet.get(INFO_AT..)?.first_chunk().copied()?;
        fits.then_some(Self { info })
    }
}

impl Mapping for Flac {
    fn header(&mut self, packet: &[u8]) -> bool {
        packet.first() != Some(&0xff)
    }

    fn ready(&self) -> bool {
        true
    }

    fn parameters(&self) -> AudioCodecParameters {
        // 20 bits of rate, 3 of channels less one, 5 of bits a sample less one.
        let [a, b, c, d] = [10, 11, 12, 13].map(|at: usize| u32::from(self.info[at]));
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(CODEC_ID_FLAC)
            .with_sample_rate(a << 12 | b << 4 | c >> 4)
            .with_channels(Channels::Discrete((c >> 1 & 7) as u16 + 1))
            .with_bits_per_sample(((c & 1) << 4 | d >> 4) + 1)
            .with_extra_data(self.info.into());
        parameters
    }

    /// The block size in a frame's header (RFC 9639, section 9.1).
    fn samples(&mut self, packet: &[u8]) -> u64 {
        let &[_, _, code, _, number, ..] = packet else { return 0 };
        // The size, where it isn't one of the usual, stands after the frame's number, coded like a character of UTF-8.
        let after = 4 + (number.leading_ones() as usize).max(1);
        let byte = |at: usize| packet.get(at).map_or(0, |&byte| u64::from(byte));
        match code >> 4 {
            0 => 0,
            1 => 192,
            size @ 2..=5 => 576 << (size - 2),
            6 => byte(after) + 1,
            7 => (byte(after) << 8 | byte(after + 1)) + 1,
            size => 256 << (size - 8),
        }
    }
}

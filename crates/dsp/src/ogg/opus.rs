//! Opus in Ogg: a header, comments, then sound. Granule positions count samples at 48 kHz, with those to be skipped.

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;

use super::codec::Mapping;
use crate::opus::{Header, RATE, packet_samples};

/// An Opus stream.
pub(super) struct Opus {
    first: Box<[u8]>,
    header: Header,
    /// Packets that came, up to the third.
    packets: usize,
}

impl Opus {
    /// A stream that begins with this packet.
    pub(super) fn new(packet: &[u8]) -> Option<Self> {
        let header = Header::parse(packet)?;
        Some(Self { first: packet.into(), header, packets: 0 })
    }
}

impl Mapping for Opus {
    fn header(&mut self, packet: &[u8]) -> bool {
        // The second packet is the comments, whatever is in it.
        self.packets = (self.packets + 1).min(3);
        self.packets == 2 || packet.starts_with(b"OpusHead") || packet.starts_with(b"OpusTags")
    }

    fn ready(&self) -> bool {
        true
    }

    fn parameters(&self) -> AudioCodecParameters {
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(CODEC_ID_OPUS)
            .with_sample_rate(RATE)
            .with_channels(Channels::Discrete(u16::from(self.header.channels)))
            .with_extra_data(self.first.clone());
        parameters
    }

    fn samples(&mut self, packet: &[u8]) -> u64 {
        packet_samples(packet)
    }

    fn delay(&self) -> u64 {
        u64::from(self.header.skip)
    }
}

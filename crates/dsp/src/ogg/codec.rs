//! What is inside a stream, by its first packet.

use symphonia::core::codecs::audio::AudioCodecParameters;

use super::flac::Flac;
use super::opus::Opus;
use super::vorbis::Vorbis;

/// What a codec's packets mean.
pub(super) trait Mapping: Send + Sync {
    /// Takes note of a packet if it is a header; `false` if it is sound.
    fn header(&mut self, packet: &[u8]) -> bool;

    /// Whether everything is known that decoding needs.
    fn ready(&self) -> bool;

    /// What decoding needs.
    fn parameters(&self) -> AudioCodecParameters;

    /// Samples per channel that the next packet of sound decodes to; 0 where it can't be decoded.
    fn samples(&mut self, packet: &[u8]) -> u64;

    /// Samples at the start that are not part of the sound.
    fn delay(&self) -> u64 {
        0
    }
}

/// A stream.
pub(super) enum Content {
    /// Sound that is decoded.
    Sound(Box<dyn Mapping>),
    /// Sound that is not, and the reason to tell.
    Unsupported(&'static str),
    /// Pictures, subtitles, indices.
    Other,
}

/// First bytes of streams of sound that no decoder is here for. Lists: FFmpeg's `oggdec.c`, Xiph's MIMETypesCodecs.
const UNSUPPORTED: [(&[u8], &str); 9] = [
    (b"Speex   ", "Speex isn't supported"),
    (b"CELT    ", "CELT, the forerunner of Opus, isn't supported"),
    (b"PCM     ", "PCM in Ogg isn't supported"),
    (b"\x01audio\0\0\0", "sound in an OGM file isn't supported"),
    (b"\x01Direct Show Samples embedded in Ogg", "sound in an OGM file isn't supported"),
    (b"OggMIDI\0", "MIDI isn't supported"),
    (b"\x01vorbis", "this version of Vorbis isn't supported"),
    (b"OpusHead", "Opus with channels that aren't meant for loudspeakers isn't supported"),
    (b"\x7fFLAC", "this version of FLAC in Ogg isn't supported"),
];

/// Tells the content of a stream by its first packet.
pub(super) fn identify(packet: &[u8]) -> Content {
    if let Some(vorbis) = Vorbis::new(packet) {
        return Content::Sound(Box::new(vorbis));
    }
    if let Some(opus) = Opus::new(packet) {
        return Content::Sound(Box::new(opus));
    }
    if let Some(flac) = Flac::new(packet) {
        return Content::Sound(Box::new(flac));
    }
    let unsupported = UNSUPPORTED.iter().find(|(magic, _)| packet.starts_with(magic));
    unsupported.map_or(Content::Other, |(_, reason)| Content::Unsupported(reason))
}

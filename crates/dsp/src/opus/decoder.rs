//! The decoder as symphonia sees it.

use ropus::{Channels as Layout, DecodeMode, Decoder};
use symphonia::core::audio::{
    AsGenericAudioBufferRef, AudioBuffer, AudioMut, AudioSpec, Channels, GenericAudioBufferRef,
};
use symphonia::core::codecs::CodecInfo;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions, FinalizeResult};
use symphonia::core::codecs::registry::{RegisterableAudioDecoder, SupportedAudioCodec};
use symphonia::core::errors::{Result, decode_error, unsupported_error};
use symphonia::core::packet::PacketRef;

use super::length::MAX_PACKET_SAMPLES;
use super::split::split_first;
use super::{Header, RATE, packet_samples};

const SUPPORTED: SupportedAudioCodec =
    SupportedAudioCodec { id: CODEC_ID_OPUS, info: CodecInfo { short_name: "opus", long_name: "Opus", profiles: &[] } };

/// Decodes the packets of a track, whatever container they come from, at 48 kHz.
///
/// Samples at the start that aren't part of the sound are left out only where the container says so in the packets.
pub(crate) struct OpusDecoder {
    parameters: AudioCodecParameters,
    header: Header,
    streams: Vec<Stream>,
    buffer: AudioBuffer<f32>,
}

/// One of the streams in a packet, of one channel or two.
struct Stream {
    decoder: Decoder,
    channels: usize,
    /// Samples of the packet decoded last, of the channels in turn.
    interleaved: Vec<f32>,
}

impl Stream {
    fn new(channels: usize) -> Result<Self> {
        let layout = if channels == 1 { Layout::Mono } else { Layout::Stereo };
        match Decoder::new(RATE, layout) {
            Ok(decoder) => {
                Ok(Self { decoder, channels, interleaved: vec![0.0; MAX_PACKET_SAMPLES as usize * channels] })
            }
            Err(_) => unsupported_error("the Opus decoder can't be set up"),
        }
    }

    /// Decodes a packet of this stream alone, which must have so many samples.
    fn decode(&mut self, packet: &[u8], frames: usize) -> Result<()> {
        match self.decoder.decode_float(packet, &mut self.interleaved, DecodeMode::Normal) {
            Ok(decoded) if decoded == frames => Ok(()),
            _ => decode_error("the Opus packet is damaged"),
        }
    }
}

impl OpusDecoder {
    fn new(parameters: &AudioCodecParameters) -> Result<Self> {
        let Some(header) = parameters.extra_data.as_deref().and_then(Header::parse) else {
            return unsupported_error("the Opus header is missing, or of a kind that isn't meant for playing");
        };
        Ok(Self {
            parameters: parameters.clone(),
            streams: header.stream_channels().map(Stream::new).collect::<Result<_>>()?,
            buffer: AudioBuffer::new(
                AudioSpec::new(RATE, Channels::Discrete(u16::from(header.channels))),
                MAX_PACKET_SAMPLES as usize,
            ),
            header,
        })
    }

    /// Decodes the streams of a packet, and returns the samples per channel.
    fn decode_streams(&mut self, mut packet: &[u8]) -> Result<usize> {
        let Some((last, others)) = self.streams.split_last_mut() else { return Ok(0) };
        let mut frames = None;
        for stream in others {
            let Some((own, rest)) = split_first(packet) else { return decode_error("the Opus packet is damaged") };
            stream.decode(&own, *frames.get_or_insert(packet_samples(&own) as usize))?;
            packet = rest;
        }
        let frames = frames.unwrap_or(packet_samples(packet) as usize);
        // An empty packet would be taken for a lost one, for which the decoder makes up sound.
        if packet.is_empty() || frames == 0 {
            return decode_error("the Opus packet is damaged");
        }
        last.decode(packet, frames)?;
        Ok(frames)
    }

    /// Puts the streams' channels where they belong.
    fn fill(&mut self, frames: usize) {
        self.buffer.render_silence(Some(frames));
        let sources = self.streams.iter().flat_map(|stream| (0..stream.channels).map(move |channel| (stream, channel)));
        for (index, (stream, channel)) in sources.enumerate() {
            for place in
                (0..self.header.mapping.len()).filter(|&place| usize::from(self.header.mapping[place]) == index)
            {
                let Some(plane) = self.buffer.plane_mut(place) else { continue };
                let samples = stream.interleaved.iter().skip(channel).step_by(stream.channels);
                plane.iter_mut().zip(samples).for_each(|(to, sample)| *to = sample * self.header.gain);
            }
        }
    }
}

impl AudioDecoder for OpusDecoder {
    /// Sets up new streams, since the old ones can't be cleared.
    fn reset(&mut self) {
        if let Ok(streams) = self.header.stream_channels().map(Stream::new).collect::<Result<_>>() {
            self.streams = streams;
        }
    }

    fn codec_info(&self) -> &CodecInfo {
        &SUPPORTED.info
    }

    fn codec_params(&self) -> &AudioCodecParameters {
        &self.parameters
    }

    fn decode_ref(&mut self, packet: &PacketRef<'_>) -> Result<GenericAudioBufferRef<'_>> {
        self.buffer.clear();
        let frames = self.decode_streams(packet.data)?;
        self.fill(frames);
        self.buffer.trim(packet.trim_start.get() as usize, packet.trim_end.get() as usize);
        Ok(self.buffer.as_generic_audio_buffer_ref())
    }

    fn finalize(&mut self) -> FinalizeResult {
        FinalizeResult::default()
    }

    fn last_decoded(&self) -> GenericAudioBufferRef<'_> {
        self.buffer.as_generic_audio_buffer_ref()
    }
}

impl RegisterableAudioDecoder for OpusDecoder {
    fn try_registry_new(parameters: &AudioCodecParameters, _: &AudioDecoderOptions) -> Result<Box<dyn AudioDecoder>> {
        Ok(Box::new(Self::new(parameters)?))
    }

    fn supported_codecs() -> &'static [SupportedAudioCodec] {
        &[SUPPORTED]
    }
}

//! Sun/NeXT AU (`.au`, `.snd`), the format of the first archives of the GTZAN collection, as a container that symphonia
//! reads.
//!
//! A big-endian header of at least 24 bytes (magic `.snd`, offset of the data, size of the data or `0xffff_ffff`,
//! encoding, sampling rate, channels), an optional annotation, then interleaved big-endian samples.

use symphonia::core::audio::Channels;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_PCM_ALAW, CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F64BE, CODEC_ID_PCM_MULAW, CODEC_ID_PCM_S8, CODEC_ID_PCM_S16BE,
    CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S32BE,
};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};
use symphonia::core::common::FourCc;
use symphonia::core::errors::{Result, SeekErrorKind, decode_error, seek_error, unsupported_error};
use symphonia::core::formats::prelude::*;
use symphonia::core::formats::probe::{ProbeDataMatchSpec, ProbeFormatData, ProbeableFormat, Score, Scoreable};
use symphonia::core::io::{MediaSourceStream, ReadBytes, ScopedStream};
use symphonia::core::meta::{Metadata, MetadataLog};

/// Frames in a packet.
const PACKET_FRAMES: u64 = 4096;

/// Bytes of the fixed part of the header.
const HEADER_LEN: u32 = 24;

/// Data size of files whose length wasn't known when the header was written.
const UNKNOWN: u32 = u32::MAX;

const INFO: FormatInfo =
    FormatInfo { format: FormatId::new(FourCc::new(*b"au  ")), short_name: "au", long_name: "Sun AU" };

/// An open AU file.
pub(crate) struct AuReader<'s> {
    stream: MediaSourceStream<'s>,
    media: MediaInfo,
    tracks: Vec<Track>,
    metadata: MetadataLog,
    /// Bytes of a frame.
    frame: u64,
    /// Bytes of audio left according to the header; the file may end before.
    remaining: u64,
    next_frame: i64,
}

impl<'s> AuReader<'s> {
    fn open(mut stream: MediaSourceStream<'s>, options: FormatOptions) -> Result<Self> {
        if stream.read_quad_bytes()? != *b".snd" {
            return unsupported_error("au: missing marker");
        }
        let offset = stream.read_be_u32()?;
        let size = stream.read_be_u32()?;
        let (codec, sample) = codec(stream.read_be_u32()?)?;
        let rate = stream.read_be_u32()?;
        let channels = stream.read_be_u32()?;
        if offset < HEADER_LEN {
            return decode_error("the AU header puts the audio inside the header");
        }
        // Beyond 16 bits there is no difference any more: both are far too many.
        let channels = u16::try_from(channels).unwrap_or(u16::MAX);
        let frame = (sample * u64::from(channels)).max(1);
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(codec)
            .with_sample_rate(rate)
            .with_channels(Channels::Discrete(channels))
            .with_max_frames_per_packet(PACKET_FRAMES);
        let mut track = Track::new(0);
        track.with_codec_params(CodecParameters::Audio(parameters));
        if size != UNKNOWN {
            let frames = u64::from(size) / frame;
            track.with_num_frames(frames).with_duration(Duration::from(frames));
        }
        stream.ignore_bytes(u64::from(offset - HEADER_LEN))?;
        Ok(Self {
            stream,
            media: MediaInfo::from_track(&track),
            tracks: vec![track],
            metadata: options.external_data.metadata.unwrap_or_default(),
            frame,
            remaining: if size == UNKNOWN { u64::MAX } else { u64::from(size) },
            next_frame: 0,
        })
    }
}

/// The codec with this number in the header, and the bytes of a sample.
fn codec(code: u32) -> Result<(AudioCodecId, u64)> {
    Ok(match code {
        1 => (CODEC_ID_PCM_MULAW, 1),
        2 => (CODEC_ID_PCM_S8, 1),
        3 => (CODEC_ID_PCM_S16BE, 2),
        4 => (CODEC_ID_PCM_S24BE, 3),
        5 => (CODEC_ID_PCM_S32BE, 4),
        6 => (CODEC_ID_PCM_F32BE, 4),
        7 => (CODEC_ID_PCM_F64BE, 8),
        27 => (CODEC_ID_PCM_ALAW, 1),
        23..=26 => return unsupported_error("AU with ADPCM (G.721, G.722, G.723) is not handled"),
        _ => return unsupported_error("the AU encoding is not handled"),
    })
}

impl FormatReader for AuReader<'_> {
    fn format_info(&self) -> &FormatInfo {
        &INFO
    }

    fn media_info(&self) -> &MediaInfo {
        &self.media
    }

    fn metadata(&mut self) -> Metadata<'_> {
        self.metadata.metadata()
    }

    /// Never called here: offsets are reached by decoding.
    fn seek(&mut self, _: SeekMode, _: SeekTo) -> Result<SeekedTo> {
        seek_error(SeekErrorKind::Unseekable)
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// A cut-off last frame is left out.
    fn next_packet(&mut self) -> Result<Option<Packet>> {
        let wanted = self.remaining.min(PACKET_FRAMES * self.frame) as usize;
        let mut bytes = vec![0; wanted];
        let mut filled = 0;
        while filled < wanted {
            match self.stream.read_buf(&mut bytes[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => break,
                Err(e) => return Err(e.into()),
            }
        }
        self.remaining -= filled as u64;
        let frames = filled as u64 / self.frame;
        if frames == 0 {
            return Ok(None);
        }
        bytes.truncate((frames * self.frame) as usize);
        let packet = Packet::new(0, Timestamp::new(self.next_frame), Duration::from(frames), bytes);
        self.next_frame += frames as i64;
        Ok(Some(packet))
    }

    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        self.stream
    }
}

impl Scoreable for AuReader<'_> {
    fn score(_: ScopedStream<&mut MediaSourceStream<'_>>) -> Result<Score> {
        Ok(Score::Supported(255))
    }
}

impl ProbeableFormat<'_> for AuReader<'_> {
    fn try_probe_new(stream: MediaSourceStream<'_>, options: FormatOptions) -> Result<Box<dyn FormatReader + '_>> {
        Ok(Box::new(AuReader::open(stream, options)?))
    }

    fn probe_data() -> &'static [ProbeFormatData] {
        &[ProbeFormatData {
            spec: ProbeDataMatchSpec { extensions: &["au", "snd"], mime_types: &["audio/basic"], markers: &[b".snd"] },
            info: INFO,
        }]
    }
}

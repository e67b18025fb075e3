//! Uncompressed samples, of whichever container: WAV, RF64, RIFX, Wave64, AIFF and Sun AU differ in where they put them.

use symphonia::core::audio::Channels;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_PCM_ALAW, CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F64BE, CODEC_ID_PCM_F64LE,
    CODEC_ID_PCM_MULAW, CODEC_ID_PCM_S8, CODEC_ID_PCM_S16BE, CODEC_ID_PCM_S16LE, CODEC_ID_PCM_S24BE,
    CODEC_ID_PCM_S24LE, CODEC_ID_PCM_S32BE, CODEC_ID_PCM_S32LE, CODEC_ID_PCM_U8,
};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};
use symphonia::core::errors::{Result, SeekErrorKind, seek_error};
use symphonia::core::formats::prelude::*;
use symphonia::core::io::{MediaSourceStream, ReadBytes};
use symphonia::core::meta::{Metadata, MetadataLog};

/// Frames in a packet.
const PACKET_FRAMES: u64 = 4096;

/// How samples lie in a file.
#[derive(Clone, Copy)]
pub(crate) struct Pcm {
    /// The container.
    pub info: &'static FormatInfo,
    pub encoding: Encoding,
    pub rate: u32,
    pub channels: u32,
}

/// What a sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Encoding {
    codec: AudioCodecId,
    /// Bytes.
    width: u64,
}

impl Encoding {
    pub const A_LAW: Self = Self { codec: CODEC_ID_PCM_ALAW, width: 1 };
    pub const MU_LAW: Self = Self { codec: CODEC_ID_PCM_MULAW, width: 1 };
    pub const UNSIGNED_8: Self = Self { codec: CODEC_ID_PCM_U8, width: 1 };

    /// Integers of so many bytes. Where fewer bits count, they are the upper ones.
    pub fn integer(width: u64, big_endian: bool) -> Option<Self> {
        let codec = match (width, big_endian) {
            (1, _) => CODEC_ID_PCM_S8,
            (2, true) => CODEC_ID_PCM_S16BE,
            (2, false) => CODEC_ID_PCM_S16LE,
            (3, true) => CODEC_ID_PCM_S24BE,
            (3, false) => CODEC_ID_PCM_S24LE,
            (4, true) => CODEC_ID_PCM_S32BE,
            (4, false) => CODEC_ID_PCM_S32LE,
            _ => return None,
        };
        Some(Self { codec, width })
    }

    /// Floating point numbers of so many bytes.
    pub fn float(width: u64, big_endian: bool) -> Option<Self> {
        let codec = match (width, big_endian) {
            (4, true) => CODEC_ID_PCM_F32BE,
            (4, false) => CODEC_ID_PCM_F32LE,
            (8, true) => CODEC_ID_PCM_F64BE,
            (8, false) => CODEC_ID_PCM_F64LE,
            _ => return None,
        };
        Some(Self { codec, width })
    }
}

/// Samples as packets.
pub(crate) struct PcmReader<'s> {
    stream: MediaSourceStream<'s>,
    info: &'static FormatInfo,
    media: MediaInfo,
    tracks: Vec<Track>,
    metadata: MetadataLog,
    /// Bytes of a frame.
    frame: u64,
    next_frame: i64,
}

impl<'s> PcmReader<'s> {
    /// Of a stream that is samples from its beginning to its end, which should come after `declared` bytes.
    pub fn new(stream: MediaSourceStream<'s>, pcm: &Pcm, declared: u64) -> Self {
        // Beyond 16 bits there is no difference any more: both are far too many.
        let channels = u16::try_from(pcm.channels).unwrap_or(u16::MAX);
        let frame = (pcm.encoding.width * u64::from(channels)).max(1);
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(pcm.encoding.codec)
            .with_sample_rate(pcm.rate)
            .with_channels(Channels::Discrete(channels))
            .with_max_frames_per_packet(PACKET_FRAMES);
        let mut track = Track::new(0);
        track
            .with_codec_params(CodecParameters::Audio(parameters))
            .with_num_frames(declared / frame)
            .with_duration(Duration::from(declared / frame));
        Self {
            stream,
            info: pcm.info,
            media: MediaInfo::from_track(&track),
            tracks: vec![track],
            metadata: MetadataLog::default(),
            frame,
            next_frame: 0,
        }
    }
}

impl FormatReader for PcmReader<'_> {
    fn format_info(&self) -> &FormatInfo {
        self.info
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
        let wanted = (PACKET_FRAMES * self.frame) as usize;
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

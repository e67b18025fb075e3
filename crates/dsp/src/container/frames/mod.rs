//! Streams of frames without a container: MPEG audio and ADTS, as files, joined files and broadcasts have them.
//!
//! What lies between the frames is told from tags and counted, since such streams have no time stamps that would tell what is
//! missing. Where channels, rate or layer change on the way, or another file was joined on, a new part begins.

mod header;
mod info;
mod parts;
mod sync;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use symphonia::core::audio::{Channels, Position};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_MP1, CODEC_ID_MP2};
use symphonia::core::errors::{Error, Result, SeekErrorKind, seek_error};
use symphonia::core::formats::prelude::*;
use symphonia::core::formats::well_known::{FORMAT_ID_ADTS, FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::{Metadata, MetadataLog};

use header::Shape;
use parts::Parts;
use sync::Sync;

/// What was passed over between frames.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gaps(Arc<AtomicU64>);

/// The bit of [`Gaps`] that says that the stream ends inside a frame.
const BROKEN: u64 = 1 << 63;

impl Gaps {
    fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    fn broke_off(&self) {
        self.0.fetch_or(BROKEN, Ordering::Relaxed);
    }

    /// Bytes passed over since this was asked last that should have been sound, and whether the stream ended inside a frame.
    pub fn take(&self) -> (u64, bool) {
        let taken = self.0.swap(0, Ordering::Relaxed);
        (taken & !BROKEN, taken & BROKEN != 0)
    }
}

/// Frames as packets.
pub(crate) struct FrameReader<'s> {
    parts: Parts<'s>,
    info: FormatInfo,
    media: MediaInfo,
    tracks: Vec<Track>,
    metadata: MetadataLog,
    /// The packet that a new part begins with.
    waiting: Option<Packet>,
    now: Timestamp,
}

impl<'s> FrameReader<'s> {
    /// Of a stream of `len` bytes that has a frame somewhere.
    pub fn open(stream: MediaSourceStream<'s>, len: u64, gaps: Gaps) -> Result<Self> {
        let mut parts = Parts::new(Sync::new(stream, len, gaps));
        let Some((shape, declared)) = parts.begin()? else {
            return Err(Error::IoError(std::io::ErrorKind::UnexpectedEof.into()));
        };
        let track = track(shape, declared);
        Ok(Self {
            parts,
            info: format(shape),
            media: MediaInfo::from_track(&track),
            tracks: vec![track],
            metadata: MetadataLog::default(),
            waiting: None,
            now: Timestamp::ZERO,
        })
    }
}

fn format(shape: Shape) -> FormatInfo {
    let (format, short_name, long_name) = match shape.codec {
        CODEC_ID_AAC => (FORMAT_ID_ADTS, "aac", "Audio Data Transport Stream (native AAC)"),
        CODEC_ID_MP1 => (FORMAT_ID_MP1, "mp1", "MPEG Audio Layer 1 Native"),
        CODEC_ID_MP2 => (FORMAT_ID_MP2, "mp2", "MPEG Audio Layer 2 Native"),
        _ => (FORMAT_ID_MP3, "mp3", "MPEG Audio Layer 3 Native"),
    };
    FormatInfo { format, short_name, long_name }
}

/// The track of a part of so many samples, as its first frame says.
fn track(shape: Shape, declared: Option<u64>) -> Track {
    let mut parameters = AudioCodecParameters::new();
    parameters.for_codec(shape.codec).with_sample_rate(shape.rate);
    let channels = match shape.channels {
        // The first packet tells.
        0 => None,
        1 => Some(Channels::Positioned(Position::FRONT_LEFT)),
        2 => Some(Channels::Positioned(Position::FRONT_LEFT | Position::FRONT_RIGHT)),
        channels => Some(Channels::Discrete(channels)),
    };
    if let Some(channels) = channels {
        parameters.with_channels(channels);
    }
    let mut track = Track::new(0);
    track.with_codec_params(CodecParameters::Audio(parameters));
    if let Some(frames) = declared {
        track.with_num_frames(frames).with_duration(Duration::from(frames));
    }
    track
}

impl FormatReader for FrameReader<'_> {
    fn format_info(&self) -> &FormatInfo {
        &self.info
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

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        if let Some(packet) = self.waiting.take() {
            return Ok(Some(packet));
        }
        let Some(cut) = self.parts.next()? else { return Ok(None) };
        let mut packet = Packet::new(0, self.now, Duration::from(cut.length()), cut.data);
        packet.trim_start = Duration::from(u64::from(cut.start));
        packet.trim_end = Duration::from(u64::from(cut.end));
        self.now = self.now.saturating_add(Duration::from(u64::from(cut.shape.samples)));
        if let Some(declared) = cut.new_part {
            self.tracks = vec![track(cut.shape, declared)];
            self.info = format(cut.shape);
            self.waiting = Some(packet);
            return Err(Error::ResetRequired);
        }
        Ok(Some(packet))
    }

    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        self.parts.into_stream()
    }
}

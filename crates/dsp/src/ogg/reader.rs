//! The container as symphonia sees it.

use symphonia::core::errors::{Error, Result, SeekErrorKind, decode_error, reset_error, seek_error, unsupported_error};
use symphonia::core::formats::prelude::*;
use symphonia::core::formats::probe::{ProbeDataMatchSpec, ProbeFormatData, ProbeableFormat, Score, Scoreable};
use symphonia::core::formats::well_known::FORMAT_ID_OGG;
use symphonia::core::io::{MediaSourceStream, ReadBytes, ScopedStream};
use symphonia::core::meta::{Metadata, MetadataLog};

use super::end::last_position;
use super::link::Link;
use super::page::{MAGIC, PageReader};

const INFO: FormatInfo = FormatInfo { format: FORMAT_ID_OGG, short_name: "ogg", long_name: "Ogg" };

/// An open Ogg file.
pub(crate) struct OggReader<'s> {
    stream: MediaSourceStream<'s>,
    media: MediaInfo,
    tracks: Vec<Track>,
    metadata: MetadataLog,
    pages: PageReader,
    link: Link,
    /// The page read last is the first of the next link.
    at_next: bool,
    /// There are no more pages.
    ended: bool,
}

impl<'s> OggReader<'s> {
    fn open(stream: MediaSourceStream<'s>, options: FormatOptions) -> Result<Self> {
        let mut reader = Self {
            stream,
            media: MediaInfo::default(),
            tracks: Vec::new(),
            metadata: options.external_data.metadata.unwrap_or_default(),
            pages: PageReader::default(),
            link: Link::default(),
            at_next: false,
            ended: false,
        };
        // A recording may begin in the middle of a link, which can't be decoded without its headers.
        while reader.pages.next(&mut reader.stream)? && !reader.pages.page().first {}
        if !reader.pages.page().first {
            return decode_error("the headers at the start of the Ogg stream are missing");
        }
        reader.open_link()?;
        if let Some(reason) = reader.link.unsupported() {
            return unsupported_error(reason);
        }
        if !reader.link.is_ready() {
            if reader.ended {
                return Err(ends_early());
            }
            return decode_error("the setup header is missing");
        }
        if let (Some(track), Some((serial, zero))) = (reader.tracks.first_mut(), reader.link.start())
            && let Some(end) = last_position(&mut reader.stream, serial)?
            && let Ok(length) = u64::try_from(end.saturating_sub(zero))
        {
            reader.link.set_end(end);
            track.with_duration(Duration::from(length));
        }
        reader.media = MediaInfo::from_tracks(&reader.tracks);
        Ok(reader)
    }

    /// Reads on from the first page of a link to its first sound.
    fn open_link(&mut self) -> Result<()> {
        self.link = Link::default();
        self.link.add(self.pages.page());
        self.at_next = false;
        while !(self.link.has_packets() || self.at_next || self.ended) {
            self.advance()?;
        }
        self.tracks = self.link.track().into_iter().collect();
        Ok(())
    }

    /// Reads a page.
    fn advance(&mut self) -> Result<()> {
        self.ended = !self.pages.next(&mut self.stream)?;
        self.at_next = !self.ended && !self.link.add(self.pages.page());
        if self.ended || self.at_next {
            self.link.finish();
        }
        Ok(())
    }
}

impl FormatReader for OggReader<'_> {
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

    /// A new link is announced by the error that says so.
    fn next_packet(&mut self) -> Result<Option<Packet>> {
        loop {
            if let Some(packet) = self.link.next() {
                return Ok(Some(packet));
            }
            if self.at_next {
                self.open_link()?;
                return reset_error();
            }
            if self.ended {
                let whole = self.link.is_whole() && !self.pages.cut_off();
                return if whole { Ok(None) } else { Err(ends_early()) };
            }
            self.advance()?;
        }
    }

    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        self.stream
    }
}

/// The stream ends where it should go on.
fn ends_early() -> Error {
    std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()
}

impl Scoreable for OggReader<'_> {
    fn score(mut stream: ScopedStream<&mut MediaSourceStream<'_>>) -> Result<Score> {
        // The version, behind the magic.
        stream.ignore_bytes(MAGIC.len() as u64)?;
        Ok(if stream.read_u8()? == 0 { Score::Supported(255) } else { Score::Unsupported })
    }
}

impl ProbeableFormat<'_> for OggReader<'_> {
    fn try_probe_new(stream: MediaSourceStream<'_>, options: FormatOptions) -> Result<Box<dyn FormatReader + '_>> {
        Ok(Box::new(OggReader::open(stream, options)?))
    }

    fn probe_data() -> &'static [ProbeFormatData] {
        &[ProbeFormatData {
            spec: ProbeDataMatchSpec {
                extensions: &["ogg", "oga", "ogv", "ogx", "opus", "spx"],
                mime_types: &["audio/ogg", "video/ogg", "application/ogg"],
                markers: &[MAGIC],
            },
            info: INFO,
        }]
    }
}

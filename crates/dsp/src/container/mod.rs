//! What a file is, and where in it the sound is. Decoders are shown that and nothing else: tags, pictures and comments, sound or
//! damaged, never reach them.

mod aiff;
mod au;
mod caf;
mod flac;
mod frames;
pub(crate) mod magic;
mod mkv;
mod mp4;
mod pcm;
mod scan;
mod tags;
mod view;
mod wav;

use std::ops::Range;

use symphonia::core::io::MediaSource;

pub(crate) use frames::{FrameReader, Gaps};
pub(crate) use pcm::{Pcm, PcmReader};
pub(crate) use view::{Piece, View};

use crate::Result;
use magic::Format;
use scan::Scan;

/// Audio that a header declares beyond the end of the file: missing bytes, and bytes that are there.
pub(crate) type Missing = Option<(u64, u64)>;

/// Where the sound of a file is.
pub(crate) enum Sound {
    /// Uncompressed samples.
    Pcm { pcm: Pcm, range: Range<u64>, missing: Missing },
    /// A stream that a decoder reads.
    Stream { parts: Vec<Piece>, stream: Stream, missing: Missing },
}

/// What kind of stream it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Stream {
    /// In a container with an index or time stamps.
    Container,
    Flac,
    /// MP4, of which the sound starts so many s after the first sample.
    Mp4 {
        start: f64,
    },
    /// Frames one behind the other.
    Frames,
}

impl Sound {
    /// Frames one behind the other.
    fn frames(range: Range<u64>) -> Self {
        Self::Stream { parts: vec![Piece::Range(range)], stream: Stream::Frames, missing: None }
    }

    /// Looks for the sound of a file.
    ///
    /// # Errors
    ///
    /// A file that can't be read, one in a format that isn't decoded here, and a header that makes no sense.
    pub fn find(file: &mut dyn MediaSource, name: &str) -> Result<Self> {
        let scan = &mut Scan::new(file, name);
        let start = tags::behind_id3(scan)?;
        match magic::format(scan, start)? {
            Format::Wav(family) => wav::find(scan, start, family),
            Format::Aiff => aiff::find(scan, start),
            Format::Au { big_endian } => au::find(scan, start, big_endian),
            Format::Flac => flac::find(scan, start),
            Format::Mp4 => mp4::find(scan, start),
            Format::Matroska => mkv::find(scan, start),
            Format::Caf => caf::find(scan, start),
            Format::Frames => Ok(Self::frames(start..tags::before_tags(scan, start)?)),
            Format::Ogg => {
                let parts = vec![Piece::Range(start..scan.len)];
                Ok(Self::Stream { parts, stream: Stream::Container, missing: None })
            }
        }
    }
}

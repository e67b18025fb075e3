//! WAV and its relatives: RIFX (big-endian), RF64 and BW64 (EBU Tech 3306: sizes of 64 bits), and Sony Wave64.
//!
//! Only `fmt ` and the audio are looked at. Other chunks are passed over by their size, and searched for the next known one
//! where the size leads nowhere.

use std::ops::Range;

use symphonia::core::common::FourCc;
use symphonia::core::formats::{FormatId, FormatInfo};

use super::pcm::{Encoding, Pcm};
use super::scan::Scan;
use super::view::Piece;
use super::{Missing, Sound, Stream};
use crate::Result;

/// Chunks looked at before the search for the audio is given up.
const MAX_CHUNKS: usize = 1024;

/// Least size of an audio chunk that is taken for a placeholder where the file is shorter: programs that write to a pipe
/// leave the greatest number, or one just below 2 GiB.
pub(super) const PLACEHOLDER: u64 = 0x7fff_f000;

static WAV: FormatInfo = FormatInfo {
    format: FormatId::new(FourCc::new(*b"wave")),
    short_name: "wave",
    long_name: "Waveform Audio File Format",
};

/// Which of the relatives it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Riff,
    Rifx,
    Rf64,
    Wave64,
}

/// The place of a chunk.
struct Chunk {
    id: [u8; 4],
    body: u64,
    /// Bytes in it, as the header says.
    size: u64,
    /// Where the next one begins.
    next: u64,
}

impl Family {
    fn u16(self, bytes: [u8; 2]) -> u16 {
        if self == Self::Rifx { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    fn u32(self, bytes: [u8; 4]) -> u32 {
        if self == Self::Rifx { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    /// Bytes before the first chunk.
    fn header(self) -> u64 {
        if self == Self::Wave64 { 40 } else { 12 }
    }

    fn chunk(self, scan: &mut Scan<'_>, place: u64) -> Result<Option<Chunk>> {
        if self == Self::Wave64 {
            let Some(header) = scan.array_at::<24>(place)? else { return Ok(None) };
            let [a, b, c, d, .., s0, s1, s2, s3, s4, s5, s6, s7] = header;
            let whole = u64::from_le_bytes([s0, s1, s2, s3, s4, s5, s6, s7]);
            let size = whole.saturating_sub(24);
            let next = place.saturating_add(whole.max(24)).saturating_add(7) & !7;
            return Ok(Some(Chunk { id: [a, b, c, d], body: place + 24, size, next }));
        }
        let Some([a, b, c, d, s0, s1, s2, s3]) = scan.array_at(place)? else { return Ok(None) };
        let size = u64::from(self.u32([s0, s1, s2, s3]));
        let body = place + 8;
        Ok(Some(Chunk { id: [a, b, c, d], body, size, next: body + size + (size & 1) }))
    }
}

/// Where the sound of the file is whose header stands at `start`.
pub(super) fn find(scan: &mut Scan<'_>, start: u64, family: Family) -> Result<Sound> {
    let declared_whole = match scan.array_at(start + 4)? {
        Some(bytes) => u64::from(family.u32(bytes)),
        None => return Err(scan.ends_early()),
    };
    let (mut format, mut data, mut long) = (None, None, None);
    let mut place = start + family.header();
    for _ in 0..MAX_CHUNKS {
        let Some(chunk) = family.chunk(scan, place)? else { break };
        match &chunk.id {
            b"fmt " if format.is_none() => {
                format = Some(scan.bytes_at(chunk.body, chunk.size.min(64) as usize)?);
            }
            b"ds64" if family == Family::Rf64 => long = scan.array_at(chunk.body + 8)?.map(u64::from_le_bytes),
            b"data" if data.is_none() => {
                let size = long.filter(|_| chunk.size == u64::from(u32::MAX)).unwrap_or(chunk.size);
                let whole_is_less = start + declared_whole < chunk.body;
                data = Some(extent(scan.len, chunk.body, size, family != Family::Wave64 && whole_is_less));
            }
            _ => {}
        }
        if let (Some(format), Some((range, missing))) = (&format, &data) {
            return Format::read(family, format).sound(scan, range.clone(), *missing);
        }
        place = behind(scan, family, &chunk)?;
    }
    Err(match (format, data) {
        (None, Some(_)) => scan.damaged("it has no format chunk"),
        _ => scan.ends_early(),
    })
}

/// The bytes of an audio chunk of that size, and what the file lacks of them. Programs that write to a pipe leave both sizes 0,
/// where the whole's is `less` than what comes before the audio, or both at their greatest value.
pub(super) fn extent(len: u64, body: u64, size: u64, less: bool) -> (Range<u64>, Missing) {
    let end = body.saturating_add(size);
    let there = len.saturating_sub(body);
    let missing = (end > len && !(PLACEHOLDER..=u64::from(u32::MAX)).contains(&size) && size < u64::MAX / 2)
        .then_some((end - len.min(end), there));
    let end = if size == 0 && less { len } else { end.min(len) };
    (body..end.max(body), missing)
}

/// Where the next chunk begins: behind this one, unless that leads nowhere. Some programs leave out the byte behind a chunk of
/// odd length.
fn behind(scan: &mut Scan<'_>, family: Family, chunk: &Chunk) -> Result<u64> {
    let unpadded = chunk.body.saturating_add(chunk.size);
    for place in [chunk.next, unpadded] {
        if place >= scan.len || scan.is_chunk_at(place)? {
            return if place < scan.len { Ok(place) } else { lost(scan, family, chunk) };
        }
    }
    lost(scan, family, chunk)
}

/// The next chunk by its name, as its place isn't known; the end of the file where there is none.
fn lost(scan: &mut Scan<'_>, family: Family, chunk: &Chunk) -> Result<u64> {
    if &chunk.id == b"data" {
        return Ok(scan.len);
    }
    let known = |bytes: &[u8]| bytes.starts_with(b"data") || bytes.starts_with(b"fmt ");
    let step = if family == Family::Wave64 { 24 } else { 8 };
    scan.next_known(chunk.body, step, known)
}

/// A `fmt ` chunk.
struct Format<'a> {
    family: Family,
    bytes: &'a [u8],
    tag: u16,
    channels: u16,
    rate: u32,
    /// Bytes of a frame or block.
    align: u16,
    bits: u16,
}

impl<'a> Format<'a> {
    /// Reads what is there; the rest is 0, and refused later.
    fn read(family: Family, bytes: &'a [u8]) -> Self {
        let two = |at: usize| bytes.get(at..at + 2).map_or(0, |b| family.u16([b[0], b[1]]));
        let rate = bytes.get(4..8).map_or(0, |b| family.u32([b[0], b[1], b[2], b[3]]));
        // WAVE_FORMAT_EXTENSIBLE: the tag begins an identifier at the end.
        let tag = match two(0) {
            0xfffe if bytes.len() >= 26 => two(24),
            0xfffe => 1,
            tag => tag,
        };
        Self { family, bytes, tag, channels: two(2), rate, align: two(12), bits: two(14) }
    }

    /// Bytes of a sample. Containers of more bytes than the bits need have them below.
    fn width(&self) -> u64 {
        let needed = self.bits.div_ceil(8);
        let held = self.align.checked_div(self.channels).filter(|held| held * self.channels == self.align);
        u64::from(held.filter(|held| (needed..=8).contains(held) && *held > 0).unwrap_or(needed))
    }

    fn sound(&self, scan: &Scan<'_>, range: Range<u64>, missing: Missing) -> Result<Sound> {
        let big_endian = self.family == Family::Rifx;
        let width = self.width();
        let encoding = match self.tag {
            1 if width == 1 => Some(Encoding::UNSIGNED_8),
            1 => Encoding::integer(width, big_endian),
            3 => Encoding::float(width, big_endian),
            6 => Some(Encoding::A_LAW),
            7 => Some(Encoding::MU_LAW),
            2 | 0x11 => {
                let size = range.end - range.start;
                let parts = vec![Piece::Bytes(self.header(size)), Piece::Range(range)];
                return Ok(Sound::Stream { parts, stream: Stream::Container, missing });
            }
            0x50 | 0x55 => return Ok(Sound::frames(range)),
            _ => None,
        };
        let Some(encoding) = encoding else { return Err(scan.unsupported(&format!("{} in WAV", self.codec()))) };
        let pcm = Pcm { info: &WAV, encoding, rate: self.rate, channels: u32::from(self.channels) };
        Ok(Sound::Pcm { pcm, range, missing })
    }

    /// A header for the block-wise codecs, without what else may have been in the file.
    fn header(&self, size: u64) -> Vec<u8> {
        let mut format = self.bytes.to_vec();
        if self.tag == 0x11 {
            // The samples of a block, of which some writers leave out the number.
            let (align, channels) = (u32::from(self.align), u32::from(self.channels.max(1)));
            let samples = (align.saturating_sub(4 * channels)) * 8 / (channels * u32::from(self.bits.max(1))) + 1;
            format.resize(16, 0);
            format.extend(2u16.to_le_bytes());
            format.extend(u16::try_from(samples).unwrap_or(u16::MAX).to_le_bytes());
        }
        let size = u32::try_from(size).unwrap_or(u32::MAX - 256);
        let mut header = b"RIFF".to_vec();
        header.extend((size + 20 + format.len() as u32).to_le_bytes());
        header.extend(b"WAVEfmt ");
        header.extend((format.len() as u32).to_le_bytes());
        header.extend(format);
        header.extend(b"data");
        header.extend(size.to_le_bytes());
        header
    }

    /// The codec's name (registered in RFC 2361, and since).
    fn codec(&self) -> String {
        let name = match self.tag {
            1 | 3 => return format!("PCM of {} bits", self.bits),
            0x31 | 0x32 | 0x1500 => "GSM 6.10",
            0x14 | 0x40 | 0x45 | 0x64 => "G.726",
            0x65 => "G.722",
            0x20 => "Yamaha ADPCM",
            0x22 => "TrueSpeech",
            0xff | 0x1600 | 0x1602 | 0x706d | 0xa106 => "AAC",
            0x160..=0x163 => "Windows Media Audio",
            0x2000 => "AC-3",
            0x2001 => "DTS",
            0x566f | 0x674f..=0x6771 => "Vorbis",
            0x704f => "Opus",
            0xa109 => "Speex",
            0xf1ac => "FLAC",
            0x5756 => "WavPack",
            tag => return format!("the codec {tag:#06x}"),
        };
        name.to_owned()
    }
}

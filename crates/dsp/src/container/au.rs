//! Sun/NeXT AU (`.au`, `.snd`), the format of the first archives of the GTZAN collection.
//!
//! A header of at least 24 bytes (magic `.snd`, offset of the data, size of the data or `0xffff_ffff`, encoding, sampling rate,
//! channels), an optional annotation, then interleaved samples. All numbers are big-endian, and little-endian in DEC's files,
//! whose magic is `dns.`.

use symphonia::core::common::FourCc;
use symphonia::core::formats::{FormatId, FormatInfo};

use super::Sound;
use super::pcm::{Encoding, Pcm};
use super::scan::Scan;
use super::wav::extent;
use crate::Result;

/// Bytes of the fixed part of the header.
const HEADER_LEN: u32 = 24;

static AU: FormatInfo =
    FormatInfo { format: FormatId::new(FourCc::new(*b"au  ")), short_name: "au", long_name: "Sun AU" };

/// Where the sound of the file is whose header stands at `start`.
pub(super) fn find(scan: &mut Scan<'_>, start: u64, big_endian: bool) -> Result<Sound> {
    let Some(header) = scan.array_at::<24>(start)? else { return Err(scan.ends_early()) };
    let number = |at: usize| {
        let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
        if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    };
    let (offset, size, code, rate, channels) = (number(4), number(8), number(12), number(16), number(20));
    if offset < HEADER_LEN {
        return Err(scan.damaged("the AU header puts the audio inside the header"));
    }
    let encoding = match code {
        1 => Some(Encoding::MU_LAW),
        2..=5 => Encoding::integer(u64::from(code - 1), big_endian),
        6 => Encoding::float(4, big_endian),
        7 => Encoding::float(8, big_endian),
        27 => Some(Encoding::A_LAW),
        _ => None,
    };
    let Some(encoding) = encoding else {
        return Err(match code {
            23 => scan.unsupported("G.721 in AU"),
            24 => scan.unsupported("G.722 in AU"),
            25 | 26 => scan.unsupported("G.723 in AU"),
            code => scan.unsupported(&format!("AU with the encoding {code}")),
        });
    };
    let body = start + u64::from(offset);
    if body > scan.len {
        return Err(scan.ends_early());
    }
    let (range, missing) = extent(scan.len, body, u64::from(size), true);
    Ok(Sound::Pcm { pcm: Pcm { info: &AU, encoding, rate, channels }, range, missing })
}

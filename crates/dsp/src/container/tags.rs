//! Tags around and between frames: ID3 of both kinds, APE, Lyrics3.

use super::magic;
use super::scan::Scan;
use crate::Result;

/// Bytes of an ID3v2 tag's header.
const ID3_HEADER: u64 = 10;

/// Bytes searched for a file behind a tag of a wrong size.
const REACH: u64 = 1 << 24;

/// Tags one behind the other.
const MAX_TAGS: usize = 64;

/// Length of the ID3v2, ID3v1 or APE tag that the bytes, of which there should be 32, begin with.
pub(super) fn tag_len(bytes: &[u8]) -> Option<u64> {
    match bytes {
        [b'I', b'D', b'3', _, _, flags, size @ ..] => {
            let size = size.first_chunk::<4>()?;
            let footer = if flags & 0x10 == 0 { 0 } else { 10 };
            // Seven bits a byte. Some writers take all eight.
            let synchsafe = size.iter().all(|byte| *byte < 0x80);
            let bits = if synchsafe { 7 } else { 8 };
            Some(10 + size.iter().fold(0, |sum, &byte| sum << bits | u64::from(byte)) + footer)
        }
        [b'T', b'A', b'G', b'+', ..] => Some(227),
        [b'T', b'A', b'G', ..] => Some(128),
        _ if bytes.starts_with(b"APETAGEX") => {
            let size = u32::from_le_bytes(*bytes.get(12..)?.first_chunk()?);
            // A footer names the size of what came before it.
            let is_header = bytes.get(23)? & 0x20 != 0;
            Some(32 + if is_header { u64::from(size) } else { 0 })
        }
        _ => None,
    }
}

/// Where the file begins behind its ID3v2 tags, which any format may have before it. A tag that says it is longer than the file
/// is passed over by its header alone.
pub(super) fn behind_id3(scan: &mut Scan<'_>) -> Result<u64> {
    let mut place = 0;
    for _ in 0..MAX_TAGS {
        let bytes = scan.bytes_at(place, 32)?;
        match tag_len(&bytes).filter(|_| bytes.starts_with(b"ID3")) {
            Some(len) if place + len < scan.len => place += len,
            Some(_) => {
                place = scan.len.min(place + ID3_HEADER);
                break;
            }
            None => break,
        }
    }
    if place == 0 {
        return Ok(0);
    }
    // Some writers fill up with zeros and don't count them.
    if scan.array_at::<1>(place)? == Some([0]) {
        place = scan.find(place, 1 << 16, 1, |bytes| bytes[0] != 0)?.unwrap_or(place);
    }
    let head = scan.bytes_at(place, 64)?;
    if magic::is_known(&head) || tag_len(&head).is_some() {
        return Ok(place);
    }
    // The size may be wrong. Frames are found by themselves; these aren't.
    let file = |bytes: &[u8]| {
        bytes.starts_with(b"fLaC\0\0\0\x22")
            || (bytes.starts_with(b"RIFF") && bytes[8..].starts_with(b"WAVE"))
            || (bytes.starts_with(b"FORM") && bytes[8..].starts_with(b"AIF"))
    };
    Ok(scan.find(ID3_HEADER, REACH, 12, file)?.unwrap_or(place))
}

/// Where the file ends before its tags: ID3v1, Lyrics3 and APE tags say at their end how long they are.
pub(super) fn before_tags(scan: &mut Scan<'_>, start: u64) -> Result<u64> {
    let mut end = scan.len;
    for _ in 0..MAX_TAGS {
        let tail = scan.bytes_at(end.saturating_sub(128).max(start), 128.min((end - start) as usize))?;
        let ends_with =
            |back: usize, name: &[u8]| tail.len().checked_sub(back).is_some_and(|at| tail[at..].starts_with(name));
        let len = if ends_with(128, b"TAG") {
            128
        } else if ends_with(32, b"APETAGEX") {
            let size = &tail[tail.len() - 20..];
            let (has_header, is_header) = (size[11] & 0x80 != 0, size[11] & 0x20 != 0);
            let len = u64::from(u32::from_le_bytes([size[0], size[1], size[2], size[3]]));
            // Where a header should be and is none, the size is wrong. A header whose tag is cut off is all there is of it.
            let start = end.checked_sub(len + 32).filter(|_| has_header && !is_header);
            match start {
                Some(start) if scan.bytes_at(start, 8)? == b"APETAGEX" => len + 32,
                None if !has_header => len,
                _ => 32,
            }
        } else if ends_with(9, b"LYRICS200") && tail.len() >= 15 {
            let digits = std::str::from_utf8(&tail[tail.len() - 15..tail.len() - 9]).ok();
            digits.and_then(|digits| digits.parse::<u64>().ok()).map_or(0, |size| size + 15)
        } else {
            0
        };
        if len == 0 || len > end - start {
            break;
        }
        end -= len;
    }
    Ok(end)
}

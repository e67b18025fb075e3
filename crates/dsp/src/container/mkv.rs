//! Matroska and WebM (RFC 9559): what describes the tracks, and the clusters. Tags, cues, attachments and chapters are passed over,
//! and so is what of a cluster is damaged or cut off.

use std::ops::Range;

use super::scan::Scan;
use super::view::Piece;
use super::{Sound, Stream};
use crate::Result;

const EBML: u32 = 0x1a45_dfa3;
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const CLUSTER: u32 = 0x1f43_b675;

/// What else a segment holds: seek head, tags, cues, attachments, chapters, void, checksum.
const PASSED_OVER: [u32; 7] = [0x114d_9b74, 0x1254_c367, 0x1c53_bb6b, 0x1941_a469, 0x1043_a770, 0xec, 0xbf];

/// What a cluster holds: time stamp, blocks of three kinds, position, size of the one before, silent tracks, void, checksum.
const IN_CLUSTER: [u32; 9] = [0xe7, 0xa3, 0xa0, 0xaf, 0xa7, 0xab, 0x5854, 0xec, 0xbf];

/// Bytes of the longest header of an element.
const HEADER: usize = 12;

/// Bytes read at a time.
const STEP: usize = 1 << 12;

/// An element: its name, and the places of all of it and of its content.
struct Element {
    id: u32,
    start: u64,
    /// Its end is open in streams that are written as they are made.
    content: Range<u64>,
    open: bool,
}

/// Where the sound of the file is whose first element stands at `start`.
pub(super) fn find(scan: &mut Scan<'_>, start: u64) -> Result<Sound> {
    let container = |parts| Sound::Stream { parts, stream: Stream::Container, missing: None };
    let whole = container(vec![Piece::Range(start..scan.len)]);
    let elements = &mut Elements { scan, at: 0, bytes: Vec::new() };
    let Some(head) = elements.at(start)?.filter(|head| head.id == EBML) else { return Ok(whole) };
    let Some(segment) = elements.at(head.content.end)?.filter(|segment| segment.id == SEGMENT) else {
        return Ok(whole);
    };
    let mut kept = Vec::new();
    let mut at = segment.content.start;
    while let Some(place) = elements.next_known(at)? {
        let Some(element) = elements.at(place)? else { break };
        at = match element.id {
            CLUSTER => elements.cluster(&element, &mut kept)?,
            INFO | TRACKS => {
                keep(&mut kept, element.start..element.content.end);
                element.content.end
            }
            _ => element.content.end,
        };
    }
    let length = kept.iter().map(Piece::len).sum::<u64>();
    let mut parts = vec![Piece::Range(head.start..head.content.end), Piece::Bytes(header(SEGMENT, length))];
    parts.extend(kept);
    Ok(container(parts))
}

/// Adds a stretch of the file, to the one before if it goes on there.
fn keep(kept: &mut Vec<Piece>, range: Range<u64>) {
    match kept.last_mut() {
        Some(Piece::Range(last)) if last.end == range.start => last.end = range.end,
        _ => kept.push(Piece::Range(range)),
    }
}

/// The header of an element of so many bytes.
fn header(id: u32, length: u64) -> Vec<u8> {
    [&id.to_be_bytes()[..], &(1 << 56 | length).to_be_bytes()].concat()
}

/// The elements of a file.
struct Elements<'a, 'f> {
    scan: &'a mut Scan<'f>,
    /// Bytes read last, and where they stand.
    at: u64,
    bytes: Vec<u8>,
}

impl Elements<'_, '_> {
    /// The element at a place; `None` if there is none, or none of a kind known.
    fn at(&mut self, place: u64) -> Result<Option<Element>> {
        let inside = place.checked_sub(self.at).filter(|from| from + HEADER as u64 <= self.bytes.len() as u64);
        let from = match inside {
            Some(from) => from as usize,
            None => {
                (self.at, self.bytes) = (place, self.scan.bytes_at(place, STEP)?);
                0
            }
        };
        Ok(element(&self.bytes[from..], place, self.scan.len))
    }

    /// The next place from `at` on where an element of a segment stands: there, or, where that isn't so, at the next cluster.
    fn next_known(&mut self, at: u64) -> Result<Option<u64>> {
        let known = |id: u32| [INFO, TRACKS, CLUSTER].contains(&id) || PASSED_OVER.contains(&id);
        // A cluster alone may have no end.
        let fits = |element: Element| known(element.id) && (!element.open || element.id == CLUSTER);
        if self.at(at)?.is_some_and(fits) {
            return Ok(Some(at));
        }
        self.scan.find(at, u64::MAX, 5, |bytes| bytes.starts_with(&CLUSTER.to_be_bytes()))
    }

    /// Keeps what is whole of a cluster, and tells where to go on.
    fn cluster(&mut self, cluster: &Element, kept: &mut Vec<Piece>) -> Result<u64> {
        let mut at = cluster.content.start;
        while at < cluster.content.end {
            match self.at(at)? {
                Some(child)
                    if IN_CLUSTER.contains(&child.id) && !child.open && child.content.end <= cluster.content.end =>
                {
                    at = child.content.end;
                }
                _ => break,
            }
        }
        if at == cluster.content.end && !cluster.open {
            keep(kept, cluster.start..at);
        } else {
            kept.push(Piece::Bytes(header(CLUSTER, at - cluster.content.start)));
            keep(kept, cluster.content.start..at);
        }
        Ok(at)
    }
}

/// The element that the bytes begin with.
fn element(bytes: &[u8], start: u64, len: u64) -> Option<Element> {
    let (id, id_len) = number(bytes, 4)?;
    let (size, size_len) = number(&bytes[id_len..], 8)?;
    let mask = (1 << (7 * size_len)) - 1;
    let open = size & mask == mask;
    let from = start + (id_len + size_len) as u64;
    let end = if open { len } else { from.saturating_add(size & mask) };
    // One that is cut off by the end of the file is as long as it is there.
    let open = open || end > len;
    Some(Element { id: id as u32, start, content: from..end.min(len).max(from), open })
}

/// A number of up to `most` bytes, of which the zeros before its first bit tell how many, with that bit.
fn number(bytes: &[u8], most: usize) -> Option<(u64, usize)> {
    let count = bytes.first()?.leading_zeros() as usize + 1;
    if count > most {
        return None;
    }
    Some((bytes.get(..count)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)), count))
}

//! FLAC (RFC 9639): STREAMINFO and the frames. Pictures, comments, cue sheets, applications and seek tables are passed over, sound
//! or not, and so is what other programs put behind the last frame.

use std::ops::Range;

use super::scan::Scan;
use super::view::Piece;
use super::{Sound, Stream};
use crate::Result;

/// Metadata blocks passed over before they are taken for damaged.
const MAX_BLOCKS: usize = 1024;

/// Bytes searched for the first frame behind damaged blocks: more than the longest block, a picture of 16 MiB.
const REACH: u64 = 1 << 25;

/// Bytes before the end in which the last frame is looked for.
const TAIL: usize = 1 << 17;

/// Bytes of the longest frame header.
const HEADER: usize = 16;

/// Where the sound of the file is whose marker stands at `start`.
pub(super) fn find(scan: &mut Scan<'_>, start: u64) -> Result<Sound> {
    let Some([kind, _, _, size, info @ ..]) = scan.array_at::<38>(start + 4)? else { return Err(scan.ends_early()) };
    if kind & 0x7f != 0 || size != 34 {
        return Err(scan.damaged("the FLAC file has no stream information"));
    }
    let Some((place, header)) = first_frame(scan, start)? else {
        return Err(scan.damaged("the FLAC file has no frame"));
    };
    let end = end_of_frames(scan, place..scan.len)?;
    let mut head = b"fLaC\x80\0\0\x22".to_vec();
    head.extend(stream_information(info, &header));
    let parts = vec![Piece::Bytes(head), Piece::Range(place..end)];
    Ok(Sound::Stream { parts, stream: Stream::Flac, missing: None })
}

/// STREAMINFO with what symphonia takes from there and other decoders from the frames: whether blocks are of one size, which. Sizes
/// of frames are left open.
fn stream_information(mut info: [u8; 34], first: &FrameHeader) -> [u8; 34] {
    let declared = u16::from_be_bytes([info[2], info[3]]);
    let (least, greatest) =
        if first.variable { (16, declared.max(first.samples).max(17)) } else { (first.samples, first.samples) };
    info[..2].copy_from_slice(&least.to_be_bytes());
    info[2..4].copy_from_slice(&greatest.to_be_bytes());
    info[4..10].fill(0);
    info
}

/// The first frame: behind the metadata by their sizes, or, where they lead to none, the next that is found.
fn first_frame(scan: &mut Scan<'_>, start: u64) -> Result<Option<(u64, FrameHeader)>> {
    let mut place = start + 4;
    for _ in 0..MAX_BLOCKS {
        let Some([kind, size @ ..]) = scan.array_at::<4>(place)? else { break };
        let [a, b, c] = size;
        place += 4 + u64::from(u32::from_be_bytes([0, a, b, c]));
        if kind & 0x80 != 0 {
            break;
        }
    }
    let header = |scan: &mut Scan<'_>, place| Ok(FrameHeader::read(&scan.bytes_at(place, HEADER)?));
    if let Some(found) = header(scan, place)? {
        return Ok(Some((place, found)));
    }
    let found = scan.find(start + 42, REACH, 6, |bytes| {
        // Of the first frame, the number is 0.
        FrameHeader::read(bytes).is_some_and(|_| bytes[4] == 0)
    })?;
    match found {
        Some(place) => Ok(header(scan, place)?.map(|header| (place, header))),
        None => Ok(None),
    }
}

/// Where the last frame ends, by its checksum. The end of the file if it can't be told.
fn end_of_frames(scan: &mut Scan<'_>, frames: Range<u64>) -> Result<u64> {
    let from = frames.start.max(frames.end.saturating_sub(TAIL as u64));
    let tail = scan.bytes_at(from, TAIL)?;
    let last = (0..tail.len()).rev().filter(|&at| FrameHeader::read(&tail[at..]).is_some());
    for at in last {
        let ends = frame_ends(&tail[at..]);
        if let Some(length) = ends {
            return Ok(from + (at + length) as u64);
        }
    }
    Ok(frames.end)
}

/// The length of the frame that the bytes begin with: where its checksum (CRC-16 of polynomial 0x8005) comes out last. Bytes of zero
/// behind it leave it as it is, and aren't counted.
fn frame_ends(bytes: &[u8]) -> Option<usize> {
    let (mut sum, mut length) = (0u16, None);
    for (at, &byte) in bytes.iter().enumerate() {
        let before = sum;
        sum ^= u16::from(byte) << 8;
        for _ in 0..8 {
            sum = if sum & 0x8000 == 0 { sum << 1 } else { sum << 1 ^ 0x8005 };
        }
        if sum == 0 && (before != 0 || byte != 0) {
            length = Some(at + 1);
        }
    }
    length.filter(|length| *length > HEADER / 2)
}

/// What is taken from the header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FrameHeader {
    /// Whether blocks differ in size.
    variable: bool,
    /// Samples in the block.
    samples: u16,
}

impl FrameHeader {
    /// The header that the bytes begin with, if its checksum (CRC-8 of polynomial 0x07) says that it is one.
    fn read(bytes: &[u8]) -> Option<Self> {
        let &[0xff, sync @ 0xf8..=0xf9, sizes, channels, first, ..] = bytes else { return None };
        if channels & 1 != 0 || channels >> 4 > 10 {
            return None;
        }
        // The number of the frame or sample is coded as UTF-8 does.
        let more = match first.leading_ones() as usize {
            0 => 0,
            ones @ 2..=7 => ones - 1,
            _ => return None,
        };
        let mut at = 5 + more;
        let mut take = |count: usize| {
            at += count;
            bytes.get(at - count..at)
        };
        let samples = match sizes >> 4 {
            1 => 192,
            code @ 2..=5 => 576 << (code - 2),
            6 => u16::from(take(1)?[0]) + 1,
            7 => take(2).map(|b| u16::from_be_bytes([b[0], b[1]]))?.checked_add(1)?,
            code @ 8..=15 => 256u16 << (code - 8),
            _ => return None,
        };
        take(match sizes & 0xf {
            12 => 1,
            13 | 14 => 2,
            15 => return None,
            _ => 0,
        })?;
        let sum = bytes.get(..at)?.iter().fold(0u8, |sum, byte| {
            (0..8).fold(sum ^ byte, |sum, _| if sum & 0x80 == 0 { sum << 1 } else { sum << 1 ^ 0x07 })
        });
        (bytes.get(at) == Some(&sum)).then_some(Self { variable: sync & 1 != 0, samples })
    }
}

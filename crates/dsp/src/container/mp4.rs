//! MP4, M4A, M4B and QuickTime (ISO/IEC 14496-12): the boxes that lead to the audio, and where in it the sound starts.
//!
//! AAC encoders put 1024 or 2112 samples of priming before the sound and say so in the track's edit list, or, iTunes of old, in the
//! comment `iTunSMPB`; symphonia reads over both. FFmpeg, through which librosa loads these files, drops the samples before; so do
//! we. Boxes: sections 8.4.2 (`mdhd`), 8.4.3 (`hdlr`) and 8.6.6 (`elst`).

use std::ops::Range;

use super::scan::Scan;
use super::view::Piece;
use super::{Sound, Stream};
use crate::Result;

/// Boxes looked at inside another before the search is given up.
const MAX_BOXES: usize = 1024;

/// Boxes with nothing but descriptions.
const DESCRIPTIONS: [&[u8; 4]; 3] = [b"udta", b"meta", b"uuid"];

/// Bytes of descriptions searched for the comment, and from it on for its text.
const MAX_COMMENTS: u64 = 1 << 20;

/// Most samples before the sound that the comment is believed, as by FFmpeg.
const MAX_PRIMING: u32 = 16_384;

/// A box: its type, and the places of all of it and of its content in the file.
struct Found {
    name: [u8; 4],
    start: u64,
    content: Range<u64>,
}

/// Where the sound of the file is whose first box stands at `start`.
pub(super) fn find(scan: &mut Scan<'_>, start: u64) -> Result<Sound> {
    let mut patches: Vec<(u64, Vec<u8>)> = Vec::new();
    let mut sound_start = None;
    let (boxes, rest) = children(scan, start..scan.len)?;
    for found in &boxes {
        if &found.name == b"moov" {
            hide_descriptions(scan, found.content.clone(), &mut patches)?;
            if sound_start.is_none() {
                sound_start = movie_start(scan, found.content.clone())?;
            }
        } else if DESCRIPTIONS.contains(&&found.name) {
            patches.push((found.start + 4, b"free".to_vec()));
        }
    }
    // What is cut off is as long as it is there; what comes behind the last whole box and is none is left out.
    let mut end = if boxes.len() < MAX_BOXES { rest } else { scan.len };
    if scan.array_at(rest + 4)? == Some(*b"mdat") && scan.len - rest < u64::from(u32::MAX) {
        end = scan.len;
        if scan.array_at(rest)? != Some([0, 0, 0, 1]) {
            patches.push((rest, ((scan.len - rest) as u32).to_be_bytes().to_vec()));
        } else {
            patches.push((rest + 8, (scan.len - rest).to_be_bytes().to_vec()));
        }
    }
    patches.sort_unstable();
    let mut parts = Vec::new();
    let mut at = start;
    for (place, bytes) in patches {
        parts.push(Piece::Range(at..place));
        at = place + bytes.len() as u64;
        parts.push(Piece::Bytes(bytes));
    }
    parts.push(Piece::Range(at..end));
    let stream = Stream::Mp4 { start: sound_start.unwrap_or_default() };
    Ok(Sound::Stream { parts, stream, missing: None })
}

/// Makes free space of the boxes with descriptions inside the movie and its tracks.
fn hide_descriptions(scan: &mut Scan<'_>, movie: Range<u64>, patches: &mut Vec<(u64, Vec<u8>)>) -> Result<()> {
    let (boxes, rest) = children(scan, movie.clone())?;
    // What behind the tracks is no box, or one whose size leads nowhere, up to the end of the movie.
    let free = |from: u64| Some([&u32::try_from(movie.end - from).ok()?.to_be_bytes()[..], b"free"].concat());
    if boxes.iter().any(|found| &found.name == b"trak") && movie.end - rest >= 8 {
        patches.extend(free(rest).map(|header| (rest, header)));
    }
    // One without a size goes on to the end, which a box in another may not.
    let mut endless = None;
    if let Some(last) = boxes.last().filter(|last| &last.name != b"trak")
        && scan.array_at(last.start)? == Some([0; 4])
    {
        endless = Some(last.start);
        patches.extend(free(last.start).map(|header| (last.start, header)));
    }
    for found in boxes.into_iter().filter(|found| Some(found.start) != endless) {
        if DESCRIPTIONS.contains(&&found.name) {
            patches.push((found.start + 4, b"free".to_vec()));
        } else if &found.name == b"trak" {
            for inner in children(scan, found.content)?.0 {
                if DESCRIPTIONS.contains(&&inner.name) {
                    patches.push((inner.start + 4, b"free".to_vec()));
                }
            }
        }
    }
    Ok(())
}

/// Start of the first sound track's sound in s, where the file says so.
fn movie_start(scan: &mut Scan<'_>, movie: Range<u64>) -> Result<Option<f64>> {
    for found in children(scan, movie.clone())?.0 {
        if &found.name == b"trak"
            && let Some(media) = child(scan, found.content.clone(), b"mdia")?
            && is_sound(scan, media.clone())?
        {
            let Some(header) = child(scan, media, b"mdhd")? else { return Ok(None) };
            let scale_at = if version(scan, &header)? == 1 { 20 } else { 12 };
            let Some(scale) = read_at(scan, &header, scale_at)?.map(u32::from_be_bytes) else { return Ok(None) };
            let samples = match edit_start(scan, found.content)? {
                Some(time) => Some(time),
                None => priming(scan, movie)?.map(u64::from),
            };
            return Ok(samples.filter(|_| scale > 0).map(|samples| samples as f64 / f64::from(scale)));
        }
    }
    Ok(None)
}

/// Whether the media box's handler is the one for sound.
fn is_sound(scan: &mut Scan<'_>, media: Range<u64>) -> Result<bool> {
    let Some(handler) = child(scan, media, b"hdlr")? else { return Ok(false) };
    Ok(read_at(scan, &handler, 8)? == Some(*b"soun"))
}

/// Start of the first edit that isn't empty, in the track's ticks.
fn edit_start(scan: &mut Scan<'_>, track: Range<u64>) -> Result<Option<u64>> {
    let Some(edits) = child(scan, track, b"edts")? else { return Ok(None) };
    let Some(list) = child(scan, edits, b"elst")? else { return Ok(None) };
    let wide = version(scan, &list)? == 1;
    let Some(count) = read_at(scan, &list, 4)?.map(u32::from_be_bytes) else { return Ok(None) };
    for index in 0..u64::from(count).min(MAX_BOXES as u64) {
        let time = if wide {
            read_at(scan, &list, 8 + 20 * index + 8)?.map(i64::from_be_bytes)
        } else {
            read_at(scan, &list, 8 + 12 * index + 4)?.map(|bytes| i64::from(i32::from_be_bytes(bytes)))
        };
        match time.map(u64::try_from) {
            Some(Ok(time)) => return Ok(Some(time)),
            Some(Err(_)) => {}
            None => break,
        }
    }
    Ok(None)
}

/// Samples of priming by the comment: hexadecimal numbers, of which the second it is.
fn priming(scan: &mut Scan<'_>, movie: Range<u64>) -> Result<Option<u32>> {
    let Some(comments) = child(scan, movie, b"udta")? else { return Ok(None) };
    let reach = MAX_COMMENTS.min(comments.end - comments.start);
    let Some(name) = scan.find(comments.start, reach, 8, |bytes| bytes.starts_with(b"iTunSMPB"))? else {
        return Ok(None);
    };
    let text = scan.bytes_at(name + 8, 64)?;
    let text = String::from_utf8_lossy(&text).replace('\0', " ");
    let text = text.split_once("data").map_or("", |(_, text)| text);
    let mut numbers = text.split_whitespace().filter(|word| word.len() == 8);
    let second = numbers.nth(1).and_then(|word| u32::from_str_radix(word, 16).ok());
    Ok(second.filter(|priming| *priming < MAX_PRIMING))
}

/// The version byte of a full box.
fn version(scan: &mut Scan<'_>, content: &Range<u64>) -> Result<u8> {
    Ok(read_at(scan, content, 0)?.map_or(0, |[version]: [u8; 1]| version))
}

/// The first box of a type inside a range.
fn child(scan: &mut Scan<'_>, range: Range<u64>, name: &[u8; 4]) -> Result<Option<Range<u64>>> {
    Ok(children(scan, range)?.0.into_iter().find(|found| &found.name == name).map(|found| found.content))
}

/// The boxes inside a range, as far as their sizes make sense, and where they no longer do.
fn children(scan: &mut Scan<'_>, range: Range<u64>) -> Result<(Vec<Found>, u64)> {
    let mut boxes = Vec::new();
    let mut at = range.start;
    while at < range.end && boxes.len() < MAX_BOXES {
        let rest = at..range.end;
        let Some(small) = read_at(scan, &rest, 0)?.map(u32::from_be_bytes) else { break };
        let Some(name) = read_at(scan, &rest, 4)? else { break };
        let (header, size) = match small {
            0 => (8, range.end - at),
            1 => (16, read_at(scan, &rest, 8)?.map_or(0, u64::from_be_bytes)),
            size => (8, u64::from(size)),
        };
        if size < header || size > range.end - at {
            break;
        }
        boxes.push(Found { name, start: at, content: at + header..at + size });
        at += size;
    }
    Ok((boxes, at))
}

/// `N` bytes at a distance from the start of a range; `None` if they don't lie inside it.
fn read_at<const N: usize>(scan: &mut Scan<'_>, range: &Range<u64>, distance: u64) -> Result<Option<[u8; N]>> {
    if range.end - range.start < distance + N as u64 {
        return Ok(None);
    }
    scan.array_at(range.start + distance)
}

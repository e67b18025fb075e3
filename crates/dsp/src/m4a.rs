//! Where the sound of an MP4 file starts.
//!
//! AAC encoders put 1024 or 2112 samples of priming before the sound and say so in the track's edit list, which symphonia
//! reads over. FFmpeg, through which librosa loads these files, drops the samples before the first edit; so do we.
//! Boxes: ISO/IEC 14496-12, sections 8.4.2 (`mdhd`), 8.4.3 (`hdlr`) and 8.6.6 (`elst`).

use std::io::{Result, SeekFrom};
use std::ops::Range;

use symphonia::core::io::MediaSource;

/// Boxes looked at inside another before the search is given up.
const MAX_BOXES: usize = 256;

/// A box's type and the place of its content in the file.
type Found = ([u8; 4], Range<u64>);

/// Start of the first sound track's sound in s, 0 where the file doesn't say or can't be understood.
pub(crate) fn sound_start(file: &mut dyn MediaSource) -> Result<f64> {
    let whole = 0..file.byte_len().unwrap_or_default();
    let Some(movie) = child(file, whole, b"moov")? else { return Ok(0.0) };
    for (name, track) in children(file, movie)? {
        if &name == b"trak"
            && let Some(media) = child(file, track.clone(), b"mdia")?
            && is_sound(file, media.clone())?
        {
            return Ok(edit_start(file, track, media)?.unwrap_or_default());
        }
    }
    Ok(0.0)
}

/// Whether the media box's handler is the one for sound.
fn is_sound(file: &mut dyn MediaSource, media: Range<u64>) -> Result<bool> {
    let Some(handler) = child(file, media, b"hdlr")? else { return Ok(false) };
    Ok(read_at(file, &handler, 8)?.is_some_and(|kind: [u8; 4]| &kind == b"soun"))
}

/// Start of the first edit that isn't empty, in s.
fn edit_start(file: &mut dyn MediaSource, track: Range<u64>, media: Range<u64>) -> Result<Option<f64>> {
    let Some(header) = child(file, media, b"mdhd")? else { return Ok(None) };
    let scale_at = if version(file, &header)? == 1 { 20 } else { 12 };
    let Some(scale) = read_at(file, &header, scale_at)?.map(u32::from_be_bytes) else { return Ok(None) };
    let Some(edits) = child(file, track, b"edts")? else { return Ok(None) };
    let Some(list) = child(file, edits, b"elst")? else { return Ok(None) };
    let wide = version(file, &list)? == 1;
    let Some(count) = read_at(file, &list, 4)?.map(u32::from_be_bytes) else { return Ok(None) };
    for index in 0..u64::from(count).min(MAX_BOXES as u64) {
        let time = if wide {
            read_at(file, &list, 8 + 20 * index + 8)?.map(i64::from_be_bytes)
        } else {
            read_at(file, &list, 8 + 12 * index + 4)?.map(|b| i64::from(i32::from_be_bytes(b)))
        };
        match time {
            Some(time) if time >= 0 && scale > 0 => return Ok(Some(time as f64 / f64::from(scale))),
            Some(_) => {}
            None => break,
        }
    }
    Ok(None)
}

/// The version byte of a full box.
fn version(file: &mut dyn MediaSource, content: &Range<u64>) -> Result<u8> {
    Ok(read_at(file, content, 0)?.map_or(0, |[version]: [u8; 1]| version))
}

/// The first box of a type inside a range.
fn child(file: &mut dyn MediaSource, range: Range<u64>, name: &[u8; 4]) -> Result<Option<Range<u64>>> {
    Ok(children(file, range)?.into_iter().find(|(found, _)| found == name).map(|(_, content)| content))
}

/// The boxes inside a range, as far as their sizes make sense.
fn children(file: &mut dyn MediaSource, range: Range<u64>) -> Result<Vec<Found>> {
    let mut boxes = Vec::new();
    let mut at = range.start;
    while at < range.end && boxes.len() < MAX_BOXES {
        let rest = at..range.end;
        let Some(small) = read_at(file, &rest, 0)?.map(u32::from_be_bytes) else { break };
        let Some(name) = read_at(file, &rest, 4)? else { break };
        let (header, size) = match small {
            0 => (8, range.end - at),
            1 => (16, read_at(file, &rest, 8)?.map_or(0, u64::from_be_bytes)),
            size => (8, u64::from(size)),
        };
        if size < header || size > range.end - at {
            break;
        }
        boxes.push((name, at + header..at + size));
        at += size;
    }
    Ok(boxes)
}

/// `N` bytes at a distance from the start of a range; `None` if they don't lie inside it.
fn read_at<const N: usize>(file: &mut dyn MediaSource, range: &Range<u64>, distance: u64) -> Result<Option<[u8; N]>> {
    if range.end - range.start < distance + N as u64 {
        return Ok(None);
    }
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(range.start + distance))?;
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(e) => Err(e),
    }
}

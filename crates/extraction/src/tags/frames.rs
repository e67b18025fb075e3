//! How many frames an ID3v2 tag holds, counted by their headers alone: readers pass over what they can't read, and keep one
//! of two of the same name.

use std::fs::File;
use std::io::{Read, Seek};

use super::refusal::{Refusal, RefusalKind};

/// Length of a tag's header, and of a frame's since version 2.3.
const HEADER: usize = 10;
/// How far behind the start of a file others look for a tag.
const JUNK: usize = 1024;

/// Refuses a file whose ID3v2 tag holds more frames than were `understood`, or doesn't stand at its start.
pub fn check(file: &mut File, understood: usize) -> Result<(), Refusal> {
    let Some(tag) = tag(file)? else { return Ok(()) };
    let count = count(&tag).unwrap_or_default();
    if count > understood {
        let message = format!("{} of the {count} frames of its ID3v2 tag would be lost", count - understood);
        return Err(Refusal::new(RefusalKind::WouldLose, message));
    }
    Ok(())
}

/// The tag at the start of a file.
fn tag(file: &mut File) -> Result<Option<Vec<u8>>, Refusal> {
    file.rewind()?;
    let mut tag = Vec::new();
    file.by_ref().take(JUNK as u64).read_to_end(&mut tag)?;
    if !tag.starts_with(b"ID3") {
        if tag.windows(3).any(|bytes| bytes == b"ID3") {
            let message = "its ID3v2 tag stands behind other bytes; let another program mend it";
            return Err(Refusal::new(RefusalKind::Damaged, message));
        }
        return Ok(None);
    }
    let Some(size) = tag.get(6..HEADER).and_then(synchsafe) else { return Ok(None) };
    file.rewind()?;
    tag.clear();
    file.by_ref().take((HEADER + size) as u64).read_to_end(&mut tag)?;
    Ok(Some(tag))
}

/// The frames of a tag; `None` where they don't follow one another as they should.
fn count(tag: &[u8]) -> Option<usize> {
    let (version, flags) = (*tag.get(3)?, *tag.get(5)?);
    let (unsynchronised, extended) = (flags & 0x80 != 0, flags & 0x40 != 0);
    let id = if version == 2 { 3 } else { 4 };
    // Before 2.4 the whole tag is unsynchronised, the sizes in it included.
    let content = match unsynchronised && version < 4 {
        true => &synchronised(&tag[HEADER..])[..],
        false => &tag[HEADER..],
    };
    let mut rest = match (extended, version) {
        (true, 3) => content.get(4 + be(content.get(..4)?)..)?,
        (true, 4) => content.get(synchsafe(content.get(..4)?)?..)?,
        _ => content,
    };
    let mut count = 0;
    while rest.first().is_some_and(|first| *first != 0) {
        let (header, size) = match version {
            2 => (6, be(rest.get(3..6)?)),
            3 => (HEADER, be(rest.get(4..8)?)),
            _ => (HEADER, synchsafe(rest.get(4..8)?)?),
        };
        if !rest.get(..id)?.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        // Frames without content say nothing.
        count += usize::from(size > 0);
        rest = rest.get(header + size..)?;
    }
    Some(count)
}

fn be(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// A number of seven bits a byte.
fn synchsafe(bytes: &[u8]) -> Option<usize> {
    let is_one = bytes.iter().all(|byte| byte & 0x80 == 0);
    is_one.then(|| bytes.iter().fold(0, |number, byte| number << 7 | usize::from(*byte)))
}

/// Bytes without the zeros that keep them from looking like sound.
fn synchronised(bytes: &[u8]) -> Vec<u8> {
    let stuffed = |at: usize| at > 0 && bytes[at] == 0 && bytes[at - 1] == 0xff;
    (0..bytes.len()).filter(|at| !stuffed(*at)).map(|at| bytes[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(version: u8, flags: u8, content: &[u8]) -> Vec<u8> {
        [b"ID3", &[version, 0, flags, 0, 0, 0, content.len() as u8][..], content].concat()
    }

    #[test]
    fn frames_of_all_versions_are_counted_up_to_the_padding() {
        assert_eq!(count(&tag(2, 0, b"TT2\0\0\x02\0aTP1\0\0\x02\0b\0\0\0")), Some(2));
        let two = b"TIT2\0\0\0\x02\0\0\0aTPE1\0\0\0\x02\0\0\0b";
        assert_eq!((count(&tag(3, 0, two)), count(&tag(4, 0, two))), (Some(2), Some(2)));
        assert_eq!(count(&tag(4, 0x40, &[b"\0\0\0\x06\x01\0", &two[..]].concat())), Some(2));
        assert_eq!(count(&tag(3, 0x80, b"PRIV\0\0\0\x02\0\0\xff\0\xe0TPE1\0\0\0\x02\0\0\0b")), Some(2));
    }

    #[test]
    fn what_is_no_row_of_frames_is_not_counted() {
        for broken in [&b"TIT2\0\0\0\x20\0\0\0a"[..], b"\x01\x02\x03\x04\0\0\0\x02\0\0\0a", b"TIT2\0\0"] {
            assert_eq!(count(&tag(3, 0, broken)), None, "{broken:?}");
        }
    }
}

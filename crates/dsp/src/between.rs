//! What lies between the frames of an MPEG or ADTS stream.
//!
//! Such a stream has no time stamps, and where it is damaged, symphonia looks for the next frame without a word. So the
//! bytes that it reads are held until the packets come out, which are pieces of them: what no packet holds was passed over.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes held while no packet comes.
const MAX_HELD: usize = 1 << 20;

/// Bytes held at least: the demuxer goes back by no more than a frame or two.
const KEPT: usize = 1 << 16;

/// Longest header of an ADTS frame, which is no part of the packet.
const ADTS_HEADER: usize = 9;

/// Bytes at the start or end that are no frame without being a loss: the rest of a frame, padding to a disk's block.
const MAX_JUNK: u64 = 4096;

/// The bytes read of a stream and not yet found in a packet; shared by whoever reads and whoever decodes.
#[derive(Clone, Default)]
pub(crate) struct Tap(Arc<Mutex<Passing>>);

#[derive(Default)]
struct Passing {
    bytes: Vec<u8>,
    /// Where the bytes begin that no packet held yet.
    from: usize,
    /// Bytes of a tag that are still to come.
    tag_left: u64,
    /// Bytes passed over and no longer held.
    dropped: u64,
    started: bool,
    closed: bool,
}

impl Tap {
    /// Takes note of the next bytes read.
    pub(crate) fn see(&self, bytes: &[u8]) {
        self.lock().see(bytes);
    }

    /// Finds the next packet; returns the bytes passed over before it that should have been sound.
    pub(crate) fn pass(&self, packet: &[u8]) -> u64 {
        self.lock().pass(packet)
    }

    /// The bytes after the last packet that should have been sound, and whether they are the start of a frame.
    pub(crate) fn end(&self) -> (u64, bool) {
        self.lock().end()
    }

    /// Holds nothing any more: the packets of this container aren't found by their bytes.
    pub(crate) fn close(&self) {
        *self.lock() = Passing { closed: true, ..Passing::default() };
    }

    fn lock(&self) -> MutexGuard<'_, Passing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Passing {
    fn see(&mut self, bytes: &[u8]) {
        if self.closed {
            return;
        }
        let tag = self.tag_left.min(bytes.len() as u64);
        self.tag_left -= tag;
        self.bytes.extend_from_slice(&bytes[tag as usize..]);
        if self.bytes.len() - self.from > MAX_HELD {
            self.skip_tags();
            let end = self.bytes.len().saturating_sub(KEPT);
            self.dropped += end.saturating_sub(self.from) as u64;
            self.from = self.from.max(end);
        }
        if self.from > KEPT {
            self.bytes.drain(..self.from);
            self.from = 0;
        }
    }

    fn pass(&mut self, packet: &[u8]) -> u64 {
        self.skip_tags();
        let Some(gap) = find(&self.bytes[self.from..], packet) else { return 0 };
        let passed = &self.bytes[self.from..self.from + gap];
        let lost = match std::mem::take(&mut self.dropped) + gap as u64 {
            count if count <= ADTS_HEADER as u64 => 0,
            count if count <= MAX_JUNK && (!self.started || is_info_frame(passed)) => 0,
            count => count,
        };
        self.from += gap + packet.len();
        self.started = true;
        lost
    }

    fn end(&mut self) -> (u64, bool) {
        self.skip_tags();
        let rest = &self.bytes[self.from..];
        let holds = |name: &[u8]| rest.windows(name.len()).any(|piece| piece == name);
        let count = rest.len() as u64 + self.dropped;
        if count > MAX_JUNK {
            // Tags with their name at their end.
            let tag = self.dropped == 0 && (holds(b"APETAGEX") || holds(b"LYRICS200"));
            return (if tag { 0 } else { count }, false);
        }
        let frame = matches!(rest, [0xff, second, _, ..] if second & 0xe0 == 0xe0);
        (0, frame)
    }

    /// Leaves out tags that begin where the next frame should.
    fn skip_tags(&mut self) {
        while self.dropped == 0
            && let Some(len) = tag_len(&self.bytes[self.from..])
        {
            let here = len.min((self.bytes.len() - self.from) as u64);
            self.from += here as usize;
            self.tag_left = len - here;
        }
    }
}

/// The place of `packet` in `bytes`. `None` for an empty one, which tells nothing.
fn find(bytes: &[u8], packet: &[u8]) -> Option<usize> {
    let first = *packet.first()?;
    let last = bytes.len().checked_sub(packet.len())?;
    (0..=last).find(|&at| bytes[at] == first && bytes[at..].starts_with(packet))
}

/// Length of the ID3v2, ID3v1 or APE tag that the bytes begin with.
fn tag_len(bytes: &[u8]) -> Option<u64> {
    match bytes {
        [b'I', b'D', b'3', _, _, flags, size @ ..] => {
            let size = size.first_chunk::<4>().filter(|size| size.iter().all(|&byte| byte < 0x80))?;
            let footer = if flags & 0x10 == 0 { 0 } else { 10 };
            Some(10 + size.iter().fold(0, |sum, &byte| sum << 7 | u64::from(byte)) + footer)
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

/// Whether the bytes are a frame without sound that describes the stream, as where two files were joined.
fn is_info_frame(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(64)];
    start.windows(4).any(|name| [b"Xing", b"Info", b"VBRI"].iter().any(|known| name == *known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(fill: u8) -> Vec<u8> {
        [vec![0xff, 0xfb, 0x90, 0x00], vec![fill; 400]].concat()
    }

    #[test]
    fn tags_and_headers_are_no_loss() {
        let tap = Tap::default();
        let mut stream = [&b"ID3\x04\0\0\0\0\x02\x00"[..], &[7; 256]].concat();
        stream.extend([frame(1), frame(2)].concat());
        stream.extend([&b"TAG"[..], &[b' '; 125]].concat());
        stream.chunks(100).for_each(|piece| tap.see(piece));
        assert_eq!(tap.pass(&frame(1)), 0);
        assert_eq!(tap.pass(&frame(2)[7..]), 0);
        assert_eq!(tap.end(), (0, false));
    }

    #[test]
    fn bytes_between_packets_are_counted() {
        let tap = Tap::default();
        tap.see(&[frame(1), vec![9; 5_000], frame(2), frame(3)[..40].to_vec()].concat());
        assert_eq!(tap.pass(&frame(1)), 0);
        assert_eq!(tap.pass(&frame(2)), 5_000);
        assert_eq!(tap.end(), (0, true));
    }

    #[test]
    fn a_long_gap_is_counted_without_being_held() {
        let tap = Tap::default();
        tap.see(&frame(1));
        assert_eq!(tap.pass(&frame(1)), 0);
        (0..100).for_each(|_| tap.see(&[9; 30_000]));
        tap.see(&frame(2));
        assert!(tap.lock().bytes.len() < 2 * MAX_HELD);
        assert_eq!(tap.pass(&frame(2)), 3_000_000);
    }
}

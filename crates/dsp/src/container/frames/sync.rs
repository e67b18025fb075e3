//! Finding frames in a stream of bytes.

use symphonia::core::errors::Result;
use symphonia::core::io::{MediaSourceStream, ReadBytes};

use super::Gaps;
use super::header::{Header, LEN};
use super::info::Info;
use crate::container::tags::tag_len;

/// Bytes read at a time.
const STEP: usize = 1 << 15;

/// Bytes at the start or end that are no frame without being a loss: the rest of a frame, padding to a disk's block.
const MAX_JUNK: u64 = 4096;

/// Longest APE tag that is looked behind.
const MAX_APE: u64 = 1 << 20;

/// Longest frame in free format that is looked for.
const MAX_FREE: usize = 8192;

/// The bytes of a stream as frames.
pub(super) struct Sync<'s> {
    stream: MediaSourceStream<'s>,
    bytes: Vec<u8>,
    /// Where the bytes begin that aren't in a frame yet.
    from: usize,
    ended: bool,
    /// Bytes of the stream that aren't read yet.
    left: u64,
    /// The last frame.
    before: Option<Header>,
    /// Bytes passed over since.
    passed: u64,
    /// Whether they begin with a frame that the stream ends inside of.
    broken: bool,
    gaps: Gaps,
}

impl<'s> Sync<'s> {
    /// Of a stream of `left` bytes.
    pub fn new(stream: MediaSourceStream<'s>, left: u64, gaps: Gaps) -> Self {
        Self { stream, bytes: Vec::new(), from: 0, ended: false, left, before: None, passed: 0, broken: false, gaps }
    }

    pub fn into_stream(self) -> MediaSourceStream<'s> {
        self.stream
    }

    /// The next frame: its header and all its bytes.
    pub fn next(&mut self) -> Result<Option<(Header, Vec<u8>)>> {
        loop {
            self.fill(LEN.max(32))?;
            if let Some(tag) = tag_len(self.rest()) {
                self.skip_tag(tag)?;
                continue;
            }
            if let Some((header, length)) = self.frame()? {
                let frame = self.rest()[..length].to_vec();
                self.arrived(&header, &frame);
                self.from += length;
                return Ok(Some((header, frame)));
            }
            if self.rest().len() <= LEN.max(32) && self.ended {
                self.end();
                return Ok(None);
            }
            self.from += 1;
            self.passed += 1;
            // To the next byte that a header may begin with.
            let next = self.rest().iter().position(|byte| matches!(byte, 0xff | b'I' | b'T' | b'A'));
            let count = next.unwrap_or(self.rest().len());
            self.from += count;
            self.passed += count as u64;
        }
    }

    /// The frame here and its length, if there is one and it is whole. In step with the frames before, its header is believed; where
    /// a new stream begins, or after damage, if another follows.
    fn frame(&mut self) -> Result<Option<(Header, usize)>> {
        let Some(header) = Header::read(self.rest()) else { return Ok(None) };
        let Some(length) = header.length.map_or_else(|| self.free_length(&header), |length| Ok(Some(length)))? else {
            return Ok(None);
        };
        self.fill(length + 32)?;
        let in_step = self.passed == 0 && self.before.is_some_and(|before| before.shape == header.shape);
        if length < LEN || self.rest().len() < length {
            self.broken |= in_step;
            return Ok(None);
        }
        if in_step {
            return Ok(Some((header, length)));
        }
        let after = &self.rest()[length..];
        let follows = match Header::read(after) {
            Some(next) => next.shape == header.shape,
            None => tag_len(after).is_some() || (after.len() < LEN && self.ended) || self.is_info(&header, length),
        };
        Ok(follows.then_some((header, length)))
    }

    fn is_info(&self, header: &Header, length: usize) -> bool {
        Info::read(header, &self.rest()[..length]).is_some()
    }

    /// The length of a frame in free format: to the next like it, if another follows as far behind that, or a byte or slot less or
    /// more.
    fn free_length(&mut self, header: &Header) -> Result<Option<usize>> {
        self.fill(2 * MAX_FREE + LEN)?;
        let rest = self.rest();
        let like = |at: usize| {
            let bytes = rest.get(at..).unwrap_or_default();
            bytes.get(1) == Some(&rest[1])
                && Header::read(bytes).is_some_and(|next| next.length.is_none() && next.shape == header.shape)
        };
        let padded = [0, 1, 4];
        let again = |at: usize| padded.iter().any(|padding| like(2 * at + padding) || like(2 * at - padding));
        Ok((32..MAX_FREE.min(rest.len())).find(|&at| rest[at] == 0xff && like(at) && again(at)))
    }

    /// Takes note of what was passed over before a frame.
    fn arrived(&mut self, header: &Header, frame: &[u8]) {
        let joined = Info::read(header, frame).is_some();
        let passed = std::mem::take(&mut self.passed);
        if passed > MAX_JUNK || (self.before.is_some() && !joined) {
            self.gaps.add(passed);
        }
        (self.before, self.broken) = (Some(*header), false);
    }

    /// Takes note of what is behind the last frame.
    fn end(&mut self) {
        let count = self.passed + self.rest().len() as u64;
        self.from = self.bytes.len();
        self.passed = 0;
        if self.broken {
            self.gaps.broke_off();
        } else if count > MAX_JUNK {
            self.gaps.add(count);
        }
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.from..]
    }

    /// Passes over a tag of that length; over its header alone if it says that it is longer than what is left, or, an APE tag, if
    /// that leads nowhere.
    fn skip_tag(&mut self, tag: u64) -> Result<()> {
        let ape = self.rest().starts_with(b"APETAGEX");
        let mut trusted = tag <= self.rest().len() as u64 + self.left;
        if trusted && ape && tag <= MAX_APE {
            self.fill(tag as usize + 32)?;
            let behind = self.rest().get(tag as usize..).unwrap_or_default();
            trusted = behind.is_empty() || Header::read(behind).is_some() || tag_len(behind).is_some();
        }
        self.skip(match ape {
            _ if trusted => tag,
            true => 32,
            false => 10,
        })
    }

    /// Passes over so many bytes.
    fn skip(&mut self, mut count: u64) -> Result<()> {
        loop {
            let here = count.min(self.rest().len() as u64);
            self.from += here as usize;
            count -= here;
            if count == 0 {
                return Ok(());
            }
            self.fill(1)?;
            if self.rest().is_empty() {
                return Ok(());
            }
        }
    }

    /// Reads until there are so many bytes, or no more.
    fn fill(&mut self, count: usize) -> Result<()> {
        if self.bytes.len() - self.from >= count || self.ended {
            return Ok(());
        }
        self.bytes.drain(..self.from);
        self.from = 0;
        while self.bytes.len() < count && !self.ended {
            let start = self.bytes.len();
            self.bytes.resize(start + STEP, 0);
            let read = match self.stream.read_buf(&mut self.bytes[start..]) {
                Ok(read) => read,
                Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => 0,
                Err(e) => return Err(e.into()),
            };
            self.bytes.truncate(start + read);
            self.left = self.left.saturating_sub(read as u64);
            self.ended = read == 0;
        }
        Ok(())
    }
}

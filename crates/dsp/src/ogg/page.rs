//! Pages, and the search for them.

use std::io::{ErrorKind, Result};

use symphonia::core::checksum::Crc32;
use symphonia::core::io::{MediaSourceStream, Monitor, ReadBytes};

/// What every page begins with.
pub(super) const MAGIC: &[u8; 4] = b"OggS";

/// Bytes of a page's header before the table of segments.
const HEADER_LEN: usize = 27;

/// Most bytes of a page.
pub(super) const MAX_PAGE_LEN: usize = HEADER_LEN + 255 + 255 * 255;

/// Place of the checksum, which is computed with zeros there.
const CRC_AT: usize = 22;

/// Most bytes checked in vain for each byte of the file, and in any file: pages that seem to begin everywhere would each be
/// checked to their end.
const PATIENCE: (u64, u64) = (16, 1 << 24);

/// Bytes read at a time.
const STEP: usize = 1 << 14;

/// A whole page.
#[derive(Default)]
pub(super) struct Page {
    /// It begins with the rest of a packet.
    pub(super) continued: bool,
    /// It is the first of its stream.
    pub(super) first: bool,
    /// It is the last of its stream.
    pub(super) last: bool,
    /// Position at the end of the last packet that ends here; `None` where the page doesn't say.
    pub(super) granule: Option<i64>,
    /// Number of its stream.
    pub(super) serial: u32,
    /// Its place among the pages of its stream.
    pub(super) sequence: u32,
    segments: Vec<u8>,
    body: Vec<u8>,
}

impl Page {
    /// The pieces of packets on the page in order, and whether the packet ends with the piece.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (&[u8], bool)> {
        let mut body = self.body.as_slice();
        // A segment shorter than 255 bytes is the last of its packet.
        self.segments.split_inclusive(|&len| len < 255).map(move |packet| {
            let len = packet.iter().map(|&len| usize::from(len)).sum();
            let (piece, rest) = body.split_at(len);
            body = rest;
            (piece, packet.last().is_some_and(|&len| len < 255))
        })
    }
}

/// Reads one page after the other, and passes over what is damaged.
#[derive(Default)]
pub(super) struct PageReader {
    page: Page,
    /// Bytes read, of which those from `from` on are still to be looked at.
    buffer: Vec<u8>,
    from: usize,
    /// Bytes read, and bytes checked in vain.
    read: u64,
    checked: u64,
    cut_off: bool,
}

impl PageReader {
    /// The page read last.
    pub(super) fn page(&self) -> &Page {
        &self.page
    }

    /// Whether the stream ended inside a page.
    pub(super) fn cut_off(&self) -> bool {
        self.cut_off
    }

    /// Reads the next whole page; `false` at the end of the stream.
    pub(super) fn next(&mut self, stream: &mut MediaSourceStream<'_>) -> Result<bool> {
        loop {
            if !self.fill(stream, HEADER_LEN)? {
                self.cut_off |= self.rest().starts_with(MAGIC);
                return Ok(false);
            }
            let header = self.rest();
            // Magic, version, and flags that exist.
            if !header.starts_with(MAGIC) || header[4] != 0 || header[5] > 7 {
                self.skip_to_magic();
                continue;
            }
            let table_end = HEADER_LEN + usize::from(header[HEADER_LEN - 1]);
            if !self.fill(stream, table_end)? {
                self.cut_off = true;
                self.skip_to_magic();
                continue;
            }
            let body: usize = self.rest()[HEADER_LEN..table_end].iter().map(|&len| usize::from(len)).sum();
            let end = table_end + body;
            self.cut_off = !self.fill(stream, end)?;
            if !self.cut_off && (self.is_sound(end) || self.is_header(stream, end)?) {
                self.take(table_end, end);
                return Ok(true);
            }
            // A damaged page, or chance: the next one may begin inside of it.
            self.checked += end as u64;
            if self.checked > PATIENCE.0 * self.read + PATIENCE.1 {
                self.from += end.min(self.rest().len()) - 1;
            }
            self.skip_to_magic();
        }
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.from..]
    }

    /// Whether the checksum says that the next bytes are a page.
    fn is_sound(&self, end: usize) -> bool {
        let bytes = &self.rest()[..end];
        let mut crc = Crc32::new(0);
        crc.process_buf_bytes(&bytes[..CRC_AT]);
        crc.process_buf_bytes(&[0; 4]);
        crc.process_buf_bytes(&bytes[CRC_AT + 4..]);
        crc.crc().to_le_bytes() == bytes[CRC_AT..CRC_AT + 4]
    }

    /// Whether the next bytes are a page of headers, sound or not: their position is 0, and another page follows. Without them
    /// nothing can be played, and what is damaged is most often the comments, which aren't needed.
    fn is_header(&mut self, stream: &mut MediaSourceStream<'_>, end: usize) -> Result<bool> {
        let behind = end + MAGIC.len();
        Ok(self.rest()[6..14] == [0; 8] && self.fill(stream, behind)? && self.rest()[end..behind] == *MAGIC)
    }

    /// Makes the page of the next bytes.
    fn take(&mut self, table_end: usize, end: usize) {
        let bytes = &self.buffer[self.from..self.from + end];
        let granule = i64::from_le_bytes(array(bytes, 6));
        let page = &mut self.page;
        page.continued = bytes[5] & 1 != 0;
        page.first = bytes[5] & 2 != 0;
        page.last = bytes[5] & 4 != 0;
        page.granule = (granule >= 0).then_some(granule);
        page.serial = u32::from_le_bytes(array(bytes, 14));
        page.sequence = u32::from_le_bytes(array(bytes, 18));
        page.segments.clear();
        page.segments.extend_from_slice(&bytes[HEADER_LEN..table_end]);
        page.body.clear();
        page.body.extend_from_slice(&bytes[table_end..]);
        self.from += end;
    }

    /// Goes on to the next place after this one where a page may begin.
    fn skip_to_magic(&mut self) {
        let rest = self.rest().get(1..).unwrap_or_default();
        let at = rest.windows(MAGIC.len()).position(|window| window == MAGIC);
        // The last bytes may be the beginning of the magic.
        self.from += 1 + at.unwrap_or(rest.len().saturating_sub(MAGIC.len() - 1));
    }

    /// Reads until `count` bytes are at hand; `false` where the stream ends before.
    fn fill(&mut self, stream: &mut MediaSourceStream<'_>, count: usize) -> Result<bool> {
        while self.buffer.len() - self.from < count {
            self.buffer.drain(..self.from);
            self.from = 0;
            let len = self.buffer.len();
            self.buffer.resize(len + STEP, 0);
            let read = stream.read_buf(&mut self.buffer[len..]);
            let count = *read.as_ref().unwrap_or(&0);
            self.buffer.truncate(len + count);
            self.read += count as u64;
            match read {
                Ok(0) => return Ok(false),
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(false),
                Err(e) => return Err(e),
            }
        }
        Ok(true)
    }
}

/// `N` bytes from `at` on, which are there.
fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[at..at + N]);
    array
}

//! Parts of a file as a file of their own: what a decoder needs of it, without the tags before, behind and between.

use std::io::{Read, Result, Seek, SeekFrom};
use std::ops::Range;

use symphonia::core::io::MediaSource;

/// A stretch of a [`View`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Bytes in place of the file's.
    Bytes(Vec<u8>),
    /// Bytes of the file, from one place to another.
    Range(Range<u64>),
}

impl Piece {
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Range(range) => range.end.saturating_sub(range.start),
        }
    }
}

/// Parts of a file, one behind the other. Nothing of the file is copied.
pub(crate) struct View {
    file: Box<dyn MediaSource>,
    /// The parts, each with the place where it begins.
    parts: Vec<(u64, Piece)>,
    len: u64,
    position: u64,
    /// Where the file is, if it is known.
    file_position: Option<u64>,
    seekable: bool,
}

impl View {
    pub fn new(file: Box<dyn MediaSource>, parts: Vec<Piece>, seekable: bool) -> Self {
        let mut len = 0;
        let parts = parts
            .into_iter()
            .map(|part| {
                let start = len;
                len += part.len();
                (start, part)
            })
            .collect();
        Self { file, parts, len, position: 0, file_position: None, seekable }
    }

    /// Bytes of all parts.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Reads of the part that the position is in; 0 at the end.
    fn read_some(&mut self, out: &mut [u8]) -> Result<usize> {
        let after = self.parts.partition_point(|(start, _)| *start <= self.position);
        // Parts without bytes begin where the next one does.
        let Some((start, part)) = after.checked_sub(1).map(|at| &self.parts[at]) else { return Ok(0) };
        let from = self.position - start;
        let count = part.len().saturating_sub(from).min(out.len() as u64) as usize;
        match part {
            Piece::Bytes(bytes) => {
                let from = bytes.len().min(from as usize);
                out[..count].copy_from_slice(&bytes[from..from + count]);
                Ok(count)
            }
            Piece::Range(range) => {
                let wanted = range.start + from;
                if count > 0 && self.file_position != Some(wanted) {
                    self.file_position = None;
                    self.file.seek(SeekFrom::Start(wanted))?;
                }
                let count = self.file.read(&mut out[..count])?;
                self.file_position = Some(wanted + count as u64);
                Ok(count)
            }
        }
    }
}

impl Read for View {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let count = if out.is_empty() { 0 } else { self.read_some(out)? };
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for View {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(distance) => self.len.checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
        };
        self.position = place.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl MediaSource for View {
    fn is_seekable(&self) -> bool {
        self.seekable
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn view() -> View {
        let file = Box::new(Cursor::new((0..100).collect::<Vec<u8>>()));
        let parts = vec![
            Piece::Bytes(vec![200, 201]),
            Piece::Range(10..13),
            Piece::Range(50..50),
            Piece::Bytes(Vec::new()),
            Piece::Range(90..100),
        ];
        View::new(file, parts, true)
    }

    #[test]
    fn parts_come_one_behind_the_other() {
        let whole = [200, 201, 10, 11, 12, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99];
        let mut read = Vec::new();
        view().read_to_end(&mut read).unwrap();
        assert_eq!(read, whole);
        assert_eq!(view().byte_len(), Some(15));
        for from in 0..=whole.len() {
            let mut view = view();
            // From anywhere to anywhere.
            view.seek(SeekFrom::End(0)).unwrap();
            view.seek(SeekFrom::Current(from as i64 - 15)).unwrap();
            let mut rest = Vec::new();
            view.read_to_end(&mut rest).unwrap();
            assert_eq!(rest, whole[from..]);
        }
        assert!(view().seek(SeekFrom::Current(-1)).is_err());
        assert_eq!(view().seek(SeekFrom::Start(1000)).unwrap(), 1000);
    }

    #[test]
    fn a_part_beyond_the_end_of_the_file_ends_there() {
        let mut view = View::new(Box::new(Cursor::new(vec![1, 2, 3])), vec![Piece::Range(2..10)], true);
        let mut read = Vec::new();
        view.read_to_end(&mut read).unwrap();
        assert_eq!(read, [3]);
    }
}

//! Looking around in a file for where its sound is.

use std::io::{ErrorKind, SeekFrom};

use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::io::MediaSource;

use crate::part::open_error;
use crate::{Error, Result};

/// Bytes read at a time in a search.
const STEP: usize = 1 << 16;

/// Bytes searched for the next known chunk behind a damaged one.
const REACH: u64 = 1 << 24;

/// A file that is looked around in.
pub(crate) struct Scan<'a> {
    pub file: &'a mut dyn MediaSource,
    pub name: &'a str,
    /// Bytes in the file.
    pub len: u64,
}

impl<'a> Scan<'a> {
    pub fn new(file: &'a mut dyn MediaSource, name: &'a str) -> Self {
        let len = file.byte_len().unwrap_or_default();
        Self { file, name, len }
    }

    /// `N` bytes at a place; `None` where the file ends before.
    pub fn array_at<const N: usize>(&mut self, place: u64) -> Result<Option<[u8; N]>> {
        Ok(self.bytes_at(place, N)?.try_into().ok())
    }

    /// Up to `count` bytes at a place: fewer where the file ends before.
    pub fn bytes_at(&mut self, place: u64, count: usize) -> Result<Vec<u8>> {
        let count = self.len.saturating_sub(place).min(count as u64) as usize;
        let mut bytes = vec![0; count];
        let mut filled = 0;
        let mut read = || {
            self.file.seek(SeekFrom::Start(place))?;
            while filled < count {
                match self.file.read(&mut bytes[filled..]) {
                    Ok(0) => break,
                    Ok(read) => filled += read,
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
            Ok(())
        };
        read().map_err(|source| Error::Io { name: self.name.to_owned(), source })?;
        bytes.truncate(filled);
        Ok(bytes)
    }

    /// The first place from `place` on, and no further than `reach` bytes from it, where `matches` is true of the bytes that
    /// follow, of which there are at least `least`.
    pub fn find(
        &mut self,
        place: u64,
        reach: u64,
        least: usize,
        matches: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<u64>> {
        let end = self.len.min(place.saturating_add(reach));
        let mut at = place;
        while at < end {
            let bytes = self.bytes_at(at, STEP + least)?;
            let found = (0..bytes.len().min(STEP)).find(|&i| bytes.len() - i >= least && matches(&bytes[i..]));
            if let Some(found) = found {
                return Ok(Some(at + found as u64).filter(|found| *found < end));
            }
            at += STEP as u64;
        }
        Ok(None)
    }

    /// Whether the name of a chunk may stand at a place.
    pub fn is_chunk_at(&mut self, place: u64) -> Result<bool> {
        let name = self.bytes_at(place, 4)?;
        Ok(name.len() == 4 && name.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' '))
    }

    /// The next chunk that is known by its name, from the `body` of one on whose size leads nowhere; the end of the file where
    /// there is none, so that a file is searched once. The header of a chunk has so many bytes.
    pub fn next_known(&mut self, body: u64, header: usize, known: impl Fn(&[u8]) -> bool) -> Result<u64> {
        Ok(self.find(body, REACH, header, known)?.unwrap_or(self.len))
    }

    /// The error for a file whose codec or container isn't decoded here.
    pub fn unsupported(&self, what: &str) -> Error {
        let reason = format!("{what} isn't supported");
        Error::Unsupported { name: self.name.to_owned(), reason, source: None }
    }

    /// The error for a header that makes no sense.
    pub fn damaged(&self, reason: &str) -> Error {
        Error::Decode { name: self.name.to_owned(), reason: reason.to_owned(), source: None }
    }

    /// The error for a file that ends before its sound begins.
    pub fn ends_early(&self) -> Error {
        open_error(self.name, SymphoniaError::IoError(ErrorKind::UnexpectedEof.into()))
    }
}

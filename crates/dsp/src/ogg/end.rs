//! The length of a stream, which only its last page tells.

use std::io::{Result, Seek, SeekFrom};

use symphonia::core::io::{MediaSource, MediaSourceStream, ReadBytes};

use super::page::{MAX_PAGE_LEN, PageReader};

/// The position on the last page of a stream, if it is near the end of the file and the file can be read from there. The
/// place in the file is kept.
pub(super) fn last_position(stream: &mut MediaSourceStream<'_>, serial: u32) -> Result<Option<i64>> {
    let Some(len) = stream.byte_len().filter(|_| stream.is_seekable()) else { return Ok(None) };
    let here = stream.pos();
    stream.seek(SeekFrom::Start(len.saturating_sub(2 * MAX_PAGE_LEN as u64)))?;
    let mut pages = PageReader::default();
    let mut last = None;
    while pages.next(stream)? {
        let page = pages.page();
        if page.serial == serial && page.granule.is_some() {
            last = page.granule;
        }
    }
    stream.seek(SeekFrom::Start(here))?;
    Ok(last)
}

//! The pages of a column, looked at before they are decoded.

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};

/// The pages of a column that isn't nested. The lengths of texts may be written as differences, and the decoder takes the memory
/// for as many lengths as a page claims to have.
pub struct Pages {
    pages: Box<dyn PageReader>,
    /// Whether levels stand before the values.
    optional: bool,
    /// Rows of the column.
    rows: u64,
}

impl Pages {
    /// Those of a column of so many rows.
    pub fn new(pages: Box<dyn PageReader>, optional: bool, rows: u64) -> Self {
        Self { pages, optional, rows }
    }

    fn check(&self, page: &Page) -> Result<()> {
        let lists = match page.encoding() {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
            // The lengths of what is in common with the text before, and of the rest.
            Encoding::DELTA_BYTE_ARRAY => 2,
            _ => return Ok(()),
        };
        let bytes: &[u8] = page.buffer();
        let levels = match page {
            Page::DataPageV2 { def_levels_byte_len, rep_levels_byte_len, .. } => {
                u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len)
            }
            Page::DataPage { def_level_encoding: Encoding::RLE, .. } if self.optional => match bytes {
                [a, b, c, d, ..] => 4 + u64::from(u32::from_le_bytes([*a, *b, *c, *d])),
                _ => 4,
            },
            Page::DataPage { num_values, .. } if self.optional => u64::from(num_values.div_ceil(8)),
            _ => 0,
        };
        let mut rest = usize::try_from(levels).ok().and_then(|levels| bytes.get(levels..));
        for _ in 0..lists {
            rest = rest.and_then(|bytes| after_differences(bytes, self.rows));
        }
        rest.map(drop).ok_or_else(|| ParquetError::General("a page's lengths of texts are damaged".to_owned()))
    }
}

/// What stands behind numbers that are written as differences (DELTA_BINARY_PACKED), of which there are `most` at most.
fn after_differences(bytes: &[u8], most: u64) -> Option<&[u8]> {
    let mut at = 0;
    let block = varint(bytes, &mut at)?;
    let parts = varint(bytes, &mut at)?;
    let values = varint(bytes, &mut at).filter(|&values| values <= most)?;
    varint(bytes, &mut at)?;
    let part = block.checked_div(parts).filter(|&part| part > 0)?;
    let mut left = values.saturating_sub(1);
    while left > 0 {
        varint(bytes, &mut at)?;
        let widths = bytes.get(at..)?.get(..usize::try_from(parts).ok()?)?;
        at += widths.len();
        for &width in widths {
            if left > 0 {
                at = at.checked_add(usize::try_from(part.checked_mul(width.into())? / 8).ok()?)?;
            }
            left = left.saturating_sub(part);
        }
    }
    bytes.get(at..)
}

fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        page.as_ref().map_or(Ok(()), |page| self.check(page))?;
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

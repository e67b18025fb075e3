//! What a Parquet file claims about itself, held against its length before memory is spent on it.
//!
//! The reader of `parquet` takes the memory that is claimed to be needed: 16 GB for the children of a column that aren't
//! there, 2 GB for a page of which two kilobytes are.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use parquet::basic::Encoding;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use super::thrift::{Halt, Held, refuse, walk, whole};

/// What stands behind the footer: its length in four bytes, and the mark.
const TAIL: u64 = 8;

/// Groups of columns that lie in each other, at most.
const NESTED: usize = 64;

/// Times its own length that a file may take in memory while it is read, beyond [`FREE`]: Snappy makes at most 21 bytes of one.
const UNPACKED: u64 = 64;

/// Bytes that any file may take in memory.
const FREE: u64 = 64 << 20;

/// Rows that any file may have, however short; others have [`UNPACKED`] rows a byte at most.
const FREE_ROWS: u64 = 1 << 16;

/// Bytes of a page's header that are read at first, and at most: it may hold the page's least and greatest text.
const HEADER: [u64; 2] = [512, 1 << 20];

/// The number of DELTA_BYTE_ARRAY among encodings.
const PREFIXES: i64 = Encoding::DELTA_BYTE_ARRAY as i64;

/// Bytes in memory of a text in a dictionary, beside its characters.
const WORD: u64 = 40;

/// Checks the schema in a file's footer.
///
/// # Errors
/// A file that has no footer, or one whose claims can't be.
pub fn check_footer(file: &mut File) -> Result<()> {
    let length = file.metadata()?.len();
    let cut = || ParquetError::EOF("it is cut short, or no Parquet file".to_owned());
    let mut tail = [0; TAIL as usize];
    file.seek(SeekFrom::Start(length.checked_sub(TAIL).ok_or_else(cut)?))?;
    file.read_exact(&mut tail)?;
    let [a, b, c, d, mark @ ..] = tail;
    if &mark == b"PARE" {
        return Err(ParquetError::General("it is encrypted; write it without".to_owned()));
    }
    if &mark != b"PAR1" {
        return Err(cut());
    }
    let footer = u64::from(u32::from_le_bytes([a, b, c, d]));
    file.seek(SeekFrom::Start(length.checked_sub(TAIL + footer).ok_or_else(cut)?))?;
    let mut bytes = Vec::new();
    file.take(footer).read_to_end(&mut bytes)?;

    // Columns in the order of a walk through their tree: of each group, how many are yet to come.
    let (mut columns, mut children, mut groups) = (0, 0, Vec::<i64>::new());
    whole(walk(&bytes, &mut |path, held, value| {
        expect(
            held,
            match path {
                [2] if held != Held::Struct => Some(Held::List),
                [2, 4] => Some(Held::Binary),
                [1 | 3] | [2, 1..=9] => Some(Held::Int),
                [2, 10] => Some(Held::Struct),
                _ => None,
            },
        )?;
        match path {
            [2, 4] => {
                columns += 1;
                while groups.last() == Some(&0) {
                    groups.pop();
                }
                if let Some(left) = groups.last_mut() {
                    *left -= 1;
                }
            }
            [2, 5] if value > 0 => {
                children += value;
                groups.push(value);
                if groups.len() > NESTED {
                    return refuse("its columns are nested too deeply");
                }
            }
            _ => (),
        }
        Ok(())
    }))?;
    if children >= columns.max(1) {
        return Err(ParquetError::General(format!("it claims to have {children} columns and names {columns}")));
    }
    Ok(())
}

/// Checks that a file has not many more rows than bytes.
///
/// # Errors
/// It claims more, or fewer than none.
pub fn check_rows(metadata: &ParquetMetaData, length: u64) -> Result<()> {
    let most = FREE_ROWS.saturating_add(length.saturating_mul(UNPACKED));
    let mut rows = 0u64;
    for group in metadata.row_groups() {
        rows = rows.saturating_add(u64::try_from(group.num_rows())?);
    }
    if rows > most {
        return Err(ParquetError::General(format!("it claims to have {rows} rows in {length} bytes")));
    }
    Ok(())
}

/// Checks that columns of a row group, of which `chunks` tells, can be read in memory that the file's length accounts for.
///
/// # Errors
/// A column that lies outside the file, or pages whose claims can't be.
pub fn check_chunks<'a>(file: &mut File, chunks: impl Iterator<Item = &'a ColumnChunkMetaData>) -> Result<()> {
    let length = file.metadata()?.len();
    let allowed = FREE.saturating_add(length.saturating_mul(UNPACKED));
    let mut needed = 0u64;
    for chunk in chunks {
        needed = needed.saturating_add(memory(file, length, chunk)?);
        if needed > allowed {
            return Err(ParquetError::General(format!(
                "its pages claim to unpack to {} MB and more, {} times what the file has; write it without compression",
                needed / 1_000_000,
                needed / length.max(1)
            )));
        }
    }
    Ok(())
}

/// Most bytes of a column that are in memory at a time: its dictionary and a page, packed and unpacked.
fn memory(file: &mut File, length: u64, chunk: &ColumnChunkMetaData) -> Result<u64> {
    let name = || chunk.column_path().string();
    let outside = || ParquetError::General(format!("column `{}` lies outside the file", name()));
    let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
    let (mut at, size) = (u64::try_from(start)?, u64::try_from(chunk.compressed_size())?);
    let end = at.checked_add(size).filter(|&end| end <= length).ok_or_else(outside)?;
    let (mut dictionary, mut largest) = (0u64, 0u64);
    while at < end {
        let (header, page) = Page::read(file, at, end)?;
        at += header;
        if page.packed > end - at {
            return Err(outside());
        }
        at += page.packed;
        if page.encoding == PREFIXES && !has_prefixes(chunk) {
            return Err(ParquetError::General(format!(
                "column `{}` has pages of another encoding than it claims",
                name()
            )));
        }
        let bytes = page.packed + page.unpacked;
        match page.words {
            // A number has four bytes at least, and so has the length of a text.
            Some(words) if words > page.unpacked / 4 => {
                return Err(ParquetError::General(format!(
                    "the dictionary of column `{}` claims {words} values in {} bytes",
                    name(),
                    page.unpacked
                )));
            }
            Some(words) => dictionary = dictionary.saturating_add(bytes + words * WORD),
            None => largest = largest.max(bytes),
        }
    }
    Ok(dictionary.saturating_add(largest))
}

/// What a page's header claims.
#[derive(Default)]
struct Page {
    packed: u64,
    unpacked: u64,
    /// Values of a dictionary.
    words: Option<u64>,
    /// Number of the encoding of values.
    encoding: i64,
}

impl Page {
    /// The header at a place in the file, and its length.
    fn read(file: &mut File, at: u64, end: u64) -> Result<(u64, Self)> {
        let mut bytes = Vec::new();
        for most in HEADER {
            let most = most.min(end - at);
            bytes.clear();
            file.seek(SeekFrom::Start(at))?;
            file.by_ref().take(most).read_to_end(&mut bytes)?;
            let mut page = Self::default();
            match walk(&bytes, &mut |path, held, value| page.note(path, held, value)) {
                Err(Halt::Short) if most < HEADER[1].min(end - at) => (),
                walked => return Ok((whole(walked)? as u64, page)),
            }
        }
        whole(Err(Halt::Short))
    }

    fn note(&mut self, path: &[u8], held: Held, value: i64) -> std::result::Result<(), Halt> {
        expect(
            held,
            match path {
                [1..=4] | [5, 1..=4] | [7, 1..=2] | [8, 1..=6] => Some(Held::Int),
                [5..=8] | [5, 5] | [8, 8] => Some(Held::Struct),
                [7, 3] | [8, 7] => Some(Held::Bool),
                _ => None,
            },
        )?;
        let size = || u64::try_from(value).or_else(|_| refuse("a page claims to have less than nothing"));
        match path {
            [2] => self.unpacked = size()?,
            [3] => self.packed = size()?,
            [5, 2] | [8, 4] => self.encoding = value,
            [7, 1] => self.words = Some(size()?),
            _ => (),
        }
        Ok(())
    }
}

fn expect(held: Held, expected: Option<Held>) -> std::result::Result<(), Halt> {
    match expected {
        Some(expected) if held != expected => refuse("the notes in it hold what no Parquet file does"),
        _ => Ok(()),
    }
}

/// Whether the texts of a column may be written as what they have in common with the one before, so that few bytes make long
/// texts.
pub fn has_prefixes(chunk: &ColumnChunkMetaData) -> bool {
    chunk.encodings().any(|encoding| encoding == Encoding::DELTA_BYTE_ARRAY)
}

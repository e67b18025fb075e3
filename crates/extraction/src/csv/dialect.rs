//! How a CSV is written: spreadsheets have habits of their own, which depend on the country.

use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use dsp::Descriptors;

use super::columns;
use crate::error::{Error, Result};
use crate::source;

/// What may separate cells.
const SEPARATORS: [u8; 3] = *b",;\t";

/// Most bytes of a line that is looked at: the header has a thousand.
const LINE: u64 = 1 << 16;

/// How a CSV is written.
pub struct Dialect {
    /// What separates cells.
    pub separator: u8,
    /// Lines before the header.
    pub lines_before: u64,
}

impl Dialect {
    /// Looks at a file's first lines. Gives the text from the header on.
    ///
    /// # Errors
    /// The file can't be read, is in UTF-16, or its columns are separated by something else.
    pub fn of(path: &Path) -> Result<(Self, impl Read + use<>)> {
        let mut file = BufReader::new(source::open(path)?);
        let mut line = || {
            let mut line = Vec::new();
            file.by_ref().take(LINE).read_until(b'\n', &mut line).map_err(Error::read(path))?;
            Ok::<_, Error>(line)
        };
        let mut header = line()?;
        if header.starts_with(&[0xff, 0xfe]) || header.starts_with(&[0xfe, 0xff]) {
            return Err(Error::Encoding { path: path.to_owned() });
        }
        if let Some(rest) = header.strip_prefix("\u{feff}".as_bytes()) {
            header = rest.to_vec();
        }
        let named = separator_line(&header);
        if named.is_some() {
            header = line()?;
        }
        let text = String::from_utf8_lossy(&header);
        let names = |separator: u8| text.split(char::from(separator)).filter(|cell| is_column(cell)).count();
        // In a header of names that nobody knows, it's what stands there most often.
        let known = SEPARATORS.into_iter().any(|separator| names(separator) > 0);
        let cells = |separator: u8| if known { 0 } else { text.matches(char::from(separator)).count() };
        let best = SEPARATORS.into_iter().max_by_key(|&sign| (names(sign), cells(sign), sign == b','));
        let separator = named.or(best).unwrap_or(b',');
        if names(separator) < 2 {
            // Known names with something else between them.
            if let Some(found) = between_names(&text).filter(|&found| found != char::from(separator)) {
                return Err(Error::Separator { path: path.to_owned(), found });
            }
        }
        let dialect = Self { separator, lines_before: named.is_some().into() };
        Ok((dialect, Cursor::new(header).chain(file)))
    }
}

/// Whether a cell of the header is the column `name`.
pub fn same_name(cell: &str, name: &str) -> bool {
    cell.eq_ignore_ascii_case(name)
}

fn is_column(cell: &str) -> bool {
    let cell = cell.trim().trim_matches('"').trim();
    columns(Descriptors::Extended).any(|name| same_name(cell, name))
}

/// The separator that a line `sep=;` names, as spreadsheets write it in front of the header.
fn separator_line(line: &[u8]) -> Option<u8> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [name @ .., separator] if name.eq_ignore_ascii_case(b"sep=") => Some(*separator),
        _ => None,
    }
}

/// The character that stands between the header's first two names, if they are known ones.
fn between_names(header: &str) -> Option<char> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut words = header.split(|c| !is_name(c)).filter(|word| !word.is_empty());
    let known = words.by_ref().take(2).filter(|word| is_column(word)).count();
    let header = header.trim_start_matches(|c| !is_name(c)).trim_start_matches(is_name);
    header.chars().find(|&c| c != '"').filter(|_| known == 2)
}

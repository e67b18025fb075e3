//! The rows of a table, whatever it is written as: a CSV, a Parquet file, or a folder of Parquet parts.

use std::io::Read;
use std::path::Path;

use dsp::Descriptors;

use crate::csv::{CsvRows, Record};
use crate::error::{Error, Result};
use crate::layout::Layout;
pub use crate::layout::{Request, Wanted};
use crate::parquet::{ParquetRows, Parts};
use crate::source;

/// How a Parquet file begins.
const PARQUET: &[u8] = b"PAR1";

/// The rows of a table, read one after the other: memory doesn't grow with their number, but for 40 bytes a row that keep
/// names apart.
pub struct Rows {
    source: Source,
    rows: u64,
}

enum Source {
    Csv(Box<CsvRows>),
    Parquet(Box<ParquetRows>),
}

impl Rows {
    /// The rows of a CSV as the dataset has them ([`csv::records`](crate::csv::records) says what is read), of a Parquet file,
    /// or of all `*.parquet` files in a folder, in the order of their names. Which it is shows in the file, not in its name.
    ///
    /// Of Parquet files, columns of `FLOAT`, `DOUBLE`, `INT32` and `INT64` are numbers, signed or not; pages are plain or
    /// compressed with Snappy or Zstandard. Rows whose `status` is `failed`, which extraction writes for tracks without
    /// features, are left out.
    ///
    /// Tables that are no regular files are refused. So that a damaged or hostile Parquet file costs no more memory than its
    /// length accounts for, it has 64 rows a byte at most, beyond the first 65 536, its pages unpack to 64 times its length and
    /// 64 MiB at most, and texts of a column to 64 MiB in 4096 rows.
    ///
    /// # Errors
    /// The file can't be read, a column is missing or holds something else than numbers, parts have different columns.
    pub fn open(path: &Path, request: Request<'_>) -> Result<Self> {
        let source = if path.is_dir() {
            Source::Parquet(Box::new(ParquetRows::open(path, Parts::of_folder(path)?, request)?))
        } else if is_parquet(path)? {
            Source::Parquet(Box::new(ParquetRows::open(path, Parts::of_file(path), request)?))
        } else {
            Source::Csv(Box::new(CsvRows::open(path, request)?))
        };
        Ok(Self { source, rows: 0 })
    }

    /// Names of the values of a row, in their order.
    pub fn columns(&self) -> &[String] {
        &self.layout().names
    }

    /// The set of descriptors that the values are, where that was asked for.
    pub fn descriptors(&self) -> Option<Descriptors> {
        self.layout().descriptors
    }

    /// Reads the next row into `record`; `false` says that there is none. What the request didn't ask for, and a `filename`
    /// that the table lacks, are empty, a length 0.
    ///
    /// # Errors
    /// A cell isn't a finite number or lacks its value, or a file name stands twice: [`Error::BadCell`] or
    /// [`Error::BadValue`]. The record has the row's name then, and the next row can be read. Other errors are the end: the
    /// file is broken, or has no rows.
    pub fn next(&mut self, record: &mut Record) -> Result<bool> {
        self.rows += 1;
        let more = match &mut self.source {
            Source::Csv(rows) => rows.next(record),
            Source::Parquet(rows) => rows.next(record),
        }?;
        if !more && self.rows == 1 {
            return Err(self.empty());
        }
        Ok(more)
    }

    /// What was left out so far, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        match &self.source {
            Source::Csv(_) => Vec::new(),
            Source::Parquet(rows) => rows.warnings(),
        }
    }

    fn layout(&self) -> &Layout {
        match &self.source {
            Source::Csv(rows) => rows.layout(),
            Source::Parquet(rows) => rows.layout(),
        }
    }

    fn empty(&self) -> Error {
        match &self.source {
            Source::Csv(rows) => rows.empty(),
            Source::Parquet(rows) => rows.empty(),
        }
    }
}

fn is_parquet(path: &Path) -> Result<bool> {
    let mut head = Vec::new();
    source::open(path)?.take(PARQUET.len() as u64).read_to_end(&mut head).map_err(Error::read(path))?;
    Ok(head == PARQUET)
}

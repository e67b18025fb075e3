//! Reading the dataset's features CSV.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use csv::StringRecord;
use dsp::FEATURE_NAMES;

use super::{Record, columns};
use crate::error::{Error, Result};

/// The rows of a features CSV, as they stand there. Columns are found by name and may stand in any order; others are
/// ignored.
///
/// # Errors
/// The file can't be read, a column is missing, a cell isn't a finite number, a file name stands twice, or there are no
/// rows.
pub fn records(path: &Path) -> Result<Vec<Record>> {
    let file = File::open(path).map_err(Error::read(path))?;
    let broken = |source| Error::Csv { path: path.to_owned(), source };
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let places = Places::find(csv.headers().map_err(broken)?, path)?;

    let mut records = Vec::new();
    let mut seen = HashMap::new();
    let mut record = StringRecord::new();
    while csv.read_record(&mut record).map_err(broken)? {
        let line = record.position().map_or(0, csv::Position::line);
        let cell = Cells { path, line, record: &record };
        let filename = cell.text("filename", places.filename)?;
        if let Some(first) = seen.insert(filename.to_owned(), line) {
            return Err(cell.bad("filename", format!("`{filename}` stands on line {first} already")));
        }
        let length = cell.number("length", places.length)?;
        if length < 1.0 {
            return Err(cell.bad("length", format!("is {length}; expected a number of samples")));
        }
        let values = FEATURE_NAMES.iter().zip(&places.features).map(|(name, &at)| cell.number(name, at));
        records.push(Record {
            filename: filename.to_owned(),
            length: length as usize,
            values: values.collect::<Result<_>>()?,
            label: cell.text("label", places.label)?.to_owned(),
        });
    }
    if records.is_empty() {
        return Err(Error::EmptyTable { path: path.to_owned() });
    }
    Ok(records)
}

/// Where the columns stand.
struct Places {
    filename: usize,
    length: usize,
    features: Vec<usize>,
    label: usize,
}

impl Places {
    fn find(header: &StringRecord, path: &Path) -> Result<Self> {
        // Spreadsheets put a byte-order mark in front of the first name.
        let at = |name: &str| header.iter().position(|column| column.trim_start_matches('\u{feff}') == name);
        let missing: Vec<String> = columns().filter(|name| at(name).is_none()).map(String::from).collect();
        match (at("filename"), at("length"), at("label")) {
            (Some(filename), Some(length), Some(label)) if missing.is_empty() => Ok(Self {
                filename,
                length,
                features: FEATURE_NAMES.iter().filter_map(|name| at(name)).collect(),
                label,
            }),
            _ => Err(Error::MissingColumns { path: path.to_owned(), columns: missing }),
        }
    }
}

/// The cells of one line.
struct Cells<'a> {
    path: &'a Path,
    line: u64,
    record: &'a StringRecord,
}

impl<'a> Cells<'a> {
    fn bad(&self, column: &str, reason: String) -> Error {
        Error::BadCell { path: self.path.to_owned(), line: self.line, column: column.to_owned(), reason }
    }

    fn text(&self, column: &str, at: usize) -> Result<&'a str> {
        self.record.get(at).filter(|text| !text.is_empty()).ok_or_else(|| self.bad(column, "is empty".into()))
    }

    fn number(&self, column: &str, at: usize) -> Result<f64> {
        let text = self.text(column, at)?;
        let value: f64 = text.parse().map_err(|_| self.bad(column, format!("`{text}` is not a number")))?;
        // Rows are kept in single precision.
        if (value as f32).is_finite() {
            Ok(value)
        } else {
            Err(self.bad(column, format!("`{text}` is not a finite number")))
        }
    }
}

//! Reading tables in Parquet, whoever wrote them.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::Type;

use super::claims::{check_chunks, check_footer, check_rows};
use super::columns::{Column, Kind, described, kind};
use super::parts::Parts;
use crate::csv::Record;
use crate::error::{Error, Result, clipped};
use crate::layout::{Layout, Names, Places, Request};
use crate::source;

/// Values of a batch: 2 MB. Of each column a page is in memory as well, which is what a Parquet file is read by.
const BATCH: usize = 1 << 18;

/// The rows of a table's parts, one after the other.
pub struct ParquetRows {
    /// The file or folder that was asked for.
    path: PathBuf,
    parts: Parts,
    /// What the first part's columns hold, by their names; all other parts' must hold the same.
    schema: BTreeMap<String, String>,
    layout: Layout,
    part: Option<Part>,
    next_part: usize,
    names: Names,
    rows: u64,
    failed: u64,
}

impl ParquetRows {
    /// Looks at the first part.
    pub fn open(path: &Path, parts: Parts, request: Request<'_>) -> Result<Self> {
        let first = parts.files.first().ok_or_else(|| Error::EmptyTable { path: path.to_owned() })?;
        let reader = open(first)?;
        let fields = reader.metadata().file_metadata().schema().get_fields();
        let header: Vec<&str> = fields.iter().map(|field| field.name()).collect();
        let layout = Layout::find(&header, request, first)?;
        let mut rows = Self {
            path: path.to_owned(),
            schema: schema(fields),
            layout,
            part: None,
            next_part: 0,
            names: Names::default(),
            rows: 0,
            failed: 0,
            parts,
        };
        rows.enter_next()?;
        Ok(rows)
    }

    /// Where the columns stand in the first part.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The next row; `false` after the last.
    pub fn next(&mut self, record: &mut Record) -> Result<bool> {
        loop {
            let Some(part) = &mut self.part else { return Ok(false) };
            if part.at == part.filled && !part.fill()? {
                self.enter_next()?;
                continue;
            }
            let at = part.at;
            (part.at, part.row) = (at + 1, part.row + 1);
            if part.status.as_ref().is_some_and(|status| text(status, at) == Some("failed")) {
                self.failed += 1;
                continue;
            }
            self.rows += 1;
            return self.row(at, record).map(|()| true);
        }
    }

    /// What was left out so far, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        let failed = (self.failed > 0).then(|| {
            let plural = if self.failed == 1 { " of a failed track is" } else { "s of failed tracks are" };
            format!("{}: {} row{plural} left out", self.path.display(), self.failed)
        });
        self.parts.passed_over.iter().cloned().chain(failed).collect()
    }

    /// A table without rows.
    pub fn empty(&self) -> Error {
        match self.failed {
            0 => Error::EmptyTable { path: self.path.clone() },
            failed => Error::Header {
                path: self.path.clone(),
                reason: format!("none of its {failed} tracks has features; extract them again"),
            },
        }
    }

    /// Goes on to the next part that there is.
    fn enter_next(&mut self) -> Result<()> {
        self.part = None;
        if let Some(path) = self.parts.files.get(self.next_part) {
            let reader = open(path)?;
            self.check(path, reader.metadata().file_metadata().schema().get_fields())?;
            self.part = Some(Part::new(path, reader, &self.layout)?);
            self.next_part += 1;
        }
        Ok(())
    }

    /// Refuses a part whose columns are not those of the first.
    fn check(&self, path: &Path, fields: &[std::sync::Arc<Type>]) -> Result<()> {
        let found = schema(fields);
        let refuse = |reason: String| Err(Error::Header { path: path.to_owned(), reason });
        let first = self.parts.files.first().map(|first| first.display().to_string()).unwrap_or_default();
        for (name, holds) in &self.schema {
            match found.get(name) {
                None => {
                    return refuse(format!(
                        "missing column `{}`, which {first} has; parts need equal columns",
                        clipped(name)
                    ));
                }
                Some(other) if other != holds => {
                    return refuse(format!(
                        "column `{}` holds {other}, and {holds} in {first}; parts need equal columns",
                        clipped(name)
                    ));
                }
                Some(_) => (),
            }
        }
        match found.keys().find(|name| !self.schema.contains_key(*name)) {
            Some(more) => refuse(format!("column `{}` is not in {first}; parts need equal columns", clipped(more))),
            None => Ok(()),
        }
    }

    /// The row at a place of the batch.
    fn row(&mut self, at: usize, record: &mut Record) -> Result<()> {
        let Some(part) = &self.part else { return Ok(()) };
        let bad = |column: &str, reason: String| Error::BadValue {
            path: part.path.clone(),
            row: part.row,
            column: clipped(column).into_owned(),
            reason,
        };
        record.filename.clear();
        record.label.clear();
        record.values.clear();
        record.length = 0;
        if let Some(column) = &part.filename {
            record.filename.push_str(text(column, at).ok_or_else(|| bad(&column.name, "is empty".into()))?);
            if let Some((file, row)) = self.names.note(&record.filename, (self.next_part, part.row)) {
                let file = self.parts.files.get(file - 1).map(|file| file.display().to_string()).unwrap_or_default();
                let reason = format!("`{}` stands in row {row} of {file} already", clipped(&record.filename));
                return Err(bad(&column.name, reason));
            }
        }
        let number = |column: &Column<f64>| match column.cells.get(at).copied().flatten() {
            // Rows are kept in single precision.
            Some(value) if (value as f32).is_finite() => Ok(value),
            Some(value) => Err(bad(&column.name, format!("`{value}` is not a finite number"))),
            None => Err(bad(&column.name, "is null".into())),
        };
        if let Some(column) = &part.length {
            let length = number(column)?;
            record.length = crate::csv::clip_length(length).map_err(|reason| bad(&column.name, reason))?;
        }
        for column in &part.values {
            record.values.push(number(column)?);
        }
        if let Some(column) = &part.label {
            record.label.push_str(text(column, at).ok_or_else(|| bad(&column.name, "is empty".into()))?);
        }
        Ok(())
    }
}

/// A cell's text; an empty one is none.
fn text(column: &Column<String>, at: usize) -> Option<&str> {
    column.cells.get(at)?.as_deref().filter(|text| !text.is_empty())
}

fn open(path: &Path) -> Result<SerializedFileReader<File>> {
    let mut file = source::open(path)?;
    contained(path, || {
        let length = file.metadata()?.len();
        check_footer(&mut file)?;
        let reader = SerializedFileReader::new(file)?;
        check_rows(reader.metadata(), length)?;
        Ok(reader)
    })
}

/// Rows that a file says it has.
///
/// # Errors
/// It can't be read, or is no Parquet file.
pub fn rows_in(path: &Path) -> Result<u64> {
    let rows = open(path)?.metadata().file_metadata().num_rows();
    Ok(u64::try_from(rows).unwrap_or_default())
}

/// Work of `parquet`'s on a file. It panics on some that are damaged: that is the file's error.
fn contained<T>(path: &Path, work: impl FnOnce() -> std::result::Result<T, ParquetError>) -> Result<T> {
    let done = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(ParquetError::General(format!("it is damaged ({})", said.unwrap_or("the reader doesn't say how"))))
    });
    done.map_err(|source| Error::Parquet { path: path.to_owned(), source })
}

/// What the columns of a file hold, by their names.
fn schema(fields: &[std::sync::Arc<Type>]) -> BTreeMap<String, String> {
    fields.iter().map(|field| (field.name().to_owned(), described(field))).collect()
}

/// A file that is being read.
struct Part {
    path: PathBuf,
    /// The file once more, to look ahead.
    file: File,
    reader: SerializedFileReader<File>,
    next_group: usize,
    /// Rows of the current group that were not read yet.
    left: usize,
    /// Rows of the batch, and how many of them were taken.
    filled: usize,
    at: usize,
    /// Number of the last row taken, from 1.
    row: u64,
    filename: Option<Column<String>>,
    length: Option<Column<f64>>,
    label: Option<Column<String>>,
    status: Option<Column<String>>,
    values: Vec<Column<f64>>,
}

impl Part {
    /// Finds a layout's columns in a file that has them in whatever order.
    fn new(path: &Path, reader: SerializedFileReader<File>, layout: &Layout) -> Result<Self> {
        let refuse = |reason: String| Error::Header { path: path.to_owned(), reason };
        let metadata = reader.metadata().file_metadata();
        let fields = metadata.schema().get_fields();
        // Leaves of a schema are numbered with those of nested columns between them.
        let mut leaves = HashMap::new();
        for (at, column) in metadata.schema_descr().columns().iter().enumerate() {
            if let [name] = column.path().parts() {
                leaves.entry(name.as_str()).or_insert(at);
            }
        }
        let leaf = |name: &str| leaves.get(name).copied();
        let places = Places::new(fields.iter().map(|field| field.name()));
        let place = |name: &str| places.of(name).and_then(|at| fields.get(at)).map(|field| (field, leaf(field.name())));
        let held = |name: &str| places.of_exactly(name).and_then(|at| fields.get(at));
        let number = |name: &str| -> Result<Column<f64>> {
            let field = held(name).or_else(|| place(name).map(|(field, _)| field));
            let field = field.ok_or_else(|| refuse(format!("missing column `{}`", clipped(name))))?;
            match (kind(field), leaf(field.name())) {
                (Kind::Number { .. }, Some(leaf)) => Ok(Column::new(field.name(), leaf, field)),
                _ => Err(refuse(format!(
                    "column `{}` holds {}, not numbers{}",
                    clipped(name),
                    described(field),
                    layout.hint
                ))),
            }
        };
        let texts = |name: &str, wanted: bool| -> Result<Option<Column<String>>> {
            let Some((field, leaf)) = place(name).filter(|_| wanted) else { return Ok(None) };
            match (kind(field), leaf) {
                (Kind::Text | Kind::Number { whole: true, .. }, Some(leaf)) => {
                    Ok(Some(Column::new(field.name(), leaf, field)))
                }
                _ => Err(refuse(format!("column `{name}` holds {}, not names", described(field)))),
            }
        };
        let filename = texts("filename", layout.filename.is_some())?;
        let label = texts("label", layout.label.is_some())?;
        let status = match place("status") {
            Some((field, Some(leaf))) if kind(field) == Kind::Text && layout.hint.is_empty() => {
                Some(Column::new(field.name(), leaf, field))
            }
            _ => None,
        };
        let length = if layout.length.is_some() { Some(number("length")?) } else { None };
        let values = layout.names.iter().map(|name| number(name)).collect::<Result<Vec<_>>>()?;
        let all = filename.iter().chain(&label).chain(&status).map(|column| (&column.name, column.unreadable(&reader)));
        let all = all.chain(length.iter().chain(&values).map(|column| (&column.name, column.unreadable(&reader))));
        if let Some((name, compression)) = all.filter_map(|(name, found)| Some((name, found?))).next() {
            return Err(refuse(format!(
                "column `{}` is compressed with {compression}; plain, Snappy and Zstandard columns are read: write the \
                 table with compression=\"snappy\"",
                clipped(name)
            )));
        }
        let (path, file) = (path.to_owned(), source::open(path)?);
        let (next_group, left, filled, at, row) = (0, 0, 0, 0, 0);
        Ok(Self { path, file, reader, next_group, left, filled, at, row, filename, length, label, status, values })
    }

    /// Reads the next rows; `false` says that the file has no more.
    fn fill(&mut self) -> Result<bool> {
        let path = self.path.clone();
        contained(&path, || self.try_fill())
    }

    fn try_fill(&mut self) -> std::result::Result<bool, ParquetError> {
        while self.left == 0 {
            if self.next_group == self.reader.num_row_groups() {
                return Ok(false);
            }
            let group = self.reader.get_row_group(self.next_group)?;
            self.left = usize::try_from(group.metadata().num_rows())?;
            self.next_group += 1;
            let texts = self.filename.iter().chain(&self.label).chain(&self.status);
            let texts = texts.filter_map(|column| column.chunk(group.metadata()));
            let numbers = self.length.iter().chain(&self.values).filter_map(|column| column.chunk(group.metadata()));
            check_chunks(&mut self.file, texts.chain(numbers))?;
            for column in self.filename.iter_mut().chain(&mut self.label).chain(&mut self.status) {
                column.enter(&*group)?;
            }
            for column in self.length.iter_mut().chain(&mut self.values) {
                column.enter(&*group)?;
            }
        }
        let rows = self.left.min((BATCH / self.values.len().max(1)).clamp(1, 4096));
        for column in self.filename.iter_mut().chain(&mut self.label).chain(&mut self.status) {
            column.fill(rows)?;
        }
        for column in self.length.iter_mut().chain(&mut self.values) {
            column.fill(rows)?;
        }
        (self.left, self.filled, self.at) = (self.left - rows, rows, 0);
        Ok(true)
    }
}

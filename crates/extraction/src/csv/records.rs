//! Reading the dataset's features CSV.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use csv::StringRecord;
use dsp::{ClipLength, Convention, Descriptors, FeatureSpec};

use super::Record;
use super::dialect::Dialect;
use crate::error::{Error, Result, clipped};
use crate::layout::{Layout, Names, Request, Wanted};
use crate::source::Bounded;

/// Bytes of a line, at most: 4 million numbers. A quote that is never closed makes one line of all that follows.
const LONGEST_LINE: u64 = 64 << 20;

/// What a features CSV holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// What the values of its rows are.
    pub descriptors: Descriptors,
    /// The rows in their order.
    pub rows: Vec<Record>,
}

/// The rows of a features CSV, as they stand there. Columns are found by name, in capitals or not, and may stand in any
/// order; others are ignored. Besides commas, semicolons and tabs may separate cells, and decimal commas are read where
/// commas don't separate them. A line has 64 MiB at most.
///
/// `wanted` descriptors are read, others ignored; `None` takes what is there, and that is the extended set where the table has
/// one of the columns that the classic set lacks.
///
/// # Errors
/// The file can't be read, a column is missing, a cell isn't a finite number, a file name stands twice, or there are no
/// rows.
pub fn records(path: &Path, wanted: Option<Descriptors>) -> Result<Records> {
    let mut csv = CsvRows::open(path, Request { columns: Wanted::Descriptors(wanted), labelled: true })?;
    let mut rows = Vec::new();
    let mut record = Record::default();
    while csv.next(&mut record)? {
        rows.push(std::mem::take(&mut record));
    }
    if rows.is_empty() {
        return Err(csv.empty());
    }
    Ok(Records { descriptors: csv.layout.descriptors.unwrap_or_default(), rows })
}

/// The rows of a CSV, one after the other.
pub struct CsvRows {
    path: PathBuf,
    dialect: Dialect,
    csv: csv::Reader<Bounded<Box<dyn Read>>>,
    layout: Layout,
    cells: StringRecord,
    names: Names,
    marks: Marks,
}

impl CsvRows {
    /// Looks at a CSV's header.
    pub fn open(path: &Path, request: Request<'_>) -> Result<Self> {
        let (dialect, text) = Dialect::of(path)?;
        let mut builder = csv::ReaderBuilder::new();
        let text = Bounded::new(Box::new(text) as Box<dyn Read>, LONGEST_LINE);
        let mut csv = builder.trim(csv::Trim::All).delimiter(dialect.separator).from_reader(text);
        let header = csv.headers().map_err(broken(path, dialect.lines_before + 1))?;
        let layout = Layout::find(&header.iter().collect::<Vec<_>>(), request, path)?;
        let (cells, names, marks) = (StringRecord::new(), Names::default(), Marks::default());
        Ok(Self { path: path.to_owned(), dialect, csv, layout, cells, names, marks })
    }

    /// Where the columns stand.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// A table without rows.
    pub fn empty(&self) -> Error {
        Error::EmptyTable { path: self.path.clone() }
    }

    /// The next row; `false` after the last.
    pub fn next(&mut self, record: &mut Record) -> Result<bool> {
        let Self { path, dialect, csv, layout, cells, names, marks } = self;
        csv.get_mut().renew();
        let after = csv.position().line() + dialect.lines_before;
        if !csv.read_record(cells).map_err(broken(path, after))? {
            return Ok(false);
        }
        let line = cells.position().map_or(0, csv::Position::line) + dialect.lines_before;
        let (commas, hint) = (dialect.separator != b',', layout.hint);
        let mut cell = Cells { path, line, record: cells, commas, hint, marks };
        record.filename.clear();
        record.label.clear();
        record.values.clear();
        record.length = 0;
        if let Some(at) = layout.filename {
            let filename = cell.text("filename", at)?;
            record.filename.push_str(filename);
            if let Some((_, first)) = names.note(filename, (0, line)) {
                return Err(cell.bad("filename", format!("`{}` stands on line {first} already", clipped(filename))));
            }
        }
        if let Some(at) = layout.length {
            let length = cell.number("length", at)?;
            record.length = clip_length(length).map_err(|reason| cell.bad("length", reason))?;
        }
        for (name, &at) in layout.names.iter().zip(&layout.places) {
            record.values.push(cell.number(name, at)?);
        }
        if let Some(at) = layout.label {
            record.label.push_str(cell.text("label", at)?);
        }
        Ok(true)
    }
}

/// What is wrong with the record that begins in a line.
fn broken(path: &Path, line: u64) -> impl FnOnce(csv::Error) -> Error + '_ {
    move |source| match source.kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            Error::LongLine { path: path.to_owned(), line, limit: LONGEST_LINE }
        }
        _ => Error::Csv { path: path.to_owned(), source },
    }
}

/// The samples of a clip, or why there can't be so many.
pub(crate) fn clip_length(length: f64) -> Result<usize, String> {
    // A track of up to one and a half clip lengths is one clip.
    let rate = FeatureSpec::features(Convention::default(), ClipLength::TRACK).sample_rate();
    let longest = (1.5 * ClipLength::MAX_SECONDS * f64::from(rate)) as usize;
    if length < 1.0 || length.fract() != 0.0 {
        return Err(format!("is {length}; expected a number of samples"));
    }
    if length > longest as f64 {
        return Err(format!("is {length}; no clip has more than {longest} samples"));
    }
    Ok(length as usize)
}

/// What has stood before the decimals of numbers so far.
#[derive(Default)]
struct Marks {
    point: bool,
    comma: bool,
}

/// The cells of one line.
struct Cells<'a> {
    path: &'a Path,
    line: u64,
    record: &'a StringRecord,
    /// Whether commas may stand in numbers.
    commas: bool,
    /// What to do about a value that is no number.
    hint: &'static str,
    marks: &'a mut Marks,
}

impl<'a> Cells<'a> {
    fn bad(&self, column: &str, reason: String) -> Error {
        Error::BadCell { path: self.path.to_owned(), line: self.line, column: clipped(column).into_owned(), reason }
    }

    fn text(&self, column: &str, at: usize) -> Result<&'a str> {
        self.record.get(at).filter(|text| !text.is_empty()).ok_or_else(|| self.bad(column, "is empty".into()))
    }

    fn number(&mut self, column: &str, at: usize) -> Result<f64> {
        let text = self.text(column, at)?;
        let comma = self.commas && text.matches(',').count() == 1 && !text.contains('.');
        self.marks.comma |= comma;
        self.marks.point |= text.contains('.');
        if self.marks.comma && self.marks.point {
            // 1,234 may be a thousand or a little more than one.
            let reason = "some numbers have a decimal comma and others a point; use points only";
            let reason = format!("`{}`: {reason}", clipped(text));
            return Err(self.bad(column, reason));
        }
        let parsed = if comma { text.replace(',', ".").parse() } else { text.parse() };
        let value: f64 =
            parsed.map_err(|_| self.bad(column, format!("`{}` is not a number{}", clipped(text), self.hint)))?;
        // Rows are kept in single precision.
        if (value as f32).is_finite() {
            Ok(value)
        } else {
            Err(self.bad(column, format!("`{}` is not a finite number", clipped(text))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns;
    use super::*;

    /// A CSV of two rows.
    fn text() -> String {
        let mut text = columns(Descriptors::Classic).collect::<Vec<_>>().join(",") + "\n";
        for (at, name) in ["a.wav", "b.wav"].iter().enumerate() {
            let values: Vec<String> = (0..57).map(|k| format!("{}.25", 100 * at + k)).collect();
            text += &format!("{name},661794,{},blues\n", values.join(","));
        }
        text
    }

    fn read(text: impl AsRef<[u8]>) -> Result<Vec<Record>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        records(file.path(), None).map(|records| records.rows)
    }

    fn refusal(text: impl AsRef<[u8]>) -> String {
        let message = crate::chain(&read(text).unwrap_err());
        message.split_once(": ").unwrap().1.to_owned()
    }

    #[test]
    fn spreadsheets_dialects_give_the_same_rows() {
        let original = read(text()).unwrap();
        assert_eq!(original[1].values[56], 156.25);
        let other = |from: &str, to: &str| text().replace(from, to);
        assert_eq!(read(other(",", ";")).unwrap(), original);
        assert_eq!(read(other(",", "\t")).unwrap(), original);
        assert_eq!(read(text().replace(',', ";").replace(".25", ",25")).unwrap(), original);
        assert_eq!(read(format!("sep=;\r\n{}", other(",", ";"))).unwrap(), original);
        assert_eq!(read(format!("\u{feff}sep=,\n{}", text())).unwrap(), original);
        assert_eq!(read(format!("\u{feff}{}", text())).unwrap(), original);
        let (header, rows) = text().split_once('\n').map(|(a, b)| (a.to_uppercase(), b.to_owned())).unwrap();
        assert_eq!(read(format!("{header}\n{rows}")).unwrap(), original);
        let quoted = text().lines().map(|line| format!("\"{}\"", line.replace(',', "\",\""))).collect::<Vec<_>>();
        assert_eq!(read(quoted.join("\r\n").replace(',', ";")).unwrap(), original);
    }

    #[test]
    fn what_cannot_be_read_is_named_as_the_fault() {
        assert!(refusal(text().replace(',', "|")).starts_with("the columns are separated by `|`"));
        assert!(refusal(text().replace(',', ":")).starts_with("the columns are separated by `:`"));
        let mixed = text().replace(',', ";").replacen("1.25", "1,25", 1);
        assert!(refusal(mixed).contains("some numbers have a decimal comma and others a point"));
        let thousands = text().replace(',', ";").replace("661794", "661.794");
        assert_eq!(refusal(thousands), "line 2, column `length`: is 661.794; expected a number of samples");
        let utf16: Vec<u8> = format!("\u{feff}{}", text()).encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(refusal(utf16).starts_with("is written in UTF-16"));
        assert!(refusal(format!("sep=;\n{}", text())).contains("separated by `,`"));
    }

    #[test]
    fn lines_are_counted_from_the_start_of_the_file() {
        let bad = text().replace(',', ";").replace("156.25", "fast");
        assert_eq!(
            refusal(&bad),
            "line 3, column `tempo`: `fast` is not a number".replace("tempo", dsp::FEATURE_NAMES[56])
        );
        assert!(refusal(format!("sep=;\n{bad}")).starts_with("line 4, "));
    }

    #[test]
    fn lengths_that_no_clip_has_are_refused() {
        for length in ["1e30", "19845001", "18446744073709551615"] {
            let message = refusal(text().replace("661794", length));
            assert!(message.starts_with("line 2, column `length`: is ") && message.contains("19845000"), "{message}");
        }
        for length in ["0", "-5", "0.5"] {
            assert!(refusal(text().replace("661794", length)).contains("expected a number of samples"));
        }
        assert_eq!(read(text().replace("661794", "19845000")).unwrap()[0].length, 19_845_000);
        assert_eq!(read(text().replace("661794", "661794.0")).unwrap()[0].length, 661_794);
    }
}

//! Writing the dataset's features CSV.

use std::io::{self, Write};

use super::{Records, columns};

/// A row of a table of features.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// As in the dataset: `blues.00000.wav`, or `blues.00000.3.wav` for a clip.
    pub filename: String,
    /// Length of the clip in samples.
    pub length: usize,
    /// The descriptors, in the order of their columns.
    pub values: Vec<f64>,
    /// The genre.
    pub label: String,
}

/// Writes rows exactly as the dataset's files have them: same columns, same order, numbers as Python prints them.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut dyn Write, records: &Records) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(columns(records.descriptors))?;
    for record in &records.rows {
        write_cells(&mut csv, record)?;
        csv.write_record(None::<&[u8]>)?;
    }
    csv.flush()
}

/// Writes the cells of a row, which more may follow.
pub(crate) fn write_cells<W: Write>(csv: &mut csv::Writer<W>, record: &Record) -> csv::Result<()> {
    csv.write_field(&record.filename)?;
    csv.write_field(record.length.to_string())?;
    for &value in &record.values {
        csv.write_field(number(value))?;
    }
    csv.write_field(&record.label)
}

/// The shortest digits that give the number back, in Python's notation.
pub(crate) fn number(value: f64) -> String {
    if value != 0.0 && !(1e-4..1e16).contains(&value.abs()) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
        format!("{digits}e{sign}{exponent:0>2}")
    } else {
        format!("{value:?}")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use dsp::Descriptors;

    use super::super::records;
    use super::*;

    #[test]
    fn numbers_are_written_as_python_prints_them() {
        for (value, text) in [
            (0.35008811950683594, "0.35008811950683594"),
            (-4.5297241740627214e-05, "-4.5297241740627214e-05"),
            (0.0001395807194057852, "0.0001395807194057852"),
            (7.783231922076084e-06, "7.783231922076084e-06"),
            (0.0, "0.0"),
            (-113.0, "-113.0"),
            (1e16, "1e+16"),
            (1e-100, "1e-100"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_written_file_reads_back() {
        let record = |name: &str, label: &str| Record {
            filename: name.into(),
            length: 661_794,
            values: (0..57).map(|k| f64::from(k) * 1e-3).collect(),
            label: label.into(),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let rows = vec![record("x, y.wav", "rock"), record("z.au", "blues")];
        let written = Records { descriptors: Descriptors::Classic, rows };
        write(&mut std::fs::File::create(&path).unwrap(), &written).unwrap();
        assert_eq!(records(&path, None).unwrap(), written);
    }

    #[test]
    fn the_datasets_files_are_read_and_written_unchanged() {
        let Some(data) = std::env::var_os("GTZAN_DATA") else {
            eprintln!("skipped: GTZAN_DATA is unset");
            return;
        };
        for name in ["features_30_sec.csv", "features_3_sec.csv", "extended/features_extended_30_sec.csv"] {
            let path = Path::new(&data).join(name);
            let original = std::fs::read_to_string(&path).unwrap();
            let mut written = Vec::new();
            write(&mut written, &records(&path, None).unwrap()).unwrap();
            let written = String::from_utf8(written).unwrap();
            let cells =
                |text: &'_ str| text.lines().flat_map(|line| line.split(',')).map(String::from).collect::<Vec<_>>();
            assert_eq!(written.lines().count(), original.lines().count());
            for (ours, theirs) in cells(&written).iter().zip(&cells(&original)) {
                // When two shortest decimals are equally near, Python takes the even digit and Rust the greater one.
                let same = |a: &str, b: &str| a.parse::<f64>().is_ok_and(|a| b.parse() == Ok(a));
                assert!(ours == theirs || same(ours, theirs), "{ours} and {theirs}");
            }
        }
    }
}

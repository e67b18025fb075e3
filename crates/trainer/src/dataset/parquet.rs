//! Writing features as Apache Parquet: flat optional columns in one uncompressed row group.

use std::io::{self, Write};
use std::sync::Arc;

use dsp::FEATURE_NAMES;
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnPath, Type};

use super::csv::{Record, columns};
use super::sheet::SheetTrack;

/// The columns that follow those of the CSV.
const MORE: [&str; 5] = ["path", "status", "error", "content_hash", "feature_spec"];

/// A row: a clip of a track, or a track that failed.
type Row<'a> = (&'a SheetTrack, Option<&'a Record>);

/// Writes a row per clip, and one for each failed track.
///
/// # Errors
/// Those of `out` and of the Parquet writer.
pub fn write(out: &mut dyn Write, tracks: &[SheetTrack], spec: &str) -> io::Result<()> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for track in tracks {
        match &track.outcome {
            Ok(records) => rows.extend(records.iter().map(|record| (track, Some(record)))),
            Err(_) => rows.push((track, None)),
        }
    }
    // Collected first, since the crate only writes to what may be sent between threads.
    out.write_all(&file(&rows, spec)?)
}

/// The bytes of the file.
fn file(rows: &[Row<'_>], spec: &str) -> Result<Vec<u8>> {
    let mut properties = WriterProperties::builder();
    for name in FEATURE_NAMES {
        // Hardly a value stands twice.
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(name), false);
    }
    let mut file = SerializedFileWriter::new(Vec::new(), Arc::new(schema()?), Arc::new(properties.build()))?;

    // The columns of `schema`, in its order.
    let mut group = file.next_row_group()?;
    text(&mut group, rows, |(track, record)| Some(record.map_or(&track.filename, |record| &record.filename)))?;
    fill::<Int64Type>(&mut group, rows.iter().map(|(_, record)| record.map(|record| record.length as i64)))?;
    for feature in 0..FEATURE_NAMES.len() {
        let values = rows.iter().map(|(_, record)| record.and_then(|record| record.values.get(feature).copied()));
        fill::<DoubleType>(&mut group, values)?;
    }
    text(&mut group, rows, |(track, _)| Some(&track.label))?;
    text(&mut group, rows, |(track, _)| Some(&track.path))?;
    text(&mut group, rows, |(track, _)| Some(if track.outcome.is_ok() { "ok" } else { "failed" }))?;
    text(&mut group, rows, |(track, _)| track.outcome.as_ref().err())?;
    text(&mut group, rows, |(track, _)| track.content.map(|hash| hash.to_string()))?;
    text(&mut group, rows, |_| Some(spec))?;
    group.close()?;
    file.into_inner()
}

/// `filename`, `length`, 57 features, `label`, then [`MORE`].
fn schema() -> Result<Type> {
    let column = |(at, name)| {
        let (physical, logical) = match at {
            1 => (Physical::INT64, None),
            2..59 => (Physical::DOUBLE, None),
            _ => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    };
    let fields = columns().chain(MORE).enumerate().map(column).collect::<Result<_>>()?;
    Type::group_type_builder("features").with_fields(fields).build()
}

/// Writes the next column, of text.
fn text<'a, T: AsRef<str>>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    rows: &[Row<'a>],
    cell: impl Fn(&Row<'a>) -> Option<T>,
) -> Result<()> {
    fill::<ByteArrayType>(group, rows.iter().map(|row| cell(row).map(|text| ByteArray::from(text.as_ref()))))
}

/// Writes the next column; `None` is a null.
fn fill<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    cells: impl Iterator<Item = Option<T::T>>,
) -> Result<()> {
    let (mut values, mut present) = (Vec::new(), Vec::new());
    for cell in cells {
        present.push(cell.is_some().into());
        values.extend(cell);
    }
    let missing = || ParquetError::General("more columns than the schema has".into());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(&values, Some(&present), None)?;
    column.close()
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::super::ContentHash;
    use super::*;

    fn record(k: usize) -> Record {
        Record {
            filename: format!("a.{k}.wav"),
            length: 66_149 + k,
            values: (0..57).map(|column| f64::from(column) / 7.0 - k as f64).collect(),
            label: "blues".into(),
        }
    }

    fn track(name: &str, content: Option<ContentHash>, outcome: Result<Vec<Record>, String>) -> SheetTrack {
        SheetTrack {
            path: format!("music/blues/{name}"),
            filename: name.into(),
            label: "blues".into(),
            content,
            outcome,
        }
    }

    /// The cells of each row, with their columns' names.
    fn read(tracks: &[SheetTrack]) -> Vec<Vec<(String, Field)>> {
        let mut written = tempfile::tempfile().unwrap();
        write(&mut written, tracks, "v1;features").unwrap();
        let reader = SerializedFileReader::new(written).unwrap();
        reader.get_row_iter(None).unwrap().map(|row| row.unwrap().into_columns()).collect()
    }

    #[test]
    fn every_clip_and_every_failed_track_is_a_row_in_the_order_of_the_tracks() {
        let folder = tempfile::tempdir().unwrap();
        let audio = folder.path().join("a.wav");
        std::fs::write(&audio, "sound").unwrap();
        let hash = ContentHash::of(&audio).unwrap();
        let rows = read(&[
            track("a.wav", Some(hash), Ok((0..3).map(record).collect())),
            track("bäd.wav", None, Err("no audio".into())),
            track("c.wav", None, Ok(vec![record(3)])),
        ]);

        let text = |text: &str| Field::Str(text.into());
        let clip = |k: usize, file: &str, hash: Field| {
            let Record { filename, length, values, .. } = record(k);
            let mut cells = vec![Field::Str(filename), Field::Long(length as i64)];
            cells.extend(values.into_iter().map(Field::Double));
            cells.extend([text("blues"), text(file), text("ok"), Field::Null, hash, text("v1;features")]);
            cells
        };
        let mut failed = vec![text("bäd.wav")];
        failed.resize(59, Field::Null);
        failed.extend([text("blues"), text("music/blues/bäd.wav"), text("failed"), text("no audio"), Field::Null]);
        failed.push(text("v1;features"));
        let hashed = || Field::Str(hash.to_string());
        let expected = [
            clip(0, "music/blues/a.wav", hashed()),
            clip(1, "music/blues/a.wav", hashed()),
            clip(2, "music/blues/a.wav", hashed()),
            failed,
            clip(3, "music/blues/c.wav", Field::Null),
        ];

        assert_eq!(rows.len(), expected.len());
        for (row, expected) in rows.into_iter().zip(expected) {
            let (names, cells): (Vec<_>, Vec<_>) = row.into_iter().unzip();
            assert!(names.iter().map(String::as_str).eq(columns().chain(MORE)));
            assert_eq!(cells, expected);
        }
    }

    #[test]
    fn a_file_without_rows_or_without_a_good_one_can_be_read() {
        assert_eq!(read(&[]).len(), 0);
        let rows = read(&[track("a.wav", None, Err("no audio".into()))]);
        assert!(rows[0][1..59].iter().all(|(_, cell)| *cell == Field::Null));
    }

    #[test]
    fn rows_beyond_a_page_are_kept() {
        let rows = read(&[track("a.wav", None, Ok((0..30_000).map(record).collect()))]);
        assert_eq!(rows.len(), 30_000);
        for (k, row) in rows.into_iter().enumerate() {
            assert_eq!(row[0].1, Field::Str(format!("a.{k}.wav")));
            assert_eq!(row[2].1, Field::Double(-(k as f64)));
        }
    }
}

//! Writing features as Apache Parquet: flat optional columns, uncompressed, in row groups of a fixed size, so that memory
//! doesn't grow with the number of rows.

use std::io::{self, Read, Write};
use std::sync::Arc;

use csv::ByteRecord;
use dsp::Descriptors;
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnPath, Type};

use crate::csv::columns;
use crate::sheet::DECODE_COLUMNS;

/// Features in a group: 7 MB. The footer needs a kilobyte for each of its columns, so that small groups add up.
const GROUP: usize = 57 * 16_384;

/// Writes a table from rows that are given as CSV without a header, in the order of the columns but without
/// `feature_spec`; an empty cell is a null.
///
/// # Errors
/// Those of `out`, of `rows` and of the Parquet writer.
pub fn write(
    out: &mut (dyn Write + Send),
    rows: &mut dyn Read,
    descriptors: Descriptors,
    spec: &str,
    decoding: bool,
) -> io::Result<()> {
    let mut properties =
        WriterProperties::builder().set_statistics_enabled(EnabledStatistics::Chunk).set_offset_index_disabled(true);
    for &name in descriptors.columns() {
        // Hardly a value stands twice.
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(name), false);
    }
    let schema = Arc::new(schema(descriptors, decoding)?);
    let mut file = SerializedFileWriter::new(out, Arc::clone(&schema), Arc::new(properties.build()))?;

    let mut rows = csv::ReaderBuilder::new().has_headers(false).buffer_capacity(1 << 16).from_reader(rows);
    let mut record = ByteRecord::new();
    let mut group: Vec<Column> = schema.get_fields().iter().map(|field| Column::new(field)).collect();
    let most = GROUP / descriptors.columns().len();
    let mut filled = 0;
    loop {
        let more = rows.read_byte_record(&mut record)?;
        if more {
            let mut cells = record.iter();
            for (column, field) in group.iter_mut().zip(schema.get_fields()) {
                let cell = if field.name() == SPEC { Some(spec.as_bytes()) } else { cells.next() };
                column.push(cell.unwrap_or_default())?;
            }
            filled += 1;
        }
        if filled == most || (!more && filled > 0) {
            let mut writer = file.next_row_group()?;
            group.iter_mut().try_for_each(|column| column.write(&mut writer))?;
            writer.close()?;
            filled = 0;
        }
        if !more {
            break;
        }
    }
    file.close()?;
    Ok(())
}

/// The column that is the same in all rows.
const SPEC: &str = "feature_spec";

/// Columns that follow those of the CSV.
const MORE: [&str; 5] = ["path", "status", "error", "content_hash", SPEC];

/// `filename`, `length`, the descriptors, `label`, then [`MORE`], then [`DECODE_COLUMNS`] where they are wanted.
fn schema(descriptors: Descriptors, decoding: bool) -> Result<Type> {
    let column = |name: &'static str| {
        let (physical, logical) = match name {
            "length" | "packets" | "packets_lost" => (Physical::INT64, None),
            "seconds_lost" | "broke_off" => (Physical::DOUBLE, None),
            _ if descriptors.columns().contains(&name) => (Physical::DOUBLE, None),
            _ => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    };
    let decode = DECODE_COLUMNS.into_iter().take(if decoding { DECODE_COLUMNS.len() } else { 0 });
    let fields = columns(descriptors).chain(MORE).chain(decode).map(column).collect::<Result<_>>()?;
    Type::group_type_builder("features").with_fields(fields).build()
}

/// The cells of a column in a row group.
enum Column {
    Text(Cells<ByteArray>),
    Integer(Cells<i64>),
    Number(Cells<f64>),
}

/// Values, and for each row 1 if it has one and 0 for a null.
struct Cells<T> {
    values: Vec<T>,
    present: Vec<i16>,
}

impl Column {
    fn new(field: &Type) -> Self {
        match field.get_physical_type() {
            Physical::INT64 => Self::Integer(Cells::new()),
            Physical::DOUBLE => Self::Number(Cells::new()),
            _ => Self::Text(Cells::new()),
        }
    }

    fn push(&mut self, cell: &[u8]) -> Result<()> {
        match self {
            Self::Text(cells) => cells.push(cell, |cell| Some(ByteArray::from(cell.to_vec()))),
            Self::Integer(cells) => cells.push(cell, parsed),
            Self::Number(cells) => cells.push(cell, parsed),
        }
    }

    /// Writes the next column of a group, and empties this one.
    fn write<W: Write + Send>(&mut self, group: &mut SerializedRowGroupWriter<'_, W>) -> Result<()> {
        match self {
            Self::Text(cells) => cells.write::<ByteArrayType, W>(group),
            Self::Integer(cells) => cells.write::<Int64Type, W>(group),
            Self::Number(cells) => cells.write::<DoubleType, W>(group),
        }
    }
}

fn parsed<T: std::str::FromStr>(cell: &[u8]) -> Option<T> {
    std::str::from_utf8(cell).ok()?.parse().ok()
}

impl<T> Cells<T> {
    fn new() -> Self {
        Self { values: Vec::new(), present: Vec::new() }
    }

    fn push(&mut self, cell: &[u8], value: impl Fn(&[u8]) -> Option<T>) -> Result<()> {
        self.present.push((!cell.is_empty()).into());
        if !cell.is_empty() {
            let broken = || ParquetError::General(format!("`{}` is no value", String::from_utf8_lossy(cell)));
            self.values.push(value(cell).ok_or_else(broken)?);
        }
        Ok(())
    }

    fn write<D: DataType<T = T>, W: Write + Send>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<()> {
        let missing = || ParquetError::General("more columns than the schema has".into());
        let mut column = group.next_column()?.ok_or_else(missing)?;
        column.typed::<D>().write_batch(&self.values, Some(&self.present), None)?;
        self.values.clear();
        self.present.clear();
        column.close()
    }
}

#[cfg(test)]
mod tests {
    use dsp::{ClipFeatures, ClipLength, Convention, DecodeReport, FeatureSpec, TrackFeatures};
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::*;
    use crate::sheet::{Format, Sheet, SheetTrack};
    use crate::store::ContentHash;

    fn length(k: usize) -> usize {
        66_149 + k
    }

    fn values(k: usize) -> Vec<f64> {
        (0..57).map(|column| f64::from(column) / 7.0 - k as f64).collect()
    }

    /// A track with these clips.
    fn track(name: &str, content: Option<ContentHash>, clips: std::ops::Range<usize>) -> SheetTrack {
        let clip = |k: usize| ClipFeatures { start_sample: 0, samples: length(k), silent: false, values: values(k) };
        let decoded = DecodeReport { packets: 9, seconds_lost: 0.5, ..Default::default() };
        SheetTrack {
            path: format!("music/blues/{name}"),
            filename: name.into(),
            label: "blues".into(),
            content,
            result: Ok(TrackFeatures { clips: clips.map(clip).collect(), decoded }),
        }
    }

    fn failed(name: &str, reason: &str) -> SheetTrack {
        SheetTrack { result: Err(reason.into()), ..track(name, None, 0..0) }
    }

    fn spec() -> FeatureSpec {
        FeatureSpec::features(Convention::Librosa07, ClipLength::TENTH)
    }

    fn written(tracks: &[SheetTrack], decoding: bool) -> SerializedFileReader<std::fs::File> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.parquet");
        let mut sheet = Sheet::new(path.clone(), Format::Parquet, &spec(), decoding);
        tracks.iter().for_each(|track| sheet.push(track).unwrap());
        sheet.publish().unwrap();
        SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap()
    }

    /// The cells of each row, with their columns' names.
    fn read(tracks: &[SheetTrack]) -> Vec<Vec<(String, Field)>> {
        let rows = written(tracks, false);
        rows.get_row_iter(None).unwrap().map(|row| row.unwrap().into_columns()).collect()
    }

    #[test]
    fn every_clip_and_every_failed_track_is_a_row_in_the_order_of_the_tracks() {
        let hash = ContentHash::of_bytes(b"sound");
        let rows = read(&[track("a.wav", Some(hash), 0..3), failed("bäd.wav", "no audio"), track("c.wav", None, 3..4)]);

        let text = |text: &str| Field::Str(text.into());
        let clip = |k: usize, name: &str, file: &str, hash: Field| {
            let mut cells = vec![text(name), Field::Long(length(k) as i64)];
            cells.extend(values(k).into_iter().map(Field::Double));
            cells.extend([text("blues"), text(file), text("ok"), Field::Null, hash, text(&spec().fingerprint())]);
            cells
        };
        let mut failed = vec![text("bäd.wav")];
        failed.resize(59, Field::Null);
        failed.extend([text("blues"), text("music/blues/bäd.wav"), text("failed"), text("no audio"), Field::Null]);
        failed.push(text(&spec().fingerprint()));
        let hashed = || Field::Str(hash.to_string());
        let expected = [
            clip(0, "a.0.wav", "music/blues/a.wav", hashed()),
            clip(1, "a.1.wav", "music/blues/a.wav", hashed()),
            clip(2, "a.2.wav", "music/blues/a.wav", hashed()),
            failed,
            clip(3, "c.wav", "music/blues/c.wav", Field::Null),
        ];

        assert_eq!(rows.len(), expected.len());
        for (row, expected) in rows.into_iter().zip(expected) {
            let (names, cells): (Vec<_>, Vec<_>) = row.into_iter().unzip();
            assert!(names.iter().map(String::as_str).eq(columns(Descriptors::Classic).chain(MORE)));
            assert_eq!(cells, expected);
        }
    }

    #[test]
    fn a_file_without_rows_or_without_a_good_one_can_be_read() {
        assert_eq!(read(&[]).len(), 0);
        let rows = read(&[failed("a.wav", "no audio")]);
        assert!(rows[0][1..59].iter().all(|(_, cell)| *cell == Field::Null));
    }

    #[test]
    fn rows_beyond_a_page_and_a_group_are_kept() {
        let tracks = [track("a.wav", None, 0..30_000)];
        assert_eq!(written(&tracks, false).num_row_groups(), 30_000_usize.div_ceil(GROUP / 57));
        let rows = read(&tracks);
        assert_eq!(rows.len(), 30_000);
        for (k, row) in rows.into_iter().enumerate() {
            assert_eq!(row[0].1, Field::Str(format!("a.{k}.wav")));
            assert_eq!(row[2].1, Field::Double(-(k as f64)));
        }
    }

    #[test]
    fn what_is_known_of_the_decoding_comes_last() {
        let rows = written(&[track("a.wav", None, 0..1), failed("b.wav", "no audio")], true);
        let rows: Vec<Vec<(String, Field)>> =
            rows.get_row_iter(None).unwrap().map(|row| row.unwrap().into_columns()).collect();
        let last = |row: &[(String, Field)]| row[65..].iter().map(|(_, cell)| cell.clone()).collect::<Vec<_>>();
        assert!(rows[0][65..].iter().map(|(name, _)| name.as_str()).eq(DECODE_COLUMNS));
        assert_eq!(last(&rows[0]), [Field::Long(9), Field::Long(0), Field::Double(0.5), Field::Null]);
        assert_eq!(last(&rows[1]), [Field::Null, Field::Null, Field::Null, Field::Null]);
    }
}

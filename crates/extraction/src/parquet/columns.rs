//! The columns of a Parquet file as numbers and texts, a few rows at a time.

use parquet::basic::{Compression, ConvertedType, LogicalType, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::schema::types::Type;

use super::claims::has_prefixes;
use super::pages::Pages;

/// Bytes of a column's texts that are in memory at a time, at most: few bytes of a file may be many texts.
const TEXTS: usize = 64 << 20;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Numbers; whole ones may be unsigned.
    Number { whole: bool, unsigned: bool },
    /// Texts.
    Text,
    /// Anything else.
    Other,
}

/// What a field holds, for choosing it and for saying so.
pub fn kind(field: &Type) -> Kind {
    if !field.is_primitive() {
        return Kind::Other;
    }
    let info = field.get_basic_info();
    let plain = matches!(info.logical_type_ref(), None | Some(LogicalType::Integer(_)));
    match (field.get_physical_type(), info.converted_type()) {
        (Physical::BYTE_ARRAY, ConvertedType::NONE | ConvertedType::UTF8 | ConvertedType::ENUM) => Kind::Text,
        (Physical::FLOAT | Physical::DOUBLE, ConvertedType::NONE) if plain => {
            Kind::Number { whole: false, unsigned: false }
        }
        (Physical::INT32 | Physical::INT64, converted) if plain => match converted {
            ConvertedType::NONE
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64 => Kind::Number { whole: true, unsigned: false },
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => {
                Kind::Number { whole: true, unsigned: true }
            }
            _ => Kind::Other,
        },
        _ => Kind::Other,
    }
}

/// A field's type in words.
pub fn described(field: &Type) -> String {
    if !field.is_primitive() {
        return "nested values".to_owned();
    }
    let (physical, info) = (field.get_physical_type(), field.get_basic_info());
    match (info.logical_type_ref(), info.converted_type()) {
        (Some(LogicalType::String), _) | (None, ConvertedType::UTF8) => "text".to_owned(),
        (_, ConvertedType::NONE) if info.logical_type_ref().is_none() => physical.to_string(),
        (Some(logical), ConvertedType::NONE) => format!("{physical} ({logical:?})"),
        (_, converted) => format!("{physical} ({converted})"),
    }
}

/// A column whose cells are read as numbers or as texts.
pub struct Column<T> {
    /// Its name in this file.
    pub name: String,
    leaf: usize,
    optional: bool,
    unsigned: bool,
    reader: Option<ColumnReader>,
    /// Rows that are read at a time.
    step: usize,
    levels: Vec<i16>,
    /// A few rows' cells; null where there is none.
    pub cells: Vec<Option<T>>,
}

impl<T> Column<T> {
    /// The column of this leaf and field.
    pub fn new(name: &str, leaf: usize, field: &Type) -> Self {
        let info = field.get_basic_info();
        let optional = info.has_repetition() && info.repetition() == parquet::basic::Repetition::OPTIONAL;
        let unsigned = matches!(kind(field), Kind::Number { unsigned: true, .. });
        let (name, step) = (name.to_owned(), usize::MAX);
        Self { name, leaf, optional, unsigned, reader: None, step, levels: Vec::new(), cells: Vec::new() }
    }

    /// The first compression of the column's chunks that can't be read.
    pub fn unreadable(&self, file: &dyn FileReader) -> Option<String> {
        let chunks = file.metadata().row_groups().iter().filter_map(|group| self.chunk(group));
        let mut compressions = chunks.map(|chunk| chunk.compression());
        let known =
            |of: &Compression| matches!(of, Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_));
        compressions.find(|of| !known(of)).map(|of| of.to_string().split('(').next().unwrap_or_default().to_owned())
    }

    /// Goes to the beginning of a row group.
    pub fn enter(&mut self, group: &dyn RowGroupReader) -> Result<()> {
        let (chunk, rows) = (group.metadata().column(self.leaf), u64::try_from(group.metadata().num_rows())?);
        let pages = Pages::new(group.get_column_page_reader(self.leaf)?, self.optional, rows);
        self.reader = Some(get_column_reader(chunk.column_descr_ptr(), Box::new(pages)));
        // Each of these may be as long as its page.
        self.step = if has_prefixes(chunk) { 1 } else { usize::MAX };
        Ok(())
    }

    /// What a row group's notes say of the column.
    pub fn chunk<'a>(&self, group: &'a RowGroupMetaData) -> Option<&'a ColumnChunkMetaData> {
        group.columns().get(self.leaf)
    }

    /// Reads the cells of the next `rows` rows; there must be as many.
    fn read<D: DataType>(
        reader: &mut ColumnReaderImpl<D>,
        levels: &mut Vec<i16>,
        rows: usize,
    ) -> Result<std::vec::IntoIter<D::T>> {
        levels.clear();
        let mut values = Vec::with_capacity(rows);
        Self::read_more(reader, levels, rows, &mut values)?;
        Ok(values.into_iter())
    }

    fn read_more<D: DataType>(
        reader: &mut ColumnReaderImpl<D>,
        levels: &mut Vec<i16>,
        rows: usize,
        values: &mut Vec<D::T>,
    ) -> Result<()> {
        let (found, ..) = reader.read_records(rows, Some(levels), None, values)?;
        match rows - found {
            0 => Ok(()),
            missing => Err(ParquetError::General(format!("a column ends {missing} rows before its group does"))),
        }
    }

    /// Puts values where rows have one.
    fn place(&mut self, rows: usize, mut values: impl Iterator<Item = T>) {
        self.cells.clear();
        if self.optional {
            self.cells.extend(self.levels.iter().map(|&level| if level > 0 { values.next() } else { None }));
        } else {
            self.cells.extend(values.take(rows).map(Some));
        }
        self.cells.resize_with(rows, || None);
    }
}

impl Column<f64> {
    /// Reads the next `rows` numbers.
    pub fn fill(&mut self, rows: usize) -> Result<()> {
        let Some(mut reader) = self.reader.take() else { return Err(no_group()) };
        let (levels, unsigned) = (&mut self.levels, self.unsigned);
        match &mut reader {
            ColumnReader::DoubleColumnReader(reader) => {
                let values = Self::read(reader, levels, rows)?;
                self.place(rows, values);
            }
            ColumnReader::FloatColumnReader(reader) => {
                let values = Self::read(reader, levels, rows)?;
                self.place(rows, values.map(f64::from));
            }
            ColumnReader::Int32ColumnReader(reader) => {
                let values = Self::read(reader, levels, rows)?;
                self.place(rows, values.map(|v| if unsigned { f64::from(v.cast_unsigned()) } else { f64::from(v) }));
            }
            ColumnReader::Int64ColumnReader(reader) => {
                let values = Self::read(reader, levels, rows)?;
                self.place(rows, values.map(|v| if unsigned { v.cast_unsigned() as f64 } else { v as f64 }));
            }
            _ => return Err(ParquetError::General(format!("column `{}` holds no numbers", self.name))),
        }
        self.reader = Some(reader);
        Ok(())
    }
}

impl Column<String> {
    /// Reads the next `rows` texts; whole numbers, as labels often are, are written out.
    pub fn fill(&mut self, rows: usize) -> Result<()> {
        let Some(mut reader) = self.reader.take() else { return Err(no_group()) };
        let levels = &mut self.levels;
        match &mut reader {
            ColumnReader::ByteArrayColumnReader(reader) => {
                levels.clear();
                let (mut values, mut left, mut size) = (Vec::<ByteArray>::with_capacity(rows), rows, 0);
                while left > 0 {
                    let (step, before) = (left.min(self.step), values.len());
                    Self::read_more::<ByteArrayType>(reader, levels, step, &mut values)?;
                    left -= step;
                    size += values.iter().skip(before).map(ByteArray::len).sum::<usize>();
                    if size > TEXTS {
                        let reason =
                            format!("column `{}` has more than {} MiB of text in {rows} rows", self.name, TEXTS >> 20);
                        return Err(ParquetError::General(reason));
                    }
                }
                self.place(rows, values.into_iter().map(|text| String::from_utf8_lossy(text.data()).trim().to_owned()));
            }
            ColumnReader::Int32ColumnReader(reader) => {
                let values = Self::read(reader, levels, rows)?;
                self.place(rows, values.map(|value| value.to_string()));
            }
            ColumnReader::Int64ColumnReader(reader) => {
                let values = Self::read(reader, levels, rows)?;
                self.place(rows, values.map(|value| value.to_string()));
            }
            _ => return Err(ParquetError::General(format!("column `{}` holds no text", self.name))),
        }
        self.reader = Some(reader);
        Ok(())
    }
}

fn no_group() -> ParquetError {
    ParquetError::General("a column was read before its group was entered".to_owned())
}

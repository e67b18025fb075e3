//! The numbers of a table apart from its rows' names: in memory, or in a file where they are too many for it.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use crate::error::{Error, Result};

/// Bytes of a number.
const SIZE: usize = size_of::<f32>();

/// Numbers that are read at a time: 4 MB.
const BLOCK: usize = 1 << 20;

/// The values of a table's rows, `[rows, width]`.
#[derive(Debug, Clone)]
pub struct Values {
    width: usize,
    len: usize,
    store: Store,
}

#[derive(Debug, Clone)]
enum Store {
    Memory(Vec<f32>),
    Spool(Arc<Spool>),
}

impl Values {
    /// Values in memory, row after row.
    ///
    /// # Errors
    /// [`Error::Shape`] where the last row is not whole.
    pub fn in_memory(values: Vec<f32>, width: usize) -> Result<Self> {
        let len = values.len().checked_div(width).unwrap_or_default();
        if len * width != values.len() {
            return Err(Error::Shape { what: "values of whole rows", expected: len * width, got: values.len() });
        }
        Ok(Self { width, len, store: Store::Memory(values) })
    }

    /// Values in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether they are in a file, because they are more than what may be kept in memory.
    pub fn is_spooled(&self) -> bool {
        matches!(self.store, Store::Spool(_))
    }

    /// The values of a row, `[width]`.
    ///
    /// # Errors
    /// As for [`gather`](Self::gather).
    pub fn get(&self, row: usize) -> Result<Cow<'_, [f32]>> {
        match &self.store {
            Store::Memory(values) => Ok(Cow::Borrowed(self.slice(values, row)?)),
            Store::Spool(_) => {
                let mut values = Vec::with_capacity(self.width);
                self.gather(&[row], &mut values)?;
                Ok(Cow::Owned(values))
            }
        }
    }

    /// The values of some rows where they lie, if that is in memory.
    pub fn borrowed<'a>(&'a self, rows: &'a [usize]) -> Option<impl Iterator<Item = &'a [f32]> + Clone> {
        match &self.store {
            Store::Memory(values) => Some(rows.iter().filter_map(|&row| self.slice(values, row).ok())),
            Store::Spool(_) => None,
        }
    }

    /// Appends the values of some rows to `out`, in the order in which they are asked for. Neighbours are read together.
    ///
    /// # Errors
    /// [`Error::Shape`] for a row that isn't there; a file that can't be read.
    pub fn gather(&self, rows: &[usize], out: &mut Vec<f32>) -> Result<()> {
        out.reserve(rows.len() * self.width);
        let spool = match &self.store {
            Store::Memory(values) => {
                return rows.iter().try_for_each(|&row| {
                    out.extend_from_slice(self.slice(values, row)?);
                    Ok(())
                });
            }
            Store::Spool(spool) => spool,
        };
        let most = (BLOCK / self.width.max(1)).max(1);
        let mut bytes = Vec::new();
        let mut left = rows;
        while let Some(&first) = left.first() {
            let run = left.iter().zip(first..).take(most).take_while(|(row, next)| **row == *next).count();
            let (_, rest) = left.split_at(run);
            left = rest;
            if first + run > self.len {
                return Err(self.missing(first + run - 1));
            }
            bytes.resize(run * self.width * SIZE, 0);
            let place = first as u64 * (self.width * SIZE) as u64;
            spool.read(place, &mut bytes).map_err(Error::read(&std::env::temp_dir()))?;
            out.extend(bytes.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value)));
        }
        Ok(())
    }

    /// Shows some rows' values to `visit`, each with its place in `rows`, without holding more than a few megabytes of them.
    ///
    /// # Errors
    /// As for [`gather`](Self::gather).
    pub fn each(&self, rows: &[usize], mut visit: impl FnMut(usize, &[f32])) -> Result<()> {
        if let Store::Memory(values) = &self.store {
            for (place, &row) in rows.iter().enumerate() {
                visit(place, self.slice(values, row)?);
            }
            return Ok(());
        }
        let mut place = 0;
        self.blocks(rows, |block| {
            for values in block {
                visit(place, values);
                place += 1;
            }
            Ok(())
        })
    }

    /// Shows some rows' values to `visit`, some at a time and in their order, without holding more than a few megabytes of
    /// them.
    ///
    /// # Errors
    /// As for [`gather`](Self::gather), and those of `visit`.
    pub fn blocks(&self, rows: &[usize], mut visit: impl FnMut(&[&[f32]]) -> Result<()>) -> Result<()> {
        let mut values = Vec::new();
        for rows in rows.chunks((BLOCK / self.width.max(1)).max(1)) {
            values.clear();
            self.gather(rows, &mut values)?;
            let block: Vec<&[f32]> = values.chunks(self.width.max(1)).collect();
            visit(&block)?;
        }
        Ok(())
    }

    fn slice<'a>(&self, values: &'a [f32], row: usize) -> Result<&'a [f32]> {
        let start = row.saturating_mul(self.width);
        values.get(start..start.saturating_add(self.width)).ok_or_else(|| self.missing(row))
    }

    fn missing(&self, row: usize) -> Error {
        Error::Shape { what: "rows of the table", expected: row + 1, got: self.len }
    }

    /// The values of a row in memory, to be changed by tests.
    #[cfg(test)]
    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [f32] {
        match &mut self.store {
            Store::Memory(values) => &mut values[row * self.width..(row + 1) * self.width],
            Store::Spool(_) => panic!("a spooled row is not changed"),
        }
    }
}

/// Takes the values of a table row by row. What is more than the allowed size goes to a nameless file in the system's folder
/// for temporary ones (`$TMPDIR`), so that reading a table never holds more than that.
#[derive(Debug)]
pub struct ValuesBuilder {
    width: usize,
    len: usize,
    /// Bytes that may be held.
    allowed: usize,
    held: Vec<f32>,
    file: Option<BufWriter<File>>,
}

impl ValuesBuilder {
    /// For rows of `width` values, of which `allowed` bytes may be kept in memory.
    pub fn new(width: usize, allowed: usize) -> Self {
        Self { width, len: 0, allowed, held: Vec::new(), file: None }
    }

    /// The same with room for so many rows, if they may be kept in memory.
    pub fn with_capacity(width: usize, allowed: usize, rows: usize) -> Self {
        let room = rows.saturating_mul(width);
        let held = if room.saturating_mul(SIZE) <= allowed { Vec::with_capacity(room) } else { Vec::new() };
        Self { held, ..Self::new(width, allowed) }
    }

    /// Adds a row, `[width]`.
    ///
    /// # Errors
    /// [`Error::Shape`] for a row of another width; a file that can't be written.
    pub fn push(&mut self, row: impl IntoIterator<Item = f32>) -> Result<()> {
        let before = self.held.len();
        self.held.extend(row);
        let got = self.held.len() - before;
        if got != self.width {
            self.held.truncate(before);
            return Err(Error::Shape { what: "values of a row", expected: self.width, got });
        }
        self.len += 1;
        if self.file.is_some() || self.held.len() * SIZE > self.allowed {
            self.spill().map_err(Error::write(&std::env::temp_dir()))?;
        }
        Ok(())
    }

    /// Puts what is held into the file.
    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::with_capacity(1 << 18, tempfile::tempfile()?)),
        };
        for value in &self.held {
            file.write_all(&value.to_le_bytes())?;
        }
        if self.held.len() == self.width {
            self.held.clear();
        } else {
            // What was collected before the file was needed.
            self.held = Vec::new();
        }
        Ok(())
    }

    /// The values.
    ///
    /// # Errors
    /// A file that can't be written.
    pub fn finish(mut self) -> Result<Values> {
        self.held.shrink_to_fit();
        let store = match self.file {
            None => Store::Memory(self.held),
            Some(file) => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error);
                Store::Spool(Arc::new(Spool::new(file.map_err(Error::write(&std::env::temp_dir()))?)))
            }
        };
        Ok(Values { width: self.width, len: self.len, store })
    }
}

/// A file that is read at any place by many threads.
#[derive(Debug)]
struct Spool {
    #[cfg(unix)]
    file: File,
    #[cfg(not(unix))]
    file: std::sync::Mutex<File>,
}

#[cfg(unix)]
impl Spool {
    fn new(file: File) -> Self {
        Self { file }
    }

    fn read(&self, place: u64, bytes: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, bytes, place)
    }
}

#[cfg(not(unix))]
impl Spool {
    fn new(file: File) -> Self {
        Self { file: std::sync::Mutex::new(file) }
    }

    fn read(&self, place: u64, bytes: &mut [u8]) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.seek(SeekFrom::Start(place))?;
        file.read_exact(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn built(rows: usize, width: usize, allowed: usize) -> Values {
        let mut builder = ValuesBuilder::new(width, allowed);
        for row in 0..rows {
            builder.push((0..width).map(|column| (row * width + column) as f32 / 7.0)).unwrap();
        }
        builder.finish().unwrap()
    }

    proptest! {
        #[test]
        fn a_spool_gives_what_memory_gives(
            width in 1usize..9,
            allowed in 0usize..200,
            rows in prop::collection::vec(0usize..40, 0..60),
            run in 0usize..40,
        ) {
            let (memory, spool) = (built(40, width, usize::MAX), built(40, width, allowed));
            prop_assert!(!memory.is_spooled());
            prop_assert_eq!(spool.is_spooled(), 40 * width * SIZE > allowed);
            // Any order with repetitions, and a run of neighbours.
            for rows in [rows, (run..40).collect()] {
                let (mut expected, mut found) = (vec![0.5], vec![0.5]);
                memory.gather(&rows, &mut expected).unwrap();
                spool.gather(&rows, &mut found).unwrap();
                prop_assert_eq!(&found, &expected);
                let mut seen = Vec::new();
                spool.each(&rows, |place, values| seen.push((place, values.to_vec()))).unwrap();
                for (at, (place, values)) in seen.iter().enumerate() {
                    prop_assert_eq!((at, &values[..]), (*place, &expected[1 + at * width..1 + (at + 1) * width]));
                    prop_assert_eq!(&*spool.get(rows[at]).unwrap(), &*memory.get(rows[at]).unwrap());
                }
                prop_assert_eq!(seen.len(), rows.len());
            }
        }
    }

    #[test]
    fn rows_that_are_not_there_and_rows_of_another_width_are_refused() {
        for values in [built(3, 2, usize::MAX), built(3, 2, 0)] {
            assert!(matches!(values.gather(&[1, 3], &mut Vec::new()), Err(Error::Shape { expected: 4, got: 3, .. })));
            assert!(values.get(3).is_err());
        }
        let mut builder = ValuesBuilder::new(2, 100);
        assert!(builder.push([1.0]).is_err());
        builder.push([1.0, 2.0]).unwrap();
        assert_eq!(builder.finish().unwrap().len(), 1);
        assert!(Values::in_memory(vec![0.0; 5], 2).is_err());
    }

    #[test]
    fn what_may_be_held_is_held() {
        assert!(!built(10, 4, 160).is_spooled());
        assert!(built(10, 4, 159).is_spooled());
    }
}

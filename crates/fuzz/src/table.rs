//! Tables of features.

use std::cell::OnceCell;
use std::path::Path;

use extraction::csv::Record;
use extraction::table::{Request, Rows, Wanted};
use extraction::{Error, ErrorKind};
use tempfile::TempDir;

/// Most rows that are read: few bytes of a Parquet file can stand for many.
const MOST: usize = 10_000;

thread_local! {
    static FOLDER: OnceCell<Option<TempDir>> = const { OnceCell::new() };
}

/// The first byte chooses what is asked for, the others are the file.
pub fn csv(bytes: &[u8]) {
    let Some((choice, text)) = bytes.split_first() else { return };
    if let Some(rows) = read(*choice, text) {
        assert!(rows <= text.len(), "{rows} rows in {} bytes", text.len());
    }
}

/// The first byte chooses what is asked for, the others stand between the magic numbers.
pub fn parquet(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else { return };
    read(*choice, &[b"PAR1", rest, b"PAR1"].concat());
}

/// Reads a table twice, and gives the number of its rows where it has any that can be used.
fn read(choice: u8, bytes: &[u8]) -> Option<usize> {
    FOLDER.with(|folder| {
        let folder = folder.get_or_init(|| tempfile::tempdir().ok()).as_ref()?;
        let path = folder.path().join("table");
        std::fs::write(&path, bytes).ok()?;
        let names = ["a".to_owned(), "b".to_owned()];
        let (columns, labelled) = match choice % 5 {
            0 => (Wanted::Descriptors(None), true),
            1 => (Wanted::Descriptors(None), false),
            2 => (Wanted::Numbers, true),
            3 => (Wanted::Numbers, false),
            _ => (Wanted::Named(&names), false),
        };
        let [once, twice] = [(); 2].map(|()| rows(&path, Request { columns, labelled }));
        assert_eq!(once, twice, "read twice");
        once
    })
}

/// Reads all rows. What is there stands in their columns, what isn't in an error that names the file.
fn rows(path: &Path, request: Request<'_>) -> Option<usize> {
    let mut rows = match Rows::open(path, request) {
        Ok(rows) => rows,
        Err(e) => {
            check_error(&e, path);
            return None;
        }
    };
    let columns = rows.columns().len();
    assert!(columns > 0, "a table without columns");
    let mut record = Record::default();
    let mut count = 0;
    while count < MOST {
        match rows.next(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                assert_eq!(record.values.len(), columns, "{record:?}");
                assert!(record.values.iter().all(|value| (*value as f32).is_finite()), "{record:?}");
                assert_eq!(record.label.is_empty(), !request.labelled, "{record:?}");
            }
            // The next row can be read.
            Err(e @ (Error::BadCell { .. } | Error::BadValue { .. })) => check_error(&e, path),
            Err(e) => {
                check_error(&e, path);
                return None;
            }
        }
        count += 1;
    }
    Some(count)
}

fn check_error(error: &Error, path: &Path) {
    assert_eq!(error.kind(), ErrorKind::Table, "{error}");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
}

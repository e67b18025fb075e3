//! The files that a table in Parquet consists of.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Files that are passed over and named, at most.
const NAMED: usize = 5;

/// The parts of a table, in the order in which they are read.
#[derive(Debug)]
pub struct Parts {
    pub files: Vec<PathBuf>,
    /// What else lies in their folder, in a sentence.
    pub passed_over: Option<String>,
}

impl Parts {
    /// A table in one file.
    pub fn of_file(path: &Path) -> Self {
        Self { files: vec![path.to_owned()], passed_over: None }
    }

    /// All `*.parquet` files in a folder, sorted by name. Hidden files, and those whose names begin with `_`, are notes that
    /// engines leave for themselves.
    ///
    /// # Errors
    /// The folder can't be read, has folders in it, or no parts.
    pub fn of_folder(folder: &Path) -> Result<Self> {
        let refuse = |reason: String| Err(Error::Header { path: folder.to_owned(), reason });
        let (mut files, mut others) = (Vec::new(), Vec::new());
        for entry in std::fs::read_dir(folder).map_err(Error::read(folder))? {
            let path = entry.map_err(Error::read(folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                return refuse(format!(
                    "has the folder `{name}` in it; partitioned tables are not read: write all parts into one folder, with \
                     every column inside"
                ));
            }
            let ending = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
            if ending && !name.starts_with(['.', '_']) { files.push(path) } else { others.push(name) }
        }
        if files.is_empty() {
            return refuse("no table in it; give a CSV, a Parquet file, or a folder of *.parquet files".to_owned());
        }
        files.sort();
        others.sort();
        let more = others.len().saturating_sub(NAMED);
        others.truncate(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let passed_over =
            format!("{}: passed over {}{more}, no parts of the table", folder.display(), others.join(", "));
        Ok(Self { files, passed_over: Some(passed_over).filter(|_| !others.is_empty()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_sorted_and_other_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["part-1.snappy.parquet", "part-0.PARQUET", "_SUCCESS", "._SUCCESS.crc", "_metadata.parquet"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let parts = Parts::of_folder(folder.path()).unwrap();
        let names: Vec<_> = parts.files.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["part-0.PARQUET", "part-1.snappy.parquet"]);
        let told = parts.passed_over.unwrap();
        assert!(told.contains("passed over ._SUCCESS.crc, _SUCCESS, _metadata.parquet, no parts"), "{told}");
    }

    #[test]
    fn a_folder_without_parts_or_with_partitions_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = |folder: &Path| Parts::of_folder(folder).unwrap_err().to_string();
        assert!(refusal(folder.path()).contains("no table in it"));
        std::fs::create_dir(folder.path().join("label=rock")).unwrap();
        assert!(refusal(folder.path()).contains("the folder `label=rock`"));
    }
}

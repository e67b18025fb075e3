//! What may be written over: nothing but tables of ours.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::parquet;
use crate::sheet::Format;

/// How a table of ours begins as a CSV; the dataset's own begin so too.
const CSV: &[u8] = b"filename,length";
/// How a Parquet file begins.
const PARQUET: &[u8] = b"PAR1";
/// How a list of failed files begins.
const FAILURES: &[u8] = b"path,reason";

/// Refuses a path to write a table to where there is something else than a table, or one of the files that the table is
/// made from.
///
/// # Errors
/// [`Error::OutputIsInput`] or [`Error::NotATable`]; the path's file is not touched.
pub fn check_output(out: &Path, inputs: &[PathBuf]) -> Result<()> {
    if let Ok(place) = std::fs::canonicalize(out) {
        let is_out = |input: &&PathBuf| std::fs::canonicalize(input).is_ok_and(|input| input == place);
        if let Some(input) = inputs.iter().find(is_out) {
            return Err(Error::OutputIsInput { path: input.clone() });
        }
    }
    refuse(out, &[CSV, PARQUET], "table of features")?;
    refuse(&failures_of(out), &[FAILURES], "list of failed files")
}

/// The file beside a table that lists the files which failed.
pub fn failures_of(out: &Path) -> PathBuf {
    out.with_extension("failures.csv")
}

/// Refuses a file that is there, isn't empty and begins otherwise.
fn refuse(path: &Path, beginnings: &[&[u8]], expected: &'static str) -> Result<()> {
    let metadata = match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata.map_err(Error::read(path))?,
    };
    let head = if metadata.is_file() { head(path).map_err(Error::read(path))? } else { vec![0] };
    if head.is_empty() || beginnings.iter().any(|beginning| head.starts_with(beginning)) {
        return Ok(());
    }
    Err(Error::NotATable { path: path.to_owned(), expected })
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(CSV.len() as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// How much a table that is there holds, in the measure of [`Format`]: bytes of a CSV, rows of a Parquet file. One in the
/// other format counts as endless.
pub fn measure(path: &Path, format: Format) -> u64 {
    let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let is = |beginning: &[u8]| head(path).is_ok_and(|head| head.starts_with(beginning));
    match format {
        _ if size == 0 => 0,
        Format::Csv if is(CSV) => size,
        Format::Parquet if is(PARQUET) => parquet::rows_in(path).unwrap_or_default(),
        _ => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tables_and_empty_files_may_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out.csv");
        assert!(check_output(&out, &[]).is_ok());
        for (content, ours) in [
            ("", true),
            ("filename,length,tempo\n", true),
            ("PAR1…", true),
            ("RIFF….WAVE", false),
            ("filename;length\n", false),
            ("my,own,notes\n", false),
        ] {
            std::fs::write(&out, content).unwrap();
            assert_eq!(check_output(&out, &[]).is_ok(), ours, "{content}");
            assert_eq!(std::fs::read_to_string(&out).unwrap(), content);
        }
        let refusal = check_output(&out, &[]).unwrap_err().to_string();
        assert!(refusal.contains("out.csv: is there already and is no table of features"), "{refusal}");
    }

    #[test]
    fn an_input_is_refused_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let (song, table) = (folder.path().join("a.wav"), folder.path().join("a.csv"));
        std::fs::write(&song, "RIFF").unwrap();
        std::fs::write(&table, "filename,length\n").unwrap();
        let inputs = [song.clone(), table.clone()];
        for out in [&song, &table, &folder.path().join("./a.csv")] {
            assert!(matches!(check_output(out, &inputs), Err(Error::OutputIsInput { .. })), "{}", out.display());
        }
    }

    #[test]
    fn a_foreign_neighbour_is_not_taken_for_a_list_of_failures() {
        let folder = tempfile::tempdir().unwrap();
        let (out, neighbour) = (folder.path().join("out.csv"), folder.path().join("out.failures.csv"));
        std::fs::write(&neighbour, "path,reason\na,b\n").unwrap();
        assert!(check_output(&out, &[]).is_ok());
        std::fs::write(&neighbour, "date,machine,failure\n").unwrap();
        assert!(matches!(check_output(&out, &[]), Err(Error::NotATable { path, .. }) if path == neighbour));
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_refused() {
        assert!(matches!(check_output(Path::new("/dev/null"), &[]), Err(Error::NotATable { .. })));
    }
}

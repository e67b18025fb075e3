//! States on disk: values that a stopped run goes on from, each in a file that is whole or known not to be.
//!
//! A file is a mark, the length and the checksum (BLAKE3) of what follows, and the value in postcard's encoding, in which
//! numbers keep every bit. It is written aside, brought to the disk and renamed.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use extraction::{chain, files, source};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// What a file begins with; another encoding gets another mark.
const MARK: &[u8; 8] = b"gtzan-s1";

/// Bytes before the value.
const HEAD: usize = MARK.len() + size_of::<u64>() + blake3::OUT_LEN;

/// What numbered files are called.
const PREFIX: &str = "state-";

/// How many numbered files are kept: the newest, and the one before it, should it turn out damaged.
const KEPT: usize = 2;

/// Writes a value to a file.
///
/// # Errors
///
/// The disk's.
pub(crate) fn write<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let bytes = postcard::to_stdvec(value).map_err(|error| Error::write(path)(io::Error::other(error)))?;
    Ok(files::write(path, |out| {
        out.write_all(MARK)?;
        out.write_all(&(bytes.len() as u64).to_le_bytes())?;
        out.write_all(blake3::hash(&bytes).as_bytes())?;
        out.write_all(&bytes)
    })?)
}

/// Reads a value from a file; the reason where it holds none.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> std::result::Result<T, String> {
    let (mut open, mut file) = (source::open(path).map_err(|error| chain(&error))?, Vec::new());
    open.read_to_end(&mut file).map_err(|error| error.to_string())?;
    let Some((head, bytes)) = file.split_at_checked(HEAD) else { return Err("it is cut short".to_owned()) };
    let (mark, rest) = head.split_at(MARK.len());
    let (length, checksum) = rest.split_at(size_of::<u64>());
    if mark != MARK {
        return Err("it is no state of this version of gtzan".to_owned());
    }
    if length != (bytes.len() as u64).to_le_bytes() {
        return Err("it is cut short".to_owned());
    }
    if checksum != blake3::hash(bytes).as_bytes() {
        return Err("its checksum doesn't match".to_owned());
    }
    postcard::from_bytes(bytes).map_err(|error| error.to_string())
}

/// Writes a value as the newest of a folder, and removes those that it makes needless.
///
/// # Errors
///
/// The disk's.
pub(crate) fn push<T: Serialize>(folder: &Path, value: &T) -> Result<()> {
    let before = numbered(folder)?;
    let next = before.first().map_or(0, |(number, _)| number + 1);
    write(&folder.join(format!("{PREFIX}{next}")), value)?;
    for (_, path) in before.iter().skip(KEPT - 1) {
        fs::remove_file(path).map_err(Error::write(path))?;
    }
    Ok(())
}

/// The newest value of a folder that can be read; `warn` is told of those that can't. None where there is none.
///
/// # Errors
///
/// The disk's.
pub(crate) fn newest<T: DeserializeOwned>(folder: &Path, warn: &dyn Fn(&str)) -> Result<Option<T>> {
    for (_, path) in numbered(folder)? {
        match read(&path) {
            Ok(value) => return Ok(Some(value)),
            Err(reason) => {
                warn(&format!("{}: {reason}; the training goes on from an earlier state", path.display()));
            }
        }
    }
    Ok(None)
}

/// The numbered files of a folder, the newest first; none where the folder is missing.
fn numbered(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::read(folder)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::read(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(number) = name.strip_prefix(PREFIX).and_then(|number| number.parse().ok()) {
            found.push((number, path));
        }
    }
    found.sort_by(|a, b| b.cmp(a));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn numbers_keep_every_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/value");
        let numbers = vec![0.1f64, f64::NAN, -0.0, f64::INFINITY, 5e-324, 0.1 + 0.2];
        write(&path, &(numbers.clone(), f32::MIN_POSITIVE / 3.0)).unwrap();
        let (read, least): (Vec<f64>, f32) = read(&path).unwrap();
        assert!(read.iter().zip(&numbers).all(|(a, b)| a.to_bits() == b.to_bits()));
        assert_eq!(least.to_bits(), (f32::MIN_POSITIVE / 3.0).to_bits());
    }

    #[test]
    fn a_damaged_newest_falls_back_to_the_one_before_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        for value in 0..5u64 {
            push(folder.path(), &value).unwrap();
        }
        let said = RefCell::new(Vec::new());
        let newest = || newest::<u64>(folder.path(), &|text| said.borrow_mut().push(text.to_owned())).unwrap();
        assert_eq!(newest(), Some(4));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        let path = folder.path().join("state-4");
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            for damaged in [&flipped, &whole[..at]] {
                fs::write(&path, damaged).unwrap();
                assert_eq!(newest(), Some(3), "{at}");
                let told = said.borrow_mut().pop().unwrap();
                assert!(told.contains("state-4") && told.contains("earlier"), "{told}");
            }
        }
    }

    #[test]
    fn a_folder_without_states_has_no_newest() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(newest::<u64>(&folder.path().join("none"), &|_| ()).unwrap(), None);
        fs::write(folder.path().join("state-x"), "mine").unwrap();
        assert_eq!(newest::<u64>(folder.path(), &|_| ()).unwrap(), None);
    }
}

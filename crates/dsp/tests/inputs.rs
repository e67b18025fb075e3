//! Bytes, files and pipes give the same; what may never end is refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod written;

use dsp::{AudioInput, Error, LoadOptions, load};
use written::{Kind, aiff, au, encoded, save, sound, wav};

/// A name and the bytes of a file of each format.
fn every_format() -> Vec<(&'static str, Vec<u8>)> {
    let interleaved = sound(22_050, 3_000);
    let mut files = vec![
        ("a.wav", wav(Kind::Int24, 22_050, 2, &interleaved)),
        ("a.au", au(Kind::Int16, 22_050, 2, &interleaved)),
        ("a.aiff", aiff(Kind::Int16, 22_050, 2, &interleaved)),
    ];
    for name in ["lame.mp3", "headerless.mp3", "variable.mp3", "vorbis.ogg", "priming.m4a", "stereo.flac"] {
        files.push((name, std::fs::read(encoded(name)).unwrap()));
    }
    files
}

#[test]
fn bytes_give_what_their_file_gives() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in every_format() {
        let path = save(folder.path(), name, &bytes);
        let from_bytes = load(AudioInput::bytes(name, bytes), &LoadOptions::default()).unwrap();
        assert!(from_bytes == load(&path, &LoadOptions::default()).unwrap(), "{name}");
    }
}

#[test]
fn errors_name_the_bytes() {
    let error = load(AudioInput::bytes("an upload", &b"not audio"[..]), &LoadOptions::default()).unwrap_err();
    assert!(error.to_string().starts_with("an upload: "), "{error}");
}

#[cfg(unix)]
mod pipes {
    use std::io::Write;
    use std::path::{Path, PathBuf};

    use super::*;

    /// A FIFO to which a thread writes `bytes`.
    fn fifo(folder: &Path, name: &str, bytes: Vec<u8>) -> PathBuf {
        let path = folder.join(name);
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let to = path.clone();
        // The reader may refuse after the first bytes.
        std::thread::spawn(move || std::fs::OpenOptions::new().write(true).open(to).unwrap().write_all(&bytes).ok());
        path
    }

    #[test]
    fn a_pipe_gives_what_its_bytes_give() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in every_format() {
            let whole = load(AudioInput::bytes(name, bytes.clone()), &LoadOptions::default()).unwrap();
            assert!(load(fifo(folder.path(), name, bytes), &LoadOptions::default()).unwrap() == whole, "{name}");
        }
    }

    #[test]
    fn a_pipe_without_audio_is_not_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = fifo(folder.path(), "text", vec![b'a'; 10_000_000]);
        assert!(matches!(load(&path, &LoadOptions::default()), Err(Error::Unsupported { .. })));
    }

    #[test]
    fn devices_are_refused() {
        for path in ["/dev/zero", "/dev/null"] {
            let error = load(Path::new(path), &LoadOptions::default()).unwrap_err();
            assert!(matches!(error, Error::Io { .. }), "{error}");
            assert!(error.to_string().contains("neither a regular file nor a pipe"), "{error}");
        }
    }
}

//! Sound and tables for tests to work on, and the program to run on them.

#![allow(dead_code, reason = "each test file uses its part")]

use std::fs;
use std::path::Path;
use std::process::{Child, Output, Stdio};

use assert_cmd::Command;
use dsp::FEATURE_NAMES;
use tempfile::TempDir;

/// Writes a mono 16-bit WAV file at 22 050 Hz.
pub fn write_wav(path: &Path, samples: impl Iterator<Item = i16>) {
    let rate = 22_050u32;
    let samples: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + samples.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(rate.to_le_bytes());
    bytes.extend((2 * rate).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((samples.len() as u32).to_le_bytes());
    bytes.extend(samples);
    std::fs::write(path, bytes).unwrap();
}

/// The program, to be run in a folder with a cache of its own.
pub fn gtzan(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("gtzan").unwrap();
    command.current_dir(folder).env("GTZAN_CACHE", folder.join("cache")).env_remove("RUST_LOG").args(arguments);
    command
}

/// Writes `features.csv`, a table of `tracks` tracks, ska and dub in turn. `value` gives that of a track and column.
pub fn write_features(folder: &Path, tracks: usize, value: impl Fn(usize, usize) -> usize) {
    let mut text = format!("filename,length,{},label\n", FEATURE_NAMES.join(","));
    for track in 0..tracks {
        let values: Vec<String> = (0..FEATURE_NAMES.len()).map(|column| value(track, column).to_string()).collect();
        let genre = if track % 2 == 0 { "ska" } else { "dub" };
        text += &format!("{genre}.{track:05}.wav,661500,{},{genre}\n", values.join(","));
    }
    std::fs::write(folder.join("features.csv"), text).unwrap();
}

/// A folder with `music/ska/000.wav` and so on, no two alike.
pub fn music(tracks: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("music/ska")).unwrap();
    for track in 0..tracks {
        song(&folder.path().join(format!("music/ska/{track:03}.wav")), track);
    }
    folder
}

/// A second and a bit of a tone, another for each seed.
pub fn song(path: &Path, seed: usize) {
    write_wav(path, (0..24_000).map(|i| (9_000.0 * (i as f32 * (0.02 + 0.0003 * seed as f32)).sin()) as i16));
}

/// The program while it runs.
pub fn start(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gtzan"));
    command.current_dir(folder).env("GTZAN_CACHE", folder.join("cache")).args(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What a run said besides its results.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

//! Damaged and hostile bundles: loaded, or refused with the file's name, in memory that their length accounts for.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use model::{METADATA_FILE, ModelBundle, RECORD_FILE};
use support::{bundle, rows};

/// Where the numbers of a record begin, at most: names and shapes stand before them.
const NUMBERS: usize = 4096;

/// A saved bundle, as its files' bytes.
struct Files {
    scratch: tempfile::TempDir,
    json: Vec<u8>,
    record: Vec<u8>,
}

impl Files {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let dir = scratch.path().join("model");
        bundle(&Device::flex()).save(&dir).unwrap();
        let [json, record] = [METADATA_FILE, RECORD_FILE].map(|name| fs::read(dir.join(name)).unwrap());
        Self { scratch, json, record }
    }

    fn dir(&self) -> PathBuf {
        self.scratch.path().join("model")
    }

    /// The description with a field changed.
    fn json_with(&self, edit: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
        let mut json = serde_json::from_slice(&self.json).unwrap();
        edit(&mut json);
        json.to_string().into_bytes()
    }

    /// The description that belongs to another record, as a forger would write it.
    fn json_for(&self, record: &[u8]) -> Vec<u8> {
        self.json_with(|json| json["record_blake3"] = blake3::hash(record).to_hex().as_str().into())
    }

    /// Why the files on the disk are refused, which names one of them.
    fn refusal(&self) -> String {
        told(&self.dir(), &ModelBundle::load(&self.dir(), &Device::flex()).expect_err("the bundle must be refused"))
    }

    /// Whatever the files hold, they are refused by name, or make a model that can be asked.
    fn loaded_or_refused(&self, json: &[u8], record: &[u8]) {
        match ModelBundle::from_bytes("somewhere", json, record, &Device::flex()) {
            Ok(bundle) => {
                assert!(!bundle.card().is_empty());
                if let Ok(said) = bundle.probabilities(&rows(1)) {
                    assert!(said.concat().iter().all(|value| value.is_finite()));
                }
            }
            Err(error) => drop(told(Path::new("somewhere"), &error)),
        }
    }
}

fn told(dir: &Path, error: &model::Error) -> String {
    let message = error.to_string();
    let named = [METADATA_FILE, RECORD_FILE].iter().any(|name| message.contains(name));
    assert!(named && message.starts_with(&*dir.to_string_lossy()), "{message}");
    message
}

/// `count` places of bits in so many bytes, always the same ones.
fn bits(bytes: usize, count: usize) -> impl Iterator<Item = (usize, u8)> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 8) as usize % bytes, 1 << (state % 8))
    })
    .take(count)
}

#[test]
fn a_bundle_cut_anywhere_is_refused() {
    let files = Files::new();
    for (name, whole) in [(METADATA_FILE, &files.json), (RECORD_FILE, &files.record)] {
        let path = files.dir().join(name);
        for percent in 0..100 {
            fs::write(&path, &whole[..whole.len() * percent / 100]).unwrap();
            let message = files.refusal();
            assert!(message.contains(name), "{message}");
        }
        fs::write(&path, whole).unwrap();
    }
}

#[test]
fn a_description_with_any_bit_turned_is_read_or_refused() {
    let files = Files::new();
    let ranges = serde_json::to_value(support::ranges()).unwrap();
    let mut json = files.json_with(|json| json["facts"]["genre_ranges"] = ranges);
    for (at, bit) in bits(json.len(), 5000) {
        json[at] ^= bit;
        // Without weights: what is said of the description comes first.
        files.loaded_or_refused(&json, &[]);
        json[at] ^= bit;
    }
    for (at, bit) in bits(json.len(), 30) {
        json[at] ^= bit;
        files.loaded_or_refused(&json, &files.record);
        json[at] ^= bit;
    }
}

#[test]
fn weights_with_any_bit_turned_are_refused() {
    let files = Files::new();
    let mut record = files.record.clone();
    for (at, bit) in bits(record.len(), 5000) {
        record[at] ^= bit;
        let error = ModelBundle::from_bytes("somewhere", &files.json, &record, &Device::flex()).unwrap_err();
        assert!(told(Path::new("somewhere"), &error).contains("checksum"), "{error}");
        record[at] ^= bit;
    }
}

#[test]
fn forged_weights_with_any_bit_turned_make_a_model_or_are_refused() {
    let files = Files::new();
    let mut record = files.record.clone();
    for (at, bit) in bits(NUMBERS, 300).chain(bits(record.len(), 20)) {
        record[at] ^= bit;
        files.loaded_or_refused(&files.json_for(&record), &record);
        record[at] ^= bit;
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused_wherever_they_stand_and_great_ones_give_an_error() {
    let files = Files::new();
    let numbers = (files.record.len() - NUMBERS) / 4;
    for (at, bad) in (0..12).zip([f32::NAN, f32::INFINITY, f32::NEG_INFINITY].into_iter().cycle()) {
        let mut record = files.record.clone();
        let place = files.record.len() - 4 * (1 + at * numbers / 12);
        record[place..place + 4].copy_from_slice(&bad.to_le_bytes());
        let error = ModelBundle::from_bytes("x", &files.json_for(&record), &record, &Device::flex()).unwrap_err();
        assert!(told(Path::new("x"), &error).contains("not a finite number"), "{error}");
    }
    let mut record = files.record.clone();
    let from = record.len() - 4 * numbers;
    record[from..].as_chunks_mut().0.iter_mut().for_each(|number| *number = f32::MAX.to_le_bytes());
    files.loaded_or_refused(&files.json_for(&record), &record);
}

#[test]
fn labels_that_are_tricks_are_refused() {
    let files = Files::new();
    let mut many: Vec<String> = (0..1_000_000).map(|label| format!("g{label}")).collect();
    for (labels, reason) in [
        (vec!["rock".into(), String::new()], "no name"),
        (vec!["rock".into(), "\t\u{3000}".into()], "no name"),
        (vec!["rock".into(), "rock".into()], "stands twice"),
        (vec!["rock".into(), "ja\u{1b}[2Jzz".into()], "control character"),
        (vec!["rock".into(), "a\nb".into()], "control character"),
        (Vec::new(), "at least two"),
        (std::mem::take(&mut many), "and 1000000 genres needs"),
    ] {
        let json = files.json_with(|json| json["labels"] = labels.into());
        let error = ModelBundle::from_bytes("x", &json, &files.record, &Device::flex()).unwrap_err();
        assert!(told(Path::new("x"), &error).contains(reason), "{error}");
    }
}

#[test]
fn facts_that_cannot_be_are_told_as_they_are() {
    let files = Files::new();
    let huge = serde_json::json!(u64::MAX);
    let json = files.json_with(|json| json["facts"]["data"]["genres"] = serde_json::json!({"a": huge, "b": huge}));
    let bundle = ModelBundle::from_bytes("x", &json, &files.record, &Device::flex()).unwrap();
    assert!(bundle.card().contains("18446744073709551615"));
}

#[test]
fn what_only_a_later_version_may_know_is_named() {
    let files = Files::new();
    for version in [5, 99, u64::MAX] {
        let json = files.json_with(|json| json["version"] = version.into());
        let error = ModelBundle::from_bytes("x", &json, &files.record, &Device::flex()).unwrap_err();
        assert!(matches!(error, model::Error::Version { found, .. } if found == version), "{error}");
        told(Path::new("x"), &error);
    }
    let mut record = files.record.clone();
    record[4] = 99;
    let error = ModelBundle::from_bytes("x", &files.json_for(&record), &record, &Device::flex()).unwrap_err();
    assert!(told(Path::new("x"), &error).to_lowercase().contains("version"), "{error}");
}

#[test]
#[ignore = "run in little memory by the next test"]
fn sizes() {
    let files = Files::new();
    let (json, record) = (files.dir().join(METADATA_FILE), files.dir().join(RECORD_FILE));
    // A description of millions of inputs beside weights of kilobytes.
    let spec = dsp::FeatureSpec::spectrogram(dsp::ClipLength::new(600.0).unwrap());
    let huge = files.json_with(|json| {
        json["spec"] = serde_json::to_value(spec).unwrap();
        json["columns"] = serde_json::json!([]);
    });
    fs::write(&json, huge).unwrap();
    assert!(files.refusal().contains("truncated"));
    // Lists and texts of any length in the record's header: maps, lists, texts and bytes of CBOR.
    for head in [0xbb, 0x9b, 0x7b, 0x5b, 0xbf, 0x9f] {
        let mut forged = files.record.clone();
        forged[10] = head;
        forged[11..19].copy_from_slice(&(1u64 << 40).to_be_bytes());
        fs::write(&json, files.json_for(&forged)).unwrap();
        fs::write(&record, &forged).unwrap();
        files.refusal();
    }
    let mut forged = files.record.clone();
    forged[6..10].copy_from_slice(&u32::MAX.to_le_bytes());
    fs::write(&json, files.json_for(&forged)).unwrap();
    fs::write(&record, &forged).unwrap();
    files.refusal();
    // Eight gigabytes that take no room on the disk.
    for (path, reason) in [(&record, "truncated"), (&json, "more than 1 MiB")] {
        fs::write(&json, &files.json).unwrap();
        fs::File::options().write(true).open(path).unwrap().set_len(8 << 30).unwrap();
        let message = files.refusal();
        assert!(message.contains(reason), "{message}");
    }
}

#[cfg(unix)]
#[test]
fn claimed_and_real_sizes_cost_no_memory() {
    let run = format!("ulimit -v {} && exec \"$0\" --exact --ignored --nocapture sizes", 700 << 10);
    let program = std::env::current_exe().unwrap();
    let mut shell = std::process::Command::new("sh");
    // Threads reserve 64 MiB each else.
    let done = shell.args(["-c", &run]).arg(program).env("MALLOC_ARENA_MAX", "1").output().unwrap();
    let said = [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(done.status.success() && said.contains("1 passed"), "{}: {said}", done.status);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_unread() {
    use std::os::unix::fs::symlink;
    for name in [METADATA_FILE, RECORD_FILE] {
        let files = Files::new();
        let (path, aside) = (files.dir().join(name), files.scratch.path().join("aside"));
        fs::rename(&path, &aside).unwrap();
        // A link to a file is a file.
        symlink("../aside", &path).unwrap();
        assert!(ModelBundle::load(&files.dir(), &Device::flex()).is_ok());
        let tricks: [(&dyn Fn(), &str); 5] = [
            (&|| symlink("/dev/zero", &path).unwrap(), "no regular file"),
            (
                &|| assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success()),
                "no regular file",
            ),
            (&|| symlink(name, &path).unwrap(), "symbolic links"),
            (&|| symlink("../gone", &path).unwrap(), "is missing"),
            (&|| fs::create_dir(&path).unwrap(), "no regular file"),
        ];
        for (make, reason) in tricks {
            fs::remove_file(&path).unwrap();
            make();
            let message = files.refusal();
            assert!(message.contains(reason) && message.contains(name), "{message}");
        }
    }
}

//! What `write_corpus` leaves on the disk.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use synth::{CorpusOptions, Error, Style, write_corpus};

fn options(tracks_per_genre: usize, seed: u64) -> CorpusOptions {
    CorpusOptions { tracks_per_genre, seconds: 0.5, seed }
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_corpus_has_gtzans_layout_and_nothing_else() {
    let out = tempfile::tempdir().unwrap();
    let heard = AtomicUsize::new(0);
    let paths = write_corpus(out.path(), &options(2, 1), |_| {
        heard.fetch_add(1, Ordering::Relaxed);
    })
    .unwrap();

    assert_eq!(heard.into_inner(), 20);
    assert_eq!(files(out.path()), Style::ALL.map(Style::name));
    for style in Style::ALL {
        let names = files(&out.path().join(style.name()));
        assert_eq!(names, [format!("{style}.00000.wav"), format!("{style}.00001.wav")]);
    }
    let expected: Vec<_> = Style::ALL
        .iter()
        .flat_map(|style| (0..2).map(move |k| format!("{style}/{style}.{k:05}.wav")))
        .map(|name| out.path().join(name))
        .collect();
    assert_eq!(paths, expected);
}

#[test]
fn tracks_are_mono_16_bit_wav_at_22050_hz_of_the_length_asked_for() {
    let out = tempfile::tempdir().unwrap();
    for path in write_corpus(out.path(), &options(1, 5), |_| ()).unwrap() {
        let mut reader = hound::WavReader::open(&path).unwrap();
        let spec = reader.spec();
        assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (1, 22_050, 16), "{}", path.display());
        assert_eq!(spec.sample_format, hound::SampleFormat::Int);
        let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        assert_eq!(samples.len(), 11_025);
        assert!(samples.iter().any(|x| x.unsigned_abs() > 300), "{} is silent", path.display());
    }
}

#[test]
fn a_larger_corpus_begins_with_a_smaller_one_of_the_same_seed() {
    let (small, large, other) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_corpus(small.path(), &options(1, 9), |_| ()).unwrap();
    write_corpus(large.path(), &options(3, 9), |_| ()).unwrap();
    write_corpus(other.path(), &options(1, 10), |_| ()).unwrap();
    for style in Style::ALL {
        let track = format!("{style}/{style}.00000.wav");
        let read = |folder: &tempfile::TempDir| fs::read(folder.path().join(&track)).unwrap();
        assert_eq!(read(&small), read(&large), "{style}");
        assert_ne!(read(&small), read(&other), "{style}");
        let next = fs::read(large.path().join(format!("{style}/{style}.00001.wav"))).unwrap();
        assert_ne!(read(&large), next, "{style}");
    }
}

#[test]
fn writing_again_replaces_tracks_and_leaves_other_files_alone() {
    let out = tempfile::tempdir().unwrap();
    let paths = write_corpus(out.path(), &options(1, 2), |_| ()).unwrap();
    let before = fs::read(&paths[0]).unwrap();
    fs::write(&paths[0], b"broken").unwrap();
    fs::write(out.path().join("blues/notes.txt"), b"mine").unwrap();
    write_corpus(out.path(), &options(1, 2), |_| ()).unwrap();
    assert_eq!(fs::read(&paths[0]).unwrap(), before);
    assert_eq!(fs::read(out.path().join("blues/notes.txt")).unwrap(), b"mine");
}

#[test]
fn options_out_of_range_are_refused_before_anything_is_written() {
    let out = tempfile::tempdir().unwrap();
    let target = out.path().join("corpus");
    for tracks in [0, 100_001] {
        let error = write_corpus(&target, &options(tracks, 0), |_| ()).unwrap_err();
        assert!(matches!(error, Error::Tracks { .. }), "{error}");
    }
    for seconds in [0.0, -3.0, f64::NAN, f64::INFINITY, 601.0] {
        let error = write_corpus(&target, &CorpusOptions { seconds, ..options(1, 0) }, |_| ()).unwrap_err();
        assert!(matches!(error, Error::Seconds { .. }), "{error}");
    }
    assert!(!target.exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let out = tempfile::tempdir().unwrap();
    let blocked = out.path().join("file");
    fs::write(&blocked, b"not a folder").unwrap();
    let error = write_corpus(&blocked, &options(1, 0), |_| ()).unwrap_err();
    assert!(matches!(error, Error::CreateFolder { .. }), "{error}");
    assert!(error.to_string().contains("file"), "{error}");
}

#[test]
fn a_track_that_cannot_be_put_in_its_place_is_named_and_leaves_no_remains() {
    let out = tempfile::tempdir().unwrap();
    let obstacle = out.path().join("jazz/jazz.00000.wav");
    fs::create_dir_all(obstacle.join("inside")).unwrap();
    let error = write_corpus(out.path(), &options(1, 0), |_| ()).unwrap_err();
    assert!(matches!(error, Error::WriteFile { .. }), "{error}");
    assert!(error.to_string().contains("jazz.00000.wav"), "{error}");
    assert_eq!(files(&out.path().join("jazz")), ["jazz.00000.wav"]);
}

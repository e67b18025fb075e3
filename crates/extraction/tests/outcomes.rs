//! Many inputs to outcomes: order, failures and what is kept.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dsp::{AudioInput, ClipLength, Convention, FeatureSpec, TrackFeatures};
use extraction::{
    Cache, Error, Extraction, FailureKind, FeatureStore, Key, Outcome, THREAD_NAME, audio_files, refuse_silence,
};
use tempfile::TempDir;

/// A WAV file of noise, 16 bits at 22 050 Hz; another for each seed, and silence for 0.
fn wav(samples: usize, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let sound = (0..samples).flat_map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(if seed == 0 { 0 } else { 1_013_904_223 });
        ((state >> 16) as i16).to_le_bytes()
    });
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + 2 * samples as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(22_050u32.to_le_bytes());
    bytes.extend(44_100u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((2 * samples as u32).to_le_bytes());
    bytes.extend(sound);
    bytes
}

/// A folder with eight good tracks of half a second to a bit over one, and four bad ones.
fn music() -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    for track in 0..8u32 {
        std::fs::write(folder.path().join(format!("{track}.wav")), wav(11_000 + 2_000 * track as usize, track + 1))
            .unwrap();
    }
    std::fs::write(folder.path().join("1a.wav"), "no music").unwrap();
    std::fs::write(folder.path().join("3a.wav"), wav(2_000, 5)).unwrap();
    std::fs::write(folder.path().join("5a.wav"), wav(0, 5)).unwrap();
    let mut files = audio_files(&[folder.path().to_owned()]).unwrap().files;
    files.push(folder.path().join("missing.wav"));
    (folder, files)
}

fn spec() -> FeatureSpec {
    FeatureSpec::features(Convention::Librosa07, ClipLength::new(0.5).unwrap())
}

fn outcomes(files: &[PathBuf], store: Option<Arc<dyn FeatureStore>>, jobs: usize) -> Vec<Outcome> {
    let extraction = Extraction { store, jobs: NonZero::new(jobs), ..Extraction::new(spec()) };
    extraction.outcomes(files.iter().map(AudioInput::from).collect()).collect()
}

#[test]
fn outcomes_come_in_order_whatever_the_number_of_workers() {
    let (_folder, files) = music();
    let one = outcomes(&files, None, 1);
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    assert!(one.iter().map(|outcome| &outcome.name).eq(&names));
    for jobs in [0, 3, 100_000] {
        assert_eq!(outcomes(&files, None, jobs), one);
    }
    let clips: Vec<usize> = one.iter().filter_map(|outcome| Some(outcome.result.as_ref().ok()?.clips.len())).collect();
    assert_eq!(clips, [1, 1, 1, 1, 1, 1, 2, 2]);
}

#[test]
fn each_failure_has_its_kind_and_not_the_inputs_name() {
    let (folder, files) = music();
    let failed: Vec<(String, FailureKind)> = outcomes(&files, None, 2)
        .into_iter()
        .filter_map(|outcome| {
            let failure = outcome.result.err()?;
            assert!(!failure.message.contains(&folder.path().display().to_string()), "{failure}");
            assert!(!failure.message.is_empty());
            let name = Path::new(&outcome.name).file_name().unwrap().to_string_lossy().into_owned();
            Some((name, failure.kind))
        })
        .collect();
    let expected = [
        ("1a.wav", FailureKind::Unsupported),
        ("3a.wav", FailureKind::TooShort),
        ("5a.wav", FailureKind::NoAudio),
        ("missing.wav", FailureKind::Unreadable),
    ];
    assert_eq!(failed, expected.map(|(name, kind)| (name.to_owned(), kind)));
}

#[test]
fn what_a_cache_gives_back_is_what_was_computed() {
    let (folder, files) = music();
    let store: Arc<dyn FeatureStore> = Arc::new(Cache::new(folder.path().join("cache")));
    let first = outcomes(&files, Some(Arc::clone(&store)), 2);
    let again = outcomes(&files, Some(store), 2);
    for (first, again) in first.iter().zip(&again) {
        assert_eq!(first.result, again.result);
        assert_eq!((first.reused, again.reused), (false, first.result.is_ok()));
        assert_eq!(first.content, again.content);
        assert_eq!(first.content.is_some(), !first.name.ends_with("missing.wav"));
    }
}

#[test]
fn bytes_give_the_rows_of_their_file_and_share_its_entry() {
    let (folder, files) = music();
    let cache: Arc<dyn FeatureStore> = Arc::new(Cache::new(folder.path().join("cache")));
    let of_file = outcomes(&files[..1], Some(Arc::clone(&cache)), 1).remove(0);
    let extraction = Extraction { store: Some(cache), ..Extraction::new(spec()) };
    let bytes = AudioInput::bytes("upload", std::fs::read(&files[0]).unwrap());
    let of_bytes = extraction.outcomes(vec![bytes]).next().unwrap();
    assert_eq!((of_bytes.name.as_str(), of_bytes.reused), ("upload", true));
    assert_eq!((of_bytes.result, of_bytes.content), (of_file.result, of_file.content));
}

#[test]
fn silence_has_rows_and_says_so() {
    let extraction = Extraction::new(spec());
    let outcome = extraction.outcomes(vec![AudioInput::bytes("silence.wav", wav(30_000, 0))]).next().unwrap();
    let track = outcome.result.unwrap();
    assert_eq!(track.clips.len(), 2);
    assert_eq!(refuse_silence(&track).unwrap_err().kind, FailureKind::Silent);
}

#[test]
fn an_extraction_of_nothing_has_no_outcomes() {
    assert_eq!(outcomes(&[], None, 4), []);
}

/// A store that keeps nothing.
struct Broken {
    puts: AtomicUsize,
}

impl FeatureStore for Broken {
    fn get(&self, _: &Key, _: &FeatureSpec) -> Option<TrackFeatures> {
        None
    }

    fn put(&self, _: &Key, _: &FeatureSpec, _: &TrackFeatures) -> Result<(), Error> {
        self.puts.fetch_add(1, Ordering::SeqCst);
        Err(Error::Write { path: "shelf".into(), source: std::io::Error::other("full") })
    }
}

#[test]
fn a_store_that_fails_costs_no_outcome_and_is_told_once() {
    let (_folder, files) = music();
    let broken = Arc::new(Broken { puts: AtomicUsize::new(0) });
    let extraction = Extraction { store: Some(broken.clone()), ..Extraction::new(spec()) };
    let mut outcomes = extraction.outcomes(files.iter().map(AudioInput::from).collect());
    let good = outcomes.by_ref().filter(|outcome| outcome.result.is_ok()).count();
    assert_eq!((good, broken.puts.load(Ordering::SeqCst)), (8, 8));
    assert_eq!(outcomes.store_error().unwrap().to_string(), "can't write shelf");
}

#[test]
fn a_cache_that_cannot_be_written_costs_no_outcome() {
    let (folder, files) = music();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let extraction = Extraction { store: Some(Arc::new(Cache::new(file.join("x")))), ..Extraction::new(spec()) };
    let mut outcomes = extraction.outcomes(files.iter().map(AudioInput::from).collect());
    assert_eq!(outcomes.by_ref().filter(|outcome| outcome.result.is_ok()).count(), 8);
    assert!(matches!(outcomes.store_error(), Some(Error::Write { .. })));
}

/// A store that crashes on the third track, as decoders may.
struct Crashing {
    gets: AtomicUsize,
}

impl FeatureStore for Crashing {
    fn get(&self, _: &Key, _: &FeatureSpec) -> Option<TrackFeatures> {
        let name = std::thread::current().name().unwrap_or_default().to_owned();
        assert!(name.starts_with(THREAD_NAME), "{name}");
        assert!(self.gets.fetch_add(1, Ordering::SeqCst) != 2, "crashed on purpose");
        None
    }

    fn put(&self, _: &Key, _: &FeatureSpec, _: &TrackFeatures) -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn a_crash_is_the_failure_of_one_input() {
    let (_folder, files) = music();
    let crashing = Arc::new(Crashing { gets: AtomicUsize::new(0) });
    let outcomes = outcomes(&files, Some(crashing), 1);
    let crashed: Vec<&Outcome> = outcomes
        .iter()
        .filter(|outcome| outcome.result.as_ref().is_err_and(|failure| failure.kind == FailureKind::Crashed))
        .collect();
    assert_eq!((outcomes.len(), crashed.len()), (files.len(), 1));
    assert!(crashed[0].content.is_some());
}

#[cfg(unix)]
#[test]
fn a_pipe_that_is_named_is_read_once_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.wav");
    if !std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: no mkfifo");
        return;
    }
    assert_eq!(audio_files(&[folder.path().to_owned()]).unwrap_err().kind(), extraction::ErrorKind::NoAudio);

    let found = audio_files(std::slice::from_ref(&pipe)).unwrap();
    assert_eq!(found.files, std::slice::from_ref(&pipe));
    let writer = std::thread::spawn(move || std::fs::write(pipe, wav(11_000, 1)));
    let cache = Arc::new(Cache::new(folder.path().join("cache")));
    let outcome = outcomes(&found.files, Some(cache), 1).remove(0);
    writer.join().unwrap().unwrap();
    assert_eq!((outcome.result.unwrap().clips.len(), outcome.content), (1, None));
    assert!(!folder.path().join("cache").exists());
}

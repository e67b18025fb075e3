//! A folder of genre folders becomes a table: what is silent or damaged in it is told, and not learnt from.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::LazyLock;

use dsp::{ClipLength, Convention, FeatureSpec};
use trainer::config::TrainConfig;
use trainer::dataset::{Loaded, Reading, from_folder};

/// Writes a mono 16-bit WAV at 22 050 Hz whose header promises `promised` samples.
fn write_wav(path: &Path, samples: &[i16], promised: usize) {
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + 2 * promised as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(22_050u32.to_le_bytes());
    bytes.extend(44_100u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((2 * promised as u32).to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn tone(seconds: f64) -> Vec<i16> {
    (0..(seconds * 22_050.0) as usize).map(|i| (8_000.0 * (0.05 * i as f64).sin()) as i16).collect()
}

/// Where the tests run: features are kept below the folder that a program runs in.
static WORKPLACE: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    std::env::set_current_dir(folder.path()).unwrap();
    folder
});

fn load(folder: &Path) -> Loaded {
    LazyLock::force(&WORKPLACE);
    let spec = FeatureSpec::features(Convention::Librosa07, ClipLength::TENTH);
    from_folder(folder, &spec, &Reading::new(&TrainConfig::default(), None), &|_| ()).unwrap()
}

#[test]
fn silent_clips_are_not_learnt_from_and_silent_tracks_are_named() {
    let folder = tempfile::tempdir().unwrap();
    // Two clips of music, then two of silence, as in a song with a hidden track.
    let mut hidden = tone(6.0);
    hidden.resize(12 * 22_050, 0);
    write_wav(&folder.path().join("a/hidden.wav"), &hidden, hidden.len());
    let silence = vec![0; 12 * 22_050];
    write_wav(&folder.path().join("a/silence.wav"), &silence, silence.len());
    let loaded = load(folder.path());
    let clips: Vec<(&str, usize)> = loaded.table.rows.iter().map(|row| (row.track.as_str(), row.clip)).collect();
    assert_eq!(clips, [("hidden", 0), ("hidden", 1)]);
    let [failure] = loaded.failures.as_slice() else { panic!("{:?}", loaded.failures) };
    assert!(failure.to_string().contains("silence.wav: silence: every sample is zero"), "{failure}");
}

#[test]
fn what_is_missing_of_a_track_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let cut = tone(9.8);
    write_wav(&folder.path().join("a/cut.wav"), &cut, 220_500);
    write_wav(&folder.path().join("a/whole.wav"), &tone(10.0), 220_500);
    let loaded = load(folder.path());
    let [lost] = loaded.lost.as_slice() else { panic!("{:?}", loaded.lost) };
    assert!(lost.name.ends_with("cut.wav") && (lost.decoded.seconds_lost - 0.2).abs() < 0.05, "{lost:?}");
    assert_eq!(loaded.table.tracks().len(), 2);
}

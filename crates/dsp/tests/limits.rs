//! What is too large is refused by name and number; what only claims to be large is played.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod written;

use dsp::{AudioInput, Error, ErrorKind, InputLimits, LoadOptions, SampleRate, load};
use written::{Kind, au, save, sound, wav};

/// Half a second in two channels.
const RATE: u32 = 44_100;
const FRAMES: usize = 22_050;

fn song() -> Vec<u8> {
    wav(Kind::Int16, RATE, 2, &sound(RATE, FRAMES))
}

fn within(bytes: Vec<u8>, limits: InputLimits) -> Result<usize, Error> {
    let options = LoadOptions { rate: SampleRate::Native, limits, ..LoadOptions::default() };
    load(AudioInput::bytes("song", bytes), &options).map(|audio| audio.samples.len())
}

#[test]
fn an_input_beyond_a_limit_is_refused_and_one_at_it_is_read() {
    let size = song().len() as u64;
    let usual = InputLimits::default();
    let cases = [
        (InputLimits { bytes: size, ..usual }, InputLimits { bytes: size - 1, ..usual }, ErrorKind::TooLong, size),
        (InputLimits { seconds: 0.5, ..usual }, InputLimits { seconds: 0.4, ..usual }, ErrorKind::TooLong, 1),
        (InputLimits { channels: 2, ..usual }, InputLimits { channels: 1, ..usual }, ErrorKind::Unsupported, 2),
        (InputLimits { rate: RATE, ..usual }, InputLimits { rate: RATE - 1, ..usual }, ErrorKind::Unsupported, 44_100),
    ];
    for (enough, too_low, kind, got) in cases {
        assert_eq!(within(song(), enough).unwrap(), FRAMES, "{enough:?}");
        let error = within(song(), too_low).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let message = error.to_string();
        assert!(message.starts_with("song: ") && message.contains(&format!(" is {got}, and at most ")), "{message}");
    }
}

#[test]
fn a_file_is_refused_for_its_size_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    // A hole of 40 GB: reading it would take minutes.
    let path = save(folder.path(), "long.wav", &song());
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(40_000_000_000).unwrap();
    let error = load(&path, &LoadOptions::default()).unwrap_err();
    assert!(matches!(error, Error::TooLong { got: 40_000_000_000, .. }), "{error}");
}

#[test]
fn a_header_that_claims_gigabytes_costs_and_changes_nothing() {
    let mut bytes = song();
    // The sizes of RIFF and data: 4 GB each.
    for at in [4, 40] {
        bytes[at..at + 4].copy_from_slice(&0xffff_0000u32.to_le_bytes());
    }
    assert_eq!(within(bytes, InputLimits::default()).unwrap(), FRAMES);
}

#[test]
fn a_rate_of_gigahertz_is_refused_by_its_number() {
    let mut bytes = au(Kind::Int16, RATE, 1, &[0.0; 100]);
    bytes[16..20].copy_from_slice(&4_000_000_000u32.to_be_bytes());
    let message = within(bytes, InputLimits::default()).unwrap_err().to_string();
    assert_eq!(message, "song: the sampling rate in Hz is 4000000000, and at most 768000 is handled");
}

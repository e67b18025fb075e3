//! Files that are no good: a clear error that names the file, or the samples that are there, and never a panic.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "written/ogg.rs"]
mod ogg;
mod written;

use std::path::Path;
use std::sync::LazyLock;

use dsp::{AudioInput, AudioReader, Error, ErrorKind, LoadOptions, SampleRate, load};
use proptest::prelude::*;
use written::{Kind, aiff, au, encoded, save, sound, wav};

const NATIVE: LoadOptions = LoadOptions { rate: SampleRate::Native, ..LoadOptions::STANDARD };

/// Loads a file that must fail, and checks that the message names it.
fn failure(folder: &Path, name: &str, bytes: &[u8]) -> Error {
    let error = load(save(folder, name, bytes), &NATIVE).unwrap_err();
    assert!(error.to_string().contains(name), "the message should name {name}: {error}");
    error
}

#[test]
fn files_without_audio_are_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let noise: Vec<u8> = (0..200_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 21) as u8).collect();
    let text = "the quick brown fox jumps over the lazy dog\n".repeat(500);

    assert!(matches!(failure(folder.path(), "zero.wav", b""), Error::Empty { .. }));
    assert!(matches!(failure(folder.path(), "text.mp3", text.as_bytes()), Error::Unsupported { .. }));
    assert!(matches!(failure(folder.path(), "text.wav", text.as_bytes()), Error::Unsupported { .. }));
    assert!(matches!(failure(folder.path(), "raw.wav", &noise), Error::Unsupported { .. }));
    assert!(matches!(failure(folder.path(), "no_frames.wav", &wav(Kind::Int16, 8_000, 1, &[])), Error::Empty { .. }));
    assert!(matches!(failure(folder.path(), "no_frames.au", &au(Kind::Int16, 8_000, 1, &[])), Error::Empty { .. }));
    failure(folder.path(), "tag.mp3", b"ID3\x04\0\0\0\0\0\0");
    assert!(matches!(load(folder.path().join("missing.wav"), &NATIVE), Err(Error::Io { .. })));
    assert!(matches!(load(folder.path(), &NATIVE), Err(Error::Io { .. })));
}

#[test]
fn a_damaged_codec_header_is_the_files_fault_and_not_the_disks() {
    let pages = ogg::pages(&std::fs::read(encoded("vorbis.ogg")).unwrap());
    let packets: Vec<Vec<u8>> = pages.iter().flat_map(ogg::Page::packets).collect();
    let [identification, comments, setup, sound @ ..] = &packets[..] else { panic!("{} packets", packets.len()) };
    // A part of the codebooks is gone, so that who reads them runs out of the packet.
    let mut failures = 0;
    for (from, len) in (40..setup.len() - 1_000).step_by(97).flat_map(|from| [(from, 1), (from, 900)]) {
        let damaged = [&setup[..from], &setup[from + len..]].concat();
        let pages = ogg::stream(1, &[identification, comments, &damaged], sound, 4, |done| done as i64 * 64);
        if let Err(e) = load(AudioInput::bytes("a.ogg", ogg::file(&pages)), &NATIVE) {
            assert!(matches!(e.kind(), ErrorKind::Corrupt | ErrorKind::Unsupported), "{from}, {len}: {e}");
            failures += 1;
        }
    }
    assert!(failures > 0);
}

#[test]
fn headers_that_promise_too_much_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let good_wav = wav(Kind::Int16, 22_050, 2, &sound(22_050, 500));
    let good_au = au(Kind::Int16, 22_050, 2, &sound(22_050, 500));
    let patched = |bytes: &[u8], at: usize, value: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes[at..at + value.len()].copy_from_slice(value);
        bytes
    };
    for (name, bytes) in [
        ("rate_0.wav", patched(&good_wav, 24, &[0; 4])),
        ("rate_0.au", patched(&good_au, 16, &[0; 4])),
        ("rate_1.au", patched(&good_au, 16, &1u32.to_be_bytes())),
        ("channels_0.au", patched(&good_au, 20, &[0; 4])),
        ("encoding_99.au", patched(&good_au, 12, &99u32.to_be_bytes())),
    ] {
        assert!(matches!(failure(folder.path(), name, &bytes), Error::Unsupported { .. }), "{name}");
    }
    for (name, bytes) in [
        ("rate.wav", patched(&good_wav, 24, &u32::MAX.to_le_bytes())),
        ("rate.au", patched(&good_au, 16, &u32::MAX.to_be_bytes())),
        ("channels.au", patched(&good_au, 20, &u32::MAX.to_be_bytes())),
        ("channels.aiff", aiff(Kind::Int16, 8_000, 40, &[0.0; 4_000])),
    ] {
        assert!(matches!(failure(folder.path(), name, &bytes), Error::TooLarge { .. }), "{name}");
    }
    failure(folder.path(), "channels.wav", &patched(&good_wav, 22, &u16::MAX.to_le_bytes()));
    failure(folder.path(), "offset_0.au", &patched(&good_au, 4, &[0; 4]));
    failure(folder.path(), "offset.au", &patched(&good_au, 4, &u32::MAX.to_be_bytes()));
    failure(folder.path(), "cut.au", &good_au[..20]);
    failure(folder.path(), "cut.wav", &good_wav[..30]);
}

#[test]
fn pcm_cut_off_gives_every_whole_frame_before_the_cut() {
    let folder = tempfile::tempdir().unwrap();
    let interleaved = sound(22_050, 5_000);
    for (name, bytes, header) in [
        ("cut.wav", wav(Kind::Int16, 22_050, 2, &interleaved), 44),
        ("cut.au", au(Kind::Int16, 22_050, 2, &interleaved), 32),
        ("cut.aiff", aiff(Kind::Int16, 22_050, 2, &interleaved), 54),
    ] {
        let whole = load(save(folder.path(), "whole", &bytes), &NATIVE).unwrap().samples;
        assert_eq!(whole.len(), 5_000, "{name}");
        // 3333 frames of 4 bytes, and 3 bytes of the next.
        let cut = load(save(folder.path(), name, &bytes[..header + 3_333 * 4 + 3]), &NATIVE).unwrap().samples;
        assert_eq!(cut, whole[..3_333], "{name}");
    }
}

#[test]
fn samples_that_are_no_numbers_are_located() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in [("nan.wav", f64::NAN), ("infinity.wav", f64::INFINITY), ("overflow.wav", 1e300)] {
        let mut interleaved = sound(22_050, 3_000);
        interleaved[2 * 2_500] = value;
        let bytes = wav(Kind::Float64, 22_050, 2, &interleaved);
        let error = failure(folder.path(), name, &bytes);
        assert!(matches!(error, Error::NotFinite { sample: 2_500, .. }), "{error}");
        let resampled = LoadOptions { rate: SampleRate::Hz(16_000), ..NATIVE };
        assert!(matches!(load(folder.path().join(name), &resampled), Err(Error::NotFinite { .. })), "{name}");
    }
}

#[test]
fn kinds_tell_what_is_wrong_with_a_file() {
    let kind = |name: &str, bytes: &[u8]| load(AudioInput::bytes(name, bytes), &NATIVE).unwrap_err().kind();
    let good = au(Kind::Int16, 22_050, 2, &sound(22_050, 500));
    let flac = std::fs::read(encoded("stereo.flac")).unwrap();
    assert_eq!(kind("a.wav", b""), ErrorKind::NoAudio);
    assert_eq!(kind("a.wav", b"some text, and no audio"), ErrorKind::Unsupported);
    assert_eq!(kind("a.au", &good[..20]), ErrorKind::Truncated);
    assert_eq!(kind("a.au", &good[..33]), ErrorKind::Truncated);
    assert_eq!(kind("a.flac", &flac[..flac.len() * 9 / 10]), ErrorKind::Truncated);
    assert_eq!(kind("a.wav", &wav(Kind::Float64, 22_050, 1, &[f64::NAN; 10])), ErrorKind::NotFinite);
    assert_eq!(load(Path::new("missing.wav"), &NATIVE).unwrap_err().kind(), ErrorKind::Unreadable);
    let option = load(AudioInput::bytes("a.au", good), &LoadOptions { offset: -1.0, ..NATIVE });
    assert_eq!(option.unwrap_err().kind(), ErrorKind::Invalid);
}

#[test]
fn errors_keep_those_of_the_decoder() {
    let error = load(AudioInput::bytes("a.au", &b".snd\0\0\0\x20"[..]), &NATIVE).unwrap_err();
    assert!(std::error::Error::source(&error).is_some(), "{error:?}");
}

#[test]
fn options_that_mean_nothing_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), "a.wav", &wav(Kind::Int16, 22_050, 2, &sound(22_050, 2_205)));
    let refused = |options: LoadOptions| matches!(load(&path, &options), Err(Error::InvalidOption { .. }));
    for offset in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(refused(LoadOptions { offset, ..NATIVE }), "offset {offset}");
    }
    for duration in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(refused(LoadOptions { duration: Some(duration), ..NATIVE }), "duration {duration}");
    }
    for rate in [0, 10, u32::MAX] {
        assert!(refused(LoadOptions { rate: SampleRate::Hz(rate), ..NATIVE }), "rate {rate}");
    }
    let past = load(&path, &LoadOptions { offset: 0.2, ..NATIVE }).unwrap_err();
    assert!(past.to_string().contains("past the end of the file (0.100 s)"), "{past}");
    let short = load(&path, &LoadOptions { duration: Some(1e-9), ..NATIVE }).unwrap_err();
    assert!(matches!(short, Error::Empty { .. }), "{short}");
}

/// One small file of each format.
static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let interleaved = sound(22_050, 600);
    let mut seeds = vec![
        wav(Kind::Int16, 22_050, 2, &interleaved),
        wav(Kind::Float32, 22_050, 2, &interleaved),
        au(Kind::Int24, 22_050, 2, &interleaved),
        aiff(Kind::Int16, 22_050, 2, &interleaved),
    ];
    let encoded_names = [
        "lame.mp3",
        "headerless.mp3",
        "vorbis.ogg",
        "priming.m4a",
        "stereo.flac",
        "celt.opus",
        "celt.webm",
        "celt.mp4",
    ];
    seeds.extend(encoded_names.map(|name| std::fs::read(encoded(name)).unwrap()));
    seeds
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_changed_at_random_give_finite_samples_or_an_error(
        seed in 0usize..12,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..12),
        keep in 0.3f64..1.3,
    ) {
        let mut bytes = SEEDS[seed].clone();
        for (at, value, in_header) in changes {
            // Half of the changes go where the sizes and codes stand.
            let reach = if in_header { bytes.len().min(128) } else { bytes.len() };
            bytes[at.index(reach)] = value;
        }
        bytes.truncate((bytes.len() as f64 * keep) as usize);
        let mut reader = match AudioReader::open(AudioInput::bytes("fuzzed.mp3", bytes), &LoadOptions::default()) {
            Ok(reader) => reader,
            Err(e) => {
                prop_assert!(e.to_string().contains("fuzzed.mp3"), "{}", e);
                return Ok(());
            }
        };
        let mut samples = Vec::new();
        // A header that repeats one packet for ever would be a fault; ten seconds are more than any of the files has.
        let end = loop {
            match reader.read(&mut samples, 1 << 14) {
                Ok(0) => break Ok(()),
                Ok(_) => prop_assert!(samples.len() < 10 * 22_050 * 96),
                Err(e) => break Err(e),
            }
        };
        prop_assert!(samples.iter().all(|s| s.is_finite()));
        let report = reader.report();
        prop_assert!((0.0..=1.0).contains(&report.lost_share()) && report.packets_lost <= report.packets, "{:?}", report);
        match end {
            Ok(()) => prop_assert!(!samples.is_empty()),
            Err(e) => prop_assert!(e.to_string().contains("fuzzed.mp3"), "{}", e),
        }
    }
}

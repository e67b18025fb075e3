//! What was lost of a damaged file is counted, and nothing of a whole one.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking")]

mod written;

use std::path::Path;

use dsp::{
    AudioInput, AudioReader, ClipLength, Convention, DecodeReport, Error, ErrorKind, FeatureExtractor, FeatureSpec,
    LoadOptions, MAX_LOST_SHARE, track_features,
};
use written::{Kind, aiff, au, encoded, sound, wav};

/// Reads an input to its end.
fn report(input: impl Into<AudioInput>) -> DecodeReport {
    let mut reader = AudioReader::open(input, &LoadOptions::default()).unwrap();
    let mut samples = Vec::new();
    while reader.read(&mut samples, 1 << 16).unwrap() > 0 {}
    reader.report().clone()
}

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(encoded(name)).unwrap()
}

/// Bytes that are no frames, always the same.
fn fill_with_noise(bytes: &mut [u8]) {
    let mut state = 1u64;
    for byte in bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = (state >> 56) as u8;
    }
}

/// 43 s of MP3 without a header that tells its length.
fn long_mp3() -> Vec<u8> {
    bytes_of("headerless.mp3").repeat(150)
}

fn assert_whole(name: &str, report: &DecodeReport) {
    assert!(report.is_whole() && report.packets > 0 && report.seconds > 0.0, "{name}: {report:?}");
    assert_eq!(report.lost_share(), 0.0, "{name}");
}

#[test]
fn nothing_is_lost_of_whole_files() {
    let names = ["lame.mp3", "headerless.mp3", "variable.mp3", "vorbis.ogg", "priming.m4a", "stereo.flac", "silk.opus"];
    for name in names.into_iter().chain(["celt.opus", "celt.webm", "celt.mp4", "surround.opus", "flac.ogg"]) {
        assert_whole(name, &report(encoded(name)));
    }
    let interleaved = sound(22_050, 5_000);
    for kind in Kind::ALL {
        assert_whole("wav", &report(AudioInput::bytes("a.wav", wav(kind, 22_050, 2, &interleaved))));
        assert_whole("au", &report(AudioInput::bytes("a.au", au(kind, 22_050, 2, &interleaved))));
    }
    assert_whole("aiff", &report(AudioInput::bytes("a.aiff", aiff(Kind::Int16, 22_050, 2, &interleaved))));
    assert_whole("mp3", &report(AudioInput::bytes("a.mp3", long_mp3())));
}

#[test]
fn sizes_that_were_never_filled_in_are_no_loss() {
    let interleaved = sound(22_050, 5_000);
    for sizes in [[0x00; 4], [0xff; 4], [0xff, 0xff, 0xff, 0x7f]] {
        let mut bytes = wav(Kind::Int16, 22_050, 2, &interleaved);
        bytes[4..8].copy_from_slice(&sizes);
        bytes[40..44].copy_from_slice(&sizes);
        assert_whole("wav", &report(AudioInput::bytes("piped.wav", bytes)));
    }
    let mut bytes = au(Kind::Int16, 22_050, 2, &interleaved);
    bytes[8..12].fill(0xff);
    assert_whole("au", &report(AudioInput::bytes("piped.au", bytes)));
}

#[test]
fn tags_around_and_inside_an_mp3_are_no_loss() {
    let id3 = [&b"ID3\x04\0\0\0\x01\x00\x00"[..], &[0xff; 1 << 14]].concat();
    let id3v1 = [&b"TAG"[..], &[b' '; 125]].concat();
    // Version, size after the header (2000), no items, "this is the header", 8 bytes reserved.
    let ape_header = b"APETAGEX\xd0\x07\0\0\xd0\x07\0\0\0\0\0\0\0\0\0\xa0\0\0\0\0\0\0\0\0";
    let ape = [&ape_header[..], &[b'x'; 2_000]].concat();
    let frames = bytes_of("headerless.mp3");
    let joined = [&id3[..], &frames, &ape, &id3v1, &id3, &frames, &id3v1].concat();
    let whole = report(AudioInput::bytes("joined.mp3", joined));
    assert_whole("joined.mp3", &whole);
    assert_eq!(whole.packets, 22);
}

#[test]
fn the_damaged_part_of_an_mp3_is_counted_as_lost() {
    let mut bytes = long_mp3();
    let len = bytes.len();
    fill_with_noise(&mut bytes[len / 20..len * 19 / 20]);
    let report = report(AudioInput::bytes("damaged.mp3", bytes));
    // 43.1 s, of which nine tenths are noise.
    assert!((report.seconds_lost - 38.8).abs() < 0.5, "{report:?}");
    assert!((report.lost_share() - 0.9).abs() < 0.01, "{report:?}");
    assert!(report.packets_lost > 1_400 && report.packets_lost < report.packets, "{report:?}");
    assert!(!report.skipped.is_empty());
}

#[test]
fn damage_at_either_end_of_an_mp3_is_counted_too() {
    for (from, to) in [(0, 4), (12, 16), (3, 5)] {
        let mut bytes = long_mp3();
        let len = bytes.len();
        fill_with_noise(&mut bytes[len * from / 16..len * to / 16]);
        let report = report(AudioInput::bytes("damaged.mp3", bytes));
        let share = (to - from) as f64 / 16.0;
        assert!((report.lost_share() - share).abs() < 0.01, "sixteenths {from} to {to}: {report:?}");
    }
}

#[test]
fn a_damaged_flac_frame_is_counted_as_lost() {
    // The second of two frames: 2304 of 2400 samples are in the first.
    let mut bytes = bytes_of("stereo.flac");
    let len = bytes.len();
    bytes[len - 60..len - 20].fill(0x55);
    let report = report(AudioInput::bytes("damaged.flac", bytes));
    assert!(report.seconds_lost > 0.0, "{report:?}");
    assert!((report.seconds + report.seconds_lost - 2_400.0 / 22_050.0).abs() < 1e-9, "{report:?}");
}

#[test]
fn a_missing_end_is_measured_by_the_declared_length() {
    let interleaved = sound(22_050, 5_000);
    for (name, bytes, header) in [
        ("cut.wav", wav(Kind::Int16, 22_050, 2, &interleaved), 44),
        ("cut.au", au(Kind::Int16, 22_050, 2, &interleaved), 32),
        ("cut.aiff", aiff(Kind::Int16, 22_050, 2, &interleaved), 54),
    ] {
        // 3333 of 5000 frames.
        let report = report(AudioInput::bytes(name, &bytes[..header + 3_333 * 4]));
        assert!((report.seconds - 3_333.0 / 22_050.0).abs() < 1e-9, "{name}: {report:?}");
        assert!((report.seconds_lost - 1_667.0 / 22_050.0).abs() < 1e-9, "{name}: {report:?}");
        assert_eq!(report.broke_off, Some(report.seconds), "{name}");
        assert_eq!(report.packets_lost, 0, "{name}");
    }
    let mp3 = bytes_of("lame.mp3");
    let report = report(AudioInput::bytes("cut.mp3", &mp3[..mp3.len() / 2]));
    assert!((report.seconds + report.seconds_lost - 0.25).abs() < 1e-9, "{report:?}");
    assert!(report.seconds_lost > 0.1 && report.broke_off.is_some(), "{report:?}");
}

#[test]
fn an_mp3_without_declared_length_breaks_off_inside_a_frame() {
    let bytes = long_mp3();
    let report = report(AudioInput::bytes("cut.mp3", &bytes[..bytes.len() / 2 + 50]));
    assert_eq!(report.broke_off, Some(report.seconds));
    assert!(!report.is_whole());
}

#[test]
fn channels_that_cancel_are_told_from_silence() {
    let inverted: Vec<f64> = sound(22_050, 5_000).chunks(2).flat_map(|pair| [pair[0], -pair[0]]).collect();
    for (name, interleaved, cancel) in
        [("inverted", inverted, true), ("stereo", sound(22_050, 5_000), false), ("silent", vec![0.0; 10_000], false)]
    {
        let bytes = wav(Kind::Float32, 22_050, 2, &interleaved);
        assert_eq!(report(AudioInput::bytes("a.wav", bytes)).channels_cancel, cancel, "{name}");
    }
}

fn extractor() -> FeatureExtractor {
    FeatureExtractor::new(&FeatureSpec::features(Convention::Librosa07, ClipLength::TENTH))
}

#[test]
fn a_track_gives_its_clips_and_its_report() {
    let mut interleaved = sound(22_050, 5 * 66_150);
    interleaved[2 * 66_150..4 * 66_150].fill(0.0);
    let input = AudioInput::bytes("a.wav", wav(Kind::Int16, 22_050, 2, &interleaved));
    let track = track_features(&input, &mut extractor()).unwrap();
    assert_eq!(
        track.clips.iter().map(|clip| clip.start_sample).collect::<Vec<_>>(),
        [0, 66_150, 132_300, 198_450, 264_600]
    );
    assert!(track.clips.iter().all(|clip| clip.samples == 66_149 && clip.values.len() == 57));
    assert_eq!(track.clips.iter().map(|clip| clip.silent).collect::<Vec<_>>(), [false, true, false, false, false]);
    assert!(track.decoded.is_whole() && (track.decoded.seconds - 15.0).abs() < 1e-9);
    let json = serde_json::to_string(&track).unwrap();
    assert_eq!(serde_json::from_str::<dsp::TrackFeatures>(&json).unwrap().decoded, track.decoded);
}

#[test]
fn a_track_of_which_much_is_lost_is_refused() {
    let mut damaged = long_mp3();
    let len = damaged.len();
    fill_with_noise(&mut damaged[len / 20..len * 19 / 20]);
    let whole = wav(Kind::Int16, 22_050, 2, &sound(22_050, 100_000));
    for (name, bytes, kind) in [
        ("damaged.mp3", damaged, ErrorKind::Corrupt),
        ("cut.wav", whole[..whole.len() / 2].to_vec(), ErrorKind::Truncated),
        // Less than an analysis window is left.
        ("stump.wav", whole[..1_000].to_vec(), ErrorKind::Truncated),
    ] {
        let error = track_features(AudioInput::bytes(name, bytes), &mut extractor()).unwrap_err();
        assert!(matches!(error, Error::TooMuchLost { .. }), "{error}");
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().starts_with(&format!("{name}: ")), "{error}");
    }
}

#[test]
fn a_track_of_which_little_is_lost_is_told_so() {
    let whole = wav(Kind::Int16, 22_050, 2, &sound(22_050, 100_000));
    let cut = AudioInput::bytes("cut.wav", &whole[..whole.len() * 95 / 100]);
    let decoded = track_features(cut, &mut extractor()).unwrap().decoded;
    assert!(decoded.lost_share() > 0.04 && decoded.lost_share() < MAX_LOST_SHARE, "{decoded:?}");
}

#[test]
fn a_track_too_short_for_features_is_named() {
    let short = AudioInput::bytes("short.wav", wav(Kind::Int16, 22_050, 2, &sound(22_050, 1_000)));
    let error = track_features(short, &mut extractor()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooShort);
    assert!(error.to_string().starts_with("short.wav: the clip has 1000 samples"), "{error}");
}

#[test]
fn nothing_is_lost_of_the_real_collection() {
    let Some(collection) = std::env::var_os("GTZAN_DATA") else {
        println!("skipped: GTZAN_DATA is not set");
        return;
    };
    let mut folders = vec![Path::new(&collection).join("genres_original"), Path::new(&collection).join("variants")];
    let mut tracks = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| dsp::AUDIO_EXTENSIONS.iter().any(|known| e == *known)) {
                assert_whole(&path.display().to_string(), &report(&path));
                tracks += 1;
            }
        }
    }
    assert!(tracks > 0, "no tracks in GTZAN_DATA");
}

//! A part of a file is what a file with only these samples would be.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod written;

use std::path::Path;

use dsp::{AudioInput, AudioReader, DecodeReport, Error, LoadOptions, MAX_LOST_SHARE, SampleRate, load};
use written::{Kind, encoded, save, sound, wav};

fn excerpt(path: &Path, start: u32, end: Option<u32>) -> AudioInput {
    AudioInput::Excerpt { path: path.to_owned(), name: "album#02 Blue.wav".to_owned(), start, end }
}

fn native() -> LoadOptions {
    LoadOptions { rate: SampleRate::Native, ..LoadOptions::default() }
}

fn samples(input: impl Into<AudioInput>) -> Vec<f32> {
    load(input, &native()).unwrap().samples
}

fn report(input: AudioInput) -> DecodeReport {
    let mut reader = AudioReader::open(input, &native()).unwrap();
    while reader.read(&mut Vec::new(), 1 << 16).unwrap() > 0 {}
    reader.report().clone()
}

#[test]
fn excerpts_are_slices_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = vec![];
    for rate in [44_100, 22_050, 16_000, 8_000] {
        let bytes = wav(Kind::Int16, rate, 2, &sound(rate, 30_001));
        files.push(save(folder.path(), &format!("{rate}.wav"), &bytes));
    }
    for name in ["lame.mp3", "headerless.mp3", "variable.mp3", "vorbis.ogg", "priming.m4a", "stereo.flac", "celt.opus"]
    {
        files.push(encoded(name));
    }
    for path in files {
        let whole = load(&path, &native()).unwrap();
        let at =
            |frame: u32| ((f64::from(frame) * f64::from(whole.rate) / 75.0).round() as usize).min(whole.samples.len());
        for (start, end) in [(0, None), (0, Some(7)), (1, Some(2)), (4, Some(7)), (7, None), (3, Some(u32::MAX))] {
            let cut = at(start)..end.map_or(whole.samples.len(), at);
            let part = excerpt(&path, start, end);
            let read = samples(part.clone());
            assert!(report(part).is_whole(), "{} {start} {end:?}", path.display());
            assert!(read == whole.samples[cut], "{} {start} {end:?}", path.display());
        }
    }
}

#[test]
fn an_excerpt_is_resampled_cut_and_reported_as_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let interleaved = sound(44_100, 100_000);
    let album = save(folder.path(), "album.wav", &wav(Kind::Int16, 44_100, 2, &interleaved));
    let (from, to) = (10 * 588, 120 * 588);
    let alone = wav(Kind::Int16, 44_100, 2, &interleaved[2 * from..2 * to]);
    let alone = save(folder.path(), "alone.wav", &alone);
    let part = excerpt(&album, 10, Some(120));
    for (offset, duration) in [(0.0, None), (0.5, None), (0.25, Some(0.7)), (1.0, Some(100.0))] {
        let options = LoadOptions { offset, duration, ..LoadOptions::default() };
        assert!(load(&part, &options).unwrap() == load(&alone, &options).unwrap(), "{offset} {duration:?}");
    }
    let report = report(part.clone());
    assert!(report.is_whole() && (report.seconds - 110.0 / 75.0).abs() < 1e-9, "{report:?}");
    assert_eq!((part.name().as_str(), part.path()), ("album#02 Blue.wav", Some(album.as_path())));
}

#[test]
fn an_excerpt_without_samples_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), "a.wav", &wav(Kind::Int16, 44_100, 2, &sound(44_100, 5_880)));
    for (start, end, reason) in [
        (20, None, "the excerpt begins at 0.267 s, past the end of the file (0.133 s)"),
        (10, Some(20), "the excerpt begins at 0.133 s, past the end of the file (0.133 s)"),
        (u32::MAX, Some(u32::MAX), "the excerpt ends where it begins"),
        (5, Some(4), "the excerpt ends where it begins"),
    ] {
        match load(excerpt(&path, start, end), &native()) {
            Err(e @ Error::Empty { .. }) => assert_eq!(e.to_string(), format!("album#02 Blue.wav: {reason}")),
            other => panic!("{start}: {other:?}"),
        }
    }
    let missing = load(excerpt(&folder.path().join("b.wav"), 0, None), &native());
    assert!(matches!(missing, Err(Error::Io { name, .. }) if name == "album#02 Blue.wav"));
}

/// Replaces bytes by noise, always the same.
fn damage(bytes: &mut [u8], part: std::ops::Range<usize>) {
    let mut state = 1u64;
    for byte in &mut bytes[part] {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = (state >> 56) as u8;
    }
}

#[test]
fn what_is_lost_in_one_excerpt_costs_the_others_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // 43 s of frames that tell no position; 8 s in the first quarter are damaged.
    let mut bytes = std::fs::read(encoded("headerless.mp3")).unwrap().repeat(150);
    let whole = samples(AudioInput::bytes("whole.mp3", bytes.clone()));
    let (rate, len) = (44_100.0, bytes.len());
    let seconds = whole.len() as f64 / rate;
    let frame = |share: f64| (share * seconds * 75.0) as u32;
    damage(&mut bytes, len / 20..len / 4);
    let path = save(folder.path(), "album.mp3", &bytes);

    let first = report(excerpt(&path, 0, Some(frame(0.5))));
    assert!((first.seconds_lost - 0.2 * seconds).abs() < 0.2, "{first:?}");
    assert!((first.seconds + first.seconds_lost - 0.5 * seconds).abs() < 0.1, "{first:?}");
    assert!(first.lost_share() > MAX_LOST_SHARE && !first.is_whole());

    // It lies where it did before the damage, to the length of a few frames, which the estimate of the loss may miss.
    let second = excerpt(&path, frame(0.5), None);
    let told = report(second.clone());
    assert!(told.is_whole(), "{told:?}");
    let difference = samples(second).len() as f64 / rate - 0.5 * seconds;
    assert!(difference.abs() < 0.1, "{difference}");

    // One that begins within the damage, and one that ends there.
    let from_within = report(excerpt(&path, frame(0.15), Some(frame(0.5))));
    assert!((from_within.seconds_lost - 0.1 * seconds).abs() < 0.2, "{from_within:?}");
    let to_within = report(excerpt(&path, 0, Some(frame(0.1))));
    assert!((to_within.seconds_lost - 0.05 * seconds).abs() < 0.2, "{to_within:?}");
    assert!(matches!(load(excerpt(&path, frame(0.1), Some(frame(0.2))), &native()), Err(Error::TooMuchLost { .. })));
}

#[test]
fn where_time_stamps_tell_what_is_lost_nothing_moves() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(encoded("pages.ogg")).unwrap();
    let whole = load(AudioInput::bytes("whole.ogg", bytes.clone()), &native()).unwrap();
    let middle = bytes.len() / 2;
    damage(&mut bytes, middle..middle + 700);
    let path = save(folder.path(), "album.ogg", &bytes);
    let lost = report(AudioInput::from(&path));
    assert!(lost.seconds_lost > 0.05 && lost.seconds > 1.0, "{lost:?}");
    let start = 120 * 588;
    assert!(samples(excerpt(&path, 120, Some(130))) == whole.samples[start..start + 10 * 588]);
    assert!(samples(excerpt(&path, 120, None)) == whole.samples[start..]);
    assert!(report(excerpt(&path, 120, None)).is_whole());
    let around = report(excerpt(&path, 30, Some(120)));
    assert!((around.seconds + around.seconds_lost - 90.0 / 75.0).abs() < 1e-9, "{around:?}");
}

#[test]
fn an_undecodable_packet_counts_where_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(encoded("priming.m4a")).unwrap();
    let whole = samples(AudioInput::bytes("whole.m4a", bytes.clone()));
    let sound = bytes.windows(4).position(|name| name == b"mdat").unwrap();
    bytes[sound + 700..sound + 1_100].fill(0x00);
    let path = save(folder.path(), "album.m4a", &bytes);
    let lost = report(AudioInput::from(&path));
    assert!(lost.packets_lost > 0 && lost.packets_lost + 4 < lost.packets, "{lost:?}");
    let last = (whole.len() / 588) as u32 - 1;
    // The codec's noise is another after a lost packet; a tone that lay one sample off would differ by 0.025.
    let (read, expected) = (samples(excerpt(&path, last, None)), &whole[last as usize * 588..]);
    assert_eq!(read.len(), expected.len());
    assert!(read.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.01));
    let mut clean = 0;
    for start in 0..=last {
        let part = report(excerpt(&path, start, None));
        // All that is lost, a part of it, or nothing and no packet either.
        assert!(part.seconds_lost <= lost.seconds_lost + 1e-9, "{start}: {part:?}");
        assert_eq!(part.seconds_lost > 1e-9, !part.is_whole(), "{start}: {part:?}");
        let length = whole.len() as f64 / 44_100.0 - f64::from(start) / 75.0;
        assert!((part.seconds + part.seconds_lost - length).abs() < 1e-9, "{start}: {part:?}");
        clean += u32::from(part.is_whole());
    }
    assert!(clean > 2 && clean < last, "{clean} of {last}");
}

#[test]
fn what_the_end_of_a_file_lacks_is_lost_of_the_excerpts_that_reach_there() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = wav(Kind::Int16, 44_100, 2, &sound(44_100, 100 * 588));
    let path = save(folder.path(), "cut.wav", &bytes[..44 + 80 * 588 * 4]);
    assert!(report(excerpt(&path, 10, Some(80))).is_whole());
    for (start, end, kept, lost) in [(70, Some(90), 10, 10), (75, None, 5, 20), (40, Some(81), 40, 1)] {
        let report = report(excerpt(&path, start, end));
        assert!((report.seconds - f64::from(kept) / 75.0).abs() < 1e-9, "{report:?}");
        assert!((report.seconds_lost - f64::from(lost) / 75.0).abs() < 1e-9, "{report:?}");
    }
    for (start, end) in [(85, Some(90)), (90, None)] {
        match load(excerpt(&path, start, end), &native()) {
            Err(Error::TooMuchLost { report, .. }) => assert_eq!(report.lost_share(), 1.0, "{report:?}"),
            other => panic!("{start}: {other:?}"),
        }
    }
    assert!(matches!(load(excerpt(&path, 100, None), &native()), Err(Error::Empty { .. })));
}

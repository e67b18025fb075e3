//! Ogg files as they are in the wild: cut, damaged, chained, beside video, and with codecs that nobody decodes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "written/ogg.rs"]
mod ogg;
mod written;

use dsp::{AudioInput, AudioReader, DecodeReport, Error, ErrorKind, LoadOptions, SampleRate};
use ogg::{Page, file, pages};
use proptest::prelude::*;
use written::encoded;

const NATIVE: LoadOptions = LoadOptions { rate: SampleRate::Native, ..LoadOptions::STANDARD };

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(encoded(name)).unwrap()
}

fn read(bytes: Vec<u8>, options: &LoadOptions) -> Result<(Vec<f32>, u32, DecodeReport), Error> {
    let mut reader = AudioReader::open(AudioInput::bytes("a.ogg", bytes), options)?;
    let mut samples = Vec::new();
    while reader.read(&mut samples, 1 << 16)? > 0 {}
    Ok((samples, reader.rate(), reader.report().clone()))
}

/// The samples and the report of a file, at its own rate.
fn decoded(bytes: Vec<u8>) -> (Vec<f32>, DecodeReport) {
    read(bytes, &NATIVE).map(|(samples, _, report)| (samples, report)).unwrap()
}

/// Compares samples without printing them all.
fn assert_same(samples: &[f32], expected: &[f32], what: &str) {
    assert_eq!(samples.len(), expected.len(), "{what}: length");
    assert_eq!(samples.iter().zip(expected).position(|(a, b)| a != b), None, "{what}: first difference");
}

/// 2 s of Vorbis in two channels at 44.1 kHz, on many pages.
fn vorbis() -> Vec<Page> {
    pages(&bytes_of("pages.ogg"))
}

/// 0.25 s of Opus in two channels, on many pages: 20 ms in a packet, and 312 samples to be left out.
fn opus() -> Vec<Page> {
    let packets: Vec<Vec<u8>> = pages(&bytes_of("celt.opus")).iter().flat_map(Page::packets).collect();
    let headers = [&packets[0][..], &packets[1]];
    ogg::stream(3, &headers, &packets[2..], 3, |done| (done as i64 * 960).min(12_312))
}

/// The pages of [`vorbis`] with sound.
fn sound_pages(pages: &[Page]) -> std::ops::Range<usize> {
    pages.iter().position(|page| page.granule > 0).unwrap()..pages.len()
}

#[test]
fn pages_without_a_position_lose_nothing() {
    let mut pages = vorbis();
    let (whole, _) = decoded(file(&pages));
    assert_eq!(whole.len(), 88_200);
    let sound = sound_pages(&pages);
    pages[sound.start + 1..sound.end - 1].iter_mut().step_by(2).for_each(|page| page.granule = -1);
    let (samples, report) = decoded(file(&pages));
    assert_same(&samples, &whole, "samples");
    assert!(report.is_whole(), "{report:?}");
    // All of them but the last.
    pages[sound.start..sound.end - 1].iter_mut().for_each(|page| page.granule = -1);
    assert_same(&decoded(file(&pages)).0, &whole, "no positions");
}

#[test]
fn damaged_comments_cost_no_sound() {
    let pages = vorbis();
    let (whole, _) = decoded(file(&pages));
    let sound = sound_pages(&pages);
    let headers: Vec<Vec<u8>> = pages[..sound.start].iter().flat_map(Page::packets).collect();
    assert_eq!(headers.len(), 3);
    let packets: Vec<Vec<u8>> = pages[sound.clone()].iter().flat_map(Page::packets).collect();
    // A comment that declares more than there is; one that is nothing of the kind; a picture of 5 MB on many pages.
    let too_long = [&b"\x03vorbis\xff\xff\xff\xff"[..], &[0xee; 40]].concat();
    for comments in [too_long, b"\x03".to_vec()] {
        let headers = [&headers[0][..], &comments, &headers[2]];
        let rebuilt = ogg::stream(7, &headers, &packets, packets.len(), |_| 88_200);
        assert_same(&decoded(file(&rebuilt)).0, &whole, "damaged comments");
    }
    let mut with_picture = vec![pages[0].clone()];
    for i in 0..80 {
        let flags = u8::from(i > 0);
        let body = if i == 0 { [&b"\x03vorbis"[..], &[0; 65_018]].concat() } else { vec![0; 65_025] };
        with_picture.push(Page { flags, granule: -1, segments: vec![255; 255], body, ..pages[0].clone() });
    }
    with_picture.push(Page { flags: 1, granule: 0, segments: vec![1], body: vec![1], ..pages[0].clone() });
    with_picture.push(Page::new(0, 0, pages[0].serial, 0, &[&headers[2]]));
    with_picture.extend(pages[sound].iter().cloned());
    for (sequence, page) in with_picture.iter_mut().enumerate() {
        page.sequence = sequence as u32;
    }
    let (samples, report) = decoded(file(&with_picture));
    assert_same(&samples, &whole, "samples");
    assert!(report.is_whole(), "{report:?}");
}

#[test]
fn a_missing_or_damaged_page_is_counted_and_the_rest_is_read() {
    let pages = vorbis();
    let (whole, report) = decoded(file(&pages));
    assert!(report.is_whole(), "{report:?}");
    let at = sound_pages(&pages).start + 3;
    let lost = (pages[at].granule - pages[at - 1].granule) as f64 / 44_100.0;
    let mut missing = pages.clone();
    missing.remove(at);
    let mut damaged = file(&pages[..at]);
    damaged.extend(pages[at].bytes());
    let middle = damaged.len() - pages[at].body.len() / 2;
    damaged[middle] ^= 0x10;
    damaged.extend(file(&pages[at + 1..]));
    for bytes in [file(&missing), damaged] {
        let (samples, report) = decoded(bytes);
        let before = pages[at - 1].granule as usize;
        assert_same(&samples[..before], &whole[..before], "before the page");
        assert_same(&samples[samples.len() - 40_000..], &whole[whole.len() - 40_000..], "the end");
        assert!((report.seconds_lost - lost).abs() < 0.05, "{lost} s: {report:?}");
        assert!((report.seconds + report.seconds_lost - 2.0).abs() < 0.05, "{report:?}");
        assert!(report.broke_off.is_none() && report.packets_lost > 0, "{report:?}");
    }
}

#[test]
fn flac_in_ogg_is_read_bit_for_bit() {
    let (samples, report) = decoded(bytes_of("flac.ogg"));
    let expected: Vec<f32> = written::sound(22_050, 2_400).chunks(2).map(|s| ((s[0] + s[1]) / 2.0) as f32).collect();
    assert_same(&samples, &expected, "flac.ogg");
    assert!(report.is_whole(), "{report:?}");
}

#[test]
fn bytes_between_the_pages_are_passed_over() {
    let pages = vorbis();
    let (whole, _) = decoded(file(&pages));
    let at = sound_pages(&pages).start + 2;
    // With the beginnings of pages that are none.
    let junk = [&b"OggOggS\0\0"[..], &[0xff; 300], b"OggS\0\x04", &[b'O'; 100]].concat();
    let (samples, report) = decoded([file(&pages[..at]), junk, file(&pages[at..])].concat());
    assert_same(&samples, &whole, "samples");
    assert!(report.is_whole(), "{report:?}");
}

/// Checking each of these pages to its end would take minutes.
#[test]
fn pages_that_seem_to_begin_everywhere_are_given_up() {
    let header = [&b"OggS\0\x02"[..], &[0; 20], &[255]].concat();
    let error = read(header.repeat(600_000), &NATIVE).unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error}");
}

#[test]
fn a_file_cut_anywhere_gives_what_is_before_the_cut() {
    for name in ["pages.ogg", "celt.opus", "flac.ogg"] {
        let bytes = bytes_of(name);
        let (whole, _) = decoded(bytes.clone());
        for eighths in 1..8 {
            let len = bytes.len() * eighths / 8;
            match read(bytes[..len].to_vec(), &NATIVE) {
                Ok((samples, _, report)) => {
                    assert_same(&samples, &whole[..samples.len()], name);
                    assert!(report.broke_off.is_some(), "{name}, {len} bytes: {report:?}");
                }
                Err(e) => assert!([ErrorKind::Truncated, ErrorKind::NoAudio].contains(&e.kind()), "{name}, {len}: {e}"),
            }
        }
    }
}

#[test]
fn a_stream_cut_out_of_a_broadcast_starts_at_its_first_sample() {
    for mut pages in [vorbis(), opus()] {
        let (whole, _) = decoded(file(&pages));
        for page in pages.iter_mut().filter(|page| page.granule > 0) {
            page.granule += 50_000_000;
        }
        let (samples, report) = decoded(file(&pages));
        assert_same(&samples, &whole, "from the middle");
        assert!(report.is_whole(), "{report:?}");
    }
}

/// As from a recorder that was switched off; libsndfile cuts these at the last position, too.
#[test]
fn a_stream_that_does_not_say_that_it_ends_is_cut_at_its_last_position() {
    for mut pages in [vorbis(), opus()] {
        let (whole, _) = decoded(file(&pages));
        let last = pages.len() - 1;
        pages[last].flags &= !4;
        let (samples, report) = decoded(file(&pages));
        assert_same(&samples, &whole, "without an end");
        assert!(report.seconds_lost == 0.0, "{report:?}");
    }
}

/// As libsndfile, which drops what is before position 0.
#[test]
fn sound_before_position_0_is_left_out() {
    let mut pages = vorbis();
    let (whole, _) = decoded(file(&pages));
    pages.iter_mut().filter(|page| page.granule > 0).for_each(|page| page.granule -= 300);
    assert_same(&decoded(file(&pages)).0, &whole[300..], "300 samples less");
}

#[test]
fn chained_streams_of_other_rates_and_channels_are_played_to_the_end() {
    let (first, second) = (bytes_of("pages.ogg"), bytes_of("low.ogg"));
    let (whole, _) = decoded(first.clone());
    let low = decoded(second.clone()).0.len();
    assert_eq!(low, 8_000);
    let (samples, rate, report) = read([&first[..], &second].concat(), &NATIVE).unwrap();
    assert_eq!((rate, samples.len()), (44_100, whole.len() + 44_100));
    assert_same(&samples[..whole.len()], &whole, "first part");
    assert!(report.is_whole() && (report.seconds - 3.0).abs() < 1e-9, "{report:?}");
    // The tone in the middle of the second part: 440 Hz at an amplitude of 0.4, mixed by FFmpeg to 0.28.
    let window = &samples[whole.len() + 10_000..][..4_410];
    let (sine, cosine) = window.iter().enumerate().fold((0.0, 0.0), |(sine, cosine), (i, &s)| {
        let (sin, cos) = (std::f64::consts::TAU * 440.0 * i as f64 / 44_100.0).sin_cos();
        (sine + f64::from(s) * sin / 2_205.0, cosine + f64::from(s) * cos / 2_205.0)
    });
    assert!((sine.hypot(cosine) - 0.28).abs() < 0.03, "{}", sine.hypot(cosine));
    // Back and forth, converted to a third rate, and beginning with the lower one.
    let resampled = LoadOptions { rate: SampleRate::Hz(22_050), ..NATIVE };
    let (samples, rate, _) = read([&first[..], &second, &first].concat(), &resampled).unwrap();
    assert_eq!((rate, samples.len()), (22_050, 5 * 22_050));
    let (samples, rate, report) = read([&second[..], &first].concat(), &NATIVE).unwrap();
    assert_eq!((rate, samples.len()), (8_000, 3 * 8_000));
    assert!((report.seconds - 3.0).abs() < 1e-9, "{report:?}");
}

#[test]
fn codecs_may_change_along_a_chain() {
    let parts = ["celt.opus", "low.ogg", "flac.ogg"].map(bytes_of);
    let seconds: f64 = parts.iter().map(|part| decoded(part.clone()).1.seconds).sum();
    let (_, report) = decoded(parts.concat());
    assert!(report.is_whole() && (report.seconds - seconds).abs() < 1e-9, "{seconds} s: {report:?}");
}

#[test]
fn a_part_of_a_chain_that_cannot_be_played_is_told() {
    let speex = file(&[Page::new(2, 0, 9, 0, &[b"Speex   1.2"]), Page::new(4, 320, 9, 1, &[&[1; 40]])]);
    let vorbis = bytes_of("low.ogg");
    let (samples, report) = decoded([&vorbis[..], &speex, &vorbis].concat());
    assert_eq!(samples.len(), 16_000);
    assert!(!report.is_whole() && report.skipped.iter().any(|line| line.contains("another stream")), "{report:?}");
    // Without its setup header, the second part's packets are lost, and the time from its first page on is known.
    let mut pages = self::vorbis();
    let sound = sound_pages(&pages);
    pages.drain(1..sound.start);
    let (samples, report) = decoded([&vorbis[..], &file(&pages), &vorbis].concat());
    assert_eq!(samples.len(), 16_000);
    assert!(report.packets_lost > 0 && (report.seconds_lost - 1.9).abs() < 0.1, "{report:?}");
}

#[test]
fn a_recording_that_begins_inside_a_stream_is_played_from_the_next_on() {
    let pages = vorbis();
    let start = sound_pages(&pages).start;
    let error = read(file(&pages[start..]), &NATIVE).unwrap_err();
    assert!(error.to_string().contains("headers at the start of the Ogg stream are missing"), "{error}");
    let joined = [file(&pages[start..]), bytes_of("low.ogg")].concat();
    assert_eq!(decoded(joined).0.len(), 8_000);
}

#[test]
fn video_and_indices_beside_the_sound_are_passed_over() {
    let vorbis = vorbis();
    let (whole, _) = decoded(file(&vorbis));
    let start = sound_pages(&vorbis).start;
    let mut mixed = vec![
        Page::new(2, 0, 100, 0, &[b"fishead\0"]),
        Page::new(2, 0, 101, 0, &[b"\x80theora\x03\x02\x01"]),
        vorbis[0].clone(),
        Page::new(0, 0, 101, 1, &[b"\x81theora"]),
    ];
    mixed.extend_from_slice(&vorbis[1..start]);
    for (i, page) in vorbis[start..].iter().enumerate() {
        mixed.push(Page::new(0, i as i64, 101, 2 + i as u32, &[&[0x55; 700]]));
        mixed.push(page.clone());
    }
    let (samples, report) = decoded(file(&mixed));
    assert_same(&samples, &whole, "samples");
    assert!(report.is_whole(), "{report:?}");
}

#[test]
fn codecs_without_a_decoder_are_named() {
    let alone = |packet: &[u8]| file(&[Page::new(2, 0, 1, 0, &[packet]), Page::new(4, 900, 1, 1, &[&[1; 50]])]);
    for (packet, name) in [
        (&b"Speex   1.2rc1"[..], "Speex"),
        (b"CELT    0.11", "CELT"),
        (b"PCM     \0\0\0\0", "PCM in Ogg"),
        (b"\x01audio\0\0\0\x32\x30\0\0", "OGM"),
        (b"OpusHead\x01\x04\x38\x01\x80\xbb\0\0\0\0\x02\x02\x02\0\x01\x02\x03", "Opus with channels"),
    ] {
        let error = read(alone(packet), &NATIVE).unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains(name) && error.to_string().contains("convert it to"), "{error}");
    }
    for packet in [&b"\x80theora\x03\x02\x01"[..], b"BBCD\0", b"OVP80\x01", b"something else"] {
        assert!(matches!(read(alone(packet), &NATIVE), Err(Error::NoAudioTrack { .. })));
    }
}

#[test]
fn the_gain_in_an_opus_header_is_applied() {
    let mut pages = opus();
    let (whole, _) = decoded(file(&pages));
    // -6.02 dB, in steps of 1/256 dB.
    pages[0].body[16..18].copy_from_slice(&(-1_541i16).to_le_bytes());
    let (samples, _) = decoded(file(&pages));
    assert_eq!(samples.len(), whole.len());
    assert!(samples.iter().zip(&whole).all(|(a, b)| (a - b / 2.0).abs() < 1e-4));
    // +40 dB: louder than any recording, as damage or a decoder's fault may have it. Nobody is to take that for music.
    pages[0].body[16..18].copy_from_slice(&(40 * 256i16).to_le_bytes());
    let error = read(file(&pages), &NATIVE).unwrap_err().to_string();
    assert!(error.contains("dB over full scale"), "{error}");
}

#[test]
fn damaged_opus_packets_are_counted_and_the_rest_is_read() {
    let whole = opus();
    let packets: Vec<Vec<u8>> = whole[2..].iter().flat_map(Page::packets).collect();
    let headers: Vec<Vec<u8>> = whole[..2].iter().flat_map(Page::packets).collect();
    let headers = [&headers[0][..], &headers[1]];
    let granule = |done: usize| (done as i64 * 960).min(12_312);
    let mut damaged = packets.clone();
    // A packet of 48 frames, which is longer than there can be, and one with fewer bytes than its frames need.
    damaged[4] = vec![0xff, 48, 1, 2, 3];
    damaged[8] = vec![0xfe, 200, 1, 2, 3];
    let (samples, report) = decoded(file(&ogg::stream(3, &headers, &damaged, 3, granule)));
    assert_eq!(samples.len(), 12_000 - 2 * 960);
    assert_eq!((report.packets, report.packets_lost), (13, 2));
    assert!((report.seconds_lost - 0.04).abs() < 0.021, "{report:?}");
    // Nothing but garbage.
    let garbage: Vec<Vec<u8>> = (0..40u8).map(|i| vec![0xff, i.wrapping_mul(37), 200, 0xff, i]).collect();
    match read(file(&ogg::stream(3, &headers, &garbage, 5, granule)), &NATIVE) {
        Ok((samples, _, report)) => assert!(samples.iter().all(|s| s.is_finite()) && !report.is_whole(), "{report:?}"),
        Err(e) => assert!(e.to_string().contains("a.ogg"), "{e}"),
    }
    // A header that maps a channel to a stream that isn't there.
    let mut pages = whole;
    pages[0] = Page::new(2, 0, 3, 0, &[b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\x01\x01\x00\x00\x01"]);
    assert!(read(file(&pages), &NATIVE).is_err());
}

/// One small file of each kind.
const SEEDS: [&str; 6] = ["vorbis.ogg", "low.ogg", "celt.opus", "silk.opus", "surround.opus", "flac.ogg"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Pages with right checksums, so that what is inside reaches the decoders.
    #[test]
    fn pages_changed_at_random_give_finite_samples_or_an_error(
        seed in 0usize..SEEDS.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>(), 0u8..8), 1..12),
    ) {
        let mut pages = pages(&bytes_of(SEEDS[seed]));
        for (page, at, value, kind) in changes {
            let count = pages.len();
            let page = &mut pages[page.index(count)];
            match kind {
                0 => page.flags = value & 7,
                1 => page.granule = i64::from_le_bytes([value; 8]),
                2 => page.granule = page.granule.wrapping_add(i64::from(value) - 128),
                3 => page.sequence = u32::from(value),
                4 => page.serial ^= u32::from(value & 1),
                _ if page.body.is_empty() => {}
                _ => {
                    let at = at.index(page.body.len());
                    page.body[at] = value;
                }
            }
        }
        let mut reader = match AudioReader::open(AudioInput::bytes("fuzzed.ogg", file(&pages)), &NATIVE) {
            Ok(reader) => reader,
            Err(e) => {
                prop_assert!(e.to_string().contains("fuzzed.ogg"), "{}", e);
                return Ok(());
            }
        };
        let mut samples = Vec::new();
        let end = loop {
            match reader.read(&mut samples, 1 << 14) {
                Ok(0) => break Ok(()),
                Ok(_) => prop_assert!(samples.len() < 10 * 48_000 * 96),
                Err(e) => break Err(e),
            }
        };
        prop_assert!(samples.iter().all(|s| s.is_finite()));
        let report = reader.report();
        prop_assert!((0.0..=1.0).contains(&report.lost_share()) && report.packets_lost <= report.packets, "{:?}", report);
        if let Err(e) = end {
            prop_assert!(e.to_string().contains("fuzzed.ogg"), "{}", e);
        }
    }
}

//! What damage inside a container costs: no more than it touched, and that is told.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test file uses its part")]
#[path = "written/ogg.rs"]
mod ogg;
mod written;

use dsp::{AudioInput, AudioReader, DecodeReport, LoadOptions, SampleRate};
use ogg::{Page, file, pages};
use written::{Kind, aiff, encoded, sound};

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(encoded(name)).unwrap()
}

/// Samples and report of the bytes of a file.
fn heard(bytes: &[u8]) -> (Vec<f32>, DecodeReport) {
    let options = LoadOptions { rate: SampleRate::Native, ..LoadOptions::default() };
    let mut reader = AudioReader::open(AudioInput::bytes("a.mp3", bytes), &options).unwrap();
    let mut samples = Vec::new();
    while reader.read(&mut samples, 1 << 16).unwrap() > 0 {}
    (samples, reader.report().clone())
}

fn assert_costs_nothing(bytes: &[u8], expected: &[f32]) {
    let (samples, report) = heard(bytes);
    assert!(samples == expected, "{} of {} samples", samples.len(), expected.len());
    assert!(report.is_whole(), "{report:?}");
}

/// Where an element of a Matroska file begins; the first mention is in the file's index.
fn element(file: &[u8], id: [u8; 4]) -> usize {
    file.windows(4).rposition(|bytes| bytes == id).unwrap()
}

const TAGS: [u8; 4] = [0x12, 0x54, 0xc3, 0x67];
const CUES: [u8; 4] = [0x1c, 0x53, 0xbb, 0x6b];
const CLUSTER: [u8; 4] = [0x1f, 0x43, 0xb6, 0x75];

#[test]
fn tags_and_cues_of_matroska_may_be_damaged() {
    let plain = bytes_of("celt.webm");
    let (expected, _) = heard(&plain);
    for start in [element(&plain, TAGS), element(&plain, CUES)] {
        for (from, byte) in [(start + 4, 0xff), (start + 12, 0), (start, b'x')] {
            let mut damaged = plain.clone();
            damaged[from..from + 8].fill(byte);
            assert_costs_nothing(&damaged, &expected);
        }
    }
    assert_costs_nothing(&[&plain[..], &[0xa5; 999]].concat(), &expected);
}

#[test]
fn matroska_cut_off_or_damaged_gives_its_whole_blocks() {
    let plain = bytes_of("celt.webm");
    let (whole, _) = heard(&plain);
    let (cluster, cues) = (element(&plain, CLUSTER), element(&plain, CUES));
    let (cut, _) = heard(&plain[..(cluster + cues) / 2]);
    assert!(cut.len() > whole.len() / 3 && cut == whole[..cut.len()], "{} of {}", cut.len(), whole.len());
    let mut damaged = plain.clone();
    let block = (cluster + cues) / 2 + plain[(cluster + cues) / 2..].iter().position(|byte| *byte == 0xa3).unwrap();
    damaged[block..block + 8].fill(0);
    let (samples, _) = heard(&damaged);
    assert!(samples.len() > whole.len() / 3 && samples == whole[..samples.len()], "{}", samples.len());
}

#[test]
fn chunks_around_the_audio_of_a_caf_cost_nothing() {
    let plain = bytes_of("alac.caf");
    let (expected, report) = heard(&plain);
    // The last of its packets is shorter than the header says.
    assert!(report.is_whole(), "{report:?}");
    assert_costs_nothing(&[&plain[..], &[0xa5; 99]].concat(), &expected);
    let data = plain.windows(4).position(|name| name == b"data").unwrap();
    let damaged = [&b"info"[..], &[0x11; 8], b"title\0"].concat();
    assert_costs_nothing(&[&plain[..data], &damaged, &plain[data..]].concat(), &expected);
}

#[test]
fn a_chunk_of_an_aiff_may_be_of_a_wrong_size() {
    let plain = aiff(Kind::Int16, 22_050, 2, &sound(22_050, 3_000));
    let (expected, _) = heard(&plain);
    for size in [[0, 0, 0, 11], [0, 0, 1, 0], [0xff; 4]] {
        let comments = [&b"COMT"[..], &size, &[0; 20]].concat();
        assert_costs_nothing(&[&plain[..38], &comments, &plain[38..]].concat(), &expected);
    }
}

#[test]
fn descriptions_behind_the_tracks_of_an_mp4_may_be_of_a_wrong_size() {
    let plain = bytes_of("priming.m4a");
    let (expected, _) = heard(&plain);
    let tags = plain.windows(4).rposition(|name| name == b"udta").unwrap() - 4;
    for header in [[0; 8], [0xff; 8], [0, 0, 0, 3, b'u', b'd', b't', b'a']] {
        let mut damaged = plain.clone();
        damaged[tags..tags + 8].copy_from_slice(&header);
        assert_costs_nothing(&damaged, &expected);
    }
}

#[test]
fn a_tag_before_a_flac_may_be_of_a_wrong_size() {
    let plain = bytes_of("blocks.flac");
    let (expected, _) = heard(&plain);
    for size in [[0; 4], [0, 0, 0, 7], [0x7f; 4]] {
        let tag = [&b"ID3\x04\0\0"[..], &size, &[b'x'; 200]].concat();
        assert_costs_nothing(&[&tag[..], &plain].concat(), &expected);
    }
}

#[test]
fn half_an_ape_tag_behind_an_mp3_costs_no_frame() {
    let plain = bytes_of("low.mp3");
    let (expected, _) = heard(&plain);
    let end = |flags: u32, size: u32| {
        [&b"APETAGEX\xd0\x07\0\0"[..], &size.to_le_bytes(), &[1, 0, 0, 0], &flags.to_le_bytes(), &[0; 8]].concat()
    };
    assert_costs_nothing(&[&plain[..], &end(0xa000_0000, 51)].concat(), &expected);
    assert_costs_nothing(&[&plain[..], &[0; 19], &end(0x8000_0000, 1000)].concat(), &expected);
}

#[test]
fn comments_in_ogg_may_be_anything() {
    for name in ["pages.ogg", "celt.opus", "flac.ogg"] {
        let plain = bytes_of(name);
        let (expected, _) = heard(&plain);
        let parts = pages(&plain);
        let start = parts[0].bytes().len() + parts[1].bytes().len() - parts[1].body.len();
        let comments = start..start + parts[1].packets()[0].len();
        for byte in [0, b'x'] {
            let mut damaged = plain.clone();
            damaged[comments.clone()].fill(byte);
            // As a disk damages them, and as an editor of tags does.
            assert_costs_nothing(&damaged, &expected);
            assert_costs_nothing(&file(&pages(&damaged)), &expected);
        }
    }
}

#[test]
fn pages_lost_at_the_start_of_ogg_are_counted() {
    let packets: Vec<Vec<u8>> = pages(&bytes_of("celt.opus")).iter().flat_map(Page::packets).collect();
    let granule = |done: usize| (done as i64 * 960).min(12_312);
    let mut pages = ogg::stream(3, &[&packets[0], &packets[1]], &packets[2..], 3, granule);
    let (whole, _) = heard(&file(&pages));
    pages.remove(2);
    let (samples, report) = heard(&file(&pages));
    assert_eq!(samples.len(), whole.len() - (3 * 960 - 312));
    assert!((report.seconds_lost - 0.0535).abs() < 0.001, "{report:?}");
    // Far more pages are missing than can be lost: it was cut out of a longer stream.
    for page in &mut pages[2..] {
        page.sequence += 1000;
        page.granule += 48_000 * 60;
    }
    assert_eq!(heard(&file(&pages)).1.seconds_lost, 0.0);
}

#[test]
fn a_packet_that_seems_to_be_of_an_unknown_kind_costs_itself() {
    let plain = bytes_of("adts.aac");
    let (whole, _) = heard(&plain);
    let mut damaged = plain.clone();
    // The first element of the sixth frame becomes a coupling channel.
    let frame = (0..plain.len() - 1).filter(|&at| plain[at] == 0xff && plain[at + 1] == 0xf1).nth(5).unwrap();
    damaged[frame + 7] = 0x40;
    let (samples, report) = heard(&damaged);
    assert_eq!((samples.len(), report.packets_lost), (whole.len() - 1024, 1), "{report:?}");
}

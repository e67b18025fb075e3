//! What damage inside a container costs: no more than it touched, and that is told.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod written;

use dsp::{AudioInput, AudioReader, DecodeReport, LoadOptions, SampleRate};
use written::{Kind, aiff, encoded, sound};

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(encoded(name)).unwrap()
}

/// Samples and report of the bytes of a file.
fn heard(bytes: &[u8]) -> (Vec<f32>, DecodeReport) {
    let options = LoadOptions { rate: SampleRate::Native, offset: 0.0, duration: None };
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


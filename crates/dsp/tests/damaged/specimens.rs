//! A sound file of each format, with what tags and trailers a format can have around its sound.

use dsp::AudioInput;

use super::built::{Built, faststart, flac_blocks, form, mp4_with_tags, rf64, riff, rifx, wave64};
use super::heard::{Heard, hear};
use crate::ogg::{self, Page, pages};
use crate::written::{Kind, aiff, au, encoded, sound, wav};

/// What its bytes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Samples in frames of so many bytes.
    Pcm(usize),
    /// Packets: a damaged one may be lost, and the ones beside it.
    Packets,
}

/// A sound file.
pub struct Specimen {
    pub name: String,
    pub file: Built,
    pub coding: Coding,
    /// Whether what tells the packets apart comes behind them.
    pub indexed_behind: bool,
    /// What is heard of it.
    pub whole: Heard,
}

impl Specimen {
    fn new(name: &str, coding: Coding, file: Built) -> Self {
        let whole = hear(name, &file.bytes).unwrap_or_else(|e| panic!("{name} undamaged: {e}"));
        assert!(whole.report.is_whole(), "{name} undamaged: {:?}", whole.report);
        let indexed_behind = ["alac.caf", "priming.m4a", "alac.m4a", "celt.mp4"].contains(&name);
        Self { name: name.to_owned(), file, coding, indexed_behind, whole }
    }

    /// The file as an input, with `bytes` in its place.
    pub fn input(&self, bytes: &[u8]) -> AudioInput {
        AudioInput::bytes(self.name.clone(), bytes)
    }
}

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(encoded(name)).unwrap()
}

/// An ID3v2 tag with a title and a picture that isn't one.
fn id3v2() -> Vec<u8> {
    let frames = [&b"TIT2\0\0\0\x06\0\0\x03Title"[..], b"APIC\0\0\0\x28\0\0\0image/png\0\x03\0", &[0x89; 26]].concat();
    [&b"ID3\x04\0\0\0\0\0"[..], &[frames.len() as u8], &frames].concat()
}

fn id3v1() -> Vec<u8> {
    [&b"TAG"[..], &[b'a'; 125]].concat()
}

/// An APE tag of one item, with its footer.
fn ape() -> Vec<u8> {
    let item = [&5u32.to_le_bytes()[..], &[0; 4], b"Title\0Title"].concat();
    let size = (item.len() as u32 + 32).to_le_bytes();
    let end = |flags: u32| [&b"APETAGEX\xd0\x07\0\0"[..], &size, &[1, 0, 0, 0], &flags.to_le_bytes(), &[0; 8]].concat();
    [end(0xa000_0000), item, end(0x8000_0000)].concat()
}

/// PCM in each of its containers.
fn pcm() -> Vec<Specimen> {
    let interleaved = sound(22_050, 3_000);
    let plain = |kind| wav(kind, 22_050, 2, &interleaved);
    let of = |name: &str, kind: Kind, file| Specimen::new(name, Coding::Pcm(2 * kind.size()), file);
    let mut all: Vec<Specimen> =
        Kind::ALL.into_iter().map(|kind| of(&format!("{kind:?}.wav"), kind, riff(&plain(kind)))).collect();
    all.push(of("a.rf64", Kind::Int16, rf64(&plain(Kind::Int16))));
    all.push(of("rifx.wav", Kind::Int16, rifx(&plain(Kind::Int16))));
    all.push(of("a.w64", Kind::Int24, wave64(&plain(Kind::Int24))));
    for kind in [Kind::Int16, Kind::Int24] {
        all.push(of(&format!("{kind:?}.aiff"), kind, form(&aiff(kind, 22_050, 2, &interleaved))));
    }
    for kind in [Kind::Int16, Kind::Float32] {
        let au = au(kind, 22_050, 2, &interleaved);
        let (head, data) = au.split_at(32);
        let file = Built::default().head(&head[..24]).tag(&head[24..]).sound(data);
        all.push(of(&format!("{kind:?}.au"), kind, file));
    }
    all
}

/// The WAVs of ADPCM.
fn adpcm() -> Vec<Specimen> {
    let of = |name: &str| {
        let bytes = bytes_of(name);
        let data = (0..).find(|&at| &bytes[at..at + 4] == b"data").unwrap() + 8;
        Specimen::new(name, Coding::Packets, Built::default().head(&bytes[..data]).sound(&bytes[data..]))
    };
    ["ms.wav", "ima.wav"].map(of).into()
}

/// Bytes of `lame.mp3` before its sound: a tag and a frame that only counts the others.
const LAME_HEAD: usize = 228;

/// Streams of frames, with tags before and behind.
fn frames() -> Vec<Specimen> {
    let of = |name: &str| {
        let stream = bytes_of(name);
        let (head, stream) = stream.split_at(if name == "lame.mp3" { LAME_HEAD } else { 0 });
        let file = Built::default().tag(&id3v2()).head(head).sound(stream).tag(&ape()).tag(&id3v1());
        Specimen::new(name, Coding::Packets, file)
    };
    ["long.mp3", "lame.mp3", "variable.mp3", "low.mp3", "layer2.mp2", "adts.aac"].map(of).into()
}

/// Streams in Ogg, one packet on a page.
fn ogg() -> Vec<Specimen> {
    let of = |name: &str, headers: usize, granule: &dyn Fn(usize) -> i64| {
        let packets: Vec<Vec<u8>> = pages(&bytes_of(name)).iter().flat_map(Page::packets).collect();
        let heads: Vec<&[u8]> = packets[..headers].iter().map(Vec::as_slice).collect();
        let pages = ogg::stream(3, &heads, &packets[headers..], 1, granule);
        Specimen::new(name, Coding::Packets, Built::of_ogg(&pages))
    };
    let of_pages = |name: &str| Specimen::new(name, Coding::Packets, Built::of_ogg(&pages(&bytes_of(name))));
    vec![
        of_pages("pages.ogg"),
        of("celt.opus", 2, &|done| (done as i64 * 960).min(12_312)),
        of("silk.opus", 2, &|done| (done as i64 * 2_880).min(24_312)),
        of("surround.opus", 2, &|done| (done as i64 * 960).min(12_312)),
    ]
}

/// Files with an index or clusters.
fn indexed() -> Vec<Specimen> {
    let webm = bytes_of("celt.webm");
    // The first is where the index of the file names it.
    let at = |id: &[u8]| webm.windows(4).rposition(|name| name == id).unwrap();
    let (tags, cluster, cues) = (at(b"\x12\x54\xc3\x67"), at(b"\x1f\x43\xb6\x75"), at(b"\x1c\x53\xbb\x6b"));
    let webm =
        Built::default().head(&webm[..tags]).tag(&webm[tags..cluster]).sound(&webm[cluster..cues]).tag(&webm[cues..]);
    let caf = bytes_of("alac.caf");
    let data = (0..).find(|&at| &caf[at..at + 4] == b"data").unwrap();
    let size = u64::from_be_bytes(caf[data + 4..data + 12].try_into().unwrap()) as usize;
    let caf = Built::default()
        .head(&caf[..data + 16])
        .sound(&caf[data + 16..data + 12 + size])
        .head(&caf[data + 12 + size..]);
    let mut all =
        vec![Specimen::new("celt.webm", Coding::Packets, webm), Specimen::new("alac.caf", Coding::Packets, caf)];
    all.push(Specimen::new("faststart.m4a", Coding::Packets, faststart(&bytes_of("priming.m4a"))));
    for name in ["priming.m4a", "alac.m4a", "celt.mp4"] {
        all.push(Specimen::new(name, Coding::Packets, mp4_with_tags(&bytes_of(name))));
    }
    all
}

fn flac() -> Vec<Specimen> {
    let file = flac_blocks(&bytes_of("blocks.flac"));
    let around = Built::default().tag(&id3v2()).join(&file).tag(&ape()).tag(&id3v1());
    vec![Specimen::new("blocks.flac", Coding::Packets, file), Specimen::new("around.flac", Coding::Packets, around)]
}

/// All of them.
pub fn specimens() -> Vec<Specimen> {
    [pcm(), adpcm(), frames(), ogg(), indexed(), flac()].into_iter().flatten().collect()
}

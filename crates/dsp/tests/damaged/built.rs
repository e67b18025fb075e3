//! Files of which is known where their sound is and where their tags.

use std::ops::Range;

use crate::ogg::{self, Page};

/// A file, piece by piece.
#[derive(Debug, Clone, Default)]
pub struct Built {
    pub bytes: Vec<u8>,
    /// Where nothing is that the sound needs.
    pub tags: Vec<Range<usize>>,
    pub sound: Range<usize>,
    /// The pages of an Ogg file, whose checksums an editor of tags puts right.
    pub pages: Vec<Range<usize>>,
}

impl Built {
    fn add(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend(bytes);
        start..self.bytes.len()
    }

    /// What decoding needs besides the sound.
    pub fn head(mut self, bytes: &[u8]) -> Self {
        self.add(bytes);
        self
    }

    pub fn tag(mut self, bytes: &[u8]) -> Self {
        let range = self.add(bytes);
        self.tags.push(range);
        self
    }

    pub fn sound(mut self, bytes: &[u8]) -> Self {
        self.sound = self.add(bytes);
        self
    }

    /// Another file behind what is there.
    pub fn join(mut self, other: &Self) -> Self {
        let start = self.add(&other.bytes).start;
        let moved = |range: &Range<usize>| range.start + start..range.end + start;
        self.tags.extend(other.tags.iter().map(moved));
        self.sound = moved(&other.sound);
        self
    }

    /// An Ogg file whose second packet is its comments.
    pub fn of_ogg(pages: &[Page]) -> Self {
        let mut built = Self::default();
        for (index, page) in pages.iter().enumerate() {
            let range = built.add(&page.bytes());
            if index == 1 {
                let comments = page.packets()[0].len();
                let start = range.end - page.body.len();
                built.tags.push(start..start + comments);
            }
            if page.granule > 0 && built.sound.end == 0 {
                built.sound.start = range.start;
            }
            if built.sound.start > 0 {
                built.sound.end = range.end;
            }
            built.pages.push(range);
        }
        built
    }

    /// Puts the checksums of `bytes`, this file with other content, right.
    pub fn check(&self, bytes: &mut [u8]) {
        for range in &self.pages {
            ogg::check(&mut bytes[range.clone()]);
        }
    }
}

fn chunk(id: &[u8; 4], size: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = [&id[..], &size, body].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

fn le_chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    chunk(id, (body.len() as u32).to_le_bytes(), body)
}

fn be_chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    chunk(id, (body.len() as u32).to_be_bytes(), body)
}

/// The bytes of each number the other way round.
fn swapped(bytes: &[u8], widths: &[usize]) -> Vec<u8> {
    let mut rest = bytes;
    let mut out = Vec::new();
    for &width in widths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        out.extend(rest[..width].iter().rev());
        rest = &rest[width..];
    }
    out
}

/// The `fmt ` of a plain WAV, and its samples.
fn split(wav: &[u8]) -> (&[u8], &[u8]) {
    (&wav[20..36], &wav[44..])
}

/// A plain WAV with chunks around its sound.
pub fn riff(wav: &[u8]) -> Built {
    let (format, data) = split(wav);
    let broadcast = le_chunk(b"bext", &[b'b'; 604]);
    let list = le_chunk(b"LIST", b"INFOINAM\x06\0\0\0Title\0ISFT\x05\0\0\0Lavf\0\0");
    let id3 = le_chunk(b"id3 ", b"ID3\x04\0\0\0\0\0\x10TIT2\0\0\0\x06\0\0\x03Title");
    let size = 4 + broadcast.len() + 24 + list.len() + 8 + data.len() + id3.len();
    Built::default()
        .head(&[&b"RIFF"[..], &(size as u32).to_le_bytes(), b"WAVE"].concat())
        .tag(&broadcast)
        .head(&le_chunk(b"fmt ", format))
        .tag(&list)
        .head(&[&b"data"[..], &(data.len() as u32).to_le_bytes()].concat())
        .sound(data)
        .tag(&id3)
}

/// A plain WAV of 16 bits as RIFX.
pub fn rifx(wav: &[u8]) -> Built {
    let (format, data) = split(wav);
    let list = be_chunk(b"LIST", b"INFOINAM\0\0\0\x06Title\0");
    let size = (4 + 24 + list.len() + 8 + data.len()) as u32;
    Built::default()
        .head(&[&b"RIFX"[..], &size.to_be_bytes(), b"WAVE"].concat())
        .head(&be_chunk(b"fmt ", &swapped(format, &[2, 2, 4, 4, 2, 2])))
        .tag(&list)
        .head(&[&b"data"[..], &(data.len() as u32).to_be_bytes()].concat())
        .sound(&swapped(data, &[2]))
}

/// A plain WAV as RF64.
pub fn rf64(wav: &[u8]) -> Built {
    let (format, data) = split(wav);
    let list = le_chunk(b"LIST", b"INFOINAM\x06\0\0\0Title\0");
    let sizes =
        [(4 + 36 + 24 + list.len() + 8 + data.len()) as u64, data.len() as u64, 0].map(u64::to_le_bytes).concat();
    Built::default()
        .head(b"RF64\xff\xff\xff\xffWAVE")
        .head(&le_chunk(b"ds64", &[&sizes[..], &[0; 4]].concat()))
        .head(&le_chunk(b"fmt ", format))
        .tag(&list)
        .head(b"data\xff\xff\xff\xff")
        .sound(data)
}

/// A plain WAV as Sony Wave64.
pub fn wave64(wav: &[u8]) -> Built {
    const TAIL: [u8; 12] = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
    const RIFF_TAIL: [u8; 12] = [0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0x00, 0x00];
    let (format, data) = split(wav);
    let head = |id: &[u8; 4], tail: &[u8; 12], size: usize| [&id[..], tail, &(size as u64).to_le_bytes()].concat();
    let fact = [head(b"fact", &TAIL, 32), vec![0; 8]].concat();
    let whole = 40 + fact.len() + 40 + 24 + data.len();
    Built::default()
        .head(&[head(b"riff", &RIFF_TAIL, whole), [&b"wave"[..], &TAIL].concat()].concat())
        .tag(&fact)
        .head(&[head(b"fmt ", &TAIL, 40), format.to_vec()].concat())
        .head(&head(b"data", &TAIL, 24 + data.len()))
        .sound(data)
}

/// A plain AIFF with chunks around its sound.
pub fn form(aiff: &[u8]) -> Built {
    let comments = be_chunk(b"COMT", b"\0\x01\0\0\0\0\0\0\0\x04note");
    let marks = be_chunk(b"MARK", b"\0\x01\0\x01\0\0\0\0\x05start");
    let size = aiff.len() - 8 + 2 * comments.len() + marks.len();
    Built::default()
        .head(&[&b"FORM"[..], &(size as u32).to_be_bytes(), b"AIFF"].concat())
        .tag(&comments)
        .head(&aiff[12..38])
        .tag(&marks)
        .head(&aiff[38..54])
        .sound(&aiff[54..])
        .tag(&comments)
}

/// A FLAC with one metadata block of each kind.
pub fn flac_blocks(flac: &[u8]) -> Built {
    let mut frames = 4;
    loop {
        let head = &flac[frames..frames + 4];
        frames += 4 + u32::from_be_bytes([0, head[1], head[2], head[3]]) as usize;
        if head[0] & 0x80 != 0 {
            break;
        }
    }
    let block = |kind: u8, body: &[u8]| [&[kind][..], &(body.len() as u32).to_be_bytes()[1..], body].concat();
    let comments = b"\x04\0\0\0test\x01\0\0\0\x0b\0\0\0TITLE=Title";
    let picture =
        [&3u32.to_be_bytes()[..], b"\0\0\0\x09image/png\0\0\0\0", &[0; 16], b"\0\0\0\x40", &[0x89; 64]].concat();
    let blocks = [
        block(2, b"testdata"),
        block(3, &[0xff; 36]),
        block(4, comments),
        block(5, &[0; 396 + 36]),
        block(6, &picture),
        block(0x81, &[0; 64]),
    ];
    let head = [&b"fLaC"[..], &block(0, &flac[8..42])].concat();
    let built = Built::default().head(&head);
    blocks.iter().fold(built, |built, block| built.tag(block)).sound(&flac[frames..])
}

/// The boxes of an MP4 file: type, and the place of all of it.
fn boxes(bytes: &[u8], mut at: usize) -> Vec<(&[u8], Range<usize>)> {
    let mut found = Vec::new();
    while at + 8 <= bytes.len() {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        found.push((&bytes[at + 4..at + 8], at..at + size));
        at += size;
    }
    found
}

/// An MP4 file whose last box is the movie, and the movie's last its descriptions.
pub fn mp4_with_tags(bytes: &[u8]) -> Built {
    let outer = boxes(bytes, 0);
    let place = |name: &[u8]| outer.iter().find(|(found, _)| *found == name).unwrap().1.clone();
    let (data, movie) = (place(b"mdat"), place(b"moov"));
    let (name, tags) = boxes(&bytes[..movie.end], movie.start + 8).pop().unwrap();
    assert_eq!((name, movie.end), (&b"udta"[..], bytes.len()));
    Built::default()
        .head(&bytes[..data.start + 8])
        .sound(&bytes[data.start + 8..data.end])
        .head(&bytes[data.end..tags.start])
        .tag(&bytes[tags])
}

/// The same with the movie before the sound, as files are that begin to play before they are whole.
pub fn faststart(bytes: &[u8]) -> Built {
    let outer = boxes(bytes, 0);
    let place = |name: &[u8]| outer.iter().find(|(found, _)| *found == name).unwrap().1.clone();
    let (data, movie) = (place(b"mdat"), place(b"moov"));
    let mut moved = bytes[movie.clone()].to_vec();
    let offsets = moved.windows(4).position(|name| name == b"stco").unwrap() + 12;
    let offset = u32::from_be_bytes(moved[offsets..offsets + 4].try_into().unwrap()) + moved.len() as u32;
    moved[offsets..offsets + 4].copy_from_slice(&offset.to_be_bytes());
    let tags = boxes(bytes, movie.start + 8).pop().unwrap().1.len();
    let (head, tags) = moved.split_at(moved.len() - tags);
    Built::default()
        .head(&bytes[..data.start])
        .head(head)
        .tag(tags)
        .head(&bytes[data.start..data.start + 8])
        .sound(&bytes[data.start + 8..data.end])
}

//! Short files of every format that is decoded.

use std::path::Path;

use fuzz::VIEWS;

use crate::written::{Kind, aiff, au, au_of_bytes, sound, wav};

/// Frames of those that are written here.
const FRAMES: usize = 200;

/// Frames of those that are long enough for a row.
const ROW: usize = 2_100;

/// Names and contents.
pub fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut push = |name: String, bytes: Vec<u8>| files.push((name, bytes));
    let stereo = sound(22_050, FRAMES);
    for kind in Kind::ALL {
        let name = format!("{kind:?}").to_lowercase();
        push(format!("{name}.wav"), wav(kind, 22_050, 2, &stereo));
        push(format!("{name}.au"), au(kind, 22_050, 2, &stereo));
        if kind != Kind::Float32 && kind != Kind::Float64 {
            push(format!("{name}.aiff"), aiff(kind, 22_050, 2, &stereo));
        }
    }
    let mono: Vec<f64> = sound(22_050, ROW).into_iter().step_by(2).collect();
    push("row.wav".into(), wav(Kind::Int8, 22_050, 1, &mono));
    push("row.au".into(), au(Kind::Int8, 8_000, 1, &mono[..800]));
    let noise: Vec<u8> = (0..400u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for code in [1, 27, 23, 99] {
        push(format!("encoding{code}.au"), au_of_bytes(code, 8_000, 1, &noise));
    }
    let plain = au(Kind::Int16, 22_050, 2, &stereo);
    let mut swapped = b"dns.".to_vec();
    swapped.extend(plain[4..24].chunks(4).flat_map(|number| number.iter().rev()));
    swapped.extend(&plain[24..]);
    push("swapped.au".into(), swapped);
    wavs(&wav(Kind::Int16, 22_050, 2, &stereo), &noise, &mut push);
    push("sowt.aifc".into(), aifc(&aiff(Kind::Int16, 22_050, 2, &stereo)));
    push("lpcm.caf".into(), caf(&noise));
    let encoded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dsp/tests/audio");
    for entry in encoded.read_dir().unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".json") || name.ends_with(".md") || name.ends_with(".py") {
            continue;
        }
        let bytes = std::fs::read(encoded.join(&name)).unwrap();
        if name == "lame.mp3" {
            push("lame.wav".into(), riff(b"RIFF", &format(0x55, 0, 1, 0), &bytes));
            let tag = [&b"ID3\x03\0\0\0\0\0\x14TIT2\0\0\0\x0a\0\0"[..], &[b'x'; 10]].concat();
            let ape = &b"APETAGEX\xd0\x07\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"[..];
            let id3v1 = [&b"TAG"[..], &[b'x'; 125]].concat();
            push("tags.mp3".into(), [&tag[..], &bytes[..900], ape, &id3v1].concat());
        }
        if name == "stereo.flac" {
            push("short.flac".into(), bytes[..3_000].to_vec());
        }
        push(name, bytes);
    }
    files
}

/// The file as what is put between a view's ends, for each view that fits.
pub fn views(file: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let fits = |head: &[u8]| head.is_empty() || (file.len() > head.len() && file[..2] == head[..2]);
    let views = VIEWS.iter().enumerate().filter(|(_, view)| fits(view.head));
    views.map(|(at, view)| (at, [&[at as u8], &file[view.head.len()..]].concat())).collect()
}

/// A format chunk's body.
fn format(tag: u16, align: u16, channels: u16, bits: u16) -> Vec<u8> {
    let mut body = [tag.to_le_bytes(), channels.to_le_bytes()].concat();
    body.extend([22_050u32, 22_050 * u32::from(align)].map(u32::to_le_bytes).concat());
    body.extend([align, bits].map(u16::to_le_bytes).concat());
    body
}

fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = [&id[..], &(body.len() as u32).to_le_bytes(), body].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

fn riff(id: &[u8; 4], format: &[u8], data: &[u8]) -> Vec<u8> {
    let body = [chunk(b"fmt ", format), chunk(b"LIST", b"INFOIART\x02\0\0\0a\0"), chunk(b"data", data)].concat();
    [&id[..], &(body.len() as u32 + 4).to_le_bytes(), b"WAVE", &body].concat()
}

/// The relatives of WAV, and what else than plain numbers it holds.
fn wavs(plain: &[u8], noise: &[u8], push: &mut impl FnMut(String, Vec<u8>)) {
    let (pcm, data) = (&plain[20..36], &plain[44..]);
    let mut rifx = b"RIFX\0\0\x03\x44WAVEfmt \0\0\0\x10".to_vec();
    let mut at = 0;
    for width in [2, 2, 4, 4, 2, 2] {
        rifx.extend(pcm[at..at + width].iter().rev());
        at += width;
    }
    rifx.extend([&b"data"[..], &(data.len() as u32).to_be_bytes(), data].concat());
    push("plain.rifx.wav".into(), rifx);
    let sizes = [80 + data.len() as u64, data.len() as u64, FRAMES as u64].map(u64::to_le_bytes).concat();
    let rest = [chunk(b"ds64", &[&sizes[..], &[0; 4]].concat()), chunk(b"fmt ", pcm)].concat();
    push("plain.rf64".into(), [&b"RF64\xff\xff\xff\xffWAVE"[..], &rest, b"data\xff\xff\xff\xff", data].concat());
    let tail = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
    let long = |id: &[u8; 4], body: &[u8]| [&id[..], &tail, &(body.len() as u64 + 24).to_le_bytes(), body].concat();
    let body = [long(b"fmt ", pcm), long(b"data", data)].concat();
    let head = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0";
    push("plain.w64".into(), [&head[..], &(body.len() as u64 + 40).to_le_bytes(), b"wave", &tail, &body].concat());
    let extended = |tag, align, channels, bits, more: &[u8]| {
        [&format(tag, align, channels, bits)[..], &(more.len() as u16).to_le_bytes(), more].concat()
    };
    let guid = b"\x10\0\x03\0\0\0\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
    push("extensible.wav".into(), riff(b"RIFF", &extended(0xfffe, 4, 2, 16, guid), data));
    for (name, tag, bits) in [("alaw", 6, 8), ("mulaw", 7, 8)] {
        push(format!("{name}.wav"), riff(b"RIFF", &extended(tag, 1, 1, bits, &[]), noise));
    }
    push("ima.wav".into(), riff(b"RIFF", &extended(0x11, 64, 1, 4, &121u16.to_le_bytes()), &blocks(noise, 4)));
    let pairs = [[256, 0], [512, -256], [0, 0], [192, 64], [240, 0], [460, -208], [392, -232]];
    let numbers = pairs.as_flattened().iter().flat_map(|number: &i16| number.to_le_bytes());
    let more: Vec<u8> = [116, 0, 7, 0].into_iter().chain(numbers).collect();
    push("ms.wav".into(), riff(b"RIFF", &extended(2, 64, 1, 4, &more), &blocks(noise, 7)));
}

/// Blocks of 64 bytes, whose headers have so many zeros.
fn blocks(noise: &[u8], zeros: usize) -> Vec<u8> {
    let mut blocks = noise[..384].to_vec();
    blocks.chunks_mut(64).for_each(|block| block[..zeros].fill(0));
    blocks
}

/// The same in the compressed form, little-endian.
fn aifc(plain: &[u8]) -> Vec<u8> {
    let mut body = [b"AIFCCOMM\0\0\0\x18", &plain[20..38], b"sowt\0\0"].concat();
    body.extend([&plain[38..54], &plain[54..]].concat());
    [&b"FORM"[..], &(body.len() as u32).to_be_bytes(), &body].concat()
}

/// Apple's Core Audio Format, of one channel of 16 bits.
fn caf(noise: &[u8]) -> Vec<u8> {
    let mut file = b"caff\0\x01\0\0desc\0\0\0\0\0\0\0\x20".to_vec();
    file.extend(22_050f64.to_be_bytes());
    file.extend(b"lpcm");
    file.extend([0u32, 2, 1, 1, 16].map(u32::to_be_bytes).concat());
    file.extend(b"data");
    file.extend((noise.len() as u64 + 4).to_be_bytes());
    file.extend([&[0; 4], noise].concat());
    file
}

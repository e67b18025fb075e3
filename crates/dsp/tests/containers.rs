//! Files as other programs write them, and as the years leave them: what is heard is the sound, whatever is around it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod written;

use dsp::{AudioInput, AudioReader, DecodeReport, Error, LoadOptions, SampleRate, load};
use written::{Kind, aiff, au, encoded, sound, wav};

const NATIVE: LoadOptions = LoadOptions { rate: SampleRate::Native, ..LoadOptions::STANDARD };

/// Samples and report of the bytes of a file.
fn heard(name: &str, bytes: &[u8]) -> (Vec<f32>, DecodeReport) {
    let mut reader = AudioReader::open(AudioInput::bytes(name, bytes), &NATIVE).unwrap();
    let mut samples = Vec::new();
    while reader.read(&mut samples, 1 << 16).unwrap() > 0 {}
    (samples, reader.report().clone())
}

fn assert_same(name: &str, bytes: &[u8], expected: &[f32]) {
    let (samples, report) = heard(name, bytes);
    assert_eq!(samples.len(), expected.len(), "{name}");
    assert!(samples == expected, "{name}");
    assert!(report.is_whole(), "{name}: {report:?}");
}

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(encoded(name)).unwrap()
}

/// The mean of the two channels of [`sound`], of 16 bits.
fn expected(frames: usize) -> Vec<f32> {
    sound(22_050, frames).chunks(2).map(|pair| ((pair[0] as f32) + (pair[1] as f32)) / 2.0).collect()
}

/// A WAV's `fmt ` and the bytes of its audio.
fn split(wav: &[u8]) -> (&[u8], &[u8]) {
    (&wav[20..36], &wav[44..])
}

fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = [&id[..], &(body.len() as u32).to_le_bytes(), body].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    [&b"RIFF"[..], &(body.len() as u32 + 4).to_le_bytes(), b"WAVE", &body].concat()
}

#[test]
fn chunks_around_the_audio_of_a_wav_cost_nothing() {
    let plain = wav(Kind::Int16, 22_050, 2, &sound(22_050, 3_000));
    let (format, data) = split(&plain);
    let (format, data) = (chunk(b"fmt ", format), chunk(b"data", data));
    let expected = expected(3_000);
    // Sizes inside that exceed the list's, of no length, without the byte that makes them even.
    let broken = chunk(b"LIST", b"INFOIART\xff\xff\0\0abc");
    let odd = [&b"LIST\x0b\0\0\0INFOINAM\x01\0\0"[..], b"x"].concat();
    let huge = [&b"LIST"[..], &u32::MAX.to_le_bytes(), b"INFOISFT\x04\0\0\0Lavf"].concat();
    for (name, chunks) in [
        ("broken.wav", vec![format.clone(), broken.clone(), data.clone()]),
        ("odd.wav", vec![format.clone(), odd, data.clone()]),
        ("huge.wav", vec![huge, format.clone(), data.clone()]),
        ("unknown.wav", vec![chunk(b"LIST", b"adtlnote"), format.clone(), chunk(b"fact", b"\0"), data.clone()]),
        ("behind.wav", vec![format.clone(), data.clone(), broken.clone(), vec![7; 33]]),
        ("first.wav", vec![data.clone(), format.clone()]),
        ("twice.wav", vec![format.clone(), chunk(b"fmt ", &[0; 16]), data.clone(), chunk(b"data", &[1; 64])]),
    ] {
        assert_same(name, &riff(&chunks), &expected);
    }
    let tagged = [&b"ID3\x04\0\0\0\0\x02\x00"[..], &[0xff; 256], &plain].concat();
    assert_same("tagged.wav", &tagged, &expected);
}

#[test]
fn relatives_of_wav_are_read_exactly() {
    let plain = wav(Kind::Int16, 22_050, 2, &sound(22_050, 3_000));
    let (format, data) = split(&plain);
    let expected = expected(3_000);
    let swapped = |bytes: &[u8], widths: &[usize]| {
        let mut out: Vec<u8> = Vec::new();
        let mut at = 0;
        for &width in widths {
            out.extend(bytes[at..at + width].iter().rev());
            at += width;
        }
        out
    };
    let mut rifx = b"RIFX".to_vec();
    rifx.extend((36 + data.len() as u32).to_be_bytes());
    rifx.extend(b"WAVEfmt \0\0\0\x10");
    rifx.extend(swapped(format, &[2, 2, 4, 4, 2, 2]));
    rifx.extend(b"data");
    rifx.extend((data.len() as u32).to_be_bytes());
    rifx.extend(swapped(data, &vec![2; data.len() / 2]));
    assert_same("a.wav", &rifx, &expected);

    for id in [b"RF64", b"BW64"] {
        let mut rf64 = [&id[..], &[0xff; 4], b"WAVE"].concat();
        let sizes = [80 + data.len() as u64, data.len() as u64, 3_000].map(u64::to_le_bytes).concat();
        rf64.extend(chunk(b"ds64", &[&sizes[..], &[0; 4]].concat()));
        rf64.extend(chunk(b"fmt ", format));
        rf64.extend([&b"data"[..], &[0xff; 4], data, b"LIST\x04\0\0\0INFO"].concat());
        assert_same("a.rf64", &rf64, &expected);
    }

    let tail = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
    let long = |id: &[u8; 4], body: &[u8]| {
        let mut chunk = [&id[..], &tail, &(body.len() as u64 + 24).to_le_bytes(), body].concat();
        chunk.resize(chunk.len().next_multiple_of(8), 0);
        chunk
    };
    let riff_tail = [0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0x00, 0x00];
    let body = [long(b"fact", &3_000u64.to_le_bytes()), long(b"fmt ", format), long(b"data", data)].concat();
    let w64 = [&b"riff"[..], &riff_tail, &(body.len() as u64 + 40).to_le_bytes(), b"wave", &tail, &body].concat();
    assert_same("a.w64", &w64, &expected);
}

#[test]
fn formats_of_odd_widths_are_read_as_libsndfile_does() {
    let interleaved = sound(22_050, 2_000);
    let of = |kind: Kind, align: u16, bits: u16, extra: &[u8]| {
        let mut plain = wav(kind, 22_050, 2, &interleaved);
        plain[32..34].copy_from_slice(&align.to_le_bytes());
        plain[34..36].copy_from_slice(&bits.to_le_bytes());
        let (format, data) = split(&plain);
        riff(&[chunk(b"fmt ", &[format, extra].concat()), chunk(b"data", data)])
    };
    let expected = |kind: Kind| -> Vec<f32> {
        interleaved.chunks(2).map(|pair| (kind.read_back(pair[0]) + kind.read_back(pair[1])) / 2.0).collect()
    };
    // 24 bits in four bytes: libsndfile takes the upper ones.
    assert_same("24 in 32.wav", &of(Kind::Int32, 8, 24, &[]), &expected(Kind::Int32));
    assert_same("20 in 24.wav", &of(Kind::Int24, 6, 20, &[]), &expected(Kind::Int24));
    assert_same("12 in 16.wav", &of(Kind::Int16, 4, 12, &[]), &expected(Kind::Int16));
    // A format chunk of 18 and of 20 bytes.
    assert_same("18.wav", &of(Kind::Int16, 4, 16, &[0; 2]), &expected(Kind::Int16));
    assert_same("20.wav", &of(Kind::Int16, 4, 16, &[0; 4]), &expected(Kind::Int16));
    assert_same("align.wav", &of(Kind::Int16, 0, 16, &[]), &expected(Kind::Int16));
}

#[test]
fn chunks_of_an_aiff_may_be_doubled_or_damaged() {
    let plain = aiff(Kind::Int16, 22_050, 2, &sound(22_050, 3_000));
    let expected = expected(3_000);
    let (common, audio) = (&plain[12..38], &plain[38..]);
    let form = |kind: &[u8; 4], chunks: &[&[u8]]| {
        let body = chunks.concat();
        [&b"FORM"[..], &(body.len() as u32 + 4).to_be_bytes(), kind, &body].concat()
    };
    let marks = &b"MARK\0\0\0\x06\xff\xff\0\0\0\0"[..];
    let comments = &b"COMT\0\0\0\x04\xff\xff\0\0"[..];
    let id3 = &b"ID3 \0\0\0\x0cID3\x04\0\0\x7f\x7f\x7f\x7fxx"[..];
    assert_same("a.aiff", &form(b"AIFF", &[common, common, marks, comments, comments, id3, audio]), &expected);
    assert_same("a.aiff", &form(b"AIFF", &[audio, common, marks]), &expected);
    let mut blocks = plain.clone();
    blocks[50..54].copy_from_slice(&512u32.to_be_bytes());
    assert_same("blocks.aiff", &blocks, &expected);
    // AIFC: little-endian samples.
    let mut swapped = audio[..16].to_vec();
    swapped.extend(audio[16..].chunks(2).flat_map(|pair| [pair[1], pair[0]]));
    let common = [b"COMM\0\0\0\x18", &common[8..], b"sowt\0\0"].concat();
    assert_same("a.aifc", &form(b"AIFC", &[&common, &swapped]), &expected);
    // The same with 24 and 32 bits, as FFmpeg and libsndfile understand their names.
    for (kind, name) in [(Kind::Int24, b"42ni"), (Kind::Int32, b"23ni")] {
        let plain = aiff(kind, 22_050, 2, &sound(22_050, 3_000));
        let mut swapped = plain[38..54].to_vec();
        swapped.extend(plain[54..].chunks(kind.size()).flat_map(|sample| sample.iter().rev()));
        let common = [b"COMM\0\0\0\x18", &plain[20..38], &name[..], &[0; 2]].concat();
        assert_same("a.aifc", &form(b"AIFC", &[&common, &swapped]), &expected);
    }
}

#[test]
fn au_may_be_little_endian_and_of_no_declared_size() {
    let expected = expected(3_000);
    let mut plain = au(Kind::Int16, 22_050, 2, &sound(22_050, 3_000));
    plain[8..12].fill(0);
    assert_same("a.au", &plain, &expected);
    let mut swapped = b"dns.".to_vec();
    swapped.extend(plain[4..24].chunks(4).flat_map(|number| number.iter().rev()));
    swapped.extend(&plain[24..32]);
    swapped.extend(plain[32..].chunks(2).flat_map(|pair| [pair[1], pair[0]]));
    assert_same("a.au", &swapped, &expected);
}

#[test]
fn damaged_metadata_of_a_flac_costs_nothing() {
    let plain = bytes_of("stereo.flac");
    let expected = expected(2_400);
    // Behind the marker and STREAMINFO, up to the frames.
    let frames = (42..).find(|&at| plain[at] == 0xff && plain[at + 1] & 0xfc == 0xf8).unwrap();
    let info = &plain[8..42];
    let block = |kind: u8, size: u32, body: &[u8]| [&[kind][..], &size.to_be_bytes()[1..], body].concat();
    let with = |info: &[u8], blocks: &[Vec<u8>]| {
        [&b"fLaC"[..], &block(0, 34, info), &blocks.concat(), &plain[frames..]].concat()
    };
    for (name, last) in [
        ("no comments", block(0x84, 0, &[])),
        ("comments longer than their block", block(0x84, 8, &[0xff; 8])),
        ("an empty picture", block(0x86, 0, &[])),
        ("a short application", block(0x82, 2, b"ab")),
        ("a cue sheet of noise", block(0x85, 40, &[0xaa; 40])),
        ("a size that leads nowhere", block(0x81, 12_345, &[0; 24])),
    ] {
        assert_same(name, &with(info, &[block(3, 18, &[0xff; 18]), last]), &expected);
    }
    let mut odd = info.to_vec();
    odd[..2].fill(0);
    assert_same("a least block of 0", &with(&odd, &[block(0x81, 0, &[])]), &expected);
    odd[4..10].fill(1);
    assert_same("frames longer than declared", &with(&odd, &[block(0x81, 0, &[])]), &expected);
}

#[test]
fn what_other_programs_put_behind_a_flac_costs_no_frame() {
    let plain = bytes_of("stereo.flac");
    let expected = expected(2_400);
    let id3v1 = [&b"TAG"[..], &[b'x'; 125]].concat();
    let ape = [&b"APETAGEX\xd0\x07\0\0\x30\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"[..]].concat();
    for (name, tail) in
        [("ID3v1", &id3v1[..]), ("APE", &ape), ("text", b"and they lived happily ever after"), ("zeros", &[0; 999])]
    {
        assert_same(name, &[&plain[..], tail].concat(), &expected);
    }
}

#[test]
fn tags_of_an_mp3_may_be_damaged_or_of_the_future() {
    let plain = bytes_of("lame.mp3");
    let (expected, _) = heard("lame.mp3", &plain);
    let id3 = |version: u8, flags: u8, size: [u8; 4], body: &[u8]| {
        [&[b'I', b'D', b'3', version, 0, flags][..], &size, body].concat()
    };
    for (name, tag) in [
        ("version 1", id3(1, 0, [0, 0, 0, 20], &[0; 20])),
        ("version 5", id3(5, 0, [0, 0, 0, 20], b"TIT2\0\0\0\x0a\0\0someth\0\0\0\0")),
        ("an extended header of nonsense", id3(4, 0x40, [0, 0, 0, 20], &[0xff; 20])),
        ("eight bits a byte", id3(3, 0, [0, 0, 0, 0xc8], &[b'x'; 200])),
        ("longer than the file", id3(4, 0, [0x7f; 4], &[0; 20])),
        (
            "an APE header of nonsense",
            [&b"APETAGEX\xd0\x07\0\0\xff\xff\xff\x7f\xff\xff\xff\xff\0\0\0\xa0"[..], &[0; 8]].concat(),
        ),
        (
            "an APE header that counts wrongly",
            [&b"APETAGEX\xd0\x07\0\0\x64\0\0\0\x32\0\0\0\0\0\0\xa0"[..], &[0; 8], &[0xff; 68]].concat(),
        ),
        (
            "two, and zeros",
            [id3(3, 0, [0, 0, 0, 20], &[1; 20]), id3(4, 0, [0, 0, 0, 20], &[2; 20]), vec![0; 700]].concat(),
        ),
    ] {
        assert_same(name, &[&tag[..], &plain].concat(), &expected);
    }
}

#[test]
fn a_count_of_frames_that_was_never_filled_in_is_no_count() {
    let plain = bytes_of("lame.mp3");
    let (expected, _) = heard("lame.mp3", &plain);
    let count = (0..200).find(|&at| matches!(&plain[at..at + 4], b"Xing" | b"Info")).unwrap() + 8;
    for frames in [0u32, 1] {
        let mut bytes = plain.clone();
        bytes[count..count + 4].copy_from_slice(&frames.to_be_bytes());
        let (samples, report) = heard("a.mp3", &bytes);
        assert!(report.is_whole(), "{report:?}");
        // Without a count, the padding at the end can't be told from sound.
        assert!(
            samples.len() >= expected.len() && samples[..expected.len()] == expected,
            "{frames}: {}",
            samples.len()
        );
    }
}

#[test]
fn joined_mp3s_are_heard_to_the_end() {
    // Of the first, without a header, no end is known but where the next begins.
    let parts = ["variable.mp3", "lame.mp3", "lame.mp3"].map(bytes_of);
    let expected: Vec<f32> = parts.iter().flat_map(|part| heard("a.mp3", part).0).collect();
    let (samples, report) = heard("joined.mp3", &parts.concat());
    assert!(report.is_whole(), "{report:?}");
    assert_eq!(samples.len(), expected.len());
}

#[test]
fn what_isnt_decoded_is_called_by_its_name() {
    let refused = |name: &str, bytes: &[u8]| match load(AudioInput::bytes(name, bytes), &NATIVE) {
        Err(e @ Error::Unsupported { .. }) => e.to_string(),
        other => panic!("{name}: {other:?}"),
    };
    let filled = |head: &[u8]| [head, &[0x55; 4_000]].concat();
    for (head, what) in [
        (&b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"[..], "Windows Media Audio"),
        (b"wvpk", "WavPack"),
        (b"MAC \x96\x0f", "Monkey's Audio"),
        (b"ID3\x04\0\0\0\0\0\x0a..........MAC \x96\x0f", "Monkey's Audio"),
        // It holds the header of the WAV that it was made from.
        (b"ID3\x04\0\0\0\0\0\x0a..........MAC \x96\x0fRIFF\x24\0\0\0WAVEfmt ", "Monkey's Audio"),
        (b"Creative Voice File\x1a", "Creative Voice"),
        (b"Extended Module: a song", "tracker module"),
        (b"TTA1", "True Audio"),
        (b"tBaK", "TAK"),
        (b"MPCK", "Musepack"),
        (b"MP+\x07", "Musepack"),
        (b"DSD \x1c", "DSD"),
        (b"FRM8", "DSD"),
        (b"\x0b\x77", "AC-3"),
        (b"\x7f\xfe\x80\x01", "DTS"),
        (b"#!AMR\n", "AMR"),
        (b"RIFF\0\0\0\0AVI LIST", "AVI"),
    ] {
        let message = refused("song.mp3", &filled(head));
        assert!(message.contains(what) && message.contains("convert it to FLAC"), "{message}");
    }
    let mut transport = vec![0u8; 188 * 4];
    transport.iter_mut().step_by(188).for_each(|byte| *byte = 0x47);
    assert!(refused("a.ts", &transport).contains("MPEG-TS"));
    let plain = wav(Kind::Int16, 22_050, 1, &[0.0; 100]);
    for (tag, what) in [
        (0x31u16, "GSM 6.10 in WAV"),
        (0xff, "AAC in WAV"),
        (0x161, "Windows Media Audio in WAV"),
        (0x4321, "0x4321 in WAV"),
    ] {
        let mut bytes = plain.clone();
        bytes[20..22].copy_from_slice(&tag.to_le_bytes());
        let message = refused("a.wav", &bytes);
        assert!(message.contains(what) && !message.contains("to WAV"), "{message}");
    }
}

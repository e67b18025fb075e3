//! Formats by their first bytes.

use std::path::Path;

use super::scan::Scan;
use super::wav::Family;
use crate::{Error, Result};

/// Bytes by which a format is known.
const HEAD: usize = 64;

/// A format that is decoded here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Wav(Family),
    Aiff,
    Au {
        big_endian: bool,
    },
    Flac,
    Mp4,
    /// MPEG audio or ADTS without a container.
    Frames,
    Matroska,
    Caf,
    Ogg,
}

/// Refuses what can be none of the formats that are decoded here by its first bytes alone.
///
/// # Errors
///
/// An empty input, and one that begins like none of them.
pub(crate) fn check(name: &str, head: &[u8]) -> Result<()> {
    if head.is_empty() {
        return Err(Error::Empty { name: name.to_owned(), reason: "the file is empty (0 bytes)".to_owned() });
    }
    let tagged = head.starts_with(b"ID3") || head.starts_with(b"APETAGEX");
    if known(head).is_some() || unsupported(head).is_some() || tagged || head[0] == 0x47 || may_start_with_junk(name) {
        return Ok(());
    }
    Err(unknown(name, head))
}

/// The format of what begins at `start`.
///
/// # Errors
///
/// Formats that aren't decoded, by their names, and what is none.
pub(super) fn format(scan: &mut Scan<'_>, start: u64) -> Result<Format> {
    let head = scan.bytes_at(start, HEAD)?;
    if let Some(format) = known(&head) {
        return Ok(format);
    }
    if let Some(what) = unsupported(&head) {
        return Err(scan.unsupported(what));
    }
    // A transport stream is known by the distance of its packets.
    let packets = [0, 188, 376].map(|distance| scan.array_at::<1>(start + distance));
    if packets.into_iter().all(|byte| matches!(byte, Ok(Some([0x47])))) {
        return Err(scan.unsupported("MPEG-TS"));
    }
    // Streams cut from a broadcast may start in the middle of a frame, and tags are of streams of frames.
    if start > 0 || head.starts_with(b"APETAGEX") || may_start_with_junk(scan.name) {
        return Ok(Format::Frames);
    }
    Err(unknown(scan.name, &head))
}

/// Whether the bytes begin a format that is decoded here, or one that is called by its name.
pub(super) fn is_known(head: &[u8]) -> bool {
    known(head).is_some() || unsupported(head).is_some()
}

fn known(head: &[u8]) -> Option<Format> {
    let at = |offset: usize, magic: &[u8]| head.get(offset..offset + magic.len()) == Some(magic);
    Some(match head {
        _ if at(0, b"RIFF") && at(8, b"WAVE") => Format::Wav(Family::Riff),
        _ if at(0, b"RIFX") && at(8, b"WAVE") => Format::Wav(Family::Rifx),
        _ if (at(0, b"RF64") || at(0, b"BW64")) && at(8, b"WAVE") => Format::Wav(Family::Rf64),
        // The rest of the identifier of its outermost chunk.
        _ if at(0, b"riff\x2e\x91\xcf\x11\xa5\xd6") => Format::Wav(Family::Wave64),
        _ if at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) => Format::Aiff,
        _ if at(0, b".snd") => Format::Au { big_endian: true },
        _ if at(0, b"dns.") => Format::Au { big_endian: false },
        _ if at(0, b"fLaC") => Format::Flac,
        _ if at(4, b"ftyp") || at(4, b"moov") || at(4, b"mdat") || at(4, b"wide") => Format::Mp4,
        _ if at(0, b"OggS") => Format::Ogg,
        _ if at(0, b"\x1a\x45\xdf\xa3") => Format::Matroska,
        _ if at(0, b"caff") => Format::Caf,
        [0xff, second, ..] if second & 0xe0 == 0xe0 => Format::Frames,
        _ => return None,
    })
}

/// What the bytes begin, of what isn't decoded here.
fn unsupported(head: &[u8]) -> Option<&'static str> {
    const NAMES: [(&[u8], &str); 30] = [
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media Audio (ASF)"),
        (b"wvpk", "WavPack"),
        (b"MAC ", "Monkey's Audio"),
        (b"TTA1", "True Audio (TTA)"),
        (b"TTA2", "True Audio (TTA)"),
        (b"tBaK", "TAK"),
        (b"MP+", "Musepack"),
        (b"MPCK", "Musepack"),
        (b"DSD ", "DSD (DSF)"),
        (b"FRM8", "DSD (DSDIFF)"),
        (b"\x0b\x77", "AC-3"),
        (b"\x7f\xfe\x80\x01", "DTS"),
        (b"\xfe\x7f\x01\x80", "DTS"),
        (b"\x1f\xff\xe8\x00", "DTS"),
        (b"\xff\x1f\x00\xe8", "DTS"),
        (b"DTSHDHDR", "DTS"),
        (b".RMF", "RealMedia"),
        (b".ra\xfd", "RealAudio"),
        (b"#!AMR", "AMR"),
        (b"ajkg", "Shorten"),
        (b"OFR ", "OptimFROG"),
        (b"LA0", "Lossless Audio"),
        (b"MThd", "MIDI, which is notes and no sound,"),
        (b"Creative Voice", "Creative Voice (VOC)"),
        (b"ADIF", "AAC in ADIF"),
        (b"FLV\x01", "Flash video"),
        (b"\x00\x00\x01\xba", "MPEG-PS"),
        (b"NIST_1A", "NIST SPHERE"),
        (b"IMPM", "a tracker module"),
        (b"Extended Module", "a tracker module"),
    ];
    if head.starts_with(b"RIFF") {
        return Some(if head.get(8..12) == Some(b"AVI ") { "AVI" } else { "RIFF without WAVE" });
    }
    NAMES.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, name)| *name)
}

/// The error for what is not in a format known here.
pub(crate) fn unknown(name: &str, head: &[u8]) -> Error {
    let reason = format!("not audio in a format known here (it starts with {})", describe(head));
    Error::Unsupported { name: name.to_owned(), reason, source: None }
}

fn may_start_with_junk(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|e| e.to_str()).unwrap_or_default();
    ["mp3", "mp2", "mp1", "mpga", "mpa", "aac", "adts"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// The first bytes for a message: as text where they are, else in hexadecimal.
fn describe(head: &[u8]) -> String {
    let head = &head[..head.len().min(16)];
    if head.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) {
        format!("the text {:?}", String::from_utf8_lossy(head))
    } else {
        let bytes: Vec<String> = head.iter().take(8).map(|b| format!("{b:02x}")).collect();
        format!("the bytes {}", bytes.join(" "))
    }
}

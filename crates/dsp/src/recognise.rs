//! Which inputs are tried at all: those whose first bytes are a known container's or stream's.

use std::path::Path;

use crate::{Error, Result};

/// Refuses what isn't in a format known here. `true` if the first bytes say what it is; else it may be an MPEG stream that
/// starts inside a frame, which only decoding tells.
pub(crate) fn recognise(name: &str, head: &[u8]) -> Result<bool> {
    if head.is_empty() {
        return Err(Error::Empty { name: name.to_owned(), reason: "the file is empty (0 bytes)".to_owned() });
    }
    let known = is_known(head);
    if known || may_start_with_junk(name) { Ok(known) } else { Err(unknown(name, head)) }
}

/// The error for what is not in a format known here.
pub(crate) fn unknown(name: &str, head: &[u8]) -> Error {
    let reason = format!("not audio in a format known here (it starts with {})", describe(head));
    Error::Unsupported { name: name.to_owned(), reason, source: None }
}

/// Whether the first bytes are those of a container or stream that may hold audio.
fn is_known(head: &[u8]) -> bool {
    let at = |offset: usize, magic: &[u8]| head.get(offset..offset + magic.len()) == Some(magic);
    let mpeg_sync = head.len() >= 2 && head[0] == 0xff && head[1] & 0xe0 == 0xe0;
    let riff = at(0, b"RIFF") && at(8, b"WAVE");
    let form = at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC"));
    let starts: [&[u8]; 7] = [b"fLaC", b"OggS", b".snd", b"ID3", b"APETAGEX", b"caff", b"\x1a\x45\xdf\xa3"];
    riff || form || at(4, b"ftyp") || mpeg_sync || starts.iter().any(|magic| at(0, magic))
}

/// MPEG streams cut from a broadcast may start in the middle of a frame, so those alone are searched for their start.
fn may_start_with_junk(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|e| e.to_str()).unwrap_or_default();
    ["mp3", "aac"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// The first bytes for a message: as text where they are, else in hexadecimal.
fn describe(head: &[u8]) -> String {
    if head.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) {
        format!("the text {:?}", String::from_utf8_lossy(head))
    } else {
        let bytes: Vec<String> = head.iter().take(8).map(|b| format!("{b:02x}")).collect();
        format!("the bytes {}", bytes.join(" "))
    }
}

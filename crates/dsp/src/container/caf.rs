//! CAF (Apple's Core Audio Format): what describes the sound, the sizes of its packets, and the sound, in this order. Other chunks are
//! passed over, and searched for the next known one where the size of one leads nowhere.

use super::scan::Scan;
use super::view::Piece;
use super::{Sound, Stream};
use crate::Result;

/// Chunks looked at before the search for the audio is given up.
const MAX_CHUNKS: usize = 1024;

/// Bytes of the file's header, and of a chunk's.
const FILE_HEADER: u64 = 8;
const HEADER: u64 = 12;

/// Chunks that decoding needs, besides `data`.
const NEEDED: [&[u8; 4]; 3] = [b"desc", b"kuki", b"pakt"];

/// Where the sound of the file is whose header stands at `start`.
pub(super) fn find(scan: &mut Scan<'_>, start: u64) -> Result<Sound> {
    let (mut parts, mut seen) = (vec![Piece::Range(start..start + FILE_HEADER)], Vec::new());
    let (mut data, mut missing) = (None, None);
    let mut place = start + FILE_HEADER;
    for _ in 0..MAX_CHUNKS {
        let Some([a, b, c, d, size @ ..]) = scan.array_at::<12>(place)? else { break };
        let (name, size, body) = ([a, b, c, d], u64::from_be_bytes(size), place + HEADER);
        // An open end is -1.
        let end = body.saturating_add(size);
        if &name == b"data" && data.is_none() {
            data = Some(body..end.min(scan.len));
            missing = (end > scan.len && size != u64::MAX).then(|| (end - scan.len, scan.len - body));
        } else if NEEDED.contains(&&name) && !seen.contains(&name) && end <= scan.len {
            seen.push(name);
            parts.push(Piece::Range(place..end));
        }
        let fits = &name == b"data" || end == scan.len || scan.is_chunk_at(end)?;
        let known = |bytes: &[u8]| bytes.starts_with(b"data") || NEEDED.iter().any(|name| bytes.starts_with(*name));
        place = if fits { end } else { scan.next_known(body, HEADER as usize, known)? };
    }
    let Some(data) = data else { return Err(scan.ends_early()) };
    parts.push(Piece::Bytes([&b"data"[..], &(data.end - data.start).to_be_bytes()].concat()));
    parts.push(Piece::Range(data));
    Ok(Sound::Stream { parts, stream: Stream::Container, missing })
}

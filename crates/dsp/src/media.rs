//! Files as symphonia should see them.
//!
//! * WAV and AIFF with wrong sizes: a recorder that was cut off, a download that broke off or a program that wrote to a
//!   pipe leaves a data size that the file doesn't have. Symphonia reads PCM in packets of 1152 frames and drops the
//!   last, incomplete one when the file ends inside it, where libsndfile reads up to the end. So the header is shown with
//!   the true sizes.
//! * MPEG streams: without a Xing header, symphonia estimates the length from the bit rate of the first frames and cuts
//!   off what lies beyond. It can't where the stream isn't seekable, so these are shown as if they weren't.

use std::io::{Read, Result, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

use crate::between::Tap;

/// Chunks looked at before the search for the audio is given up.
const MAX_CHUNKS: usize = 256;

/// Least size of an audio chunk that is taken for a placeholder where the file is shorter: programs that write to a pipe
/// leave the greatest number, or one just below 2 GiB.
const PLACEHOLDER: u32 = 0x7fff_f000;

/// A file with its size fields corrected, and its ability to seek hidden if need be.
pub(crate) struct MediaFile {
    file: Box<dyn MediaSource>,
    len: u64,
    position: u64,
    seekable: bool,
    corrections: Corrections,
    /// Sees the bytes of a stream of frames go by.
    tap: Option<Tap>,
}

/// What is wrong with the sizes in a header.
#[derive(Default)]
struct Corrections {
    /// Places in the file and the bytes to be read there.
    patches: Vec<(u64, [u8; 4])>,
    /// Share of the audio that the file declares but doesn't hold, as (missing bytes, bytes there).
    missing: Option<(u64, u64)>,
}

impl MediaFile {
    /// Wraps a file that starts with `head`.
    pub(crate) fn new(mut file: Box<dyn MediaSource>, head: &[u8]) -> Result<Self> {
        let len = file.byte_len().unwrap_or_default();
        let corrections = match head.get(..4) {
            Some(b"RIFF") => corrections(file.as_mut(), len, b"data", 0, u32::from_le_bytes, u32::to_le_bytes)?,
            Some(b"FORM") => corrections(file.as_mut(), len, b"SSND", 8, u32::from_be_bytes, u32::to_be_bytes)?,
            _ => Corrections::default(),
        };
        file.seek(SeekFrom::Start(0))?;
        let containers: [&[u8]; 5] = [b"RIFF", b"FORM", b"OggS", b"caff", b"\x1a\x45\xdf\xa3"];
        let seekable = containers.iter().any(|magic| head.starts_with(magic)) || head.get(4..8) == Some(b"ftyp");
        let frames = !seekable && !head.starts_with(b"fLaC") && !head.starts_with(b".snd");
        let tap = frames.then(Tap::default);
        Ok(Self { file, len, position: 0, seekable, corrections, tap })
    }

    /// Audio that the header declares beyond the end of the file: missing bytes, and bytes that are there.
    pub(crate) fn missing(&self) -> Option<(u64, u64)> {
        self.corrections.missing
    }

    /// The bytes as they are read, where they may be a bare stream of frames.
    pub(crate) fn tap(&self) -> Option<Tap> {
        self.tap.clone()
    }
}

/// The size fields of the whole and of the audio chunk that reach beyond the end of the file, corrected.
/// `prelude` bytes of the audio chunk come before the samples.
fn corrections(
    file: &mut dyn MediaSource,
    len: u64,
    audio_chunk: &[u8; 4],
    prelude: u64,
    decode: fn([u8; 4]) -> u32,
    encode: fn(u32) -> [u8; 4],
) -> Result<Corrections> {
    let mut found = Corrections::default();
    let true_size = |from: u64| u32::try_from(len.saturating_sub(from)).unwrap_or(u32::MAX - 1);
    let mut header = [0u8; 8];
    file.seek(SeekFrom::Start(0))?;
    if !read_header(file, &mut header)? {
        return Ok(found);
    }
    let declared_whole = decode([header[4], header[5], header[6], header[7]]);
    let mut position = 12;
    for _ in 0..MAX_CHUNKS {
        file.seek(SeekFrom::Start(position))?;
        if !read_header(file, &mut header)? {
            break;
        }
        let size = decode([header[4], header[5], header[6], header[7]]);
        let body = position + 8;
        let end = body + u64::from(size);
        if header.starts_with(audio_chunk) {
            // Programs that write to a pipe leave both sizes 0 or both at their greatest value.
            let unknown = size == 0 && u64::from(declared_whole) < body;
            if end > len && size < PLACEHOLDER {
                found.missing = Some((end - len, len.saturating_sub(body + prelude)));
            }
            if end > len || unknown {
                found.patches.push((position + 4, encode(true_size(body))));
            }
            if u64::from(declared_whole) + 8 < end.min(len) || u64::from(declared_whole) + 8 > len || unknown {
                found.patches.push((4, encode(true_size(8))));
            }
            break;
        }
        position = end + u64::from(size & 1);
    }
    Ok(found)
}

/// Reads a chunk's name and size; `false` at the end of the file.
fn read_header(file: &mut dyn MediaSource, header: &mut [u8; 8]) -> Result<bool> {
    match file.read_exact(header) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(e),
    }
}

impl Read for MediaFile {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let count = self.file.read(out)?;
        let start = self.position;
        for (place, bytes) in &self.corrections.patches {
            for (at, byte) in (*place..).zip(bytes) {
                if (start..start + count as u64).contains(&at) {
                    out[(at - start) as usize] = *byte;
                }
            }
        }
        self.position += count as u64;
        if let Some(tap) = &self.tap {
            tap.see(&out[..count]);
        }
        Ok(count)
    }
}

impl Seek for MediaFile {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.position = self.file.seek(to)?;
        Ok(self.position)
    }
}

impl MediaSource for MediaFile {
    fn is_seekable(&self) -> bool {
        self.seekable
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len)
    }
}

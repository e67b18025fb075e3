//! An open audio file at its own rate: the decoder that fits the first bytes, mixing, and limits.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use crate::au::AuSource;
use crate::decode::{MAX_RATE, MIN_RATE};
use crate::demux::DemuxedSource;
use crate::{Error, Result};

/// Most channels mixed.
const MAX_CHANNELS: u64 = 32;

/// Mono samples at the file's own rate, a block at a time.
pub(crate) enum Source {
    /// Sun AU, read here.
    Au(AuSource),
    /// Everything else, read by symphonia.
    Demuxed(Box<DemuxedSource>),
}

impl Source {
    /// Opens a file with the decoder that its first bytes call for.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let io = |source| Error::Io { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(io)?;
        if file.metadata().map_err(io)?.is_dir() {
            return Err(io(ErrorKind::IsADirectory.into()));
        }
        let mut head = Vec::with_capacity(16);
        file.by_ref().take(16).read_to_end(&mut head).map_err(io)?;
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        if head.is_empty() {
            return Err(Error::Empty { path: path.to_owned(), reason: "the file is empty (0 bytes)".to_owned() });
        }
        if head.starts_with(b".snd") {
            return Ok(Source::Au(AuSource::open(path, file)?));
        }
        let known = is_known(&head);
        let demuxed =
            if known || may_start_with_junk(path) { Some(DemuxedSource::open(path, file, &head)) } else { None };
        match demuxed {
            Some(Ok(source)) => Ok(Source::Demuxed(Box::new(source))),
            Some(Err(e)) if known => Err(e),
            _ => {
                let reason = format!("not audio in a format known here (it starts with {})", describe(&head));
                Err(Error::Unsupported { path: path.to_owned(), reason })
            }
        }
    }

    /// Sampling rate of the file in Hz.
    pub(crate) fn rate(&self) -> u32 {
        match self {
            Source::Au(source) => source.rate(),
            Source::Demuxed(source) => source.rate(),
        }
    }

    /// Container and codec by name, and the channels.
    pub(crate) fn format(&self) -> (&'static str, &'static str, Option<usize>) {
        match self {
            Source::Au(source) => source.format(),
            Source::Demuxed(source) => source.format(),
        }
    }

    /// Appends the next samples to `out`; `false` means that there are no more.
    pub(crate) fn next_block(&mut self, out: &mut Vec<f32>) -> Result<bool> {
        match self {
            Source::Au(source) => source.next_block(out),
            Source::Demuxed(source) => source.next_block(out),
        }
    }
}

/// Whether the first bytes are those of a container or stream that may hold audio.
fn is_known(head: &[u8]) -> bool {
    let at = |offset: usize, magic: &[u8]| head.get(offset..offset + magic.len()) == Some(magic);
    let mpeg_sync = head.len() >= 2 && head[0] == 0xff && head[1] & 0xe0 == 0xe0;
    let riff = at(0, b"RIFF") && at(8, b"WAVE");
    let form = at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC"));
    let starts: [&[u8]; 4] = [b"fLaC", b"OggS", b"ID3", b"APETAGEX"];
    riff || form || at(4, b"ftyp") || mpeg_sync || starts.iter().any(|magic| at(0, magic))
}

/// MPEG streams cut from a broadcast may start in the middle of a frame, so those alone are searched for their start.
fn may_start_with_junk(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
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

/// Refuses sampling rates and numbers of channels that no recording has.
pub(crate) fn check_shape(path: &Path, rate: u32, channels: usize) -> Result<()> {
    if rate < MIN_RATE {
        let reason = format!("the header names a sampling rate of {rate} Hz, and at least {MIN_RATE} Hz is handled");
        return Err(Error::Unsupported { path: path.to_owned(), reason });
    }
    if channels == 0 {
        let reason = "the header names no channels".to_owned();
        return Err(Error::Unsupported { path: path.to_owned(), reason });
    }
    let too_large = |what, limit, got| Err(Error::TooLarge { path: path.to_owned(), what, limit, got });
    if rate > MAX_RATE {
        return too_large("the sampling rate in Hz", u64::from(MAX_RATE), u64::from(rate));
    }
    if channels as u64 > MAX_CHANNELS {
        return too_large("the number of channels", MAX_CHANNELS, channels as u64);
    }
    Ok(())
}

/// Appends the mean of the channels' samples from frame `from` on to `out`; sum and division in `f32`, like
/// `librosa.to_mono`.
pub(crate) fn mix_planes(planes: &[Vec<f32>], from: usize, out: &mut Vec<f32>) {
    match planes {
        [] => {}
        [mono] => out.extend_from_slice(&mono[from..]),
        [left, right] => out.extend(left[from..].iter().zip(&right[from..]).map(|(l, r)| (l + r) / 2.0)),
        [first, rest @ ..] => {
            let start = out.len();
            out.extend_from_slice(&first[from..]);
            let mixed = &mut out[start..];
            for plane in rest {
                mixed.iter_mut().zip(&plane[from..]).for_each(|(sum, s)| *sum += s);
            }
            mixed.iter_mut().for_each(|sum| *sum /= planes.len() as f32);
        }
    }
}

//! CUE sheets: where the tracks of an album image begin.
//!
//! Written after the CDRWIN manual's description of the format, and what Exact Audio Copy, XLD and foobar2000 write.

mod text;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use dsp::CD_FRAMES_PER_SECOND;

use crate::error::{Error, Result};

/// Most bytes of a sheet; one of 99 tracks with long titles has 30 KiB.
const MOST_BYTES: u64 = 1 << 20;

/// What a sheet says of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CueSheet {
    /// The files, in order.
    pub images: Vec<Image>,
}

/// A file and its tracks of sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    /// Its name, without the folder that a sheet may put in front: that one was on another machine.
    pub name: String,
    /// The tracks in order; those of data, which a CD may have as well, are left out.
    pub tracks: Vec<CueTrack>,
}

/// A track of sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CueTrack {
    /// Its number on the CD.
    pub number: u16,
    /// Its title, empty if there is none.
    pub title: String,
    /// Where it begins in the file, in CD frames.
    pub start: u32,
    /// Where the next track of the file begins, or `None` for its end. A pause belongs to the track before it.
    pub end: Option<u32>,
}

/// A track as it stands in the sheet.
struct Listed {
    line: usize,
    number: u16,
    sounds: bool,
    title: String,
    /// File in which it begins, and where, once its `INDEX 01` was read.
    start: Option<(usize, u32)>,
}

impl CueSheet {
    /// Reads a sheet.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::CueSheet`] if it's no sheet, [`Error::CueLine`] for a line that leaves unknown where a
    /// track is. What else is wrong in it or unknown is passed over.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(Error::read(path))?;
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(Error::read(path))?;
        if bytes.len() as u64 > MOST_BYTES {
            let reason = "it is larger than 1 MiB, which no CUE sheet is";
            return Err(Error::CueSheet { path: path.to_owned(), reason: reason.to_owned() });
        }
        Self::parse(&bytes, path)
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Self> {
        let text = text::text(bytes).replace("\r\n", "\n").replace('\r', "\n");
        let damaged = |(line, reason)| Error::CueLine { path: path.to_owned(), line, reason };
        let mut listing = Listing::default();
        for (at, line) in text.lines().enumerate() {
            listing.line = at + 1;
            listing.read(line.trim()).map_err(|reason| damaged((at + 1, reason)))?;
        }
        if listing.tracks.is_empty() {
            return Err(Error::CueSheet { path: path.to_owned(), reason: "it lists no tracks".to_owned() });
        }
        listing.arrange().map(|images| Self { images }).map_err(damaged)
    }
}

/// What was read of a sheet.
#[derive(Default)]
struct Listing {
    line: usize,
    /// Names of the files.
    files: Vec<String>,
    tracks: Vec<Listed>,
}

impl Listing {
    fn read(&mut self, line: &str) -> Result<(), String> {
        let (command, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        match command.to_ascii_uppercase().as_str() {
            "FILE" => {
                let name = file_name(rest).ok_or("FILE needs the name of a file, in quotes")?;
                // Some sheets name the file again before each track.
                if self.files.last().is_none_or(|last| last != name) {
                    self.files.push(name.to_owned());
                }
            }
            "TRACK" => {
                if self.files.is_empty() {
                    return Err("a TRACK stands before the first FILE".to_owned());
                }
                let (number, kind) = rest.split_once(char::is_whitespace).unwrap_or((rest, "AUDIO"));
                let number = number.parse().map_err(|_| format!("`{}` is no track number", brief(number)))?;
                let sounds = kind.trim().eq_ignore_ascii_case("AUDIO");
                self.tracks.push(Listed { line: self.line, number, sounds, title: String::new(), start: None });
            }
            // Before the first track it's the album's.
            "TITLE" => {
                if let Some(track) = self.tracks.last_mut() {
                    track.title = unquoted(rest).to_owned();
                }
            }
            "INDEX" => {
                let (number, time) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                // 00 is the pause before a track, 02 and on are places in it.
                if number.parse() == Ok(1) {
                    self.begin(time.trim())?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The track read last begins here, in the file read last.
    fn begin(&mut self, time: &str) -> Result<(), String> {
        let file = self.files.len().checked_sub(1);
        let (Some(track), Some(file)) = (self.tracks.last_mut(), file) else {
            return Err("an INDEX stands before the first TRACK".to_owned());
        };
        if track.start.is_some() {
            return Err(format!("track {} has a second INDEX 01", track.number));
        }
        let frame = frames(time).ok_or_else(|| format!("`{}` is no time as in 03:25:74", brief(time)))?;
        track.start = Some((file, frame));
        Ok(())
    }

    /// The files with their tracks; or the line with what is wrong.
    fn arrange(self) -> Result<Vec<Image>, (usize, String)> {
        let mut images: Vec<Image> = self.files.into_iter().map(|name| Image { name, tracks: Vec::new() }).collect();
        // The track before, if it lies in the same file: its number, where it begins, and whether it's the image's last.
        let mut before: Option<(usize, u16, u32, bool)> = None;
        for Listed { line, number, sounds, title, start } in self.tracks {
            let Some((file, start)) = start else {
                if sounds {
                    return Err((line, format!("track {number} has no INDEX 01, which says where it begins")));
                }
                continue;
            };
            let Some(image) = images.get_mut(file) else { continue };
            if let Some((_, last, begun, sounded)) = before.filter(|(place, ..)| *place == file) {
                if number <= last || start <= begun {
                    return Err((line, format!("track {number} doesn't come after track {last}")));
                }
                if let Some(track) = image.tracks.last_mut().filter(|_| sounded) {
                    track.end = Some(start);
                }
            }
            if sounds {
                image.tracks.push(CueTrack { number, title, start, end: None });
            }
            before = Some((file, number, start, sounds));
        }
        Ok(images)
    }
}

/// The last component of a file's name, as in `"Music\album.wav" WAVE`.
fn file_name(rest: &str) -> Option<&str> {
    let name = match rest.strip_prefix('"') {
        Some(quoted) => quoted.rsplit_once('"')?.0,
        // Behind it stands its type.
        None => rest.rsplit_once(char::is_whitespace).map_or(rest, |(name, _)| name.trim()),
    };
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    (!name.is_empty()).then_some(name)
}

/// A text without the quotes around it, which may have quotes inside.
fn unquoted(text: &str) -> &str {
    let text = text.strip_prefix('"').unwrap_or(text);
    text.strip_suffix('"').unwrap_or(text).trim()
}

/// `MM:SS:FF` in frames; minutes go on behind 99.
fn frames(time: &str) -> Option<u32> {
    let mut parts = time.split(':').map(|part| part.trim().parse::<u32>().ok());
    let (minutes, seconds, frames) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || seconds >= 60 || frames >= CD_FRAMES_PER_SECOND {
        return None;
    }
    minutes.checked_mul(60)?.checked_add(seconds)?.checked_mul(CD_FRAMES_PER_SECOND)?.checked_add(frames)
}

/// The beginning of what stands in a sheet, for a message.
fn brief(text: &str) -> String {
    text.chars().take(20).map(|c| if c.is_control() { '_' } else { c }).collect()
}

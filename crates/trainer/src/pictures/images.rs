//! A picture of every track of a corpus, on all cores.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use extraction::{ContentHash, FailedInput, Failure, FailureKind, Progress, chain, files};
use plot::{is_thumbnail, thumbnail_mark};
use rayon::prelude::*;

use super::thumbnail;
use crate::dataset::{Corpus, Track};
use crate::error::{Error, Result};

/// Of what version of this program pictures are: another draws anew.
const VERSION: u32 = 1;

/// How a picture came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// It was drawn.
    Drawn,
    /// It was there, of the same audio.
    Kept,
}

/// Writes `<genre>/<track>.png` into `out` for each track; the results are in the order of the tracks.
///
/// # Errors
/// Two tracks would have the same picture; nothing is drawn then. A file's own fault is told in its place.
pub fn images(
    corpus: &Corpus,
    out: &Path,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Result<Made, FailedInput>>> {
    let pictures: Vec<PathBuf> = corpus.tracks.iter().map(|track| out.join(&track.genre).join(name(track))).collect();
    let mut owners = HashMap::new();
    for (track, picture) in corpus.tracks.iter().zip(&pictures) {
        if let Some(first) = owners.insert(picture, &track.path) {
            let [first, second, picture] = [first, &track.path, picture].map(PathBuf::clone);
            return Err(Error::SamePicture { first, second, picture });
        }
    }
    progress(Progress::Started { what: "drawing", tracks: pictures.len() });
    let one = |(track, picture): (&Track, &PathBuf)| {
        // As with features, a decoder that crashes on one file must not end the work on thousands.
        let made = catch_unwind(AssertUnwindSafe(|| image(&track.path, picture)));
        let made = made.map_or_else(|_| Err(Failure::crashed()), |made| made.map_err(|error| failure(&error)));
        let made = made.map_err(|failure| failure.of(track.path.display().to_string()));
        progress(match &made {
            Ok((Made::Kept, _)) => Progress::Reused,
            Ok((Made::Drawn, audio_seconds)) => Progress::Track { audio_seconds: *audio_seconds },
            Err(_) => Progress::Track { audio_seconds: 0.0 },
        });
        made.map(|(made, _)| made)
    };
    let results = corpus.tracks.par_iter().zip(&pictures).map(one).collect();
    progress(Progress::Finished);
    Ok(results)
}

/// Draws a track's picture unless it's there, and says how many seconds of sound that took.
fn image(track: &Path, picture: &Path) -> Result<(Made, f64)> {
    let mark = format!("{VERSION} {}", ContentHash::of(track)?);
    if let Ok(there) = std::fs::read(picture) {
        if thumbnail_mark(&there).as_ref() == Some(&mark) {
            return Ok((Made::Kept, 0.0));
        }
        if !is_thumbnail(&there) {
            let reason = "a file is there that is no picture of this program's; choose another folder with --out";
            return Err(Error::write(picture)(io::Error::new(io::ErrorKind::AlreadyExists, reason)));
        }
    }
    let (bytes, seconds) = thumbnail(track, &mark)?;
    files::write(picture, |out| out.write_all(&bytes))?;
    Ok((Made::Drawn, seconds))
}

fn failure(error: &Error) -> Failure {
    match error {
        Error::Dsp(error) | Error::Picture { source: plot::Error::Audio(error), .. } => error.into(),
        Error::Extraction(error) => error.into(),
        Error::Picture { source: source @ plot::Error::TooLong { .. }, .. } => {
            Failure::new(FailureKind::TooLong, source.to_string())
        }
        Error::Picture { source, .. } => Failure::new(FailureKind::Crashed, source.to_string()),
        _ => Failure::new(FailureKind::Unreadable, chain(error)),
    }
}

/// `blues00000.png` of `blues.00000.wav`, as in the dataset; any other file keeps its name.
fn name(track: &Track) -> String {
    let stem = track.path.file_stem().unwrap_or_default().to_string_lossy();
    match stem.split_once('.') {
        Some((genre, number)) if genre == track.genre && number.bytes().all(|digit| digit.is_ascii_digit()) => {
            format!("{genre}{number}.png")
        }
        _ => format!("{stem}.png"),
    }
}

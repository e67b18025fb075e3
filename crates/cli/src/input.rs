//! What a path on the command line stands for.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use dsp::AudioInput;
use extraction::{Failure, FailureKind, ListedSong, Listing, SongFinder};

use crate::console::say;

/// Most bytes taken from standard input, the longest WAV file.
const LONGEST: u64 = 1 << 32;

/// Whether a path means standard input.
pub fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// What comes through standard input.
///
/// # Errors
/// It can't be read, or doesn't end within 4 GiB.
pub fn standard() -> Result<AudioInput, Failure> {
    let mut bytes = Vec::new();
    match io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes) {
        Ok(count) if count as u64 > LONGEST => {
            Err(Failure::new(FailureKind::TooLong, format!("more than {LONGEST} bytes come in; cut it first")))
        }
        Ok(_) => Ok(AudioInput::bytes("-", bytes)),
        Err(error) => Err(Failure::unreadable(&error)),
    }
}

/// The songs that the arguments stand for, in their order, each once. What was passed over is told.
pub fn songs(paths: &[PathBuf]) -> Vec<ListedSong> {
    let (mut finder, mut standard_read) = (SongFinder::default(), false);
    let mut songs = Vec::new();
    for path in paths {
        if is_standard(path) {
            if !std::mem::replace(&mut standard_read, true) {
                songs.push(ListedSong { path: path.clone(), input: standard() });
            }
            continue;
        }
        let Listing { songs: found, sheets_refused, passed_over } = finder.at(path);
        songs.extend(found);
        if !passed_over.is_empty() {
            say(format_args!("passed over in {}: {passed_over}", path.display()));
        }
        for sheet in sheets_refused {
            say(format_args!("warning: not used: {sheet}"));
        }
    }
    songs
}

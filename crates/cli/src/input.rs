//! What a path on the command line stands for.

use std::io::{self, Read};
use std::path::Path;

use dsp::AudioInput;
use extraction::{Failure, FailureKind};

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

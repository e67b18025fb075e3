//! What is told to people and programs: results on stdout, all else on stderr.
//!
//! Whoever reads may stop reading. Nobody to hear of progress is no reason to stop working, nor to say that it failed; and
//! names of files, which may hold any byte, must neither break lines nor steer terminals.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the reader of stdout has gone.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// A line on stderr. A closed stderr leaves nowhere to complain to.
pub fn say(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{}", escaped(&line.to_string()));
}

/// Stdout, whose reader may go at any time: what follows is then dropped, and the work's outcome stays what it is.
pub struct Results(io::StdoutLock<'static>);

/// Stdout for results.
pub fn results() -> Results {
    Results(io::stdout().lock())
}

/// Whether nobody reads results any more, so that no more of them need be made.
pub fn nobody_reads() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

impl Write for Results {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        or_closed(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        or_closed(self.0.flush(), ())
    }
}

fn or_closed<T>(outcome: io::Result<T>, dropped: T) -> io::Result<T> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            CLOSED.store(true, Ordering::Relaxed);
            Ok(dropped)
        }
        outcome => outcome,
    }
}

/// Text whose control characters are written as escapes, `\n` or `\u{1b}`, as are those that turn the direction of writing.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}') {
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// The bytes of a path that is no Unicode, percent-encoded as in URLs, for those who want to find the file again; `None` where
/// the name itself tells all.
#[cfg(unix)]
pub fn lossless(path: &Path) -> Option<String> {
    use std::os::unix::ffi::OsStrExt;
    if path.to_str().is_some() {
        return None;
    }
    let mut text = String::new();
    for &byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    Some(text)
}

/// Elsewhere names are sequences of 16-bit units.
#[cfg(not(unix))]
pub fn lossless(path: &Path) -> Option<String> {
    path.to_str().is_none().then(|| format!("{path:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(escaped("a\nb\u{1b}[31m\tc\u{9b}\u{202e}d"), "a\\nb\\u{1b}[31m\\tc\\u{9b}\\u{202e}d");
        assert_eq!(escaped("Café 東京 'live' \\ \"x\""), "Café 東京 'live' \\ \"x\"");
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_unicode_can_be_found_again() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(lossless(Path::new("caf\u{e9}.wav")), None);
        assert_eq!(lossless(Path::new(OsStr::from_bytes(b"a/caf\xe9 1.wav"))).as_deref(), Some("a/caf%E9%201.wav"));
    }
}

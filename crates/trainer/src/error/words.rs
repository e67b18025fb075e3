//! Parts of messages that are more than a name.

use std::fmt;
use std::path::PathBuf;

/// "; did you mean `x`?" or the list of what is known.
pub(super) struct Suggestion<'a> {
    pub nearest: Option<&'a str>,
    pub known: &'a [String],
}

impl fmt::Display for Suggestion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(nearest) = self.nearest {
            write!(f, "; did you mean `{nearest}`?")?;
        }
        match self.known {
            [] => Ok(()),
            known => write!(f, " (known here: {})", known.join(", ")),
        }
    }
}

/// Names in backticks, the first ten of them.
pub(super) struct List<'a>(pub &'a [String]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().take(10).enumerate() {
            write!(f, "{}`{name}`", if i == 0 { "" } else { ", " })?;
        }
        match self.0.len().saturating_sub(10) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// " (but 3 loose audio files, such as a.wav)".
pub(super) struct Loose<'a>(pub &'a [PathBuf]);

impl fmt::Display for Loose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => Ok(()),
            [one] => write!(f, " (but one loose audio file, {})", one.display()),
            [first, ..] => write!(f, " (but {} loose audio files, such as {})", self.0.len(), first.display()),
        }
    }
}

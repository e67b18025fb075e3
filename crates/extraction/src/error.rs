//! Everything that can go wrong between files and their rows.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use dsp::Descriptors;
use parquet::errors::ParquetError;

use crate::csv::columns as columns_of;
use crate::scan::PassedOver;

/// Characters of a text from a file that are quoted.
const CLIPPED: usize = 100;

/// Result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, where, and what to do about it.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder can't be read.
    #[error("can't read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file or folder can't be written.
    #[error("can't write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A path given to extract or predict holds no audio.
    #[error("{}: {}", path.display(), no_audio(passed_over))]
    NoAudio {
        /// The folder.
        path: PathBuf,
        /// What else lies there.
        passed_over: PassedOver,
    },
    /// A table is to be written over one of the files that it's made from.
    #[error("{}: is one of the files to work on; give another name for the output", path.display())]
    OutputIsInput {
        /// The file.
        path: PathBuf,
    },
    /// A table is to be written over something else.
    #[error("{}: is there already and is no {expected}; give another name for the output, or move it away",
        path.display())]
    NotATable {
        /// The file.
        path: PathBuf,
        /// What may be replaced.
        expected: &'static str,
    },
    /// A CSV in UTF-16, as some spreadsheets save "Unicode text".
    #[error("{}: is written in UTF-16; save it as CSV in UTF-8", path.display())]
    Encoding {
        /// The CSV.
        path: PathBuf,
    },
    /// A CSV with its columns separated by a character that isn't read.
    #[error("{}: the columns are separated by `{found}`; save it with commas, semicolons or tabs between them", path.display())]
    Separator {
        /// The CSV.
        path: PathBuf,
        /// What stands between the names of the header.
        found: char,
    },
    /// A features CSV lacks columns.
    #[error("{}: missing column{} {}; expected the {} columns of {}", path.display(),
        if columns.len() == 1 { "" } else { "s" }, List(columns), columns_of(*descriptors).count(), match descriptors {
            Descriptors::Classic => "the dataset's features CSV",
            Descriptors::Extended => "the extended descriptors; of the classic ones 60 are enough",
        })]
    MissingColumns {
        /// The CSV.
        path: PathBuf,
        /// The columns that are not there.
        columns: Vec<String>,
        /// Whose columns they are.
        descriptors: Descriptors,
    },
    /// A table lacks columns that a model was trained on.
    #[error("{}: missing column{} {}; the model was trained on {wanted} columns, which must all be there", path.display(),
        if columns.len() == 1 { "" } else { "s" }, List(columns))]
    LacksColumns {
        /// The table.
        path: PathBuf,
        /// The columns that are not there.
        columns: Vec<String>,
        /// How many the model has.
        wanted: usize,
    },
    /// A table whose columns can't be used.
    #[error("{}: {reason}", path.display())]
    Header {
        /// The table, or the part of it.
        path: PathBuf,
        /// Which column, what is wrong and what to do.
        reason: String,
    },
    /// A cell of a features CSV can't be used.
    #[error("{}: line {line}, column `{column}`: {reason}", path.display())]
    BadCell {
        /// The CSV.
        path: PathBuf,
        /// Line in the file, the header being line 1.
        line: u64,
        /// The column's name.
        column: String,
        /// What stands there and what should.
        reason: String,
    },
    /// A value in a Parquet file can't be used.
    #[error("{}: row {row}, column `{column}`: {reason}", path.display())]
    BadValue {
        /// The file.
        path: PathBuf,
        /// Row in the file, the first being 1.
        row: u64,
        /// The column's name.
        column: String,
        /// What stands there and what should.
        reason: String,
    },
    /// A Parquet file that is damaged, or in a form that isn't read.
    #[error("{}: not a usable Parquet file", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: ParquetError,
    },
    /// A line of a CSV that is longer than lines are read.
    #[error("{}: line {line}: more than {} MiB before its end; close its quotes, or save the table as CSV again",
        path.display(), limit >> 20)]
    LongLine {
        /// The CSV.
        path: PathBuf,
        /// Line in the file, the header being line 1.
        line: u64,
        /// Most bytes of a line.
        limit: u64,
    },
    /// The CSV's structure is broken, for example a row of another length.
    #[error("{}: not a usable CSV", path.display())]
    Csv {
        /// The CSV.
        path: PathBuf,
        /// Line and reason.
        source: csv::Error,
    },
    /// What a CUE sheet says where it can't be so.
    #[error("{}: line {line}: {reason}; mend the sheet, or leave it out", path.display())]
    CueLine {
        /// The sheet.
        path: PathBuf,
        /// Line in the sheet, the first being 1.
        line: usize,
        /// What stands there.
        reason: String,
    },
    /// A file that is no CUE sheet, or one that can't be used.
    #[error("{}: {reason}; mend the sheet, or leave it out", path.display())]
    CueSheet {
        /// The sheet.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that should be a journal of written tags and isn't.
    #[error("{}: is no journal of gtzan tag, or one of a later version", path.display())]
    NoJournal {
        /// The file.
        path: PathBuf,
    },
    /// A features CSV without rows.
    #[error("{}: no rows below the header", path.display())]
    EmptyTable {
        /// The CSV.
        path: PathBuf,
    },
    /// Audio or its features.
    #[error(transparent)]
    Dsp(#[from] dsp::Error),
}

/// What an [`Error`] means for whoever called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The system refused to read; another try may succeed.
    Unreadable,
    /// The system refused to write; another try may succeed.
    Unwritable,
    /// There is nothing to work on.
    NoAudio,
    /// A table that can't be used as it is.
    Table,
    /// A CUE sheet that can't be used as it is.
    CueSheet,
    /// An output that would replace what isn't ours.
    Output,
    /// A journal that can't be used.
    Journal,
    /// Audio or its features; the [`dsp::Error`] has a kind of its own.
    Audio,
}

impl Error {
    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Read { .. } => ErrorKind::Unreadable,
            Self::Write { .. } => ErrorKind::Unwritable,
            Self::NoAudio { .. } => ErrorKind::NoAudio,
            Self::OutputIsInput { .. } | Self::NotATable { .. } => ErrorKind::Output,
            Self::MissingColumns { .. }
            | Self::LacksColumns { .. }
            | Self::Header { .. }
            | Self::BadCell { .. }
            | Self::BadValue { .. }
            | Self::Parquet { .. }
            | Self::LongLine { .. }
            | Self::Csv { .. }
            | Self::EmptyTable { .. }
            | Self::Encoding { .. }
            | Self::Separator { .. } => ErrorKind::Table,
            Self::CueLine { .. } | Self::CueSheet { .. } => ErrorKind::CueSheet,
            Self::NoJournal { .. } => ErrorKind::Journal,
            Self::Dsp(_) => ErrorKind::Audio,
        }
    }

    /// For `map_err` on reading `path`.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Read { path: path.to_owned(), source }
    }

    /// For `map_err` on writing `path`.
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Write { path: path.to_owned(), source }
    }
}

/// What is said of a folder without audio files.
pub(crate) fn no_audio(passed_over: &PassedOver) -> String {
    let endings = dsp::AUDIO_EXTENSIONS.join(", ");
    let besides = if passed_over.is_empty() { String::new() } else { format!(" (passed over: {passed_over})") };
    format!("no audio files found; known endings are {endings}{besides}")
}

/// An error's message with its causes on one line. Causes that a message repeats already are said once.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        cause = error.source();
    }
    text
}

/// The beginning of a text from a file, for a message that can be read.
pub(crate) fn clipped(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(CLIPPED) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Names in backticks, the first ten of them.
struct List<'a>(&'a [String]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().take(10).enumerate() {
            write!(f, "{}`{}`", if i == 0 { "" } else { ", " }, clipped(name))?;
        }
        match self.0.len().saturating_sub(10) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

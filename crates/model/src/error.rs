//! What can go wrong with a model, its files or a song.

use std::path::PathBuf;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What made something fail: a library's error, or a sentence.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Everything that building, saving, loading or using a model may fail with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder is not there or is not a bundle.
    #[error("{}: no model here: {missing} is missing (a model is the folder `model/` that training writes)", path.display())]
    NoModel {
        /// The folder that was asked for.
        path: PathBuf,
        /// Name of the first file that is missing.
        missing: &'static str,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// `bundle.json` is not what this program writes.
    #[error("{}: not a model's description: {source}", path.display())]
    Metadata {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        source: Cause,
    },
    /// The bundle was written in a format that this build doesn't know.
    #[error("{}: bundle format {found} is unknown to this build, which reads up to {supported}: use the program that wrote it, or train again", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: u64,
        /// The latest version that this build reads.
        supported: u32,
    },
    /// The model wants features that this build can't compute.
    #[error("{}: this build can't produce the features that the model was trained on: {source}", path.display())]
    FeatureSpec {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: Cause,
    },
    /// The weights are damaged, foreign or don't fit the description.
    #[error("{}: unusable weights: {source}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        source: Cause,
    },
    /// A folder stands where the bundle or an export should go, and it is none.
    #[error("{}: will not be replaced: it exists and is not {what}; choose another place", path.display())]
    NotReplaceable {
        /// The folder.
        path: PathBuf,
        /// What it would have to be.
        what: &'static str,
    },
    /// Something that is no folder, or has no name, stands where a folder should go.
    #[error("{}: no folder can be put here: {reason}", path.display())]
    NoPlace {
        /// The place.
        path: PathBuf,
        /// Why not.
        reason: &'static str,
    },
    /// A folder was replaced, but the old one is still there under another name.
    #[error("{}: the old folder has been replaced, but can't be removed: {source}", path.display())]
    Leftover {
        /// What the old folder is called now.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Network, labels and inputs don't belong together, or the weights are no numbers.
    #[error("no model can be made of this: {source}")]
    Unfit {
        /// What was wrong.
        source: Cause,
    },
    /// The model could not be turned into bytes.
    #[error("the model can't be written: {source}")]
    Encode {
        /// What was wrong.
        source: Cause,
    },
    /// Labels that can't name a classifier's outputs.
    #[error("unusable labels: {reason}")]
    Labels {
        /// What was wrong.
        reason: String,
    },
    /// Names that can't be those of a table's columns.
    #[error("unusable columns: {reason}")]
    Columns {
        /// What was wrong.
        reason: String,
    },
    /// A model of a table was asked about audio.
    #[error(
        "this model was trained on a table of columns ({columns}), not on audio; give it rows: gtzan predict --features FILE"
    )]
    NotAudio {
        /// The first of them, and how many there are.
        columns: String,
    },
    /// A model of spectrograms was asked which columns speak for a genre.
    #[error("this model hears spectrograms, whose values have no names: it can't tell which speak for a genre")]
    NoColumns,
    /// A genre that the model doesn't know.
    #[error("this model knows no genre `{genre}`; it knows {known}")]
    UnknownGenre {
        /// The genre that was asked for.
        genre: String,
        /// Those that there are.
        known: String,
    },
    /// A threshold that can't be one.
    #[error("unusable threshold: {name} is {value}, which is not within 0 to 1")]
    Abstention {
        /// The threshold's name.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// A row has not the length that the model or the other rows have.
    #[error("row {row} has {found} values, expected {expected}")]
    RowLength {
        /// Index of the row.
        row: usize,
        /// Its length.
        found: usize,
        /// The length it should have.
        expected: usize,
    },
    /// A row holds a value that is not finite.
    #[error("row {row}, column {column}: {value} is not a finite number")]
    NotFinite {
        /// Index of the row.
        row: usize,
        /// Index of the column.
        column: usize,
        /// The value.
        value: f32,
    },
    /// A row is so far from the training data that the arithmetic overflowed.
    #[error("row {row}: its values are too extreme for the model")]
    Extreme {
        /// Index of the row.
        row: usize,
    },
    /// There is no row to work on.
    #[error("no rows: at least one clip is needed")]
    NoRows,
    /// The audio can't be turned into features; the message begins with its name.
    #[error(transparent)]
    Audio(#[from] dsp::Error),
    /// A song could be read but not judged.
    #[error("{name}: {source}")]
    Song {
        /// The song's name.
        name: String,
        /// Why not.
        source: Box<Error>,
    },
    /// The analysis panicked: a defect of this program.
    #[error("the analysis crashed: {message}; please report it with the file")]
    Crashed {
        /// The panic's message.
        message: String,
    },
    /// The device failed to hand back its results.
    #[error("the device gave no result: {source}")]
    Device {
        /// The backend's error.
        source: Cause,
    },
}

/// Kinds of [`Error`], by what a caller may do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The audio is at fault, or can't be read: as this kind says.
    Audio(dsp::ErrorKind),
    /// The model's files are missing, damaged, foreign or of another version: take another model.
    Model,
    /// What was given doesn't fit together: the caller's mistake.
    Invalid,
    /// The disk failed or refused: try again, or elsewhere.
    Io,
    /// The device failed: try again, or another device.
    Device,
    /// A defect of this program.
    Internal,
}

impl Error {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Audio(error) => ErrorKind::Audio(error.kind()),
            Self::Song { source, .. } => source.kind(),
            Self::NoModel { .. }
            | Self::Metadata { .. }
            | Self::Version { .. }
            | Self::FeatureSpec { .. }
            | Self::Record { .. } => ErrorKind::Model,
            Self::NotReplaceable { .. }
            | Self::NoPlace { .. }
            | Self::Unfit { .. }
            | Self::Labels { .. }
            | Self::Columns { .. }
            | Self::NotAudio { .. }
            | Self::NoColumns
            | Self::UnknownGenre { .. }
            | Self::Abstention { .. }
            | Self::RowLength { .. }
            | Self::NotFinite { .. }
            | Self::Extreme { .. }
            | Self::NoRows => ErrorKind::Invalid,
            Self::Io { .. } | Self::Leftover { .. } => ErrorKind::Io,
            Self::Device { .. } => ErrorKind::Device,
            Self::Encode { .. } | Self::Crashed { .. } => ErrorKind::Internal,
        }
    }

    /// For `map_err` on reading or writing `path`.
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_path_buf(), source }
    }

    /// For `map_err` on what a device hands back.
    pub(crate) fn device(error: impl Into<Cause>) -> Self {
        Self::Device { source: error.into() }
    }
}

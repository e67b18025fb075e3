//! What can go wrong with a model or its files.

use std::path::PathBuf;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

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
    #[error("{}: not a model's description: {reason}", path.display())]
    Metadata {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        reason: String,
    },
    /// The bundle was written in a format that this build doesn't know.
    #[error("{}: bundle format {found} is unknown to this build, which reads {supported}: use the program that wrote it, or train again", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: u64,
        /// The version this build reads.
        supported: u32,
    },
    /// The model wants features that this build can't compute.
    #[error("{}: this build can't produce the features that the model was trained on: {reason}", path.display())]
    FeatureSpec {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The weights are damaged, foreign or don't fit the description.
    #[error("{}: unusable weights: {reason}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        reason: String,
    },
    /// A folder stands where the bundle should go, and it is not a bundle.
    #[error("{}: will not be replaced: it exists and is not a model bundle; choose another place", path.display())]
    NotReplaceable {
        /// The folder.
        path: PathBuf,
    },
    /// The model could not be turned into bytes.
    #[error("the model can't be written: {reason}")]
    Encode {
        /// What was wrong.
        reason: String,
    },
    /// Labels that can't name a classifier's outputs.
    #[error("unusable labels: {reason}")]
    Labels {
        /// What was wrong.
        reason: String,
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
    /// The device failed to hand back its results.
    #[error("the device gave no result: {reason}")]
    Device {
        /// The backend's message.
        reason: String,
    },
}

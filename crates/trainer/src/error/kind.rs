//! What may be done about an error.

use super::Error;

/// What a caller may do about an error.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The configuration asks for what can't be: change it.
    Config,
    /// The data is missing, damaged or not what the configuration says: mend it.
    Data,
    /// Something else lies where the output should go, or another process is at it: choose another place, or wait.
    Output,
    /// The system refused to read or write: another try may succeed.
    Io,
    /// The backend can't be used on this machine: take another.
    Backend,
    /// The network has not learnt: change the recipe.
    Training,
    /// It was asked to stop, and did: another call may go on.
    Stopped,
    /// A model or a run that can't be used: take another, or train anew.
    Model,
    /// A defect of this program.
    Internal,
}

impl Error {
    /// What a caller may do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Read { .. } | Self::Write { .. } => ErrorKind::Io,
            Self::UnknownKey { .. }
            | Self::UnknownValue { .. }
            | Self::ConfigSyntax { .. }
            | Self::ConfigValue { .. }
            | Self::ForeignTracks { .. }
            | Self::Changed { .. } => ErrorKind::Config,
            Self::DataFolderMissing { .. }
            | Self::NoGenreFolders { .. }
            | Self::GenresWithoutAudio { .. }
            | Self::OneGenre { .. }
            | Self::NoUsableAudio { .. }
            | Self::EmptyTable { .. }
            | Self::NoTable
            | Self::ClipLength { .. }
            | Self::UnknownLabels { .. }
            | Self::MisspeltLabel { .. }
            | Self::Genres { .. }
            | Self::TwoGenres { .. }
            | Self::TooFewTracks { .. }
            | Self::SplitFile { .. }
            | Self::UnknownTracks { .. }
            | Self::MissingGenres { .. }
            | Self::Leak { .. }
            | Self::Picture { .. }
            | Self::Dsp(_) => ErrorKind::Data,
            Self::NotARun { .. }
            | Self::RunHeld { .. }
            | Self::SamePicture { .. }
            | Self::Unfinished { .. }
            | Self::NothingToResume { .. } => ErrorKind::Output,
            Self::Backend { .. } => ErrorKind::Backend,
            Self::Training { .. } => ErrorKind::Training,
            Self::Stopped { .. } | Self::StoppedReading => ErrorKind::Stopped,
            Self::RunFile { .. } => ErrorKind::Model,
            Self::Shape { .. } => ErrorKind::Internal,
            Self::Extraction(error) => match error.kind() {
                extraction::ErrorKind::Unreadable | extraction::ErrorKind::Unwritable => ErrorKind::Io,
                extraction::ErrorKind::Output => ErrorKind::Output,
                _ => ErrorKind::Data,
            },
            Self::Model(error) => match error.kind() {
                model::ErrorKind::Io => ErrorKind::Io,
                model::ErrorKind::Device => ErrorKind::Backend,
                model::ErrorKind::Internal => ErrorKind::Internal,
                _ => ErrorKind::Model,
            },
            Self::Synth(_) => ErrorKind::Config,
        }
    }
}

//! Everything that can go wrong between a configuration file and a trained model.

mod kind;
mod words;

use std::io;
use std::path::{Path, PathBuf};

pub use self::kind::ErrorKind;
use self::words::{List, Loose, Suggestion};

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

    /// A configuration key that doesn't exist.
    #[error("{place}: unknown key `{key}`{}", Suggestion { nearest: nearest.as_deref(), known })]
    UnknownKey {
        /// File and line, or the `--set` argument.
        place: String,
        /// The key as written.
        key: String,
        /// The known key that looks most like it.
        nearest: Option<String>,
        /// The keys that may stand in that place.
        known: Vec<String>,
    },
    /// A word that isn't one of a key's choices.
    #[error("{place}: unknown value `{value}`{}", Suggestion { nearest: nearest.as_deref(), known })]
    UnknownValue {
        /// File and line, or the `--set` argument.
        place: String,
        /// The value as written.
        value: String,
        /// The known value that looks most like it.
        nearest: Option<String>,
        /// The values that the key takes.
        known: Vec<String>,
    },
    /// Text that isn't TOML, or a value of the wrong type.
    #[error("{place}: {reason}")]
    ConfigSyntax {
        /// File and line, or the `--set` argument.
        place: String,
        /// What the parser found.
        reason: String,
    },
    /// A value outside its range, or keys that contradict each other.
    #[error("{place}: `{key}` {reason}")]
    ConfigValue {
        /// The configuration file, or "configuration" when there is none.
        place: String,
        /// The key, dotted.
        key: &'static str,
        /// What it is and what it should be.
        reason: String,
    },

    /// The data folder doesn't exist or isn't a folder.
    #[error("{}: no such folder; give a folder that holds one folder of audio files per genre", path.display())]
    DataFolderMissing {
        /// The folder asked for.
        path: PathBuf,
    },
    /// The data folder holds no genre folders.
    #[error(
        "{}: no genre folders in it{}; expected one folder of audio files per genre, such as blues/blues.00000.wav",
        path.display(), Loose(loose)
    )]
    NoGenreFolders {
        /// The data folder.
        path: PathBuf,
        /// Audio files that lie beside the genre folders instead of in them.
        loose: Vec<PathBuf>,
    },
    /// Genre folders without a single audio file.
    #[error("{}: no audio files under {}; add some or remove the folder", path.display(), List(genres))]
    GenresWithoutAudio {
        /// The data folder.
        path: PathBuf,
        /// The empty genres.
        genres: Vec<String>,
    },
    /// A classifier can't learn one genre.
    #[error("{}: only one genre, `{genre}`; training needs at least two", path.display())]
    OneGenre {
        /// The data folder or CSV.
        path: PathBuf,
        /// The only genre there.
        genre: String,
    },
    /// A folder where no track gave features.
    #[error("{}: none of the {tracks} audio files here can be used; the first: {first}", path.display())]
    NoUsableAudio {
        /// The data folder or a genre's folder.
        path: PathBuf,
        /// How many were tried.
        tracks: usize,
        /// The first one and the reason.
        first: String,
    },
    /// A features CSV without rows.
    #[error("{}: no rows below the header", path.display())]
    EmptyTable {
        /// The CSV.
        path: PathBuf,
    },
    /// A table for a model that takes no rows of one.
    #[error("the model takes spectrograms, which no table holds; give it audio")]
    NoTable,
    /// The rows of a CSV are clips of another length than the one asked for.
    #[error("{}: {reason}", path.display())]
    ClipLength {
        /// The CSV.
        path: PathBuf,
        /// The two lengths and what to do.
        reason: String,
    },
    /// Labels in the data that the model doesn't know.
    #[error("unknown label{} {}; the model knows {}", if labels.len() == 1 { "" } else { "s" }, List(labels), List(known))]
    UnknownLabels {
        /// Labels in the data and not in the model.
        labels: Vec<String>,
        /// The model's labels.
        known: Vec<String>,
    },
    /// A label in the data that differs from one of the model's in case, blanks, hyphens or underscores only.
    #[error("unknown label `{label}`: the model knows `{known}`; give the genre its name")]
    MisspeltLabel {
        /// The label in the data.
        label: String,
        /// The model's.
        known: String,
    },
    /// Genres that no model can have.
    #[error("{}: its genres can't be a model's", path.display())]
    Genres {
        /// The data folder or CSV.
        path: PathBuf,
        /// What is wrong with them.
        source: model::Error,
    },
    /// A track whose clips have two genres.
    #[error("{}: track `{track}` is labelled `{}` and `{}`; a track has one genre", path.display(), genres[0], genres[1])]
    TwoGenres {
        /// The CSV.
        path: PathBuf,
        /// The track.
        track: String,
        /// The genres.
        genres: [String; 2],
    },
    /// A genre has too few tracks to stand in every part of a split.
    #[error(
        "genre{} {} {} too few tracks to be split (a genre needs at least {needed}); add tracks or remove the genre",
        if genres.len() == 1 { "" } else { "s" }, List(genres), if genres.len() == 1 { "has" } else { "have" }
    )]
    TooFewTracks {
        /// Each genre with its number of tracks.
        genres: Vec<String>,
        /// Tracks that one genre needs.
        needed: usize,
    },
    /// A list of tracks and their parts or folds that can't be used.
    #[error("{}: {reason}", path.display())]
    SplitFile {
        /// The list.
        path: PathBuf,
        /// Line, what was wrong and what is expected.
        reason: String,
    },
    /// A list that names tracks which the data lacks.
    #[error("{}: the data has no track{} {}; correct the list or add the audio", path.display(),
        if tracks.len() == 1 { "" } else { "s" }, List(tracks))]
    UnknownTracks {
        /// The list.
        path: PathBuf,
        /// The tracks.
        tracks: Vec<String>,
    },
    /// A part of a split in which genres are missing.
    #[error("{origin}: the {part} has no track of {}; every genre needs one there", List(genres))]
    MissingGenres {
        /// The list or protocol.
        origin: String,
        /// The part, and the fold where there are several.
        part: String,
        /// The genres.
        genres: Vec<String>,
    },
    /// A protocol for GTZAN on tracks that are not GTZAN's.
    #[error(
        "protocol `fault-filtered` lists GTZAN's tracks, such as `blues.00029`, and none of the data's is among them (the first is `{example}`); use protocol `random` or `file`"
    )]
    ForeignTracks {
        /// A track of the data.
        example: String,
    },
    /// A test that asks about what training has heard, where that was to be refused.
    #[error("{found}; leave these tracks out, or keep them on one side with protocol `file`")]
    Leak {
        /// What the leak check found.
        found: String,
    },
    /// Probabilities and rows that don't belong together.
    #[error("{what}: expected {expected}, got {got}")]
    Shape {
        /// What was counted.
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        got: usize,
    },

    /// A backend that can't be used on this machine.
    #[error("backend `{backend}`: {reason}")]
    Backend {
        /// Its name in configurations.
        backend: &'static str,
        /// What is missing and what can be used instead.
        reason: String,
    },
    /// A run into this folder was stopped, and can go on.
    #[error(
        "{}: a training for it was stopped: go on with it (--resume {}), or remove {} to begin anew",
        path.display(), path.display(), partial.display()
    )]
    Unfinished {
        /// The run's folder.
        path: PathBuf,
        /// Where the stopped run lies.
        partial: PathBuf,
    },
    /// No run into this folder was stopped.
    #[error("{}: {}", path.display(), if *whole { "this run is whole; there is nothing to go on with" } else { "no stopped training was found that could go on; give the folder that it was meant for" })]
    NothingToResume {
        /// The run's folder.
        path: PathBuf,
        /// Whether a finished run lies there.
        whole: bool,
    },
    /// A stopped run can't go on with something else than it began with.
    #[error("{what} was {before} when the run began and is {now} now: it can go on only as it began")]
    Changed {
        /// What differs.
        what: String,
        /// What it was.
        before: String,
        /// What it is.
        now: String,
    },
    /// The work was asked to stop before all tracks were read. Features of those that were are kept.
    #[error("stopped while tracks were read; another run finds those that were")]
    StoppedReading,
    /// Training was asked to stop, and has; what it had learnt by then is kept where it is kept at all.
    #[error("training: stopped after epoch {epoch}")]
    Stopped {
        /// The last epoch that is over.
        epoch: usize,
    },
    /// Training didn't reach its end.
    #[error("training: {reason}")]
    Training {
        /// What happened.
        reason: String,
    },

    /// A folder that no run may be written to.
    #[error("{}: {reason}; choose another folder with --out, or move this one away", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// What is there.
        reason: &'static str,
    },
    /// A folder that another process writes a run to.
    #[error("{}: another run{} is being made for this folder; wait for it, or choose another folder with --out",
        path.display(), process.map(|id| format!(" (process {id})")).unwrap_or_default())]
    RunHeld {
        /// The folder.
        path: PathBuf,
        /// The other process, where the system lets it be known.
        process: Option<u32>,
    },
    /// A folder that holds no run to report on.
    #[error("{}: {reason}", path.display())]
    RunFile {
        /// The folder.
        path: PathBuf,
        /// What is missing or damaged, and what to do.
        reason: String,
    },
    /// A file that can't be drawn.
    #[error("{}", path.display())]
    Picture {
        /// The audio file.
        path: PathBuf,
        /// Why not.
        source: plot::Error,
    },
    /// Tracks whose pictures would have the same name.
    #[error("{} and {} would both become {}; rename one", first.display(), second.display(), picture.display())]
    SamePicture {
        /// A track.
        first: PathBuf,
        /// Another track.
        second: PathBuf,
        /// The picture's file.
        picture: PathBuf,
    },

    /// Audio or its features.
    #[error(transparent)]
    Dsp(#[from] dsp::Error),
    /// Files, their features and tables.
    #[error(transparent)]
    Extraction(#[from] extraction::Error),
    /// A model bundle.
    #[error(transparent)]
    Model(#[from] model::Error),
    /// The demo corpus.
    #[error(transparent)]
    Synth(#[from] synth::Error),
}

impl Error {
    /// For `map_err` on reading `path`.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Read { path: path.to_owned(), source }
    }

    /// For `map_err` on drawing `path`.
    pub(crate) fn picture(path: &Path) -> impl FnOnce(plot::Error) -> Self + '_ {
        move |source| Self::Picture { path: path.to_owned(), source }
    }

    /// For `map_err` on writing `path`.
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Write { path: path.to_owned(), source }
    }
}

//! What master and worker tell each other: messages of a length in eight bytes and the message itself.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use dsp::{AudioInput, ClipLength, Convention, Descriptors, FeatureSpec, InputKind, TrackFeatures};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::hearing::{Cut, HeardSong, SongTask};
use crate::limits::Limits;
use crate::outcome::Failure;
use crate::store::ContentHash;

/// The first message to a worker, which answers with [`Ready`].
#[derive(Serialize, Deserialize)]
pub(super) struct Setup {
    pub(super) spec: Spec,
    pub(super) limits: Limits,
}

/// A [`FeatureSpec`], whose own form leaves out what is usual, so that only formats with names can read it.
#[derive(Serialize, Deserialize)]
pub(super) struct Spec(InputKind, Option<Descriptors>, Convention, u32, ClipLength);

impl From<&FeatureSpec> for Spec {
    fn from(spec: &FeatureSpec) -> Self {
        Self(spec.input(), spec.descriptors(), spec.convention(), spec.sample_rate(), spec.clip_length())
    }
}

impl TryFrom<Spec> for FeatureSpec {
    type Error = dsp::Error;

    fn try_from(Spec(input, descriptors, convention, rate, length): Spec) -> dsp::Result<Self> {
        let spec = Self::new(input, convention, rate, length)?;
        match descriptors {
            Some(descriptors) => spec.with_descriptors(descriptors),
            None => Ok(spec),
        }
    }
}

/// A worker can begin.
#[derive(Serialize, Deserialize)]
pub(super) struct Ready;

/// What a worker is asked for.
#[derive(Serialize, Deserialize)]
pub(super) enum Task {
    /// The hash of an input: an [`Answer::Hash`].
    Hash(Input),
    /// Its rows: [`Answer::Features`].
    Features(Input),
    /// What is wanted of a song whose bytes follow the message: any number of [`Answer::Decoded`], then an [`Answer::Song`].
    Song { name: String, bytes: u64, task: WiredTask },
}

/// A [`SongTask`].
#[derive(Serialize, Deserialize)]
pub(super) struct WiredTask {
    cuts: Vec<(Spec, Option<f64>)>,
    samples: Option<u32>,
    most_seconds: f64,
}

impl From<&SongTask> for WiredTask {
    fn from(task: &SongTask) -> Self {
        let cuts = task.cuts.iter().map(|cut| (Spec::from(&cut.spec), cut.hop)).collect();
        Self { cuts, samples: task.samples, most_seconds: task.most_seconds }
    }
}

impl TryFrom<WiredTask> for SongTask {
    type Error = dsp::Error;

    fn try_from(WiredTask { cuts, samples, most_seconds }: WiredTask) -> dsp::Result<Self> {
        let cuts = cuts.into_iter().map(|(spec, hop)| Ok(Cut { spec: spec.try_into()?, hop }));
        Ok(Self { cuts: cuts.collect::<dsp::Result<_>>()?, samples, most_seconds })
    }
}

/// What it answers.
#[derive(Serialize, Deserialize)]
pub(super) enum Answer {
    Hash(Result<Option<ContentHash>, Failure>),
    Features(Result<TrackFeatures, Failure>),
    /// Seconds decoded so far.
    Decoded(f64),
    Song(Result<HeardSong, Failure>),
}

/// An [`AudioInput`]. A path is its bytes, since it need not be Unicode.
#[derive(Serialize, Deserialize)]
pub(super) enum Input {
    Path(Vec<u8>),
    Bytes { name: String, bytes: Vec<u8> },
    Excerpt { path: Vec<u8>, name: String, start: u32, end: Option<u32> },
}

/// Fails for a path that this system's programs can't tell each other.
impl TryFrom<&AudioInput> for Input {
    type Error = io::Error;

    fn try_from(input: &AudioInput) -> io::Result<Self> {
        match input {
            AudioInput::Path(path) => path_bytes(path).map(Self::Path),
            AudioInput::Bytes { name, bytes } => Ok(Self::Bytes { name: name.clone(), bytes: bytes.to_vec() }),
            AudioInput::Excerpt { path, name, start, end } => {
                Ok(Self::Excerpt { path: path_bytes(path)?, name: name.clone(), start: *start, end: *end })
            }
        }
    }
}

impl TryFrom<Input> for AudioInput {
    type Error = io::Error;

    fn try_from(input: Input) -> io::Result<Self> {
        match input {
            Input::Path(bytes) => path(bytes).map(Self::from),
            Input::Bytes { name, bytes } => Ok(Self::bytes(name, bytes)),
            Input::Excerpt { path: bytes, name, start, end } => {
                Ok(Self::Excerpt { path: path(bytes)?, name, start, end })
            }
        }
    }
}

#[cfg(unix)]
fn path_bytes(path: &Path) -> io::Result<Vec<u8>> {
    Ok(std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec())
}

#[cfg(unix)]
fn path(bytes: Vec<u8>) -> io::Result<PathBuf> {
    Ok(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn path_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let text = path.to_str().ok_or_else(|| io::Error::other("the name of the file is not Unicode; rename it"))?;
    Ok(text.as_bytes().to_vec())
}

#[cfg(not(unix))]
fn path(bytes: Vec<u8>) -> io::Result<PathBuf> {
    String::from_utf8(bytes).map(PathBuf::from).map_err(io::Error::other)
}

/// Sends a message.
pub(super) fn send(out: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let bytes = postcard::to_stdvec(message).map_err(io::Error::other)?;
    out.write_all(&(bytes.len() as u64).to_le_bytes())?;
    out.write_all(&bytes)?;
    out.flush()
}

/// The next message; `None` where the other side has closed.
pub(super) fn receive<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 8];
    // What comes before a message says how long it is, or nothing does.
    match input.read(&mut length)? {
        0 => return Ok(None),
        some => input.read_exact(&mut length[some..])?,
    }
    let length = u64::from_le_bytes(length);
    let mut bytes = Vec::new();
    if input.take(length).read_to_end(&mut bytes)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    postcard::from_bytes(&bytes).map(Some).map_err(io::Error::other)
}

//! Where features are kept from one extraction to the next, and under which names.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use dsp::{AudioInput, FeatureSpec, TrackFeatures};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A place that keeps the features of tracks: a folder ([`Cache`](crate::Cache)), or whatever many machines share.
pub trait FeatureStore: Send + Sync {
    /// The features kept under `key`, if they are there and whole.
    fn get(&self, key: &Key, spec: &FeatureSpec) -> Option<TrackFeatures>;

    /// Keeps the features of a track, which `spec` describes.
    ///
    /// # Errors
    /// They can't be kept. An extraction goes on without, and tells the first such error.
    fn put(&self, key: &Key, spec: &FeatureSpec, track: &TrackFeatures) -> Result<()>;
}

/// The name under which a store keeps features: a hash of the audio's bytes, of the specification, and of the version of
/// the code that decodes and computes. Renamed or moved files are found again, identical ones share an entry, and a changed
/// file, specification or program never meets an old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(blake3::Hash);

impl Key {
    /// The key of the features of audio with this content.
    pub fn new(content: &ContentHash, spec: &FeatureSpec) -> Self {
        Self::of_version(content, spec, dsp::CODE_VERSION)
    }

    fn of_version(content: &ContentHash, spec: &FeatureSpec, version: u32) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(content.0.as_bytes()).update(&version.to_le_bytes()).update(spec.fingerprint().as_bytes());
        Self(hasher.finalize())
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; blake3::OUT_LEN] {
        self.0.as_bytes()
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Hash of all bytes of an input (BLAKE3), and of the bounds of an excerpt; shown and serialised as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentHash(blake3::Hash);

impl ContentHash {
    /// The hash of a file, which must be one that ends: see [`ContentHash::of_input`].
    ///
    /// # Errors
    /// The file can't be read.
    pub fn of(file: &Path) -> Result<Self> {
        let content = std::fs::File::open(file).map_err(Error::read(file))?;
        Ok(Self(blake3::Hasher::new().update_reader(content).map_err(Error::read(file))?.finalize()))
    }

    /// The hash of bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes))
    }

    /// The hash of bytes or of a regular file, and for an excerpt that of its file's content and its bounds; `None` for a path
    /// to anything else, which can be read only once or never ends.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn of_input(input: &AudioInput) -> Result<Option<Self>> {
        match input {
            AudioInput::Bytes { bytes, .. } => Ok(Some(Self::of_bytes(bytes))),
            AudioInput::Path(path) => Self::of_regular(path),
            AudioInput::Excerpt { path, start, end, .. } => {
                Ok(Self::of_regular(path)?.map(|whole| whole.of_excerpt(*start, *end)))
            }
        }
    }

    fn of_regular(path: &Path) -> Result<Option<Self>> {
        match std::fs::metadata(path).map_err(Error::read(path))?.is_file() {
            true => Self::of(path).map(Some),
            false => Ok(None),
        }
    }

    /// The hash of a part of what has this hash, which no file's content has.
    fn of_excerpt(self, start: u32, end: Option<u32>) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("gtzan: excerpt of an audio file, in CD frames");
        hasher.update(self.0.as_bytes()).update(&start.to_le_bytes());
        if let Some(end) = end {
            hasher.update(&end.to_le_bytes());
        }
        Self(hasher.finalize())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for ContentHash {
    type Error = blake3::HexError;

    fn try_from(digits: String) -> Result<Self, blake3::HexError> {
        blake3::Hash::from_str(&digits).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use dsp::{ClipLength, Convention};

    use super::*;

    /// Two files of one content, and one of another.
    fn three_files(folder: &Path) -> [std::path::PathBuf; 3] {
        [("1.wav", "sound"), ("2.wav", "sound"), ("3.wav", "noise")].map(|(name, content)| {
            let path = folder.join(name);
            std::fs::write(&path, content).unwrap();
            path
        })
    }

    #[test]
    fn keys_follow_content_specification_and_code_and_not_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let [one, same, other] = three_files(folder.path());
        let spec = |length| FeatureSpec::features(Convention::Librosa07, length);
        let key = |path: &Path, length| Key::new(&ContentHash::of(path).unwrap(), &spec(length));
        let first = key(&one, ClipLength::TENTH);
        assert_eq!(first, key(&same, ClipLength::TENTH));
        assert_ne!(first, key(&other, ClipLength::TENTH));
        assert_ne!(first, key(&one, ClipLength::TRACK));
        let content = ContentHash::of(&one).unwrap();
        assert_ne!(first, Key::of_version(&content, &spec(ClipLength::TENTH), dsp::CODE_VERSION + 1));
    }

    #[test]
    fn a_file_and_its_bytes_have_the_same_hash() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "sound").unwrap();
        let bytes = AudioInput::bytes("sound", b"sound".to_vec());
        assert_eq!(
            ContentHash::of_input(&file.path().into()).unwrap(),
            ContentHash::of_input(&bytes).unwrap().filter(|hash| hash.to_string().len() == 64)
        );
        assert!(matches!(ContentHash::of_input(&Path::new("no/such").into()), Err(Error::Read { .. })));
    }

    #[test]
    fn excerpts_have_the_hash_of_the_content_and_their_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let [one, same, other] = three_files(folder.path());
        let hash = |path: &Path, name: &str, start, end| {
            let input = AudioInput::Excerpt { path: path.to_owned(), name: name.to_owned(), start, end };
            ContentHash::of_input(&input).unwrap().unwrap()
        };
        let first = hash(&one, "1#01.wav", 0, Some(75));
        assert_eq!(first, hash(&same, "2#01.wav", 0, Some(75)));
        let others = [
            hash(&one, "1#01.wav", 0, Some(76)),
            hash(&one, "1#01.wav", 0, None),
            hash(&one, "1#01.wav", 75, None),
            hash(&other, "3#01.wav", 0, Some(75)),
            ContentHash::of(&one).unwrap(),
        ];
        assert!(others.iter().all(|other| *other != first));
        assert_ne!(others[1], others[4]);
        let missing = AudioInput::Excerpt { path: "no/such".into(), name: "a".into(), start: 0, end: None };
        assert!(matches!(ContentHash::of_input(&missing), Err(Error::Read { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_not_hashed() {
        assert_eq!(ContentHash::of_input(&Path::new("/dev/zero").into()).unwrap(), None);
    }
}

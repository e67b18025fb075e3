//! Features kept from one run to the next.
//!
//! An entry's name is a hash of the audio file's content and of the feature specification: renamed or moved files are
//! found again, identical files share an entry, and a changed file or specification never meets an old one. Entries
//! carry a checksum; a damaged one counts as absent.

use std::fmt;
use std::path::{Path, PathBuf};

use dsp::{FeatureSpec, InputKind};

use super::extract::ClipFeatures;
use crate::error::{Error, Result};
use crate::files;

const MAGIC: &[u8; 8] = b"gtzanfc1";
const CHECKSUM: usize = blake3::OUT_LEN;

/// A folder of feature files.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

/// Name of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(blake3::Hash);

impl Key {
    /// The key of the features of a file with this content.
    pub fn new(content: &ContentHash, spec: &FeatureSpec) -> Self {
        let fingerprint = spec.fingerprint();
        Self(blake3::Hasher::new().update(content.0.as_bytes()).update(fingerprint.as_bytes()).finalize())
    }
}

/// Hash of all bytes of a file (BLAKE3); shown as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentHash(blake3::Hash);

impl ContentHash {
    /// The hash of a file.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn of(file: &Path) -> Result<Self> {
        let content = std::fs::File::open(file).map_err(Error::read(file))?;
        Ok(Self(blake3::Hasher::new().update_reader(content).map_err(Error::read(file))?.finalize()))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Cache {
    /// The cache in `folder`, which need not exist.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The cache that the program uses: the folder `$GTZAN_CACHE`, or else `artifacts/cache`.
    pub fn standard() -> Self {
        let chosen = std::env::var_os("GTZAN_CACHE").filter(|folder| !folder.is_empty());
        Self::new(chosen.map_or_else(|| Path::new("artifacts").join("cache"), PathBuf::from))
    }

    /// The key of a file's features.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn key(audio: &Path, spec: &FeatureSpec) -> Result<Key> {
        Ok(Key::new(&ContentHash::of(audio)?, spec))
    }

    /// The features kept under `key`, if they are there and whole.
    pub fn load(&self, key: &Key, spec: &FeatureSpec) -> Option<Vec<ClipFeatures>> {
        decode(&std::fs::read(self.path(key)).ok()?, key, spec)
    }

    /// Keeps features.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn store(&self, key: &Key, spec: &FeatureSpec, clips: &[ClipFeatures]) -> Result<()> {
        let bytes = encode(key, spec, clips);
        files::write(&self.path(key), |out| out.write_all(&bytes))
    }

    fn path(&self, key: &Key) -> PathBuf {
        let name = key.0.to_hex();
        self.folder.join(&name[..2]).join(format!("{name}.features"))
    }
}

/// Spectrograms are kept in single precision, as networks see them; the 57 features in double, as CSVs have them.
fn value_bytes(spec: &FeatureSpec) -> usize {
    match spec.input {
        InputKind::Features => 8,
        InputKind::Spectrogram => 4,
    }
}

/// Magic, key, then per clip its start, its samples and its values, all little-endian, then a hash of all that.
fn encode(key: &Key, spec: &FeatureSpec, clips: &[ClipFeatures]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(40 + clips.len() * (16 + spec.len() * value_bytes(spec)) + CHECKSUM);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(key.0.as_bytes());
    for clip in clips {
        bytes.extend_from_slice(&clip.start_sample.to_le_bytes());
        bytes.extend_from_slice(&(clip.samples as u64).to_le_bytes());
        for &value in &clip.values {
            match spec.input {
                InputKind::Features => bytes.extend_from_slice(&value.to_le_bytes()),
                InputKind::Spectrogram => bytes.extend_from_slice(&(value as f32).to_le_bytes()),
            }
        }
    }
    let checksum = blake3::hash(&bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

fn decode(bytes: &[u8], key: &Key, spec: &FeatureSpec) -> Option<Vec<ClipFeatures>> {
    let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
    if blake3::hash(content).as_bytes() != checksum {
        return None;
    }
    let clips = content.strip_prefix(MAGIC)?.strip_prefix(key.0.as_bytes().as_slice())?;
    let clips = clips.chunks(16 + spec.len() * value_bytes(spec)).map(|clip| {
        let (start, rest) = clip.split_first_chunk()?;
        let (samples, values) = rest.split_first_chunk()?;
        let values: Vec<f64> = match spec.input {
            InputKind::Features => values.as_chunks().0.iter().map(|&v| f64::from_le_bytes(v)).collect(),
            InputKind::Spectrogram => values.as_chunks().0.iter().map(|&v| f32::from_le_bytes(v).into()).collect(),
        };
        let clip = ClipFeatures {
            start_sample: u64::from_le_bytes(*start),
            samples: usize::try_from(u64::from_le_bytes(*samples)).ok()?,
            values,
        };
        (clip.values.len() == spec.len()).then_some(clip)
    });
    clips.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dsp::Convention;

    fn spec() -> FeatureSpec {
        FeatureSpec::features(Convention::Librosa07, 3.0)
    }

    fn clips(spec: &FeatureSpec) -> Vec<ClipFeatures> {
        let clip = |k: u64| ClipFeatures {
            start_sample: k * 66_150,
            samples: 66_149,
            values: (0..spec.len()).map(|i| f64::from(i as f32 * 0.1) + k as f64).collect(),
        };
        vec![clip(0), clip(1)]
    }

    #[test]
    fn what_is_stored_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let audio = folder.path().join("a.wav");
        std::fs::write(&audio, "sound").unwrap();
        let cache = Cache::new(folder.path().join("cache"));
        for spec in [spec(), FeatureSpec::spectrogram(0.2)] {
            let key = Cache::key(&audio, &spec).unwrap();
            assert_eq!(cache.load(&key, &spec), None);
            cache.store(&key, &spec, &clips(&spec)).unwrap();
            let back = cache.load(&key, &spec).unwrap();
            for (ours, theirs) in back.iter().zip(&clips(&spec)) {
                assert_eq!((ours.start_sample, ours.samples), (theirs.start_sample, theirs.samples));
                assert!(ours.values.iter().zip(&theirs.values).all(|(a, b)| (a - b).abs() < 1e-4));
            }
            assert_eq!(back.len(), 2);
        }
    }

    #[test]
    fn keys_follow_content_and_specification_and_not_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path
        };
        let (one, same, other) = (write("1.wav", "sound"), write("2.wav", "sound"), write("3.wav", "noise"));
        let key =
            |path: &Path, seconds| Cache::key(path, &FeatureSpec::features(Convention::Librosa07, seconds)).unwrap();
        assert_eq!(key(&one, 3.0), key(&same, 3.0));
        assert_ne!(key(&one, 3.0), key(&other, 3.0));
        assert_ne!(key(&one, 3.0), key(&one, 30.0));
    }

    #[test]
    fn damaged_entries_count_as_absent() {
        let key = Key(blake3::hash(b"key"));
        let whole = encode(&key, &spec(), &clips(&spec()));
        assert!(decode(&whole, &key, &spec()).is_some());
        for cut in [0, 10, 40, whole.len() - 1] {
            assert_eq!(decode(&whole[..cut], &key, &spec()), None);
        }
        let mut flipped = whole.clone();
        flipped[100] ^= 1;
        assert_eq!(decode(&flipped, &key, &spec()), None);
        assert_eq!(decode(&whole, &Key(blake3::hash(b"other")), &spec()), None);
    }
}

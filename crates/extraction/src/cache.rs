//! A folder of features, kept from one run to the next.
//!
//! An entry is a file named by its [`Key`]. It carries a checksum; a damaged one counts as absent.

use std::path::{Path, PathBuf};

use dsp::{ClipFeatures, DecodeReport, FeatureSpec, InputKind, TrackFeatures};

use crate::error::Result;
use crate::files;
use crate::store::{FeatureStore, Key};

const MAGIC: &[u8; 8] = b"gtzanfc2";
const CHECKSUM: usize = blake3::OUT_LEN;

/// A folder of feature files.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
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

    fn path(&self, key: &Key) -> PathBuf {
        let name = key.to_string();
        self.folder.join(&name[..2]).join(format!("{name}.features"))
    }
}

impl FeatureStore for Cache {
    fn get(&self, key: &Key, spec: &FeatureSpec) -> Option<TrackFeatures> {
        decode(&std::fs::read(self.path(key)).ok()?, key, spec)
    }

    fn put(&self, key: &Key, spec: &FeatureSpec, track: &TrackFeatures) -> Result<()> {
        let bytes = encode(key, spec, track);
        files::write_unsynced(&self.path(key), |out| out.write_all(&bytes))
    }
}

/// Spectrograms are kept in single precision, as networks see them; the 57 features in double, as CSVs have them.
fn value_bytes(spec: &FeatureSpec) -> usize {
    match spec.input() {
        InputKind::Features => 8,
        InputKind::Spectrogram => 4,
    }
}

/// Start, samples and silence of a clip.
const CLIP_HEAD: usize = 8 + 8 + 1;

/// Magic, key, what is known of the decoding, then per clip its start, its samples, whether it is silent and its values, all
/// little-endian, then a hash of all that.
fn encode(key: &Key, spec: &FeatureSpec, track: &TrackFeatures) -> Vec<u8> {
    let clip_bytes = CLIP_HEAD + spec.len() * value_bytes(spec);
    let mut bytes = Vec::with_capacity(128 + track.clips.len() * clip_bytes + CHECKSUM);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(key.as_bytes());
    encode_report(&mut bytes, &track.decoded);
    for clip in &track.clips {
        bytes.extend_from_slice(&clip.start_sample.to_le_bytes());
        bytes.extend_from_slice(&(clip.samples as u64).to_le_bytes());
        bytes.push(clip.silent.into());
        for &value in &clip.values {
            match spec.input() {
                InputKind::Features => bytes.extend_from_slice(&value.to_le_bytes()),
                InputKind::Spectrogram => bytes.extend_from_slice(&(value as f32).to_le_bytes()),
            }
        }
    }
    let checksum = blake3::hash(&bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

/// Binary rather than JSON, whose numbers not every reader gives back to the last bit.
fn encode_report(bytes: &mut Vec<u8>, report: &DecodeReport) {
    let DecodeReport { packets, packets_lost, seconds, seconds_lost, broke_off, skipped, channels_cancel } = report;
    bytes.extend_from_slice(&packets.to_le_bytes());
    bytes.extend_from_slice(&packets_lost.to_le_bytes());
    bytes.extend_from_slice(&seconds.to_le_bytes());
    bytes.extend_from_slice(&seconds_lost.to_le_bytes());
    bytes.extend_from_slice(&broke_off.unwrap_or(f64::NAN).to_le_bytes());
    bytes.push((*channels_cancel).into());
    bytes.extend_from_slice(&(skipped.len() as u64).to_le_bytes());
    for text in skipped {
        bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
}

fn decode(bytes: &[u8], key: &Key, spec: &FeatureSpec) -> Option<TrackFeatures> {
    let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
    if blake3::hash(content).as_bytes() != checksum {
        return None;
    }
    let rest = content.strip_prefix(MAGIC)?.strip_prefix(key.as_bytes().as_slice())?;
    let mut reader = Reader(rest);
    let decoded = reader.report()?;
    let mut clips = Vec::new();
    while !reader.0.is_empty() {
        clips.push(reader.clip(spec)?);
    }
    Some(TrackFeatures { clips, decoded })
}

/// What is left of an entry.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    fn integer(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.integer()?).ok()
    }

    fn number(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }

    fn flag(&mut self) -> Option<bool> {
        self.array::<1>().map(|[byte]| byte != 0)
    }

    fn report(&mut self) -> Option<DecodeReport> {
        let (packets, packets_lost) = (self.integer()?, self.integer()?);
        let (seconds, seconds_lost, broke_off) = (self.number()?, self.number()?, self.number()?);
        let channels_cancel = self.flag()?;
        let mut skipped = Vec::new();
        for _ in 0..self.size()? {
            let length = self.size()?;
            skipped.push(String::from_utf8(self.bytes(length)?.to_vec()).ok()?);
        }
        let broke_off = Some(broke_off).filter(|at| !at.is_nan());
        Some(DecodeReport { packets, packets_lost, seconds, seconds_lost, broke_off, skipped, channels_cancel })
    }

    fn clip(&mut self, spec: &FeatureSpec) -> Option<ClipFeatures> {
        let (start_sample, samples, silent) = (self.integer()?, self.size()?, self.flag()?);
        let values = self.bytes(spec.len() * value_bytes(spec))?;
        let values = match spec.input() {
            InputKind::Features => values.as_chunks().0.iter().map(|&v| f64::from_le_bytes(v)).collect(),
            InputKind::Spectrogram => values.as_chunks().0.iter().map(|&v| f32::from_le_bytes(v).into()).collect(),
        };
        Some(ClipFeatures { start_sample, samples, silent, values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ContentHash;
    use dsp::{ClipLength, Convention};

    fn spec() -> FeatureSpec {
        FeatureSpec::features(Convention::Librosa07, ClipLength::TENTH)
    }

    fn key(content: &[u8], spec: &FeatureSpec) -> Key {
        Key::new(&ContentHash::of_bytes(content), spec)
    }

    fn track(spec: &FeatureSpec) -> TrackFeatures {
        let clip = |k: u64| ClipFeatures {
            start_sample: k * 66_150,
            samples: 66_149,
            silent: k == 1,
            values: (0..spec.len()).map(|i| f64::from(i as f32 * 0.1) + k as f64).collect(),
        };
        let decoded = DecodeReport {
            packets: 230,
            packets_lost: 3,
            seconds: 0.1 + 0.2,
            seconds_lost: 1.0 / 3.0,
            broke_off: Some(5.9),
            skipped: vec!["invalid main_data offset".into(), "ümlaut".into()],
            channels_cancel: true,
        };
        TrackFeatures { clips: vec![clip(0), clip(1)], decoded }
    }

    #[test]
    fn what_is_stored_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("cache"));
        for spec in [spec(), FeatureSpec::spectrogram(ClipLength::new(0.2).unwrap())] {
            let key = key(b"sound", &spec);
            assert_eq!(cache.get(&key, &spec), None);
            cache.put(&key, &spec, &track(&spec)).unwrap();
            let back = cache.get(&key, &spec).unwrap();
            assert_eq!(back.decoded, track(&spec).decoded);
            for (ours, theirs) in back.clips.iter().zip(&track(&spec).clips) {
                let facts = |clip: &ClipFeatures| (clip.start_sample, clip.samples, clip.silent);
                assert_eq!(facts(ours), facts(theirs));
                assert!(ours.values.iter().zip(&theirs.values).all(|(a, b)| (a - b).abs() < 1e-4));
            }
            assert_eq!(back.clips.len(), 2);
        }
    }

    #[test]
    fn damaged_entries_count_as_absent() {
        let (spec, other) = (spec(), key(b"other", &spec()));
        let key = key(b"key", &spec);
        let whole = encode(&key, &spec, &track(&spec));
        assert!(decode(&whole, &key, &spec).is_some());
        for cut in [0, 10, 40, whole.len() - 1] {
            assert_eq!(decode(&whole[..cut], &key, &spec), None);
        }
        let mut flipped = whole.clone();
        flipped[100] ^= 1;
        assert_eq!(decode(&flipped, &key, &spec), None);
        assert_eq!(decode(&whole, &other, &spec), None);
    }

    #[test]
    fn an_entry_that_only_seems_whole_is_refused() {
        let spec = spec();
        let key = key(b"key", &spec);
        let whole = encode(&key, &spec, &track(&spec));
        for cut in [60, whole.len() - CHECKSUM - 1] {
            // As if written by somebody who knows how checksums are made.
            let mut forged = whole[..cut].to_vec();
            forged.extend_from_slice(blake3::hash(&whole[..cut]).as_bytes());
            assert_eq!(decode(&forged, &key, &spec), None);
        }
    }
}

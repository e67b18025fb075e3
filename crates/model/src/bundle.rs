//! A trained model as a folder.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use burn::tensor::Device;
use dsp::{FEATURE_NAMES, FeatureSpec, InputKind};
use serde::{Deserialize, Serialize};

use crate::card::CARD_FILE;
use crate::record;
use crate::{Error, GenreClassifier, LabelSet, Result, TrainingFacts, Transform};

/// The format that this build reads and writes.
pub const BUNDLE_VERSION: u32 = 2;
/// File of the description inside a bundle.
pub const METADATA_FILE: &str = "bundle.json";
/// File of the weights inside a bundle.
pub const RECORD_FILE: &str = "model.bpk";

/// Name of the format, so that any other JSON is told apart.
const FORMAT: &str = "gtzan-model";
/// A description longer than this is not one of ours.
const MAX_METADATA: u64 = 1 << 20;

/// A classifier with everything that is needed to use it.
#[derive(Debug, Clone)]
pub struct ModelBundle {
    /// The network, normaliser included.
    pub classifier: GenreClassifier,
    /// Names of the outputs.
    pub labels: LabelSet,
    /// How the input rows must be computed.
    pub spec: FeatureSpec,
    /// Where the model comes from.
    pub facts: TrainingFacts,
}

/// `bundle.json`.
#[derive(Serialize, Deserialize)]
struct Metadata {
    format: String,
    version: u32,
    labels: LabelSet,
    spec: FeatureSpec,
    /// Names of the columns in order; empty for a spectrogram, whose columns are counted, not named.
    columns: Vec<String>,
    transform: Transform,
    /// BLAKE3 of the record, so that a record from another bundle of the same shape is not taken for this one.
    record_blake3: String,
    facts: TrainingFacts,
}

impl ModelBundle {
    /// Writes the bundle to `dir`. It appears there whole or not at all: the files are written to a sibling folder that is
    /// then renamed. An older bundle at `dir` is replaced, anything else there is left alone.
    ///
    /// # Errors
    ///
    /// The disk's, weights that are not finite or don't fit labels and feature specification, and a `dir` that is something
    /// else than a bundle or an empty folder.
    pub fn save(&self, dir: &Path) -> Result<()> {
        let occupied = Occupied::at(dir)?;
        let record = record::encode(&self.classifier, &BTreeMap::new())?;
        // What can't be loaded must not be saved.
        self.decode(record.clone()).map_err(|reason| Error::Encode { reason })?;
        let metadata = self.metadata_json(&record)?;

        let parent = match dir.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(|source| io(parent, source))?;
        let staging = sibling(parent)?;
        write_file(&staging.path().join(RECORD_FILE), &record)?;
        write_file(&staging.path().join(METADATA_FILE), metadata.as_bytes())?;
        write_file(&staging.path().join(CARD_FILE), self.card().as_bytes())?;

        match occupied {
            Occupied::No => fs::rename(staging.path(), dir).map_err(|source| io(dir, source))?,
            Occupied::Bundle => {
                // A folder can't be renamed over a full one: the old one steps aside first and comes back if that fails.
                let aside = sibling(parent)?;
                let old = aside.path().join("old");
                fs::rename(dir, &old).map_err(|source| io(dir, source))?;
                if let Err(source) = fs::rename(staging.path(), dir) {
                    fs::rename(&old, dir).map_err(|source| io(dir, source))?;
                    return Err(io(dir, source));
                }
            }
        }
        // The folder has moved away: there is nothing left to clean up.
        let _ = staging.keep();
        Ok(())
    }

    /// Reads the bundle at `dir` and puts its weights on `device`.
    ///
    /// # Errors
    ///
    /// Every way in which the files may be missing, cut short, damaged, foreign, of another format version, or in need of
    /// features that this build can't compute; always as a reason, never as a panic.
    pub fn load(dir: &Path, device: &Device) -> Result<Self> {
        for missing in [METADATA_FILE, RECORD_FILE] {
            if !dir.join(missing).is_file() {
                return Err(Error::NoModel { path: dir.to_path_buf(), missing });
            }
        }
        let path = dir.join(METADATA_FILE);
        let metadata = parse(&path, &read_limited(&path, MAX_METADATA)?)?;
        let path = dir.join(RECORD_FILE);
        let record = read_limited(&path, metadata.longest_record())?;
        metadata.with_record(record, &path, device)
    }

    /// The bundle whose files' contents these are, for one that is built into a program; `name` stands for its folder in
    /// errors.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    pub fn from_bytes(name: &str, metadata: &[u8], record: &[u8], device: &Device) -> Result<Self> {
        let dir = Path::new(name);
        let metadata = parse(&dir.join(METADATA_FILE), metadata)?;
        metadata.with_record(record.to_vec(), &dir.join(RECORD_FILE), device)
    }

    fn decode(&self, record: Vec<u8>) -> std::result::Result<GenreClassifier, String> {
        let (transform, device) = (self.classifier.transform_kind(), self.classifier.device());
        record::decode(record, transform, self.spec.len(), self.labels.len(), &device)
    }

    /// `bundle.json` for a record.
    pub(crate) fn metadata_json(&self, record: &[u8]) -> Result<String> {
        let metadata = Metadata {
            format: FORMAT.to_owned(),
            version: BUNDLE_VERSION,
            labels: self.labels.clone(),
            spec: self.spec.clone(),
            columns: columns(&self.spec),
            transform: self.classifier.transform_kind(),
            record_blake3: blake3::hash(record).to_hex().to_string(),
            facts: self.facts.clone(),
        };
        let mut json =
            serde_json::to_string_pretty(&metadata).map_err(|error| Error::Encode { reason: error.to_string() })?;
        json.push('\n');
        Ok(json)
    }
}

impl Metadata {
    /// Bytes that the record has at most.
    fn longest_record(&self) -> u64 {
        let plausible = record::plausible_length(self.transform, self.spec.len(), self.labels.len());
        plausible.map_or(0, |plausible| *plausible.end())
    }

    /// The bundle of this description and a record, read from `path`.
    fn with_record(self, record: Vec<u8>, path: &Path, device: &Device) -> Result<ModelBundle> {
        let fail = |reason: String| Error::Record { path: path.to_path_buf(), reason };
        // Length first: "truncated" says more than "checksum".
        let found = blake3::hash(&record).to_hex();
        let classifier =
            record::decode(record, self.transform, self.spec.len(), self.labels.len(), device).map_err(fail)?;
        if found.as_str() != self.record_blake3 {
            return Err(fail(format!("they are not the ones that {METADATA_FILE} describes: checksums differ")));
        }
        Ok(ModelBundle { classifier, labels: self.labels, spec: self.spec, facts: self.facts })
    }
}

/// What stands where a bundle shall go.
enum Occupied {
    No,
    Bundle,
}

impl Occupied {
    fn at(dir: &Path) -> Result<Self> {
        if fs::symlink_metadata(dir).is_err() {
            return Ok(Self::No);
        }
        let refuse = || Error::NotReplaceable { path: dir.to_path_buf() };
        let mut entries = fs::read_dir(dir).map_err(|_| refuse())?;
        if entries.next().is_none() || dir.join(METADATA_FILE).is_file() { Ok(Self::Bundle) } else { Err(refuse()) }
    }
}

/// Names of the columns of a row, where columns have names.
fn columns(spec: &FeatureSpec) -> Vec<String> {
    match spec.input {
        InputKind::Features => FEATURE_NAMES.iter().map(|name| name.to_string()).collect(),
        InputKind::Spectrogram => Vec::new(),
    }
}

/// Reads and checks `bundle.json`.
fn parse(path: &Path, bytes: &[u8]) -> Result<Metadata> {
    let fail = |reason: String| Error::Metadata { path: path.to_path_buf(), reason };
    // Format and version come first: the rest may look different in another version.
    let json: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| fail(error.to_string()))?;
    if json.get("format").and_then(|format| format.as_str()) != Some(FORMAT) {
        return Err(fail(format!("`format` is not \"{FORMAT}\"")));
    }
    let found = json.get("version").and_then(|version| version.as_u64()).ok_or_else(|| fail("no `version`".into()))?;
    if found != u64::from(BUNDLE_VERSION) {
        return Err(Error::Version { path: path.to_path_buf(), found, supported: BUNDLE_VERSION });
    }
    let spec_error = |reason: String| Error::FeatureSpec { path: path.to_path_buf(), reason };
    // A specification that doesn't even parse names something that this build has never heard of.
    let spec = json.get("spec").cloned().ok_or_else(|| fail("no `spec`".into()))?;
    let spec: FeatureSpec = serde_json::from_value(spec).map_err(|error| spec_error(error.to_string()))?;
    spec.check().map_err(|error| spec_error(error.to_string()))?;

    let metadata: Metadata = serde_json::from_value(json).map_err(|error| fail(error.to_string()))?;
    let known = columns(&metadata.spec);
    if metadata.columns != known {
        let differs = metadata.columns.iter().zip(&known).position(|(a, b)| a != b);
        let reason = match differs {
            Some(at) => format!("its column {at} is `{}`, here it is `{}`", metadata.columns[at], known[at]),
            None => format!("it has {} columns, here there are {}", metadata.columns.len(), known.len()),
        };
        return Err(spec_error(reason));
    }
    Ok(metadata)
}

/// Reads a file, but never more than `limit` bytes and one.
fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|source| io(path, source))?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|source| io(path, source))?;
    Ok(bytes)
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|source| io(path, source))
}

/// A scratch folder beside the bundle, on the same file system, removed when it is dropped.
fn sibling(parent: &Path) -> Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".model-");
    #[cfg(unix)]
    {
        // As for any other folder, the user's umask decides; the default would be closed to everyone else.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    builder.tempdir_in(parent).map_err(|source| io(parent, source))
}

pub(crate) fn io(path: &Path, source: std::io::Error) -> Error {
    Error::Io { path: path.to_path_buf(), source }
}

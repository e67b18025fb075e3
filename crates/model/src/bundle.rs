//! A trained model as a folder.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use burn::tensor::Device;

use crate::card::CARD_FILE;
use crate::error::Cause;
use crate::folder::{self, Staged};
use crate::metadata::{METADATA_FILE, Metadata};
use crate::record;
use crate::{Abstention, Error, GenreClassifier, Inputs, LabelSet, Result, RowTransform, TrainingFacts};

/// File of the weights inside a bundle.
pub const RECORD_FILE: &str = "model.bpk";

/// A description longer than this is not one of ours.
const MAX_METADATA: u64 = 1 << 20;

/// A classifier with everything that is needed to use it. Its parts fit each other: what is one can be saved, loaded and asked.
///
/// It is `Send + Sync`, and clones share their weights.
#[derive(Clone)]
pub struct ModelBundle {
    classifier: GenreClassifier,
    /// The classifier's, in host memory: rows go through it there.
    transform: RowTransform,
    labels: LabelSet,
    inputs: Inputs,
    abstention: Abstention,
    facts: TrainingFacts,
}

impl ModelBundle {
    /// Puts a model together. The weights are taken off any gradient's graph, as loading would give them.
    ///
    /// # Errors
    ///
    /// [`Error::Unfit`] where the network has not one output for each label or not one input for each value of a row, weights that are not finite, or facts with ranges of other genres or columns; [`Error::Abstention`] for thresholds that can't be; a device that fails.
    pub fn new(
        classifier: GenreClassifier,
        labels: LabelSet,
        inputs: impl Into<Inputs>,
        abstention: Abstention,
        facts: TrainingFacts,
    ) -> Result<Self> {
        let inputs = inputs.into();
        let fail = |source: Cause| Error::Unfit { source };
        for (what, found, expected) in
            [("outputs", classifier.classes(), labels.len()), ("inputs", classifier.inputs(), inputs.len())]
        {
            if found != expected {
                return Err(fail(format!("the network has {found} {what}, expected {expected}").into()));
            }
        }
        abstention.check()?;
        facts.genre_ranges.iter().try_for_each(|ranges| ranges.check(&labels, &inputs)).map_err(fail)?;
        // The way over the record: what can't be loaded can't be a bundle.
        let (record, device) = (record::encode(&classifier, &BTreeMap::new())?, classifier.device());
        let classifier =
            record::decode(record, classifier.transform_kind(), inputs.len(), labels.len(), &device).map_err(fail)?;
        Self::of_parts(classifier, labels, inputs, abstention, facts)
    }

    /// A model of parts that are known to fit.
    fn of_parts(
        classifier: GenreClassifier,
        labels: LabelSet,
        inputs: Inputs,
        abstention: Abstention,
        facts: TrainingFacts,
    ) -> Result<Self> {
        let transform = classifier.transform()?;
        Ok(Self { classifier, transform, labels, inputs, abstention, facts })
    }

    /// The network, its transform included.
    pub fn classifier(&self) -> &GenreClassifier {
        &self.classifier
    }

    /// What raw rows go through before they are the network's inputs.
    pub fn transform(&self) -> &RowTransform {
        &self.transform
    }

    /// Names of the outputs.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// What the values of its input rows are.
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// When its verdicts name no genre.
    pub fn abstention(&self) -> &Abstention {
        &self.abstention
    }

    /// Where the model comes from.
    pub fn facts(&self) -> &TrainingFacts {
        &self.facts
    }

    /// Writes the bundle to `dir`. It appears there whole or not at all, by way of a [`Staged`] folder. An older bundle at `dir`
    /// is replaced, anything else there is left alone.
    ///
    /// # Errors
    ///
    /// Those of [`Staged::commit`], and a `dir` that is something else than a bundle or an empty folder.
    pub fn save(&self, dir: &Path) -> Result<()> {
        folder::refuse_foreign(dir, "a model bundle", || dir.join(METADATA_FILE).is_file())?;
        let (record, json) = self.record_and_json()?;
        let staged = Staged::beside(dir)?;
        for (file, bytes) in
            [(RECORD_FILE, record.as_slice()), (METADATA_FILE, json.as_bytes()), (CARD_FILE, self.card().as_bytes())]
        {
            let path = staged.path().join(file);
            fs::write(&path, bytes).map_err(Error::io(&path))?;
        }
        staged.commit()
    }

    /// Reads the bundle at `dir` and puts its weights on `device`.
    ///
    /// # Errors
    ///
    /// Every way in which the files may be missing, cut short, damaged, foreign, of another format version, or in need of
    /// features that this build can't compute; always as a reason, never as a panic.
    pub fn load(dir: &Path, device: &Device) -> Result<Self> {
        [METADATA_FILE, RECORD_FILE].into_iter().try_for_each(|name| check_file(dir, name))?;
        let path = dir.join(METADATA_FILE);
        let bytes = read_limited(&path, MAX_METADATA)?;
        if bytes.len() as u64 > MAX_METADATA {
            let source = format!("it has more than {} MiB", MAX_METADATA >> 20).into();
            return Err(Error::Metadata { path, source });
        }
        let metadata = Metadata::parse(&path, &bytes)?;
        let path = dir.join(RECORD_FILE);
        let record = read_limited(&path, metadata.longest_record())?;
        Self::of_files(metadata, record, &path, device)
    }

    /// The bundle whose files' contents these are, for one that is built into a program; `name` stands for its folder in
    /// errors.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    pub fn from_bytes(name: &str, metadata: &[u8], record: &[u8], device: &Device) -> Result<Self> {
        let dir = Path::new(name);
        let metadata = Metadata::parse(&dir.join(METADATA_FILE), metadata)?;
        Self::of_files(metadata, record.to_vec(), &dir.join(RECORD_FILE), device)
    }

    fn of_files(metadata: Metadata, record: Vec<u8>, path: &Path, device: &Device) -> Result<Self> {
        let classifier = metadata.classifier(record, path, device)?;
        let Metadata { labels, inputs, abstention, facts, .. } = metadata;
        Self::of_parts(classifier, labels, inputs, abstention, facts)
    }

    /// The weights' record and the `bundle.json` that belongs to it.
    pub(crate) fn record_and_json(&self) -> Result<(Vec<u8>, String)> {
        let record = record::encode(&self.classifier, &BTreeMap::new())?;
        let json = Metadata::new(self, &record).to_json()?;
        Ok((record, json))
    }
}

impl fmt::Debug for ModelBundle {
    /// Without its numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { labels, inputs, abstention, facts, .. } = self;
        let mut shown = f.debug_struct("ModelBundle");
        shown
            .field("name", &facts.name)
            .field("labels", labels)
            .field("inputs", inputs)
            .field("abstention", abstention);
        shown.finish_non_exhaustive()
    }
}

/// Refuses a bundle without a file of this name, and one that is something else than a file: a pipe would be waited for, and a
/// device never ends.
fn check_file(dir: &Path, name: &'static str) -> Result<()> {
    let path = dir.join(name);
    match fs::metadata(&path) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(Error::io(&path)(io::Error::new(ErrorKind::InvalidInput, "it is no regular file"))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(Error::NoModel { path: dir.to_path_buf(), missing: name })
        }
        Err(error) => Err(Error::io(&path)(error)),
    }
}

/// Reads a file, but never more than `limit` bytes and one.
fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Error::io(path))?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(Error::io(path))?;
    Ok(bytes)
}

//! `bundle.json`: what a record's numbers are for.

use std::path::Path;

use burn::tensor::Device;
use dsp::FeatureSpec;
use serde::{Deserialize, Serialize};

use crate::error::Cause;
use crate::record;
use crate::{
    Abstention, ColumnSet, Error, GenreClassifier, Inputs, LabelSet, ModelBundle, Result, TrainingFacts, Transform,
};

/// The format of models of audio that this build writes; it reads the one before as well.
pub const BUNDLE_VERSION: u32 = 3;
/// The format of models of a table, which have no feature specification: builds that know nothing of them refuse it.
pub const TABLE_BUNDLE_VERSION: u32 = 4;
/// File of the description inside a bundle.
pub const METADATA_FILE: &str = "bundle.json";

/// Name of the format, so that any other JSON is told apart.
const FORMAT: &str = "gtzan-model";
/// The oldest format that is read. It had no thresholds: all models were judged by [`Abstention::OF_VERSION_2`].
const OLDEST_VERSION: u32 = 2;

/// The contents of `bundle.json`, checked.
pub(crate) struct Metadata {
    pub(crate) labels: LabelSet,
    pub(crate) inputs: Inputs,
    transform: Transform,
    pub(crate) abstention: Abstention,
    /// BLAKE3 of the record, so that a record from another bundle of the same shape is not taken for this one.
    record_blake3: String,
    pub(crate) facts: TrainingFacts,
}

/// The contents of `bundle.json` as they stand there.
#[derive(Serialize, Deserialize)]
struct Written {
    format: String,
    version: u32,
    labels: LabelSet,
    /// Absent of a model of a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spec: Option<FeatureSpec>,
    /// Names of the columns in order; empty for a spectrogram, whose columns are counted, not named.
    columns: Vec<String>,
    transform: Transform,
    abstention: Abstention,
    record_blake3: String,
    facts: TrainingFacts,
}

impl Metadata {
    /// What describes a bundle whose weights are `record`.
    pub(crate) fn new(bundle: &ModelBundle, record: &[u8]) -> Self {
        Self {
            labels: bundle.labels().clone(),
            inputs: bundle.inputs().clone(),
            transform: bundle.transform().transform(),
            abstention: *bundle.abstention(),
            record_blake3: blake3::hash(record).to_hex().to_string(),
            facts: bundle.facts().clone(),
        }
    }

    /// The file's text.
    pub(crate) fn to_json(&self) -> Result<String> {
        let spec = self.inputs.spec().cloned();
        let written = Written {
            format: FORMAT.to_owned(),
            version: if spec.is_some() { BUNDLE_VERSION } else { TABLE_BUNDLE_VERSION },
            labels: self.labels.clone(),
            spec,
            columns: self.inputs.columns(),
            transform: self.transform,
            abstention: self.abstention,
            record_blake3: self.record_blake3.clone(),
            facts: self.facts.clone(),
        };
        let json = serde_json::to_string_pretty(&written).map_err(|error| Error::Encode { source: error.into() })?;
        Ok(json + "\n")
    }

    /// Reads and checks the file's text; `path` is its name.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        let fail = |source: Cause| Error::Metadata { path: path.to_path_buf(), source };
        // Format and version come first: the rest may look different in another version.
        let mut json: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| fail(error.into()))?;
        if json.get("format").and_then(|format| format.as_str()) != Some(FORMAT) {
            return Err(fail(format!("`format` is not \"{FORMAT}\"").into()));
        }
        let found = json.get("version").and_then(|version| version.as_u64());
        let found = found.ok_or_else(|| fail("no `version`".into()))?;
        if !(u64::from(OLDEST_VERSION)..=u64::from(TABLE_BUNDLE_VERSION)).contains(&found) {
            return Err(Error::Version { path: path.to_path_buf(), found, supported: TABLE_BUNDLE_VERSION });
        }
        if found == u64::from(OLDEST_VERSION)
            && let Some(fields) = json.as_object_mut()
        {
            let thresholds = serde_json::to_value(Abstention::OF_VERSION_2).map_err(|error| fail(error.into()))?;
            fields.insert("abstention".to_owned(), thresholds);
        }
        let spec_error = |source: Cause| Error::FeatureSpec { path: path.to_path_buf(), source };
        // A specification that doesn't even parse names something that this build has never heard of.
        let spec = match (json.get("spec").cloned(), found == u64::from(TABLE_BUNDLE_VERSION)) {
            (Some(spec), false) => {
                Some(serde_json::from_value::<FeatureSpec>(spec).map_err(|error| spec_error(error.into()))?)
            }
            (None, true) => None,
            (None, false) => return Err(fail("no `spec`".into())),
            (Some(_), true) => return Err(fail("a model of a table has no `spec`".into())),
        };
        let written: Written = serde_json::from_value(json).map_err(|error| fail(error.into()))?;
        written.abstention.check().map_err(|error| fail(error.into()))?;
        let inputs = match spec {
            Some(spec) => Inputs::Audio(spec),
            None => Inputs::Table(ColumnSet::new(written.columns.clone()).map_err(|error| fail(error.into()))?),
        };
        let (columns, known) = (&written.columns, inputs.columns());
        if *columns != known {
            let differs = columns.iter().zip(&known).position(|(a, b)| a != b);
            let reason = match differs {
                Some(at) => format!("its column {at} is `{}`, here it is `{}`", columns[at], known[at]),
                None => format!("it has {} columns, here there are {}", columns.len(), known.len()),
            };
            return Err(spec_error(reason.into()));
        }
        let Written { labels, transform, abstention, record_blake3, facts, .. } = written;
        facts.genre_ranges.iter().try_for_each(|ranges| ranges.check(&labels, &inputs)).map_err(fail)?;
        Ok(Self { labels, inputs, transform, abstention, record_blake3, facts })
    }

    /// Bytes that the record has at most.
    pub(crate) fn longest_record(&self) -> u64 {
        let plausible = record::plausible_length(self.transform, self.inputs.len(), self.labels.len());
        plausible.map_or(0, |plausible| *plausible.end())
    }

    /// The network that this describes, from its record; `path` is the record's name.
    pub(crate) fn classifier(&self, record: Vec<u8>, path: &Path, device: &Device) -> Result<GenreClassifier> {
        let fail = |source: Cause| Error::Record { path: path.to_path_buf(), source };
        let (inputs, classes) = (self.inputs.len(), self.labels.len());
        // Length first: "truncated" says more than "checksum". What is damaged is not decoded at all.
        record::check_length(record.len(), self.transform, inputs, classes).map_err(fail)?;
        if blake3::hash(&record).to_hex().as_str() != self.record_blake3 {
            return Err(fail(format!("they are not the ones that {METADATA_FILE} describes: checksums differ").into()));
        }
        record::decode(record, self.transform, inputs, classes, device).map_err(fail)
    }
}

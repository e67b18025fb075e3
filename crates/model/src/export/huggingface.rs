//! A folder that can be uploaded to the Hugging Face Hub as it is.

use std::ffi::OsStr;
use std::fmt::{self, Write};
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use super::{ExportFormat, description};
use crate::facts::ProtocolFacts;
use crate::folder::{self, Staged};
use crate::{Error, Inputs, ModelBundle, Result};

/// The card, as the Hub wants it called.
const CARD: &str = "README.md";
const CONFIG: &str = "config.json";
const EXAMPLE: &str = "example.py";
const ONNX: &str = "model.onnx";
const SAFETENSORS: &str = "model.safetensors";

/// What `model_type` says in a [`CONFIG`] of ours.
const MODEL_TYPE: &str = "gtzan";

const EXAMPLE_OF_COLUMNS: &str = include_str!("example_columns.py");
const EXAMPLE_OF_SPECTROGRAMS: &str = include_str!("example_spectrogram.py");

impl ModelBundle {
    /// Writes a folder for the Hugging Face Hub: the [`card`](Self::card) with the Hub's YAML header as `README.md`, the two
    /// [exports](Self::export) `model.safetensors` and `model.onnx`, labels, columns and thresholds as `config.json`, and
    /// `example.py`, which needs numpy and onnxruntime. It appears at `dir` whole or not at all; an older one is replaced, but
    /// not where there is anything beside these files, such as a clone's history.
    ///
    /// The licence of a model that isn't in the box is `unknown` in it: who trained it knows it.
    ///
    /// # Errors
    ///
    /// Those of [`export`](Self::export) and [`Staged::commit`], and a `dir` that is something else than such a folder or an
    /// empty one.
    pub fn save_huggingface(&self, dir: &Path) -> Result<()> {
        folder::refuse_foreign(dir, "an export for Hugging Face with nothing beside it", || is_ours(dir))?;
        let (record, description) = self.record_and_json()?;
        let licence = description::licence(&record);
        let unnamed = self.inputs().columns().is_empty();
        let example = if unnamed { EXAMPLE_OF_SPECTROGRAMS } else { EXAMPLE_OF_COLUMNS };
        let files = [
            (CARD, self.hub_card(licence).into_bytes()),
            (CONFIG, self.config(&description, licence)?.into_bytes()),
            (EXAMPLE, example.as_bytes().to_vec()),
            (ONNX, self.export(ExportFormat::Onnx)?),
            (SAFETENSORS, self.export(ExportFormat::Safetensors)?),
        ];
        let staged = Staged::beside(dir)?;
        for (name, bytes) in files {
            let path = staged.path().join(name);
            fs::write(&path, bytes).map_err(Error::io(&path))?;
        }
        staged.commit()
    }

    fn config(&self, description: &str, licence: Option<&str>) -> Result<String> {
        let labels = self.labels().names();
        let mut config = description::entries(description, licence)?;
        config.insert("model_type".to_owned(), MODEL_TYPE.into());
        config.insert("inputs".to_owned(), self.inputs().len().into());
        let by_name: Map<String, Value> = labels.iter().cloned().zip((0..labels.len()).map(Value::from)).collect();
        let by_index: Map<String, Value> =
            labels.iter().enumerate().map(|(index, label)| (index.to_string(), label.as_str().into())).collect();
        config.insert("label2id".to_owned(), by_name.into());
        config.insert("id2label".to_owned(), by_index.into());
        let json = serde_json::to_string_pretty(&config).map_err(|error| Error::Encode { source: error.into() })?;
        Ok(json + "\n")
    }

    fn hub_card(&self, licence: Option<&str>) -> String {
        let mut card = String::new();
        // Writing to a string can't fail.
        let _ = self.write_hub_card(&mut card, licence);
        card
    }

    fn write_hub_card(&self, out: &mut String, licence: Option<&str>) -> fmt::Result {
        let (task, tags) = match self.inputs() {
            Inputs::Audio(_) => ("audio-classification", &["music", "music-genre-classification"][..]),
            Inputs::Table(_) => ("tabular-classification", &[][..]),
        };
        writeln!(out, "---")?;
        // The Hub knows licences by one name each: of a choice of them, the first.
        let first = licence.and_then(|licence| licence.split(' ').next()).unwrap_or("unknown");
        writeln!(out, "license: {}", first.to_lowercase())?;
        writeln!(out, "library_name: onnx\npipeline_tag: {task}\ntags:\n- onnx\n- safetensors\n- burn")?;
        tags.iter().try_for_each(|tag| writeln!(out, "- {tag}"))?;
        if let Some(test) = &self.facts().test {
            writeln!(
                out,
                "metrics:\n- accuracy\n- f1\nmodel-index:\n- name: {}\n  results:",
                quoted(&self.facts().name)
            )?;
            write_results(out, task, "this run's own test", &test.scores)?;
            let mut others = self.facts().protocols.iter();
            others.try_for_each(|scores| write_results(out, task, "the same recipe", scores))?;
        }
        writeln!(out, "---\n\n{}", self.card())?;
        writeln!(out, "## Use from Python\n")?;
        writeln!(out, "```sh\npip install numpy onnxruntime\npython {EXAMPLE} rows.csv\n```\n")?;
        writeln!(
            out,
            "`{ONNX}` takes raw rows, `features` of `[rows, {}]`, and gives `probabilities` and `out_of_range_share`; `{CONFIG}` has the labels, the columns in order and the thresholds of `unsure`. `{SAFETENSORS}` has the weights as PyTorch keeps them.",
            self.inputs().len()
        )?;
        match licence {
            Some(licence) => writeln!(out, "\nLicence of the weights: {licence}."),
            None => Ok(()),
        }
    }
}

/// An entry of the header's `model-index`.
fn write_results(out: &mut String, task: &str, what: &str, scores: &ProtocolFacts) -> fmt::Result {
    let ProtocolFacts { protocol, tracks, accuracy, macro_f1, log_loss, .. } = scores;
    let leaks = if protocol == "random-clips" { ", which leaks" } else { "" };
    let data = format!("{tracks} tracks of the training data's table, protocol {protocol}{leaks}: {what}");
    writeln!(out, "  - task:\n      type: {task}")?;
    writeln!(out, "    dataset:\n      type: {}\n      name: {}", quoted(protocol), quoted(&data))?;
    writeln!(out, "    metrics:")?;
    for (kind, name, value) in
        [("accuracy", "accuracy", accuracy), ("f1", "macro F1", macro_f1), ("loss", "log-loss", log_loss)]
    {
        writeln!(out, "    - type: {kind}\n      name: {name}\n      value: {value:.4}")?;
    }
    Ok(())
}

/// Whether there is nothing at `dir` but what an export wrote there.
fn is_ours(dir: &Path) -> bool {
    let known = [CARD, CONFIG, EXAMPLE, ONNX, SAFETENSORS].map(OsStr::new);
    let only_known = |entries: fs::ReadDir| {
        let mut names = entries.map(|entry| entry.map(|entry| entry.file_name()));
        names.all(|name| name.is_ok_and(|name| known.contains(&name.as_os_str())))
    };
    let of_our_type = |text: Vec<u8>| {
        let config = serde_json::from_slice::<Value>(&text);
        config.is_ok_and(|config| config.get("model_type").and_then(Value::as_str) == Some(MODEL_TYPE))
    };
    let config = dir.join(CONFIG);
    fs::read_dir(dir).is_ok_and(only_known) && config.is_file() && fs::read(config).is_ok_and(of_our_type)
}

/// A text in YAML, of which JSON is a part.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

//! Changes to a configuration from the command line.

use serde::Deserialize;
use toml::{Table, Value};

use super::{RawConfig, diagnosis};
use crate::error::{Error, Result};

/// Keys of `[data]` that are no source, and stay where another is chosen.
const BESIDE: [&str; 2] = ["memory", "columns"];

/// One key and its new value.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    place: String,
    path: Vec<String>,
    value: Value,
}

impl Override {
    /// Reads `key=value` as given to `--set`: the key dotted, the value TOML, or a plain word for a string.
    ///
    /// # Errors
    /// There is no `=`, or nothing before it.
    pub fn parse(text: &str) -> Result<Self> {
        let place = format!("--set {text}");
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                Ok(Self { place, path: split(key), value: literal(value.trim()) })
            }
            _ => {
                Err(Error::ConfigSyntax { place, reason: "expected key=value, for example training.epochs=50".into() })
            }
        }
    }

    /// An argument of its own, such as `--data`, that stands for a key; `argument` names it in errors.
    pub fn argument(argument: &str, key: &str, value: impl Into<Value>) -> Self {
        Self { place: argument.to_owned(), path: split(key), value: value.into() }
    }

    /// How errors call this change.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Whether this change sets `key` or something inside it.
    pub(super) fn concerns(&self, key: &str) -> bool {
        let key: Vec<&str> = key.split('.').collect();
        let shared = key.len().min(self.path.len());
        self.path.iter().zip(&key).take(shared).all(|(a, b)| a == b)
    }

    /// Refuses unknown keys and values of the wrong type.
    pub(super) fn check(&self) -> Result<()> {
        let mut alone = Table::new();
        self.apply(&mut alone);
        RawConfig::deserialize(alone).map(drop).map_err(|e| diagnosis::at(&e, self.place.clone()))
    }

    /// Writes the value into `config`. A data source replaces the one that was there.
    pub(super) fn apply(&self, config: &mut Table) {
        if let [section, source, ..] = self.path.as_slice()
            && section == "data"
            && !BESIDE.contains(&source.as_str())
            && let Some(Value::Table(data)) = config.get_mut("data")
        {
            data.retain(|key, _| key == source || BESIDE.contains(&key));
        }
        let Some((last, parents)) = self.path.split_last() else { return };
        let mut table = config;
        for name in parents {
            let entry = table.entry(name.clone()).or_insert_with(|| Value::Table(Table::new()));
            if !entry.is_table() {
                *entry = Value::Table(Table::new());
            }
            let Value::Table(inner) = entry else { return };
            table = inner;
        }
        table.insert(last.clone(), self.value.clone());
    }
}

fn split(key: &str) -> Vec<String> {
    key.trim().split('.').map(|part| part.trim().to_owned()).collect()
}

/// A TOML value, or else the text itself.
fn literal(text: &str) -> Value {
    match toml::from_str::<Table>(&format!("value = {text}")) {
        Ok(mut table) if table.len() == 1 => table.remove("value").unwrap_or_else(|| text.into()),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DataSource, TrainConfig};

    fn set(text: &str) -> Override {
        Override::parse(text).unwrap()
    }

    #[test]
    fn values_are_toml_and_plain_words_are_strings() {
        assert_eq!(literal("3"), Value::Integer(3));
        assert_eq!(literal("1e-3"), Value::Float(1e-3));
        assert_eq!(literal("\"a b\""), Value::String("a b".into()));
        assert_eq!(literal("flex"), Value::String("flex".into()));
        assert_eq!(literal("/music/my folder"), Value::String("/music/my folder".into()));
        assert_eq!(literal("1\nseed = 2"), Value::String("1\nseed = 2".into()));
    }

    #[test]
    fn later_overrides_win() {
        let config = TrainConfig::parse(
            "[training]\nepochs = 7",
            "x.toml",
            &[set("training.epochs=8"), set("training.epochs = 9"), set("optimizer.learning_rate=1")],
        )
        .unwrap();
        assert_eq!(config.training.epochs, 9);
        assert_eq!(config.optimizer.learning_rate, 1.0);
    }

    #[test]
    fn a_data_source_replaces_the_one_in_the_file() {
        let demo = "[data.synth]\nseconds = 3";
        let config = TrainConfig::parse(demo, "x.toml", &[Override::argument("--data", "data.dir", "music")]).unwrap();
        assert_eq!(config.data, DataSource::Dir("music".into()));
        let config = TrainConfig::parse("[data]\ndir = \"music\"", "x.toml", &[set("data.synth.seed=4")]).unwrap();
        assert!(matches!(config.data, DataSource::Synth(synth) if synth.seed == 4));
        let text = "[data]\ndir = \"music\"";
        let config = TrainConfig::parse(text, "x.toml", &[set("data.memory=1"), set("data.dir=other")]).unwrap();
        assert_eq!((config.data, config.memory), (DataSource::Dir("other".into()), 1.0));
    }

    #[test]
    fn errors_quote_the_argument() {
        let error = |text: &str| TrainConfig::parse("", "x.toml", &[set(text)]).unwrap_err().to_string();
        let typo = error("training.epoch=3");
        let start =
            "--set training.epoch=3: unknown key `epoch`; did you mean `epochs`? (known here: epochs, batch_size, ";
        assert!(typo.starts_with(start), "{typo}");
        assert!(error("training.epochs=many").starts_with("--set training.epochs=many: "));
        assert!(error("training.epochs=0").starts_with("--set training.epochs=0: `training.epochs` is 0"));
        assert!(error("seed.x=0").starts_with("--set seed.x=0: "));
        assert!(error("backend=gpu").contains("unknown value `gpu`"));
        assert!(Override::parse("epochs").is_err() && Override::parse("=3").is_err());
    }
}

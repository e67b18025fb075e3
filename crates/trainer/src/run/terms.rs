//! What must be the same for a stopped run to go on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::metrics::{fingerprint, versions};
use crate::config::TrainConfig;
use crate::dataset::FeatureTable;
use crate::error::{Error, Result};
use crate::job::RunOptions;

/// All that decides what a run comes to, but for its configuration, which lies beside it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// What was asked for beyond the configuration.
    pub options: RunOptions,
    versions: BTreeMap<String, String>,
    /// Of the table.
    data: String,
}

impl Terms {
    /// Of a run on `table`.
    ///
    /// # Errors
    /// A table whose values can't be read.
    pub fn new(table: &FeatureTable, options: &RunOptions) -> Result<Self> {
        Ok(Self { options: options.clone(), versions: versions(), data: fingerprint(table)? })
    }

    /// Refuses to go on with another table or another version of what computes: nobody could say what came of it.
    ///
    /// # Errors
    /// [`Error::Changed`], which names the difference.
    pub fn agree(&self, now: &Self) -> Result<()> {
        let differ = |what: &str, before: &str, now: &str| {
            if before == now { Ok(()) } else { Err(changed(what, before, now)) }
        };
        for (name, version) in &self.versions {
            differ(&format!("the version of {name}"), version, now.versions.get(name).map_or("none", String::as_str))?;
        }
        differ("the data's fingerprint", &self.data, &now.data)
    }
}

/// Refuses another configuration than the one that a run began with.
///
/// # Errors
/// [`Error::Changed`], which names the first key that differs.
pub(crate) fn same_settings(before: &TrainConfig, now: &TrainConfig) -> Result<()> {
    let flat = |config: &TrainConfig| -> Result<BTreeMap<String, String>> {
        let text = config.to_toml()?;
        let table: toml::Table = text.parse().unwrap_or_default();
        let mut keys = BTreeMap::new();
        flatten("", &table, &mut keys);
        Ok(keys)
    };
    let (before, now) = (flat(before)?, flat(now)?);
    let none = || "unset".to_owned();
    for key in before.keys().chain(now.keys()) {
        let values = [&before, &now].map(|keys| keys.get(key).cloned().unwrap_or_else(none));
        if values[0] != values[1] {
            return Err(changed(&format!("`{key}`"), &values[0], &values[1]));
        }
    }
    Ok(())
}

fn flatten(prefix: &str, table: &toml::Table, keys: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        match value {
            toml::Value::Table(table) => flatten(&format!("{prefix}{key}."), table, keys),
            value => drop(keys.insert(format!("{prefix}{key}"), value.to_string())),
        }
    }
}

fn changed(what: &str, before: &str, now: &str) -> Error {
    Error::Changed { what: what.to_owned(), before: before.to_owned(), now: now.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::table;

    #[test]
    fn a_changed_setting_is_named_with_both_values() {
        let config = |text: &str| TrainConfig::parse(text, "test", &[]).unwrap();
        let before = config("seed = 3\n[training]\nepochs = 5");
        same_settings(&before, &config("seed = 3\n[training]\nepochs = 5")).unwrap();
        let refusal = |text: &str| same_settings(&before, &config(text)).unwrap_err().to_string();
        let error = refusal("seed = 3\n[training]\nepochs = 6");
        assert!(error.contains("`training.epochs`") && error.contains("was 5") && error.contains("is 6"), "{error}");
        assert!(refusal("seed = 3\nclip_seconds = 5\n[training]\nepochs = 5").contains("`clip_seconds` was unset"));
        assert!(refusal("seed = 3\nbackend = \"wgpu\"\n[training]\nepochs = 5").contains("`backend`"));
    }

    #[test]
    fn other_data_and_other_versions_are_refused() {
        let table_of =
            |tracks: usize| Terms::new(&table(&[("blues", tracks), ("rock", 2)], 1), &RunOptions::default()).unwrap();
        table_of(2).agree(&table_of(2)).unwrap();
        assert!(table_of(2).agree(&table_of(3)).unwrap_err().to_string().contains("the data's fingerprint"));
        let mut older = table_of(2);
        older.versions.insert("burn".into(), "0.1.0".into());
        let error = older.agree(&table_of(2)).unwrap_err().to_string();
        assert!(error.contains("the version of burn was 0.1.0"), "{error}");
    }
}

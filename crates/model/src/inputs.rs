//! What a model's input rows are: descriptors of audio, or columns of a table.

use std::collections::BTreeSet;
use std::fmt;

use dsp::FeatureSpec;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Columns that are named where a table's are told.
const NAMED: usize = 3;

/// What the values of an input row are.
#[derive(Debug, Clone, PartialEq)]
pub enum Inputs {
    /// What is computed from a clip of audio.
    Audio(FeatureSpec),
    /// Numbers of a table, whatever they mean to who made it: such a model can't listen.
    Table(ColumnSet),
}

/// Names of the columns of a table in the order of a row's values: at least one, each with a name of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct ColumnSet(Vec<String>);

impl Inputs {
    /// Values in a row.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        match self {
            Self::Audio(spec) => spec.len(),
            Self::Table(columns) => columns.names().len(),
        }
    }

    /// Names of the values in a row; none for a spectrogram, whose values are counted, not named.
    pub fn columns(&self) -> Vec<String> {
        match self {
            Self::Audio(spec) => spec.columns().unwrap_or_default().iter().map(|name| (*name).to_owned()).collect(),
            Self::Table(columns) => columns.names().to_vec(),
        }
    }

    /// How rows are computed from audio, where they are.
    pub fn spec(&self) -> Option<&FeatureSpec> {
        match self {
            Self::Audio(spec) => Some(spec),
            Self::Table(_) => None,
        }
    }

    /// The same for those who have nothing but audio.
    ///
    /// # Errors
    ///
    /// [`Error::NotAudio`] for columns of a table.
    pub fn audio(&self) -> Result<&FeatureSpec> {
        match self {
            Self::Audio(spec) => Ok(spec),
            Self::Table(columns) => Err(Error::NotAudio { columns: columns.to_string() }),
        }
    }

    /// Text that is equal for two inputs exactly when their rows mean the same.
    pub fn fingerprint(&self) -> String {
        match self {
            Self::Audio(spec) => spec.fingerprint(),
            // Quoted, so that a name with a comma isn't taken for two.
            Self::Table(columns) => format!("table;{:?}", columns.names()),
        }
    }
}

impl From<FeatureSpec> for Inputs {
    fn from(spec: FeatureSpec) -> Self {
        Self::Audio(spec)
    }
}

impl From<ColumnSet> for Inputs {
    fn from(columns: ColumnSet) -> Self {
        Self::Table(columns)
    }
}

impl ColumnSet {
    /// Takes the names in the order of a row's values.
    ///
    /// # Errors
    ///
    /// [`Error::Columns`]: no name, an empty one, or one that stands twice.
    pub fn new(names: Vec<String>) -> Result<Self> {
        let fail = |reason: String| Err(Error::Columns { reason });
        if names.is_empty() {
            return fail("there is none".into());
        }
        let mut seen = BTreeSet::new();
        for name in &names {
            if name.trim().is_empty() {
                return fail("one has no name".into());
            }
            if !seen.insert(name) {
                return fail(format!("`{name}` stands twice"));
            }
        }
        Ok(Self(names))
    }

    /// The names.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for ColumnSet {
    /// `a, b, c, … 40 in all`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(names) = self;
        f.write_str(&names[..names.len().min(NAMED)].join(", "))?;
        if names.len() > NAMED { write!(f, ", … {} in all", names.len()) } else { Ok(()) }
    }
}

impl TryFrom<Vec<String>> for ColumnSet {
    type Error = Error;

    fn try_from(names: Vec<String>) -> Result<Self> {
        Self::new(names)
    }
}

impl From<ColumnSet> for Vec<String> {
    fn from(columns: ColumnSet) -> Self {
        columns.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Result<ColumnSet> {
        ColumnSet::new(names.iter().map(|name| name.to_string()).collect())
    }

    #[test]
    fn columns_that_cannot_be_told_apart_are_refused() {
        for bad in [&[][..], &["a", ""], &["a", "b", "a"]] {
            assert!(matches!(columns(bad), Err(Error::Columns { .. })), "{bad:?}");
        }
        assert!(serde_json::from_str::<ColumnSet>(r#"["a","a"]"#).is_err());
    }

    #[test]
    fn a_table_is_told_by_its_first_columns_and_is_no_audio() {
        assert_eq!(columns(&["a", "b"]).unwrap().to_string(), "a, b");
        let table = Inputs::from(columns(&["a", "b", "c", "d"]).unwrap());
        assert_eq!(
            table.audio().unwrap_err().to_string(),
            "this model was trained on a table of columns (a, b, c, … 4 in all), not on audio; give it rows: gtzan predict \
             --features FILE"
        );
        assert_ne!(table.fingerprint(), Inputs::from(columns(&["a, b", "c", "d"]).unwrap()).fingerprint());
    }
}

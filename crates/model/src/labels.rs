//! The names of a classifier's outputs.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Genre names; a name's position is the class index of the classifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct LabelSet(Vec<String>);

impl LabelSet {
    /// Takes the names in class order.
    ///
    /// # Errors
    ///
    /// Fewer than two names, an empty one, one with a control character in it, or one that stands twice.
    pub fn new(names: Vec<String>) -> Result<Self> {
        let fail = |reason: String| Err(Error::Labels { reason });
        if names.len() < 2 {
            return fail(format!("a classifier needs at least two genres, got {}", names.len()));
        }
        let mut seen = BTreeSet::new();
        for name in &names {
            if name.trim().is_empty() {
                return fail("a genre has no name".into());
            }
            if name.contains(char::is_control) {
                return fail(format!("{name:?} has a control character in it, which would break lists and terminals"));
            }
            if !seen.insert(name) {
                return fail(format!("`{name}` stands twice"));
            }
        }
        Ok(Self(names))
    }

    /// Number of genres, at least 2.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The names in class order.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Class index of `name`.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|label| label == name)
    }
}

impl TryFrom<Vec<String>> for LabelSet {
    type Error = Error;

    fn try_from(names: Vec<String>) -> Result<Self> {
        Self::new(names)
    }
}

impl From<LabelSet> for Vec<String> {
    fn from(labels: LabelSet) -> Self {
        labels.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn position_is_the_class_index() {
        let labels = LabelSet::new(names(&["rock", "blues", "ska"])).unwrap();
        assert_eq!(labels.index_of("blues"), Some(1));
        assert_eq!(labels.index_of("jazz"), None);
        assert_eq!(labels.len(), 3);
    }

    #[test]
    fn one_genre_an_empty_name_and_a_repeated_name_are_refused() {
        for bad in
            [&["rock"][..], &["rock", " "], &["rock", "a\nb"], &["rock", "\u{1b}[2J"], &["rock", "jazz", "rock"], &[]]
        {
            assert!(matches!(LabelSet::new(names(bad)), Err(Error::Labels { .. })), "{bad:?}");
        }
    }

    #[test]
    fn json_is_a_plain_list_and_is_checked() {
        let labels = LabelSet::new(names(&["rock", "blues"])).unwrap();
        assert_eq!(serde_json::to_string(&labels).unwrap(), r#"["rock","blues"]"#);
        assert!(serde_json::from_str::<LabelSet>(r#"["rock","rock"]"#).is_err());
    }
}

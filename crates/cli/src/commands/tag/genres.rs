//! What the owner of the files calls the model's genres.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use extraction::source;
use model::LabelSet;

/// Most bytes of a file of names.
const LONGEST: u64 = 1 << 20;

/// The owner's names by the model's, where they differ.
pub struct Genres(BTreeMap<String, String>);

impl Genres {
    /// Reads the names in a file, or takes the model's.
    ///
    /// # Errors
    /// A file that can't be read, is no TOML, names a genre that the model doesn't know, or gives one no name.
    pub fn load(map: Option<&Path>, labels: &LabelSet) -> anyhow::Result<Self> {
        let Some(path) = map else { return Ok(Self(BTreeMap::new())) };
        let text = source::text(path, LONGEST)?;
        let names: BTreeMap<String, String> = toml::from_str(&text)
            .with_context(|| format!("{}: must be lines such as hiphop = \"Hip-Hop\"", path.display()))?;
        let unknown: Vec<&str> =
            names.keys().filter(|name| labels.index_of(name).is_none()).map(String::as_str).collect();
        if !unknown.is_empty() {
            let (unknown, known) = (unknown.join(", "), labels.names().join(", "));
            bail!("{}: the model knows no {unknown}; its genres are {known}", path.display());
        }
        if let Some((genre, _)) =
            names.iter().find(|(_, name)| name.trim().is_empty() || name.contains(char::is_control))
        {
            bail!("{}: {genre}: a genre's name must be text on one line", path.display());
        }
        Ok(Self(names))
    }

    /// What the owner calls a genre.
    pub fn called(&self, genre: &str) -> String {
        self.0.get(genre).map_or(genre, String::as_str).to_owned()
    }
}

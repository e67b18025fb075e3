//! The feature table: one row per clip.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use model::{Inputs, LabelSet};

use super::labels::meant;
use super::values::Values;
use crate::error::{Error, Result};

/// Rows of features with their labels, and what their values are.
#[derive(Debug, Clone)]
pub struct FeatureTable {
    /// One row per clip, without its values. Tracks and clips may come in any order; no track has two rows of one clip number, and all its rows
    /// have one label.
    pub rows: Vec<Row>,
    /// Genre names, sorted, each with at least one row unless set by [`with_labels`](Self::with_labels). The index is
    /// the class index.
    pub labels: Vec<String>,
    /// The values of the rows, all finite.
    pub values: Values,
    /// What the values are.
    pub inputs: Inputs,
}

/// One clip and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The track, unique in the table: `blues.00000`.
    pub track: String,
    /// Which clip of the track, from 0.
    pub clip: usize,
    /// Index into [`FeatureTable::labels`].
    pub label: usize,
    /// Length of the clip in samples at the specification's rate, as in the `length` column of a features CSV; 0 where it is
    /// not known.
    pub samples: usize,
    /// The audio file, when the features came from one; clips share it.
    pub path: Option<Arc<Path>>,
}

/// Genre names as they come, each with a number of its own.
#[derive(Debug, Default)]
pub(super) struct Genres {
    names: Vec<String>,
    numbers: BTreeMap<String, usize>,
}

impl Genres {
    /// The number of a name.
    pub fn number(&mut self, name: &str) -> usize {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len();
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// The name of a number.
    pub fn name(&self, number: usize) -> &str {
        self.names.get(number).map_or("", String::as_str)
    }
}

impl FeatureTable {
    /// A table from rows whose labels are numbers of `genres`.
    pub(super) fn new(mut rows: Vec<Row>, genres: Genres, values: Values, inputs: Inputs) -> Self {
        // In the map they are sorted.
        let mut classes = vec![0; genres.names.len()];
        genres.numbers.values().enumerate().for_each(|(class, &number)| classes[number] = class);
        rows.iter_mut().for_each(|row| row.label = classes.get(row.label).copied().unwrap_or_default());
        Self { rows, labels: genres.numbers.into_keys().collect(), values, inputs }
    }

    /// The name of a row's genre.
    pub fn label(&self, row: &Row) -> &str {
        self.labels.get(row.label).map_or("", String::as_str)
    }

    /// The tracks in the order of their names, each with its rows' indices, ascending.
    pub fn tracks(&self) -> BTreeMap<&str, Vec<usize>> {
        let mut tracks = BTreeMap::<_, Vec<usize>>::new();
        for (i, row) in self.rows.iter().enumerate() {
            tracks.entry(row.track.as_str()).or_default().push(i);
        }
        tracks
    }

    /// The same rows with class indices of `labels`, a model's labels in its order.
    ///
    /// # Errors
    /// [`Error::UnknownLabels`] when the table has a genre that `labels` lacks, [`Error::MisspeltLabel`] when it differs from
    /// one of them in case, blanks, hyphens or underscores only.
    pub fn with_labels(mut self, labels: &[String]) -> Result<Self> {
        let position = |name: &String| labels.iter().position(|label| label == name);
        let unknown: Vec<String> = self.labels.iter().filter(|name| position(name).is_none()).cloned().collect();
        if let Some((label, known)) = unknown.iter().find_map(|name| Some((name.clone(), meant(name, labels)?.clone())))
        {
            return Err(Error::MisspeltLabel { label, known });
        }
        if !unknown.is_empty() {
            return Err(Error::UnknownLabels { labels: unknown, known: labels.to_vec() });
        }
        let map: Vec<usize> = self.labels.iter().filter_map(position).collect();
        for row in &mut self.rows {
            row.label = map.get(row.label).copied().unwrap_or_default();
        }
        self.labels = labels.to_vec();
        Ok(self)
    }

    /// Refuses a table that nothing can be learnt from; `origin` is the folder or file it came from.
    ///
    /// # Errors
    /// [`Error::EmptyTable`], [`Error::OneGenre`] or [`Error::Genres`].
    pub fn check_trainable(&self, origin: &Path) -> Result<()> {
        check_genres(origin, &self.labels)
    }
}

/// Refuses genres that no model can have: what is trained must be one that can be saved.
pub(super) fn check_genres(origin: &Path, genres: &[String]) -> Result<()> {
    match genres {
        [] => Err(Error::EmptyTable { path: origin.to_owned() }),
        [genre] => Err(Error::OneGenre { path: origin.to_owned(), genre: genre.clone() }),
        _ => match LabelSet::new(genres.to_vec()) {
            Ok(_) => Ok(()),
            Err(source) => Err(Error::Genres { path: origin.to_owned(), source }),
        },
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use dsp::{ClipLength, Convention, FeatureSpec};

    /// `genres[i].1` tracks of `genres[i].0` with `clips` clips each; values are the row's number.
    pub(crate) fn table(genres: &[(&str, usize)], clips: usize) -> FeatureTable {
        let (mut rows, mut values, mut names) = (Vec::new(), Vec::new(), Genres::default());
        for (genre, tracks) in genres {
            for track in 0..*tracks {
                for clip in 0..clips {
                    values.extend([rows.len() as f32; 57]);
                    let (track, label) = (format!("{genre}.{track:05}"), names.number(genre));
                    rows.push(Row { track, clip, label, samples: 66_149, path: None });
                }
            }
        }
        let values = Values::in_memory(values, 57).unwrap();
        let spec = FeatureSpec::features(Convention::Librosa07, ClipLength::TENTH);
        FeatureTable::new(rows, names, values, spec.into())
    }

    #[test]
    fn labels_are_sorted_and_rows_point_at_them() {
        let table = table(&[("rock", 1), ("blues", 2)], 1);
        assert_eq!(table.labels, ["blues", "rock"]);
        assert!(table.rows.iter().all(|row| row.track.starts_with(table.label(row))));
    }

    #[test]
    fn a_models_labels_give_the_class_indices() {
        let model: Vec<String> = ["rock", "jazz", "blues"].map(String::from).to_vec();
        let mapped = table(&[("rock", 1), ("blues", 1)], 1).with_labels(&model).unwrap();
        assert_eq!(mapped.rows.iter().map(|row| row.label).collect::<Vec<_>>(), [0, 2]);
        let error = table(&[("polka", 1), ("blues", 1)], 1).with_labels(&model).unwrap_err();
        assert_eq!(error.to_string(), "unknown label `polka`; the model knows `rock`, `jazz`, `blues`");
    }

    #[test]
    fn a_label_of_another_case_is_told_from_a_foreign_one() {
        let error = table(&[("BLUES", 1), ("polka", 1)], 1).with_labels(&["blues".into(), "rock".into()]).unwrap_err();
        let expected = "unknown label `BLUES`: the model knows `blues`; give the genre its name";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_genre_without_a_name_is_not_trainable() {
        let error = table(&[("blues", 3), (" ", 3)], 1).check_trainable(Path::new("music")).unwrap_err();
        assert_eq!(
            extraction::chain(&error),
            "music: its genres can't be a model's: unusable labels: a genre has no name"
        );
    }

    #[test]
    fn one_genre_is_not_trainable() {
        let error = table(&[("blues", 3)], 1).check_trainable(Path::new("music")).unwrap_err();
        assert_eq!(error.to_string(), "music: only one genre, `blues`; training needs at least two");
    }
}

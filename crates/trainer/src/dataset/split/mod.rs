//! Which rows are trained on, which steer the training and which are kept for the test.
//!
//! Everything is divided by track, and by group where groups are known, before clips are looked at: else the test would ask
//! about recordings, or artists, already heard. [`Protocol::RandomClips`] alone does otherwise, to show what comes of it.

mod fault_filtered;
mod folds;
mod list;
mod random;
mod strata;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::FeatureTable;
use crate::config::{Protocol, SplitConfig};
use crate::error::{Error, Result};
use extraction::files;

/// Row indices of a table's three parts: each ascending, below the table's number of rows, and disjoint from the others. A
/// row may be in none. All rows of a track are in one part, unless the protocol [leaks](Protocol::leaks).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// Rows that the weights are fitted to.
    pub train: Vec<usize>,
    /// Rows that choose the best epoch and calibrate.
    pub valid: Vec<usize>,
    /// Rows that nothing is chosen by.
    pub test: Vec<usize>,
}

/// One side of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Fitted.
    Train,
    /// Chosen by.
    Valid,
    /// Kept aside.
    Test,
}

impl Part {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Train, Self::Valid, Self::Test];

    /// The word in `split.csv`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Valid => "valid",
            Self::Test => "test",
        }
    }
}

impl Split {
    /// Rows of a part.
    pub fn part(&self, part: Part) -> &[usize] {
        match part {
            Part::Train => &self.train,
            Part::Valid => &self.valid,
            Part::Test => &self.test,
        }
    }

    fn of(mut parts: [Vec<usize>; 3]) -> Self {
        parts.iter_mut().for_each(|rows| rows.sort_unstable());
        let [train, valid, test] = parts;
        Self { train, valid, test }
    }
}

/// A table divided by a protocol: one split, or one a fold. The test parts of two folds are disjoint; a row that is in no
/// part of any fold belongs to a track that is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Division {
    /// The splits.
    pub folds: Vec<Split>,
    /// Tracks that the protocol leaves out, by name.
    pub left_out: Vec<String>,
    /// Tracks that the protocol's list names and the table lacks.
    pub missing: Vec<String>,
    /// The group of each track by its name in the table, where the protocol knows groups.
    pub groups: BTreeMap<String, String>,
}

impl Division {
    /// Divides a table as the configuration says. Depends on the tracks' names, genres and the seed, not on the order of
    /// the rows.
    ///
    /// # Errors
    /// A genre has too few tracks; a list of tracks can't be read, contradicts itself or doesn't fit the table; a genre is
    /// missing from a part that needs it.
    pub fn new(table: &FeatureTable, config: &SplitConfig, seed: u64) -> Result<Self> {
        let one = |split| Self { folds: vec![split], ..Self::default() };
        match (config.protocol, &config.file) {
            (Protocol::Random, _) => random::tracks(table, config, seed).map(one),
            (Protocol::RandomClips, _) => random::clips(table, config, seed).map(one),
            (Protocol::Kfold, _) => folds::stratified(table, config, seed),
            (Protocol::FaultFiltered, _) => fault_filtered::divide(table),
            (Protocol::ArtistFolds, Some(file)) => list::divide(table, file, list::Missing::Allowed, config, seed),
            (Protocol::File, Some(file)) => list::divide(table, file, list::Missing::Refused, config, seed),
            (Protocol::ArtistFolds | Protocol::File, None) => Err(Error::ConfigValue {
                place: "configuration".into(),
                key: "split.file",
                reason: "is missing: the protocol goes by a list of tracks".into(),
            }),
        }
    }

    /// Writes which track is where, in the order of names: `track,label,part` for one split, `track,label,fold` (the fold
    /// that tests it, from 0) for several, and `track,clip,label,part` where clips were divided.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write_csv(&self, table: &FeatureTable, protocol: Protocol, path: &Path) -> Result<()> {
        let mut lines = BTreeSet::new();
        for (fold, split) in self.folds.iter().enumerate() {
            for part in Part::ALL {
                for row in split.part(part).iter().filter_map(|&row| table.rows.get(row)) {
                    let clip = if protocol.leaks() { row.clip } else { 0 };
                    if self.folds.len() == 1 {
                        lines.insert((row.track.as_str(), clip, table.label(row), part.name().to_owned()));
                    } else if part == Part::Test {
                        lines.insert((row.track.as_str(), clip, table.label(row), fold.to_string()));
                    }
                }
            }
        }
        let written = files::write(path, |out| {
            let mut csv = csv::Writer::from_writer(out);
            let last = if self.folds.len() == 1 { "part" } else { "fold" };
            if protocol.leaks() {
                csv.write_record(["track", "clip", "label", last])?;
                lines.iter().try_for_each(|(track, clip, label, part)| {
                    csv.write_record([track, clip.to_string().as_str(), label, part])
                })?;
            } else {
                csv.write_record(["track", "label", last])?;
                lines.iter().try_for_each(|(track, _, label, part)| csv.write_record([track, *label, part]))?;
            }
            csv.flush()
        });
        Ok(written?)
    }

    /// Refuses a division in which a genre has nothing to learn from; `origin` is the list or protocol.
    fn check_genres(self, table: &FeatureTable, origin: &str) -> Result<Self> {
        for (fold, split) in self.folds.iter().enumerate() {
            for part in [Part::Train, Part::Test] {
                let present: BTreeSet<usize> = split.part(part).iter().map(|&row| table.rows[row].label).collect();
                let absent = table.labels.iter().enumerate().filter(|(label, _)| !present.contains(label));
                let genres: Vec<String> = absent.map(|(_, genre)| genre.clone()).collect();
                if !genres.is_empty() {
                    let fold = if self.folds.len() > 1 { format!(" of fold {fold}") } else { String::new() };
                    let part = format!("{} part{fold}", part.name());
                    return Err(Error::MissingGenres { origin: origin.to_owned(), part, genres });
                }
            }
        }
        Ok(self)
    }
}

/// The tracks of GTZAN that its fault-filtered lists keep.
pub(super) fn fault_filtered_tracks() -> BTreeSet<String> {
    fault_filtered::parts().into_keys().collect()
}

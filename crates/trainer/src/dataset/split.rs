//! Which rows are trained on, which steer the training and which are kept for the test.
//!
//! A track is never divided: all of its clips lie on one side, or the test would ask about recordings already heard.

use std::collections::BTreeMap;
use std::path::Path;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::FeatureTable;
use crate::config::{Protocol, SplitConfig};
use crate::error::{Error, Result};
use crate::files;

/// Row indices of a table's three parts, each ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// Rows that the weights are fitted to.
    pub train: Vec<usize>,
    /// Rows that choose the best epoch.
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
    /// Divides a table as the configuration says. Depends on the tracks' names, genres and the seed, not on the order
    /// of the rows.
    ///
    /// # Errors
    /// [`Error::TooFewTracks`] when a genre can't have a track in both training and test.
    pub fn new(table: &FeatureTable, config: &SplitConfig, seed: u64) -> Result<Self> {
        match config.protocol {
            Protocol::Random => random(table, config, seed),
        }
    }

    /// Rows of a part.
    pub fn part(&self, part: Part) -> &[usize] {
        match part {
            Part::Train => &self.train,
            Part::Valid => &self.valid,
            Part::Test => &self.test,
        }
    }

    /// Writes `track,label,part`, one line per track in the order of names.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write_csv(&self, table: &FeatureTable, path: &Path) -> Result<()> {
        let mut lines = BTreeMap::new();
        for part in [Part::Train, Part::Valid, Part::Test] {
            for row in self.part(part).iter().filter_map(|&i| table.rows.get(i)) {
                lines.insert(row.track.as_str(), (table.label(row), part.name()));
            }
        }
        files::write(path, |out| {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(["track", "label", "part"])?;
            for (track, (label, part)) in lines {
                csv.write_record([track, label, part])?;
            }
            csv.flush()
        })
    }
}

/// Tracks needed so that a genre has one in training and one in the test.
const MIN_TRACKS: usize = 2;

fn random(table: &FeatureTable, config: &SplitConfig, seed: u64) -> Result<Split> {
    let tracks = table.tracks();
    let mut genres: Vec<Vec<&Vec<usize>>> = vec![Vec::new(); table.labels.len()];
    for rows in tracks.values() {
        let label = rows.first().and_then(|&i| table.rows.get(i)).map(|row| row.label);
        if let Some(genre) = label.and_then(|label| genres.get_mut(label)) {
            genre.push(rows);
        }
    }
    let few: Vec<String> = genres
        .iter()
        .zip(&table.labels)
        .filter(|(tracks, _)| tracks.len() < MIN_TRACKS)
        .map(|(tracks, label)| format!("{label} ({})", tracks.len()))
        .collect();
    if !few.is_empty() {
        return Err(Error::TooFewTracks { genres: few, needed: MIN_TRACKS });
    }

    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    genres.iter_mut().for_each(|tracks| tracks.shuffle(&mut rng));

    let sizes: Vec<usize> = genres.iter().map(Vec::len).collect();
    let mut test = quotas(&sizes, config.test_fraction);
    for (quota, &size) in test.iter_mut().zip(&sizes) {
        *quota = (*quota).clamp(1, size - 1);
    }
    let rest: Vec<usize> = sizes.iter().zip(&test).map(|(size, test)| size - test).collect();
    let mut valid = quotas(&rest, config.valid_fraction);
    for (quota, &rest) in valid.iter_mut().zip(&rest) {
        *quota = (*quota).min(rest - 1);
    }

    let mut split = Split::default();
    for ((tracks, test), valid) in genres.iter().zip(test).zip(valid) {
        let (test, rest) = tracks.split_at(test);
        let (valid, train) = rest.split_at(valid);
        split.test.extend(test.iter().copied().flatten());
        split.valid.extend(valid.iter().copied().flatten());
        split.train.extend(train.iter().copied().flatten());
    }
    for rows in [&mut split.train, &mut split.valid, &mut split.test] {
        rows.sort_unstable();
    }
    Ok(split)
}

/// How many of each genre's tracks make up `fraction` of all: whole numbers below or above the exact share, by the
/// method of the largest remainder, so that they add up to the rounded total.
fn quotas(sizes: &[usize], fraction: f64) -> Vec<usize> {
    let total = (sizes.iter().sum::<usize>() as f64 * fraction).round() as usize;
    let exact: Vec<f64> = sizes.iter().map(|&size| size as f64 * fraction).collect();
    let mut quotas: Vec<usize> = exact.iter().map(|share| share.floor() as usize).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()).then(a.cmp(&b)));
    let missing = total.saturating_sub(quotas.iter().sum());
    for &genre in order.iter().take(missing) {
        quotas[genre] += 1;
    }
    quotas
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::dataset::tests::table;

    fn config(test_fraction: f64, valid_fraction: f64) -> SplitConfig {
        SplitConfig { test_fraction, valid_fraction, ..SplitConfig::default() }
    }

    fn tracks<'a>(table: &'a FeatureTable, rows: &[usize]) -> BTreeSet<&'a str> {
        rows.iter().map(|&i| table.rows[i].track.as_str()).collect()
    }

    #[test]
    fn gtzans_thousand_tracks_give_330_for_the_test() {
        let genres: Vec<(String, usize)> = (0..10).map(|i| (format!("g{i}"), 100)).collect();
        let genres: Vec<(&str, usize)> = genres.iter().map(|(name, n)| (name.as_str(), *n)).collect();
        let table = table(&genres, 1);
        let split = Split::new(&table, &config(0.33, 0.1), 1).unwrap();
        assert_eq!((split.train.len(), split.valid.len(), split.test.len()), (603, 67, 330));
    }

    #[test]
    fn the_seed_decides_and_the_order_of_rows_does_not() {
        let table = table(&[("a", 30), ("b", 20)], 2);
        let split = |table: &FeatureTable, seed| Split::new(table, &config(0.33, 0.2), seed).unwrap();
        assert_eq!(split(&table, 1), split(&table, 1));
        assert_ne!(split(&table, 1), split(&table, 2));
        let mut turned = table.clone();
        turned.rows.reverse();
        assert_eq!(tracks(&turned, &split(&turned, 1).test), tracks(&table, &split(&table, 1).test));
    }

    #[test]
    fn a_genre_with_one_track_is_named() {
        let error = Split::new(&table(&[("a", 5), ("b", 1)], 3), &config(0.33, 0.1), 0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "genre `b (1)` has too few tracks to be split (a genre needs at least 2); add tracks or remove the genre"
        );
    }

    #[test]
    fn the_file_lists_every_track_once() {
        let table = table(&[("a", 4), ("b", 4)], 3);
        let split = Split::new(&table, &config(0.5, 0.5), 0).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("split.csv");
        split.write_csv(&table, &path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "track,label,part");
        assert_eq!(lines.len(), 1 + 8);
        assert!(lines[1].starts_with("a.00000,a,"));
        for part in ["train", "valid", "test"] {
            let count = lines.iter().filter(|line| line.ends_with(part)).count();
            assert_eq!(count, if part == "test" { 4 } else { 2 });
        }
    }

    proptest! {
        #[test]
        fn every_row_is_on_one_side_with_its_whole_track(
            sizes in prop::collection::vec(2usize..40, 2..8),
            clips in 1usize..4,
            test in 0.05f64..0.8,
            valid in 0.05f64..0.8,
            seed in any::<u64>(),
        ) {
            let names: Vec<String> = (0..sizes.len()).map(|i| format!("g{i}")).collect();
            let genres: Vec<(&str, usize)> = names.iter().map(String::as_str).zip(sizes.iter().copied()).collect();
            let table = table(&genres, clips);
            let split = Split::new(&table, &config(test, valid), seed).unwrap();

            let mut all = [split.train.clone(), split.valid.clone(), split.test.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..table.rows.len()).collect::<Vec<_>>());

            let parts = [&split.train, &split.valid, &split.test].map(|rows| tracks(&table, rows));
            prop_assert!(parts[0].is_disjoint(&parts[1]));
            prop_assert!(parts[0].is_disjoint(&parts[2]));
            prop_assert!(parts[1].is_disjoint(&parts[2]));

            for (name, &size) in names.iter().zip(&sizes) {
                let count = |part: &BTreeSet<&str>| part.iter().filter(|t| t.split('.').next() == Some(name)).count();
                let [train, valid_count, test_count] = [&parts[0], &parts[1], &parts[2]].map(count);
                prop_assert!(train >= 1 && test_count >= 1);
                // Within one of the exact share, unless a side had to keep its one track.
                let near = |count: usize, exact: f64| (count as f64 - exact).abs() < 1.0 + 1e-9;
                prop_assert!(near(test_count, size as f64 * test) || test_count == 1 || train + valid_count == 1);
                prop_assert!(near(valid_count, (size - test_count) as f64 * valid) || train == 1);
            }
        }
    }
}

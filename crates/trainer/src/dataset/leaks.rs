//! What both sides of a split have in common and should not.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use serde::Serialize;

use super::{Division, FeatureTable, Part};
use crate::error::{Error, Result};

/// What the leak check found. Sides are training and validation together, and the test.
///
/// Two tracks are the same audio where all their clips have the same features: equal samples give equal numbers, whatever
/// file they came in, and a thousand recordings that differ don't agree in 57 numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Leaks {
    /// Pairs of tracks with the same audio, anywhere in the data that is used.
    pub identical: Vec<(String, String)>,
    /// Those of them with one on either side, in any fold.
    pub identical_across: Vec<(String, String)>,
    /// Tracks with clips on both sides.
    pub tracks_across: Vec<String>,
    /// Groups (artists) with tracks on both sides.
    pub groups_across: Vec<String>,
}

impl Leaks {
    /// Looks through a divided table.
    ///
    /// # Errors
    /// Values that can't be read back.
    pub fn find(table: &FeatureTable, division: &Division) -> Result<Self> {
        let pairs = identical(table, division)?;
        let mut leaks = Self { identical: pairs.clone(), ..Self::default() };
        let (mut across, mut tracks, mut groups) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for split in &division.folds {
            let side = |parts: &[Part]| -> BTreeSet<&str> {
                let rows = parts.iter().flat_map(|part| split.part(*part));
                rows.filter_map(|&row| table.rows.get(row)).map(|row| row.track.as_str()).collect()
            };
            let (learnt, tested) = (side(&[Part::Train, Part::Valid]), side(&[Part::Test]));
            tracks.extend(learnt.intersection(&tested).map(|track| (*track).to_owned()));
            across.extend(pairs.iter().filter(|(a, b)| {
                let on = |side: &BTreeSet<&str>, track: &String| side.contains(track.as_str());
                (on(&learnt, a) && on(&tested, b)) || (on(&tested, a) && on(&learnt, b))
            }));
            let group = |tracks: &BTreeSet<&str>| -> BTreeSet<&String> {
                tracks.iter().filter_map(|track| division.groups.get(*track)).collect()
            };
            groups.extend(group(&learnt).intersection(&group(&tested)).map(|group| (*group).clone()));
        }
        leaks.identical_across = across.into_iter().cloned().collect();
        leaks.tracks_across = tracks.into_iter().collect();
        leaks.groups_across = groups.into_iter().collect();
        Ok(leaks)
    }

    /// Whether the test asks about anything that training has heard.
    pub fn crosses_test(&self) -> bool {
        !(self.identical_across.is_empty() && self.tracks_across.is_empty() && self.groups_across.is_empty())
    }

    /// Refuses a split whose test asks about anything that training has heard.
    ///
    /// # Errors
    /// [`Error::Leak`], which names it.
    pub fn refuse(&self) -> Result<()> {
        if self.crosses_test() { Err(Error::Leak { found: self.to_string() }) } else { Ok(()) }
    }
}

/// Pairs of tracks whose clips all have equal features; a recording that is there three times gives two pairs.
fn identical(table: &FeatureTable, division: &Division) -> Result<Vec<(String, String)>> {
    let used: BTreeSet<usize> = division
        .folds
        .iter()
        .flat_map(|split| Part::ALL.into_iter().flat_map(|part| split.part(part)))
        .copied()
        .collect();
    // Row by row in the table's order, since tracks' rows may lie anywhere in a file.
    let all: Vec<usize> = (0..table.rows.len()).collect();
    let mut hashes = Vec::with_capacity(all.len());
    let mut bytes = Vec::new();
    table.values.each(&all, |_, values| {
        bytes.clear();
        values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
        hashes.push(blake3::hash(&bytes));
    })?;
    let mut first = HashMap::<[u8; 32], &str>::new();
    let mut pairs = Vec::new();
    for (track, rows) in table.tracks() {
        if !rows.iter().any(|row| used.contains(row)) {
            continue;
        }
        let mut hasher = blake3::Hasher::new();
        for hash in rows.iter().filter_map(|&row| hashes.get(row)) {
            hasher.update(hash.as_bytes());
        }
        match first.get(hasher.finalize().as_bytes()) {
            Some(original) => pairs.push(((*original).to_owned(), track.to_owned())),
            None => drop(first.insert(*hasher.finalize().as_bytes(), track)),
        }
    }
    Ok(pairs)
}

impl fmt::Display for Leaks {
    /// One paragraph.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs =
            |pairs: &[(String, String)]| -> Vec<String> { pairs.iter().map(|(a, b)| format!("{a} = {b}")).collect() };
        let inside = self.identical.iter().filter(|pair| !self.identical_across.contains(pair));
        let inside: Vec<(String, String)> = inside.cloned().collect();
        write!(f, "leak check: {} pair{} of identical tracks", self.identical.len(), plural(self.identical.len()))?;
        write!(
            f,
            ", {} on both sides of training and test{}",
            self.identical_across.len(),
            Named(&pairs(&self.identical_across))
        )?;
        write!(f, ", {} on one side{}", inside.len(), Named(&pairs(&inside)))?;
        write!(f, "; tracks with clips on both sides: {}{}", self.tracks_across.len(), Named(&self.tracks_across))?;
        write!(f, "; groups on both sides: {}{}", self.groups_across.len(), Named(&self.groups_across))
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// ` (a, b, …)`, twenty at most.
struct Named<'a>(&'a [String]);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 20;
        let Self(names) = self;
        if names.is_empty() {
            return Ok(());
        }
        write!(f, " ({}", names[..names.len().min(SHOWN)].join(", "))?;
        match names.len().saturating_sub(SHOWN) {
            0 => write!(f, ")"),
            more => write!(f, " and {more} more)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Protocol, SplitConfig};
    use crate::dataset::tests::table;
    use crate::dataset::{Columns, Split, from_table};

    /// Four tracks a genre, two clips each; tracks 0 and 1 train, 2 validates, 3 is tested.
    fn divided() -> (FeatureTable, Division) {
        let table = table(&[("a", 4), ("b", 4)], 2);
        let rows =
            |tracks: &[usize]| -> Vec<usize> { tracks.iter().flat_map(|track| [2 * track, 2 * track + 1]).collect() };
        let split = Split { train: rows(&[0, 1, 4, 5]), valid: rows(&[2, 6]), test: rows(&[3, 7]) };
        (table, Division { folds: vec![split], ..Division::default() })
    }

    fn copy(table: &mut FeatureTable, from: usize, to: usize) {
        for clip in 0..2 {
            let values = table.values.row_mut(2 * from + clip).to_vec();
            table.values.row_mut(2 * to + clip).copy_from_slice(&values);
        }
    }

    #[test]
    fn clean_data_passes() {
        let (table, division) = divided();
        let leaks = Leaks::find(&table, &division).unwrap();
        assert_eq!(leaks, Leaks::default());
        assert!(leaks.refuse().is_ok());
    }

    #[test]
    fn a_copy_on_the_other_side_is_named_and_refused() {
        let (mut table, division) = divided();
        copy(&mut table, 0, 1);
        let leaks = Leaks::find(&table, &division).unwrap();
        assert_eq!((leaks.identical.len(), leaks.crosses_test()), (1, false));
        copy(&mut table, 2, 7);
        let leaks = Leaks::find(&table, &division).unwrap();
        assert_eq!(leaks.identical_across, [("a.00002".to_owned(), "b.00003".to_owned())]);
        assert_eq!(
            leaks.to_string(),
            "leak check: 2 pairs of identical tracks, 1 on both sides of training and test (a.00002 = b.00003), 1 on one side \
             (a.00000 = a.00001); tracks with clips on both sides: 0; groups on both sides: 0"
        );
        assert!(leaks.refuse().unwrap_err().to_string().contains("a.00002 = b.00003"));
    }

    #[test]
    fn one_equal_clip_makes_no_copy() {
        let (mut table, division) = divided();
        let values = table.values.row_mut(0).to_vec();
        table.values.row_mut(7).copy_from_slice(&values);
        assert!(!Leaks::find(&table, &division).unwrap().crosses_test());
    }

    #[test]
    fn tracks_that_the_protocol_leaves_out_do_not_count() {
        let (mut table, mut division) = divided();
        copy(&mut table, 0, 3);
        division.folds[0].test.retain(|&row| row != 6 && row != 7);
        assert_eq!(Leaks::find(&table, &division).unwrap(), Leaks::default());
    }

    #[test]
    fn a_divided_track_and_a_divided_group_are_named() {
        let (table, mut division) = divided();
        division.folds[0].test.push(1);
        division.groups = [("b.00002", "x"), ("b.00003", "x")].map(|(t, g)| (t.to_owned(), g.to_owned())).into();
        let leaks = Leaks::find(&table, &division).unwrap();
        assert_eq!((leaks.tracks_across, leaks.groups_across), (vec!["a.00000".to_owned()], vec!["x".to_owned()]));
    }

    #[test]
    fn gtzans_known_duplicates_are_found() {
        let Some(data) = std::env::var_os("GTZAN_DATA").map(std::path::PathBuf::from) else {
            eprintln!("skipped: GTZAN_DATA is not set");
            return;
        };
        let columns = Columns::Descriptors { wanted: None, convention: dsp::Convention::Librosa07, clip_length: None };
        let table = from_table(&data.join("features_30_sec.csv"), &columns, usize::MAX).unwrap().table;
        let config = SplitConfig { protocol: Protocol::Kfold, ..SplitConfig::default() };
        let leaks = Leaks::find(&table, &Division::new(&table, &config, 0).unwrap()).unwrap();
        let listed = std::fs::read_to_string(data.join("lists/exact_duplicates_md5.txt")).unwrap();
        let expected: BTreeSet<(String, String)> = listed
            .lines()
            .map(|line| {
                let mut names: Vec<String> = line.split_whitespace().map(|n| n.replace(".wav", "")).collect();
                names.sort();
                (names[0].clone(), names[1].clone())
            })
            .collect();
        assert_eq!(leaks.identical.into_iter().collect::<BTreeSet<_>>(), expected);

        let config = SplitConfig { protocol: Protocol::FaultFiltered, ..SplitConfig::default() };
        assert_eq!(Leaks::find(&table, &Division::new(&table, &config, 0).unwrap()).unwrap(), Leaks::default());
    }
}

//! Seeded random splits: by track, and, for comparison only, by clip.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{Split, strata};
use crate::config::SplitConfig;
use crate::dataset::FeatureTable;
use crate::error::Result;

/// Tracks needed so that a genre has one in training and one in the test.
const MIN_TRACKS: usize = 2;

/// Whole tracks, stratified by genre.
pub(super) fn tracks(table: &FeatureTable, config: &SplitConfig, seed: u64) -> Result<Split> {
    divide(strata::by_genre(table), table, config, seed)
}

/// Clip by clip, stratified by genre: clips of one recording lie on both sides.
pub(super) fn clips(table: &FeatureTable, config: &SplitConfig, seed: u64) -> Result<Split> {
    let genres = strata::by_genre(table);
    let clips = genres.into_iter().map(|tracks| tracks.into_iter().flatten().map(|row| vec![row]).collect());
    divide(clips.collect(), table, config, seed)
}

fn divide(mut genres: Vec<Vec<Vec<usize>>>, table: &FeatureTable, config: &SplitConfig, seed: u64) -> Result<Split> {
    strata::check(&genres, &table.labels, MIN_TRACKS)?;
    strata::shuffle(&mut genres, &mut ChaCha8Rng::seed_from_u64(seed));

    let sizes: Vec<usize> = genres.iter().map(Vec::len).collect();
    let mut test = strata::quotas(&sizes, config.test_fraction);
    for (quota, &size) in test.iter_mut().zip(&sizes) {
        *quota = (*quota).clamp(1, size - 1);
    }
    let rest: Vec<usize> = sizes.iter().zip(&test).map(|(size, test)| size - test).collect();
    let mut valid = strata::quotas(&rest, config.valid_fraction);
    for (quota, &rest) in valid.iter_mut().zip(&rest) {
        *quota = (*quota).min(rest - 1);
    }

    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    for ((items, test), valid) in genres.iter().zip(test).zip(valid) {
        let (test, rest) = items.split_at(test);
        let (valid, train) = rest.split_at(valid);
        for (part, items) in parts.iter_mut().zip([train, valid, test]) {
            part.extend(items.iter().flatten());
        }
    }
    Ok(Split::of(parts))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::config::Protocol;
    use crate::dataset::Division;
    use crate::dataset::tests::table;

    fn config(test_fraction: f64, valid_fraction: f64) -> SplitConfig {
        SplitConfig { test_fraction, valid_fraction, ..SplitConfig::default() }
    }

    fn split(table: &FeatureTable, config: &SplitConfig, seed: u64) -> Result<Split> {
        Division::new(table, config, seed).map(|mut division| division.folds.remove(0))
    }

    fn names<'a>(table: &'a FeatureTable, rows: &[usize]) -> BTreeSet<&'a str> {
        rows.iter().map(|&i| table.rows[i].track.as_str()).collect()
    }

    #[test]
    fn gtzans_thousand_tracks_give_330_for_the_test() {
        let genres: Vec<(String, usize)> = (0..10).map(|i| (format!("g{i}"), 100)).collect();
        let genres: Vec<(&str, usize)> = genres.iter().map(|(name, n)| (name.as_str(), *n)).collect();
        let table = table(&genres, 1);
        let split = split(&table, &config(0.33, 0.1), 1).unwrap();
        assert_eq!((split.train.len(), split.valid.len(), split.test.len()), (603, 67, 330));
    }

    #[test]
    fn the_seed_decides_and_the_order_of_rows_does_not() {
        let table = table(&[("a", 30), ("b", 20)], 2);
        let split = |table: &FeatureTable, seed| split(table, &config(0.33, 0.2), seed).unwrap();
        assert_eq!(split(&table, 1), split(&table, 1));
        assert_ne!(split(&table, 1), split(&table, 2));
        let mut turned = table.clone();
        turned.rows.reverse();
        assert_eq!(names(&turned, &split(&turned, 1).test), names(&table, &split(&table, 1).test));
    }

    #[test]
    fn a_genre_with_one_track_is_named() {
        let error = split(&table(&[("a", 5), ("b", 1)], 3), &config(0.33, 0.1), 0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "genre `b (1)` has too few tracks to be split (a genre needs at least 2); add tracks or remove the genre"
        );
    }

    #[test]
    fn the_file_lists_every_track_once() {
        let table = table(&[("a", 4), ("b", 4)], 3);
        let division = Division::new(&table, &config(0.5, 0.5), 0).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("split.csv");
        division.write_csv(&table, Protocol::Random, &path).unwrap();
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

    #[test]
    fn clips_are_divided_whatever_their_track_when_that_is_asked_for() {
        let table = table(&[("a", 30), ("b", 30)], 10);
        let config = SplitConfig { protocol: Protocol::RandomClips, ..config(0.33, 0.1) };
        let division = Division::new(&table, &config, 1).unwrap();
        let split = &division.folds[0];
        assert_eq!((split.train.len(), split.valid.len(), split.test.len()), (362, 40, 198));
        assert!(names(&table, &split.train).intersection(&names(&table, &split.test)).count() > 50);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("split.csv");
        division.write_csv(&table, config.protocol, &path).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.starts_with("track,clip,label,part\na.00000,0,a,"), "{text}");
        assert_eq!(text.lines().count(), 601);
    }

    #[test]
    fn no_validation_part_where_none_is_asked_for() {
        let table = table(&[("a", 30), ("b", 30)], 1);
        let split = split(&table, &config(0.33, 0.0), 1).unwrap();
        assert_eq!((split.train.len(), split.valid.len(), split.test.len()), (40, 0, 20));
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
            let genre_names: Vec<String> = (0..sizes.len()).map(|i| format!("g{i}")).collect();
            let genres: Vec<(&str, usize)> = genre_names.iter().map(String::as_str).zip(sizes.iter().copied()).collect();
            let table = table(&genres, clips);
            let split = split(&table, &config(test, valid), seed).unwrap();

            let mut all = [split.train.clone(), split.valid.clone(), split.test.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..table.rows.len()).collect::<Vec<_>>());

            let parts = [&split.train, &split.valid, &split.test].map(|rows| names(&table, rows));
            prop_assert!(parts[0].is_disjoint(&parts[1]));
            prop_assert!(parts[0].is_disjoint(&parts[2]));
            prop_assert!(parts[1].is_disjoint(&parts[2]));

            for (name, &size) in genre_names.iter().zip(&sizes) {
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

//! Stratified folds.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{Division, Split, strata};
use crate::config::SplitConfig;
use crate::dataset::FeatureTable;
use crate::error::Result;

/// Every track is in the test of one of `config.folds` folds; of each genre, folds differ by one track at most.
pub(super) fn stratified(table: &FeatureTable, config: &SplitConfig, seed: u64) -> Result<Division> {
    let mut genres = strata::by_genre(table);
    strata::check(&genres, &table.labels, config.folds)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    strata::shuffle(&mut genres, &mut rng);

    // Dealt out in one go, so that the folds' sizes differ by one track at most, too.
    let dealt: Vec<(usize, strata::Track)> =
        genres.into_iter().flatten().enumerate().map(|(at, track)| (at % config.folds, track)).collect();
    let fold = |test: usize| {
        let mut rest = vec![Vec::new(); table.labels.len()];
        let mut parts: [Vec<usize>; 3] = Default::default();
        for (fold, track) in &dealt {
            match track.first() {
                Some(&row) if *fold != test => rest[table.rows[row].label].push(track),
                _ => parts[2].extend(track),
            }
        }
        let sizes: Vec<usize> = rest.iter().map(Vec::len).collect();
        for (tracks, valid) in rest.iter().zip(strata::quotas(&sizes, config.valid_fraction)) {
            // The order is the shuffled one; starting elsewhere in each fold spares no track from training throughout.
            let valid = valid.min(tracks.len() - 1);
            let start = test * tracks.len() / config.folds;
            for (at, track) in tracks.iter().enumerate() {
                let is_valid = (at + tracks.len() - start) % tracks.len() < valid;
                parts[usize::from(is_valid)].extend(track.iter());
            }
        }
        Split::of(parts)
    };
    let folds = (0..config.folds).map(fold).collect();
    Ok(Division { folds, left_out: Vec::new(), missing: Vec::new(), groups: BTreeMap::new() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::config::Protocol;
    use crate::dataset::tests::table;

    proptest! {
        #[test]
        fn every_track_is_tested_once_and_nowhere_heard_before(
            sizes in prop::collection::vec(5usize..30, 2..6),
            folds in 2usize..6,
            clips in 1usize..3,
            valid_fraction in 0.0f64..0.5,
            seed in any::<u64>(),
        ) {
            let names: Vec<String> = (0..sizes.len()).map(|i| format!("g{i}")).collect();
            let genres: Vec<(&str, usize)> = names.iter().map(String::as_str).zip(sizes.iter().copied()).collect();
            let table = table(&genres, clips);
            let config = SplitConfig { protocol: Protocol::Kfold, folds, valid_fraction, ..SplitConfig::default() };
            let division = Division::new(&table, &config, seed).unwrap();
            prop_assert_eq!(division.folds.len(), folds);

            let mut tested: Vec<usize> = division.folds.iter().flat_map(|fold| fold.test.clone()).collect();
            tested.sort_unstable();
            prop_assert_eq!(tested, (0..table.rows.len()).collect::<Vec<_>>());
            for fold in &division.folds {
                let parts = [&fold.train, &fold.valid, &fold.test];
                prop_assert_eq!(parts.iter().map(|rows| rows.len()).sum::<usize>(), table.rows.len());
                let [train, valid, test] =
                    parts.map(|rows| rows.iter().map(|&row| table.rows[row].track.as_str()).collect::<BTreeSet<_>>());
                prop_assert!(train.is_disjoint(&test) && valid.is_disjoint(&test) && train.is_disjoint(&valid));
                for (label, &size) in sizes.iter().enumerate() {
                    let count = |rows: &[usize]| rows.iter().filter(|&&row| table.rows[row].label == label).count() / clips;
                    prop_assert!(count(&fold.test).abs_diff(size / folds) <= 1);
                    let rest = size - count(&fold.test);
                    prop_assert!((count(&fold.valid) as f64 - rest as f64 * valid_fraction).abs() < 1.0 + 1e-9);
                    prop_assert!(count(&fold.train) >= 1);
                }
            }
        }
    }

    #[test]
    fn a_genre_with_fewer_tracks_than_folds_is_named() {
        let config = SplitConfig { protocol: Protocol::Kfold, ..SplitConfig::default() };
        let error = Division::new(&table(&[("a", 30), ("b", 9)], 1), &config, 0).unwrap_err();
        assert!(
            error.to_string().contains("`b (9)` has too few tracks to be split (a genre needs at least 10)"),
            "{error}"
        );
    }
}

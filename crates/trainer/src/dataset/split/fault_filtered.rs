//! GTZAN without its faulty tracks.
//!
//! B. L. Sturm (The GTZAN dataset: its contents, its faults, their effects on evaluation, and its future use, 2013) named the
//! repeated, distorted and mislabelled tracks of GTZAN and its artists. C. Kereliuk, B. L. Sturm and J. Larsen (Deep learning
//! and music adversaries, 2015) divided the rest into 443 tracks to train, 197 to validate and 290 to test with artists
//! apart. The table holds their lists as the torchaudio package on PyPI carries them (`torchaudio.datasets.gtzan`).

use std::collections::BTreeMap;

use super::{Division, Part, Split};
use crate::dataset::FeatureTable;
use crate::error::{Error, Result};

/// A line for each part and genre: numbers and ranges of numbers.
const TABLE: &str = include_str!("fault_filtered.txt");

/// Every track that is in a list, with its part.
pub(super) fn parts() -> BTreeMap<String, Part> {
    let mut parts = BTreeMap::new();
    for line in TABLE.lines() {
        let mut words = line.split(' ');
        let part = words.next().and_then(|word| Part::ALL.into_iter().find(|part| part.name() == word));
        let (Some(part), Some(genre)) = (part, words.next()) else { continue };
        for run in words {
            let (first, last) = run.split_once('-').unwrap_or((run, run));
            let (Ok(first), Ok(last)) = (first.parse::<u32>(), last.parse::<u32>()) else { continue };
            parts.extend((first..=last).map(|number| (format!("{genre}.{number:05}"), part)));
        }
    }
    parts
}

/// The lists laid over a table whose tracks are named as GTZAN's are.
pub(super) fn divide(table: &FeatureTable) -> Result<Division> {
    let lists = parts();
    let mut rows: [Vec<usize>; 3] = Default::default();
    let (mut left_out, mut found) = (Vec::new(), 0);
    let tracks = table.tracks();
    for (track, of_track) in &tracks {
        match lists.get(*track) {
            Some(part) => {
                rows[*part as usize].extend(of_track);
                found += 1;
            }
            None => left_out.push((*track).to_owned()),
        }
    }
    if found == 0 {
        return Err(Error::ForeignTracks { example: left_out.first().cloned().unwrap_or_default() });
    }
    let missing = lists.into_keys().filter(|track| !tracks.contains_key(track.as_str())).collect();
    let division = Division { folds: vec![Split::of(rows)], left_out, missing, groups: BTreeMap::new() };
    division.check_genres(table, "protocol `fault-filtered`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Protocol, SplitConfig};
    use crate::dataset::tests::table;

    const GENRES: [&str; 10] =
        ["blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"];

    fn config() -> SplitConfig {
        SplitConfig { protocol: Protocol::FaultFiltered, ..SplitConfig::default() }
    }

    #[test]
    fn the_lists_have_the_published_lengths() {
        let parts = parts();
        let count = |part| parts.values().filter(|of| **of == part).count();
        assert_eq!(Part::ALL.map(count), [443, 197, 290]);
        for genre in GENRES {
            for part in Part::ALL {
                assert!(parts.iter().any(|(track, of)| *of == part && track.starts_with(genre)), "{genre} {part:?}");
            }
        }
        // One recording under two names: one of them is left.
        assert!(!parts.contains_key("hiphop.00039") && parts.contains_key("hiphop.00045"));
    }

    #[test]
    fn the_lists_are_those_of_the_files() {
        let Some(data) = std::env::var_os("GTZAN_DATA") else {
            eprintln!("skipped: GTZAN_DATA is not set");
            return;
        };
        let parts = parts();
        for part in Part::ALL {
            let path = std::path::Path::new(&data).join(format!("lists/filtered_{}.txt", part.name()));
            let text = std::fs::read_to_string(path).unwrap();
            let mut expected: Vec<&str> = text.split_whitespace().collect();
            expected.sort_unstable();
            let ours: Vec<&str> =
                parts.iter().filter(|(_, of)| **of == part).map(|(track, _)| track.as_str()).collect();
            assert_eq!(ours, expected);
        }
    }

    #[test]
    fn a_thousand_tracks_lose_seventy() {
        let table = table(&GENRES.map(|genre| (genre, 100)), 2);
        let division = Division::new(&table, &config(), 0).unwrap();
        let split = &division.folds[0];
        assert_eq!([&split.train, &split.valid, &split.test].map(Vec::len), [886, 394, 580]);
        assert_eq!((division.left_out.len(), division.missing.len()), (70, 0));
        assert!(division.left_out.contains(&"reggae.00086".to_owned()));
    }

    #[test]
    fn listed_tracks_that_the_table_lacks_are_named() {
        // As in Kaggle's archive, where one track is damaged.
        let mut table = table(&GENRES.map(|genre| (genre, 100)), 1);
        table.rows.retain(|row| row.track != "jazz.00054");
        assert_eq!(Division::new(&table, &config(), 0).unwrap().missing, ["jazz.00054"]);
    }

    #[test]
    fn other_music_is_refused() {
        let error = Division::new(&table(&[("ska", 9), ("polka", 9)], 1), &config(), 0).unwrap_err();
        assert!(error.to_string().contains("`polka.00000`"), "{error}");
        let error = Division::new(&table(&[("blues", 100), ("ska", 9)], 1), &config(), 0).unwrap_err();
        assert!(error.to_string().contains("`ska`"), "{error}");
    }
}

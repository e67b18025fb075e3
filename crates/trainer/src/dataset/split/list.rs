//! Splits by a list of tracks: `track,group,fold` or `track,split`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use extraction::nfc;
use extraction::source::{self, Bounded};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{Division, Part, Split, strata};
use crate::config::SplitConfig;
use crate::dataset::FeatureTable;
use crate::error::{Error, Result};

/// Bytes of a list, at most: half a million tracks and more.
const LONGEST: u64 = 64 << 20;

/// Characters of a header that are quoted.
const QUOTED: usize = 200;

/// What becomes of listed tracks that the table lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// They are told: a published list names tracks that not every copy of the data has.
    Allowed,
    /// They are refused: the user's own list and data don't belong together.
    Refused,
}

/// One line of the list.
struct Entry {
    line: u64,
    /// Empty where the list has no groups.
    group: String,
    place: Place,
}

#[derive(Clone, PartialEq, Eq)]
enum Place {
    Fold(String),
    Part(Part),
}

/// Divides a table by the list at `path`.
pub(super) fn divide(
    table: &FeatureTable,
    path: &Path,
    missing: Missing,
    config: &SplitConfig,
    seed: u64,
) -> Result<Division> {
    // Names that look the same are the same: file systems and editors write accents in different ways.
    let mut tracks = BTreeMap::<String, Vec<usize>>::new();
    for (track, rows) in table.tracks() {
        tracks.entry(nfc(track).into_owned()).or_default().extend(rows);
    }
    let mut entries = read(path, &tracks)?;
    let absent: Vec<String> = entries.keys().filter(|track| !tracks.contains_key(track.as_str())).cloned().collect();
    if missing == Missing::Refused && !absent.is_empty() {
        return Err(Error::UnknownTracks { path: path.to_owned(), tracks: absent });
    }
    entries.retain(|track, _| tracks.contains_key(track.as_str()));
    if entries.is_empty() {
        return Err(Error::UnknownTracks { path: path.to_owned(), tracks: absent });
    }
    let mut division = Division { missing: absent, ..Division::default() };
    for track in table.tracks().into_keys() {
        match entries.get(nfc(track).as_ref()) {
            Some(entry) if !entry.group.is_empty() => {
                division.groups.insert(track.to_owned(), entry.group.clone());
            }
            Some(_) => {}
            None => division.left_out.push(track.to_owned()),
        }
    }
    let folds: BTreeSet<&String> = entries
        .values()
        .filter_map(|entry| match &entry.place {
            Place::Fold(fold) => Some(fold),
            Place::Part(_) => None,
        })
        .collect();
    let rows_of = |track: &str| tracks.get(track).map(Vec::as_slice).unwrap_or_default();
    if folds.is_empty() {
        let mut parts: [Vec<usize>; 3] = Default::default();
        for (track, entry) in &entries {
            if let Place::Part(part) = entry.place {
                parts[part as usize].extend(rows_of(track));
            }
        }
        division.folds.push(Split::of(parts));
    } else if folds.len() < 2 {
        let reason = "all tracks are in one fold; at least two are needed".to_owned();
        return Err(Error::SplitFile { path: path.to_owned(), reason });
    }
    for (number, fold) in folds.into_iter().enumerate() {
        let in_test = |entry: &Entry| entry.place == Place::Fold(fold.clone());
        let mut parts: [Vec<usize>; 3] = Default::default();
        // Whole groups are held back; a track without one is a group of its own.
        let mut units = BTreeMap::<(&str, &str), Vec<usize>>::new();
        for (track, entry) in &entries {
            if in_test(entry) {
                parts[2].extend(rows_of(track));
            } else {
                let unit = if entry.group.is_empty() { ("", track.as_str()) } else { (entry.group.as_str(), "") };
                units.entry(unit).or_default().extend(rows_of(track));
            }
        }
        let [train, valid] = hold_back(table, units.into_values().collect(), config, seed, number as u64);
        (parts[0], parts[1]) = (train, valid);
        division.folds.push(Split::of(parts));
    }
    division.check_genres(table, &path.display().to_string())
}

/// Moves whole units from training to validation until every genre has given its share, as nearly as whole units allow.
fn hold_back(
    table: &FeatureTable,
    units: Vec<Vec<usize>>,
    config: &SplitConfig,
    seed: u64,
    fold: u64,
) -> [Vec<usize>; 2] {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(fold);
    let counts = |rows: &[usize]| {
        let mut counts = vec![0usize; table.labels.len()];
        rows.iter().for_each(|&row| counts[table.rows[row].label] += 1);
        counts
    };
    let all: Vec<usize> = units.iter().flatten().copied().collect();
    let mut wanted = strata::quotas(&counts(&all), config.valid_fraction);
    let mut units = units;
    units.shuffle(&mut rng);
    let [mut train, mut valid] = [Vec::new(), Vec::new()];
    for unit in units {
        let of_unit = counts(&unit);
        // A unit goes where it is still wanted whole.
        if of_unit.iter().zip(&wanted).all(|(count, wanted)| count <= wanted) {
            wanted.iter_mut().zip(of_unit).for_each(|(wanted, count)| *wanted -= count);
            valid.extend(unit);
        } else {
            train.extend(unit);
        }
    }
    [train, valid]
}

/// The list, by the normalised name of the track, which may stand there with the ending of its file.
fn read(path: &Path, tracks: &BTreeMap<String, Vec<usize>>) -> Result<BTreeMap<String, Entry>> {
    let fail = |reason: String| Error::SplitFile { path: path.to_owned(), reason };
    let broken = |source| Error::from(extraction::Error::Csv { path: path.to_owned(), source });
    let file = Bounded::new(source::open(path)?, LONGEST);
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let header = csv.headers().map_err(broken)?.clone();
    let column = |names: &[&str]| header.iter().position(|name| names.contains(&name));
    let (track, group) = (column(&["track"]), column(&["group", "artist_group"]));
    let (fold, part) = (column(&["fold"]), column(&["split"]));
    let (Some(track), Some(place)) = (track, fold.or(part).filter(|_| fold.is_some() != part.is_some())) else {
        let found: String = header.iter().collect::<Vec<_>>().join(",").chars().take(QUOTED).collect();
        let expected = "expected the columns `track,group,fold` (group may be absent) or `track,split`";
        return Err(fail(format!("{expected}, found `{found}`")));
    };

    let mut entries = BTreeMap::<String, Entry>::new();
    let mut fold_of = BTreeMap::<String, (String, String)>::new();
    for record in csv.records() {
        let record = record.map_err(broken)?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let written = nfc(cell(track));
        let name = if tracks.contains_key(written.as_ref()) { written.into_owned() } else { bare(&written) };
        if name.is_empty() || cell(place).is_empty() {
            return Err(fail(format!(
                "line {line}: an empty cell; every line needs a track and its {}",
                &header[place]
            )));
        }
        let at = if fold.is_some() {
            Place::Fold(cell(place).to_owned())
        } else {
            let part = Part::ALL.into_iter().find(|part| part.name() == cell(place));
            Place::Part(part.ok_or_else(|| {
                fail(format!("line {line}: unknown split `{}`; known are train, valid and test", cell(place)))
            })?)
        };
        let group = group.map_or("", cell).to_owned();
        if !group.is_empty() && fold.is_some() {
            let (first, by) = fold_of.entry(group.clone()).or_insert((cell(place).to_owned(), name.clone()));
            if first != cell(place) {
                return Err(fail(format!(
                    "line {line}: group `{group}` is in fold {} with `{name}` and in fold {first} with `{by}`; a group belongs in one fold",
                    cell(place)
                )));
            }
        }
        if let Some(earlier) = entries.get(&name) {
            let same = if earlier.place == at { "twice" } else { "in two places" };
            return Err(fail(format!("line {line}: `{name}` stands {same}, first in line {}", earlier.line)));
        }
        entries.insert(name, Entry { line, group, place: at });
    }
    if entries.is_empty() { Err(fail("no tracks in it".to_owned())) } else { Ok(entries) }
}

/// A track's name without the ending of an audio file.
fn bare(name: &str) -> String {
    let stem = name
        .rsplit_once('.')
        .filter(|(_, ending)| dsp::AUDIO_EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(ending)));
    stem.map_or(name, |(stem, _)| stem).to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::config::Protocol;
    use crate::dataset::tests::table;

    fn divide_by(text: &str, protocol: Protocol, table: &FeatureTable) -> Result<Division> {
        let mut file = tempfile::Builder::new().suffix("split.csv").tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let config =
            SplitConfig { protocol, file: Some(file.path().to_owned()), valid_fraction: 0.2, ..Default::default() };
        Division::new(table, &config, 3)
    }

    fn refusal(text: &str) -> String {
        let error = divide_by(text, Protocol::File, &table(&[("a", 4), ("b", 4)], 1)).unwrap_err();
        let text = error.to_string();
        text.split_once("split.csv: ").map_or(text.clone(), |(_, reason)| reason.to_owned())
    }

    fn names<'a>(table: &'a FeatureTable, rows: &[usize]) -> BTreeSet<&'a str> {
        rows.iter().map(|&row| table.rows[row].track.as_str()).collect()
    }

    #[test]
    fn parts_are_those_of_the_list_with_all_their_clips() {
        let table = table(&[("a", 4), ("b", 4)], 3);
        let text = "track,split\na.00000.wav,train\na.00001,valid\na.00002,test\nb.00000,train\nb.00003.mp3,test\n";
        let division = divide_by(text, Protocol::File, &table).unwrap();
        let [fold] = division.folds.as_slice() else { panic!("one split") };
        assert_eq!(names(&table, &fold.train), ["a.00000", "b.00000"].into());
        assert_eq!(names(&table, &fold.valid), ["a.00001"].into());
        assert_eq!(names(&table, &fold.test), ["a.00002", "b.00003"].into());
        assert_eq!(fold.train.len(), 6);
        assert_eq!(division.left_out, ["a.00003", "b.00001", "b.00002"]);
    }

    #[test]
    fn folds_test_every_listed_track_once_and_groups_stay_whole() {
        let table = table(&[("a", 40), ("b", 40)], 2);
        let mut text = "track,artist_group,fold\n".to_owned();
        for (genre, track) in ["a", "b"].into_iter().flat_map(|genre| (0..40).map(move |track| (genre, track))) {
            // Groups of one to four tracks.
            let group = track / 4 * 3 + (track % 4).min(2);
            text += &format!("{genre}.{track:05},{genre}{group},{}\n", group % 3);
        }
        let division = divide_by(&text, Protocol::ArtistFolds, &table).unwrap();
        assert_eq!(division.folds.len(), 3);
        let mut tested: Vec<usize> = division.folds.iter().flat_map(|fold| fold.test.clone()).collect();
        tested.sort_unstable();
        assert_eq!(tested, (0..160).collect::<Vec<_>>());
        for fold in &division.folds {
            let groups = |rows: &[usize]| -> BTreeSet<&String> {
                names(&table, rows).into_iter().map(|track| &division.groups[track]).collect()
            };
            let [train, valid, test] = [&fold.train, &fold.valid, &fold.test].map(|rows| groups(rows));
            assert!(train.is_disjoint(&test) && valid.is_disjoint(&test) && train.is_disjoint(&valid));
            for label in 0..2 {
                let count = |rows: &[usize]| rows.iter().filter(|&&row| table.rows[row].label == label).count();
                let share = count(&fold.valid) as f64 / (count(&fold.valid) + count(&fold.train)) as f64;
                assert!((0.1..=0.21).contains(&share), "{share}");
            }
        }
    }

    #[test]
    fn a_published_list_may_name_tracks_that_are_not_here() {
        let text = "track,artist_group,fold\na.00000,0,0\na.00001,1,1\nb.00000,2,0\nb.00001,3,1\nb.00777,4,1\n";
        let table = table(&[("a", 4), ("b", 4)], 1);
        assert_eq!(divide_by(text, Protocol::ArtistFolds, &table).unwrap().missing, ["b.00777"]);
        let error = divide_by(text, Protocol::File, &table).unwrap_err().to_string();
        assert!(error.contains("`b.00777`"), "{error}");
    }

    #[test]
    fn accents_may_be_written_in_either_way() {
        let mut data = table(&[("a", 3), ("b", 3)], 1);
        // é as one character and as e with an accent, in the data and in the list.
        data.rows[0].track = "cafe\u{301} 0".into();
        data.rows[1].track = "caf\u{e9} 1".into();
        let text = "track,split\ncaf\u{e9} 0,train\ncafe\u{301} 1.wav,test\nb.00000,train\nb.00001,test\n";
        let division = divide_by(text, Protocol::File, &data).unwrap();
        assert_eq!((division.folds[0].train.as_slice(), division.folds[0].test.as_slice()), (&[0, 3][..], &[1, 4][..]));
        // Case and blanks are other names.
        let text = "track,split\nCaf\u{e9} 0,train\na.00002,test\nb.00000,train\nb.00001,test\n";
        assert!(divide_by(text, Protocol::File, &data).unwrap_err().to_string().contains("`Caf\u{e9} 0`"));
    }

    #[test]
    fn bad_lists_are_refused_with_names() {
        let list = |lines: &str| refusal(&format!("track,split\n{lines}"));
        assert_eq!(
            refusal(""),
            "expected the columns `track,group,fold` (group may be absent) or `track,split`, found ``"
        );
        assert_eq!(refusal("track,split\n"), "no tracks in it");
        assert!(list("a.00000,train\nz.00009,test\n").contains("`z.00009`"));
        assert_eq!(list("a.00000,trian\n"), "line 2: unknown split `trian`; known are train, valid and test");
        assert_eq!(
            list("a.00000,train\na.00000.wav,test\n"),
            "line 3: `a.00000` stands in two places, first in line 2"
        );
        assert_eq!(list("a.00000,train\na.00000,train\n"), "line 3: `a.00000` stands twice, first in line 2");
        assert_eq!(list("a.00000,\n"), "line 2: an empty cell; every line needs a track and its split");
        let absent = list("a.00000,train\nb.00000,train\na.00001,test\n");
        assert!(absent.contains("test part") && absent.contains("`b`"), "{absent}");
        let folds = |lines: &str| refusal(&format!("track,group,fold\n{lines}"));
        assert_eq!(
            folds("a.00000,x,0\nb.00000,x,1\n"),
            "line 3: group `x` is in fold 1 with `b.00000` and in fold 0 with `a.00000`; a group belongs in one fold"
        );
        assert_eq!(folds("a.00000,x,0\nb.00000,y,0\n"), "all tracks are in one fold; at least two are needed");
        let absent = folds("a.00000,x,0\nb.00000,y,1\n");
        assert!(absent.contains("train part of fold 0") && absent.contains("`a`"), "{absent}");
    }
}

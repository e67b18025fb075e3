//! Names of rows: which are whole tracks and which are clips, for the writer and for readers.
//!
//! `blues.00000.wav` is a whole track, `blues.00000.3.wav` is clip 3 of the track `blues.00000.wav`. Clips are counted from
//! 0 and without leading zeros. A whole track whose own name ends in such a number, `rock.live.1.wav`, would be taken for a
//! clip: it is written as the only clip of itself, `rock.live.1.0.wav`. Thus each row tells its track's name whatever
//! tracks are called, which dataset's and other foreign tables don't promise.

use std::collections::{HashMap, HashSet};

/// The name of the row of a track's clip. `whole` says that the track is this clip, and not just as long as one.
pub fn row_name(filename: &str, clip: usize, whole: bool) -> String {
    let (stem, ending) = split(filename);
    if whole && clip_number(stem).is_none() { filename.to_owned() } else { format!("{stem}.{clip}{ending}") }
}

/// What rows are of which track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    /// Of each row: its track's name, without the audio ending where that is enough to tell tracks apart, and which clip
    /// of the track it is.
    pub rows: Vec<(String, usize)>,
    /// Lengths in samples of the rows that are clips, in order of appearance, each once. Usable tables have one, or none
    /// if all rows are whole tracks.
    pub clip_lengths: Vec<usize>,
}

/// Groups rows, given by their file names and lengths in samples, by the tracks that they are of.
///
/// A number alone doesn't make a clip: `song.7.wav` is one only when there is a `song.0.wav`.
pub fn group(rows: &[(String, usize)]) -> Grouping {
    let mut sizes: HashMap<(&str, &str), Group> = HashMap::new();
    for (filename, _) in rows {
        let (stem, ending) = split(filename);
        if let Some((track, clip)) = clip_number(stem) {
            let group = sizes.entry((track, ending)).or_default();
            group.rows += 1;
            group.has_first |= clip == 0;
        }
    }
    let places: Vec<Place<'_>> = rows
        .iter()
        .map(|(filename, _)| {
            let (stem, ending) = split(filename);
            let clip = clip_number(stem).and_then(|(track, clip)| {
                let group = sizes.get(&(track, ending)).filter(|group| group.has_first)?;
                Some(Place {
                    track,
                    ending,
                    clip,
                    role: if group.rows == 1 && clip_number(track).is_some() { Role::Either } else { Role::Clip },
                })
            });
            clip.unwrap_or(Place { track: stem, ending, clip: 0, role: Role::Whole })
        })
        .collect();

    let lengths = |role: Role| {
        let mut seen = HashSet::new();
        let of_role = places.iter().zip(rows).filter(|(place, _)| place.role == role);
        of_role.map(|(_, &(_, length))| length).filter(|&length| seen.insert(length)).collect::<Vec<usize>>()
    };
    let mut clip_lengths = lengths(Role::Clip);
    if clip_lengths.is_empty() && places.iter().all(|place| place.role == Role::Either) {
        // Rows that all have one length were cut to it.
        clip_lengths = Some(lengths(Role::Either)).filter(|lengths| lengths.len() == 1).unwrap_or_default();
    }

    let mut owners: HashMap<&str, &str> = HashMap::new();
    let mut shared: HashMap<&str, bool> = HashMap::new();
    for place in &places {
        let first = owners.entry(place.track).or_insert(place.ending);
        *shared.entry(place.track).or_default() |= *first != place.ending;
    }
    let name = |place: &Place<'_>| {
        let ending = if shared.get(place.track) == Some(&true) { place.ending } else { "" };
        (format!("{}{ending}", place.track), place.clip)
    };
    Grouping { rows: places.iter().map(name).collect(), clip_lengths }
}

#[derive(Default)]
struct Group {
    rows: usize,
    has_first: bool,
}

/// Where a row belongs.
struct Place<'a> {
    track: &'a str,
    ending: &'a str,
    clip: usize,
    role: Role,
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Whole,
    Clip,
    /// The only row of a track whose own name ends in a number.
    Either,
}

/// A file's name and its audio ending, with the dot, if it has one.
fn split(filename: &str) -> (&str, &str) {
    match filename.rfind('.') {
        Some(dot) if dot > 0 && dsp::AUDIO_EXTENSIONS.contains(&filename[dot + 1..].to_ascii_lowercase().as_str()) => {
            filename.split_at(dot)
        }
        _ => (filename, ""),
    }
}

/// The track and the number in a name that could be a clip's.
fn clip_number(stem: &str) -> Option<(&str, usize)> {
    let (track, digits) = stem.rsplit_once('.')?;
    let clip: usize = digits.parse().ok()?;
    (!track.is_empty() && clip.to_string() == digits).then_some((track, clip))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn table(rows: &[(&str, usize)]) -> Vec<(String, usize)> {
        rows.iter().map(|&(filename, length)| (filename.to_owned(), length)).collect()
    }

    #[test]
    fn whole_tracks_and_clips_are_told_apart() {
        let whole = group(&table(&[("blues.00000.wav", 661_794), ("rock.00007.wav", 660_000)]));
        assert_eq!(whole.rows, [("blues.00000".into(), 0), ("rock.00007".into(), 0)]);
        assert!(whole.clip_lengths.is_empty());
        let clips = group(&table(&[("a.00003.0.wav", 66_149), ("a.00003.1.wav", 66_149), ("b.9.0.wav", 66_149)]));
        assert_eq!(clips.rows, [("a.00003".into(), 0), ("a.00003".into(), 1), ("b.9".into(), 0)]);
        assert_eq!(clips.clip_lengths, [66_149]);
        let numbered = group(&table(&[("song.1.wav", 661_794), ("song.2.wav", 661_794)]));
        assert_eq!(numbered.rows, [("song.1".into(), 0), ("song.2".into(), 0)]);
    }

    #[test]
    fn whole_tracks_with_numbers_are_written_as_their_only_clip() {
        assert_eq!(row_name("rock.live.0.wav", 0, true), "rock.live.0.0.wav");
        assert_eq!(row_name("rock.00000.wav", 0, true), "rock.00000.wav");
        assert_eq!(row_name("rock.00000.wav", 2, false), "rock.00000.2.wav");
        assert_eq!(row_name("take.1", 0, true), "take.1.0");
        let read = group(&table(&[("rock.live.0.0.wav", 374_894), ("rock.live.1.0.wav", 384_706)]));
        assert_eq!(read.rows, [("rock.live.0".into(), 0), ("rock.live.1".into(), 0)]);
        assert!(read.clip_lengths.is_empty());
    }

    #[test]
    fn unequal_clips_are_told() {
        let read = group(&table(&[("a.0.wav", 66_149), ("a.1.wav", 66_149), ("a.2.wav", 50_000)]));
        assert_eq!(read.clip_lengths, [66_149, 50_000]);
    }

    #[test]
    fn equal_names_with_other_endings_are_other_tracks() {
        let read = group(&table(&[("a.0.wav", 66_149), ("a.0.mp3", 66_149), ("b.wav", 70_000)]));
        assert_eq!(read.rows, [("a.wav".into(), 0), ("a.mp3".into(), 0), ("b".into(), 0)]);
    }

    proptest! {
        /// Whatever tracks are called, what is written is read as the same tracks with the same clips.
        #[test]
        fn written_names_give_the_tracks_back(
            names in prop::collection::btree_map("[ab](\\.[a0-2]{1,2}){0,3}(\\.wav|\\.MP3|\\.txt)?", (1usize..4, any::<bool>()), 1..12),
        ) {
            const CLIP: usize = 66_149;
            let mut rows = Vec::new();
            for (at, (name, &(clips, whole))) in names.iter().enumerate() {
                let whole = whole && clips == 1;
                for clip in 0..clips {
                    let length = if whole { CLIP + 1 + at } else { CLIP };
                    rows.push((row_name(name, clip, whole), length));
                }
            }
            let distinct: BTreeSet<&String> = rows.iter().map(|(name, _)| name).collect();
            prop_assert_eq!(distinct.len(), rows.len());

            let rows: Vec<(&str, usize)> = rows.iter().map(|(name, length)| (name.as_str(), *length)).collect();
            let read = group(&table(&rows));
            let mut clips = BTreeMap::<&str, Vec<usize>>::new();
            for (track, clip) in &read.rows {
                clips.entry(track).or_default().push(*clip);
            }
            prop_assert_eq!(clips.len(), names.len());
            let mut found: Vec<Vec<usize>> = clips.into_values().collect();
            let mut expected: Vec<Vec<usize>> = names.values().map(|&(clips, _)| (0..clips).collect()).collect();
            found.sort();
            expected.sort();
            prop_assert_eq!(found, expected);
            prop_assert!(read.clip_lengths.len() <= 1);
        }
    }
}

//! The rows of a features CSV as a table to learn from.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use dsp::{ClipLength, Convention, Descriptors, FeatureSpec};
use extraction::csv::{Grouping, Record, Records, group, records};
use extraction::{distinct, nfc};
use model::song::row_f32;

use super::table::{FeatureTable, Row};
use crate::error::{Error, Result};

/// Reads a features CSV. Columns are found by name and may stand in any order; others are ignored.
///
/// `descriptors` are read; `None` takes those that the file has. A row's `length` is that of its clip in samples at 22 050 Hz. `clip_length` is the one that the reader counts on; `None`
/// takes what the rows are: the length of the clips, 30 s for whole tracks of about that length, else one by which each track
/// is a single clip.
///
/// # Errors
/// The file can't be read, a column is missing, a cell isn't a finite number, a file name stands twice, there are no
/// rows, their length isn't `clip_length`, there can be no clip of their length, or a track has two genres.
pub fn read(
    path: &Path,
    descriptors: Option<Descriptors>,
    convention: Convention,
    clip_length: Option<ClipLength>,
) -> Result<FeatureTable> {
    // With librosa 0.11's numbers there is no other set.
    let wanted = descriptors.or((convention == Convention::Librosa011).then_some(Descriptors::Classic));
    let Records { descriptors, rows: records } = records(path, wanted)?;
    let Grouping { rows: places, clip_lengths } = group(&records);
    let spec = spec(path, &records, &clip_lengths, convention, clip_length)?;
    let spec = spec.with_descriptors(descriptors).map_err(extraction::Error::from)?;
    let names = track_names(&places);
    let row = |(record, (track, clip)): (Record, (String, usize))| {
        let track = names.get(&track).cloned().unwrap_or(track);
        let values = row_f32(&record.values);
        (record.label, Row { track, clip, label: 0, samples: record.length, values, path: None })
    };
    let rows: Vec<(String, Row)> = records.into_iter().zip(places).map(row).collect();
    check_genres(path, &rows)?;
    Ok(FeatureTable::from_labelled(rows, spec))
}

/// The tracks' names with accents written in one way, unless two of them differ in nothing else.
fn track_names(places: &[(String, usize)]) -> BTreeMap<String, String> {
    let tracks: BTreeSet<&String> = places.iter().map(|(track, _)| track).collect();
    let tracks: Vec<String> = tracks.into_iter().cloned().collect();
    let names = distinct(&tracks, |track| [nfc(track).into_owned(), track.clone()]);
    tracks.into_iter().zip(names).collect()
}

/// Refuses a track whose clips have two genres.
fn check_genres(path: &Path, rows: &[(String, Row)]) -> Result<()> {
    let mut genres = HashMap::<&str, &str>::new();
    for (label, row) in rows {
        let first = *genres.entry(&row.track).or_insert(label);
        if first != label {
            let genres = [first.to_owned(), label.clone()];
            return Err(Error::TwoGenres { path: path.to_owned(), track: row.track.clone(), genres });
        }
    }
    Ok(())
}

/// The specification that the rows were computed by: their length tells how tracks were cut.
fn spec(
    path: &Path,
    records: &[Record],
    clip_lengths: &[usize],
    convention: Convention,
    wanted: Option<ClipLength>,
) -> Result<FeatureSpec> {
    let refuse = |reason: String| Error::ClipLength { path: path.to_owned(), reason };
    let usual = ClipLength::TRACK;
    let rate = f64::from(FeatureSpec::features(convention, usual).sample_rate());
    let found = match clip_lengths {
        [] => None,
        // A clip is one sample shorter than the step between clips.
        [samples] => Some((*samples as f64 + 1.0) / rate),
        [a, b, ..] => {
            return Err(refuse(format!("clips of {a} and of {b} samples; all must be equally long")));
        }
    };
    let longest = records.iter().max_by_key(|record| record.length);
    let (name, samples) = longest.map_or(("", 0), |record| (record.filename.as_str(), record.length));
    let seconds = samples as f64 / rate;
    let limit = ClipLength::MAX_SECONDS;
    // A track of one and a half clip lengths is a single clip yet.
    let most = found.map_or(1.5 * limit, |found| if found > limit { limit } else { 1.5 * found });
    // Half a sample of rounding apart.
    if (seconds - most) * rate > 0.5 {
        return Err(refuse(match found {
            Some(found) if found <= limit => format!(
                "`{name}` is a whole track of {seconds:.1} s, and other rows are clips of {found} s; extract all of them alike"
            ),
            _ => format!(
                "`{name}` is {seconds:.1} s long, and no clip can be longer than {limit} s; extract shorter clips"
            ),
        }));
    }
    let clip_seconds = match (wanted.map(ClipLength::seconds), found) {
        (Some(wanted), Some(found)) if (wanted - found).abs() * rate > 1.0 => {
            return Err(refuse(format!(
                "its rows are clips of {found} s, not of {wanted} s; set clip_seconds = {found}"
            )));
        }
        (Some(wanted), None) if seconds > 1.5 * wanted => {
            return Err(refuse(format!("its rows are whole tracks of up to {seconds:.1} s, not clips of {wanted} s")));
        }
        (Some(wanted), _) => wanted,
        (None, Some(found)) => found,
        (None, None) if seconds <= 1.5 * usual.seconds() => usual.seconds(),
        (None, None) => seconds.ceil().min(limit),
    };
    let length = ClipLength::new(clip_seconds).map_err(|error| refuse(error.to_string()))?;
    Ok(FeatureSpec::features(convention, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use extraction::csv::columns;

    /// A CSV of `names` with the given lengths, label `blues` for all but the last.
    fn file(rows: &[(&str, &str)], change: impl Fn(String) -> String) -> tempfile::NamedTempFile {
        let mut text = columns(Descriptors::Classic).collect::<Vec<_>>().join(",") + "\n";
        for (i, (name, length)) in rows.iter().enumerate() {
            let values: Vec<String> = (0..57).map(|k| format!("{}.5", 100 * i + k)).collect();
            let label = if i + 1 == rows.len() { "rock" } else { "blues" };
            text += &format!("{name},{length},{},{label}\n", values.join(","));
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), change(text)).unwrap();
        file
    }

    fn table(rows: &[(&str, &str)], seconds: Option<f64>) -> Result<FeatureTable> {
        let length = seconds.map(|seconds| ClipLength::new(seconds).unwrap());
        read(file(rows, |text| text).path(), None, Convention::Librosa07, length)
    }

    fn refusal(change: impl Fn(String) -> String) -> String {
        let file = file(&[("a.wav", "661794"), ("b.wav", "661794")], change);
        let error = read(file.path(), None, Convention::Librosa07, None).unwrap_err().to_string();
        error.replace(&file.path().display().to_string(), "x.csv")
    }

    #[test]
    fn whole_tracks_and_clips_are_told_apart() {
        let whole = table(&[("blues.00000.wav", "661794"), ("rock.00007.wav", "660000")], None).unwrap();
        assert_eq!(whole.rows[1].track, "rock.00007");
        assert_eq!((whole.spec.clip_seconds(), whole.rows[0].samples), (30.0, 661_794));

        let clips =
            table(&[("a.00003.0.wav", "66149"), ("a.00003.1.wav", "66149"), ("b.9.0.wav", "66149")], None).unwrap();
        assert_eq!(
            clips.rows.iter().map(|row| (row.track.as_str(), row.clip)).collect::<Vec<_>>(),
            [("a.00003", 0), ("a.00003", 1), ("b.9", 0)]
        );
        assert_eq!(clips.spec.clip_seconds(), 3.0);

        let numbered = table(&[("song.1.wav", "661794"), ("song.2.wav", "661794")], None).unwrap();
        assert_eq!(numbered.tracks().len(), 2);
    }

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let straight = file(&[("a.wav", "661794"), ("b.wav", "661794")], |text| text);
        let reversed = file(&[("a.wav", "661794"), ("b.wav", "661794")], |text| {
            let turn = |line: &str| line.split(',').rev().collect::<Vec<_>>().join(",");
            text.lines().map(turn).collect::<Vec<_>>().join("\n")
        });
        let read = |file: &tempfile::NamedTempFile| read(file.path(), None, Convention::Librosa07, None).unwrap();
        assert_eq!(read(&straight), read(&reversed));
        assert_eq!(read(&straight).rows[1].values[56], 156.5);
    }

    #[test]
    fn faults_are_named_with_their_place() {
        assert_eq!(
            refusal(|text| text.replace("tempo", "speed")),
            "x.csv: missing column `tempo`; expected the 60 columns of the dataset's features CSV"
        );
        assert_eq!(
            refusal(|text| text.replace("116.5", "fast")),
            "x.csv: line 3, column `tempo`: `fast` is not a number"
        );
        for bad in ["NaN", "inf", "1e300"] {
            assert_eq!(
                refusal(|text| text.replace("116.5", bad)),
                format!("x.csv: line 3, column `tempo`: `{bad}` is not a finite number")
            );
        }
        assert_eq!(refusal(|text| text.replace("116.5", "")), "x.csv: line 3, column `tempo`: is empty");
        assert_eq!(
            refusal(|text| text.replace("b.wav", "a.wav")),
            "x.csv: line 3, column `filename`: `a.wav` stands on line 2 already"
        );
        assert_eq!(refusal(|text| text.lines().next().unwrap().to_owned()), "x.csv: no rows below the header");
        assert!(refusal(|_| String::new()).starts_with("x.csv: missing columns `filename`"));
        assert_eq!(refusal(|text| text.replace(",rock", "")), "x.csv: not a usable CSV");
    }

    #[test]
    fn rows_of_another_clip_length_are_refused() {
        let clips = &[("a.0.wav", "66149"), ("a.1.wav", "66149"), ("b.0.wav", "66149")];
        assert_eq!(table(clips, Some(3.0)).unwrap().spec.clip_seconds(), 3.0);
        assert!(table(clips, Some(30.0)).unwrap_err().to_string().ends_with("set clip_seconds = 3"));
        let whole = &[("a.wav", "661794"), ("b.wav", "661794")];
        assert!(table(whole, Some(3.0)).unwrap_err().to_string().contains("whole tracks of up to 30.0 s"));
    }

    #[test]
    fn lengths_that_no_clip_can_have_are_refused_by_name() {
        let refusal = |rows: &[(&str, &str)]| {
            let error = table(rows, None).unwrap_err().to_string();
            error.split_once(": ").map(|(_, reason)| reason.to_owned()).unwrap()
        };
        for huge in ["1e30", "18446744073709551615", "19850000"] {
            let error = refusal(&[("a.wav", "661794"), ("b.wav", huge)]);
            assert!(
                error.starts_with("line 3") && error.ends_with("no clip has more than 19845000 samples"),
                "{error}"
            );
        }
        let error = refusal(&[("a.0.wav", "13230001"), ("a.1.wav", "13230001")]);
        assert!(error.starts_with("`a.") && error.contains("longer than 600 s"), "{error}");
        let error = refusal(&[("a.0.wav", "9"), ("a.1.wav", "9")]);
        assert!(error.contains("0.0929"), "{error}");
        let error = refusal(&[("a.0.wav", "66149"), ("a.1.wav", "66149"), ("b.wav", "661794")]);
        assert!(error.starts_with("`b.wav` is a whole track of 30.0 s, and other rows are clips of 3 s"), "{error}");
    }

    #[test]
    fn long_whole_tracks_give_a_length_by_which_they_are_one_clip() {
        for seconds in [1, 30, 46, 300, 405, 600, 899] {
            let samples = (seconds * 22_050).to_string();
            let table = table(&[("a.wav", &samples), ("b.wav", "66150")], None).unwrap();
            assert_eq!(table.spec.clip_plan().ranges(seconds * 22_050).len(), 1, "{seconds}");
        }
    }

    #[test]
    fn the_set_of_descriptors_is_known_by_the_columns() {
        let extended = |change: fn(String) -> String| {
            let header = columns(Descriptors::Extended).collect::<Vec<_>>().join(",");
            let row = |name: &str, label: &str| format!("{name},661794,{}{label}", "1.5,".repeat(349));
            let text = [header, row("a.wav", "rock"), row("b.wav", "jazz")].join("\n");
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), change(text)).unwrap();
            file
        };
        let (convention, whole) = (Convention::Librosa07, extended(|text| text));
        let set = |wanted, convention| read(whole.path(), wanted, convention, None).unwrap().spec.descriptors();
        assert_eq!(set(None, convention), Some(Descriptors::Extended));
        assert_eq!(set(Some(Descriptors::Classic), convention), Some(Descriptors::Classic));
        assert_eq!(set(None, Convention::Librosa011), Some(Descriptors::Classic));
        // A table with most of the extended columns is not silently taken for one of the others.
        let part = extended(|text| text.replace("bark7_max", "bark7_most"));
        let error = read(part.path(), None, convention, None).unwrap_err().to_string();
        assert!(error.contains("missing column `bark7_max`; expected the 352 columns of the extended"), "{error}");
        assert!(read(part.path(), Some(Descriptors::Classic), convention, None).is_ok());
    }

    #[test]
    fn a_track_of_two_genres_is_refused() {
        let error = table(&[("t0.0.wav", "66149"), ("t1.0.wav", "66149"), ("t0.1.wav", "66149")], None).unwrap_err();
        assert!(
            error.to_string().ends_with("track `t0` is labelled `blues` and `rock`; a track has one genre"),
            "{error}"
        );
    }

    #[test]
    fn songs_with_numbers_at_the_end_are_read_back() {
        let songs = [("rock.live.0.wav", 374_894), ("rock.live.1.wav", 384_706), ("jazz.wav", 661_500)];
        let rows = songs.map(|(name, length)| (extraction::csv::row_name(name, 0, true), length.to_string()));
        let rows = [0, 1, 2].map(|at| (rows[at].0.as_str(), rows[at].1.as_str()));
        let table = table(&rows, None).unwrap();
        let tracks: Vec<&str> = table.tracks().into_keys().collect();
        assert_eq!((tracks.as_slice(), table.spec.clip_seconds()), (&["jazz", "rock.live.0", "rock.live.1"][..], 30.0));
    }

    #[test]
    fn accents_are_written_in_one_way() {
        let read = |names: [&str; 2]| {
            let table = table(&names.map(|name| (name, "661500")), None).unwrap();
            table.rows.into_iter().map(|row| row.track).collect::<Vec<_>>()
        };
        assert_eq!(read(["cafe\u{301} 0.wav", "x.wav"]), ["caf\u{e9} 0", "x"]);
        // Two files that look the same stay two.
        assert_eq!(read(["cafe\u{301}.wav", "caf\u{e9}.wav"]), ["cafe\u{301}", "caf\u{e9}"]);
    }

    #[test]
    fn a_written_file_is_read_as_a_table() {
        let record = |name: &str, label: &str| Record {
            filename: name.into(),
            length: 661_794,
            values: (0..57).map(|k| f64::from(k) * 1e-3).collect(),
            label: label.into(),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let written = [record("x, y.wav", "rock"), record("z.au", "blues")];
        let written = Records { descriptors: Descriptors::Classic, rows: written.to_vec() };
        extraction::csv::write(&mut std::fs::File::create(&path).unwrap(), &written).unwrap();
        let table = read(&path, None, Convention::Librosa07, None).unwrap();
        assert_eq!((table.rows[0].track.as_str(), table.label(&table.rows[0])), ("x, y", "rock"));
        assert_eq!(table.rows[1].values[56], 0.056);
    }

    #[test]
    fn the_datasets_files_are_tables_of_tracks_and_of_clips() {
        let Some(data) = std::env::var_os("GTZAN_DATA") else {
            eprintln!("skipped: GTZAN_DATA is unset");
            return;
        };
        for (name, rows, seconds, columns) in [
            ("features_30_sec.csv", 1000, 30.0, 57),
            ("features_3_sec.csv", 2996, 3.0, 57),
            ("extended/features_extended_30_sec.csv", 1000, 30.0, 349),
        ] {
            let table = read(&Path::new(&data).join(name), None, Convention::Librosa07, None).unwrap();
            assert_eq!((table.rows.len(), table.spec.clip_seconds(), table.spec.len()), (rows, seconds, columns));
        }
    }
}

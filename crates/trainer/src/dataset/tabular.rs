//! The labelled rows of a table file, to learn from and to be tested on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use dsp::{ClipLength, Convention, Descriptors};
use extraction::csv::{Grouping, Record, group};
use extraction::table::{Request, Rows, Wanted};
use extraction::{distinct, nfc};
use model::{ColumnSet, Inputs};

use super::clips::spec;
use super::table::{FeatureTable, Genres, Row};
use super::values::ValuesBuilder;
use crate::error::{Error, Result};

/// What the values in a file are.
#[derive(Debug, Clone, PartialEq)]
pub enum Columns<'a> {
    /// Descriptors of audio.
    Descriptors {
        /// Which; `None` takes the largest set that the file has.
        wanted: Option<Descriptors>,
        /// Whose numbers they are.
        convention: Convention,
        /// The length that clips must have; `None` takes whatever it is.
        clip_length: Option<ClipLength>,
    },
    /// Every column of numbers, whatever it means.
    Numbers,
    /// These columns in this order: a model's, or those that one is to learn from.
    Named(&'a ColumnSet),
}

impl<'a> Columns<'a> {
    /// The columns that a model is asked with.
    ///
    /// # Errors
    /// [`Error::NoTable`] of a model that takes spectrograms.
    pub fn of_model(inputs: &'a Inputs) -> Result<Self> {
        match inputs {
            Inputs::Table(columns) => Ok(Self::Named(columns)),
            Inputs::Audio(spec) => Ok(Self::Descriptors {
                wanted: Some(spec.descriptors().ok_or(Error::NoTable)?),
                convention: spec.convention(),
                clip_length: Some(spec.clip_length()),
            }),
        }
    }

    pub(super) fn wanted(&self) -> Wanted<'a> {
        match self {
            // Of other numbers than librosa 0.7's, there are no extended descriptors.
            Self::Descriptors { wanted: None, convention: Convention::Librosa011, .. } => {
                Wanted::Descriptors(Some(Descriptors::Classic))
            }
            Self::Descriptors { wanted, .. } => Wanted::Descriptors(*wanted),
            Self::Numbers => Wanted::Numbers,
            Self::Named(columns) => Wanted::Named(columns.names()),
        }
    }
}

/// Reads the labelled rows of a CSV, a Parquet file, or a folder of Parquet parts; [`Rows::open`] says what is read. Values are
/// in memory as far as they fit into `allowed` bytes. Gives warnings beside the table. Rows without a file name are tracks of
/// their own, called by their numbers from 1.
///
/// # Errors
/// Those of [`Rows::open`] and [`Rows::next`]; clips of unequal lengths or of another one than wanted; a track with two genres.
pub fn read(path: &Path, columns: &Columns<'_>, allowed: usize) -> Result<(FeatureTable, Vec<String>)> {
    let mut rows = Rows::open(path, Request { columns: columns.wanted(), labelled: true })?;
    let mut values = ValuesBuilder::new(rows.columns().len(), allowed);
    let (mut names, mut labels, mut genres) = (Vec::new(), Vec::new(), Genres::default());
    let mut record = Record::default();
    while rows.next(&mut record)? {
        values.push(record.values.iter().map(|&value| value as f32))?;
        labels.push(genres.number(&record.label));
        names.push((named(&mut record, names.len()), record.length));
    }
    let Grouping { rows: places, clip_lengths } = group(&names);
    let inputs = match columns {
        Columns::Descriptors { convention, clip_length, .. } => {
            let spec = spec(path, &names, &clip_lengths, *convention, *clip_length)?;
            spec.with_descriptors(rows.descriptors().unwrap_or_default()).map_err(extraction::Error::from)?.into()
        }
        Columns::Numbers => ColumnSet::new(rows.columns().to_vec())?.into(),
        Columns::Named(columns) => Inputs::Table((*columns).clone()),
    };
    let tracks = track_names(&places);
    let row = |(((track, clip), label), (_, samples)): (((String, usize), usize), (String, usize))| {
        let track = tracks.get(&track).cloned().unwrap_or(track);
        Row { track, clip, label, samples, path: None }
    };
    let table_rows: Vec<Row> = places.into_iter().zip(labels).zip(names).map(row).collect();
    check_genres(path, &table_rows, &genres)?;
    Ok((FeatureTable::new(table_rows, genres, values.finish()?, inputs), rows.warnings()))
}

/// The name of a row: what the table says, or else its number.
pub(super) fn named(record: &mut Record, rows: usize) -> String {
    match record.filename.is_empty() {
        true => (rows + 1).to_string(),
        false => std::mem::take(&mut record.filename),
    }
}

/// The tracks' names with accents written in one way, unless two of them differ in nothing else.
fn track_names(places: &[(String, usize)]) -> BTreeMap<String, String> {
    let tracks: BTreeSet<&String> = places.iter().map(|(track, _)| track).collect();
    let tracks: Vec<String> = tracks.into_iter().cloned().collect();
    let names = distinct(&tracks, |track| [nfc(track).into_owned(), track.clone()]);
    tracks.into_iter().zip(names).collect()
}

/// Refuses a track whose clips have two genres.
fn check_genres(path: &Path, rows: &[Row], genres: &Genres) -> Result<()> {
    let mut first = HashMap::<&str, usize>::new();
    for row in rows {
        let first = *first.entry(&row.track).or_insert(row.label);
        if first != row.label {
            let genres = [first, row.label].map(|number| genres.name(number).to_owned());
            return Err(Error::TwoGenres { path: path.to_owned(), track: row.track.clone(), genres });
        }
    }
    Ok(())
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

    /// What a file has of some set, with librosa 0.7's numbers.
    fn read(path: &Path, wanted: Option<Descriptors>, clip_length: Option<ClipLength>) -> Result<FeatureTable> {
        let columns = Columns::Descriptors { wanted, convention: Convention::Librosa07, clip_length };
        super::read(path, &columns, usize::MAX).map(|(table, _)| table)
    }

    fn table(rows: &[(&str, &str)], seconds: Option<f64>) -> Result<FeatureTable> {
        let length = seconds.map(|seconds| ClipLength::new(seconds).unwrap());
        read(file(rows, |text| text).path(), None, length)
    }

    fn clip_seconds(table: &FeatureTable) -> f64 {
        table.inputs.spec().unwrap().clip_seconds()
    }

    fn refusal(change: impl Fn(String) -> String) -> String {
        let file = file(&[("a.wav", "661794"), ("b.wav", "661794")], change);
        let error = read(file.path(), None, None).unwrap_err().to_string();
        error.replace(&file.path().display().to_string(), "x.csv")
    }

    #[test]
    fn whole_tracks_and_clips_are_told_apart() {
        let whole = table(&[("blues.00000.wav", "661794"), ("rock.00007.wav", "660000")], None).unwrap();
        assert_eq!(whole.rows[1].track, "rock.00007");
        assert_eq!((clip_seconds(&whole), whole.rows[0].samples), (30.0, 661_794));

        let clips =
            table(&[("a.00003.0.wav", "66149"), ("a.00003.1.wav", "66149"), ("b.9.0.wav", "66149")], None).unwrap();
        assert_eq!(
            clips.rows.iter().map(|row| (row.track.as_str(), row.clip)).collect::<Vec<_>>(),
            [("a.00003", 0), ("a.00003", 1), ("b.9", 0)]
        );
        assert_eq!(clip_seconds(&clips), 3.0);

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
        let read = |file: &tempfile::NamedTempFile| read(file.path(), None, None).unwrap();
        let (straight, reversed) = (read(&straight), read(&reversed));
        assert_eq!((&straight.rows, &straight.inputs), (&reversed.rows, &reversed.inputs));
        for row in 0..2 {
            assert_eq!(straight.values.get(row).unwrap(), reversed.values.get(row).unwrap());
        }
        assert_eq!(straight.values.get(1).unwrap()[56], 156.5);
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
        assert_eq!(clip_seconds(&table(clips, Some(3.0)).unwrap()), 3.0);
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
            assert_eq!(table.inputs.spec().unwrap().clip_plan().ranges(seconds * 22_050).len(), 1, "{seconds}");
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
        let set = |wanted, convention| {
            let columns = Columns::Descriptors { wanted, convention, clip_length: None };
            super::read(whole.path(), &columns, 0).unwrap().0.inputs.spec().unwrap().descriptors()
        };
        assert_eq!(set(None, convention), Some(Descriptors::Extended));
        assert_eq!(set(Some(Descriptors::Classic), convention), Some(Descriptors::Classic));
        assert_eq!(set(None, Convention::Librosa011), Some(Descriptors::Classic));
        // A table with most of the extended columns is not silently taken for one of the others.
        let part = extended(|text| text.replace("bark7_max", "bark7_most"));
        let error = read(part.path(), None, None).unwrap_err().to_string();
        assert!(error.contains("missing column `bark7_max`; expected the 352 columns of the extended"), "{error}");
        assert!(read(part.path(), Some(Descriptors::Classic), None).is_ok());
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
        assert_eq!((tracks.as_slice(), clip_seconds(&table)), (&["jazz", "rock.live.0", "rock.live.1"][..], 30.0));
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
        let written = extraction::csv::Records { descriptors: Descriptors::Classic, rows: written.to_vec() };
        extraction::csv::write(&mut std::fs::File::create(&path).unwrap(), &written).unwrap();
        let table = read(&path, None, None).unwrap();
        assert_eq!((table.rows[0].track.as_str(), table.label(&table.rows[0])), ("x, y", "rock"));
        assert_eq!(table.values.get(1).unwrap()[56], 0.056);
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
            let table = read(&Path::new(&data).join(name), None, None).unwrap();
            assert_eq!((table.rows.len(), clip_seconds(&table), table.inputs.len()), (rows, seconds, columns));
        }
    }
}

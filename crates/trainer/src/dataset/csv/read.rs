//! The rows of a features CSV as a table to learn from.

use std::collections::HashSet;
use std::path::Path;

use dsp::{Convention, FeatureSpec};

use super::{Record, records};
use crate::dataset::table::{FeatureTable, Row};
use crate::error::{Error, Result};

/// Reads a features CSV. Columns are found by name and may stand in any order; others are ignored.
///
/// `clip_seconds` is the clip length that the reader counts on; `None` takes what the rows are: the length of the
/// clips, or 30 s for whole tracks of about that length.
///
/// # Errors
/// The file can't be read, a column is missing, a cell isn't a finite number, a file name stands twice, there are no
/// rows, or their length isn't `clip_seconds`.
pub fn read(path: &Path, convention: Convention, clip_seconds: Option<f64>) -> Result<FeatureTable> {
    let row = |record: Record| {
        let values = record.values.iter().map(|&value| value as f32).collect();
        (record.label, Row { track: record.filename, clip: 0, label: 0, samples: record.length, values, path: None })
    };
    let mut rows: Vec<(String, Row)> = records(path)?.into_iter().map(row).collect();
    let clips = name_tracks(&mut rows);
    let spec = spec(path, &rows, &clips, convention, clip_seconds)?;
    Ok(FeatureTable::from_labelled(rows, spec))
}

/// Splits file names into track and clip; tells which rows are clips.
///
/// `a.0.wav, a.1.wav, …` are clips of `a`. A number alone doesn't make a clip: `song.7.wav` is one only when there is
/// a `song.0.wav`, and `blues.00000.wav` never is, since clips are counted without leading zeros.
fn name_tracks(rows: &mut [(String, Row)]) -> Vec<bool> {
    let stems: Vec<String> = rows.iter().map(|(_, row)| stem(&row.track).to_owned()).collect();
    let firsts: HashSet<&str> = stems
        .iter()
        .filter_map(|stem| clip_suffix(stem))
        .filter(|(_, clip)| *clip == 0)
        .map(|(track, _)| track)
        .collect();
    let clip_of = |stem| clip_suffix(stem).filter(|(track, _)| firsts.contains(track));
    for ((_, row), stem) in rows.iter_mut().zip(&stems) {
        (row.track, row.clip) =
            clip_of(stem).map_or_else(|| (stem.clone(), 0), |(track, clip)| (track.to_owned(), clip));
    }
    stems.iter().map(|stem| clip_of(stem).is_some()).collect()
}

/// A name without its audio ending.
fn stem(filename: &str) -> &str {
    match filename.rsplit_once('.') {
        Some((stem, ending))
            if !stem.is_empty() && dsp::AUDIO_EXTENSIONS.contains(&ending.to_ascii_lowercase().as_str()) =>
        {
            stem
        }
        _ => filename,
    }
}

fn clip_suffix(stem: &str) -> Option<(&str, usize)> {
    let (track, digits) = stem.rsplit_once('.')?;
    let clip: usize = digits.parse().ok()?;
    (!track.is_empty() && clip.to_string() == digits).then_some((track, clip))
}

/// The specification that the rows were computed by: their length tells how tracks were cut.
fn spec(
    path: &Path,
    rows: &[(String, Row)],
    clips: &[bool],
    convention: Convention,
    wanted: Option<f64>,
) -> Result<FeatureSpec> {
    const WHOLE_SECONDS: f64 = 30.0;
    let rate = f64::from(FeatureSpec::features(convention, WHOLE_SECONDS).sample_rate);
    let refuse = |reason: String| Err(Error::ClipLength { path: path.to_owned(), reason });

    let of_clips: Vec<usize> =
        rows.iter().zip(clips).filter(|(_, clip)| **clip).map(|((_, row), _)| row.samples).collect();
    let longest = rows.iter().map(|(_, row)| row.samples).max().unwrap_or_default();
    let found = match of_clips.first() {
        // A clip is one sample shorter than the step between clips.
        Some(&samples) => {
            if let Some(other) = of_clips.iter().find(|&&other| other != samples) {
                return refuse(format!("clips of {samples} and of {other} samples; all must be equally long"));
            }
            Some((samples + 1) as f64 / rate)
        }
        None => None,
    };
    let seconds = match (wanted, found) {
        (Some(wanted), Some(found)) if (wanted - found).abs() * rate > 1.0 => {
            return refuse(format!("its rows are clips of {found} s, not of {wanted} s; set clip_seconds = {found}"));
        }
        // Whole tracks: one clip each is only possible up to one and a half clip lengths.
        (Some(wanted), None) if longest as f64 > 1.5 * wanted * rate => {
            let seconds = longest as f64 / rate;
            return refuse(format!("its rows are whole tracks of up to {seconds:.1} s, not clips of {wanted} s"));
        }
        (Some(wanted), _) => wanted,
        (None, Some(found)) => found,
        (None, None) if longest as f64 <= 1.5 * WHOLE_SECONDS * rate => WHOLE_SECONDS,
        (None, None) => (longest as f64 / rate).ceil(),
    };
    Ok(FeatureSpec::features(convention, seconds))
}

#[cfg(test)]
mod tests {
    use super::super::columns;
    use super::*;

    /// A CSV of `names` with the given lengths, label `blues` for all but the last.
    fn file(rows: &[(&str, &str)], change: impl Fn(String) -> String) -> tempfile::NamedTempFile {
        let mut text = columns().collect::<Vec<_>>().join(",") + "\n";
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
        read(file(rows, |text| text).path(), Convention::Librosa07, seconds)
    }

    fn refusal(change: impl Fn(String) -> String) -> String {
        let file = file(&[("a.wav", "661794"), ("b.wav", "661794")], change);
        let error = read(file.path(), Convention::Librosa07, None).unwrap_err().to_string();
        error.replace(&file.path().display().to_string(), "x.csv")
    }

    #[test]
    fn whole_tracks_and_clips_are_told_apart() {
        let whole = table(&[("blues.00000.wav", "661794"), ("rock.00007.wav", "660000")], None).unwrap();
        assert_eq!(whole.rows[1].track, "rock.00007");
        assert_eq!((whole.spec.clip_seconds, whole.rows[0].samples), (30.0, 661_794));

        let clips =
            table(&[("a.00003.0.wav", "66149"), ("a.00003.1.wav", "66149"), ("b.9.0.wav", "66149")], None).unwrap();
        assert_eq!(
            clips.rows.iter().map(|row| (row.track.as_str(), row.clip)).collect::<Vec<_>>(),
            [("a.00003", 0), ("a.00003", 1), ("b.9", 0)]
        );
        assert_eq!(clips.spec.clip_seconds, 3.0);

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
        let read = |file: &tempfile::NamedTempFile| read(file.path(), Convention::Librosa07, None).unwrap();
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
        let clips = &[("a.0.wav", "66149"), ("a.1.wav", "66149")];
        assert_eq!(table(clips, Some(3.0)).unwrap().spec.clip_seconds, 3.0);
        assert!(table(clips, Some(30.0)).unwrap_err().to_string().ends_with("set clip_seconds = 3"));
        let whole = &[("a.wav", "661794"), ("b.wav", "661794")];
        assert!(table(whole, Some(3.0)).unwrap_err().to_string().contains("whole tracks of up to 30.0 s"));
    }
}

//! What a growing table is at each moment.

use dsp::{ClipFeatures, ClipLength, Convention};
use proptest::prelude::*;

use super::*;

const CLIP: usize = 66_149;

fn spec() -> FeatureSpec {
    FeatureSpec::features(Convention::Librosa07, ClipLength::TENTH)
}

fn track(name: &str, lengths: &[usize], decoded: DecodeReport) -> SheetTrack {
    let clip = |(at, &samples): (usize, &usize)| ClipFeatures {
        start_sample: 66_150 * at as u64,
        samples,
        silent: false,
        values: (0..57).map(|column| f64::from(column) / 7.0 - at as f64).collect(),
    };
    let features = TrackFeatures { clips: lengths.iter().enumerate().map(clip).collect(), decoded };
    let (path, filename, label) = (format!("music/blues/{name}"), name.to_owned(), "blues".to_owned());
    SheetTrack { path, filename, label, content: None, result: Ok(features) }
}

fn failed(name: &str) -> SheetTrack {
    SheetTrack { result: Err("no, audio".into()), ..track(name, &[], DecodeReport::default()) }
}

#[test]
fn the_file_is_there_after_the_first_track_and_all_of_it_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    for (name, format) in [("out.csv", Format::Csv), ("out.parquet", Format::Parquet)] {
        let path = folder.path().join("new").join(name);
        let mut sheet = Sheet::new(path.clone(), format, &spec(), false);
        sheet.push(&failed("bad.wav")).unwrap();
        assert!(!path.exists());
        sheet.push(&track("a.wav", &[CLIP, CLIP], DecodeReport::default())).unwrap();
        let first = output::measure(&path, format);
        assert!(first > 0);
        sheet.push(&track("b.wav", &[50_000], DecodeReport::default())).unwrap();
        sheet.publish().unwrap();
        assert!(output::measure(&path, format) > first);
        assert_eq!(sheet.rows(), 3);
        if format == Format::Csv {
            let rows = csv::records(&path, None).unwrap().rows;
            let names: Vec<&str> = rows.iter().map(|row| row.filename.as_str()).collect();
            assert_eq!(names, ["a.0.wav", "a.1.wav", "b.wav"]);
        }
    }
    // Nothing but the two files: what waits has no name.
    assert_eq!(std::fs::read_dir(folder.path().join("new")).unwrap().count(), 2);
}

#[test]
fn a_longer_file_stays_until_more_is_there_or_all_is_done() {
    let folder = tempfile::tempdir().unwrap();
    for format in [Format::Csv, Format::Parquet] {
        let path = folder.path().join("out");
        let mut whole = Sheet::new(path.clone(), format, &spec(), false);
        for k in 0..3 {
            whole.push(&track(&format!("{k}.wav"), &[70_000], DecodeReport::default())).unwrap();
        }
        whole.publish().unwrap();
        let before = std::fs::read(&path).unwrap();

        let mut next = Sheet::new(path.clone(), format, &spec(), false);
        next.push(&track("0.wav", &[70_000], DecodeReport::default())).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), before);
        next.publish().unwrap();
        assert_ne!(std::fs::read(&path).unwrap(), before);

        let mut other = Sheet::new(path.clone(), format, &spec(), false);
        for k in 0..3 {
            other.push(&track(&format!("{k}.wav"), &[70_000], DecodeReport::default())).unwrap();
        }
        other.publish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), before);
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn what_is_known_of_the_decoding_follows_the_datasets_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    let mut sheet = Sheet::new(path.clone(), Format::Csv, &spec(), true);
    let damaged = DecodeReport {
        packets: 1150,
        packets_lost: 46,
        seconds_lost: 1.2,
        broke_off: Some(28.5),
        ..Default::default()
    };
    sheet.push(&track("a.wav", &[70_000], damaged)).unwrap();
    sheet.push(&track("b.wav", &[70_000], DecodeReport { packets: 7, ..Default::default() })).unwrap();
    sheet.publish().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].ends_with(",label,packets,packets_lost,seconds_lost,broke_off"));
    assert!(lines[1].ends_with(",blues,1150,46,1.2,28.5"));
    assert!(lines[2].ends_with(",blues,7,0,0.0,"));
    assert_eq!(csv::records(&path, None).unwrap().rows.len(), 2);
}

#[test]
fn failures_are_listed_and_the_list_removed_when_there_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    let mut sheet = Sheet::new(path.clone(), Format::Csv, &spec(), false);
    sheet.push(&failed("bäd, file.wav")).unwrap();
    sheet.push_failure(&crate::Failure::crashed().of("locked")).unwrap();
    let list = sheet.write_failures().unwrap().unwrap();
    assert_eq!(list, folder.path().join("out.failures.csv"));
    let text = std::fs::read_to_string(&list).unwrap();
    assert!(text.starts_with("path,reason\n\"music/blues/bäd, file.wav\",\"no, audio\"\nlocked,"), "{text}");
    let mut next = Sheet::new(path, Format::Csv, &spec(), false);
    assert_eq!(next.write_failures().unwrap(), None);
    assert!(!list.exists());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// However names and numbers look, a written table is read as what it was made of.
    #[test]
    fn a_written_table_reads_back(
        name in "[a-c .,;\"é]{1,8}[a-c]",
        label in "[a-z,\"]{1,6}",
        values in prop::collection::vec(-1e30f64..1e30, 57),
        length in 2048usize..66_149,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let clip = ClipFeatures { start_sample: 0, samples: length, silent: false, values: values.clone() };
        let features = TrackFeatures { clips: vec![clip], decoded: DecodeReport::default() };
        let filename = format!("x{name}.wav");
        let mut sheet = Sheet::new(path.clone(), Format::Csv, &spec(), false);
        let row = SheetTrack { label: label.clone(), result: Ok(features), ..track(&filename, &[], DecodeReport::default()) };
        sheet.push(&row).unwrap();
        sheet.publish().unwrap();
        let rows = csv::records(&path, None).unwrap().rows;
        prop_assert_eq!(rows, vec![Record { filename, length, values, label }]);
    }
}

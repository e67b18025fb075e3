//! Models of a table's columns: saved, loaded and asked with rows, and no models of audio.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::fs;

use burn::tensor::Device;
use model::{
    AudioInput, CARD_FILE, ColumnSet, Error, ErrorKind, Inputs, Listener, METADATA_FILE, ModelBundle,
    TABLE_BUNDLE_VERSION, Transform,
};
use support::{bundle, classifier, facts, labels, rows, thresholds, track};

fn columns() -> ColumnSet {
    ColumnSet::new((0..57).map(|column| format!("e{column}")).collect()).unwrap()
}

fn table_bundle() -> ModelBundle {
    let network = classifier(Transform::Rank, &Device::flex());
    ModelBundle::new(network, labels(), columns(), thresholds(), facts()).unwrap()
}

#[test]
fn the_columns_survive_the_disk_and_take_the_place_of_the_specification() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().join("model");
    let before = table_bundle();
    before.save(&dir).unwrap();
    let after = ModelBundle::load(&dir, &Device::flex()).unwrap();
    assert_eq!(after.inputs(), &Inputs::Table(columns()));
    assert_eq!(after.probabilities(&rows(9)).unwrap(), before.probabilities(&rows(9)).unwrap());

    let read = || serde_json::from_slice::<serde_json::Value>(&fs::read(dir.join(METADATA_FILE)).unwrap()).unwrap();
    let json = read();
    // A build that knows nothing of tables reads up to 3, and says so.
    assert_eq!((json["version"].as_u64(), json.get("spec")), (Some(TABLE_BUNDLE_VERSION.into()), None));
    let card = fs::read_to_string(dir.join(CARD_FILE)).unwrap();
    assert!(card.contains("57 columns of a table (e0, e1, e2, … 57 in all)"), "{card}");
    for untrue in ["Hz", "hears", "song", "music", "clip"] {
        assert!(!card.contains(untrue), "`{untrue}` is in\n{card}");
    }
}

#[test]
fn descriptions_that_are_neither_of_audio_nor_of_a_table_are_refused() {
    type Edit = fn(&mut serde_json::Value);
    let edits: [(Edit, &str); 4] = [
        (|json| json["version"] = 3.into(), "no `spec`"),
        (|json| json["spec"] = serde_json::to_value(support::spec(30.0)).unwrap(), "has no `spec`"),
        (|json| json["columns"][3] = "e2".into(), "`e2` stands twice"),
        (|json| json["columns"] = serde_json::json!([]), "there is none"),
    ];
    for (edit, word) in edits {
        let scratch = tempfile::tempdir().unwrap();
        let dir = scratch.path().join("model");
        table_bundle().save(&dir).unwrap();
        let path = dir.join(METADATA_FILE);
        let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        edit(&mut json);
        fs::write(&path, json.to_string()).unwrap();
        let error = ModelBundle::load(&dir, &Device::flex()).unwrap_err();
        assert!(matches!(error, Error::Metadata { .. }) && error.to_string().contains(word), "{error}");
    }
}

#[test]
fn a_model_of_a_table_does_not_listen() {
    let listener = Listener::new(table_bundle());
    let heard = listener.listen(AudioInput::bytes("a.wav", b"RIFF".to_vec()));
    for refused in [heard, listener.verdict(&track(&rows(2)))] {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("(e0, e1, e2, … 57 in all), not on audio; give it rows"), "{error}");
    }
}

#[test]
fn rows_are_judged_as_the_clips_of_songs_are() {
    let bundle = bundle(&Device::flex());
    let songs = [rows(3), rows(9)[3..4].to_vec(), rows(9)[4..].to_vec()];
    let verdicts = bundle.verdicts(&songs).unwrap();
    let listener = Listener::new(bundle.clone());
    for (verdict, song) in verdicts.iter().zip(&songs) {
        let mut heard = listener.verdict(&track(song)).unwrap();
        heard.clips.iter_mut().for_each(|clip| (clip.start, clip.end) = (None, None));
        assert_eq!(*verdict, heard);
    }
    assert_eq!(verdicts.len(), 3);
    assert!(matches!(bundle.verdicts(&[Vec::<Vec<f32>>::new()]), Err(Error::NoRows)));
    let json = serde_json::to_string(&verdicts[0]).unwrap();
    assert_eq!(serde_json::from_str::<model::Verdict>(&json).unwrap(), verdicts[0]);
    assert!(!json.contains("start"), "{json}");
}

//! Saving and loading: what goes in comes out, and whatever else lies there is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use model::{
    Abstention, BUNDLE_VERSION, CARD_FILE, Error, ErrorKind, ExportFormat, METADATA_FILE, ModelBundle, RECORD_FILE,
    Transform,
};
use support::{bundle, bundle_with, classifier, facts, labels, rows, spec, thresholds};

struct Saved {
    _scratch: tempfile::TempDir,
    dir: PathBuf,
}

impl Saved {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let dir = scratch.path().join("model");
        bundle(&Device::flex()).save(&dir).unwrap();
        Self { _scratch: scratch, dir }
    }

    fn edit_json(&self, edit: impl FnOnce(&mut serde_json::Value)) {
        let path = self.dir.join(METADATA_FILE);
        let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        edit(&mut json);
        fs::write(path, json.to_string()).unwrap();
    }

    /// Replaces the record and makes the description's checksum fit it, as a forger would.
    fn forge_record(&self, bytes: &[u8]) {
        fs::write(self.dir.join(RECORD_FILE), bytes).unwrap();
        self.edit_json(|json| json["record_blake3"] = blake3::hash(bytes).to_hex().as_str().into());
    }

    fn record(&self) -> Vec<u8> {
        fs::read(self.dir.join(RECORD_FILE)).unwrap()
    }

    fn error(&self) -> Error {
        ModelBundle::load(&self.dir, &Device::flex()).expect_err("the bundle must be refused")
    }
}

#[test]
fn a_loaded_bundle_is_the_saved_one() {
    let saved = Saved::new();
    let before = bundle(&Device::flex());
    let after = ModelBundle::load(&saved.dir, &Device::flex()).unwrap();
    assert_eq!((after.labels(), after.inputs(), after.facts()), (before.labels(), before.inputs(), before.facts()));
    assert_eq!((after.abstention(), after.abstention()), (before.abstention(), &thresholds()));
    assert_eq!(after.probabilities(&rows(50)).unwrap(), before.probabilities(&rows(50)).unwrap());
}

#[test]
fn every_transform_survives_the_disk() {
    for transform in [Transform::None, Transform::SignedLog, Transform::Rank] {
        let scratch = tempfile::tempdir().unwrap();
        let before = bundle_with(transform, &Device::flex());
        before.save(&scratch.path().join("model")).unwrap();
        let after = ModelBundle::load(&scratch.path().join("model"), &Device::flex()).unwrap();
        assert_eq!(after.transform(), before.transform());
        assert_eq!(&after.classifier().transform().unwrap(), after.transform());
        assert_eq!(after.probabilities(&rows(50)).unwrap(), before.probabilities(&rows(50)).unwrap());
    }
}

#[test]
fn a_bundle_in_memory_is_the_one_on_disk() {
    let saved = Saved::new();
    let read = |file: &str| fs::read(saved.dir.join(file)).unwrap();
    let (metadata, record) = (read(METADATA_FILE), read(RECORD_FILE));
    let inside = ModelBundle::from_bytes("inside", &metadata, &record, &Device::flex()).unwrap();
    let outside = ModelBundle::load(&saved.dir, &Device::flex()).unwrap();
    assert_eq!(inside.probabilities(&rows(9)).unwrap(), outside.probabilities(&rows(9)).unwrap());
    let cut = ModelBundle::from_bytes("inside", &metadata, &record[..99], &Device::flex()).unwrap_err();
    assert!(cut.to_string().starts_with("inside"), "{cut}");
}

#[test]
fn the_card_tells_the_facts() {
    let saved = Saved::new();
    let card = fs::read_to_string(saved.dir.join(CARD_FILE)).unwrap();
    for fact in [
        "blues 100, classical 100",
        "Split `random`: 600 rows to train, 70 to choose and calibrate by, 330 to test.",
        "| random | 330 | 75.0 % | 68.8 to 81.2 % | 0.700 | 0.900 | 0.040 |",
        "| artist-folds | 330 | 56.2 % | 50.0 to 62.5 % |",
        "| blues | 33 | 0.50 | 0.25 | 0.33 |",
        "temperature (1.250)",
        "0.150 before and 0.050 after",
        "fitted to all tracks",
        "- Made up.",
        "less than 6.3 %",
        "more than 12.5 % of their columns",
        "the model's own, set from 70 songs so that at most 10 % of the right verdicts",
        "at most 2 % of songs like those",
    ] {
        assert!(card.contains(fact), "{fact} is not in\n{card}");
    }
    assert!(!card.contains("uncalibrated"), "{card}");
}

#[test]
fn the_card_says_what_a_model_was_not_given() {
    let facts = model::TrainingFacts { calibration: None, test: None, ..facts() };
    let classifier = classifier(Transform::None, &Device::flex());
    let bundle = ModelBundle::new(classifier, labels(), spec(30.0), Abstention::OF_VERSION_2, facts).unwrap();
    for fact in ["`uncalibrated`", "was not tested", "less than 40 %", "not set from songs of this model's own"] {
        assert!(bundle.card().contains(fact), "{fact} is not in\n{}", bundle.card());
    }
}

#[test]
fn parts_that_do_not_fit_make_no_model() {
    let device = Device::flex();
    let network = || classifier(Transform::None, &device);
    let three = model::LabelSet::new(["a", "b", "c"].map(String::from).to_vec()).unwrap();
    let error = ModelBundle::new(network(), three, spec(30.0), thresholds(), facts()).unwrap_err();
    assert!(matches!(error, Error::Unfit { .. }) && error.to_string().contains("10 outputs, expected 3"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Invalid);

    let spectrogram = dsp::FeatureSpec::spectrogram(dsp::ClipLength::new(3.0).unwrap());
    let error = ModelBundle::new(network(), labels(), spectrogram, thresholds(), facts()).unwrap_err();
    assert!(error.to_string().contains("57 inputs, expected 16640"), "{error}");

    let threshold = Abstention { most_out_of_range: f64::NAN, ..thresholds() };
    let error = ModelBundle::new(network(), labels(), spec(30.0), threshold, facts()).unwrap_err();
    assert!(matches!(error, Error::Abstention { name: "most_out_of_range", .. }), "{error}");

    // Logits over nothing.
    let network = network().with_temperature(0.0);
    let error = ModelBundle::new(network, labels(), spec(30.0), thresholds(), facts()).unwrap_err();
    assert!(error.to_string().contains("not a finite number"), "{error}");
}

#[test]
fn a_bundle_of_version_2_is_judged_by_the_constants_of_its_time() {
    let saved = Saved::new();
    saved.edit_json(|json| {
        json["version"] = 2.into();
        json.as_object_mut().unwrap().remove("abstention").unwrap();
    });
    let old = ModelBundle::load(&saved.dir, &Device::flex()).unwrap();
    assert_eq!(*old.abstention(), Abstention { least_confidence: 0.4, most_out_of_range: 0.06, songs: 0 });
    assert_eq!(old.probabilities(&rows(9)).unwrap(), bundle(&Device::flex()).probabilities(&rows(9)).unwrap());
    // Saved again it is of today's format, and says the same.
    old.save(&saved.dir).unwrap();
    let json = fs::read_to_string(saved.dir.join(METADATA_FILE)).unwrap();
    assert!(json.contains(&format!("\"version\": {BUNDLE_VERSION}")), "{json}");
    assert_eq!(ModelBundle::load(&saved.dir, &Device::flex()).unwrap().abstention(), old.abstention());
}

#[test]
fn thresholds_that_cannot_be_are_refused() {
    for bad in [serde_json::json!(1.5), serde_json::json!(-0.1), serde_json::json!("half"), serde_json::json!(null)] {
        let saved = Saved::new();
        saved.edit_json(|json| json["abstention"]["most_out_of_range"] = bad.clone());
        assert!(matches!(saved.error(), Error::Metadata { .. }), "{bad}");
    }
    let saved = Saved::new();
    saved.edit_json(|json| {
        json.as_object_mut().unwrap().remove("abstention").unwrap();
    });
    assert!(saved.error().to_string().contains("abstention"), "only version 2 had none");
}

#[test]
fn errors_keep_what_caused_them() {
    use std::error::Error as _;
    let saved = Saved::new();
    fs::write(saved.dir.join(METADATA_FILE), "{").unwrap();
    let error = saved.error();
    assert!(error.source().unwrap().downcast_ref::<serde_json::Error>().is_some(), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Model);
}

#[test]
#[allow(deprecated)] // the ndarray backend is supported on purpose
fn one_bundle_gives_the_same_probabilities_on_both_cpu_backends() {
    let saved = Saved::new();
    let on = |device: Device| ModelBundle::load(&saved.dir, &device).unwrap().probabilities(&rows(300)).unwrap();
    for (a, b) in on(Device::ndarray()).concat().iter().zip(on(Device::flex()).concat()) {
        assert!((a - b).abs() < 1e-5, "{a} and {b}");
    }
}

#[test]
fn equal_weights_give_equal_files() {
    let (a, b) = (Saved::new(), Saved::new());
    assert_eq!(a.record(), b.record());
}

#[test]
fn saving_again_replaces_the_bundle_and_leaves_nothing_behind() {
    let saved = Saved::new();
    let (network, facts) = (classifier(Transform::Rank, &Device::flex()), model::TrainingFacts { seed: 99, ..facts() });
    ModelBundle::new(network, labels(), spec(30.0), thresholds(), facts).unwrap().save(&saved.dir).unwrap();
    assert_eq!(ModelBundle::load(&saved.dir, &Device::flex()).unwrap().facts().seed, 99);
    let left: Vec<_> = fs::read_dir(saved.dir.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["model"]);
}

#[test]
fn a_folder_that_is_no_bundle_is_not_replaced() {
    let scratch = tempfile::tempdir().unwrap();
    fs::write(scratch.path().join("thesis.txt"), "years of work").unwrap();
    let result = bundle(&Device::flex()).save(scratch.path());
    assert!(matches!(result, Err(Error::NotReplaceable { .. })), "{result:?}");
    assert_eq!(fs::read_to_string(scratch.path().join("thesis.txt")).unwrap(), "years of work");
}

#[test]
fn missing_files_are_named() {
    for missing in [METADATA_FILE, RECORD_FILE] {
        let saved = Saved::new();
        fs::remove_file(saved.dir.join(missing)).unwrap();
        assert!(saved.error().to_string().contains(missing));
    }
    let nowhere = ModelBundle::load(Path::new("no/such/folder"), &Device::flex());
    assert!(matches!(nowhere, Err(Error::NoModel { .. })));
}

#[test]
fn a_truncated_record_is_refused_at_any_length() {
    let saved = Saved::new();
    let whole = saved.record();
    for length in [0, 1, 9, 10, 100, 1000, whole.len() / 2, whole.len() - 1] {
        saved.forge_record(&whole[..length]);
        assert!(matches!(saved.error(), Error::Record { .. }), "{length} bytes");
    }
}

#[test]
fn a_record_of_another_network_is_refused() {
    let saved = Saved::new();
    saved.edit_json(|json| json["labels"] = serde_json::json!(["blues", "rock", "ska"]));
    let message = saved.error().to_string();
    assert!(message.contains("shape [10], expected [3]"), "{message}");
}

#[test]
fn a_record_of_the_same_shape_but_from_elsewhere_is_refused() {
    let saved = Saved::new();
    let mut bytes = saved.record();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(saved.dir.join(RECORD_FILE), bytes).unwrap();
    assert!(saved.error().to_string().contains("checksum"));
}

#[test]
fn weights_that_are_not_finite_are_refused() {
    let saved = Saved::new();
    let mut bytes = saved.record();
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    saved.forge_record(&bytes);
    assert!(saved.error().to_string().contains("not a finite number"));
}

#[test]
fn other_files_under_the_records_name_are_refused() {
    let saved = Saved::new();
    let length = saved.record().len();
    for foreign in [vec![0u8; length], b"RIFF".repeat(length / 4 + 1)[..length].to_vec(), vec![0xff; length]] {
        saved.forge_record(&foreign);
        assert!(matches!(saved.error(), Error::Record { .. }));
    }
}

#[test]
fn a_record_damaged_anywhere_in_its_header_never_panics() {
    let saved = Saved::new();
    let whole = saved.record();
    let json = fs::read(saved.dir.join(METADATA_FILE)).unwrap();
    for at in (0..1200).step_by(7) {
        for value in [0x00, 0xff, whole[at] ^ 0x01] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            saved.forge_record(&bytes);
            // A flipped byte may land in padding: loading may succeed, but it must come back.
            let _ = ModelBundle::load(&saved.dir, &Device::flex());
            fs::write(saved.dir.join(METADATA_FILE), &json).unwrap();
        }
    }
}

#[test]
fn an_unknown_format_version_is_refused_by_number() {
    let saved = Saved::new();
    saved.edit_json(|json| {
        json["version"] = 7.into();
        json["spec"] = "of the future".into();
    });
    assert!(matches!(saved.error(), Error::Version { found: 7, .. }));
}

#[test]
fn features_that_this_build_cannot_produce_are_refused_with_the_reason() {
    type Edit = fn(&mut serde_json::Value);
    let edits: [(Edit, &str); 5] = [
        (|json| json["spec"]["version"] = 2.into(), "version 2"),
        (|json| json["spec"]["convention"] = "librosa-2.0".into(), "librosa-2.0"),
        (|json| json["spec"]["clip_seconds"] = 1e12.into(), "600"),
        (|json| json["spec"]["window"] = 4096.into(), "window"),
        (|json| json["columns"][3] = "loudness".into(), "loudness"),
    ];
    for (edit, word) in edits {
        let saved = Saved::new();
        saved.edit_json(edit);
        let error = saved.error();
        assert!(matches!(error, Error::FeatureSpec { .. }) && error.to_string().contains(word), "{error}");
    }
}

#[test]
fn a_description_that_is_none_is_refused() {
    for text in [
        "",
        "{",
        "[]",
        "null",
        "{\"format\":\"other\"}",
        "{\"format\":\"gtzan-model\",\"version\":2}",
        "{\"format\":\"gtzan-model\",\"version\":3}",
        "\u{0}\u{1}",
    ] {
        let saved = Saved::new();
        fs::write(saved.dir.join(METADATA_FILE), text).unwrap();
        assert!(matches!(saved.error(), Error::Metadata { .. }), "{text:?}");
    }
    let saved = Saved::new();
    fs::write(saved.dir.join(METADATA_FILE), "[".repeat(2 << 20)).unwrap();
    assert!(matches!(saved.error(), Error::Metadata { .. }));
}

#[test]
fn labels_that_cannot_be_are_refused() {
    let saved = Saved::new();
    saved.edit_json(|json| json["labels"] = serde_json::json!(["rock", "rock"]));
    assert!(saved.error().to_string().contains("stands twice"));
}

#[test]
fn exported_files_hold_the_weights_and_the_description() {
    let bundle = bundle(&Device::flex());
    let bytes = bundle.export(ExportFormat::Burnpack).unwrap();
    let reader = burn::store::burn_pack::Reader::from_bytes(burn::tensor::Bytes::from_bytes_vec(bytes)).unwrap();
    assert!(reader.metadata()["bundle"].contains("\"classical\""));
    assert!(reader.tensor_names().contains(&"hidden_1.weight"));

    // safetensors: eight bytes of length, then JSON.
    let bytes = bundle.export(ExportFormat::Safetensors).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    assert_eq!(header["hidden_1.weight"]["shape"], serde_json::json!([256, 57]));
    assert_eq!(header["normalizer.mean"]["shape"], serde_json::json!([57]));
    assert!(header["__metadata__"]["bundle"].as_str().unwrap().contains("\"classical\""));
}

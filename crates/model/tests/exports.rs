//! Exported models, asked by the programs that they are for: `$GTZAN_PYTHON` is a Python with onnx, onnxruntime and safetensors,
//! and with torch where that is to be asked too.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says when it skips"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use burn::tensor::Device;
use dsp::{ClipLength, Convention, FeatureSpec, InputKind};
use model::{ColumnSet, Error, ExportFormat, GenreClassifier, Inputs, LabelSet, ModelBundle, RowTransform, Transform};
use support::{facts, thresholds};

const TRANSFORMS: [(Transform, &str); 3] =
    [(Transform::None, "none"), (Transform::SignedLog, "signed-log"), (Transform::Rank, "rank")];

/// A network of the weights that a Weyl sequence gives, for rows like these.
fn bundle(transform: Transform, inputs: impl Into<Inputs>, classes: usize, rows: &[Vec<f32>]) -> ModelBundle {
    let transform = RowTransform::fit(transform, rows.iter().map(Vec::as_slice)).unwrap();
    let mut state = 0.0f64;
    let uniform = move || {
        state = (state + 0.618_033_988_749_895).fract();
        state as f32
    };
    let network = GenreClassifier::new(&transform, classes, uniform, &Device::flex());
    let labels = LabelSet::new((0..classes).map(|class| format!("label \"{class}\"")).collect()).unwrap();
    ModelBundle::new(network, labels, inputs, thresholds(), facts()).unwrap()
}

/// What is hard about a column, and its values by row.
type HardColumn = (&'static str, fn(usize) -> f32);

/// Columns of all sizes and kinds.
fn hard_columns(transform: Transform) -> Vec<HardColumn> {
    // The fractional parts of multiples of the golden ratio, as even as can be and in no order.
    fn even(row: usize) -> f32 {
        (row as f64 * 0.618_033_988_749_895).fract() as f32
    }
    let mut columns: Vec<HardColumn> = vec![
        ("even, about 0", |row| even(row) - 0.5),
        ("constant", |_| 3.25),
        ("nothing", |_| 0.0),
        ("two values, negative powers of two", |row| if row % 3 == 0 { -1.0 } else { -0.5 }),
        ("mostly nothing, and a comma", |row| if row.is_multiple_of(10) { row as f32 } else { 0.0 }),
        ("nothing, but for one row", |row| if row == 17 { 1.0e4 } else { 0.0 }),
        ("small whole numbers", |row| (row * 7 % 5) as f32 - 2.0),
        ("far from 0", |row| 4.0e5 + 1.0e4 * even(row)),
        ("huge", |row| 1.0e30 * (even(row * 3) - 0.5)),
        ("tiny", |row| 1.0e-30 * (even(row * 5) - 0.5)),
        ("long tail", |row| (20.0 * even(row)).exp()),
        ("tiny but for a tail", |row| if row % 50 == 3 { 1.0e6 } else { 1.0e-6 * even(row) }),
        ("repeated among others", |row| if row % 2 == 0 { 0.7 } else { even(row) }),
    ];
    // Its logarithms differ by a few last bits, and no two libraries' logarithms have the same.
    if transform != Transform::SignedLog {
        columns.push(("a hair's breadth, far from 0", |row| 1.0e6 + (row % 40) as f32 / 16.0));
    }
    columns
}

fn hard_rows(transform: Transform) -> Vec<Vec<f32>> {
    (0..300).map(|row| hard_columns(transform).iter().map(|(_, value)| value(row)).collect()).collect()
}

fn table(transform: Transform) -> ColumnSet {
    ColumnSet::new(hard_columns(transform).iter().map(|(name, _)| (*name).to_owned()).collect()).unwrap()
}

/// The training rows, their values' next neighbours, and outliers of `reach` times what they hold.
fn hard_questions(transform: Transform, reach: f32) -> Vec<Vec<f32>> {
    let rows = hard_rows(transform);
    let all = |change: fn(f32) -> f32| rows.iter().map(move |row| row.iter().map(|&value| change(value)).collect());
    let outliers = rows.iter().enumerate().map(|(at, row)| {
        let mut row = row.clone();
        let column = at % row.len();
        row[column] = (row[column] * if at % 2 == 0 { reach } else { -reach }).clamp(f32::MIN, f32::MAX);
        row
    });
    let mut questions: Vec<Vec<f32>> = outliers.collect();
    questions.extend(all(|value| value));
    // The neighbours of 0 that are no subnormal numbers, which many a processor takes for 0.
    questions.extend(all(|value| if value == 0.0 { f32::MIN_POSITIVE } else { value.next_up() }));
    questions.extend(all(|value| if value == 0.0 { -f32::MIN_POSITIVE } else { value.next_down() }));
    questions
}

/// A model, and what it says to some rows, where Python finds it.
fn write_case(folder: &Path, name: &str, bundle: &ModelBundle, rows: &[Vec<f32>]) -> PathBuf {
    let at = folder.join(name);
    fs::create_dir(&at).unwrap();
    fs::write(at.join("model.onnx"), bundle.export(ExportFormat::Onnx).unwrap()).unwrap();
    fs::write(at.join("model.safetensors"), bundle.export(ExportFormat::Safetensors).unwrap()).unwrap();
    let bytes = |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|value| value.to_le_bytes()).collect() };
    fs::write(at.join("rows.f32"), bytes(&rows.concat())).unwrap();
    fs::write(at.join("probabilities.f32"), bytes(&bundle.probabilities(rows).unwrap().concat())).unwrap();
    let shares: Vec<f32> = rows.iter().map(|row| bundle.transform().out_of_range_share(row) as f32).collect();
    fs::write(at.join("shares.f32"), bytes(&shares)).unwrap();
    at
}

/// Runs Python with these arguments; `None`, once said so, where there is none.
fn python(arguments: &[&Path]) -> Option<Output> {
    let Some(python) = std::env::var_os("GTZAN_PYTHON") else {
        eprintln!("skipped: GTZAN_PYTHON is unset, so nobody reads the exported models");
        return None;
    };
    let output = Command::new(python).args(arguments).output().unwrap();
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    eprintln!("{out}{error}");
    assert!(output.status.success(), "{error}");
    Some(output)
}

fn check(cases: &[PathBuf]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports.py");
    let arguments: Vec<&Path> = std::iter::once(&script).chain(cases).map(PathBuf::as_path).collect();
    python(&arguments);
}

#[test]
fn other_programs_say_what_ours_says_to_any_row() {
    let scratch = tempfile::tempdir().unwrap();
    let mut cases = Vec::new();
    for (transform, name) in TRANSFORMS {
        // Logits of a straight line grow with an outlier, and with them the last bits of sums in another order.
        let reach = if transform == Transform::Rank { f32::MAX } else { 30.0 };
        let bundle = bundle(transform, table(transform), 3, &hard_rows(transform));
        cases.push(write_case(scratch.path(), name, &bundle, &hard_questions(transform, reach)));
    }
    check(&cases);
}

#[test]
fn a_spectrograms_model_is_exported_without_names_for_its_columns() {
    let scratch = tempfile::tempdir().unwrap();
    let spec =
        FeatureSpec::new(InputKind::Spectrogram, Convention::Librosa07, 22_050, ClipLength::new(3.0).unwrap()).unwrap();
    let inputs = spec.len();
    let rows: Vec<Vec<f32>> =
        (0..12).map(|row| (0..inputs).map(|at| -(((row * 31 + at * 17) % 801) as f32) / 10.0).collect()).collect();
    let cases = TRANSFORMS.map(|(transform, name)| {
        let bundle = bundle(transform, spec.clone(), 4, &rows);
        write_case(scratch.path(), name, &bundle, &rows)
    });
    check(&cases);

    let dir = scratch.path().join("hub");
    bundle(Transform::None, spec, 4, &rows).save_huggingface(&dir).unwrap();
    let csv: Vec<String> =
        rows.iter().map(|row| row.iter().map(f32::to_string).collect::<Vec<_>>().join(",")).collect();
    fs::write(scratch.path().join("rows.csv"), csv.join("\n")).unwrap();
    if let Some(output) = python(&[&dir.join("example.py"), &scratch.path().join("rows.csv")]) {
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), rows.len());
    }
}

/// Rows of a table of the dataset, as far as it has the model's columns, read in `f32` as everywhere.
fn real_rows(file: &str, columns: &[String]) -> Option<Vec<Vec<f32>>> {
    let text = fs::read_to_string(Path::new(&std::env::var_os("GTZAN_DATA")?).join(file)).ok()?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next()?.split(',').collect();
    let places: Vec<usize> =
        columns.iter().map(|column| header.iter().position(|name| name == column)).collect::<Option<_>>()?;
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        places.iter().map(|&place| fields[place].parse().unwrap()).collect()
    };
    Some(lines.map(row).collect())
}

#[cfg(feature = "pretrained")]
#[test]
fn models_in_the_box_say_the_same_elsewhere() {
    let scratch = tempfile::tempdir().unwrap();
    let mut cases = Vec::new();
    for (name, file) in
        [("gtzan-extended", "extended/features_extended_30_sec.csv"), ("gtzan-features", "features_30_sec.csv")]
    {
        let bundle = model::pretrained_as(name, &Device::flex()).unwrap().unwrap();
        let columns = bundle.inputs().columns();
        let mut rows: Vec<Vec<f32>> =
            [0.0, 1.0, -1.0e-9, 1.0e5, f32::MAX].map(|value| vec![value; columns.len()]).into();
        match real_rows(file, &columns) {
            Some(real) => {
                for (transform, kind) in TRANSFORMS {
                    let fresh = self::bundle(transform, bundle.inputs().clone(), 10, &real);
                    cases.push(write_case(scratch.path(), &format!("{name}'s table, {kind}"), &fresh, &real));
                }
                rows.extend(real);
            }
            None => eprintln!("skipped: GTZAN_DATA has no {file}, so {name} is asked about made-up rows alone"),
        }
        cases.push(write_case(scratch.path(), name, &bundle, &rows));
        let onnx = fs::read(scratch.path().join(name).join("model.onnx")).unwrap();
        assert!(onnx.windows(17).any(|bytes| bytes == b"MIT OR Apache-2.0"), "{name} has a licence");
        eprintln!("{name}: {} rows, {} bytes of ONNX", rows.len(), onnx.len());
    }
    check(&cases);
}

#[test]
fn equal_models_give_equal_bytes() {
    for (transform, _) in TRANSFORMS {
        let [one, other] = [(), ()].map(|()| bundle(transform, table(transform), 3, &hard_rows(transform)));
        for format in [ExportFormat::Burnpack, ExportFormat::Safetensors, ExportFormat::Onnx] {
            assert!(one.export(format).unwrap() == other.export(format).unwrap(), "{transform:?} {format:?}");
        }
    }
}

#[test]
fn knots_that_are_too_far_apart_are_refused() {
    let rows: Vec<Vec<f32>> = (0..640).map(|row| vec![if row < 320 { f32::MIN } else { f32::MAX }]).collect();
    let bundle = bundle(Transform::Rank, ColumnSet::new(vec!["wide".into()]).unwrap(), 2, &rows);
    let error = bundle.export(ExportFormat::Onnx).unwrap_err();
    assert!(error.to_string().contains("too far apart"), "{error}");
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_folder_for_the_hub_is_whole_and_its_example_runs() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().join("hub");
    let rows = hard_rows(Transform::Rank);
    let bundle = bundle(Transform::Rank, table(Transform::Rank), 3, &rows);
    bundle.save_huggingface(&dir).unwrap();
    // Once more: an older one is replaced.
    bundle.save_huggingface(&dir).unwrap();
    let files = ["README.md", "config.json", "example.py", "model.onnx", "model.safetensors"];
    assert_eq!(names(&dir), files.map(String::from).into());
    assert_eq!(names(scratch.path()), ["hub".to_owned()].into());

    let config: serde_json::Value = serde_json::from_slice(&fs::read(dir.join("config.json")).unwrap()).unwrap();
    assert_eq!(config["id2label"]["2"], config["labels"][2]);
    assert_eq!((&config["label2id"]["label \"1\""], &config["inputs"]), (&1.into(), &14.into()));
    assert_eq!(config["columns"].as_array().unwrap().len(), 14);
    assert_eq!(config["abstention"]["least_confidence"], 0.0625);
    assert_eq!((config["calibration"]["temperature"].as_f64(), &config["transform"]), (Some(1.25), &"rank".into()));
    assert_eq!((config.get("spec"), config.get("licence")), (None, None));

    let card = fs::read_to_string(dir.join("README.md")).unwrap();
    for line in
        ["license: unknown", "pipeline_tag: tabular-classification", "      value: 0.7500", "# Model card: test"]
    {
        assert!(card.lines().any(|found| found == line), "`{line}` is not in\n{card}");
    }
    let example = fs::read_to_string(dir.join("example.py")).unwrap();
    assert!(example.lines().count() <= 15, "{example}");

    let quoted = |name: &String| format!("\"{}\"", name.replace('"', "\"\""));
    let mut csv = vec![bundle.inputs().columns().iter().map(quoted).collect::<Vec<_>>().join(",")];
    csv.extend(rows.iter().map(|row| row.iter().map(f32::to_string).collect::<Vec<_>>().join(",")));
    let table = scratch.path().join("rows.csv");
    fs::write(&table, csv.join("\n")).unwrap();
    if let Some(output) = python(&[&dir.join("example.py"), &table]) {
        let songs: Vec<Vec<Vec<f32>>> = rows.iter().map(|row| vec![row.clone()]).collect();
        let told = String::from_utf8(output.stdout).unwrap();
        let verdicts = bundle.verdicts(&songs).unwrap();
        assert_eq!(told.lines().count(), verdicts.len());
        for (line, verdict) in told.lines().zip(&verdicts) {
            let name = verdict.genre.as_deref().unwrap_or("unsure");
            assert_eq!(line, format!("{name} {:.3}", verdict.confidence));
        }
    }
}

#[test]
fn a_folder_with_anything_else_in_it_is_not_replaced_by_one_for_the_hub() {
    let scratch = tempfile::tempdir().unwrap();
    let bundle = bundle(Transform::None, table(Transform::None), 3, &hard_rows(Transform::None));
    let [clone, foreign] = ["clone", "foreign"].map(|name| scratch.path().join(name));
    bundle.save_huggingface(&clone).unwrap();
    fs::create_dir(clone.join(".git")).unwrap();
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("config.json"), r#"{"model_type": "bert"}"#).unwrap();
    for dir in [&clone, &foreign] {
        let before = names(dir);
        let error = bundle.save_huggingface(dir).unwrap_err();
        assert!(matches!(error, Error::NotReplaceable { .. }), "{error}");
        assert_eq!(names(dir), before);
    }
}

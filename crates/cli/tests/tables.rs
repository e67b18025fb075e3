//! Tables as CSV and Parquet, of descriptors and of any columns: trained on, tested on, and judged.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;
use std::sync::Arc;

use dsp::FEATURE_NAMES;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, starts_with};
use support::{gtzan, write_features};
use tempfile::TempDir;

/// Short trainings on two clouds of points.
const RECIPE: &str = "backend = \"flex\"\n[training]\nepochs = 20\nfit_to = \"train\"\n";

/// A folder with `features.csv`, the 57 descriptors of 40 tracks, and with `table.csv`, four columns of others' numbers.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_features(folder.path(), 40, |track, column| 10 * (track % 2) + (track * 7 + column * 5) % 11);
    std::fs::write(folder.path().join("recipe.toml"), RECIPE).unwrap();
    std::fs::write(folder.path().join("table.toml"), format!("input = \"table\"\n{RECIPE}")).unwrap();
    std::fs::write(folder.path().join("table.csv"), table()).unwrap();
    folder
}

fn table() -> String {
    let mut text = "filename,mean,label,Tempo,e1,e2\n".to_owned();
    for row in 0..60 {
        let (label, side) = if row % 2 == 0 { ("ska", 1.0) } else { ("dub", -1.0) };
        let value = |k: usize| side + f64::from(((row * 13 + k * 7) % 17) as u32) / 10.0;
        text += &format!("t{row}.wav,{},{label},{},{},{}\n", value(0), value(1), row, value(2));
    }
    text
}

/// A CSV's cells, the header first.
fn cells(text: &str) -> Vec<Vec<String>> {
    text.lines().map(|line| line.split(',').map(String::from).collect()).collect()
}

/// Writes some rows of a CSV as Parquet, columns in the order of `order`: `filename`, `label` and what `texts` names as text,
/// `length` as whole numbers, all else as numbers.
fn parquet(csv: &str, path: &Path, rows: std::ops::Range<usize>, order: &[usize], texts: &[&str]) {
    let table = cells(csv);
    let (header, rows) = (&table[0], &table[1..][rows]);
    let is_text = |name: &str| ["filename", "label"].contains(&name) || texts.contains(&name);
    let field = |&at: &usize| match header[at].as_str() {
        name if is_text(name) => format!("optional binary {name} (STRING);"),
        "length" => "required int64 length;".to_owned(),
        name => format!("optional double {name};"),
    };
    let schema = format!("message table {{ {} }}", order.iter().map(field).collect::<String>());
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    // Small groups, so that there are several.
    let properties = Arc::new(WriterProperties::builder().build());
    let mut file = SerializedFileWriter::new(std::fs::File::create(path).unwrap(), schema, properties).unwrap();
    for rows in rows.chunks(7) {
        let mut group = file.next_row_group().unwrap();
        for &at in order {
            let mut column = group.next_column().unwrap().unwrap();
            let column_cells: Vec<&str> = rows.iter().map(|row| row[at].as_str()).collect();
            let present: Vec<i16> = column_cells.iter().map(|cell| i16::from(!cell.is_empty())).collect();
            let some = column_cells.iter().filter(|cell| !cell.is_empty());
            match header[at].as_str() {
                name if is_text(name) => {
                    let values: Vec<ByteArray> = some.map(|cell| ByteArray::from(*cell)).collect();
                    column.typed::<ByteArrayType>().write_batch(&values, Some(&present), None).unwrap();
                }
                "length" => {
                    let values: Vec<i64> = some.map(|cell| cell.parse().unwrap()).collect();
                    column.typed::<Int64Type>().write_batch(&values, None, None).unwrap();
                }
                _ => {
                    let values: Vec<f64> = some.map(|cell| cell.parse().unwrap()).collect();
                    column.typed::<DoubleType>().write_batch(&values, Some(&present), None).unwrap();
                }
            }
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    file.close().unwrap();
}

/// Trains on a table, and gives the model's two files.
fn train(folder: &Path, config: &str, features: &str, more: &[&str]) -> [Vec<u8>; 2] {
    let mut arguments = vec!["train", "--config", config, "--features", features, "--out", "run"];
    arguments.extend_from_slice(more);
    gtzan(folder, &arguments).assert().success();
    ["model.bpk", "bundle.json"].map(|file| std::fs::read(folder.join("run/model").join(file)).unwrap())
}

fn refusal(folder: &Path, config: &str, features: &str) -> String {
    let output = gtzan(folder, &["train", "--config", config, "--features", features, "--out", "run"]).assert().code(2);
    String::from_utf8(output.get_output().stderr.clone()).unwrap()
}

#[test]
fn csv_parquet_and_parts_of_the_same_rows_give_the_same_model() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    for (name, config) in [("features.csv", "recipe.toml"), ("table.csv", "table.toml")] {
        let csv = std::fs::read_to_string(at(name)).unwrap();
        let order: Vec<usize> = (0..cells(&csv)[0].len()).collect();
        let turned: Vec<usize> = order.iter().rev().copied().collect();
        let rows = csv.lines().count() - 1;
        parquet(&csv, &at("one.parquet"), 0..rows, &order, &[]);
        parquet(&csv, &at("turned.parquet"), 0..rows, &turned, &[]);
        let _ = std::fs::remove_dir_all(at("parts"));
        std::fs::create_dir(at("parts")).unwrap();
        parquet(&csv, &at("parts/part-1.parquet"), 17..17, &order, &[]);
        parquet(&csv, &at("parts/part-0.parquet"), 0..17, &turned, &[]);
        parquet(&csv, &at("parts/part-2.parquet"), 17..rows, &order, &[]);
        let shuffled: Vec<String> = cells(&csv)
            .iter()
            .map(|row| turned.iter().map(|&at| row[at].clone()).collect::<Vec<_>>().join(","))
            .collect();
        std::fs::write(at("turned.csv"), shuffled.join("\n")).unwrap();

        let expected = train(folder.path(), config, name, &[]);
        for same in ["one.parquet", "turned.parquet", "parts", "turned.csv"] {
            assert!(train(folder.path(), config, same, &[]) == expected, "{same} of {name}");
        }
    }
}

/// Rows of a table in a file come in another order. With one batch an epoch, and nothing drawn by chance, that is no more than
/// another order of summing.
#[test]
fn a_table_that_does_not_fit_into_memory_gives_the_same_model_but_for_rounding() {
    let folder = folder();
    let settings = ["--set", "training.batch_size=100000", "--set", "regularization.dropout=0"];
    let probabilities = |more: &[&str]| {
        train(folder.path(), "table.toml", "table.csv", &[&settings[..], more].concat());
        let text = std::fs::read_to_string(folder.path().join("run/predictions.csv")).unwrap();
        let numbers: Vec<f64> = text.split([',', '\n']).filter_map(|cell| cell.parse().ok()).collect();
        numbers
    };
    let (memory, file) = (probabilities(&[]), probabilities(&["--set", "data.memory=0"]));
    assert!(memory.len() == file.len() && memory.len() > 20, "{} {}", memory.len(), file.len());
    assert!(memory.iter().zip(&file).all(|(a, b)| (a - b).abs() < 1e-3), "{memory:?}\n{file:?}");
}

#[test]
fn a_model_of_a_table_is_asked_with_rows_and_refuses_audio() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let [_, json] = train(folder.path(), "table.toml", "table.csv", &[]);
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    // Sorted, and with no specification of audio.
    assert_eq!((&json["version"], json.get("spec")), (&serde_json::json!(4), None));
    assert_eq!(json["columns"], serde_json::json!(["Tempo", "e1", "e2", "mean"]));
    let card = std::fs::read_to_string(at("run/model/MODEL_CARD.md")).unwrap();
    assert!(card.contains("4 columns of a table (Tempo, e1, e2, … 4 in all)"), "{card}");
    assert!(!card.contains("22050 Hz") && !card.contains("hears") && !card.contains("music"), "{card}");
    let page = std::fs::read_to_string(at("run/report.html")).unwrap();
    assert!(page.contains("What the network goes by") && !page.contains("listens"));

    // Neither label nor file name is needed, and others are ignored.
    let csv = std::fs::read_to_string(at("table.csv")).unwrap();
    let order = [5usize, 1, 3, 4];
    let asked: Vec<String> =
        cells(&csv).iter().map(|row| order.iter().map(|&at| row[at].clone()).collect::<Vec<_>>().join(",")).collect();
    std::fs::write(at("asked.csv"), asked.join("\n")).unwrap();
    parquet(&csv, &at("table.parquet"), 0..60, &[0, 1, 2, 3, 4, 5], &[]);
    let predict = |table: &str| {
        let output =
            gtzan(folder.path(), &["predict", "--model", "run", "--features", table, "--json"]).assert().success();
        let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<serde_json::Value>>()
    };
    let (named, numbered) = (predict("table.csv"), predict("asked.csv"));
    assert_eq!(named, predict("table.parquet"));
    assert_eq!((named.len(), &named[3]["path"], &numbered[3]["path"]), (60, &"t3".into(), &"4".into()));
    let top = |lines: &[serde_json::Value]| lines.iter().map(|line| line["top"].clone()).collect::<Vec<_>>();
    assert_eq!(top(&named), top(&numbered));
    assert!(
        named[0]["clips"][0].get("start").is_none() && named[0]["clips"][0]["genre"] == named[0]["top"][0]["genre"]
    );
    let right =
        named.iter().enumerate().filter(|(row, line)| line["top"][0]["genre"] == ["ska", "dub"][row % 2]).count();
    assert!(right > 45, "{right}");

    let output = gtzan(folder.path(), &["evaluate", "run", "--features", "table.parquet", "--json"]).assert().success();
    let told: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!((&told["trained_on"], &told["count"]), (&true.into(), &60.into()));
    assert_eq!(told["accuracy"].as_f64().unwrap(), right as f64 / 60.0);

    let reason = "this model was trained on a table of columns (Tempo, e1, e2, … 4 in all), not on audio; give it rows: gtzan predict --features FILE";
    std::fs::create_dir(at("music")).unwrap();
    for arguments in [&["predict", "--model", "run", "song.mp3"][..], &["evaluate", "run", "--data", "music"]] {
        gtzan(folder.path(), arguments).assert().code(2).stderr(contains(reason));
    }
    gtzan(folder.path(), &["export", "run", "--format", "safetensors", "--out", "net.safetensors"]).assert().success();
}

#[test]
fn rows_of_one_track_vote_together_and_bad_ones_are_named() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    train(folder.path(), "table.toml", "table.csv", &[]);
    let rows = "filename,Tempo,e1,e2,mean\na.0.wav,1,2,1,1\nb.wav,1,2,,1\na.1.wav,-1,3,-1,-1\nc.wav,1,2,nan,1\n";
    std::fs::write(at("rows.csv"), rows).unwrap();
    let output =
        gtzan(folder.path(), &["predict", "--model", "run", "--features", "rows.csv", "--json"]).assert().code(1);
    let output = output.stderr(
        contains("failed: b.wav: rows.csv: line 3, column `e2`: is empty")
            .and(contains("failed: c.wav: rows.csv: line 5, column `e2`: `nan` is not a finite number"))
            .and(contains("2 of 3 tracks and rows failed")),
    );
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["kind"], &lines[2]["path"]), (3, &"bad_row".into(), &"a".into()));
    assert_eq!(lines[2]["clips"].as_array().unwrap().len(), 2);

    std::fs::write(at("few.csv"), "filename,Tempo,mean\na.wav,1,2\n").unwrap();
    gtzan(folder.path(), &["predict", "--model", "run", "--features", "few.csv"])
        .assert()
        .code(2)
        .stderr(contains("few.csv: missing columns `e1`, `e2`; the model was trained on 4 columns"));
    gtzan(folder.path(), &["predict", "--features", "few.csv", "song.mp3"])
        .assert()
        .code(2)
        .stderr(contains("--features"));
}

#[test]
fn a_model_of_audio_judges_rows_of_descriptors() {
    let folder = folder();
    train(folder.path(), "recipe.toml", "features.csv", &[]);
    let csv = std::fs::read_to_string(folder.path().join("features.csv")).unwrap();
    // Without length and label.
    let order: Vec<usize> = (0..59).filter(|&at| at != 1).collect();
    parquet(&csv, &folder.path().join("rows.parquet"), 0..40, &order, &[]);
    let output = gtzan(folder.path(), &["predict", "--model", "run", "--features", "rows.parquet"]).assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert_eq!(text.lines().count(), 40);
    assert!(text.starts_with("ska.00000: ") && text.contains(" %"), "{text}");
    std::fs::write(folder.path().join("few.csv"), format!("filename,{}\n", FEATURE_NAMES[1..].join(","))).unwrap();
    gtzan(folder.path(), &["predict", "--model", "run", "--features", "few.csv"])
        .assert()
        .code(2)
        .stderr(contains(format!("few.csv: missing column `{}`", FEATURE_NAMES[0])));
}

#[test]
fn columns_and_parts_that_cannot_be_used_are_refused_by_name() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let csv = std::fs::read_to_string(at("table.csv")).unwrap();
    let order = [0, 1, 2, 3, 4, 5];
    let changed = |name: &str, from: &str, to: &str| std::fs::write(at(name), csv.replacen(from, to, 1)).unwrap();

    changed("text.csv", "t1.wav,", "t1.wav,ABBA");
    let told = refusal(folder.path(), "table.toml", "text.csv");
    assert!(told.contains("text.csv: line 3, column `mean`: `ABBA") && told.contains("drop the column"), "{told}");
    parquet(&csv, &at("text.parquet"), 0..60, &order, &["e2"]);
    let told = refusal(folder.path(), "table.toml", "text.parquet");
    assert!(told.contains("text.parquet: column `e2` holds text, not numbers; drop the column"), "{told}");

    for (value, reason) in [("NaN", "`NaN` is not a finite number"), ("", "is null")] {
        let spoilt = csv.replacen("t40.wav,", &format!("t40.wav,{value},"), 1);
        let spoilt: Vec<String> = cells(&spoilt)
            .into_iter()
            .map(|mut row| {
                if row.len() == 7 {
                    row.remove(2);
                }
                row.join(",")
            })
            .collect();
        let _ = std::fs::create_dir(at("bad"));
        parquet(&csv, &at("bad/0.parquet"), 0..30, &order, &[]);
        parquet(&spoilt.join("\n"), &at("bad/1.parquet"), 30..60, &order, &[]);
        let told = refusal(folder.path(), "table.toml", "bad");
        assert!(told.contains(&format!("1.parquet: row 11, column `mean`: {reason}")), "{told}");
    }

    std::fs::create_dir(at("parts")).unwrap();
    parquet(&csv, &at("parts/0.parquet"), 0..30, &order, &[]);
    for (order, texts, reason) in [
        (&order[..], &["e1"][..], "1.parquet: column `e1` holds text, and DOUBLE in "),
        (&[0, 1, 2, 4, 5], &[], "1.parquet: missing column `Tempo`, which "),
    ] {
        parquet(&csv, &at("parts/1.parquet"), 30..60, order, texts);
        let told = refusal(folder.path(), "table.toml", "parts");
        assert!(told.contains(reason) && told.contains("parts need equal columns"), "{told}");
    }
    parquet(&csv, &at("parts/0.parquet"), 0..30, &[0, 1, 2, 4, 5], &[]);
    parquet(&csv, &at("parts/1.parquet"), 30..60, &order, &[]);
    assert!(refusal(folder.path(), "table.toml", "parts").contains("1.parquet: column `Tempo` is not in "));

    // A name twice in two parts, a table without labels, and what is no Parquet file behind its first letters.
    parquet(&csv, &at("parts/0.parquet"), 0..31, &order, &[]);
    let told = refusal(folder.path(), "table.toml", "parts");
    assert!(told.contains("column `filename`: `t30.wav` stands in row 31 of "), "{told}");
    changed("unlabelled.csv", "label", "genre");
    assert!(refusal(folder.path(), "table.toml", "unlabelled.csv").contains("missing column `label`"));
    std::fs::write(at("cut.parquet"), "PAR1 and nothing else").unwrap();
    assert!(refusal(folder.path(), "table.toml", "cut.parquet").contains("cut.parquet: not a usable Parquet file"));
    changed("nameless.csv", "mean", "");
    assert!(refusal(folder.path(), "table.toml", "nameless.csv").contains("column 2 has no name"));
    assert!(refusal(folder.path(), "recipe.toml", "table.csv").contains("missing columns `length`"));
}

#[test]
fn what_extraction_writes_as_parquet_is_trained_on_without_its_failures() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    gtzan(folder.path(), &["synth", "--out", "music", "--tracks-per-genre", "4", "--seconds", "2"]).assert().success();
    std::fs::write(at("music/jazz/bad.wav"), "no music").unwrap();
    for out in ["out.csv", "out.parquet"] {
        let format = out.rsplit('.').next().unwrap();
        gtzan(folder.path(), &["extract", "music", "--out", out, "--format", format]).assert().code(1);
    }
    let expected = train(folder.path(), "recipe.toml", "out.csv", &[]);
    assert!(train(folder.path(), "recipe.toml", "out.parquet", &[]) == expected);
    gtzan(folder.path(), &["evaluate", "run", "--features", "out.parquet"])
        .assert()
        .success()
        .stderr(starts_with("warning: out.parquet: 1 row of a failed track is left out"));
}

/// `$GTZAN_PYTHON` is a Python with pandas and pyarrow.
#[test]
fn what_pandas_writes_is_the_csv_that_it_was() {
    let Some(python) = std::env::var_os("GTZAN_PYTHON") else {
        eprintln!("skipped: GTZAN_PYTHON is unset, so nobody writes Parquet files");
        return;
    };
    const WRITE: &str = r#"
import os, pandas
rows = pandas.read_csv("table.csv")
os.mkdir("parts")
kinds = {"e1": "uint8"}
rows.astype(kinds).to_parquet("snappy.parquet")
rows.astype(kinds).to_parquet("zstd.parquet", compression="zstd", index=False, row_group_size=7)
rows.astype({"e1": "int32", "label": "category"}).to_parquet("plain.parquet", compression=None, data_page_version="2.0")
rows.astype({"e1": "float32"}).to_parquet("split.parquet", use_dictionary=False, column_encoding={"mean": "BYTE_STREAM_SPLIT"})
for at in range(0, 60, 20):
    rows.iloc[at:at + 20].to_parquet(f"parts/part-{at:05}.snappy.parquet", index=False)
open("parts/_SUCCESS", "w").close()
rows.set_index("filename").to_parquet("named-index.parquet")
rows.to_parquet("gzip.parquet", compression="gzip")
rows.assign(when=pandas.Timestamp("2020-01-01")).to_parquet("times.parquet")
rows.assign(vector=[[1.0, 2.0]] * 60).to_parquet("lists.parquet")
rows.drop(index=5).to_parquet("index.parquet")
"#;
    let folder = folder();
    std::process::Command::new(python).current_dir(folder.path()).args(["-c", WRITE]).status().unwrap();
    let expected = train(folder.path(), "table.toml", "table.csv", &[]);
    let same = ["snappy.parquet", "zstd.parquet", "plain.parquet", "split.parquet", "parts", "named-index.parquet"];
    for table in same {
        assert!(train(folder.path(), "table.toml", table, &[]) == expected, "{table}");
    }
    for (table, reason) in [
        ("gzip.parquet", "is compressed with GZIP"),
        ("times.parquet", "column `when` holds INT64"),
        ("lists.parquet", "column `vector` holds nested values, not numbers"),
        ("index.parquet", "column `__index_level_0__` is pandas' index; write the table with index=False"),
    ] {
        let told = refusal(folder.path(), "table.toml", table);
        assert!(told.contains(reason), "{told}");
    }
}

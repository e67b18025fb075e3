//! `gtzan synth` and `gtzan extract` on good input.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, starts_with};
use tempfile::TempDir;

use crate::support::write_wav;

fn gtzan(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("gtzan").unwrap();
    command.current_dir(folder).env_remove("RUST_LOG").env("GTZAN_CACHE", "cache").args(arguments);
    command
}

/// Ten tracks of 2 s, one per style, rendered once for all tests.
static RENDERED: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    gtzan(folder.path(), &["synth", "--out", "music", "--tracks-per-genre", "1", "--seconds", "2", "--seed", "3"])
        .assert()
        .success()
        .stdout("10 tracks in music\n");
    folder
});

/// A folder with the corpus in it.
fn corpus() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for genre in std::fs::read_dir(RENDERED.path().join("music")).unwrap() {
        let genre = genre.unwrap();
        let copy = folder.path().join("music").join(genre.file_name());
        std::fs::create_dir_all(&copy).unwrap();
        for track in std::fs::read_dir(genre.path()).unwrap() {
            let track = track.unwrap();
            std::fs::copy(track.path(), copy.join(track.file_name())).unwrap();
        }
    }
    folder
}

fn extract(folder: &Path, out: &str, more: &[&str]) -> String {
    let mut arguments = vec!["extract", "music", "--out", out];
    arguments.extend_from_slice(more);
    gtzan(folder, &arguments).assert().success().stderr("");
    std::fs::read_to_string(folder.join(out)).unwrap()
}

fn cache_entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries = Vec::new();
    for group in std::fs::read_dir(folder.join("cache")).unwrap() {
        entries.extend(std::fs::read_dir(group.unwrap().path()).unwrap().map(|entry| entry.unwrap().path()));
    }
    entries
}

#[test]
fn rows_do_not_depend_on_workers_or_cache() {
    let corpus = corpus();
    let folder = corpus.path();
    let first = extract(folder, "first.csv", &["--jobs", "1"]);
    assert_eq!(first, extract(folder, "cached.csv", &[]));
    std::fs::remove_dir_all(folder.join("cache")).unwrap();
    assert_eq!(first, extract(folder, "parallel.csv", &["--jobs", "4"]));

    let names: Vec<&str> = first.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    let styles = ["blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"];
    assert_eq!(names, styles.map(|style| format!("{style}.00000.wav")));
    assert!(first.lines().last().unwrap().ends_with(",rock"));
    assert_eq!(first.lines().next().unwrap().split(',').count(), 60);
}

#[test]
fn damaged_cache_entries_are_computed_anew() {
    let corpus = corpus();
    let folder = corpus.path();
    let first = extract(folder, "first.csv", &[]);
    for (i, entry) in cache_entries(folder).into_iter().enumerate() {
        let bytes = std::fs::read(&entry).unwrap();
        std::fs::write(&entry, &bytes[..bytes.len() * i / 10]).unwrap();
    }
    assert_eq!(first, extract(folder, "second.csv", &[]));
}

#[test]
fn identical_files_share_a_cache_entry() {
    let corpus = corpus();
    let folder = corpus.path();
    std::fs::copy(folder.join("music/rock/rock.00000.wav"), folder.join("music/metal/metal.00001.wav")).unwrap();
    let rows = extract(folder, "out.csv", &[]);
    assert_eq!(rows.lines().count(), 1 + 11);
    assert_eq!(cache_entries(folder).len(), 10);
}

#[test]
fn clips_are_numbered_and_equal_names_told_apart() {
    let corpus = corpus();
    let folder = corpus.path();
    std::fs::copy(folder.join("music/rock/rock.00000.wav"), folder.join("music/pop/rock.00000.wav")).unwrap();
    let rows = extract(folder, "out.csv", &["--clip-seconds", "1"]);
    let names: Vec<&str> = rows.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(names[1..3], ["blues.00000.0.wav", "blues.00000.1.wav"]);
    assert!(names.contains(&"pop/rock.00000.0.wav") && names.contains(&"rock/rock.00000.1.wav"), "{names:?}");
    assert!(rows.lines().nth(1).unwrap().starts_with("blues.00000.0.wav,22049,"));
}

#[test]
fn the_first_clip_of_a_longer_track_is_numbered() {
    let corpus = corpus();
    // 2 s: more than one and a half clips of 1.2 s, and less than two.
    let rows = extract(corpus.path(), "out.csv", &["--clip-seconds", "1.2"]);
    assert!(rows.lines().nth(1).unwrap().starts_with("blues.00000.0.wav,26459,"));
}

#[test]
fn failed_files_are_listed_until_none_fails() {
    let corpus = corpus();
    let folder = corpus.path();
    let good = extract(folder, "good.csv", &[]);
    std::fs::write(folder.join("music/jazz/a, b.wav"), "no music").unwrap();
    gtzan(folder, &["extract", "music", "--out", "out.csv"])
        .assert()
        .code(1)
        .stdout(contains("10 rows of 10 tracks in out.csv (0 computed").and(contains("; 10 reused; 1 failed)")))
        .stderr(contains("failed: music/jazz/a, b.wav: ").and(contains("1 of 11 files failed, see out.failures.csv")));
    assert_eq!(std::fs::read_to_string(folder.join("out.csv")).unwrap(), good);
    let failures: Vec<csv::StringRecord> =
        csv::Reader::from_path(folder.join("out.failures.csv")).unwrap().records().map(Result::unwrap).collect();
    assert_eq!((failures.len(), &failures[0][0]), (1, "music/jazz/a, b.wav"));
    assert!(!failures[0][1].is_empty());

    // All fail: that is told as well, and what was there stays.
    gtzan(folder, &["extract", "music/jazz/a, b.wav", "--out", "good.csv"]).assert().code(2);
    assert_eq!(std::fs::read_to_string(folder.join("good.csv")).unwrap(), good);
    assert_eq!(std::fs::read_to_string(folder.join("good.failures.csv")).unwrap().lines().count(), 2);

    std::fs::remove_file(folder.join("music/jazz/a, b.wav")).unwrap();
    assert_eq!(extract(folder, "out.csv", &[]), good);
    assert!(!folder.join("out.failures.csv").exists());
}

/// Noise as 16-bit WAV, another for each seed.
fn noise(path: &Path, seconds: u32, seed: u32) {
    let mut state = seed;
    let samples = (0..seconds * 22_050).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as i16
    });
    write_wav(path, samples);
}

#[cfg(unix)]
#[test]
fn a_killed_run_leaves_a_whole_file_and_continues_where_it_stopped() {
    use std::os::unix::process::ExitStatusExt;

    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::create_dir_all(folder.join("music/noise")).unwrap();
    for track in 0..24 {
        noise(&folder.join(format!("music/noise/noise.{track:05}.wav")), 30, track);
    }
    for (format, rows) in [("csv", true), ("parquet", false)] {
        let _ = std::fs::remove_dir_all(folder.join("cache"));
        let arguments = ["extract", "music", "--jobs", "1", "--format", format, "--out", "out"];
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gtzan"))
            .current_dir(folder)
            .env("GTZAN_CACHE", "cache")
            .args(arguments)
            .spawn()
            .unwrap();
        // The file is there as soon as the first track is done.
        while !folder.join("out").exists() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9), "the run ended before it could be killed");
        let left = std::fs::read(folder.join("out")).unwrap();
        let kept = cache_entries(folder).iter().filter(|path| path.extension().unwrap() == "features").count();
        assert!((1..24).contains(&kept), "{kept} tracks done");

        let again = gtzan(folder, &arguments).assert().success();
        let said = String::from_utf8(again.get_output().stdout.clone()).unwrap();
        assert!(said.contains(&format!("({} computed in ", 24 - kept)), "{said}");
        assert!(said.contains(&format!("; {kept} reused; 0 failed)")), "{said}");
        let continued = std::fs::read(folder.join("out")).unwrap();
        if rows {
            // Whole rows, the first of those that a complete run gives.
            assert!(continued.starts_with(&left) && left.ends_with(b",noise\n"));
        } else {
            assert!(left.starts_with(b"PAR1") && left.ends_with(b"PAR1"));
        }

        std::fs::remove_dir_all(folder.join("cache")).unwrap();
        std::fs::remove_file(folder.join("out")).unwrap();
        gtzan(folder, &["extract", "music", "--format", format, "--out", "out"]).assert().success();
        assert_eq!(std::fs::read(folder.join("out")).unwrap(), continued);
        std::fs::remove_file(folder.join("out")).unwrap();
    }
}

/// Reads a Parquet file with pandas and compares it with the CSV of the same files; `$GTZAN_PYTHON` is a Python with
/// pandas and pyarrow.
#[test]
fn pandas_reads_the_same_from_parquet_and_csv() {
    let Some(python) = std::env::var_os("GTZAN_PYTHON") else {
        eprintln!("skipped: GTZAN_PYTHON is unset");
        return;
    };
    const CHECK: &str = r#"
import pandas
table, rows = pandas.read_parquet("out.parquet"), pandas.read_csv("out.csv")
good, bad = table[table.status == "ok"], table[table.status == "failed"]
assert list(table.columns) == list(rows.columns) + ["path", "status", "error", "content_hash", "feature_spec"]
pandas.testing.assert_frame_equal(
    good[rows.columns].astype({"length": "int64"}).reset_index(drop=True), rows, check_exact=True)
assert str(rows.dtypes["length"]) == "int64" and (rows.dtypes.iloc[2:59] == "float64").all()
assert list(bad.filename) == ["bad.wav"] and list(bad.path) == ["music/jazz/bad.wav"] and list(bad.label) == ["jazz"]
assert bad.iloc[:, 1:59].isna().all().all() and bad.error.notna().all() and good.error.isna().all()
assert (table.content_hash.str.len() == 64).all() and (table.feature_spec == "v1;features;librosa-0.7;22050Hz;1s").all()
assert table.index[table.status == "failed"][0] == 10, "rows in the order of the files"
"#;
    let corpus = corpus();
    let folder = corpus.path();
    std::fs::write(folder.join("music/jazz/bad.wav"), "no music").unwrap();
    for (out, format) in [("out.csv", "csv"), ("out.parquet", "parquet")] {
        let arguments = ["extract", "music", "--clip-seconds", "1", "--out", out, "--format", format];
        gtzan(folder, &arguments).assert().code(1);
    }
    Command::new(python).current_dir(folder).args(["-c", CHECK]).assert().success();
}

#[test]
fn equal_seeds_render_equal_files() {
    let folder = tempfile::tempdir().unwrap();
    let render = |out: &str, seed: &str| {
        let arguments = ["synth", "--out", out, "--tracks-per-genre", "1", "--seconds", "1", "--seed", seed];
        gtzan(folder.path(), &arguments).assert().success();
        std::fs::read(folder.path().join(out).join("jazz/jazz.00000.wav")).unwrap()
    };
    let first = render("a", "1");
    assert_eq!(first, render("b", "1"));
    assert_ne!(first, render("c", "2"));
}

#[test]
fn real_tracks_give_the_datasets_rows() {
    let Some(data) = std::env::var_os("GTZAN_DATA").map(PathBuf::from) else {
        eprintln!("skipped: GTZAN_DATA is unset");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (blues, metal) = (data.join("genres_original/blues"), data.join("genres_original/metal"));
    let arguments = ["extract", blues.to_str().unwrap(), metal.to_str().unwrap(), "--out", "out.csv"];
    gtzan(folder.path(), &arguments).assert().success();

    let read = |path: &Path| -> Vec<Vec<String>> {
        let mut csv = csv::Reader::from_path(path).unwrap();
        csv.records().map(|row| row.unwrap().iter().map(String::from).collect()).collect()
    };
    let dataset = read(&data.join("features_30_sec.csv"));
    let ours = read(&folder.path().join("out.csv"));
    assert_eq!(ours.len(), 2);
    for row in &ours {
        let theirs = dataset.iter().find(|theirs| theirs[0] == row[0]).unwrap();
        assert_eq!((&row[1], &row[59]), (&theirs[1], &theirs[59]));
        for (i, name) in dsp::FEATURE_NAMES.iter().enumerate() {
            let [a, b] = [row, theirs].map(|row| row[i + 2].parse::<f64>().unwrap());
            // These means lie around zero.
            let floor = if name.starts_with("mfcc") && name.ends_with("mean") { 1.0 } else { 1e-2 };
            assert!((a - b).abs() <= 1e-3 * b.abs().max(floor), "{}: {name} is {a}, and {b} in the dataset", row[0]);
        }
    }
}

#[test]
fn wrong_arguments_exit_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let refuse = |arguments: &[&str]| gtzan(folder.path(), arguments).assert().code(2).stderr(starts_with("error: "));
    refuse(&["extract", "--out", "x.csv"]);
    refuse(&["extract", "a.wav", "--out", "x.csv", "--jobs", "0"]);
    refuse(&["extract", "a.wav", "--out", "x.csv", "--convention", "librosa-1"]).stderr(contains("librosa-0.11"));
    refuse(&["synth", "--out", "x", "--seconds", "0"]);
    refuse(&["synth", "--out", "x", "--tracks-per-genre", "0"]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let corpus = corpus();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gtzan"))
        .current_dir(corpus.path())
        .args(["synth", "--out", "again", "--tracks-per-genre", "1", "--seconds", "1"])
        .stdout(writer)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let status = child.wait().unwrap();
    let mut said = String::new();
    std::io::Read::read_to_string(child.stderr.as_mut().unwrap(), &mut said).unwrap();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}

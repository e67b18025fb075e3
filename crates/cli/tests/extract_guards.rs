//! What `gtzan extract` refuses, passes over and tells of, so that nothing is lost in silence.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Stdio;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, starts_with};
use tempfile::TempDir;

use crate::support::{gtzan, write_wav};

/// A folder `music` with tracks of noise of so many samples.
fn music(tracks: &[(&str, usize)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (at, (name, samples)) in tracks.iter().enumerate() {
        let path = folder.path().join("music").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut state = at as u32 + 1;
        write_wav(
            &path,
            (0..*samples).map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 16) as i16
            }),
        );
    }
    folder
}

fn names(table: &Path) -> Vec<String> {
    let mut csv = csv::Reader::from_path(table).unwrap();
    csv.records().map(|row| row.unwrap()[0].to_owned()).collect()
}

#[test]
fn a_song_is_never_replaced_by_a_table() {
    let folder = music(&[("a.wav", 22_050), ("b.wav", 22_050)]);
    let folder = folder.path();
    let before = [fs::read(folder.join("music/a.wav")).unwrap(), fs::read(folder.join("music/b.wav")).unwrap()];
    for (arguments, reason) in [
        (["music/a.wav", "--out", "music/a.wav"], "music/a.wav: is one of the files to work on"),
        (["music", "--out", "./music/b.wav"], "music/b.wav: is one of the files to work on"),
        // As a shell expands `--out music/*.wav`.
        (["music/b.wav", "--out", "music/a.wav"], "music/a.wav: is there already and is no table of features"),
    ] {
        let mut all = vec!["extract"];
        all.extend(arguments);
        gtzan(folder, &all).assert().code(2).stdout("").stderr(starts_with("error: ").and(contains(reason)));
    }
    assert_eq!(fs::read(folder.join("music/a.wav")).unwrap(), before[0]);
    assert_eq!(fs::read(folder.join("music/b.wav")).unwrap(), before[1]);
    assert!(!folder.join("cache").exists());
}

#[test]
fn only_tables_are_replaced() {
    let folder = music(&[("a.wav", 22_050)]);
    let folder = folder.path();
    let arguments = ["extract", "music", "--out", "notes.csv"];
    fs::write(folder.join("notes.csv"), "my,notes\n").unwrap();
    gtzan(folder, &arguments).assert().code(2).stderr(contains("notes.csv: is there already and is no table"));
    assert_eq!(fs::read_to_string(folder.join("notes.csv")).unwrap(), "my,notes\n");

    fs::write(folder.join("notes.csv"), "").unwrap();
    fs::write(folder.join("notes.failures.csv"), "machine,failure\n").unwrap();
    gtzan(folder, &arguments).assert().code(2).stderr(contains("notes.failures.csv: is there already and is no list"));
    assert_eq!(fs::read_to_string(folder.join("notes.failures.csv")).unwrap(), "machine,failure\n");

    fs::remove_file(folder.join("notes.failures.csv")).unwrap();
    gtzan(folder, &arguments).assert().success();
    gtzan(folder, &arguments).assert().success();
    assert_eq!(names(&folder.join("notes.csv")), ["a.wav"]);
}

#[test]
fn the_ending_tells_the_format() {
    let folder = music(&[("a.wav", 22_050)]);
    let folder = folder.path();
    gtzan(folder, &["extract", "music", "--out", "o.parquet"]).assert().success();
    assert!(fs::read(folder.join("o.parquet")).unwrap().starts_with(b"PAR1"));
    gtzan(folder, &["extract", "music", "--out", "o.table"]).assert().success();
    assert_eq!(names(&folder.join("o.table")), ["a.wav"]);
    for (out, format) in [("p.parquet", "csv"), ("p.CSV", "parquet")] {
        let refused = gtzan(folder, &["extract", "music", "--out", out, "--format", format]).assert().code(2);
        refused.stderr(contains("its ending contradicts --format"));
        assert!(!folder.join(out).exists());
    }
}

#[test]
fn a_cache_that_cannot_be_written_is_told_once() {
    let folder = music(&[("a.wav", 22_050), ("b.wav", 22_050), ("c.wav", 22_050)]);
    fs::write(folder.path().join("file"), "").unwrap();
    let mut command = gtzan(folder.path(), &["extract", "music", "--out", "x.csv"]);
    let done = command.env("GTZAN_CACHE", "file/x").assert().success();
    let stderr = String::from_utf8(done.get_output().stderr.clone()).unwrap();
    assert!(stderr.starts_with("warning: features are not kept") && stderr.lines().count() == 1, "{stderr}");
}

#[test]
fn more_workers_than_a_machine_can_have_are_no_fault() {
    let folder = music(&[("a.wav", 22_050), ("b.wav", 22_050)]);
    gtzan(folder.path(), &["extract", "music", "--out", "x.csv", "--jobs", "100000"]).assert().success().stderr("");
}

#[test]
fn what_is_no_audio_is_counted() {
    let folder = music(&[("a.wav", 22_050)]);
    fs::write(folder.path().join("music/cover.jpg"), "").unwrap();
    fs::write(folder.path().join("music/notes.txt"), "").unwrap();
    let done = gtzan(folder.path(), &["extract", "music", "--out", "x.csv"]).assert().success();
    done.stderr("passed over: 2 files without an audio ending\n");
}

#[test]
fn files_that_no_decoder_knows_are_named_and_not_skipped() {
    let folder = music(&[("a.wav", 22_050)]);
    fs::write(folder.path().join("music/b.wma"), "\x30\x26\x75\x20 not decoded").unwrap();
    let done = gtzan(folder.path(), &["extract", "music", "--out", "x.csv"]).assert().code(1);
    done.stderr(contains("failed: music/b.wma: "));
}

#[cfg(unix)]
#[test]
fn a_pipe_in_a_folder_is_passed_over() {
    let folder = music(&[("a.wav", 22_050)]);
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("music/x.mp3")).status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no mkfifo");
        return;
    }
    let done = gtzan(folder.path(), &["extract", "music", "--out", "x.csv"]).assert().success();
    done.stderr("passed over: 1 pipe or device\n");
}

#[cfg(unix)]
#[test]
fn an_unreadable_folder_is_named_and_the_rest_done() {
    use std::os::unix::fs::PermissionsExt;

    let folder = music(&[("a/a.wav", 22_050), ("lost+found/b.wav", 22_050)]);
    let locked = folder.path().join("music/lost+found");
    fs::set_permissions(&locked, PermissionsExt::from_mode(0o000)).unwrap();
    if fs::read_dir(&locked).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    let done = gtzan(folder.path(), &["extract", "music", "--out", "x.csv"]).assert().code(1);
    fs::set_permissions(&locked, PermissionsExt::from_mode(0o700)).unwrap();
    done.stdout(contains("1 failed")).stderr(contains("failed: music/lost+found: can't read the folder"));
    assert_eq!(names(&folder.path().join("x.csv")), ["a.wav"]);
    assert_eq!(names(&folder.path().join("x.failures.csv")), ["music/lost+found"]);
}

#[test]
fn a_loss_is_always_told_and_stands_in_the_table_where_it_is_asked_for() {
    let folder = music(&[("cut.wav", 220_500), ("whole.wav", 220_500)]);
    let folder = folder.path();
    let cut = folder.join("music/cut.wav");
    let bytes = fs::read(&cut).unwrap();
    // The header promises 10 s, and there are 9.5 s.
    fs::write(&cut, &bytes[..44 + 2 * 209_475]).unwrap();
    for more in [&[][..], &["--decode-report"][..]] {
        let mut arguments = vec!["extract", "music", "--out", "x.csv"];
        arguments.extend_from_slice(more);
        let done = gtzan(folder, &arguments).assert().success();
        done.stdout(contains("; 0 failed; 1 with losses)")).stderr(starts_with("lost: music/cut.wav: 0.5 s of 10.0 s"));
    }
    let mut table = csv::Reader::from_path(folder.join("x.csv")).unwrap();
    let header = table.headers().unwrap().clone();
    assert_eq!(
        header.iter().skip(59).collect::<Vec<_>>(),
        ["label", "packets", "packets_lost", "seconds_lost", "broke_off"]
    );
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let number = |row: usize, column: usize| rows[row][column].parse::<f64>().unwrap();
    assert!((number(0, 62) - 0.5).abs() < 0.01 && (number(0, 63) - 9.5).abs() < 0.01, "{:?}", rows[0]);
    assert_eq!((number(1, 62), &rows[1][63]), (0.0, ""));

    // Half of it is no loss any more.
    fs::write(&cut, &bytes[..44 + 220_500]).unwrap();
    let done = gtzan(folder, &["extract", "music", "--out", "x.csv"]).assert().code(1);
    done.stderr(contains("failed: music/cut.wav: ")).stdout(contains("; 1 failed)"));
}

#[test]
fn whole_tracks_with_numbered_names_are_told_from_clips() {
    let folder = music(&[("rock.live.0.wav", 40_000), ("rock.live.1.wav", 50_000), ("rock.wav", 45_000)]);
    let folder = folder.path();
    gtzan(folder, &["extract", "music", "--out", "x.csv"]).assert().success();
    assert_eq!(names(&folder.join("x.csv")), ["rock.live.0.0.wav", "rock.live.1.0.wav", "rock.wav"]);
}

#[test]
fn closed_pipes_neither_end_the_work_nor_change_the_exit_code() {
    let folder = music(&[("a.wav", 22_050), ("b.wav", 22_050)]);
    let folder = folder.path();
    fs::write(folder.join("music/bad.wav"), "no music").unwrap();
    let closed = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        Stdio::from(writer)
    };
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gtzan"));
    command.current_dir(folder).env("GTZAN_CACHE", "cache").args(["extract", "music", "--out", "x.csv"]);
    let status = command.stdout(closed()).stderr(closed()).status().unwrap();
    assert_eq!(status.code(), Some(1));
    assert_eq!(names(&folder.join("x.csv")), ["a.wav", "b.wav"]);
}

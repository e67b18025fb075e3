//! Runs in the making, and what becomes of what was there before.

use std::ffi::OsString;

use super::*;
use crate::dataset::tests::table;
use crate::job::RunOptions;
use crate::run::terms::Terms;

fn names(folder: &Path) -> Vec<OsString> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

fn begin(path: &Path) -> Result<Draft> {
    Draft::begin(path, &TrainConfig::default())
}

#[test]
fn beginning_again_clears_what_the_earlier_run_left() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("deep/run");
    let run = begin(&path).unwrap();
    fs::create_dir_all(run.folder().model()).unwrap();
    fs::write(run.folder().model().join("model.bpk"), "old").unwrap();
    run.folder().write_history(&[]).unwrap();
    run.finish(&()).unwrap();
    fs::write(path.join("notes.txt"), "mine").unwrap();
    fs::write(path.join("model/notes.txt"), "mine too").unwrap();
    fs::create_dir(path.join("plots")).unwrap();

    let again = begin(&path).unwrap();
    assert!(path.join("history.csv").is_file(), "the earlier run is there until the new one is whole");
    again.finish(&()).unwrap();
    assert_eq!(names(&path), ["config.toml", "model", "notes.txt", "plots", MARKER]);
    assert_eq!(names(&path.join("model")), ["notes.txt"]);
    assert_eq!(fs::read_to_string(path.join("notes.txt")).unwrap(), "mine");
    assert_eq!(names(&scratch.path().join("deep")), ["run"]);
}

#[test]
fn a_users_file_under_a_name_of_the_runs_stays_beside_it() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("run");
    begin(&path).unwrap().finish(&()).unwrap();
    fs::write(path.join("history.csv"), "mine").unwrap();
    let again = begin(&path).unwrap();
    again.folder().write_history(&[]).unwrap();
    again.finish(&()).unwrap();
    assert_eq!(fs::read_to_string(path.join("history.csv.kept")).unwrap(), "mine");
}

#[test]
fn a_folder_that_is_no_run_is_left_alone() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("thesis");
    fs::create_dir_all(path.join("model")).unwrap();
    for (name, text) in [("model/thesis.txt", "years"), ("config.toml", "x = 1"), (MARKER, "{\"format\": \"run\"}")] {
        fs::write(path.join(name), text).unwrap();
        let error = begin(&path).unwrap_err();
        assert!(error.to_string().contains("--out"), "{error}");
    }
    assert_eq!(names(&path), ["config.toml", "model", MARKER]);
    assert_eq!(names(&path.join("model")), ["thesis.txt"]);
    assert_eq!(names(scratch.path()), ["thesis"]);
}

#[test]
fn a_run_of_an_earlier_version_is_refused_and_named_so() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("run");
    fs::create_dir_all(path.join("model")).unwrap();
    for name in ["config.toml", "metrics.json", "model/bundle.json"] {
        fs::write(path.join(name), "{}").unwrap();
    }
    let error = begin(&path).unwrap_err().to_string();
    assert!(error.contains("earlier version") && error.contains("--out"), "{error}");
    fs::write(path.join(MARKER), r#"{"format":"gtzan-run","version":9,"started":0,"process":1,"own":[]}"#).unwrap();
    assert!(begin(&path).unwrap_err().to_string().contains("another version"));
    assert_eq!(names(&path), ["config.toml", "metrics.json", "model", MARKER]);
}

#[test]
fn a_dropped_draft_leaves_the_earlier_run_and_nothing_else() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("run");
    begin(&path).unwrap().finish(&()).unwrap();
    let before = fs::read(path.join(MARKER)).unwrap();
    drop(begin(&path).unwrap());
    assert_eq!(fs::read(path.join(MARKER)).unwrap(), before);
    assert_eq!(names(scratch.path()), ["run"]);
}

#[test]
fn two_runs_into_one_folder_are_kept_apart() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("run");
    let first = begin(&path).unwrap();
    let error = begin(&path).unwrap_err().to_string();
    assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
    first.finish(&()).unwrap();
    assert_eq!(names(&path), ["config.toml", MARKER]);
}

#[test]
fn what_a_killed_run_left_is_cleared_away_and_nothing_that_looks_like_it() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    begin(&at("run")).unwrap().finish(&()).unwrap();
    let marker = fs::read(at("run").join(MARKER)).unwrap();
    for name in [".run.partial-a1B2c3", ".run.partial-x.partial-a1B2c3", ".run.partial-mine", ".other.partial-a1B2c3"] {
        fs::create_dir(at(name)).unwrap();
        if name != ".run.partial-mine" {
            fs::write(at(name).join(MARKER), &marker).unwrap();
        }
    }
    begin(&at("run")).unwrap().finish(&()).unwrap();
    let left = [".other.partial-a1B2c3", ".run.partial-mine", ".run.partial-x.partial-a1B2c3", "run"];
    assert_eq!(names(scratch.path()), left);
}

#[test]
fn a_run_that_can_go_on_is_neither_cleared_nor_forgotten() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("run");
    let table = table(&[("blues", 2), ("rock", 2)], 1);
    let stop = |draft: Draft, state: &str| {
        draft.folder().write_terms(&Terms::new(&table, &RunOptions::default()).unwrap()).unwrap();
        let states = draft.folder().checkpoints().join("seed-0-fold-0/fit");
        fs::create_dir_all(&states).unwrap();
        fs::write(states.join(state), "learnt").unwrap();
        assert!(draft.is_worth_keeping());
        draft.keep();
    };
    assert!(matches!(Draft::resume(&path), Err(Error::NothingToResume { whole: false, .. })));
    stop(begin(&path).unwrap(), "state-1");
    let error = begin(&path).unwrap_err().to_string();
    assert!(error.contains("--resume") && error.contains(".run.partial-"), "{error}");

    // It goes on in another folder, which alone is left, as often as it is stopped.
    for state in ["state-2", "state-3"] {
        let draft = Draft::resume(&path).unwrap();
        assert_eq!(draft.folder().read_config().unwrap(), TrainConfig::default());
        assert_eq!(names(scratch.path()).len(), 2, "a draft and its lock");
        stop(draft, state);
    }
    let draft = Draft::resume(&path).unwrap();
    assert_eq!(names(&draft.folder().checkpoints().join("seed-0-fold-0/fit")), ["state-1", "state-2", "state-3"]);
    draft.finish(&()).unwrap();
    assert_eq!(names(&path), ["config.toml", MARKER]);
    assert!(matches!(Draft::resume(&path), Err(Error::NothingToResume { whole: true, .. })));
}

#[test]
fn the_written_configuration_reads_back() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("run");
    let config = TrainConfig::parse("seed = 5\nbackend = \"flex\"", "test", &[]).unwrap();
    Draft::begin(&path, &config).unwrap().finish(&()).unwrap();
    assert_eq!(TrainConfig::load(Some(&path.join("config.toml")), &[]).unwrap(), config);
}

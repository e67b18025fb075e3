//! A run as a library: no terminal, no program, an observer that takes notes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use burn::tensor::Device;
use dsp::FEATURE_NAMES;
use model::ModelBundle;
use trainer::config::TrainConfig;
use trainer::run::RunFolder;
use trainer::{Error, Event, Observer, Phase, RunOptions};

/// A features CSV of two genres in a folder of its own, and where a run goes.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let mut text = format!("filename,length,{},label\n", FEATURE_NAMES.join(","));
        for track in 0..40 {
            let genre = ["ska", "dub"][track % 2];
            let value = |column: usize| ((track * 37 + column * 101) % 97 + 40 * (track % 2)).to_string();
            let values: Vec<String> = (0..FEATURE_NAMES.len()).map(value).collect();
            text += &format!("{genre}.{track:05}.wav,661500,{},{genre}\n", values.join(","));
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("features.csv"), text).unwrap();
        Self { folder }
    }

    fn config(&self, more: &str) -> TrainConfig {
        let csv = self.folder.path().join("features.csv");
        let text = format!("backend = \"flex\"\n[data]\nfeatures = {csv:?}\n[training]\nepochs = 4\n{more}");
        TrainConfig::parse(&text, "test", &[]).unwrap()
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    fn names(&self) -> Vec<OsString> {
        let mut names: Vec<_> =
            fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }
}

/// What it heard, each event in a word or two.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Observer for Notes {
    fn event(&self, event: Event<'_>) {
        let note = match event {
            Event::Loaded(loaded) => format!("{} rows", loaded.table.rows.len()),
            Event::Divided { protocol, rounds, .. } => format!("{} {rounds}", protocol.name()),
            Event::Epoch { phase, epochs, epoch, .. } => format!("{phase:?} {}/{epochs}", epoch.number),
            Event::Round { round, .. } => round.name(),
            Event::Warning(text) => text.to_owned(),
            _ => return,
        };
        self.0.lock().unwrap().push(note);
    }
}

#[test]
fn a_run_tells_what_happens_and_leaves_a_folder_that_reads_back() {
    let bench = Bench::new();
    let notes = Notes::default();
    let config = bench.config("fit_to = \"all\"");
    let summary = trainer::run(config, &bench.out(), &RunOptions::default(), &notes).unwrap();

    let phase = |name: &str| (1..=4).map(|epoch| format!("{name} {epoch}/4")).collect::<Vec<_>>();
    let expected = [
        vec!["40 rows".to_owned(), "random 1".to_owned()],
        phase("Fit"),
        phase("Refit"),
        vec!["seed-0-fold-0".to_owned()],
        phase("Export"),
    ];
    assert_eq!(*notes.0.lock().unwrap(), expected.concat());

    let run = RunFolder::at(&bench.out());
    assert_eq!(summary.folder.path(), run.path());
    let figures = run.figures().unwrap();
    assert_eq!(
        (figures.test.accuracy, figures.test.count),
        (summary.metrics.test.songs.accuracy, summary.metrics.n_test)
    );
    assert_eq!(figures.data_fingerprint, summary.metrics.data_fingerprint);
    assert_eq!(run.history().unwrap().len(), 4);
    assert_eq!(run.settings().unwrap()["training"]["epochs"].as_integer(), Some(4));
    ModelBundle::load(&run.model(), &Device::flex()).unwrap();
    assert!(run.report().is_file());
    assert_eq!(bench.names(), ["features.csv", "run"]);
}

#[test]
fn an_exported_model_knows_where_the_rows_lie_that_it_was_fitted_to() {
    for (fit_to, parts) in [("all", &["train", "valid", "test"][..]), ("train", &["train"])] {
        let bench = Bench::new();
        let config = bench.config(&format!("fit_to = \"{fit_to}\"\n"));
        let summary = trainer::run(config, &bench.out(), &RunOptions::default(), &Notes::default()).unwrap();
        let bundle = ModelBundle::load(&summary.folder.model(), &Device::flex()).unwrap();
        let ranges = bundle.facts().genre_ranges.as_ref().unwrap();
        let split = fs::read_to_string(summary.folder.split()).unwrap();
        let of_parts: Vec<&str> = split.lines().filter(|line| parts.iter().any(|part| line.ends_with(part))).collect();
        for column in [0, 16, 56] {
            let mut values: Vec<f64> = (0..40)
                .filter(|track| track % 2 == 1 && of_parts.iter().any(|line| line.contains(&format!("dub.{track:05}"))))
                .map(|track| f64::from((track * 37 + column * 101) % 97 + 40))
                .collect();
            values.sort_by(f64::total_cmp);
            let at = |share: f64| {
                let place = share * (values.len() - 1) as f64;
                let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
                below + place.fract() * (above - below)
            };
            let (low, high) = ranges.of("dub", column as usize).unwrap();
            // Four digits are kept, of numbers up to 137.
            assert!((low - at(0.25)).abs() < 0.06 && (high - at(0.75)).abs() < 0.06, "{fit_to} {column}: {low} {high}");
        }
    }
}

#[test]
fn a_folder_of_somebody_elses_is_refused_before_there_is_anything_to_wait_for() {
    let bench = Bench::new();
    fs::create_dir(bench.out()).unwrap();
    fs::write(bench.out().join("thesis.txt"), "years").unwrap();
    let notes = Notes::default();
    let error = trainer::run(bench.config(""), &bench.out(), &RunOptions::default(), &notes).unwrap_err();
    assert!(matches!(error, Error::NotARun { .. }), "{error}");
    assert!(notes.0.into_inner().unwrap().is_empty());
    assert_eq!(bench.names(), ["features.csv", "run"]);
}

#[test]
fn every_network_of_several_is_heard_of() {
    let bench = Bench::new();
    let notes = Notes::default();
    let config = bench.config("[split]\nprotocol = \"kfold\"\nfolds = 2");
    let options = RunOptions { seeds: 2, ..RunOptions::default() };
    trainer::run(config, &bench.out(), &options, &notes).unwrap();
    let notes = notes.0.into_inner().unwrap();
    let mut rounds: Vec<&str> = notes.iter().map(String::as_str).filter(|note| note.starts_with("seed-")).collect();
    rounds.sort_unstable();
    assert_eq!(rounds, ["seed-0-fold-0", "seed-0-fold-1", "seed-1-fold-0", "seed-1-fold-1"]);
}

/// Puts a folder where report.html is to go, as soon as training begins.
struct Spoiler {
    beside: PathBuf,
    notes: Notes,
}

impl Spoiler {
    fn draft(&self) -> PathBuf {
        let entries = fs::read_dir(&self.beside).unwrap().map(|entry| entry.unwrap().path());
        entries.into_iter().find(|path| path.to_string_lossy().contains(".run.partial-")).unwrap()
    }
}

impl Observer for Spoiler {
    fn event(&self, event: Event<'_>) {
        if matches!(event, Event::Round { .. }) {
            fs::create_dir(self.draft().join("report.html")).unwrap();
            fs::write(self.draft().join("report.html/in the way"), "").unwrap();
        }
        self.notes.event(event);
    }
}

#[test]
fn a_page_that_fails_is_a_warning_and_costs_no_figures() {
    let bench = Bench::new();
    let spoiler = Spoiler { beside: bench.folder.path().to_owned(), notes: Notes::default() };
    let summary = trainer::run(bench.config(""), &bench.out(), &RunOptions::default(), &spoiler).unwrap();
    let notes = spoiler.notes.0.into_inner().unwrap();
    assert!(notes.last().unwrap().starts_with("no report.html: "), "{notes:?}");
    assert_eq!(RunFolder::at(&bench.out()).figures().unwrap().test.accuracy, summary.metrics.test.songs.accuracy);
    ModelBundle::load(&summary.folder.model(), &Device::flex()).unwrap();
}

/// Ends the run from inside, as a crash of the host's own code would.
struct Crash(Phase);

impl Observer for Crash {
    fn event(&self, event: Event<'_>) {
        if matches!(event, Event::Epoch { phase, .. } if phase == self.0) {
            panic!("the host crashes");
        }
    }
}

#[test]
fn a_run_that_ends_early_in_any_phase_leaves_the_earlier_one() {
    let bench = Bench::new();
    let config = bench.config("fit_to = \"all\"");
    trainer::run(config.clone(), &bench.out(), &RunOptions::default(), &()).unwrap();
    let files = |folder: &Path| {
        let read = |name: &str| fs::read(folder.join(name)).unwrap();
        ["run.json", "metrics.json", "model/model.bpk", "report.html"].map(read)
    };
    let before = files(&bench.out());
    for phase in [Phase::Fit, Phase::Refit, Phase::Export] {
        let run = || trainer::run(config.clone(), &bench.out(), &RunOptions::default(), &Crash(phase));
        std::panic::catch_unwind(run).unwrap_err();
        assert_eq!(files(&bench.out()), before, "{phase:?}");
        assert_eq!(bench.names(), ["features.csv", "run"], "{phase:?}");
    }
}

#[test]
fn a_failed_network_is_the_first_in_order_and_finished_ones_are_told_of() {
    let bench = Bench::new();
    let notes = Notes::default();
    let mut config = bench.config("[split]\nprotocol = \"kfold\"\nfolds = 2");
    (config.optimizer.learning_rate, config.optimizer.weight_decay) = (10.0, 10.0);
    config.training.epochs = 40;
    let error = trainer::run(config, &bench.out(), &RunOptions::default(), &notes).unwrap_err().to_string();
    assert!(error.contains("optimizer.learning_rate"), "{error}");
    assert_eq!(bench.names(), ["features.csv"]);
}

//! Damaged and hostile configurations and files of runs: read, or refused by name.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use extraction::chain;
use trainer::config::{Override, Protocol, SplitConfig, TrainConfig};
use trainer::dataset::{self, Columns, Corpus, Division};
use trainer::run::{Draft, RunFolder};
use trainer::{Error, Result};

/// Characters of a message, at most.
const LONGEST: usize = 2000;

/// A configuration with something of everything.
const WHOLE: &str = "name = \"r\"\nseed = 5\ninput = \"features\"\nclip_seconds = 3.5\nbackend = \"flex\"\n# é\n[data]\n\
                     memory = 1e3\nsynth = { seconds = 3, seed = 0x1F }\n[split]\nprotocol = 'kfold'\nfolds = 3\n\
                     [training]\nepochs = 1_000\n[optimizer]\nlearning_rate = 1e-4\n";

fn told<T>(result: Result<T>, name: &str) -> String {
    let message = chain(&result.err().expect("it must be refused"));
    assert!(message.contains(name), "{message}");
    assert!(message.len() < LONGEST, "{} bytes: {}", message.len(), &message[..100]);
    message
}

/// Whatever the text is, it is a configuration that can be written and read again, or refused by its name.
fn parsed_or_refused(text: &str) {
    match TrainConfig::parse(text, "my.toml", &[]) {
        Ok(config) => assert_eq!(TrainConfig::parse(&config.to_toml().unwrap(), "again", &[]).unwrap(), config),
        error => drop(told(error, "my.toml")),
    }
}

/// Bytes with one bit turned after the other, always the same `count`.
fn turned(bytes: &[u8], count: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let mut bytes = bytes.to_vec();
        let at = (state >> 8) as usize % bytes.len();
        bytes[at] ^= 1 << (state % 8);
        bytes
    })
    .take(count)
}

/// A folder with a file of a gigabyte that takes no room on the disk, a pipe and a link to a device, by these names.
fn tricks() -> (tempfile::TempDir, Vec<(PathBuf, &'static str)>) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    File::create(at("sparse")).unwrap().set_len(1 << 30).unwrap();
    fs::create_dir(at("folder")).unwrap();
    let mut tricks = vec![(at("sparse"), "more than"), (at("folder"), "is a directory"), (at("gone"), "can't read")];
    #[cfg(unix)]
    {
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        std::os::unix::fs::symlink("/dev/zero", at("zero")).unwrap();
        tricks.extend([(at("pipe"), "no regular file"), (at("zero"), "no regular file")]);
    }
    (folder, tricks)
}

/// A table of two genres with three tracks each.
fn table() -> dataset::FeatureTable {
    let file = tempfile::NamedTempFile::new().unwrap();
    let rows = (0..6).map(|row| format!("t{row}.wav,{row},{}\n", if row < 3 { "a" } else { "b" })).collect::<String>();
    fs::write(file.path(), format!("filename,x,label\n{rows}")).unwrap();
    dataset::from_table(file.path(), &Columns::Numbers, usize::MAX).unwrap().table
}

fn divided(list: &Path) -> Result<Division> {
    let config = SplitConfig { protocol: Protocol::File, file: Some(list.to_owned()), ..SplitConfig::default() };
    Division::new(&table(), &config, 0)
}

#[test]
fn a_configuration_cut_anywhere_is_read_or_refused() {
    (0..=WHOLE.len()).filter_map(|at| WHOLE.get(..at)).for_each(parsed_or_refused);
}

#[test]
fn a_configuration_with_any_bit_turned_is_read_or_refused() {
    let path = tempfile::NamedTempFile::new().unwrap();
    for (at, bytes) in turned(WHOLE.as_bytes(), 10_000).enumerate() {
        match std::str::from_utf8(&bytes) {
            Ok(text) => parsed_or_refused(text),
            Err(_) if at % 50 == 0 => {
                fs::write(path.path(), &bytes).unwrap();
                told(TrainConfig::load(Some(path.path()), &[]), "UTF-8");
            }
            Err(_) => (),
        }
    }
}

#[test]
fn numbers_without_sense_are_refused_by_their_keys() {
    let keys = ["clip_seconds", "data.memory", "data.synth.seconds", "split.test_fraction", "optimizer.learning_rate"];
    for key in keys {
        for number in ["nan", "-nan", "inf", "-inf", "1e308", "-1e308", "9223372036854775807"] {
            parsed_or_refused(&format!("{key} = {number}"));
            told(TrainConfig::parse(&format!("{key} = {number}"), "my.toml", &[]), key.rsplit('.').next().unwrap());
        }
    }
    // What TOML itself has no number for is told by its line.
    told(TrainConfig::parse("seed = 1\noptimizer.learning_rate = 1e999", "my.toml", &[]), "my.toml:2: ");
    for key in ["split.folds", "training.epochs", "training.batch_size", "data.synth.tracks_per_genre"] {
        for number in ["0", "-1", "9223372036854775807", "18446744073709551615", "99999999999999999999999", "1e3"] {
            told(TrainConfig::parse(&format!("{key} = {number}"), "my.toml", &[]), "my.toml");
        }
    }
}

#[test]
fn deep_nesting_and_long_words_are_refused_in_few_words() {
    let deep = 100_000;
    for text in [
        format!("seed = {}", "[".repeat(deep)),
        format!("seed = {}{}", "[".repeat(deep), "]".repeat(deep)),
        format!("seed = {}", "{a=".repeat(deep)),
        format!("seed{} = 1", ".a".repeat(deep)),
        format!("[seed{}]", ".a".repeat(deep)),
        format!("{} = 1", "a".repeat(deep)),
        format!("backend = \"{}\"", "é".repeat(deep)),
        format!("name = \"{}\"", "a".repeat(deep)),
        "[data]\n".repeat(deep),
        "\0".repeat(deep),
    ] {
        told(TrainConfig::parse(&text, "my.toml", &[]), "my.toml");
        if let Ok(change) = Override::parse(&format!("seed={text}")) {
            assert!(TrainConfig::parse("", "my.toml", &[change]).is_err());
        }
    }
}

#[test]
fn what_is_no_text_of_a_configurations_length_is_refused_unread() {
    let (folder, tricks) = tricks();
    for (path, reason) in &tricks {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(told(TrainConfig::load(Some(path), &[]), name).contains(reason), "{name}");
    }
    drop(folder);
}

#[test]
fn data_that_is_no_file_is_refused_before_training() {
    let (folder, tricks) = tricks();
    for (path, _) in &tricks {
        let name = path.file_name().unwrap().to_str().unwrap();
        if name != "folder" {
            told(Corpus::scan(path), name);
        }
        told(dataset::from_table(path, &Columns::Numbers, usize::MAX).map(drop), name);
    }
    drop(folder);
}

#[test]
fn lists_of_tracks_are_read_or_refused() {
    let (folder, tricks) = tricks();
    for (path, _) in &tricks {
        told(divided(path), path.file_name().unwrap().to_str().unwrap());
    }
    let list = folder.path().join("list.csv");
    let whole = "track,split\nt0,train\nt1.wav,valid\nt2,test\n\"t3\",train\nt4,valid\nt5,test\n";
    fs::write(&list, whole).unwrap();
    assert!(divided(&list).is_ok());
    let cut = (0..whole.len()).map(|at| whole.as_bytes()[..at].to_vec());
    for bytes in cut.chain(turned(whole.as_bytes(), 300)) {
        fs::write(&list, bytes).unwrap();
        if let Err(error) = divided(&list) {
            assert!(chain(&error).contains("list.csv"), "{}", chain(&error));
        }
    }
    fs::write(&list, format!("track,split\n{},train\n", "t".repeat(1 << 20))).unwrap();
    assert!(matches!(divided(&list), Err(Error::UnknownTracks { .. })));
}

#[test]
fn the_files_of_a_run_are_read_or_refused() {
    let (folder, tricks) = tricks();
    let run = folder.path().join("run");
    fs::create_dir(&run).unwrap();
    let read = |run: &RunFolder, name: &str| match name {
        "config.toml" => run.settings().map(drop).and(run.read_config().map(drop)),
        "history.csv" => run.history().map(drop),
        _ => run.figures().map(drop),
    };
    let history = "epoch,train_loss,train_accuracy,valid_loss,valid_accuracy\n1,0.25,0.5,,\n2,nan,inf,1e999,0\n";
    for (name, whole) in [("config.toml", WHOLE), ("history.csv", history), ("metrics.json", "{\"seeds\": [1e999]}")] {
        let (path, reader) = (run.join(name), RunFolder::at(&run));
        let cut = (0..whole.len()).step_by(3).map(|at| whole.as_bytes()[..at].to_vec());
        for bytes in cut.chain(turned(whole.as_bytes(), 300)).chain([b"[".repeat(100_000)]) {
            fs::write(&path, bytes).unwrap();
            if let Err(error) = read(&reader, name) {
                assert!(chain(&error).contains("run"), "{}", chain(&error));
            }
        }
        for (trick, _) in tricks.iter().filter(|(trick, _)| trick.is_file() || !trick.exists()) {
            fs::remove_file(&path).unwrap();
            if trick.exists() {
                fs::hard_link(trick, &path).unwrap();
                told(read(&reader, name), "run");
            }
            fs::write(&path, "").unwrap();
        }
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_folder_whose_marker_is_a_trick_is_no_run() {
    let (folder, tricks) = tricks();
    for (trick, _) in tricks.iter().filter(|(trick, _)| trick.exists()) {
        let run = folder.path().join("run");
        fs::create_dir(&run).unwrap();
        fs::rename(trick, run.join("run.json")).unwrap();
        let error = Draft::begin(&run, &TrainConfig::default()).map(drop);
        assert!(told(error, "run").contains("holds other files"));
        fs::remove_dir_all(&run).unwrap();
    }
}

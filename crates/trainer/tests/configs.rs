//! The configurations that come with the project.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use trainer::backend::Backend;
use trainer::config::{DataSource, Input, TrainConfig};

fn configs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs")
}

fn read(name: &str) -> TrainConfig {
    TrainConfig::load(Some(&configs().join(name)), &[]).unwrap()
}

#[test]
fn every_file_is_valid_and_has_a_run_folder_of_its_own() {
    let mut names = std::collections::BTreeSet::new();
    let mut files = 0;
    for entry in std::fs::read_dir(configs()).unwrap() {
        let config = TrainConfig::load(Some(&entry.unwrap().path()), &[]).unwrap();
        names.insert(config.name);
        files += 1;
    }
    assert!(files >= 4);
    assert_eq!(names.len(), files);
}

#[test]
fn the_demo_spells_out_the_defaults() {
    let demo = read("demo.toml");
    let defaults = TrainConfig::default();
    assert_eq!(demo, TrainConfig::parse("name = \"demo\"\nclip_seconds = 30", "text", &[]).unwrap());
    assert_eq!(demo.spec(), defaults.spec());
    assert!(matches!(demo.data, DataSource::Synth(_)));
}

#[test]
fn the_others_are_what_their_names_say() {
    assert_eq!(read("cpu.toml").backend, Backend::Ndarray);
    assert_eq!(read("gpu.toml").backend, Backend::Wgpu);
    let spectrogram = read("spectrogram.toml");
    assert_eq!((spectrogram.input, spectrogram.spec().len()), (Input::Spectrogram, 16_640));
}

//! `gtzan info`, `init`, `completions` and `man`, as a user meets them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;

use dsp::FEATURE_NAMES;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_empty};
use serde_json::Value;
use trainer::config::TrainConfig;

use crate::support::{gtzan, write_wav};

fn printed(folder: &Path, arguments: &[&str]) -> String {
    let done = gtzan(folder, arguments).assert().success().stderr(is_empty());
    String::from_utf8(done.get_output().stdout.clone()).unwrap()
}

/// Three seconds of a sine of 0.5 at 440 Hz.
fn tone(path: &Path) {
    write_wav(
        path,
        (0..66_150).map(|n| ((f64::from(n) * std::f64::consts::TAU * 440.0 / 22_050.0).sin() * 16_384.0) as i16),
    );
}

#[test]
fn info_tells_format_level_and_features() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::create_dir(at.join("ska")).unwrap();
    tone(&at.join("ska/a.wav"));
    let text = printed(at, &["info", "ska/a.wav"]);
    for line in ["22050 Hz, mono", "0:03.000 min", "-9.0 dBFS RMS, -6.0 dBFS peak", "zero-crossing rate", "MFCC 20"] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let info: Value = serde_json::from_str(&printed(at, &["info", "ska/a.wav", "--json"])).unwrap();
    assert_eq!((info["rate"].as_u64(), info["channels"].as_u64()), (Some(22_050), Some(1)));
    // A sine of 0.5 has 20 log10(0.5) dB at its peaks, and 3.01 dB less on average.
    assert!((info["peak_dbfs"].as_f64().unwrap() + 6.02).abs() < 0.01);
    assert!((info["rms_dbfs"].as_f64().unwrap() + 9.03).abs() < 0.01);

    // The features are those of the table.
    gtzan(at, &["extract", "ska/a.wav", "--out", "features.csv"]).assert().success();
    let mut rows = csv::Reader::from_path(at.join("features.csv")).unwrap();
    let row = rows.records().next().unwrap().unwrap();
    for (name, wanted) in FEATURE_NAMES.iter().zip(row.iter().skip(2)) {
        let (got, wanted) = (info["features"][name].as_f64().unwrap(), wanted.parse::<f64>().unwrap());
        // The test's JSON reader rounds in the last digit.
        assert!((got - wanted).abs() <= 1e-15 * wanted.abs(), "{name}: {got} instead of {wanted}");
    }
}

#[test]
fn info_knows_other_formats_and_silence() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let header: Vec<u8> = [0x2e73_6e64u32, 24, u32::MAX, 1, 44_100, 2].into_iter().flat_map(u32::to_be_bytes).collect();
    fs::write(at.join("a.au"), [header, vec![0xff; 2 * 44_100]].concat()).unwrap();
    let text = printed(at, &["info", "a.au"]);
    for line in ["Sun AU, G.711 µ-law", "44100 Hz, stereo", "silence RMS, silence peak", "0.0 BPM"] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let info: Value = serde_json::from_str(&printed(at, &["info", "a.au", "--json"])).unwrap();
    assert!(info["rms_dbfs"].is_null());
}

#[test]
fn info_refuses_what_is_no_audio() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("text.wav"), "no music").unwrap();
    for file in ["text.wav", "none.wav"] {
        let refused = gtzan(at, &["info", file, "--json"]).assert().code(2).stdout(is_empty());
        refused.stderr(contains(format!("error: {file}: ")).and(contains("\n").count(1)));
    }
}

#[test]
fn info_tells_what_it_can_of_a_file_of_any_length() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let info = |samples: usize| -> Value {
        write_wav(&at.join("a.wav"), (0..samples).map(|n| (8_000.0 * (n as f64 * 0.1).sin()) as i16));
        serde_json::from_str(&printed(at, &["info", "a.wav", "--json"])).unwrap()
    };
    // Less than an analysis window has a format, a length and a level.
    let short = info(900);
    assert_eq!((short["rate"].as_u64(), short["container"].is_string()), (Some(22_050), true));
    assert!((short["seconds"].as_f64().unwrap() - 900.0 / 22_050.0).abs() < 1e-9 && short["rms_dbfs"].is_number());
    assert!(short["features"].is_null() && short["tempo"].is_null());
    assert!(printed(at, &["info", "a.wav"]).contains("they need 2048 samples"));
    // One window has all features.
    assert_eq!(info(2_048)["features"].as_object().unwrap().len(), 57);
    // More than five minutes: means over pieces, which of a steady tone are those of any piece.
    let long = info(301 * 22_050 + 100);
    assert_eq!(long["pieces"], 11);
    let whole = info(30 * 22_050);
    assert!(whole["pieces"].is_null());
    for name in ["spectral_centroid_mean", "rms_mean", "rolloff_mean"] {
        let (long, whole) = (long["features"][name].as_f64().unwrap(), whole["features"][name].as_f64().unwrap());
        assert!((long - whole).abs() < 0.01 * whole, "{name}: {long} and {whole}");
    }
}

#[test]
fn init_writes_the_defaults_and_never_over_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert_eq!(printed(at, &["init"]), "gtzan.toml\n");
    let text = fs::read_to_string(at.join("gtzan.toml")).unwrap();
    assert!(text.contains("gtzan train --config gtzan.toml") && text.contains("dir = \"my-music\""));
    let config = TrainConfig::parse(&text, "gtzan.toml", &[]).unwrap();
    assert_eq!(config, TrainConfig::parse("name = \"mine\"\nclip_seconds = 30", "text", &[]).unwrap());
    gtzan(at, &["init"]).assert().code(2).stderr(contains("gtzan.toml: is there already"));
    assert_eq!(fs::read_to_string(at.join("gtzan.toml")).unwrap(), text);
    assert_eq!(printed(at, &["init", "other.toml"]), "other.toml\n");
}

#[test]
fn shells_and_manuals_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let help = printed(at, &["--help"]);
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let commands: Vec<&str> = commands
        .lines()
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?.split_whitespace().next())
        .collect();
    assert!(commands.len() > 10);
    let page = printed(at, &["man"]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = printed(at, &["completions", shell]);
        assert!(commands.iter().all(|command| script.contains(command)), "{shell}");
    }
    let script = printed(at, &["completions", "bash"]);
    fs::write(at.join("gtzan.bash"), script).unwrap();
    if let Ok(bash) = std::process::Command::new("bash").arg("-n").arg(at.join("gtzan.bash")).status() {
        assert!(bash.success());
    }
    for command in commands {
        assert!(page.contains(&format!("gtzan\\-{command}(1)")), "{command}");
        assert!(printed(at, &["man", command]).contains(&format!(".TH gtzan-{command} 1")), "{command}");
    }
    gtzan(at, &["man", "sing"]).assert().code(2).stderr(contains("no command `sing`"));
}

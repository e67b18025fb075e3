//! The model in the box: there without being asked for, and silent about what is no music.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::f64::consts::PI;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

use crate::support::write_wav;

const RATE: f64 = 22_050.0;

fn predict(folder: &Path, paths: &[&str]) -> Vec<serde_json::Value> {
    let mut gtzan = Command::cargo_bin("gtzan").unwrap();
    let assert = gtzan.current_dir(folder).args(["predict", "--json"]).args(paths).assert().success();
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Numbers in [0, 1) that repeat.
fn random() -> impl FnMut() -> f64 {
    let mut state = 7u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A resonance: two poles at a frequency and bandwidth in Hz.
struct Formant {
    past: [f64; 2],
}

impl Formant {
    fn next(&mut self, input: f64, frequency: f64, bandwidth: f64) -> f64 {
        let radius = (-PI * bandwidth / RATE).exp();
        let turn = 2.0 * radius * (2.0 * PI * frequency / RATE).cos();
        let output = (1.0 - radius) * input + turn * self.past[0] - radius * radius * self.past[1];
        self.past = [output, self.past[0]];
        output
    }
}

/// Somebody reading aloud, roughly: a buzz of falling pitch through the formants of changing vowels, four syllables a second,
/// each begun by a hiss, with a pause for breath after some words.
fn speech(seconds: usize) -> Vec<i16> {
    const VOWELS: [[f64; 3]; 5] = [
        [730.0, 1090.0, 2440.0],
        [270.0, 2290.0, 3010.0],
        [300.0, 870.0, 2240.0],
        [530.0, 1840.0, 2480.0],
        [570.0, 840.0, 2410.0],
    ];
    let mut random = random();
    let mut formants = [0; 3].map(|_| Formant { past: [0.0; 2] });
    let (mut samples, mut phase) = (Vec::new(), 0.0);
    let (mut sentence, mut last) = (0, 0.0);
    while samples.len() < seconds * 22_050 {
        let vowel = VOWELS[(random() * 5.0) as usize];
        let length = ((0.14 + 0.2 * random()) * RATE) as usize;
        let hiss = ((0.03 + 0.07 * random()) * RATE) as usize;
        for at in 0..length + hiss {
            let noise = random() - 0.5;
            let pitch =
                130.0 * (1.0 - 0.02 * f64::from(sentence)) * (1.0 + 0.1 * (samples.len() as f64 / RATE * 9.0).sin());
            phase = (phase + pitch / RATE).fract();
            let voice =
                if at < hiss { 0.0 } else { (1.0 - 2.0 * phase) * (PI * (at - hiss) as f64 / length as f64).sin() };
            let mut sound = voice;
            for (formant, frequency) in formants.iter_mut().zip(vowel) {
                sound = 4.0 * formant.next(sound, frequency, 90.0) + 0.1 * sound;
            }
            // What is said in front of a vowel is bright: the difference of noise.
            let bright = if at < hiss { 0.35 * (noise - last) } else { 0.0 };
            last = noise;
            samples.push((8_000.0 * (0.6 * sound + bright).clamp(-2.0, 2.0)) as i16);
        }
        sentence = if random() < 0.15 { 0 } else { sentence + 1 };
        if sentence == 0 {
            samples.extend(std::iter::repeat_n(0, ((0.3 + 0.4 * random()) * RATE) as usize));
        }
    }
    samples.truncate(seconds * 22_050);
    samples
}

#[test]
fn speech_noise_and_silence_are_no_genre() {
    let folder = tempfile::tempdir().unwrap();
    let length = 30 * 22_050;
    let mut uniform = random();
    let mut noise = |level: f64| -> Vec<i16> { (0..length).map(|_| (level * (uniform() - 0.5)) as i16).collect() };
    let mut brown = 0.0;
    let white = noise(12_000.0);
    let deep = white.iter().map(|&sample| {
        brown = 0.99 * brown + 0.1 * f64::from(sample);
        brown as i16
    });
    for (name, samples) in [
        ("silence.wav", vec![0; length]),
        ("deep.wav", deep.collect()),
        ("white.wav", white.clone()),
        ("hiss.wav", noise(60.0)),
        ("tone.wav", (0..length).map(|i| (9_000.0 * (2.0 * PI * 440.0 * i as f64 / RATE).sin()) as i16).collect()),
        ("speech.wav", speech(30)),
    ] {
        write_wav(&folder.path().join(name), samples.into_iter());
    }
    let lines = predict(folder.path(), &["silence.wav", "deep.wav", "white.wav", "hiss.wav", "tone.wav", "speech.wav"]);
    assert_eq!(lines.len(), 6);
    for line in lines {
        assert_eq!((&line["status"], &line["genre"]), (&"ok".into(), &"unsure".into()), "{line}");
        assert!(line["doubt"].is_string(), "{line}");
        assert_eq!(line["top"].as_array().unwrap().len(), 3, "{line}");
    }
}

#[test]
fn a_long_song_is_cut_into_clips_that_vote() {
    let folder = tempfile::tempdir().unwrap();
    let tone = |i: usize| ((i as f64 * 0.0627 + (i as f64 * 1e-4).sin()).sin() * 12_000.0) as i16;
    write_wav(&folder.path().join("song.wav"), (0..180 * 22_050).map(tone));
    let line = predict(folder.path(), &["song.wav"]).remove(0);
    let clips = line["clips"].as_array().unwrap();
    // To the tenth of a second: a clip may lack a sample.
    let seconds = |clip: &serde_json::Value, key: &str| (10.0 * clip[key].as_f64().unwrap()).round() / 10.0;
    let bounds: Vec<(f64, f64)> = clips.iter().map(|clip| (seconds(clip, "start"), seconds(clip, "end"))).collect();
    assert_eq!(bounds, [(0.0, 30.0), (30.0, 60.0), (60.0, 90.0), (90.0, 120.0), (120.0, 150.0), (150.0, 180.0)]);
}

#[test]
fn real_excerpts_are_mostly_named_rightly() {
    let Some(data) = std::env::var_os("GTZAN_DATA").map(PathBuf::from) else {
        eprintln!("skipped: GTZAN_DATA is not set");
        return;
    };
    let lines = predict(&data, &["excerpts"]);
    assert_eq!(lines.len(), 60);
    let right = |line: &&serde_json::Value| {
        line["path"].as_str().unwrap().contains(&format!("/{}/", line["top"][0]["genre"].as_str().unwrap()))
    };
    // Most of them are among the songs that the model was fitted to.
    let hits = lines.iter().filter(right).count();
    assert!(hits >= 45, "{hits} of 60");
}

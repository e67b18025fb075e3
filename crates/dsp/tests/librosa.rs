//! Every descriptor, matrix by matrix, and every feature against what librosa 0.7.2 and 0.11.0 said about generated
//! signals. `goldens/make.py` makes the reference values.

#![allow(clippy::unwrap_used, reason = "a test that finds its references damaged should fail")]

mod compare;
#[path = "goldens/reader.rs"]
mod reader;
#[path = "goldens/signals.rs"]
mod signals;

use compare::{Tolerance, Worst};
use dsp::beats::beats;
use dsp::chroma::ChromaBank;
use dsp::hpss::Hpss;
use dsp::mel::{MEL_BANDS, MelBank, Reference, power_to_db};
use dsp::mfcc::Mfcc;
use dsp::onset::onset_strength;
use dsp::rhythm::Rhythm;
use dsp::spectral::SpectralShape;
use dsp::stft::{HOP, Padding, Stft};
use dsp::temporal::Temporal;
use dsp::tuning::TuningEstimator;
use dsp::{ClipLength, Convention, FeatureExtractor, FeatureSpec, FrameMatrix, InputKind};
use reader::Goldens;
use serde_json::Value;

const RATE: u32 = 22_050;
const BOTH: [Convention; 2] = [Convention::Librosa07, Convention::Librosa011];

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

#[test]
fn signals_are_those_librosa_saw() {
    for convention in BOTH {
        let goldens = Goldens::read(convention.name());
        for (name, samples) in signals::signals() {
            assert_eq!(goldens.signal(name)["hash"].as_str(), Some(signals::hash(&samples).as_str()), "{name}");
        }
    }
}

#[test]
fn features_equal_librosa() {
    let mut failed = false;
    for convention in BOTH {
        let goldens = Goldens::read(convention.name());
        let mut extractor = FeatureExtractor::new(&FeatureSpec::features(convention, ClipLength::TENTH));
        let mut worst = Worst::default();
        for (name, samples) in signals::signals() {
            let row = extractor.extract_any_length(&samples).unwrap();
            worst.row(name, &row.values, &goldens.features(name).unwrap(), &Tolerance::LIBROSA);
        }
        println!("{convention}\n{worst}");
        failed |= !worst.passed();
    }
    assert!(!failed);
}

#[test]
fn features_at_other_rates_equal_librosa() {
    for convention in BOTH {
        let goldens = Goldens::read(convention.name());
        let (name, samples) = signals::signals().into_iter().find(|(name, _)| *name == "music").unwrap();
        for (rate, expected) in goldens.signal(name)["features_at"].as_object().unwrap() {
            let sample_rate = rate.parse().unwrap();
            let spec = FeatureSpec::new(InputKind::Features, convention, sample_rate, ClipLength::TENTH).unwrap();
            let row = FeatureExtractor::new(&spec).extract(&samples).unwrap();
            let mut worst = Worst::default();
            worst.row(name, &row.values, &numbers(expected), &Tolerance::LIBROSA);
            assert!(worst.passed(), "{convention}, {rate} Hz\n{worst}");
        }
    }
}

#[test]
fn beats_equal_librosa() {
    let goldens = Goldens::read(Convention::Librosa011.name());
    let mut found = 0;
    for (name, samples) in signals::signals() {
        let Some(expected) = goldens.signal(name)["beats"].as_array() else { continue };
        let expected: Vec<usize> = expected.iter().map(number).collect();
        let (mut stft, mut mel) = (Stft::new(), FrameMatrix::default());
        let (mut spectrum, mut magnitude) = Default::default();
        stft.forward(&samples, Padding::from(Convention::Librosa011), &mut spectrum, &mut magnitude).unwrap();
        MelBank::new(RATE).apply(&magnitude, &mut mel);
        power_to_db(&mut mel, Reference::One);
        let onset = onset_strength(&mel);
        assert_eq!(beats(&onset, Rhythm::new(RATE).tempo(&onset), RATE), expected, "{name}");
        found += expected.len();
    }
    assert!(found > 20, "{found} beats in all signals");
}

/// The matrices of one signal, `[frames, bins]` each, by the names that `make.py` gives them.
fn stages(samples: &[f32], convention: Convention) -> Vec<(&'static str, FrameMatrix)> {
    let padding = Padding::from(convention);
    let mut stft = Stft::new();
    let (mut spectrum, mut magnitude) = Default::default();
    stft.forward(samples, padding, &mut spectrum, &mut magnitude).unwrap();

    let tuning = TuningEstimator::new(RATE, convention).estimate(&magnitude);
    let mut chroma = FrameMatrix::default();
    ChromaBank::new(RATE).apply(&magnitude, tuning, &mut chroma);
    let mut shape = SpectralShape::default();
    shape.describe(&magnitude, RATE);
    let mut temporal = Temporal::default();
    temporal.describe(samples, padding);

    let mut harmonic = vec![0.0; samples.len()];
    Hpss::new().harmonic(&mut stft, &spectrum, &magnitude, convention, &mut harmonic).unwrap();
    let restored = if convention == Convention::Librosa07 { samples.len() / HOP * HOP } else { samples.len() };
    let mut percussive = vec![0.0; samples.len()];
    for (index, value) in percussive.iter_mut().enumerate().take(restored) {
        *value = samples[index] - harmonic[index];
    }

    let mut power = FrameMatrix::default();
    MelBank::new(RATE).apply(&magnitude, &mut power);
    let (mut mel_db, mut mfcc) = (power, FrameMatrix::default());
    power_to_db(&mut mel_db, Reference::One);
    Mfcc::new().apply(&mel_db, &mut mfcc);
    let onset = onset_strength(&mel_db);
    let tempogram = Rhythm::new(RATE).tempogram(&onset);
    let (frames, lags) = (tempogram.frames(), tempogram.bins());
    let tempogram = matrix(frames, lags, tempogram.data().iter().map(|&value| value as f32));
    let column = |values: &[f64]| matrix(values.len(), 1, values.iter().map(|&value| value as f32));
    let waveform = |values: Vec<f32>| {
        let hops = values.len().div_ceil(HOP);
        matrix(hops, HOP, values.into_iter().chain(std::iter::repeat(0.0)))
    };
    vec![
        ("magnitude", magnitude),
        ("tuning", column(&[tuning])),
        ("chroma", chroma),
        ("rms", column(&temporal.rms)),
        ("centroid", column(&shape.centroid)),
        ("bandwidth", column(&shape.bandwidth)),
        ("rolloff", column(&shape.rolloff)),
        ("zero_crossing_rate", column(&temporal.zero_crossing_rate)),
        ("harmonic", waveform(harmonic)),
        ("percussive", waveform(percussive)),
        ("mel_db", mel_db),
        ("log_mel", log_mel(samples, convention)),
        ("mfcc", mfcc),
        ("onset", matrix(onset.len(), 1, onset.into_iter())),
        ("tempogram", tempogram),
    ]
}

/// The row of a spectrogram extractor for clips as long as the signal, bands and frames exchanged.
fn log_mel(samples: &[f32], convention: Convention) -> FrameMatrix {
    let length = ClipLength::new((samples.len() + 1) as f64 / f64::from(RATE)).unwrap();
    let spec = FeatureSpec::new(InputKind::Spectrogram, convention, RATE, length).unwrap();
    let row = FeatureExtractor::new(&spec).extract(samples).unwrap();
    let frames = row.values.len() / MEL_BANDS;
    matrix(frames, MEL_BANDS, (0..row.values.len()).map(|i| row.values[i % MEL_BANDS * frames + i / MEL_BANDS] as f32))
}

fn matrix(frames: usize, bins: usize, values: impl Iterator<Item = f32>) -> FrameMatrix {
    let mut matrix = FrameMatrix::new(frames, bins);
    for (target, value) in matrix.data_mut().iter_mut().zip(values) {
        *target = value;
    }
    matrix
}

/// Greatest error allowed, as a share of the matrix's greatest value.
fn allowed(stage: &str) -> f64 {
    match stage {
        // Exact counts, and steps that both sides print alike.
        "zero_crossing_rate" | "tuning" => 1e-7,
        "magnitude" | "rms" | "harmonic" | "percussive" | "rolloff" => 2e-6,
        "centroid" | "bandwidth" | "mel_db" | "log_mel" | "mfcc" => 3e-6,
        _ => 2e-5,
    }
}

#[test]
fn matrices_equal_librosa() {
    let mut failures = Vec::new();
    for convention in BOTH {
        let goldens = Goldens::read(convention.name());
        for (name, samples) in signals::signals() {
            if goldens.stage(name, "magnitude").is_none() {
                continue;
            }
            for (stage, got) in stages(&samples, convention) {
                let worst = goldens.stage(name, stage).unwrap().worst(&got);
                println!("{convention} {name} {stage}: {:.1e} {}", worst.0, worst.1);
                if worst.0.is_nan() || worst.0 > allowed(stage) {
                    failures.push(format!("{convention} {name} {stage}: {:.1e} {}", worst.0, worst.1));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

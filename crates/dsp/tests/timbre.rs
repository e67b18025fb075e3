//! Contrast, flatness, movement of the cepstrum, tempogram and bark bands, matrix by matrix, against what librosa 0.7.2 and
//! Essentia said about generated signals.

#![allow(clippy::unwrap_used, reason = "a test that finds its references damaged should fail")]
#![allow(clippy::print_stdout, reason = "says what was compared")]

#[path = "goldens/reader.rs"]
mod reader;
#[path = "goldens/signals.rs"]
mod signals;

use dsp::FrameMatrix;
use dsp::bark::{BANDS, Bark};
use dsp::contrast::Contrast;
use dsp::flatness::flatness;
use dsp::mel::{MelBank, Reference, power_to_db};
use dsp::mfcc::Mfcc;
use dsp::onset::mean_onset_strength;
use dsp::stft::{Padding, Stft};
use dsp::tempogram::Tempogram;
use reader::{Goldens, Kept};

/// The matrices of one signal, `[frames, bins]` each, by the names that `make.py` gives them.
fn stages(samples: &[f32]) -> Vec<(&'static str, FrameMatrix<f64>)> {
    let (mut spectrum, mut magnitude) = Default::default();
    Stft::new().forward(samples, Padding::Reflect, &mut spectrum, &mut magnitude).unwrap();
    let (mut mel_db, mut mfcc) = (FrameMatrix::default(), FrameMatrix::default());
    MelBank::new(22_050).apply(&magnitude, &mut mel_db);
    power_to_db(&mut mel_db, Reference::One);
    Mfcc::new().apply(&mel_db, &mut mfcc);
    let (mut contrast, mut tempogram, mut flat) = (FrameMatrix::default(), FrameMatrix::default(), Vec::new());
    Contrast::new().apply(&magnitude, &mut contrast);
    flatness(&magnitude, &mut flat);
    let onset = mean_onset_strength(&mel_db);
    Tempogram::new().apply(&onset, &mut tempogram);
    let moves = mfcc.rows().zip(mfcc.rows().skip(1)).flat_map(|(before, after)| {
        before.iter().zip(after).take(10).map(|(before, after)| f64::from(after - before)).collect::<Vec<_>>()
    });
    vec![
        ("contrast", widened(&contrast)),
        ("flatness", matrix(flat.len(), 1, flat.iter().copied())),
        ("mfcc_diff", matrix(mfcc.frames() - 1, 10, moves)),
        ("onset_mean", matrix(onset.len(), 1, onset.iter().map(|&value| value.into()))),
        ("tempogram_384", widened(&tempogram)),
    ]
}

fn matrix(frames: usize, bins: usize, values: impl Iterator<Item = f64>) -> FrameMatrix<f64> {
    let mut matrix = FrameMatrix::new(frames, bins);
    matrix.data_mut().iter_mut().zip(values).for_each(|(target, value)| *target = value);
    matrix
}

fn widened(values: &FrameMatrix) -> FrameMatrix<f64> {
    matrix(values.frames(), values.bins(), values.data().iter().map(|&value| value.into()))
}

#[test]
fn matrices_equal_librosa() {
    let goldens = Goldens::read("extended-0.7");
    let mut failures = Vec::new();
    let mut compared = 0;
    for (name, samples) in signals::signals() {
        if goldens.stage(name, "contrast").is_none() {
            continue;
        }
        for (stage, got) in stages(&samples) {
            let (error, place) = goldens.stage(name, stage).unwrap().worst(&got);
            println!("{name} {stage}: {error:.1e} {place}");
            compared += 1;
            // A share of the matrix's greatest value.
            let allowed = 1e-5;
            if error.is_nan() || error > allowed {
                failures.push(format!("{name} {stage}: {error:.1e} {place}"));
            }
        }
    }
    assert!(failures.is_empty() && compared == 25, "{compared}\n{}", failures.join("\n"));
}

#[test]
fn bark_bands_equal_essentia() {
    let goldens = Goldens::read("essentia-2.1");
    let mut failures = Vec::new();
    let mut compared = 0;
    for (name, samples) in signals::signals() {
        let Some(mut kept) = goldens.stage(name, "bark") else { continue };
        let mut bark = Bark::new();
        bark.describe(&samples).unwrap();
        let frames = bark.band(0).len();
        let got = matrix(frames, BANDS, (0..frames * BANDS).map(|i| bark.band(i % BANDS)[i / BANDS].into()));
        compared += kept.rows.len();
        // Essentia saw the signal at twice the rate, where the cut in the last frame rings otherwise.
        let last = Kept { shape: kept.shape, rows: kept.rows.split_off(frames - 1) };
        for (part, allowed) in [(kept, 2e-6), (last, 5e-3)] {
            let (error, place) = part.worst(&got);
            println!("{name}: {error:.1e} {place}");
            if error.is_nan() || error > allowed {
                failures.push(format!("{name}: {error:.1e} {place}"));
            }
        }
    }
    assert!(failures.is_empty() && compared > 1000, "{compared}\n{}", failures.join("\n"));
}

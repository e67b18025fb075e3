//! Constant-Q transform, CENS and tonnetz, matrix by matrix, against what librosa 0.7.2 said about generated signals.

#![allow(clippy::unwrap_used, reason = "a test that finds its references damaged should fail")]
#![allow(clippy::print_stdout, reason = "says what was compared")]

#[path = "goldens/reader.rs"]
mod reader;
#[path = "goldens/signals.rs"]
mod signals;

use dsp::cens::Cens;
use dsp::constant_q::{ConstantQ, MIN_CQT_SAMPLES, fold};
use dsp::halving::Halving;
use dsp::statistics::column_statistics;
use dsp::stft::{Padding, Stft};
use dsp::tonnetz::Tonnetz;
use dsp::tuning::TuningEstimator;
use dsp::{Convention, Error, FrameMatrix};
use reader::Goldens;

const RATE: u32 = 22_050;
/// Twelve of CENS and six of the tonnetz, three statistics each.
const COLUMNS: usize = 54;
/// Where these columns start among the 148 of `make.py`.
const FIRST: usize = 14;
/// Error allowed, as a share of the value.
const TOLERANCE: f64 = 1e-4;

/// The matrices of one signal, `[frames, bins]` each, and the columns made of them.
#[derive(Default)]
struct Tonal {
    tuning: f64,
    cqt: FrameMatrix<f64>,
    /// Sums over the octaves, not yet scaled.
    chroma: FrameMatrix<f64>,
    cens: FrameMatrix<f64>,
    tonnetz: FrameMatrix<f64>,
    columns: Vec<f64>,
}

fn tonal(samples: &[f32]) -> dsp::Result<Tonal> {
    let (mut spectrum, mut magnitude) = Default::default();
    Stft::new().forward(samples, Padding::Reflect, &mut spectrum, &mut magnitude)?;
    tonal_tuned(samples, TuningEstimator::by_magnitude(RATE, Convention::Librosa07).estimate(&magnitude))
}

fn tonal_tuned(samples: &[f32], tuning: f64) -> dsp::Result<Tonal> {
    let mut tonal = Tonal { tuning, ..Tonal::default() };
    ConstantQ::new().magnitudes(samples, tonal.tuning, &mut tonal.cqt)?;
    fold(&tonal.cqt, &mut tonal.chroma);
    Cens::new().apply(&tonal.chroma, &mut tonal.cens);
    Tonnetz::new().apply(&tonal.chroma, &mut tonal.tonnetz);
    column_statistics(&tonal.cens, &mut tonal.columns);
    column_statistics(&tonal.tonnetz, &mut tonal.columns);
    Ok(tonal)
}

/// The worst of many errors, as a share of what is allowed, and where it was.
#[derive(Default)]
struct Worst {
    share: f64,
    place: String,
}

impl Worst {
    fn see(&mut self, got: f64, expected: f64, allowed: f64, place: impl FnOnce() -> String) {
        let share = (got - expected).abs() / allowed;
        if share.is_nan() || share > self.share {
            *self = Self { share, place: format!("{}: {got} instead of {expected}", place()) };
        }
    }

    fn passed(&self) -> bool {
        self.share <= 1.0
    }
}

#[test]
fn matrices_equal_librosa() {
    let goldens = Goldens::read("extended-0.7");
    let mut failures = Vec::new();
    let mut compared = 0;
    for (name, samples) in signals::signals() {
        if goldens.stage(name, "cqt").is_none() {
            continue;
        }
        let mut tonal = tonal(&samples).unwrap();
        // librosa's chromagram has each frame over its maximum.
        for row in tonal.chroma.rows_mut() {
            let greatest = row.iter().fold(f64::MIN_POSITIVE, |a, &b| a.max(b));
            row.iter_mut().for_each(|value| *value /= greatest);
        }
        let mut tuning = FrameMatrix::new(1, 1);
        tuning.data_mut().fill(tonal.tuning);
        for (stage, got) in [
            ("cqt_tuning", &tuning),
            ("cqt", &tonal.cqt),
            ("chroma_cqt", &tonal.chroma),
            ("cens", &tonal.cens),
            ("tonnetz", &tonal.tonnetz),
        ] {
            let kept = goldens.stage(name, stage).unwrap();
            assert_eq!((got.frames(), got.bins()), kept.shape, "{name} {stage}");
            let mut worst = Worst::default();
            for (frame, wanted) in kept.rows {
                // The references are rounded to single precision.
                let scale = wanted.iter().fold(1e-6, |a: f64, &b| a.max(f64::from(b.abs())));
                for (bin, (&got, &wanted)) in got.rows().nth(frame).unwrap().iter().zip(&wanted).enumerate() {
                    worst.see(got, f64::from(wanted), 1e-7 * scale, || format!("frame {frame} bin {bin}"));
                    compared += 1;
                }
            }
            println!("{name} {stage}: {:.2} of what is allowed, {}", worst.share, worst.place);
            if !worst.passed() {
                failures.push(format!("{name} {stage}: {:.1}, {}", worst.share, worst.place));
            }
        }
    }
    assert!(failures.is_empty() && compared > 10_000, "{}", failures.join("\n"));
}

#[test]
fn columns_equal_librosa() {
    let goldens = Goldens::read("extended-0.7");
    let mut failures = Vec::new();
    for (name, samples) in signals::signals() {
        let Some(expected) = goldens.features(name) else {
            assert!(matches!(tonal(&samples), Err(Error::ClipTooShort { .. })), "{name}");
            continue;
        };
        let got = match name {
            // The spectrum of a lone click is flat but for the last bits of the absolute values, which numpy itself rounds
            // differently on processors with and without AVX-512: they decide what peaks are tuned by. This is librosa's
            // tuning on the machine of the reference values.
            "click" => tonal_tuned(&samples, 0.35),
            _ => tonal(&samples),
        };
        let got = got.unwrap().columns;
        assert_eq!(got.len(), COLUMNS);
        let mut worst = Worst::default();
        for (column, (&got, &expected)) in got.iter().zip(&expected[FIRST..]).enumerate() {
            // CENS and tonnetz are between -1 and 1: what is a millionth of that is near 0.
            let allowed = TOLERANCE * expected.abs().max(if column % 3 == 0 { 1e-6 } else { 1e-9 });
            worst.see(got, expected, allowed, || format!("column {column}"));
        }
        println!("{name}: {:.2e} of what is allowed, {}", worst.share, worst.place);
        if !worst.passed() {
            failures.push(format!("{name}: {:.1}, {}", worst.share, worst.place));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn halved_signals_equal_resampy_to_the_last_bit() {
    // Hashes of librosa.resample(y, 2, 1, res_type="kaiser_fast", scale=True), again and again, by librosa 0.7.2.
    for (name, expected) in
        [("chirp", HALVED_CHIRP), ("clicks_at_100_bpm", HALVED_CLICKS), ("music", HALVED_MUSIC), ("dc", HALVED_DC)]
    {
        let (_, mut samples) = signals::signals().into_iter().find(|(signal, _)| *signal == name).unwrap();
        let mut halving = Halving::new();
        for expected in expected {
            let mut half = Vec::new();
            halving.apply(&samples, &mut half);
            assert_eq!(signals::hash(&half), expected, "{name}, {} samples", half.len());
            samples = half;
        }
    }
}

const HALVED_CHIRP: [&str; 6] = [
    "c2fed9202c30f632",
    "0a6b8bcdaa630d26",
    "8d66dabb00e50a7e",
    "29ef663df50593ef",
    "bad956172bc28bc2",
    "737001922c2078f6",
];
const HALVED_CLICKS: [&str; 6] = [
    "352ae63997a8358c",
    "d8dd5d9cf6556bd0",
    "1ab0cfbabe3b7248",
    "cd90fe380de48cdb",
    "a0504aab28a332da",
    "d7394addf424b7d7",
];
const HALVED_MUSIC: [&str; 6] = [
    "283e0bbea880328b",
    "bb7fc4875de896e6",
    "591286b6859e80aa",
    "9405626be42912b0",
    "bb44d6e6d3a0f58a",
    "0031a32b751bf378",
];
const HALVED_DC: [&str; 6] = [
    "564534c6cb475284",
    "60e3465024d50720",
    "b54185cf9dc035bc",
    "8e8443cce2232241",
    "e13e3c8ea50519b8",
    "6a13c75706fdb645",
];

#[test]
fn any_length_is_described_or_refused() {
    for (name, samples) in signals::signals().into_iter().take(3) {
        for len in (0..=300).chain([511, 512, 513, 1023, 2047]) {
            match tonal(&samples[..len]) {
                Ok(tonal) => {
                    assert!(len >= MIN_CQT_SAMPLES && tonal.columns.iter().all(|value| value.is_finite()), "{name}")
                }
                Err(error) => assert!(
                    len < MIN_CQT_SAMPLES && matches!(error, Error::ClipTooShort { expected: MIN_CQT_SAMPLES, .. }),
                    "{name}, {len} samples: {error}"
                ),
            }
        }
    }
}

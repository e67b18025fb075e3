//! What a rendered clip is: reproducible, clean, and recognisably of its style.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use synth::{Error, MAX_SECONDS, SAMPLE_RATE, Style, render};

fn clip(style: Style, seed: u64, seconds: f64) -> Vec<f32> {
    render(style, seed, seconds).unwrap().samples
}

/// Sign changes a sample.
fn zero_crossing_rate(samples: &[f32]) -> f64 {
    samples.windows(2).filter(|pair| (pair[0] < 0.0) != (pair[1] < 0.0)).count() as f64 / samples.len() as f64
}

fn rms(samples: &[f32]) -> f64 {
    (samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
}

fn mean_over_seeds(style: Style, measure: impl Fn(&[f32]) -> f64) -> f64 {
    let seeds = 0..12;
    let count = seeds.clone().count() as f64;
    seeds.map(|seed| measure(&clip(style, seed, 4.0))).sum::<f64>() / count
}

/// How regularly the clip pulses at `tempo`: the autocorrelation of its loudness (10-ms blocks) at a beat's distance.
fn pulse(samples: &[f32], tempo: f64) -> f64 {
    let block = SAMPLE_RATE as usize / 100;
    let loudness: Vec<f64> = samples.chunks_exact(block).map(|block| rms(block).ln().max(-9.0)).collect();
    let rise: Vec<f64> = loudness.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0)).collect();
    let mean = rise.iter().sum::<f64>() / rise.len() as f64;
    let centred: Vec<f64> = rise.iter().map(|x| x - mean).collect();
    let lag = (60.0 / tempo * SAMPLE_RATE as f64 / block as f64).round() as usize;
    let energy: f64 = centred.iter().map(|x| x * x).sum();
    centred.iter().zip(&centred[lag..]).map(|(x, y)| x * y).sum::<f64>() / energy
}

/// The tempo between 60 and 200 at which the clip pulses most.
fn strongest_tempo(samples: &[f32]) -> f64 {
    (60..=200).map(f64::from).max_by(|a, b| pulse(samples, *a).total_cmp(&pulse(samples, *b))).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_samples() {
    for style in Style::ALL {
        assert_eq!(clip(style, 3, 1.5), clip(style, 3, 1.5), "{style}");
    }
}

#[test]
fn another_seed_or_style_gives_other_samples() {
    for style in Style::ALL {
        assert_ne!(clip(style, 3, 1.0), clip(style, 4, 1.0), "{style}");
    }
    assert_ne!(clip(Style::Rock, 3, 1.0), clip(Style::Metal, 3, 1.0));
}

#[test]
fn a_clip_has_the_length_asked_for_to_the_sample() {
    for (seconds, samples) in [(1.0, 22_050), (0.5, 11_025), (2.25, 49_613), (0.00005, 1)] {
        assert_eq!(clip(Style::Jazz, 1, seconds).len(), samples, "{seconds} s");
    }
}

#[test]
fn lengths_that_cannot_be_rendered_are_refused() {
    for seconds in [0.0, -1.0, f64::NAN, f64::INFINITY, MAX_SECONDS * 1.01] {
        let error = render(Style::Pop, 0, seconds).unwrap_err();
        assert!(matches!(error, Error::Seconds { .. }), "{seconds}: {error}");
        assert!(error.to_string().contains("600"), "names the limit: {error}");
    }
}

#[test]
fn metal_crosses_zero_more_often_and_is_louder_than_classical() {
    assert!(mean_over_seeds(Style::Metal, rms) > 2.0 * mean_over_seeds(Style::Classical, rms));
    let (metal, classical) = [Style::Metal, Style::Classical].map(|s| mean_over_seeds(s, zero_crossing_rate)).into();
    assert!(metal > 1.1 * classical, "metal {metal:.3}, classical {classical:.3}");
}

#[test]
fn heavy_basses_make_hiphop_and_reggae_darker_than_disco_and_country() {
    let dark = [Style::Hiphop, Style::Reggae].map(|style| mean_over_seeds(style, zero_crossing_rate));
    let bright = [Style::Disco, Style::Country].map(|style| mean_over_seeds(style, zero_crossing_rate));
    assert!(dark.iter().all(|dark| bright.iter().all(|bright| dark < bright)), "{dark:?} against {bright:?}");
}

#[test]
fn disco_kicks_between_a_hundred_and_a_hundred_and_forty_beats_a_minute() {
    // Half and double time count as the beat; a borrowed tempo or a broken beat may hide it in a few clips.
    let heard = (0..12).filter(|&seed| {
        let tempo = strongest_tempo(&clip(Style::Disco, seed, 12.0));
        [tempo, 2.0 * tempo, tempo / 2.0].iter().any(|tempo| (100.0..=140.0).contains(tempo))
    });
    assert!(heard.count() >= 10);
}

#[test]
fn clips_of_one_style_differ_in_tempo() {
    let tempi: Vec<f64> = (0..12).map(|seed| strongest_tempo(&clip(Style::Rock, seed, 8.0))).collect();
    let (low, high) = tempi.iter().fold((f64::MAX, 0.0f64), |(low, high), &tempo| (low.min(tempo), high.max(tempo)));
    assert!(high > 1.3 * low, "{tempi:?}");
}

#[test]
fn classical_has_wider_dynamics_than_metal() {
    let spread = |samples: &[f32]| {
        let levels: Vec<f64> =
            samples.chunks_exact(11_025).map(|second| 20.0 * rms(second).max(1e-6).log10()).collect();
        levels.iter().copied().fold(f64::MIN, f64::max) - levels.iter().copied().fold(f64::MAX, f64::min)
    };
    assert!(mean_over_seeds(Style::Classical, spread) > mean_over_seeds(Style::Metal, spread));
}

#[test]
fn style_names_are_read_back() {
    for style in Style::ALL {
        assert_eq!(style.to_string().parse::<Style>().unwrap(), style);
    }
    let error = "polka".parse::<Style>().unwrap_err().to_string();
    assert!(error.contains("polka") && error.contains("reggae"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_clip_is_finite_unclipped_audible_and_without_offset(
        style in prop::sample::select(Style::ALL.to_vec()),
        seed in any::<u64>(),
        seconds in 0.02f64..6.0,
    ) {
        let samples = clip(style, seed, seconds);
        prop_assert_eq!(samples.len(), (seconds * f64::from(SAMPLE_RATE)).round() as usize);
        prop_assert!(samples.iter().all(|x| x.is_finite() && x.abs() <= 0.99));
        let mean = samples.iter().map(|x| f64::from(*x)).sum::<f64>() / samples.len() as f64;
        prop_assert!(mean.abs() < 1e-3, "offset {}", mean);
        prop_assert!(rms(&samples) > 1e-3);
    }
}

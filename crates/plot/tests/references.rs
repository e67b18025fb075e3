//! Every kind of picture against one that was looked at and found good, `references/<kind>.png`.
//!
//! Allowed is a mean difference of a hundredth of full scale in the channels, and half a percent of pixels that differ by
//! more than an eighth: rounding may move a line's edge, but a moved axis, label or map doesn't pass. After a wanted change,
//! `GTZAN_WRITE_REFERENCES=1 cargo test -p plot --test references` draws them anew, to be looked at.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;

use plot::{Analysis, Format, PlotKind, Style, Theme, draw};

use crate::support::{Pixels, RATE, analyse};

/// Four seconds: a rising tone, a chord of A minor with overtones, and drum strokes every half second.
fn music() -> Analysis {
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / 8_388_608.0 - 1.0
    };
    let sample = |n: u32| {
        let seconds = f64::from(n) / f64::from(RATE);
        let sine = |hz: f64| (std::f64::consts::TAU * hz * seconds).sin();
        let chord: f64 = [220.0, 261.63, 329.63].iter().map(|hz| sine(*hz) + 0.3 * sine(2.0 * hz)).sum();
        let rising = (std::f64::consts::TAU * (1000.0 * seconds + 375.0 * seconds * seconds)).sin();
        let stroke = noise() * (-(seconds % 0.5) * 40.0).exp();
        (0.1 * chord * (-(seconds % 2.0)).exp() + 0.05 * rising + 0.4 * stroke) as f32
    };
    analyse((0..4 * RATE).map(sample).collect())
}

#[test]
fn pictures_look_as_they_should() {
    let analysis = music();
    let light = PlotKind::ALL.map(|kind| (kind, Theme::Light, kind.name().to_owned()));
    let dark = [(PlotKind::Onset, Theme::Dark, "onset-dark".to_owned())];
    let mut failures = Vec::new();
    for (kind, theme, name) in light.into_iter().chain(dark) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/references").join(format!("{name}.png"));
        let picture = draw(&analysis, kind, Style { format: Format::Png, theme }).unwrap();
        if std::env::var_os("GTZAN_WRITE_REFERENCES").is_some() {
            std::fs::write(&path, &picture.bytes).unwrap();
        }
        let [got, wanted] = [picture.bytes, std::fs::read(&path).unwrap()].map(|bytes| Pixels::decode(&bytes));
        assert_eq!((got.width, got.rgb.len()), (wanted.width, wanted.rgb.len()), "{name}");
        let differences = || got.rgb.iter().zip(&wanted.rgb).map(|(a, b)| a.abs_diff(*b));
        let mean = differences().map(f64::from).sum::<f64>() / got.rgb.len() as f64 / 255.0;
        let far = differences().filter(|&difference| difference > 32).count() as f64 / got.rgb.len() as f64;
        if mean > 0.01 || far > 0.005 {
            failures.push(format!("{name}: mean difference {mean:.4}, {:.2} % of channels far off", 100.0 * far));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

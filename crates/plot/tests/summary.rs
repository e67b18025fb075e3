//! What an analysis tells those who draw for themselves, against counts and sounds that are known.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use plot::{Analysis, Loudness, PlotKind};

use crate::support::{Pixels, RATE, analyse, clicks, png, tone};

/// Tones, strokes and a fade, of a length that no number of columns divides.
fn music() -> Analysis {
    let sample = |n: usize| {
        let t = n as f32 / RATE as f32;
        let stroke = if n % 11_025 < 300 { (n as f32 * 1.7).sin() } else { 0.0 };
        (0.4 * (t * 2765.0).sin() + 0.3 * (t * 6000.0).sin() + 0.3 * stroke) * (1.0 - t / 4.0)
    };
    analyse((0..70_001).map(sample).collect())
}

#[test]
fn a_waveforms_columns_are_its_least_and_greatest_samples() {
    let analysis = music();
    let samples = &analysis.audio().samples;
    for columns in [1, 7, 1200, 70_001] {
        let waveform = analysis.waveform(columns);
        assert_eq!(waveform.len(), columns);
        let mut naive = vec![[f32::INFINITY, f32::NEG_INFINITY]; columns];
        for (n, &sample) in samples.iter().enumerate() {
            // The last column that begins no later than the sample.
            let column = ((n + 1) * columns - 1) / samples.len();
            naive[column] = [naive[column][0].min(sample), naive[column][1].max(sample)];
        }
        assert_eq!(waveform, naive, "{columns} columns");
    }
    assert!(analysis.waveform(0).is_empty());
    // More columns than samples: each sample is as wide as some columns.
    let wide = analysis.waveform(2 * samples.len());
    assert!(wide.iter().enumerate().all(|(column, &both)| both == [samples[column / 2]; 2]));
}

#[test]
fn the_mel_image_has_the_colours_of_the_picture() {
    let analysis = music();
    let bytes = analysis.mel_image().unwrap();
    let image = Pixels::decode(&bytes);
    let (drawn, picture) = png(&analysis, PlotKind::Mel);
    let panel = picture.panels[0];
    let height = image.rgb.len() / 3 / image.width;
    assert_eq!((image.width, height), (panel.width as usize, 128));
    for band in 0..128 {
        // The band's place on the axis, in the middle of whose pixels its colour is drawn alone.
        let up = (f64::from(band) + 1.0) / 129.0;
        let row = panel.top + panel.height - 1 - (up * f64::from(panel.height)).floor() as i32;
        // The first column has ticks.
        for column in 1..panel.width {
            let own = image.at(column, 127 - band);
            assert_eq!(own, drawn.at(panel.left + column, row), "band {band}, column {column}");
        }
    }
}

#[test]
fn a_tone_lights_the_mel_images_row_where_its_frequency_is_ticked() {
    for hz in [512.0, 2048.0, 8192.0] {
        let analysis = tone(hz, 2.0);
        let image = Pixels::decode(&analysis.mel_image().unwrap());
        let middle = image.width as i32 / 2;
        let row = (0..128).max_by_key(|&row| image.light(middle, row)).unwrap();
        let up = (127.5 - f64::from(row)) / 128.0;
        let (_, at) = analysis.mel_ticks().into_iter().find(|(tick, _)| *tick == hz).unwrap();
        assert!((up - at).abs() < 1.0 / 128.0, "{hz} Hz: row {row} lies at {up}, the tick at {at}");
    }
}

#[test]
fn mel_ticks_lie_as_on_the_axis_of_the_picture() {
    let analysis = tone(440.0, 1.0);
    let ticks = analysis.mel_ticks();
    assert_eq!(
        ticks.iter().map(|(hz, _)| *hz).collect::<Vec<_>>(),
        [0.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0, 8192.0]
    );
    let (_, picture) = png(&analysis, PlotKind::Mel);
    for (hz, at) in ticks {
        assert!((picture.panels[0].y.share(hz) - at).abs() < 1e-12);
        // Slaney's scale: even up to 1 000 Hz, and 27 steps for every factor of 6.4 above; 15 and 34.94 steps to 11 025 Hz.
        let mels = if hz < 1000.0 { hz * 3.0 / 200.0 } else { 15.0 + 27.0 * (hz / 1000.0f64).ln() / 6.4f64.ln() };
        assert!((at - mels / (15.0 + 27.0 * 11.025f64.ln() / 6.4f64.ln())).abs() < 1e-9, "{hz} Hz at {at}");
    }
}

#[test]
fn tempo_and_beats_are_those_of_the_clicks() {
    // Half a second apart: 120 beats a minute.
    let analysis = clicks((0..40).map(|beat| 2048 + beat * 11_025), 21.0);
    assert!((analysis.tempo() - 120.0).abs() < 3.0, "{}", analysis.tempo());
    let beats = analysis.beat_times();
    assert!(beats.len() > 30 && beats.is_sorted(), "{beats:?}");
    for beat in beats {
        let from_click = (beat - 2048.0 / f64::from(RATE)).rem_euclid(0.5);
        // Two frames.
        assert!(from_click.min(0.5 - from_click) < 0.05, "{beat}");
    }
    let silence = analyse(vec![0.0; 3 * RATE as usize]);
    assert_eq!((silence.tempo(), silence.beat_times().len()), (0.0, 0));
}

#[test]
fn a_tones_pitch_class_is_the_greatest() {
    for (hz, class) in [(440.0, 9), (261.63, 0), (493.88, 11)] {
        let chroma = tone(hz, 2.0).chroma_mean();
        assert_eq!(chroma[class], 1.0, "{hz} Hz: {chroma:?}");
        assert!(chroma.iter().enumerate().all(|(at, &value)| (0.0..0.9).contains(&value) || at == class), "{chroma:?}");
    }
    assert_eq!(analyse(vec![0.0; 4096]).chroma_mean(), [0.0; 12]);
}

#[test]
fn loudness_is_in_decibels_below_full_scale() {
    let is = |analysis: &Analysis, rms: f64, peak: f64| {
        let loudness = analysis.loudness();
        assert!((loudness.rms_dbfs - rms).abs() < 0.005 && (loudness.peak_dbfs - peak).abs() < 0.005, "{loudness:?}");
    };
    // A period of 50 samples, with one at each crest.
    let sine = |n: usize| (std::f64::consts::TAU * (n as f64 + 0.5) / 50.0).sin() as f32;
    let crest = 20.0 * (std::f64::consts::TAU * 12.5 / 50.0).sin().log10();
    is(&analyse((0..50_000).map(sine).collect()), -3.0103, crest);
    is(&analyse((0..50_000).map(|n| if n % 100 < 50 { 1.0 } else { -1.0 }).collect()), 0.0, 0.0);
    is(&analyse((0..50_000).map(|n| 0.01 * sine(n)).collect()), -43.0103, crest - 40.0);
    is(&analyse((0..50_000).map(|n| 2.0 * sine(n)).collect()), 3.0103, crest + 6.0206);
    is(&analyse(vec![0.0; 4096]), Loudness::FLOOR, Loudness::FLOOR);
    is(&analyse(vec![1e-9; 4096]), Loudness::FLOOR, Loudness::FLOOR);
}

//! What pictures show, measured in their pixels: sounds whose times, frequencies and counts are known.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use dsp::AudioBuffer;
use plot::{Analysis, Error, Panel, PlotKind};

use crate::support::{Pixels, RATE, analyse, audio, clicks, png, svg, thumbnail, tone};

/// Sample and second of a click that lies in the middle of a frame.
const CLICK: usize = 512 * 60;
const CLICK_SECONDS: f64 = CLICK as f64 / RATE as f64;

fn columns(panel: &Panel) -> std::ops::Range<i32> {
    panel.left..panel.left + panel.width
}

fn rows(panel: &Panel) -> std::ops::Range<i32> {
    panel.top..panel.top + panel.height
}

/// The lightest rows of a panel, first and last.
fn lightest_rows(pixels: &Pixels, panel: &Panel) -> (i32, i32) {
    let light: Vec<(u32, i32)> =
        rows(panel).map(|row| (columns(panel).map(|column| pixels.light(column, row)).sum(), row)).collect();
    let most = light.iter().map(|(light, _)| *light).max().unwrap();
    let at: Vec<i32> = light.into_iter().filter(|(light, _)| *light == most).map(|(_, row)| row).collect();
    (at[0], at[at.len() - 1])
}

#[test]
fn a_click_is_in_its_column() {
    let analysis = clicks(std::iter::once(CLICK), 3.0);
    for kind in [PlotKind::Spectrogram, PlotKind::SpectrogramLog, PlotKind::Mel] {
        let (pixels, picture) = png(&analysis, kind);
        let panel = picture.panels[0];
        let light = |column: i32| rows(&panel).map(|row| pixels.light(column, row)).sum::<u32>();
        let most = columns(&panel).map(light).max().unwrap();
        let lightest: Vec<i32> = columns(&panel).filter(|&column| light(column) == most).collect();
        // A frame is some pixels wide here: its column is in the middle of them.
        let middle = (lightest[0] + lightest[lightest.len() - 1]) / 2;
        assert!((middle - panel.column(CLICK_SECONDS)).abs() <= 1, "{} {lightest:?}", kind.name());
        assert!((panel.across(middle) - CLICK_SECONDS).abs() < 256.0 / f64::from(RATE), "{}", kind.name());
    }
}

#[test]
fn a_tone_of_440_hz_is_in_its_row() {
    let analysis = tone(440.0, 2.0);
    // Half a bin of the transform, half a mel band, and half a pixel.
    for (kind, reach) in
        [(PlotKind::Spectrogram, 5.4), (PlotKind::SpectrogramLog, 5.4), (PlotKind::Mel, 13.0), (PlotKind::Shape, 5.4)]
    {
        let (pixels, picture) = png(&analysis, kind);
        let panel = picture.panels[0];
        let (top, bottom) = lightest_rows(&pixels, &panel);
        let hz = (panel.up(top) + panel.up(bottom)) / 2.0;
        let pixel = panel.up(top) - panel.up(top + 1);
        assert!((hz - 440.0).abs() <= reach + pixel, "{}: {hz} Hz", kind.name());
        assert!((top..=bottom + 1).contains(&panel.row(hz)));
    }
}

#[test]
fn an_a_is_in_the_row_of_a() {
    for hz in [220.0, 440.0, 880.0] {
        let (pixels, picture) = png(&tone(hz, 2.0), PlotKind::Chroma);
        let panel = picture.panels[0];
        let (top, bottom) = lightest_rows(&pixels, &panel);
        // A is the tenth pitch class from C.
        assert!((top..=bottom).contains(&panel.row(9.0)), "{hz} Hz");
        assert!(panel.up(top) < 9.51 && panel.up(bottom) > 8.49, "{hz} Hz: {top} to {bottom}");
    }
    let (text, picture) = svg(&tone(440.0, 1.0), PlotKind::Chroma);
    let label = text.split("<text").find(|text| text.contains("\nA\n")).unwrap();
    let row: i32 = label.split("y=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
    assert!((row - picture.panels[0].row(9.0)).abs() <= 8, "the name A stands at {row}");
}

#[test]
fn zero_crossings_are_counted_and_marked() {
    for (hz, expected) in [(100.0, 4), (1000.0, 40), (2500.0, 100)] {
        let (text, picture) = svg(&tone(hz, 1.0), PlotKind::ZeroCrossings);
        let title = text.split(" zero crossings in 20 ms").next().unwrap();
        let counted: i32 = title.rsplit('\n').next().unwrap().trim().parse().unwrap();
        assert!((counted - expected).abs() <= 1, "{hz} Hz: {counted}");
        let mut dots: Vec<i32> =
            text.split("<circle cx=\"").skip(1).map(|dot| dot.split('"').next().unwrap().parse().unwrap()).collect();
        assert_eq!(dots.len() as i32, counted);
        dots.sort_unstable();
        let panel = picture.panels[0];
        let apart = 0.5 / hz;
        for pair in dots.windows(2) {
            let seconds = panel.across(pair[1]) - panel.across(pair[0]);
            assert!((seconds - apart).abs() < 1.5 * (panel.across(1) - panel.across(0)), "{hz} Hz: {seconds}");
        }
    }
}

#[test]
fn the_waveform_reaches_its_amplitude() {
    let (pixels, picture) = png(&tone(440.0, 2.0), PlotKind::Hpss);
    let wave = pixels.at(picture.panels[0].left + 200, picture.panels[0].row(0.0));
    let [harmonic, percussive] = [0, 1].map(|at| {
        let panel = picture.panels[at];
        let column = panel.left + panel.width / 2;
        let inside: Vec<i32> = rows(&panel).filter(|&row| pixels.at(column, row) == wave).collect();
        panel.up(inside[0]) - panel.up(inside[inside.len() - 1])
    });
    assert!((harmonic - 1.0).abs() < 0.02, "from peak to peak a sine of 0.5 has 1, not {harmonic}");
    assert!(percussive < 0.05, "{percussive}");
}

#[test]
fn the_envelope_follows_the_loudness() {
    let fading = (0..2 * RATE).map(|n| (n as f32 * 0.1).sin() * if n < RATE { 0.8 } else { 0.2 }).collect();
    let (pixels, picture) = png(&analyse(fading), PlotKind::Waveform);
    let panel = picture.panels[0];
    let colour = [201, 85, 0];
    for (seconds, amplitude) in [(0.5, 0.8), (1.5, 0.2)] {
        let column = panel.column(seconds);
        let row = rows(&panel).find(|&row| pixels.at(column, row) == colour).unwrap();
        assert!((row - panel.row(amplitude)).abs() <= 2, "at {seconds} s");
    }
}

#[test]
fn beats_stand_on_the_clicks() {
    let period = 22 * 512;
    let analysis = clicks((0..20).map(|k| 9 * 512 + k * period), 11.0);
    let (text, picture) = svg(&analysis, PlotKind::Onset);
    // 60 · 22 050 / (22 · 512).
    assert!(text.contains("beats at 117.5 BPM"), "{text}");
    let panel = picture.panels[0];
    let line = |polyline: &str| -> Option<i32> {
        let points = polyline.split("points=\"").nth(1)?.split('"').next()?;
        let columns: Vec<i32> =
            points.split_whitespace().filter_map(|point| point.split(',').next()?.parse().ok()).collect();
        (polyline.contains("#C95500") && columns.len() == 2 && columns[0] == columns[1]).then(|| columns[0])
    };
    let beats: Vec<i32> = text.split("<polyline").filter_map(line).collect();
    assert!(beats.len() >= 18, "{beats:?}");
    for beat in beats {
        let seconds = panel.across(beat);
        let clicks = (seconds * f64::from(RATE) - 9.0 * 512.0) / period as f64;
        // The onset envelope rises within two frames of a click.
        assert!((clicks - clicks.round()).abs() * 22.0 < 2.5, "a beat at {seconds} s");
    }
}

#[test]
fn axes_have_the_ranges_of_the_sound() {
    let analysis = tone(440.0, 3.0);
    let range = |kind: PlotKind| {
        let panel = svg(&analysis, kind).1.panels[0];
        ((panel.x.from, panel.x.to), (panel.y.from, panel.y.to))
    };
    for kind in PlotKind::ALL.into_iter().filter(|&kind| kind != PlotKind::ZeroCrossings) {
        assert_eq!(range(kind).0, (0.0, 3.0), "{}", kind.name());
    }
    assert_eq!(range(PlotKind::Spectrogram).1, (0.0, 11_025.0));
    assert_eq!(range(PlotKind::SpectrogramLog).1, (32.0, 11_025.0));
    assert_eq!(range(PlotKind::Mel).1, (0.0, 11_025.0));
    assert_eq!(range(PlotKind::Chroma).1, (-0.5, 11.5));
    assert_eq!(range(PlotKind::Mfcc).1, (0.5, 20.5));
    let (from, to) = range(PlotKind::ZeroCrossings).0;
    assert!((to - from - 0.02).abs() < 1e-4 && from >= 0.0);
}

#[test]
fn lines_of_centroid_and_rate_are_at_their_values() {
    let analysis = tone(2000.0, 2.0);
    let (pixels, picture) = png(&analysis, PlotKind::Shape);
    let panel = picture.panels[0];
    let column = panel.left + panel.width / 2;
    let white = rows(&panel).find(|&row| pixels.at(column, row) == [255, 255, 255]).unwrap();
    assert!((white - panel.row(2000.0)).abs() <= 2);
    let (pixels, picture) = png(&analysis, PlotKind::ZeroCrossingRate);
    let panel = picture.panels[0];
    let line = rows(&panel).min_by_key(|&row| pixels.light(column, row)).unwrap();
    // 4 000 crossings a second.
    assert!((line - panel.row(4000.0 / f64::from(RATE))).abs() <= 2);
}

#[test]
fn thumbnails_show_time_across_and_mels_up() {
    let pixels = Pixels::decode(&thumbnail(clicks(std::iter::once(CLICK), 3.0).audio(), "").unwrap());
    assert_eq!((pixels.width, pixels.rgb.len()), (432, 432 * 288 * 3));
    let light = |column: i32| (0..288).map(|row| pixels.light(column, row)).sum::<u32>();
    let most = (0..432).map(light).max().unwrap();
    let lightest: Vec<i32> = (0..432).filter(|&column| light(column) == most).collect();
    let middle = (f64::from(lightest[0] + lightest[lightest.len() - 1]) + 1.0) / 2.0;
    assert!((middle - CLICK_SECONDS / 3.0 * 432.0).abs() < 2.0, "{lightest:?}");

    // 1 000 Hz is 15 of the 49.9 mels up to 11 025 Hz.
    let pixels = Pixels::decode(&thumbnail(tone(1000.0, 3.0).audio(), "").unwrap());
    let row = (0..288).max_by_key(|&row| pixels.light(216, row)).unwrap();
    assert!((f64::from(288 - row) - 288.0 * 15.0 / 49.9).abs() < 4.0, "{row}");
}

#[test]
fn any_sound_can_be_drawn() {
    let noise = |n: usize| ((n as u32).wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0 - 0.5;
    let sounds = [
        audio(vec![0.0; 2048]),
        audio(vec![0.7; 5000]),
        audio((0..2049).map(noise).collect()),
        audio((0..50_000).map(|n| 1e-20 * noise(n)).collect()),
        AudioBuffer { samples: (0..4000).map(noise).collect(), rate: 1000 },
        AudioBuffer { samples: (0..9000).map(noise).collect(), rate: 192_000 },
    ];
    for sound in sounds {
        let analysis = Analysis::of(sound).unwrap();
        for kind in PlotKind::ALL {
            let (text, picture) = svg(&analysis, kind);
            assert!(
                text.ends_with("</svg>\n") && !text.contains("\"NaN") && !picture.panels.is_empty(),
                "{}",
                kind.name()
            );
            png(&analysis, kind);
        }
        thumbnail(analysis.audio(), "").unwrap();
    }
}

#[test]
fn sounds_without_a_picture_are_refused() {
    let broken = |samples| Analysis::of(audio(samples)).unwrap_err();
    assert!(matches!(broken(vec![0.0; 2047]), Error::Audio(dsp::Error::ClipTooShort { .. })));
    assert!(matches!(broken(vec![f32::NAN; 4096]), Error::Audio(dsp::Error::NotFiniteClip { index: 0 })));
    for rate in [0, 1, u32::MAX] {
        let odd = AudioBuffer { samples: vec![0.1; 4096], rate };
        assert!(matches!(Analysis::of(odd).unwrap_err(), Error::Audio(dsp::Error::InvalidOption { .. })), "{rate}");
    }
    let hour = AudioBuffer { samples: vec![0.0; 3600 * 1000], rate: 1000 };
    assert!(matches!(Analysis::of(hour.clone()).unwrap_err(), Error::TooLong { limit: 1800 }));
    assert!(matches!(thumbnail(&hour, "").unwrap_err(), Error::TooLong { .. }));
}

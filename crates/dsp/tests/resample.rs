//! The conversion to 22 050 Hz, measured on its output by transforms computed here, and against soxr's.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod written;

use std::f64::consts::{PI, TAU};

use dsp::{AudioReader, LoadOptions, SampleRate, load};
use written::{Kind, assert_close_to_golden, au, golden, save, wav};

const OUT: u32 = 22_050;
const RATES: [u32; 5] = [44_100, 48_000, 32_000, 16_000, 8_000];

/// Converts a signal by way of a floating-point file.
fn convert(rate: u32, signal: &[f64]) -> Vec<f32> {
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), "a.wav", &wav(Kind::Float32, rate, 1, signal));
    load(&path, &LoadOptions { rate: SampleRate::Hz(OUT), ..LoadOptions::default() }).unwrap().samples
}

/// Amplitude of a frequency in Hz, under a Hann window over all samples.
fn amplitude(samples: &[f32], frequency: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (i, &s) in samples.iter().enumerate() {
        let window = 1.0 - (TAU * i as f64 / samples.len() as f64).cos();
        let phase = TAU * frequency * i as f64 / f64::from(OUT);
        re += f64::from(s) * window * phase.cos();
        im += f64::from(s) * window * phase.sin();
    }
    2.0 * re.hypot(im) / samples.len() as f64
}

fn tone(rate: u32, frequency: f64, samples: usize) -> Vec<f64> {
    (0..samples).map(|i| 0.5 * (TAU * frequency * i as f64 / f64::from(rate)).sin()).collect()
}

/// Magnitude of the response to an impulse at one frequency.
fn response(impulse_response: &[f32], frequency: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (i, &s) in impulse_response.iter().enumerate() {
        let phase = TAU * frequency * i as f64 / f64::from(OUT);
        re += f64::from(s) * phase.cos();
        im += f64::from(s) * phase.sin();
    }
    re.hypot(im)
}

#[test]
fn pass_band_is_flat_within_a_twentieth_of_a_decibel_up_to_nine_tenths() {
    for rate in RATES {
        let mut impulse = vec![0.0; rate as usize / 5];
        impulse[rate as usize / 10] = 0.5;
        let output = convert(rate, &impulse);
        let gain = 0.5 * f64::from(OUT) / f64::from(rate);
        let nyquist = f64::from(rate.min(OUT)) / 2.0;
        for step in 0..=180 {
            let frequency = nyquist * 0.9 * f64::from(step) / 180.0;
            let decibels = 20.0 * (response(&output, frequency) / gain).log10();
            assert!(decibels.abs() < 0.05, "{rate} Hz: {decibels} dB at {frequency} Hz");
        }
    }
}

#[test]
fn tones_that_do_not_fit_leave_less_than_minus_96_decibels() {
    for rate in [44_100, 48_000, 32_000] {
        for part in [1.001, 1.01, 1.1, 1.25, 1.4] {
            let frequency = part * f64::from(OUT) / 2.0;
            if frequency >= 0.49 * f64::from(rate) {
                continue;
            }
            let output = convert(rate, &tone(rate, frequency, rate as usize / 2));
            // Away from the ends, where the tone is switched on and off.
            let middle = &output[2_000..output.len() - 2_000];
            let peak = middle.iter().fold(0.0f64, |max, s| max.max(f64::from(s.abs())));
            let decibels = 20.0 * (peak / 0.5).log10();
            assert!(decibels < -96.0, "{rate} Hz: a tone of {frequency} Hz leaves {decibels} dB");
        }
    }
}

#[test]
fn converting_upwards_adds_no_images() {
    for rate in [16_000, 8_000] {
        let frequency = 0.45 * f64::from(rate) - 0.3;
        let output = convert(rate, &tone(rate, frequency, rate as usize / 2));
        let middle = &output[2_000..output.len() - 2_000];
        assert!((amplitude(middle, frequency) - 0.5).abs() < 1e-3, "{rate} Hz");
        let image = 20.0 * (amplitude(middle, f64::from(rate) - frequency) / 0.5).log10();
        assert!(image < -96.0, "{rate} Hz: image at {image} dB");
    }
}

#[test]
fn an_impulse_stays_at_its_place() {
    for rate in RATES {
        // A tenth of a second in, where both rates have a sample.
        for tenth in [0, 1, 7, 9] {
            let mut impulse = vec![0.0; rate as usize];
            impulse[tenth * rate as usize / 10] = 0.5;
            let output = convert(rate, &impulse);
            let peak = (0..output.len()).max_by(|&a, &b| output[a].abs().total_cmp(&output[b].abs())).unwrap();
            assert_eq!(peak, tenth * OUT as usize / 10, "{rate} Hz");
            // Linear phase: the same to both sides.
            for distance in 1..=100.min(peak) {
                let difference = output[peak - distance] - output[peak + distance];
                assert!(difference.abs() < 1e-6, "{rate} Hz: {distance} samples beside the peak, {difference}");
            }
        }
    }
}

#[test]
fn a_constant_keeps_its_value() {
    for rate in RATES {
        let output = convert(rate, &vec![0.25; rate as usize]);
        for &sample in &output[2_000..output.len() - 2_000] {
            assert!((sample - 0.25).abs() < 1e-6, "{rate} Hz: {sample}");
        }
    }
}

#[test]
fn the_length_is_the_ratio_rounded_up() {
    for rate in RATES {
        for samples in [1, 2, 319, 320, 641, 10_007, 2 * rate as usize] {
            let expected = (samples as f64 * (f64::from(OUT) / f64::from(rate))).ceil() as usize;
            assert_eq!(convert(rate, &vec![0.1; samples]).len(), expected, "{samples} samples at {rate} Hz");
        }
    }
}

#[test]
fn rates_without_a_common_divisor_work_too() {
    for rate in [44_056, 11_025, 22_051, 96_000] {
        let output = convert(rate, &tone(rate, 1_000.0, rate as usize / 2));
        let middle = &output[2_000..output.len() - 2_000];
        assert!((amplitude(middle, 1_000.0) - 0.5).abs() < 1e-3, "{rate} Hz");
    }
}

/// WAV comes in packets of 1152 frames, AU in blocks of 4096, and the caller asks for anything.
#[test]
fn the_result_does_not_depend_on_the_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let signal: Vec<f64> =
        (0u32..20_000).map(|i| f64::from(i.wrapping_mul(2_654_435_761) >> 8) / 2f64.powi(25)).collect();
    for rate in [44_100, 48_000, 16_000] {
        let whole = convert(rate, &signal);
        let path = save(folder.path(), "a.au", &au(Kind::Float32, rate, 1, &signal));
        let options = LoadOptions { rate: SampleRate::Hz(OUT), ..LoadOptions::default() };
        let mut reader = AudioReader::open(&path, &options).unwrap();
        let mut pieces = Vec::new();
        while reader.read(&mut pieces, 333).unwrap() > 0 {}
        assert!(pieces == whole, "{rate} Hz");
    }
}

#[test]
fn a_sweep_comes_out_as_from_soxr_hq() {
    let golden = golden();
    let stride = golden["stride"].as_u64().unwrap() as usize;
    for rate in RATES {
        let seconds = 0.1;
        let top = 0.45 * f64::from(rate.min(OUT));
        let sweep: Vec<f64> = (0..(f64::from(rate) * seconds) as usize)
            .map(|i| {
                let t = i as f64 / f64::from(rate);
                let phase = TAU * (100.0 * t + (top - 100.0) / (2.0 * seconds) * t * t);
                0.5 * phase.sin() * (PI * t / seconds).sin().powi(2)
            })
            .collect();
        let expected = &golden["resampled"][rate.to_string()];
        assert_close_to_golden(&convert(rate, &sweep), expected, stride, 1e-4, &format!("{rate} Hz"));
    }
}

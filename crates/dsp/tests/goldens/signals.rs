//! The signals of `make.py`, made of the same operations in the same order, so that the samples are the same bits.

const RATE: f64 = 22_050.0;

/// Sine of a number of turns, to 6e-8, by the same operations everywhere.
fn sine(turns: f64) -> f64 {
    let x = turns - (turns + 0.5).floor();
    let x = if x > 0.25 {
        0.5 - x
    } else if x < -0.25 {
        -0.5 - x
    } else {
        x
    };
    let y = x * std::f64::consts::TAU;
    let z = y * y;
    let mut series = 1.0 - z * (1.0 / 110.0);
    for divisor in [72.0, 42.0, 20.0, 6.0] {
        series = 1.0 - z * (1.0 / divisor) * series;
    }
    y * series
}

/// Uniform noise in [-1, 1).
fn noise(count: usize, seed: u32) -> Vec<f64> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) * (1.0 / 8_388_608.0) - 1.0
        })
        .collect()
}

/// 1, then `factor` times the value before, starting anew every `period` samples.
fn decay(count: usize, period: usize, factor: f64) -> Vec<f64> {
    let mut value = 1.0;
    (0..count)
        .map(|i| {
            value = if i % period == 0 { 1.0 } else { value * factor };
            value
        })
        .collect()
}

fn tone(count: usize, hz: f64) -> Vec<f64> {
    (0..count).map(|n| sine(n as f64 * (hz * (1.0 / RATE)))).collect()
}

fn chord(count: usize, hz: f64) -> Vec<f64> {
    let mut total = vec![0.0; count];
    for ratio in [1.0, 1.25, 1.5, 2.0, 3.0] {
        for (total, tone) in total.iter_mut().zip(tone(count, hz * ratio)) {
            *total += tone * (1.0 / ratio);
        }
    }
    total.iter().map(|value| value * 0.2).collect()
}

fn quantised(values: Vec<f64>) -> Vec<f64> {
    values.iter().map(|value| (value * 32_768.0 + 0.5).floor() * (1.0 / 32_768.0)).collect()
}

fn only(count: usize, position: usize, value: f64) -> Vec<f64> {
    let mut values = vec![0.0; count];
    values[position] = value;
    values
}

fn scaled(values: Vec<f64>, gain: f64) -> Vec<f64> {
    values.iter().map(|value| value * gain).collect()
}

fn product(a: Vec<f64>, b: Vec<f64>) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

fn sum(a: Vec<f64>, b: Vec<f64>) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// Name and samples of every signal.
pub fn signals() -> Vec<(&'static str, Vec<f32>)> {
    let chirp = (0..44_100).map(|n| {
        let n = f64::from(n);
        sine(n * (100.0 / RATE) + n * n * (3950.0 / 44_100.0 / RATE)) * 0.7
    });
    let clicks = product(decay(132_300, 13_230, 0.995), noise(132_300, 5));
    let low = product(chord(110_000, 131.1), decay(110_000, 22_050, 0.9999));
    let high = scaled(product(chord(110_000, 392.7), decay(110_000, 11_025, 0.9998)), 0.5);
    let drums = scaled(product(noise(110_000, 11), decay(110_000, 5512, 0.997)), 0.3);
    let mut half = scaled(tone(40_000, 440.0), 0.3);
    half[..20_000].fill(0.0);
    let signals = [
        ("tone_on_bin", scaled(tone(33_075, 93.0 * RATE / 2048.0), 0.5)),
        ("tone_between_bins", scaled(tone(33_075, 40.37 * RATE / 2048.0), 0.5)),
        ("chirp", chirp.collect()),
        ("detuned_chord", quantised(product(chord(66_149, 223.3), decay(66_149, 16_000, 0.9999)))),
        ("clicks_at_100_bpm", quantised(scaled(clicks, 0.8))),
        ("noise_bursts", quantised(scaled(product(noise(66_150, 7), decay(66_150, 9450, 0.9993)), 0.9))),
        ("music", quantised(sum(sum(low, high), drums))),
        ("white_noise", noise(44_100, 1)),
        ("quiet_noise", scaled(noise(30_000, 3), 1e-5)),
        ("silence", vec![0.0; 22_050]),
        ("dc", vec![0.5; 22_050]),
        ("click", only(22_050, 9000, 1.0)),
        ("full_scale_square", (0..33_000).map(|n| if n % 50 < 25 { 1.0 } else { -1.0 }).collect()),
        ("silence_then_tone", half),
        ("one_window", scaled(tone(2048, 700.0), 0.5)),
        ("one_window_and_one", scaled(tone(2049, 700.0), 0.5)),
        ("one_window_minus_one", scaled(tone(2047, 700.0), 0.5)),
        ("one_sample", only(1, 0, 0.5)),
    ];
    signals.into_iter().map(|(name, values)| (name, values.iter().map(|&value| value as f32).collect())).collect()
}

/// Hash of the samples' bits: 64-bit FNV-1a over 32-bit words.
#[allow(dead_code, reason = "not every test asks")]
pub fn hash(samples: &[f32]) -> String {
    let hash = samples.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, sample| {
        (hash ^ u64::from(sample.to_bits())).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

//! Something like music, for benches without a collection at hand.

/// Samples of 30 s at 22 050 Hz, as many as most of GTZAN's tracks have.
pub const SAMPLES: usize = 661_794;
/// Sampling rate in Hz.
pub const RATE: u32 = 22_050;

/// Decaying chords over noise bursts, two a second; `seed` chooses the key.
pub fn clip(seed: u32) -> Vec<f32> {
    let mut state = seed;
    (0..SAMPLES)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 8) as f32 / 8_388_608.0 - 1.0;
            let age = (n % 11_025) as f32 / 11_025.0;
            let seconds = n as f32 / RATE as f32;
            let root = 110.0 + 5.0 * seed as f32 + 20.0 * (n / 44_100) as f32;
            let chord: f32 =
                [1.0, 1.25, 1.5, 2.0].iter().map(|r| (seconds * root * r * std::f32::consts::TAU).sin()).sum();
            0.15 * chord * (1.0 - age) + 0.3 * noise * (-20.0 * age).exp()
        })
        .collect()
}

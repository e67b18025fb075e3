//! Random draws that give the same values on every platform and for every release of the random crates.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of draws from one seed.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        // The key is spelled out here, not taken from `seed_from_u64`, whose expansion may change between releases.
        let mut key = [0; 32];
        for (lane, bytes) in (0u64..).zip(key.chunks_exact_mut(8)) {
            bytes.copy_from_slice(&mix(seed, lane).to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A stream of its own, so that what one part draws doesn't shift what the next one gets.
    pub(crate) fn fork(&mut self) -> Self {
        Self::new(self.0.next_u64())
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1u32 << 24) as f32
    }

    /// Uniform in `[low, high)`.
    pub(crate) fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Between `low` and `high` with equal weight to equal ratios: for frequencies, times and tempi.
    pub(crate) fn ratio(&mut self, low: f32, high: f32) -> f32 {
        low * libm::powf(high / low, self.unit())
    }

    /// Uniform among the `count` numbers from 0.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f32) as usize).min(count.saturating_sub(1))
    }

    pub(crate) fn chance(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    /// One of the options; one named twice is twice as likely.
    pub(crate) fn pick<T: Copy, const N: usize>(&mut self, options: [T; N]) -> T {
        const { assert!(N > 0, "there is something to pick from") };
        options[self.below(N)]
    }

    /// White noise for audio.
    pub(crate) fn noise(&mut self) -> Noise {
        Noise(self.0.next_u32() | 1)
    }
}

/// White noise in `[-1, 1)` (Marsaglia's 32-bit xorshift): cheap enough to be called for every sample.
pub(crate) struct Noise(u32);

impl Noise {
    pub(crate) fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 8) as f32 / (1u32 << 23) as f32 - 1.0
    }
}

/// Mixes two numbers into a seed (the finaliser of SplitMix64, Steele, Lea and Flood 2014).
pub(crate) fn mix(seed: u64, lane: u64) -> u64 {
    let mut z = seed ^ lane.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

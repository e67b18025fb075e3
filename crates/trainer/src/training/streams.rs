//! All that is random in a training, from streams that are addressed by (seed, epoch, batch): nothing needs to be remembered,
//! no order of threads matters, and what is drawn anywhere can be drawn again.

use model::HIDDEN;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The stream of an epoch's masks is its number beyond this one's; below it are the streams of orders.
const MASKS: u64 = 1 << 63;

/// Words of a stream that a mask or an order may take: a hidden layer of a batch of a million rows needs fewer.
const WORDS: u128 = 1 << 32;

/// The random numbers of one training.
#[derive(Debug, Clone, Copy)]
pub(super) struct Streams {
    /// The seed, of which all follows.
    pub seed: u64,
}

impl Streams {
    /// Numbers in [0, 1) that the first weights are made of.
    pub fn weights(self) -> impl FnMut() -> f32 {
        // The orders of epochs, which count from 1, come from the streams that follow.
        let mut rng = self.stream(0);
        move || rng.random::<f32>()
    }

    /// Brings one of several lists of an epoch, which counts from 1, into its order there.
    pub fn shuffle<T>(self, epoch: usize, list: usize, rows: &mut [T]) {
        let mut rng = self.stream(epoch as u64);
        rng.set_word_pos(list as u128 * WORDS);
        rows.shuffle(&mut rng);
    }

    /// What activations of a hidden layer are multiplied by in a batch: 0 for the share `dropped` of them, and one over the share that is kept
    /// for the others, so that the sum of what flows on stays the same on average.
    pub fn mask(self, epoch: usize, batch: usize, layer: usize, length: usize, dropped: f64) -> Vec<f32> {
        let mut rng = self.stream(MASKS + epoch as u64);
        rng.set_word_pos((batch * HIDDEN.len() + layer) as u128 * WORDS);
        let mut bytes = vec![0u8; 2 * length];
        rng.fill_bytes(&mut bytes);
        // Sixteen bits a unit: the share is met to 1 in 65 536.
        let (kept, below) = ((1.0 / (1.0 - dropped)) as f32, (dropped * f64::from(1u32 << 16)).round() as u16);
        let (draws, _) = bytes.as_chunks::<2>();
        draws.iter().map(|draw| if u16::from_le_bytes(*draw) < below { 0.0 } else { kept }).collect()
    }

    fn stream(self, number: u64) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(number);
        rng
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAMS: Streams = Streams { seed: 5 };

    #[test]
    fn a_mask_leaves_out_its_share_and_keeps_the_sum() {
        for dropped in [0.05, 0.3, 0.95] {
            let mask = STREAMS.mask(1, 0, 0, 200_000, dropped);
            let share = mask.iter().filter(|&&m| m == 0.0).count() as f64 / mask.len() as f64;
            let mean = mask.iter().map(|&m| f64::from(m)).sum::<f64>() / mask.len() as f64;
            // Four standard deviations of so many draws.
            let sigma = (dropped * (1.0 - dropped) / mask.len() as f64).sqrt();
            assert!((share - dropped).abs() < 4.0 * sigma, "{dropped}: {share}");
            assert!((mean - 1.0).abs() < 4.0 * sigma / (1.0 - dropped), "{dropped}: {mean}");
        }
    }

    #[test]
    fn masks_of_other_layers_batches_epochs_and_seeds_have_nothing_in_common() {
        let length = 100_000;
        let first = STREAMS.mask(1, 0, 0, length, 0.5);
        assert_eq!(first, STREAMS.mask(1, 0, 0, length, 0.5));
        let others = [
            STREAMS.mask(1, 0, 1, length, 0.5),
            STREAMS.mask(1, 1, 0, length, 0.5),
            STREAMS.mask(2, 0, 0, length, 0.5),
            Streams { seed: 6 }.mask(1, 0, 0, length, 0.5),
        ];
        for other in others {
            let agree = first.iter().zip(&other).filter(|(a, b)| a == b).count() as f64 / length as f64;
            assert!((agree - 0.5).abs() < 4.0 * 0.5 / (length as f64).sqrt(), "{agree}");
        }
    }

    #[test]
    fn every_epoch_has_an_order_of_its_own() {
        let order = |seed: u64, epoch: usize| {
            let mut rows: Vec<usize> = (0..1000).collect();
            Streams { seed }.shuffle(epoch, 0, &mut rows);
            rows
        };
        assert_eq!(order(1, 1), order(1, 1));
        assert!(order(1, 1) != order(1, 2) && order(1, 1) != order(2, 1));
        let mut sorted = order(1, 1);
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..1000));
    }
}

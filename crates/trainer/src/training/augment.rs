//! What a training step does to its rows so that the network can't learn them by heart.
//!
//! Everything random is drawn in host memory from the loader's own generator: a device's generator is shared by the whole
//! process, and networks that train side by side would no longer repeat bit for bit.

use model::HIDDEN;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, StandardNormal};

use crate::config::RegularizationConfig;

/// The levers of [`RegularizationConfig`], ready for use.
#[derive(Debug, Clone)]
pub struct Augment {
    config: RegularizationConfig,
    mixing: Option<Beta<f64>>,
}

impl Augment {
    /// Levers as configured.
    pub fn new(config: &RegularizationConfig) -> Self {
        // The configuration's check keeps alpha where the distribution exists; 0 is off.
        Self { config: config.clone(), mixing: Beta::new(config.mixup, config.mixup).ok() }
    }

    /// Changes a step's inputs, `[rows, inputs]` row by row, in place: pairs are mixed, then noise is added, then inputs are
    /// left out. Gives the targets, `[rows, classes]`.
    pub(super) fn apply(&self, inputs: &mut [f32], classes: &[usize], labels: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
        let rows = classes.len();
        let width = inputs.len() / rows.max(1);
        let smoothing = self.config.label_smoothing as f32;
        let mut targets = vec![smoothing / labels as f32; rows * labels];
        for (target, &class) in targets.chunks_mut(labels).zip(classes) {
            target[class] += 1.0 - smoothing;
        }
        if let Some(beta) = &self.mixing {
            // One share for the whole batch, as in the paper's own code.
            let share = beta.sample(rng) as f32;
            let mut partners: Vec<usize> = (0..rows).collect();
            partners.shuffle(rng);
            mix(inputs, width, &partners, share);
            mix(&mut targets, labels, &partners, share);
        }
        if self.config.noise > 0.0 {
            let deviation = self.config.noise as f32;
            for value in inputs.iter_mut() {
                let noise: f32 = StandardNormal.sample(rng);
                *value += deviation * noise;
            }
        }
        if self.config.input_dropout > 0.0 {
            let mask = mask(inputs.len(), self.config.input_dropout, rng);
            inputs.iter_mut().zip(mask).for_each(|(value, kept)| *value *= kept);
        }
        targets
    }

    /// Dropout masks of the hidden layers, `[rows, units]` each with its width: 0, or one over the share that is kept, so
    /// that the sum of what flows on stays the same on average. None without dropout.
    pub(super) fn masks(&self, rows: usize, rng: &mut ChaCha8Rng) -> Vec<(usize, Vec<f32>)> {
        if self.config.dropout == 0.0 {
            return Vec::new();
        }
        HIDDEN.iter().map(|&width| (width, mask(rows * width, self.config.dropout, rng))).collect()
    }
}

/// `share` of each row and the rest of its partner's.
fn mix(values: &mut [f32], width: usize, partners: &[usize], share: f32) {
    let before = values.to_vec();
    for (row, &partner) in values.chunks_mut(width).zip(partners) {
        for (value, other) in row.iter_mut().zip(&before[partner * width..(partner + 1) * width]) {
            *value = share * *value + (1.0 - share) * other;
        }
    }
}

fn mask(length: usize, dropped: f64, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let kept = (1.0 / (1.0 - dropped)) as f32;
    (0..length).map(|_| if rng.random::<f32>() < dropped as f32 { 0.0 } else { kept }).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn augment(config: RegularizationConfig) -> Augment {
        Augment::new(&config)
    }

    fn rng() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(5)
    }

    #[test]
    fn nothing_asked_for_changes_nothing() {
        let mut inputs: Vec<f32> = (0..6).map(|i| i as f32).collect();
        let off = augment(RegularizationConfig::OFF);
        let targets = off.apply(&mut inputs, &[1, 0], 2, &mut rng());
        assert_eq!(inputs, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(targets, [0.0, 1.0, 1.0, 0.0]);
        assert!(off.masks(2, &mut rng()).is_empty());
    }

    #[test]
    fn smoothed_labels_keep_their_sum() {
        let smooth = augment(RegularizationConfig { label_smoothing: 0.2, ..RegularizationConfig::OFF });
        let targets = smooth.apply(&mut [0.0; 3], &[2], 4, &mut rng());
        for (got, expected) in targets.iter().zip([0.05, 0.05, 0.85, 0.05]) {
            assert!((got - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn rows_and_labels_are_mixed_by_the_same_share() {
        let mixup = augment(RegularizationConfig { mixup: 1.0, ..RegularizationConfig::OFF });
        // Inputs that say which class a row is of: after mixing they must equal the targets.
        let classes: Vec<usize> = (0..40).map(|i| i % 4).collect();
        let mut inputs: Vec<f32> =
            classes.iter().flat_map(|&class| (0..4).map(move |c| f32::from(u8::from(c == class)))).collect();
        let targets = mixup.apply(&mut inputs, &classes, 4, &mut rng());
        assert_eq!(inputs, targets);
        assert!(targets.iter().any(|&t| t > 0.01 && t < 0.99), "nothing was mixed");
        assert!(targets.chunks(4).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-6));
    }

    #[test]
    fn noise_has_the_deviation_asked_for() {
        let noisy = augment(RegularizationConfig { noise: 0.5, ..RegularizationConfig::OFF });
        let mut inputs = vec![3.0; 20_000];
        noisy.apply(&mut inputs, &[0; 10], 2, &mut rng());
        let mean = inputs.iter().sum::<f32>() / 20_000.0;
        let deviation = (inputs.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 20_000.0).sqrt();
        assert!((mean - 3.0).abs() < 0.02 && (deviation - 0.5).abs() < 0.02, "{mean} {deviation}");
    }

    #[test]
    fn dropout_leaves_out_its_share_and_keeps_the_sum() {
        let dropping = augment(RegularizationConfig { dropout: 0.3, input_dropout: 0.3, ..RegularizationConfig::OFF });
        let masks = dropping.masks(100, &mut rng());
        assert_eq!(
            masks.iter().map(|(width, mask)| (*width, mask.len())).collect::<Vec<_>>(),
            [(256, 25_600), (128, 12_800), (64, 6_400)]
        );
        let mut inputs = vec![1.0; 20_000];
        dropping.apply(&mut inputs, &[0; 10], 2, &mut rng());
        for mask in [&masks[0].1, &inputs] {
            let dropped = mask.iter().filter(|&&m| m == 0.0).count() as f32 / mask.len() as f32;
            let mean = mask.iter().sum::<f32>() / mask.len() as f32;
            assert!((dropped - 0.3).abs() < 0.02 && (mean - 1.0).abs() < 0.02, "{dropped} {mean}");
        }
    }
}

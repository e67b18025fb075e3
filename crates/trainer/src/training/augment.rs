//! What a training step does to keep the network from learning its rows by heart.
//!
//! Everything random is drawn in host memory from the loader's own generator: a device's generator is shared by the whole
//! process, and networks that train side by side would no longer repeat bit for bit.

use model::HIDDEN;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::config::RegularizationConfig;

/// The targets of a step: for each class, `[rows, classes]`, its share of the label.
pub(super) fn targets(config: &RegularizationConfig, classes: &[usize], labels: usize) -> Vec<f32> {
    let smoothing = config.label_smoothing as f32;
    let mut targets = vec![smoothing / labels as f32; classes.len() * labels];
    for (target, &class) in targets.chunks_mut(labels).zip(classes) {
        target[class] += 1.0 - smoothing;
    }
    targets
}

/// Dropout masks of the hidden layers, `[rows, units]` each with its width: 0, or one over the share that is kept, so that
/// the sum of what flows on stays the same on average. None without dropout.
pub(super) fn masks(config: &RegularizationConfig, rows: usize, rng: &mut ChaCha8Rng) -> Vec<(usize, Vec<f32>)> {
    if config.dropout == 0.0 {
        return Vec::new();
    }
    HIDDEN.iter().map(|&width| (width, mask(rows * width, config.dropout, rng))).collect()
}

fn mask(length: usize, dropped: f64, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let kept = (1.0 / (1.0 - dropped)) as f32;
    (0..length).map(|_| if rng.random::<f32>() < dropped as f32 { 0.0 } else { kept }).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn rng() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(5)
    }

    #[test]
    fn nothing_asked_for_changes_nothing() {
        assert_eq!(targets(&RegularizationConfig::OFF, &[1, 0], 2), [0.0, 1.0, 1.0, 0.0]);
        assert!(masks(&RegularizationConfig::OFF, 2, &mut rng()).is_empty());
    }

    #[test]
    fn smoothed_labels_keep_their_sum() {
        let smooth = RegularizationConfig { label_smoothing: 0.2, ..RegularizationConfig::OFF };
        for (got, expected) in targets(&smooth, &[2], 4).iter().zip([0.05, 0.05, 0.85, 0.05]) {
            assert!((got - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn dropout_leaves_out_its_share_and_keeps_the_sum() {
        let masks = masks(&RegularizationConfig { dropout: 0.3, ..RegularizationConfig::OFF }, 100, &mut rng());
        assert_eq!(
            masks.iter().map(|(width, mask)| (*width, mask.len())).collect::<Vec<_>>(),
            [(256, 25_600), (128, 12_800), (64, 6_400)]
        );
        let mask = &masks[0].1;
        let dropped = mask.iter().filter(|&&m| m == 0.0).count() as f32 / mask.len() as f32;
        let mean = mask.iter().sum::<f32>() / mask.len() as f32;
        assert!((dropped - 0.3).abs() < 0.02 && (mean - 1.0).abs() < 0.02, "{dropped} {mean}");
    }
}

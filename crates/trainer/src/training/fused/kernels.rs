//! What the CPU does in a training step, on plain slices: each function reads and writes its numbers once. Loops are compiled
//! for several generations of processors, and the best is chosen at run time.

use pulp::Arch;
use rayon::prelude::*;

use super::AdamStep;

/// Weights in a piece of work: with their moments and gradient about as much as a core's second cache holds.
const PIECE: usize = 1 << 14;

/// One step of Adam on `weights`, whose moments and gradient are as long; all but the gradient are changed in place.
pub(super) fn adam(step: &AdamStep, weights: &mut [f32], moment_1: &mut [f32], moment_2: &mut [f32], gradient: &[f32]) {
    if weights.len() <= 2 * PIECE {
        return adam_piece(step, weights, moment_1, moment_2, gradient);
    }
    let moments = moment_1.par_chunks_mut(PIECE).zip(moment_2.par_chunks_mut(PIECE));
    let pieces = weights.par_chunks_mut(PIECE).zip(moments).zip(gradient.par_chunks(PIECE));
    pieces.for_each(|((weights, (moment_1, moment_2)), gradient)| {
        adam_piece(step, weights, moment_1, moment_2, gradient);
    });
}

fn adam_piece(step: &AdamStep, weights: &mut [f32], moment_1: &mut [f32], moment_2: &mut [f32], gradient: &[f32]) {
    let AdamStep { rate, beta_1, beta_2, correction_2, epsilon, keep, penalty } = *step;
    Arch::new().dispatch(|| {
        for (((w, m), v), g) in weights.iter_mut().zip(moment_1).zip(moment_2).zip(gradient) {
            let g = g + penalty * *w;
            *m = beta_1 * *m + (1.0 - beta_1) * g;
            *v = beta_2 * *v + (1.0 - beta_2) * (g * g);
            *w = keep * *w - rate * *m / ((*v * correction_2).sqrt() + epsilon);
        }
    });
}

/// Adds `bias` to each row of `sums`.
pub(super) fn add_bias(sums: &mut [f32], bias: &[f32]) {
    Arch::new().dispatch(|| {
        for row in sums.chunks_exact_mut(bias.len()) {
            row.iter_mut().zip(bias).for_each(|(z, b)| *z += b);
        }
    });
}

/// The ReLU of `sums` and `bias`.
pub(super) fn activate(sums: &mut [f32], bias: &[f32]) {
    Arch::new().dispatch(|| {
        for row in sums.chunks_exact_mut(bias.len()) {
            row.iter_mut().zip(bias).for_each(|(z, b)| *z = relu(*z + b));
        }
    });
}

/// The ReLU of `sums` and `bias`, times the mask.
pub(super) fn activate_masked(sums: &mut [f32], bias: &[f32], mask: &[f32]) {
    Arch::new().dispatch(|| {
        for (row, mask) in sums.chunks_exact_mut(bias.len()).zip(mask.chunks_exact(bias.len())) {
            row.iter_mut().zip(bias).zip(mask).for_each(|((z, b), m)| *z = relu(*z + b) * m);
        }
    });
}

/// A NaN is not below 0: it goes on, and is told of.
#[inline(always)]
fn relu(sum: f32) -> f32 {
    if sum < 0.0 { 0.0 } else { sum }
}

/// What a gradient that comes to an output is multiplied by: as a number, since a choice would be compiled to a jump.
#[inline(always)]
fn open(output: f32) -> f32 {
    f32::from(output != 0.0)
}

/// Turns the gradient of what [`activate`] gave into that of its sums: where an output is 0, nothing comes through.
pub(super) fn through_relu(gradient: &mut [f32], outputs: &[f32]) {
    Arch::new().dispatch(|| {
        gradient.iter_mut().zip(outputs).for_each(|(g, y)| *g *= open(*y));
    });
}

/// The same for [`activate_masked`].
pub(super) fn through_mask(gradient: &mut [f32], outputs: &[f32], mask: &[f32]) {
    Arch::new().dispatch(|| {
        let units = gradient.iter_mut().zip(outputs).zip(mask);
        units.for_each(|((g, y), m)| *g *= open(*y) * m);
    });
}

/// The sum of each column of `[rows, width]`.
pub(super) fn column_sums(values: &[f32], width: usize) -> Vec<f32> {
    let mut sums = vec![0.0f32; width];
    Arch::new().dispatch(|| {
        for row in values.chunks_exact(width) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
    });
    sums
}

/// The logarithm of each row's softmax, `[rows, classes]`.
pub(super) fn log_softmax(logits: &[f32], classes: usize) -> Vec<f32> {
    let mut out = logits.to_vec();
    for row in out.chunks_exact_mut(classes) {
        let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = row.iter().map(|z| (z - most).exp()).sum();
        let shift = most + sum.ln();
        row.iter_mut().for_each(|z| *z -= shift);
    }
    out
}

/// The mean over rows of `-Σ target · log-probability`.
pub(super) fn mean_cross_entropy(log_probabilities: &[f32], targets: &[f32], classes: usize) -> f32 {
    let sum: f32 = log_probabilities.iter().zip(targets).map(|(l, t)| l * t).sum();
    -sum * classes as f32 / log_probabilities.len() as f32
}

/// The gradient of [`mean_cross_entropy`] times `scale` with regard to the logits, for targets that sum to 1 in each row.
pub(super) fn cross_entropy_gradient(
    log_probabilities: &[f32],
    targets: &[f32],
    classes: usize,
    scale: f32,
) -> Vec<f32> {
    let scale = scale * classes as f32 / log_probabilities.len() as f32;
    log_probabilities.iter().zip(targets).map(|(l, t)| (l.exp() - t) * scale).collect()
}

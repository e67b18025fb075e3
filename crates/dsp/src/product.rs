//! Products of frames with small dense matrices.

/// `out[j] = Σ_k row[k] · weights[k][j]` for four rows at once, which share the loads of the weights.
///
/// Every output is summed in the order of `k`, as a plain loop would.
#[inline(always)]
pub(crate) fn four_rows<const N: usize>(rows: [&[f32]; 4], weights: &[[f32; N]]) -> [[f32; N]; 4] {
    let mut sums = [[0.0f32; N]; 4];
    let [a, b, c, d] = rows;
    for ((((weights, &a), &b), &c), &d) in weights.iter().zip(a).zip(b).zip(c).zip(d) {
        for j in 0..N {
            sums[0][j] += a * weights[j];
            sums[1][j] += b * weights[j];
            sums[2][j] += c * weights[j];
            sums[3][j] += d * weights[j];
        }
    }
    sums
}

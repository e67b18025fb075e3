//! Channels to one.

/// Appends the mean of the channels' samples from frame `from` on to `out`; sum and division in `f32`, like
/// `librosa.to_mono`.
pub(crate) fn mix_planes(planes: &[Vec<f32>], from: usize, out: &mut Vec<f32>) {
    match planes {
        [] => {}
        [mono] => out.extend_from_slice(&mono[from..]),
        [left, right] => out.extend(left[from..].iter().zip(&right[from..]).map(|(l, r)| (l + r) / 2.0)),
        [first, rest @ ..] => {
            let start = out.len();
            out.extend_from_slice(&first[from..]);
            let mixed = &mut out[start..];
            for plane in rest {
                mixed.iter_mut().zip(&plane[from..]).for_each(|(sum, s)| *sum += s);
            }
            mixed.iter_mut().for_each(|sum| *sum /= planes.len() as f32);
        }
    }
}

/// Greatest share of the channels' energy in a mean that counts as none: 60 dB below.
const CANCELLED: f64 = 1e-6;

/// Energies of the channels and of their mean, which tell whether the mean is silent because the channels cancel.
#[derive(Debug, Default)]
pub(crate) struct Balance {
    channels: f64,
    mean: f64,
}

impl Balance {
    /// Adds a block of at least two channels from frame `from` on, and its mean.
    pub(crate) fn add(&mut self, planes: &[Vec<f32>], from: usize, mean: &[f32]) {
        if planes.len() > 1 {
            self.channels += planes.iter().map(|plane| energy(&plane[from..])).sum::<f64>() / planes.len() as f64;
            self.mean += energy(mean);
        }
    }

    /// Whether the channels have sound and their mean has none.
    pub(crate) fn cancels(&self) -> bool {
        self.channels > 0.0 && self.mean < CANCELLED * self.channels
    }
}

/// Sum of squares; in eight partial sums, which fit a vector register.
fn energy(samples: &[f32]) -> f64 {
    let mut sums = [0.0f32; 8];
    let (blocks, rest) = samples.as_chunks::<8>();
    for block in blocks {
        sums.iter_mut().zip(block).for_each(|(sum, s)| *sum += s * s);
    }
    sums.iter().chain(&rest.iter().map(|s| s * s).fold([0.0], |[sum], s| [sum + s])).map(|&sum| f64::from(sum)).sum()
}

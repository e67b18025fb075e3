//! What a frame sees beyond the ends of a signal.

use crate::Convention;

/// What stands before the first and after the last sample, where a centred frame reaches beyond the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// The signal mirrored at its first and last sample (numpy's `reflect`).
    Reflect,
    /// Silence (numpy's `constant`).
    Zeros,
}

impl From<Convention> for Padding {
    fn from(convention: Convention) -> Self {
        match convention {
            Convention::Librosa07 => Self::Reflect,
            Convention::Librosa011 => Self::Zeros,
        }
    }
}

impl Padding {
    /// The sample at `position`, which may lie before or beyond the signal.
    pub(crate) fn sample(self, samples: &[f32], position: isize) -> f32 {
        let len = samples.len() as isize;
        let index = match self {
            _ if (0..len).contains(&position) => position,
            Self::Zeros => return 0.0,
            // A single sample mirrors to itself; a short signal is mirrored again and again.
            Self::Reflect if len <= 1 => 0,
            Self::Reflect => {
                let period = 2 * (len - 1);
                let phase = position.rem_euclid(period);
                phase.min(period - phase)
            }
        };
        samples.get(index as usize).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_signals_are_mirrored_repeatedly() {
        // numpy.pad([1, 2, 3], 5, mode="reflect")
        let expected = [2.0, 1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0];
        for (i, want) in expected.iter().enumerate() {
            assert_eq!(Padding::Reflect.sample(&[1.0, 2.0, 3.0], i as isize - 5), *want, "position {i}");
        }
        assert_eq!(Padding::Reflect.sample(&[7.0], -100), 7.0);
        assert_eq!(Padding::Reflect.sample(&[], 3), 0.0);
    }
}

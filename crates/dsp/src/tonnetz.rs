//! Tonnetz: harmony as a point in a space of fifths and thirds (librosa's `feature.tonnetz`).
//!
//! Pitch classes lie on three circles, of fifths, minor thirds and major thirds; a frame's six values are the coordinates
//! of its chroma's centre of gravity on each (Harte, Sandler and Gasser, "Detecting harmonic change in musical audio",
//! 2006). The cost is 72 multiply-adds a frame.

use crate::FrameMatrix;
use crate::chroma::PITCH_CLASSES;
use crate::normalise::{divide_by_norm, to_unit_sum};

/// Values of a frame: sine and cosine on the circles of fifths, minor thirds and major thirds.
pub const TONNETZ_BINS: usize = 6;

/// Steps of a semitone on each circle, in half turns, and the circle's radius.
const CIRCLES: [(f64, f64); TONNETZ_BINS / 2] = [(7.0 / 6.0, 1.0), (3.0 / 2.0, 1.0), (2.0 / 3.0, 0.5)];

/// Where the pitch classes lie; make it once, use it for every clip of a worker.
#[derive(Debug, Clone)]
pub struct Tonnetz {
    places: [[f64; PITCH_CLASSES]; TONNETZ_BINS],
}

impl Default for Tonnetz {
    fn default() -> Self {
        Self::new()
    }
}

impl Tonnetz {
    /// Places the pitch classes.
    pub fn new() -> Self {
        let place = |value: usize, class: usize| {
            let (step, radius) = CIRCLES[value / 2];
            // A sine is a cosine a quarter of a turn before.
            let delay = if value.is_multiple_of(2) { 0.5 } else { 0.0 };
            radius * (std::f64::consts::PI * (step * class as f64 - delay)).cos()
        };
        Self { places: std::array::from_fn(|value| std::array::from_fn(|class| place(value, class))) }
    }

    /// Tonnetz, `[frames, 6]`, between -1 and 1, of chroma, `[frames, 12]`, of any loudness. A silent frame is 0.
    pub fn apply(&self, chroma: &FrameMatrix<f64>, out: &mut FrameMatrix<f64>) {
        out.reshape(chroma.frames(), TONNETZ_BINS);
        for (out, row) in out.rows_mut().zip(chroma.data().as_chunks::<PITCH_CLASSES>().0) {
            let mut chroma = *row;
            divide_by_norm(&mut chroma, row.iter().fold(0.0, |greatest, &value| value.max(greatest)));
            to_unit_sum(&mut chroma);
            for (out, places) in out.iter_mut().zip(&self.places) {
                *out = places.iter().zip(&chroma).map(|(place, share)| place * share).sum();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tonnetz(row: [f64; PITCH_CLASSES]) -> Vec<f64> {
        let mut chroma = FrameMatrix::new(1, PITCH_CLASSES);
        chroma.data_mut().copy_from_slice(&row);
        let mut out = FrameMatrix::default();
        Tonnetz::new().apply(&chroma, &mut out);
        out.data().to_vec()
    }

    fn single(class: usize) -> [f64; PITCH_CLASSES] {
        std::array::from_fn(|other| if other == class { 7.0 } else { 0.0 })
    }

    #[test]
    fn a_pitch_class_lies_on_its_circles() {
        for class in 0..PITCH_CLASSES {
            let out = tonnetz(single(class));
            for (pair, radius) in out.chunks_exact(2).zip([1.0, 1.0, 0.5]) {
                assert!((pair[0].hypot(pair[1]) - radius).abs() < 1e-12, "{class}: {out:?}");
            }
        }
        // A fifth up is a twelfth of a turn on the first circle, seven sixths of half a turn for seven semitones.
        let (c, g) = (tonnetz(single(0)), tonnetz(single(7)));
        let turn = (g[0].atan2(g[1]) - c[0].atan2(c[1])) / std::f64::consts::TAU;
        assert!((turn.rem_euclid(1.0) - 1.0 / 12.0).abs() < 1e-12, "{turn}");
        // Four minor thirds, three semitones each, are the whole second circle; three major ones the third.
        let four: Vec<Vec<f64>> = (0..4).map(|third| tonnetz(single(3 * third))).collect();
        assert!((2..4).all(|value| four.iter().map(|out| out[value]).sum::<f64>().abs() < 1e-12));
    }

    #[test]
    fn all_classes_alike_are_the_centre() {
        assert!(tonnetz([3.0; PITCH_CLASSES]).iter().all(|value| value.abs() < 1e-12));
        assert_eq!(tonnetz([0.0; PITCH_CLASSES]), [0.0; TONNETZ_BINS]);
    }
}

//! A long clip taken in blocks of frames, so that its spectrum is never in memory as a whole.

use std::ops::Range;

use dsp::FrameMatrix;
use dsp::median::WIDTH;
use dsp::stft::{HOP, N_FFT, frame_count};

/// Frames of a block: 47 s at 22 050 Hz, of which spectrum and magnitudes take 25 MB.
pub(crate) const BLOCK: usize = 2048;

/// Frames on either side that must be known too, for the harmonic waveform of a block to be that of the whole clip: the
/// medians look at half a window of frames; the waveform overlaps with the frame before its first; and the frames nearest
/// to a cut see zeros beyond it.
const CONTEXT: usize = WIDTH / 2 + 1 + N_FFT / 2 / HOP;

/// Some frames of a clip.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    /// The frames that are its own.
    pub frames: Range<usize>,
    /// Its samples, with those around them.
    samples: Range<usize>,
    /// Samples of its own.
    own: Range<usize>,
}

impl Block {
    /// The blocks, of at most `size` frames each, of a clip of `samples` samples.
    pub fn all(samples: usize, size: usize) -> Vec<Self> {
        let frames = frame_count(samples);
        let end_of = |frame: usize| if frame >= frames { samples } else { frame * HOP };
        let block = |start: usize| {
            let end = (start + size).min(frames);
            Self {
                frames: start..end,
                samples: start.saturating_sub(CONTEXT) * HOP..end_of(end + CONTEXT),
                own: start * HOP..end_of(end),
            }
        };
        (0..frames).step_by(size).map(block).collect()
    }

    /// The samples to transform.
    pub fn samples<'a>(&self, clip: &'a [f32]) -> &'a [f32] {
        &clip[self.samples.clone()]
    }

    /// The block's own frames in a matrix of the transformed samples.
    pub fn rows<'a>(&self, matrix: &'a FrameMatrix) -> &'a [f32] {
        let before = self.frames.start - self.samples.start / HOP;
        &matrix.data()[before * matrix.bins()..(before + self.frames.len()) * matrix.bins()]
    }

    /// The same in values per frame.
    pub fn values<'a>(&self, values: &'a [f64]) -> &'a [f64] {
        let before = self.frames.start - self.samples.start / HOP;
        &values[before..before + self.frames.len()]
    }

    /// The block's own part of a waveform of the transformed samples, and where in the clip it begins.
    pub fn waveform<'a>(&self, waveform: &'a [f32]) -> (usize, &'a [f32]) {
        (self.own.start, &waveform[self.own.start - self.samples.start..self.own.end - self.samples.start])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_and_sample_belongs_to_one_block() {
        for samples in [2048, 100 * HOP - 1, 100 * HOP, 100 * HOP + 1, 128 * HOP + 511] {
            let blocks = Block::all(samples, 32);
            assert_eq!((blocks[0].frames.start, blocks[0].own.start), (0, 0));
            for pair in blocks.windows(2) {
                assert_eq!((pair[0].frames.end, pair[0].own.end), (pair[1].frames.start, pair[1].own.start));
            }
            let last = &blocks[blocks.len() - 1];
            assert_eq!((last.frames.end, last.own.end), (frame_count(samples), samples));
        }
    }
}

//! Powers of a signal that comes piece by piece.

use super::{HOP, N_FFT, Padding, Stft};
use crate::Result;
use crate::stft::frame_count;

/// Hops before its centre that a frame may look at: its window reaches two back, and where the end is mirrored, the sample
/// there isn't repeated.
const REACH: usize = N_FFT / 2 / HOP + 1;

/// Transforms a signal in pieces of any length and holds a few frames of it at a time. Frames and powers are those that
/// [`Stft::powers`] gives of the whole signal, to the last bit.
#[derive(Debug)]
pub struct PowerStream {
    stft: Stft,
    padding: Padding,
    /// The signal without its first `dropped` hops.
    held: Vec<f32>,
    dropped: usize,
    /// The frame that comes next.
    next: usize,
}

impl PowerStream {
    /// Plans for a signal that `padding` surrounds.
    pub fn new(padding: Padding) -> Self {
        Self { stft: Stft::new(), padding, held: Vec::new(), dropped: 0, next: 0 }
    }

    /// Appends samples, and hands the number and the 1 025 powers of each frame that is complete by now to `take`.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if the Fourier transform fails, which would be a defect.
    pub fn push(&mut self, samples: &[f32], mut take: impl FnMut(usize, &[f32])) -> Result<()> {
        self.held.extend_from_slice(samples);
        while (self.next - self.dropped) * HOP + N_FFT / 2 < self.held.len() {
            self.give(&mut take)?;
        }
        let past = self.next.saturating_sub(REACH) - self.dropped;
        self.held.drain(..past * HOP);
        self.dropped += past;
        Ok(())
    }

    /// Ends the signal, and hands the frames that reach beyond it to `take`.
    ///
    /// # Errors
    /// As for [`push`](Self::push).
    pub fn finish(mut self, mut take: impl FnMut(usize, &[f32])) -> Result<()> {
        while self.next < self.dropped + frame_count(self.held.len()) {
            self.give(&mut take)?;
        }
        Ok(())
    }

    fn give(&mut self, take: &mut impl FnMut(usize, &[f32])) -> Result<()> {
        take(self.next, self.stft.power(&self.held, self.padding, self.next - self.dropped)?);
        self.next += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_give_the_frames_of_the_whole() {
        let signal: Vec<f32> = (0..9000u32).map(|i| ((i * i * 7) % 2001) as f32 / 1000.0 - 1.0).collect();
        for padding in [Padding::Reflect, Padding::Zeros] {
            for len in [0, 1, 511, 512, 1023, 1024, 1025, 1536, 2048, 2049, 4096, 5632, 8999] {
                let mut whole = Vec::new();
                Stft::new()
                    .powers(&signal[..len], padding, |frame, power| whole.push((frame, power.to_vec())))
                    .unwrap();
                for piece in [1, 500, 512, 3000, 10_000] {
                    let (mut stream, mut frames) = (PowerStream::new(padding), Vec::new());
                    let mut take = |frame: usize, power: &[f32]| frames.push((frame, power.to_vec()));
                    for samples in signal[..len].chunks(piece) {
                        stream.push(samples, &mut take).unwrap();
                    }
                    assert!(stream.held.len() <= (REACH + 3) * HOP + piece, "{} samples are held", stream.held.len());
                    stream.finish(&mut take).unwrap();
                    assert!(frames == whole, "{len} samples in pieces of {piece}, {padding:?}");
                }
            }
        }
    }
}

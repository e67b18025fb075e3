//! Sampling-rate conversion.
//!
//! Rubato's FFT resampler: the ratio of the two rates is a fraction, so that blocks of input and output of whole lengths
//! correspond, and the conversion is one multiplication of spectra with a linear-phase low-pass filter (a sinc under a
//! squared Blackman-Harris window). The filter is as long as a block. The block is chosen so that the transition from
//! pass band to stop band is close to that of librosa's default, `soxr_hq`: flat to 0.91 of the lower Nyquist frequency,
//! half the amplitude at 0.955, silent from 1.0 on. Where the rates' common divisor leaves only longer blocks (16 and 32
//! kHz to 22.05 kHz), the transition is steeper and begins later. The filter's delay is removed; before and after the
//! input there is silence.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _, WindowFunction};

use crate::{Error, Result};

/// Wanted length of the filter in samples of the lower rate. The transition of 308 to 320 is closest to `soxr_hq`'s, and
/// transforms of 2⁶ · 5 take half the operations of those of 2³ · 3 · 13.
const FILTER_LEN: usize = 320;

/// Shortest filter that is flat within 0.05 dB up to 0.9 of the lower Nyquist frequency.
const SHORTEST_FILTER_LEN: usize = 290;

/// Converts a stream of samples from one rate to another.
pub(crate) struct Resampler {
    fft: Fft<f32>,
    /// Samples out per sample in.
    ratio: f64,
    /// Lengths of a block.
    block_in: usize,
    block_out: usize,
    /// Input that doesn't fill a block yet.
    pending: Vec<f32>,
    scratch: Vec<f32>,
    /// Samples of the filter's delay still to be dropped.
    delay: usize,
    total_in: u64,
    total_out: u64,
}

impl Resampler {
    /// A converter between two different rates in Hz, neither 0.
    pub(crate) fn new(from: u32, to: u32) -> Result<Self> {
        let (from, to) = (from as usize, to as usize);
        let divisor = gcd(from, to);
        let (unit_in, unit_out) = (from / divisor, to / divisor);
        // An even number of units makes the delay, half a block, a whole number of samples on both sides.
        let pair = 2 * unit_in.min(unit_out);
        let pairs = (FILTER_LEN + pair / 2) / pair;
        let units = 2 * pairs.max(SHORTEST_FILTER_LEN.div_ceil(pair));
        let (block_in, block_out) = (unit_in * units, unit_out * units);
        let window = WindowFunction::BlackmanHarris2;
        let fft = Fft::new_custom(from, to, block_in, 1, 1, window, FixedSync::Both)
            .map_err(|e| Error::Internal { stage: "planning the resampler", reason: e.to_string() })?;
        Ok(Self {
            delay: fft.output_delay(),
            fft,
            ratio: to as f64 / from as f64,
            block_in,
            block_out,
            pending: Vec::with_capacity(block_in),
            scratch: vec![0.0; block_out],
            total_in: 0,
            total_out: 0,
        })
    }

    /// Takes in samples and appends to `out` the converted ones that are complete.
    pub(crate) fn push(&mut self, mut input: &[f32], out: &mut Vec<f32>) -> Result<()> {
        self.total_in += input.len() as u64;
        if !self.pending.is_empty() {
            let missing = (self.block_in - self.pending.len()).min(input.len());
            self.pending.extend_from_slice(&input[..missing]);
            input = &input[missing..];
            if self.pending.len() < self.block_in {
                return Ok(());
            }
            let block = std::mem::take(&mut self.pending);
            self.convert(&block, out)?;
            self.pending = block;
            self.pending.clear();
        }
        let mut blocks = input.chunks_exact(self.block_in);
        for block in &mut blocks {
            self.convert(block, out)?;
        }
        self.pending.extend_from_slice(blocks.remainder());
        Ok(())
    }

    /// Appends what is left, so that the stream's length is librosa's: `ceil(samples in · to / from)`.
    pub(crate) fn finish(&mut self, out: &mut Vec<f32>) -> Result<()> {
        let total = (self.total_in as f64 * self.ratio).ceil() as u64;
        let mut block = std::mem::take(&mut self.pending);
        while self.total_out < total {
            self.convert(&block, out)?;
            block.clear();
        }
        out.truncate(out.len() - (self.total_out - total) as usize);
        self.total_out = total;
        Ok(())
    }

    /// Converts a block, the last of which may be shorter and is filled up with silence.
    fn convert(&mut self, block: &[f32], out: &mut Vec<f32>) -> Result<()> {
        let failed = |reason: String| Error::Internal { stage: "resampling", reason };
        let input = SequentialSlice::new(block, 1, block.len()).map_err(|e| failed(e.to_string()))?;
        let mut output =
            SequentialSlice::new_mut(&mut self.scratch, 1, self.block_out).map_err(|e| failed(e.to_string()))?;
        let partial = Indexing::new().partial_len(block.len());
        self.fft.process_into_buffer(&input, &mut output, Some(&partial)).map_err(|e| failed(e.to_string()))?;
        let dropped = self.delay.min(self.block_out);
        self.delay -= dropped;
        out.extend_from_slice(&self.scratch[dropped..]);
        self.total_out += (self.block_out - dropped) as u64;
        Ok(())
    }
}

/// Greatest common divisor.
fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

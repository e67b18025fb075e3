//! Running medians of 31 values along the frames or along the bins of a spectrogram (`scipy.ndimage.median_filter` with
//! `mode="reflect"`, sizes `(31, 1)` and `(1, 31)`): the two filters of harmonic-percussive separation.
//!
//! Lanes of a vector hold neighbouring bins for the filter along frames, and neighbouring frames, transposed in registers,
//! for the filter along bins. Medians are selections, so every instruction set gives the same bits.
//!
//! # Cost
//! For a 30-s clip, 1 293 × 1 025 values: 82 800 vectors of 16 lanes at 22 minima or maxima each are 1.8 million vector
//! operations a direction, 0.4 to 0.7 ms at 2.6 GHz; reading 5.3 MB and writing as much takes about as long. Measured a
//! direction, on one core of a 2.6-GHz Xeon (Sapphire Rapids): 0.9 to 1.0 ms with AVX-512, 1.7 to 2.3 ms with AVX2, 5 to
//! 6 ms in portable code compiled for x86-64.

mod lanes;
mod network;

use lanes::{Lanes, Portable, transpose};
use network::{BLOCK, Line, filter};

/// Values in a window: the one at its centre and 15 on either side.
pub const WIDTH: usize = 31;

/// Instruction set of the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Isa {
    #[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
    Avx512,
    #[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
    Avx2,
    Portable,
}

/// The filter, for the fastest instruction set of the machine it runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MedianFilter {
    isa: Isa,
}

impl Default for MedianFilter {
    fn default() -> Self {
        Self::new()
    }
}

impl MedianFilter {
    /// Looks at the machine.
    pub fn new() -> Self {
        Self::available().next().unwrap_or(Self { isa: Isa::Portable })
    }

    /// The filters that this machine can run, fastest first. All give the same medians.
    pub fn available() -> impl Iterator<Item = Self> {
        #[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
        let vectors = [
            is_x86_feature_detected!("avx512f").then_some(Isa::Avx512),
            is_x86_feature_detected!("avx2").then_some(Isa::Avx2),
        ];
        #[cfg(not(all(target_arch = "x86_64", not(dsp_portable))))]
        let vectors: [Option<Isa>; 0] = [];
        vectors.into_iter().flatten().chain([Isa::Portable]).map(|isa| Self { isa })
    }

    /// Name of the instruction set.
    pub fn name(self) -> &'static str {
        match self.isa {
            #[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
            Isa::Avx512 => "avx512",
            #[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
            Isa::Avx2 => "avx2",
            Isa::Portable => "portable",
        }
    }

    /// Medians along time of frames `first ..` of `values`, `[frames, bins]` row-major and finite: as many frames as
    /// `out`, `[n, bins]`, takes.
    pub fn along_frames(self, values: &[f32], bins: usize, first: usize, out: &mut [f32]) {
        let span = Span { values, bins, first };
        match self.isa {
            // SAFETY: this value exists only where `available` detected AVX-512F.
            #[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
            Isa::Avx512 => unsafe { along_frames_avx512(span, out) },
            // SAFETY: this value exists only where `available` detected AVX2.
            #[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
            Isa::Avx2 => unsafe { along_frames_avx2(span, out) },
            Isa::Portable => along_frames::<Portable>(span, out),
        }
    }

    /// Medians along frequency of frames `first ..` of `values`, `[frames, bins]` row-major and finite: as many frames as
    /// `out`, `[n, bins]`, takes.
    pub fn along_bins(self, values: &[f32], bins: usize, first: usize, out: &mut [f32]) {
        let span = Span { values, bins, first };
        match self.isa {
            // SAFETY: this value exists only where `available` detected AVX-512F.
            #[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
            Isa::Avx512 => unsafe { along_bins_avx512(span, out) },
            // SAFETY: this value exists only where `available` detected AVX2.
            #[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
            Isa::Avx2 => unsafe { along_bins_avx2(span, out) },
            Isa::Portable => along_bins::<Portable>(span, out),
        }
    }
}

#[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
#[target_feature(enable = "avx512f")]
fn along_frames_avx512(span: Span<'_>, out: &mut [f32]) {
    along_frames::<lanes::Avx512>(span, out);
}

#[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
#[target_feature(enable = "avx2")]
fn along_frames_avx2(span: Span<'_>, out: &mut [f32]) {
    along_frames::<lanes::Avx2>(span, out);
}

#[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
#[target_feature(enable = "avx512f")]
fn along_bins_avx512(span: Span<'_>, out: &mut [f32]) {
    along_bins::<lanes::Avx512>(span, out);
}

#[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
#[target_feature(enable = "avx2")]
fn along_bins_avx2(span: Span<'_>, out: &mut [f32]) {
    along_bins::<lanes::Avx2>(span, out);
}

/// The frames of `values` from `first`.
#[derive(Clone, Copy)]
struct Span<'a> {
    values: &'a [f32],
    bins: usize,
    first: usize,
}

impl Span<'_> {
    /// Number of frames of the whole matrix, and of those that `out` takes.
    fn frames(&self, out: &[f32]) -> (usize, usize) {
        let frames = self.values.len().checked_div(self.bins).unwrap_or(0);
        let wanted = out.len().checked_div(self.bins).unwrap_or(0);
        (frames, wanted.min(frames.saturating_sub(self.first)))
    }
}

#[inline(always)]
fn along_frames<V: Lanes>(span: Span<'_>, out: &mut [f32]) {
    let (frames, count) = span.frames(out);
    if count == 0 {
        return;
    }
    for column in (0..span.bins).step_by(V::COUNT) {
        let width = V::COUNT.min(span.bins - column);
        filter::<V>(&mut Column { span, frames, count, column, width, out: &mut *out }, count.div_ceil(BLOCK));
    }
}

/// Up to `V::COUNT` neighbouring bins, walked along frames.
struct Column<'a> {
    span: Span<'a>,
    frames: usize,
    count: usize,
    column: usize,
    width: usize,
    out: &'a mut [f32],
}

impl<V: Lanes> Line<V> for Column<'_> {
    #[inline(always)]
    fn load(&self, block: isize) -> [V; BLOCK] {
        let start = self.span.first as isize + block * BLOCK as isize;
        let inside = start >= 0 && start as usize + BLOCK <= self.frames;
        let mut loaded = [V::load(&[]); BLOCK];
        for (i, lanes) in loaded.iter_mut().enumerate() {
            let frame = start + i as isize;
            let frame = if inside { frame as usize } else { reflect(frame, self.frames) };
            let at = frame * self.span.bins + self.column;
            *lanes = V::load(&self.span.values[at..at + self.width]);
        }
        loaded
    }

    #[inline(always)]
    fn store(&mut self, block: usize, medians: [V; BLOCK]) {
        for (i, lanes) in medians.into_iter().enumerate() {
            let frame = block * BLOCK + i;
            if frame < self.count {
                let at = frame * self.span.bins + self.column;
                lanes.store(&mut self.out[at..at + self.width]);
            }
        }
    }
}

#[inline(always)]
fn along_bins<V: Lanes>(span: Span<'_>, out: &mut [f32]) {
    let (_, count) = span.frames(out);
    for row in (0..count).step_by(V::COUNT) {
        filter::<V>(&mut Tile { span, count, row, out: &mut *out }, span.bins.div_ceil(BLOCK));
    }
}

/// `V::COUNT` neighbouring frames from `row` of the span, walked along bins. Past the last frame, the last is repeated.
struct Tile<'a> {
    span: Span<'a>,
    count: usize,
    row: usize,
    out: &'a mut [f32],
}

impl<V: Lanes> Line<V> for Tile<'_> {
    #[inline(always)]
    fn load(&self, block: isize) -> [V; BLOCK] {
        let bins = self.span.bins;
        let start = block * BLOCK as isize;
        let inside = start >= 0 && start as usize + BLOCK <= bins;
        let mut loaded = [V::load(&[]); BLOCK];
        for part in (0..BLOCK).step_by(V::COUNT) {
            let mut square = [V::load(&[]); BLOCK];
            for (lane, lanes) in square[..V::COUNT].iter_mut().enumerate() {
                let at = (self.span.first + (self.row + lane).min(self.count - 1)) * bins;
                let frame = &self.span.values[at..at + bins];
                *lanes = if inside {
                    V::load(&frame[start as usize + part..][..V::COUNT])
                } else {
                    let mirrored: [f32; BLOCK] =
                        std::array::from_fn(|i| frame[reflect(start + (part + i) as isize, bins)]);
                    V::load(&mirrored[..V::COUNT])
                };
            }
            transpose(&mut square);
            loaded[part..part + V::COUNT].copy_from_slice(&square[..V::COUNT]);
        }
        loaded
    }

    #[inline(always)]
    fn store(&mut self, block: usize, medians: [V; BLOCK]) {
        let bins = self.span.bins;
        for part in (0..BLOCK).step_by(V::COUNT) {
            let from = block * BLOCK + part;
            let width = V::COUNT.min(bins.saturating_sub(from));
            let mut square = [medians[0]; BLOCK];
            square[..V::COUNT].copy_from_slice(&medians[part..part + V::COUNT]);
            transpose(&mut square);
            for (lane, lanes) in square[..V::COUNT].iter().enumerate() {
                let row = self.row + lane;
                if row < self.count && width > 0 {
                    lanes.store(&mut self.out[row * bins + from..][..width]);
                }
            }
        }
    }
}

/// Index of a position outside `0 .. len` in a line mirrored at its ends, the end values doubled: `d c b a | a b c d |
/// d c b a` (scipy's `reflect`), again and again for a line shorter than the window. `len` is at least 1.
fn reflect(position: isize, len: usize) -> usize {
    let phase = position.rem_euclid(2 * len as isize) as usize;
    phase.min(2 * len - 1 - phase)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition: mirror, sort, take the middle.
    fn naive(line: impl Fn(usize) -> f32, len: usize, centre: usize) -> f32 {
        let half = (WIDTH / 2) as isize;
        let mut window: Vec<f32> = (-half..=half)
            .map(|offset| {
                let mut position = centre as isize + offset;
                while !(0..len as isize).contains(&position) {
                    position = if position < 0 { -1 - position } else { 2 * len as isize - 1 - position };
                }
                line(position as usize)
            })
            .collect();
        window.sort_by(f32::total_cmp);
        window[WIDTH / 2]
    }

    fn noise(len: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // Coarse steps, so that ties are common.
                (state >> 24) as f32 / 16.0
            })
            .collect()
    }

    #[test]
    fn every_instruction_set_equals_a_sorted_window() {
        let shapes =
            [(1, 1), (1, 40), (40, 1), (3, 5), (14, 15), (15, 31), (16, 16), (17, 33), (31, 47), (33, 100), (70, 129)];
        for (frames, bins) in shapes {
            let values = noise(frames * bins, (frames * 1000 + bins) as u32);
            for filter in MedianFilter::available() {
                let (mut time, mut frequency) = (vec![-1.0; values.len()], vec![-1.0; values.len()]);
                filter.along_frames(&values, bins, 0, &mut time);
                filter.along_bins(&values, bins, 0, &mut frequency);
                for frame in 0..frames {
                    for bin in 0..bins {
                        let at = frame * bins + bin;
                        let place = format!("{} {frames}x{bins} at {frame},{bin}", filter.name());
                        assert_eq!(time[at], naive(|t| values[t * bins + bin], frames, frame), "time, {place}");
                        assert_eq!(frequency[at], naive(|k| values[frame * bins + k], bins, bin), "frequency, {place}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_part_of_the_frames_equals_that_part_of_the_whole() {
        let (frames, bins) = (90, 37);
        let values = noise(frames * bins, 7);
        for filter in MedianFilter::available() {
            let (mut time, mut frequency) = (vec![0.0; values.len()], vec![0.0; values.len()]);
            filter.along_frames(&values, bins, 0, &mut time);
            filter.along_bins(&values, bins, 0, &mut frequency);
            for (first, count) in [(0, 1), (5, 20), (16, 64), (64, 26), (89, 1)] {
                let part = first * bins..(first + count) * bins;
                let mut out = vec![0.0; count * bins];
                filter.along_frames(&values, bins, first, &mut out);
                assert_eq!(out, time[part.clone()], "{} time {first}+{count}", filter.name());
                filter.along_bins(&values, bins, first, &mut out);
                assert_eq!(out, frequency[part], "{} frequency {first}+{count}", filter.name());
            }
        }
    }

    #[test]
    fn nothing_to_filter_leaves_the_output_alone() {
        for filter in MedianFilter::available() {
            let mut out = [5.0; 3];
            for (values, bins, first) in
                [(&[][..], 0, 0), (&[], 2, 0), (&[1.0; 4], 2, 2), (&[1.0; 4], 2, 9), (&[1.0; 3], 4, 0)]
            {
                filter.along_frames(values, bins, first, &mut out);
                filter.along_bins(values, bins, first, &mut out);
            }
            assert_eq!(out, [5.0; 3]);
        }
    }
}

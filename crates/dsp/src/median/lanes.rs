//! Vectors of `f32` that the median network runs on: 16 lanes (AVX-512), 8 (AVX2), and a portable twin of 8.

/// A vector of independent lanes.
///
/// A type of an instruction set must only be used by code that runs after that set was detected; [`super::MedianFilter`]
/// sees to it.
pub(super) trait Lanes: Copy {
    /// Number of lanes, at most 16 and a power of two.
    const COUNT: usize;

    /// The first `COUNT` values of `source`; missing ones are zero.
    fn load(source: &[f32]) -> Self;

    /// Writes the lanes to the front of `target`, as many as it takes.
    fn store(self, target: &mut [f32]);

    /// The smaller value of each lane. Values are finite.
    fn min(self, other: Self) -> Self;

    /// The larger value of each lane. Values are finite.
    fn max(self, other: Self) -> Self;

    /// The lanes of both in turn, `self[0], other[0], self[1], other[1], …`, as two vectors.
    fn interleave(self, other: Self) -> (Self, Self);
}

/// Transposes the square of the first `COUNT` vectors, each of `COUNT` lanes: log2(COUNT) perfect shuffles.
#[inline(always)]
pub(super) fn transpose<V: Lanes>(square: &mut [V; 16]) {
    let half = V::COUNT / 2;
    let mut width = 1;
    while width < V::COUNT {
        let before = *square;
        for i in 0..half {
            (square[2 * i], square[2 * i + 1]) = before[i].interleave(before[i + half]);
        }
        width *= 2;
    }
}

/// Eight lanes in plain Rust, which compilers turn into whatever vectors the target has.
#[derive(Clone, Copy)]
pub(super) struct Portable([f32; 8]);

impl Lanes for Portable {
    const COUNT: usize = 8;

    #[inline(always)]
    fn load(source: &[f32]) -> Self {
        if let Some(lanes) = source.first_chunk() {
            return Self(*lanes);
        }
        let mut lanes = [0.0; 8];
        lanes[..source.len()].copy_from_slice(source);
        Self(lanes)
    }

    #[inline(always)]
    fn store(self, target: &mut [f32]) {
        let count = target.len().min(8);
        target[..count].copy_from_slice(&self.0[..count]);
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| if self.0[i] < other.0[i] { self.0[i] } else { other.0[i] }))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| if self.0[i] > other.0[i] { self.0[i] } else { other.0[i] }))
    }

    #[inline(always)]
    fn interleave(self, other: Self) -> (Self, Self) {
        let lane = |i: usize| if i.is_multiple_of(2) { self.0[i / 2] } else { other.0[i / 2] };
        (Self(std::array::from_fn(lane)), Self(std::array::from_fn(|i| lane(i + 8))))
    }
}

#[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
pub(super) use x86::{Avx2, Avx512};

#[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
mod x86 {
    use super::Lanes;
    use std::arch::x86_64::*;

    /// Sixteen lanes of AVX-512F.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx512(__m512);

    impl Lanes for Avx512 {
        const COUNT: usize = 16;

        #[inline(always)]
        fn load(source: &[f32]) -> Self {
            // SAFETY: AVX-512F was detected; the mask lets only lanes inside `source` be read.
            Self(unsafe { _mm512_maskz_loadu_ps(first_lanes(source.len()), source.as_ptr()) })
        }

        #[inline(always)]
        fn store(self, target: &mut [f32]) {
            // SAFETY: AVX-512F was detected; the mask lets only lanes inside `target` be written.
            unsafe { _mm512_mask_storeu_ps(target.as_mut_ptr(), first_lanes(target.len()), self.0) }
        }

        #[inline(always)]
        fn min(self, other: Self) -> Self {
            // SAFETY: AVX-512F was detected.
            Self(unsafe { _mm512_min_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn max(self, other: Self) -> Self {
            // SAFETY: AVX-512F was detected.
            Self(unsafe { _mm512_max_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn interleave(self, other: Self) -> (Self, Self) {
            // SAFETY: AVX-512F was detected.
            unsafe {
                let low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
                let high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
                (
                    Self(_mm512_permutex2var_ps(self.0, low, other.0)),
                    Self(_mm512_permutex2var_ps(self.0, high, other.0)),
                )
            }
        }
    }

    /// Mask of the first `count` lanes, or of all.
    #[inline(always)]
    fn first_lanes(count: usize) -> __mmask16 {
        ((1u32 << count.min(16)) - 1) as __mmask16
    }

    /// Eight lanes of AVX2.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx2(__m256);

    impl Lanes for Avx2 {
        const COUNT: usize = 8;

        #[inline(always)]
        fn load(source: &[f32]) -> Self {
            let whole;
            let lanes: &[f32; 8] = match source.first_chunk() {
                Some(lanes) => lanes,
                None => {
                    let mut padded = [0.0; 8];
                    padded[..source.len()].copy_from_slice(source);
                    whole = padded;
                    &whole
                }
            };
            // SAFETY: AVX2 was detected; eight floats are read from an array of eight.
            Self(unsafe { _mm256_loadu_ps(lanes.as_ptr()) })
        }

        #[inline(always)]
        fn store(self, target: &mut [f32]) {
            if let Some(lanes) = target.first_chunk_mut::<8>() {
                // SAFETY: AVX2 was detected; eight floats are written to an array of eight.
                return unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), self.0) };
            }
            let mut lanes = [0.0f32; 8];
            // SAFETY: AVX2 was detected; eight floats are written to an array of eight.
            unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), self.0) };
            target.copy_from_slice(&lanes[..target.len()]);
        }

        #[inline(always)]
        fn min(self, other: Self) -> Self {
            // SAFETY: AVX2 was detected.
            Self(unsafe { _mm256_min_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn max(self, other: Self) -> Self {
            // SAFETY: AVX2 was detected.
            Self(unsafe { _mm256_max_ps(self.0, other.0) })
        }

        #[inline(always)]
        fn interleave(self, other: Self) -> (Self, Self) {
            // SAFETY: AVX2 was detected.
            unsafe {
                let low = _mm256_unpacklo_ps(self.0, other.0);
                let high = _mm256_unpackhi_ps(self.0, other.0);
                (Self(_mm256_permute2f128_ps::<0x20>(low, high)), Self(_mm256_permute2f128_ps::<0x31>(low, high)))
            }
        }
    }
}

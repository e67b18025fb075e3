//! The two medians of harmonic-percussive separation over a 30-s clip, 1 293 × 1 025 values, with every instruction set of
//! the machine. The floor, in operations and bytes, is in the documentation of `dsp::median`; the separation as a whole and
//! the rhythm are stages of the `features` bench.

#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dsp::median::MedianFilter;
use dsp::stft::BINS;

const FRAMES: usize = 1293;

fn medians(c: &mut Criterion) {
    let mut state = 1u32;
    let magnitude: Vec<f32> = (0..FRAMES * BINS)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0
        })
        .collect();
    let mut group = c.benchmark_group("median of 31");
    group.throughput(Throughput::Elements(magnitude.len() as u64));
    let mut out = vec![0.0; magnitude.len()];
    for filter in MedianFilter::available() {
        group.bench_function(format!("along frames, {}", filter.name()), |b| {
            b.iter(|| filter.along_frames(black_box(&magnitude), BINS, 0, &mut out));
        });
        group.bench_function(format!("along bins, {}", filter.name()), |b| {
            b.iter(|| filter.along_bins(black_box(&magnitude), BINS, 0, &mut out));
        });
    }
    group.finish();
}

criterion_group!(benches, medians);
criterion_main!(benches);

//! Milliseconds per 30-s clip, for every stage and for the whole row, on one core; throughput is in samples.
//!
//! `cargo bench -p dsp --bench features`
//!
//! Least work for a clip of 661 794 samples, 1 293 frames of 1 025 bins (1.33 million values):
//! - transforms: 1 293 real of 2 048 in double precision, 1 293 inverse in single: about 115 kflop each, 0.3 Gflop;
//! - magnitudes: one division and one square root a bin; powers, moments, roll-off: some ten operations a bin;
//! - chroma: 12 multiply-adds a bin, 16 million; MFCC: 20 a band, 3.3 million; decibels: 166 000 logarithms;
//! - harmonic-percussive separation and tempo: see their modules.
//!
//! Memory: spectrum 10.6 MB and magnitudes 5.3 MB are written once; magnitudes are read five times, the spectrum once.

#![allow(missing_docs, reason = "of what the macros define")]
#![allow(clippy::unwrap_used, reason = "the specifications are fixed ones")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dsp::chroma::ChromaBank;
use dsp::hpss::Hpss;
use dsp::mel::{MelBank, Reference, power_to_db};
use dsp::mfcc::Mfcc;
use dsp::onset::onset_strength;
use dsp::rhythm::Rhythm;
use dsp::spectral::SpectralShape;
use dsp::stft::{Padding, Spectrogram, Stft};
use dsp::temporal::Temporal;
use dsp::tuning::TuningEstimator;
use dsp::{Convention, FeatureExtractor, FeatureSpec};

const RATE: u32 = 22_050;
const SAMPLES: usize = 661_794;

/// Decaying chords over noise bursts, two a second.
fn clip() -> Vec<f32> {
    let mut state = 1u32;
    (0..SAMPLES)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 8) as f32 / 8_388_608.0 - 1.0;
            let age = (n % 11_025) as f32 / 11_025.0;
            let seconds = n as f32 / RATE as f32;
            let root = 110.0 + 20.0 * (n / 44_100) as f32;
            let chord: f32 =
                [1.0, 1.25, 1.5, 2.0].iter().map(|r| (seconds * root * r * std::f32::consts::TAU).sin()).sum();
            0.15 * chord * (1.0 - age) + 0.3 * noise * (-20.0 * age).exp()
        })
        .collect()
}

fn stages(criterion: &mut Criterion) {
    let convention = Convention::Librosa07;
    let padding = Padding::from(convention);
    let clip = clip();
    let mut group = criterion.benchmark_group("30-s clip");
    group.throughput(Throughput::Elements(SAMPLES as u64)).sample_size(20);

    let mut stft = Stft::new();
    let (mut spectrum, mut magnitude) = Default::default();
    group.bench_function("stft", |b| b.iter(|| stft.forward(black_box(&clip), padding, &mut spectrum, &mut magnitude)));
    let mut bank = MelBank::new(RATE);
    let mut mel = Spectrogram::default();
    group.bench_function("mel", |b| b.iter(|| bank.apply(black_box(&magnitude), &mut mel)));
    let power = mel.clone();
    group.bench_function("decibels", |b| {
        b.iter(|| {
            mel.data_mut().copy_from_slice(power.data());
            power_to_db(black_box(&mut mel), Reference::One);
        })
    });
    let (mut mfcc, mut cepstrum) = (Mfcc::new(), Spectrogram::default());
    group.bench_function("mfcc", |b| b.iter(|| mfcc.apply(black_box(&mel), &mut cepstrum)));
    let mut tuning = TuningEstimator::new(RATE, convention);
    group.bench_function("tuning", |b| b.iter(|| tuning.estimate(black_box(&magnitude))));
    let (mut chroma_bank, mut chroma) = (ChromaBank::new(RATE), Spectrogram::default());
    let mut cents = 0;
    group.bench_function("chroma", |b| {
        b.iter(|| {
            // Another tuning every time, so that the filters are made anew as for another track.
            cents = (cents + 1) % 50;
            chroma_bank.apply(black_box(&magnitude), f64::from(cents) / 100.0, &mut chroma);
        })
    });
    let mut shape = SpectralShape::default();
    group.bench_function("centroid, bandwidth, roll-off", |b| b.iter(|| shape.describe(black_box(&magnitude), RATE)));
    let mut temporal = Temporal::default();
    group.bench_function("rms, zero crossings", |b| b.iter(|| temporal.describe(black_box(&clip), padding)));
    let (mut hpss, mut harmonic) = (Hpss::new(), vec![0.0; SAMPLES]);
    group.bench_function("harmonic-percussive separation", |b| {
        b.iter(|| hpss.harmonic(&mut stft, black_box(&spectrum), &magnitude, convention, &mut harmonic))
    });
    group.bench_function("onset strength", |b| b.iter(|| onset_strength(black_box(&mel))));
    let onset = onset_strength(&mel);
    let mut rhythm = Rhythm::new(RATE);
    group.bench_function("tempo", |b| b.iter(|| rhythm.tempo(black_box(&onset))));
    group.finish();
}

fn rows(criterion: &mut Criterion) {
    let clip = clip();
    let mut group = criterion.benchmark_group("30-s row");
    group.throughput(Throughput::Elements(SAMPLES as u64)).sample_size(20);
    for (name, spec) in [
        ("57 features, librosa-0.7", FeatureSpec::features(Convention::Librosa07, 30.0)),
        ("57 features, librosa-0.11", FeatureSpec::features(Convention::Librosa011, 30.0)),
        ("log-mel spectrogram", FeatureSpec::spectrogram(30.0)),
    ] {
        let mut extractor = FeatureExtractor::new(&spec).unwrap();
        group.bench_function(name, |b| b.iter(|| extractor.extract(black_box(&clip))));
    }
    group.finish();
}

criterion_group!(benches, stages, rows);
criterion_main!(benches);

//! Milliseconds per 30-s clip, for every stage and for the whole row, on one core; throughput is in samples.
//!
//! `cargo bench -p dsp --bench features`
//!
//! # Floor and measured
//! For a clip of 661 794 samples: 1 293 frames of 1 025 bins, 1.33 million values. The floor takes 16 operations a cycle in
//! single and 8 in double precision at 2.6 GHz (two AVX2 pipes, no fused multiply-add, which would change last bits), and
//! 10 GB/s for what doesn't stay in the level-2 cache; the larger counts. Measured on one core of a Sapphire Rapids Xeon.
//!
//! | stage | operations | bytes | floor, ms | measured, ms |
//! |---|---|---|---|---|
//! | stft | 1 293 real transforms of 2 048, double precision, 56 kflop by 2.5 n log₂ n: 73 Mflop | 15.9 MB written | 3.5 | 4.8, of which transforms 3.3 |
//! | mel | a square, two multiply-adds a bin: 7 Mflop | 5.3 MB read | 0.5 | 0.7 |
//! | decibels | 166 000 logarithms of 20 | 0.7 MB | 0.1 | 0.1 |
//! | mfcc | 24 multiply-adds a band: 8 Mflop | 0.7 MB | 0.2 | 0.25 |
//! | tuning | the greatest of each frame, 3 comparisons at each of 359 bins | 5.3 MB read | 0.5 | 0.5 |
//! | chroma | 16 multiply-adds a bin (12, in whole vectors): 42 Mflop | 5.3 MB read | 1.0 | 1.3 |
//! | centroid, bandwidth, roll-off | 8 operations in double precision a bin, and 1 025 additions in order, 4 cycles each, for 8 frames at a time | 5.3 MB read | 0.75 | 0.75 |
//! | rms, zero crossings | 4 operations a sample | 2.6 MB read | 0.25 | 0.2 |
//! | harmonic-percussive separation | see `dsp::hpss` | 15.9 MB read, 2.6 MB written | 3.5 | 5.8 |
//! | onset strength | see `dsp::onset` | 0.7 MB | 0.1 | 0.15 |
//! | tempo | see `dsp::rhythm` | – | 1 | 1.3 |
//! | constant-Q | see `dsp::constant_q` | 2.6 MB read, 2 + 0.9 MB written | 6.8 | 9.6 |
//! | cens, tonnetz | 43 multiply-adds a value of CENS, 6 of tonnetz: 1.5 Mflop | 0.9 MB read | 0.2 | 0.35 |
//! | contrast | see `dsp::contrast` | 5.3 MB read | 0.5 | 1.8 |
//! | flatness | a square, a product and a sum in double precision a bin: 4 Mflop | 5.3 MB read | 0.5 | 0.8 |
//! | tempogram | see `dsp::tempogram`; 40 Mflop | – | 1.0 | 1.0 |
//! | bark bands | 2 585 real transforms of 512, single precision, 12 kflop: 30 Mflop | 2.6 MB read | 0.8 | 2.7 |
//! | log-mel spectrogram | transforms as above, then 5 operations a bin and the logarithms, all in the cache | 2.6 MB read, 2 MB written | 4 | 4.9 |
//!
//! The constant-Q transform and what follows up to the bark bands were measured on one core of an EPYC of 2.45 GHz.
//!
//! The separation's floor is that of its inverse transforms, half the forward ones' in single precision, and of its two
//! medians; the divisions of the masks come on top.

#![allow(missing_docs, reason = "of what the macros define")]
#![allow(clippy::unwrap_used, reason = "the specifications are fixed ones")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dsp::bark::Bark;
use dsp::cens::Cens;
use dsp::chroma::ChromaBank;
use dsp::constant_q::{ConstantQ, fold};
use dsp::contrast::Contrast;
use dsp::flatness::flatness;
use dsp::hpss::Hpss;
use dsp::mel::{MelBank, Reference, power_to_db};
use dsp::mfcc::Mfcc;
use dsp::onset::{mean_onset_strength, onset_strength};
use dsp::rhythm::Rhythm;
use dsp::spectral::SpectralShape;
use dsp::statistics::column_statistics;
use dsp::stft::{Padding, Stft};
use dsp::tempogram::Tempogram;
use dsp::temporal::Temporal;
use dsp::tonnetz::Tonnetz;
use dsp::tuning::TuningEstimator;
use dsp::{ClipLength, Convention, FeatureExtractor, FeatureSpec, FrameMatrix};

mod signal;

use signal::{RATE, SAMPLES, clip};

/// A stage takes milliseconds: this is hundreds of passes, and the whole bench a minute.
const WARM_UP: Duration = Duration::from_millis(500);
const MEASUREMENT: Duration = Duration::from_secs(2);

fn stages(criterion: &mut Criterion) {
    let convention = Convention::Librosa07;
    let padding = Padding::from(convention);
    let clip = clip(1);
    let mut group = criterion.benchmark_group("30-s clip");
    group
        .throughput(Throughput::Elements(SAMPLES as u64))
        .sample_size(20)
        .warm_up_time(WARM_UP)
        .measurement_time(MEASUREMENT);

    let mut stft = Stft::new();
    let (mut spectrum, mut magnitude) = Default::default();
    group.bench_function("stft", |b| b.iter(|| stft.forward(black_box(&clip), padding, &mut spectrum, &mut magnitude)));
    let mut bank = MelBank::new(RATE);
    let mut mel = FrameMatrix::default();
    group.bench_function("mel", |b| b.iter(|| bank.apply(black_box(&magnitude), &mut mel)));
    let power = mel.clone();
    group.bench_function("decibels", |b| {
        b.iter(|| {
            mel.data_mut().copy_from_slice(power.data());
            power_to_db(black_box(&mut mel), Reference::One);
        })
    });
    let (mut mfcc, mut cepstrum) = (Mfcc::new(), FrameMatrix::default());
    group.bench_function("mfcc", |b| b.iter(|| mfcc.apply(black_box(&mel), &mut cepstrum)));
    let mut tuning = TuningEstimator::new(RATE, convention);
    group.bench_function("tuning", |b| b.iter(|| tuning.estimate(black_box(&magnitude))));
    let (mut chroma_bank, mut chroma) = (ChromaBank::new(RATE), FrameMatrix::default());
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
    let (mut contrast, mut contrasts) = (Contrast::new(), FrameMatrix::default());
    group.bench_function("contrast", |b| b.iter(|| contrast.apply(black_box(&magnitude), &mut contrasts)));
    let mut flat = Vec::new();
    group.bench_function("flatness", |b| {
        b.iter(|| {
            flat.clear();
            flatness(black_box(&magnitude), &mut flat);
        })
    });
    let (mut tempogram, mut lags) = (Tempogram::new(), FrameMatrix::default());
    group.bench_function("tempogram", |b| {
        b.iter(|| tempogram.apply(&mean_onset_strength(black_box(&mel)), &mut lags));
    });
    let (mut bark, mut values) = (Bark::new(), Vec::new());
    group.bench_function("bark bands", |b| {
        b.iter(|| {
            values.clear();
            bark.describe(black_box(&clip)).map(|()| bark.statistics(&mut values))
        })
    });
    let mut tuning = TuningEstimator::by_magnitude(RATE, convention);
    group.bench_function("tuning by magnitude", |b| b.iter(|| tuning.estimate(black_box(&magnitude))));
    let (mut transform, mut constant_q) = (ConstantQ::new(), FrameMatrix::default());
    group.bench_function("constant-Q", |b| {
        b.iter(|| {
            cents = (cents + 1) % 50;
            transform.magnitudes(black_box(&clip), f64::from(cents) / 100.0, &mut constant_q)
        })
    });
    let (mut cens, tonnetz, mut values) = (Cens::new(), Tonnetz::new(), Vec::new());
    let (mut chroma, mut steps, mut harmony) = Default::default();
    group.bench_function("cens, tonnetz", |b| {
        b.iter(|| {
            fold(black_box(&constant_q), &mut chroma);
            cens.apply(&chroma, &mut steps);
            tonnetz.apply(&chroma, &mut harmony);
            values.clear();
            column_statistics(&steps, &mut values);
            column_statistics(&harmony, &mut values);
        })
    });
    group.finish();
}

fn rows(criterion: &mut Criterion) {
    let clip = clip(1);
    let mut group = criterion.benchmark_group("30-s row");
    group
        .throughput(Throughput::Elements(SAMPLES as u64))
        .sample_size(20)
        .warm_up_time(WARM_UP)
        .measurement_time(MEASUREMENT);
    for (name, spec) in [
        ("57 features, librosa-0.7", FeatureSpec::features(Convention::Librosa07, ClipLength::TRACK)),
        ("57 features, librosa-0.11", FeatureSpec::features(Convention::Librosa011, ClipLength::TRACK)),
        ("349 features", FeatureSpec::extended(ClipLength::TRACK)),
        ("log-mel spectrogram", FeatureSpec::spectrogram(ClipLength::TRACK)),
    ] {
        let mut extractor = FeatureExtractor::new(&spec);
        group.bench_function(name, |b| b.iter(|| extractor.extract(black_box(&clip))));
    }
    group.finish();
}

criterion_group!(benches, stages, rows);
criterion_main!(benches);

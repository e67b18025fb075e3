//! Laws that descriptors obey for any signal.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use dsp::mel::MelBank;
use dsp::stft::{HOP, Padding, Stft};
use dsp::{ClipLength, Convention, Descriptors, FeatureExtractor, FeatureSpec, FrameMatrix};
use proptest::prelude::*;

fn magnitude(samples: &[f32]) -> FrameMatrix {
    let (mut spectrum, mut magnitude) = Default::default();
    Stft::new().forward(samples, Padding::Zeros, &mut spectrum, &mut magnitude).unwrap();
    magnitude
}

fn feature(row: &[f64], name: &str) -> f64 {
    row[Descriptors::Extended.columns().iter().position(|column| *column == name).unwrap()]
}

fn signal() -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(-1.0f32..1.0, 2048..9000)
}

#[test]
fn extended_rows_of_extreme_sounds_are_finite() {
    let mut extractor = FeatureExtractor::new(&FeatureSpec::extended(ClipLength::TENTH));
    let square = |n: usize| if n % 100 < 50 { 1.0 } else { -1.0 };
    let click = |n: usize| f32::from(u8::from(n == 5000));
    let sounds: [(&str, &dyn Fn(usize) -> f32); 6] = [
        ("silence", &|_| 0.0),
        ("a constant", &|_| 0.7),
        ("the least numbers", &|n| f32::from_bits(1 + (n % 7) as u32)),
        ("full scale", &square),
        ("a click", &click),
        ("half silence", &|n| if n < 20_000 { 0.0 } else { square(n) }),
    ];
    for (name, sound) in sounds {
        for len in [2048, 2049, 12_345, 66_149] {
            let samples: Vec<f32> = (0..len).map(sound).collect();
            let row = extractor.extract(&samples).unwrap();
            let bad = Descriptors::Extended.columns().iter().zip(&row.values).find(|(_, value)| !value.is_finite());
            assert!(bad.is_none(), "{name}, {len} samples: {bad:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_feature_of_any_signal_is_finite(samples in signal(), gain in prop::sample::select(vec![1e-30f32, 1e-12, 1.0, 1e3])) {
        let samples: Vec<f32> = samples.iter().map(|sample| sample * gain).collect();
        let classic = [Convention::Librosa07, Convention::Librosa011].map(|c| FeatureSpec::features(c, ClipLength::TENTH));
        for spec in classic.into_iter().chain([FeatureSpec::extended(ClipLength::TENTH)]) {
            let row = FeatureExtractor::new(&spec).extract(&samples).unwrap();
            prop_assert_eq!(row.values.len(), spec.len());
            prop_assert!(row.values.iter().all(|value| value.is_finite()), "{spec:?}: {:?}", row.values);
        }
    }

    #[test]
    fn loudness_scales_with_gain_and_pitch_does_not(samples in signal()) {
        let louder: Vec<f32> = samples.iter().map(|sample| sample * 4.0).collect();
        let mut extractor = FeatureExtractor::new(&FeatureSpec::extended(ClipLength::TENTH));
        let (soft, loud) = (extractor.extract(&samples).unwrap().values, extractor.extract(&louder).unwrap().values);
        for (name, factor) in [
            ("rms_mean", 4.0),
            ("rms_var", 16.0),
            ("harmony_var", 16.0),
            ("chroma_stft_mean", 1.0),
            ("spectral_centroid_mean", 1.0),
            ("spectral_bandwidth_mean", 1.0),
            ("rolloff_mean", 1.0),
            ("zero_crossing_rate_mean", 1.0),
            ("spectral_flatness_mean", 1.0),
            ("chroma_cens3_mean", 1.0),
            ("tonnetz4_var", 1.0),
            ("tempogram7_mean", 1.0),
            ("bark9_mean", 16.0),
            ("bark9_var", 256.0),
            ("bark9_median", 16.0),
            ("bark9_kurtosis", 1.0),
        ] {
            let (soft, loud) = (feature(&soft, name) * factor, feature(&loud, name));
            prop_assert!((soft - loud).abs() <= 1e-6 * soft.abs(), "{name}: {loud} instead of {soft}");
        }
    }

    #[test]
    fn a_later_click_is_in_a_later_frame(position in 4usize..12, offset in 0usize..HOP) {
        // Halfway, two frames hear it alike.
        prop_assume!(offset != HOP / 2);
        let mut samples = vec![0.0; 20 * HOP];
        samples[position * HOP + offset] = 1.0;
        let magnitude = magnitude(&samples);
        let loudest = |row: &[f32]| row.iter().fold(0.0f32, |a, &b| a.max(b));
        let peaks: Vec<f32> = magnitude.rows().map(loudest).collect();
        let best = (0..peaks.len()).max_by(|&a, &b| peaks[a].total_cmp(&peaks[b])).unwrap();
        prop_assert_eq!(best, position + usize::from(offset > HOP / 2));
    }

    #[test]
    fn mel_powers_are_never_negative_and_grow_with_the_square_of_the_gain(samples in signal()) {
        let louder: Vec<f32> = samples.iter().map(|sample| sample * 2.0).collect();
        let (mut soft, mut loud) = (FrameMatrix::default(), FrameMatrix::default());
        let mut bank = MelBank::new(22_050);
        bank.apply(&magnitude(&samples), &mut soft);
        bank.apply(&magnitude(&louder), &mut loud);
        for (soft, loud) in soft.data().iter().zip(loud.data()) {
            prop_assert!(*soft >= 0.0 && *loud == 4.0 * soft, "{soft} became {loud}");
        }
    }
}

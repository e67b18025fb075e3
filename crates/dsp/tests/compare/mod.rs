//! Comparison with reference values: every value finite, and the worst one named.

use std::fmt;

use dsp::FEATURE_NAMES;

/// How far a value may lie from its reference: either bound suffices.
#[derive(Debug, Clone, Copy)]
pub struct Tolerance {
    pub relative: f64,
    /// For MFCC means, which cross zero.
    pub cepstral_mean: f64,
    /// For the means of the separated waveforms, which are about 1e-5.
    pub waveform_mean: f64,
    /// For variances of what doesn't vary, as a share of the squared mean: librosa's are rounding errors then.
    pub variance: f64,
    /// For MFCC variances: decibels around -100 are rounded to 1e-5, which shows in coefficients that hardly vary.
    pub cepstral_variance: f64,
}

impl Tolerance {
    /// What librosa itself keeps from one machine to the next.
    pub const LIBROSA: Self =
        Self { relative: 1e-4, cepstral_mean: 1e-4, waveform_mean: 1e-6, variance: 1e-11, cepstral_variance: 1e-7 };

    /// Error as a multiple of what is allowed for a column.
    fn excess(&self, column: &str, got: f64, expected: f64, mean: f64) -> f64 {
        let error = (got - expected).abs();
        let relative = if error == 0.0 { 0.0 } else { error / (self.relative * expected.abs()) };
        match column {
            _ if !got.is_finite() => f64::INFINITY,
            // Tempi are a fixed set of values, printed with all their digits.
            "tempo" => error / 1e-9,
            "harmony_mean" | "perceptr_mean" => error / self.waveform_mean,
            _ if column.starts_with("mfcc") && column.ends_with("mean") => relative.min(error / self.cepstral_mean),
            _ if column.starts_with("mfcc") => {
                relative.min(error / (self.cepstral_variance + self.variance * mean * mean))
            }
            // Below 1e-14, -140 dB of full scale, a waveform is rounding errors too.
            _ if column.ends_with("var") => relative.min(error / (1e-14 + self.variance * mean * mean)),
            _ => relative,
        }
    }
}

/// The worst value of every column seen so far.
#[derive(Debug, Default)]
pub struct Worst {
    columns: Vec<(f64, String)>,
}

impl Worst {
    pub fn row(&mut self, name: &str, got: &[f64], expected: &[f64], tolerance: &Tolerance) {
        assert_eq!(got.len(), FEATURE_NAMES.len());
        assert_eq!(expected.len(), FEATURE_NAMES.len());
        self.columns.resize(FEATURE_NAMES.len(), (-1.0, String::new()));
        for (index, column) in FEATURE_NAMES.iter().enumerate() {
            // A variance follows its mean.
            let mean = expected[index.saturating_sub(1)];
            let excess = tolerance.excess(column, got[index], expected[index], mean);
            if excess.is_nan() || excess > self.columns[index].0 {
                let text = format!("{column} of {name}: {} instead of {}", got[index], expected[index]);
                self.columns[index] = (excess, text);
            }
        }
    }

    pub fn passed(&self) -> bool {
        self.columns.iter().all(|(excess, _)| *excess <= 1.0)
    }
}

impl fmt::Display for Worst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut columns: Vec<_> = self.columns.iter().collect();
        columns.sort_by(|a, b| b.0.total_cmp(&a.0));
        writeln!(f, "error as a share of what is allowed, worst columns first:")?;
        columns.iter().take(12).try_for_each(|(excess, text)| writeln!(f, "{excess:10.4}  {text}"))
    }
}

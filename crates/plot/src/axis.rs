//! Values along the side of a picture, and the round ones among them.

use dsp::mel::{hz_to_mel, mel_to_hz};

/// How values are spread along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Evenly.
    Linear,
    /// Octaves evenly.
    Log,
    /// Slaney's mels evenly.
    Mel,
}

impl Scale {
    fn forward(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.max(f64::MIN_POSITIVE).ln(),
            Self::Mel => hz_to_mel(value),
        }
    }

    fn back(self, scaled: f64) -> f64 {
        match self {
            Self::Linear => scaled,
            Self::Log => scaled.exp(),
            Self::Mel => mel_to_hz(scaled),
        }
    }
}

/// A side of a panel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// The value at its beginning: left, or bottom.
    pub from: f64,
    /// The value at its end, larger.
    pub to: f64,
    /// What lies between.
    pub(crate) scale: Scale,
}

impl Axis {
    /// An even axis. One without extent gets one, so that everything has a place on it.
    pub fn linear(from: f64, to: f64) -> Self {
        Self { from, to: if to > from { to } else { from + 1.0 }, scale: Scale::Linear }
    }

    /// How far along the axis a value lies: 0 at the beginning, 1 at the end, and beyond for values outside.
    pub fn share(&self, value: f64) -> f64 {
        let [from, to] = [self.from, self.to].map(|end| self.scale.forward(end));
        (self.scale.forward(value) - from) / (to - from)
    }

    /// The value at a share of the way.
    pub fn value(&self, share: f64) -> f64 {
        let [from, to] = [self.from, self.to].map(|end| self.scale.forward(end));
        self.scale.back(from + share * (to - from))
    }

    /// Round values on the axis with their names, at most about `count`.
    pub fn ticks(&self, count: usize) -> Vec<(f64, String)> {
        match self.scale {
            Scale::Linear => self.even_ticks(count),
            // Octaves, as librosa's specshow has them. Those in the linear part of the mel scale would crowd.
            Scale::Log => self.octaves(32.0),
            Scale::Mel => self.octaves(256.0),
        }
    }

    fn even_ticks(&self, count: usize) -> Vec<(f64, String)> {
        let rough = (self.to - self.from) / count.max(1) as f64;
        let magnitude = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0].map(|step| step * magnitude).into_iter().find(|&step| step >= rough);
        let step = step.unwrap_or(10.0 * magnitude);
        let decimals = (-(step.log10() + 1e-9).floor()).max(0.0) as usize;
        let (first, last) = ((self.from / step - 1e-9).ceil() as i64, (self.to / step + 1e-9).floor() as i64);
        let tick = |k: i64| {
            let value = k as f64 * step;
            (value, format!("{value:.decimals$}").replace('-', "\u{2212}"))
        };
        (first..=last).map(tick).collect()
    }

    fn octaves(&self, lowest: f64) -> Vec<(f64, String)> {
        let zero = (self.from <= 0.0).then(|| (0.0, "0".to_owned()));
        let doubled = std::iter::successors(Some(lowest), |hz| Some(2.0 * hz));
        let above = doubled.skip_while(|&hz| hz < self.from).take_while(|&hz| hz <= self.to);
        zero.into_iter().chain(above.map(|hz| (hz, format!("{hz}")))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_values_are_each_others_inverse() {
        for scale in [Scale::Linear, Scale::Log, Scale::Mel] {
            let axis = Axis { from: 20.0, to: 11_025.0, scale };
            assert!(axis.share(20.0).abs() < 1e-12 && (axis.share(11_025.0) - 1.0).abs() < 1e-12);
            for hz in [20.0, 55.0, 440.0, 999.0, 1001.0, 8000.0] {
                assert!((axis.value(axis.share(hz)) - hz).abs() < 1e-9 * hz, "{scale:?} {hz}");
            }
        }
        // Octaves are equally long on a logarithmic axis; 1 000 Hz are 15 mels, and 11 025 Hz 49.9.
        let log = Axis { from: 20.0, to: 11_025.0, scale: Scale::Log };
        assert!((log.share(880.0) - log.share(440.0) - (log.share(440.0) - log.share(220.0))).abs() < 1e-12);
        let mel = Axis { from: 0.0, to: 11_025.0, scale: Scale::Mel };
        assert!((mel.share(1000.0) - 0.3006).abs() < 1e-3);
    }

    #[test]
    fn ticks_are_round_and_on_the_axis() {
        let named = |axis: Axis| axis.ticks(6).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(named(Axis::linear(0.0, 30.0)), ["0", "5", "10", "15", "20", "25", "30"]);
        assert_eq!(named(Axis::linear(-1.0, 1.0)), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(named(Axis { from: 64.0, to: 600.0, scale: Scale::Log }), ["64", "128", "256", "512"]);
        assert_eq!(named(Axis { from: 0.0, to: 1000.0, scale: Scale::Mel }), ["0", "256", "512"]);
    }
}

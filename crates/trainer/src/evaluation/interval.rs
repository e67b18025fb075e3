//! How far an accuracy measured on so many tracks can be trusted.

use serde::{Deserialize, Serialize};

/// A 95 % confidence interval of a proportion.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end, at least 0.
    pub low: f64,
    /// Upper end, at most 1.
    pub high: f64,
}

impl Interval {
    /// Wilson's score interval for `hits` of `count` (E. B. Wilson, 1927); 0 to 1 when nothing was counted. Hits may be a
    /// mean, and so no whole number.
    pub fn wilson(hits: f64, count: usize) -> Self {
        /// The normal distribution's 97.5 % point.
        const Z: f64 = 1.959_963_984_540_054;
        if count == 0 {
            return Self { low: 0.0, high: 1.0 };
        }
        let n = count as f64;
        let p = hits / n;
        let centre = p + Z * Z / (2.0 * n);
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        Self { low: ((centre - spread) / scale).max(0.0), high: ((centre + spread) / scale).min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_scipy() {
        // scipy.stats.binomtest(hits, count).proportion_ci(method="wilson")
        for (hits, count, low, high) in [
            (157.0, 290, 0.48386276551107915, 0.5978139321759043),
            (0.0, 10, 0.0, 0.27753279986288926),
            (10.0, 10, 0.7224672001371109, 1.0),
            (33.0, 100, 0.2456312273412804, 0.42694656204909476),
        ] {
            let interval = Interval::wilson(hits, count);
            assert!((interval.low - low).abs() < 1e-9 && (interval.high - high).abs() < 1e-9, "{interval:?}");
        }
    }

    #[test]
    fn nothing_counted_tells_nothing() {
        assert_eq!(Interval::wilson(0.0, 0), Interval { low: 0.0, high: 1.0 });
    }
}

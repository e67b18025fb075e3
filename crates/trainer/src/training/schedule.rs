//! The learning rate of every step.

use crate::config::Schedule;

/// Up from 0 in a straight line, then level or down to 0 along half a cosine.
#[derive(Debug, Clone)]
pub(super) struct WarmUp {
    peak: f64,
    schedule: Schedule,
    warmup: usize,
    total: usize,
}

impl WarmUp {
    /// `total` steps, the first `warmup` (a share) of which lead up to `peak`.
    pub fn new(peak: f64, schedule: Schedule, warmup: f64, total: usize) -> Self {
        Self { peak, schedule, warmup: (warmup * total as f64).round() as usize, total }
    }

    /// The learning rate of the step that follows `done` others.
    pub fn rate(&self, done: usize) -> f64 {
        if done < self.warmup {
            return self.peak * (done + 1) as f64 / self.warmup as f64;
        }
        match self.schedule {
            Schedule::Constant => self.peak,
            Schedule::Cosine => {
                let share = (done - self.warmup) as f64 / (self.total - self.warmup).max(1) as f64;
                self.peak * 0.5 * (1.0 + (std::f64::consts::PI * share.min(1.0)).cos())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(schedule: Schedule, warmup: f64, total: usize) -> Vec<f64> {
        let schedule = WarmUp::new(2.0, schedule, warmup, total);
        (0..total).map(|done| schedule.rate(done)).collect()
    }

    #[test]
    fn a_warm_up_rises_in_a_straight_line() {
        assert_eq!(rates(Schedule::Constant, 0.4, 10), [0.5, 1.0, 1.5, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]);
        assert_eq!(rates(Schedule::Constant, 0.0, 3), [2.0; 3]);
    }

    #[test]
    fn a_cosine_falls_from_the_peak_to_nearly_nothing() {
        let rates = rates(Schedule::Cosine, 0.2, 100);
        assert_eq!((rates[19], rates[20]), (2.0, 2.0));
        assert!((rates[60] - 1.0).abs() < 1e-12, "half-way down: {}", rates[60]);
        assert!(rates[20..].is_sorted_by(|a, b| a >= b));
        assert!(rates[99] > 0.0 && rates[99] < 0.002, "{}", rates[99]);
    }
}

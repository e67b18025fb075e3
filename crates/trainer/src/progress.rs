//! The progress bar of work that goes track by track: on a terminal, and silent elsewhere.

use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use trainer::dataset::Progress;

/// A bar on stderr with tracks done, tracks per second, the speed against real time and the time left.
#[derive(Default)]
pub struct TrackBar {
    work: Mutex<Option<Work>>,
}

/// One stretch of work.
struct Work {
    bar: ProgressBar,
    start: Instant,
    audio_seconds: f64,
}

impl TrackBar {
    /// Shows what [`Progress`] tells.
    pub fn report(&self, progress: Progress) {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        match (progress, work.as_mut()) {
            (Progress::Started { what, tracks }, _) => *work = Some(Work::new(what, tracks)),
            (Progress::Track { audio_seconds }, Some(work)) => work.track(audio_seconds),
            (Progress::Finished, Some(work)) => work.bar.finish_and_clear(),
            (_, None) => (),
        }
    }
}

impl Work {
    fn new(what: &'static str, tracks: usize) -> Self {
        let terminal = io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(tracks as u64), target);
        let template = "{prefix} {wide_bar} {pos}/{len} tracks, {per_sec}, {msg}{eta} left";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(what);
        Self { bar, start: Instant::now(), audio_seconds: 0.0 }
    }

    fn track(&mut self, audio_seconds: f64) {
        self.audio_seconds += audio_seconds;
        let speed = self.audio_seconds / self.start.elapsed().as_secs_f64().max(1e-9);
        if speed > 0.0 {
            self.bar.set_message(format!("{speed:.0} × real time, "));
        }
        self.bar.inc(1);
    }
}

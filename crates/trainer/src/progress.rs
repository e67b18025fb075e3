//! The progress bar of work that goes track by track: on a terminal, and silent elsewhere.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{FormattedDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use trainer::dataset::Progress;
use trainer::training::{Round, Tested};

/// A bar on stderr with tracks done, tracks per second, the speed against real time and the time left.
#[derive(Default)]
pub struct TrackBar {
    work: Mutex<Option<Work>>,
}

/// One stretch of work. Tracks whose result was there already cost no time worth mentioning: speed and time left are those
/// of the others, as if no more of them came.
struct Work {
    bar: ProgressBar,
    start: Instant,
    done: u32,
    reused: u32,
    audio_seconds: f64,
}

impl TrackBar {
    /// Shows what [`Progress`] tells.
    pub fn report(&self, progress: Progress) {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        match (progress, work.as_mut()) {
            (Progress::Started { what, tracks }, _) => *work = Some(Work::new(what, tracks)),
            (Progress::Track { audio_seconds }, Some(work)) => work.track(audio_seconds),
            (Progress::Reused, Some(work)) => work.reused(),
            (Progress::Finished, Some(work)) => work.bar.finish_and_clear(),
            (_, None) => (),
        }
    }

    /// Runs `write`, which prints to the terminal, with the bar out of the way.
    pub fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        let work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        match work.as_ref() {
            Some(work) => work.bar.suspend(write),
            None => write(),
        }
    }
}

impl Work {
    fn new(what: &'static str, tracks: usize) -> Self {
        let terminal = io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(tracks as u64), target);
        let template = "{prefix} {wide_bar} {pos}/{len} tracks{msg}";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(what);
        Self { bar, start: Instant::now(), done: 0, reused: 0, audio_seconds: 0.0 }
    }

    fn track(&mut self, audio_seconds: f64) {
        self.done += 1;
        self.audio_seconds += audio_seconds;
        self.tell();
    }

    fn reused(&mut self) {
        if self.done == 0 {
            self.start = Instant::now();
        }
        self.reused += 1;
        self.tell();
    }

    fn tell(&self) {
        let mut message = if self.reused > 0 { format!(" ({} reused)", self.reused) } else { String::new() };
        if self.done > 0 {
            let elapsed = self.start.elapsed();
            let seconds = elapsed.as_secs_f64().max(1e-9);
            message += &format!(", {:.1} tracks/s", f64::from(self.done) / seconds);
            if self.audio_seconds > 0.0 {
                message += &format!(", {:.0} × real time", self.audio_seconds / seconds);
            }
            let left = self.bar.length().unwrap_or_default().saturating_sub(u64::from(self.done + self.reused));
            let left = elapsed.div_f64(f64::from(self.done)).mul_f64(left as f64);
            message += &format!(", {} left", FormattedDuration(Duration::from_secs(left.as_secs())));
        }
        self.bar.set_message(message);
        self.bar.inc(1);
    }
}

/// A bar on stderr for networks that are trained side by side; elsewhere a line for each.
pub struct RoundBar {
    bar: ProgressBar,
}

impl RoundBar {
    /// Work on so many networks begins.
    pub fn new(what: &str, rounds: usize) -> Self {
        let terminal = io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(rounds as u64), target);
        let template = "{prefix} {wide_bar} {pos}/{len} networks, {eta} left";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(what.to_owned());
        Self { bar }
    }

    /// One of them is done.
    pub fn round(&self, round: &Round, tested: &Tested) {
        self.bar.inc(1);
        if self.bar.is_hidden() {
            let valid =
                tested.history.iter().find(|epoch| epoch.number == tested.best_epoch).and_then(|best| best.valid);
            let valid = valid.map(|score| format!(", valid loss {:.4} accuracy {:.3}", score.loss, score.accuracy));
            let seconds = tested.duration.as_secs_f64();
            // Progress that nobody can read is no reason to stop.
            let _ = writeln!(
                io::stderr(),
                "seed {} fold {}: {} epochs in {seconds:.1} s{}",
                round.seed,
                round.fold,
                tested.history.len(),
                valid.unwrap_or_default()
            );
        }
    }
}

impl Drop for RoundBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

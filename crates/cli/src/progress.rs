//! Progress: bars on a terminal; elsewhere nothing of tracks, and lines of trainings.

use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use extraction::Progress;
use indicatif::{FormattedDuration, ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use trainer::config::Protocol;
use trainer::experiment::{Round, Tested};
use trainer::training::{Epoch, Score};
use trainer::{Event, Observer, Phase};

use crate::commands::labelled;
use crate::console::say;
use crate::curve::curve;
use crate::interrupt;

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
        let bar = bar(tracks, "{prefix} {wide_bar} {pos}/{len} tracks{msg}");
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

/// What `train` and `benchmark` show of a run: bars on a terminal, a line an epoch or a network elsewhere. Progress that nobody
/// can read any more is no reason to stop, so what can't be written is not.
pub struct Console {
    tracks: TrackBar,
    /// Whether a network that is trained alone is followed epoch by epoch.
    by_epoch: bool,
    training: Mutex<Training>,
}

/// The bars of the training that is under way.
#[derive(Default)]
struct Training {
    networks: usize,
    /// Over networks trained side by side, or over the epochs of one.
    bar: Option<ProgressBar>,
    /// What the epochs of the bar are for.
    phase: Option<Phase>,
    /// The training loss of each epoch of the phase.
    losses: Vec<f64>,
}

impl Console {
    /// For `train`: one network is followed epoch by epoch.
    pub fn training() -> Self {
        Self { tracks: TrackBar::default(), by_epoch: true, training: Mutex::default() }
    }

    /// For `benchmark`: networks are counted.
    pub fn benchmark() -> Self {
        Self { tracks: TrackBar::default(), by_epoch: false, training: Mutex::default() }
    }

    fn divided(&self, protocol: Protocol, networks: usize) {
        if !self.by_epoch {
            say(format_args!("{}: {networks} networks", protocol.name()));
        }
        let mut training = self.lock();
        *training = Training { networks, ..Training::default() };
        if !self.follows(networks) {
            let bar = bar(networks, "{prefix} {wide_bar} {pos}/{len} networks, {eta} left");
            bar.set_prefix(if self.by_epoch { "training" } else { protocol.name() });
            training.bar = Some(bar);
        }
    }

    fn epoch(&self, phase: Phase, epochs: usize, epoch: &Epoch) {
        let mut training = self.lock();
        if !self.begin(&mut training, phase, epochs) {
            return;
        }
        training.losses.push(epoch.train.loss);
        let line = curve(&training.losses);
        let Some(bar) = &training.bar else { return };
        let valid = epoch.valid.map(|valid| format!(", validation {:.4}", valid.loss)).unwrap_or_default();
        bar.set_message(format!(", loss {:.4}{valid} {line}", epoch.train.loss));
        bar.set_position(epoch.number as u64);
        if bar.is_hidden() && phase == Phase::Fit {
            let width = epochs.to_string().len();
            let part = |score: &Score| format!("loss {:.4} accuracy {:.3}", score.loss, score.accuracy);
            let valid = epoch.valid.map(|score| format!("  valid {}", part(&score))).unwrap_or_default();
            let best = if epoch.best { "  best so far" } else { "" };
            say(format_args!("epoch {:>width$}/{epochs}  train {}{valid}{best}", epoch.number, part(&epoch.train)));
        }
    }

    /// Begins the bar of a phase, if it isn't there; whether its epochs are followed at all.
    fn begin(&self, training: &mut Training, phase: Phase, epochs: usize) -> bool {
        // Of networks side by side it is told when they are done; what is exported is trained alone.
        if !self.follows(training.networks) && phase != Phase::Export {
            return false;
        }
        if training.phase != Some(phase) {
            let bar = bar(epochs, "{prefix} {wide_bar} epoch {pos}/{len}{msg}, {eta} left");
            bar.set_prefix(match phase {
                Phase::Fit => "training",
                Phase::Refit => "training, validation tracks included",
                Phase::Export => "training the model, all tracks included",
            });
            (training.bar, training.phase) = (Some(bar), Some(phase));
            training.losses.clear();
        }
        true
    }

    fn resumed(&self, round: &Round, phase: Phase, epochs: usize, history: &[Epoch]) {
        let mut training = self.lock();
        let followed = self.begin(&mut training, phase, epochs);
        if followed {
            training.losses.extend(history.iter().map(|epoch| epoch.train.loss));
        }
        let whose = if followed { String::new() } else { format!("seed {} fold {}: ", round.seed, round.fold) };
        let tell = || say(format_args!("{whose}{} goes on after epoch {}/{epochs}", phase.name(), history.len()));
        match &training.bar {
            Some(bar) => {
                if followed {
                    // What was done before says nothing of the time that is left.
                    bar.set_position(history.len() as u64);
                    bar.reset_eta();
                }
                bar.suspend(tell);
            }
            None => tell(),
        }
    }

    fn round(&self, round: &Round, tested: &Tested) {
        let training = self.lock();
        if self.follows(training.networks) {
            return;
        }
        let Some(bar) = &training.bar else { return };
        bar.inc(1);
        if bar.is_hidden() {
            let kept = tested.history.iter().find(|epoch| epoch.number == tested.best_epoch);
            let valid = kept.and_then(|epoch| epoch.valid);
            let valid = valid.map(|score| format!(", valid loss {:.4} accuracy {:.3}", score.loss, score.accuracy));
            say(format_args!(
                "seed {} fold {}: {} epochs in {:.1} s{}",
                round.seed,
                round.fold,
                tested.history.len(),
                tested.duration.as_secs_f64(),
                valid.unwrap_or_default()
            ));
        }
    }

    /// Whether so many networks are followed epoch by epoch.
    fn follows(&self, networks: usize) -> bool {
        self.by_epoch && networks == 1
    }

    fn lock(&self) -> MutexGuard<'_, Training> {
        self.training.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Console {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Tracks(progress) => self.tracks.report(progress),
            Event::Loaded(loaded) => labelled::skipped(loaded),
            Event::Divided { protocol, division, leaks, rounds } => {
                self.divided(protocol, rounds);
                labelled::division(division, protocol, leaks);
                if self.by_epoch
                    && let Err(error) = interrupt::listen()
                {
                    say(format_args!("warning: Ctrl-C will end the training at once: {error}"));
                }
            }
            Event::Epoch { phase, epochs, epoch, .. } => self.epoch(phase, epochs, epoch),
            Event::Resumed { round, phase, epochs, history } if history.len() < epochs => {
                self.resumed(round, phase, epochs, history);
            }
            Event::Round { round, tested } => self.round(round, tested),
            Event::Warning(warning) => match &self.lock().bar {
                Some(bar) => bar.suspend(|| say(format_args!("warning: {warning}"))),
                None => say(format_args!("warning: {warning}")),
            },
            _ => (),
        }
    }

    fn wants_to_stop(&self) -> bool {
        interrupt::wanted()
    }
}

/// A bar on stderr, hidden where that is no terminal, and gone when it is dropped.
fn bar(length: usize, template: &str) -> ProgressBar {
    let terminal = io::stderr().is_terminal();
    let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(Some(length as u64), target).with_finish(ProgressFinish::AndClear);
    bar.set_style(style);
    bar
}

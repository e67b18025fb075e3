//! A training on disk, so that it can go on where it was stopped.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::snapshot::Snapshot;
use crate::Result;
use crate::state;

/// Where the states of one training are kept, and how often.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The folder, of this training alone.
    pub folder: PathBuf,
    /// Time between two states.
    pub every: Duration,
}

impl Kept {
    /// The newest state that can be read; `warn` is told of those that can't. None where there is none.
    pub(super) fn newest(&self, warn: &dyn Fn(&str)) -> Result<Option<Snapshot>> {
        state::newest(&self.folder, warn)
    }

    /// Counts the time from now on.
    pub(super) fn clock(&self) -> Clock<'_> {
        Clock { kept: self, last: Instant::now() }
    }
}

/// Knows when the next state is due.
pub(super) struct Clock<'a> {
    kept: &'a Kept,
    last: Instant,
}

impl Clock<'_> {
    /// Whether it is time.
    pub fn is_due(&self) -> bool {
        self.last.elapsed() >= self.kept.every
    }

    /// Keeps a state.
    pub fn keep(&mut self, snapshot: &Snapshot) -> Result<()> {
        state::push(&self.kept.folder, snapshot)?;
        self.last = Instant::now();
        Ok(())
    }
}

//! Worker processes between one piece of work and the next.

use std::mem;
use std::process;
use std::sync::{Mutex, PoisonError};

use super::Apart;

/// Keeps worker processes that have nothing to do, for whoever asks again and again about few inputs. Dropping it ends them.
#[derive(Default)]
pub struct IdleWorkers(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// The process whose children they are.
    owner: u32,
    workers: Vec<Apart>,
}

impl IdleWorkers {
    /// One that was kept.
    pub(crate) fn take(&self) -> Option<Apart> {
        self.with(|workers| workers.pop())
    }

    /// Keeps one.
    pub(crate) fn keep(&self, worker: Apart) {
        self.with(|workers| workers.push(worker));
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Apart>) -> T) -> T {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if mem::replace(&mut kept.owner, process::id()) != process::id() {
            // After a fork they are the other process's, which must find them as they were.
            mem::forget(mem::take(&mut kept.workers));
        }
        work(&mut kept.workers)
    }
}

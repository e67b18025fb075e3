//! Long work that Ctrl-C ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// Time between two looks at signals.
const INTERVAL: Duration = Duration::from_millis(50);

/// Has `work` done on a thread of its own, without the interpreter, and hands what it sends to `take`, with it. Work is to end
/// soon once the flag that it's given is set: after Ctrl-C, or an exception of `take`, which then is what is raised.
pub fn interruptible<T: Send, R: Send>(
    py: Python<'_>,
    work: impl FnOnce(Arc<AtomicBool>, Sender<T>) -> R + Send,
    mut take: impl FnMut(T) -> PyResult<()>,
) -> PyResult<R> {
    let stop = Arc::new(AtomicBool::new(false));
    let (sender, mut receiver) = channel();
    thread::scope(|scope| {
        let worker = thread::Builder::new().spawn_scoped(scope, {
            let stop = Arc::clone(&stop);
            move || work(stop, sender)
        })?;
        let mut raised = None;
        loop {
            let (message, back) = py.detach(move || next(receiver));
            receiver = back;
            let heard = match message {
                Ok(message) if raised.is_none() => take(message).and_then(|()| py.check_signals()),
                Err(RecvTimeoutError::Timeout) if raised.is_none() => py.check_signals(),
                Err(RecvTimeoutError::Disconnected) => break,
                // It is ending.
                _ => Ok(()),
            };
            if let Err(error) = heard {
                stop.store(true, Ordering::Relaxed);
                raised = Some(error);
            }
        }
        let done = py.detach(|| worker.join());
        match (raised, done) {
            (Some(error), _) => Err(error),
            (None, Ok(result)) => Ok(result),
            (None, Err(_)) => Err(PyRuntimeError::new_err("the work crashed: a defect of gtzan; please report it")),
        }
    })
}

fn next<T>(receiver: Receiver<T>) -> (Result<T, RecvTimeoutError>, Receiver<T>) {
    (receiver.recv_timeout(INTERVAL), receiver)
}

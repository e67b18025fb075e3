//! Who ends workers that take too long.

use std::io;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Time between two looks at the clock.
const INTERVAL: Duration = Duration::from_millis(50);

/// Time for a process to be gone after it was ended.
const GRACE: Duration = Duration::from_secs(2);

/// Ends processes whose time is over, until it is dropped.
pub(crate) struct Keeper {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    over: Condvar,
}

#[derive(Default)]
struct State {
    kept: Vec<Weak<Watched>>,
    over: bool,
}

impl Keeper {
    /// # Errors
    /// The system has no thread for it.
    pub(crate) fn new() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let watch = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("keeper".to_owned()).spawn(move || watch.watch())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Watches over a process.
    pub(crate) fn keep(&self, child: Child) -> Arc<Watched> {
        let watched =
            Arc::new(Watched { child: Mutex::new(child), deadline: Mutex::new(None), expired: AtomicBool::new(false) });
        self.shared.lock().kept.push(Arc::downgrade(&watched));
        watched
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.over.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self) {
        let mut state = self.lock();
        while !state.over {
            let now = Instant::now();
            state.kept.retain(|watched| watched.upgrade().inspect(|watched| watched.look(now)).is_some());
            state = self.over.wait_timeout(state, INTERVAL).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A process that has until a deadline, when it has one.
pub(crate) struct Watched {
    child: Mutex<Child>,
    deadline: Mutex<Option<Instant>>,
    expired: AtomicBool,
}

impl Watched {
    /// From now on it has so long; `None` is for ever.
    pub(crate) fn allow(&self, time: Option<Duration>) {
        *lock(&self.deadline) = time.and_then(|time| Instant::now().checked_add(time));
    }

    /// Whether it was ended for its time.
    pub(crate) fn expired(&self) -> bool {
        self.expired.load(Ordering::SeqCst)
    }

    fn look(&self, now: Instant) {
        let deadline = lock(&self.deadline);
        if deadline.is_some_and(|deadline| deadline < now) && !self.expired.swap(true, Ordering::SeqCst) {
            // It may have ended by itself.
            let _ = lock(&self.child).kill();
        }
    }

    /// Ends it, and tells how it ended. A process that hangs in the system, on a drive that has gone, say, is left to it.
    pub(crate) fn end(&self) -> Option<ExitStatus> {
        let mut child = lock(&self.child);
        let start = Instant::now();
        // One that ends by itself has a moment for it, so that it can say why.
        while start.elapsed() < GRACE {
            match child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) => (),
                Err(_) => return None,
            }
            if start.elapsed() > INTERVAL {
                let _ = child.kill();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

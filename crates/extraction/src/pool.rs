//! Numbered pieces of work, done on many threads, whose results come in their order.
//!
//! Threads run ahead of whoever takes the results, but only until the results that wait weigh as much as is allowed: memory
//! is bounded however slowly they are taken.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Does the piece of work with this number.
pub type Worker<T> = Box<dyn FnMut(usize) -> T + Send>;

/// What is to be done.
pub struct Job<T> {
    /// How many pieces of work there are.
    pub count: usize,
    /// Threads, at most.
    pub threads: usize,
    /// Name of a thread, before its number.
    pub name: &'static str,
    /// Weight of waiting results from which on no new work is begun.
    pub ahead: usize,
    /// Weight of a result.
    pub weight: fn(&T) -> usize,
    /// Once it is true, no work is begun.
    pub stop: Arc<AtomicBool>,
    /// Makes a worker for a thread.
    pub worker: Box<dyn Fn() -> Worker<T> + Send + Sync>,
}

/// The results in order. Dropping it ends the threads, after the pieces of work that they are at.
pub struct InOrder<T> {
    shared: Arc<Shared<T>>,
    threads: Vec<JoinHandle<()>>,
    /// Does the work where the system gave no threads.
    own: Option<Worker<T>>,
}

struct Shared<T> {
    job: Job<T>,
    state: Mutex<State<T>>,
    /// Told when a result has come or a thread has ended.
    ready: Condvar,
    /// Told when a result was taken or all is to stop.
    room: Condvar,
}

struct State<T> {
    /// Pieces of work begun; all before it are done or being done.
    begun: usize,
    /// Results taken.
    taken: usize,
    waiting: BTreeMap<usize, T>,
    /// Weight of what waits.
    weight: usize,
    /// Threads that live.
    alive: usize,
    stopped: bool,
}

impl<T: Send + 'static> InOrder<T> {
    /// Begins the work.
    pub fn start(job: Job<T>) -> Self {
        let state = State { begun: 0, taken: 0, waiting: BTreeMap::new(), weight: 0, alive: 0, stopped: false };
        let shared = Arc::new(Shared { job, state: Mutex::new(state), ready: Condvar::new(), room: Condvar::new() });
        let threads = (0..shared.job.threads.min(shared.job.count)).map_while(|number| {
            let alive = Alive::new(&shared);
            let thread = std::thread::Builder::new().name(format!("{}-{number}", shared.job.name));
            // A system that refuses one thread won't give the next.
            thread.spawn(move || alive.work()).ok()
        });
        let threads = threads.collect();
        Self { shared, threads, own: None }
    }
}

impl<T> InOrder<T> {
    /// Results not taken yet.
    pub fn left(&self) -> usize {
        let state = self.shared.lock();
        self.shared.end(&state) - state.taken
    }
}

impl<T> Iterator for InOrder<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let shared = &self.shared;
        let mut state = shared.lock();
        let turn = state.taken;
        loop {
            if turn == shared.end(&state) {
                return None;
            }
            if let Some(result) = state.waiting.remove(&turn) {
                state.taken += 1;
                state.weight -= (shared.job.weight)(&result);
                shared.room.notify_all();
                return Some(result);
            }
            if state.alive == 0 {
                break;
            }
            state = shared.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        // There is no thread to wait for.
        state.begun = state.begun.max(turn + 1);
        state.taken += 1;
        drop(state);
        Some(self.own.get_or_insert_with(|| (shared.job.worker)())(turn))
    }
}

impl<T> Drop for InOrder<T> {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.room.notify_all();
        for thread in self.threads.drain(..) {
            // One that panicked has ended as well.
            let _ = thread.join();
        }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many pieces of work will have been begun.
    fn end(&self, state: &State<T>) -> usize {
        if self.stopped(state) { state.begun } else { self.job.count }
    }

    fn stopped(&self, state: &State<T>) -> bool {
        state.stopped || self.job.stop.load(Ordering::Relaxed)
    }

    /// The number of the next piece of work, once there is room for its result.
    fn begin(&self) -> Option<usize> {
        let mut state = self.lock();
        // The result whose turn it is never waits for room: work is begun in order.
        while !self.stopped(&state) && state.begun < self.job.count && state.weight >= self.job.ahead {
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if self.stopped(&state) || state.begun == self.job.count {
            return None;
        }
        state.begun += 1;
        Some(state.begun - 1)
    }

    fn done(&self, number: usize, result: T) {
        let mut state = self.lock();
        state.weight += (self.job.weight)(&result);
        state.waiting.insert(number, result);
        self.ready.notify_all();
    }
}

/// A thread's share. It is counted off however the thread ends, even before it began.
struct Alive<T>(Arc<Shared<T>>);

impl<T> Alive<T> {
    fn new(shared: &Arc<Shared<T>>) -> Self {
        shared.lock().alive += 1;
        Self(Arc::clone(shared))
    }

    fn work(self) {
        let mut worker = (self.0.job.worker)();
        while let Some(number) = self.0.begin() {
            let result = worker(number);
            self.0.done(number, result);
        }
    }
}

impl<T> Drop for Alive<T> {
    fn drop(&mut self) {
        self.0.lock().alive -= 1;
        self.0.ready.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use super::*;

    fn job(
        count: usize,
        threads: usize,
        ahead: usize,
        work: impl Fn(usize) -> usize + Send + Sync + 'static,
    ) -> Job<usize> {
        let work = Arc::new(work);
        let worker = Box::new(move || {
            let work = Arc::clone(&work);
            Box::new(move |number| work(number)) as Worker<usize>
        });
        Job { count, threads, name: "test", ahead, weight: |_| 1, stop: Arc::default(), worker }
    }

    #[test]
    fn results_come_in_order_whatever_takes_long() {
        for threads in [1, 2, 7] {
            let slow_first = |number| {
                std::thread::sleep(Duration::from_millis(if number % 3 == 0 { 3 } else { 0 }));
                number * number
            };
            let results: Vec<usize> = InOrder::start(job(50, threads, 4, slow_first)).collect();
            assert_eq!(results, (0..50).map(|n| n * n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn without_threads_the_caller_works() {
        let here = std::thread::current().id();
        let work = move |number| if std::thread::current().id() == here { number } else { 0 };
        assert_eq!(InOrder::start(job(5, 0, 1, work)).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn work_runs_ahead_no_further_than_allowed() {
        static BEGUN: AtomicUsize = AtomicUsize::new(0);
        let mut results = InOrder::start(job(1000, 3, 5, |number| {
            BEGUN.fetch_add(1, Ordering::SeqCst);
            number
        }));
        for taken in 1..20 {
            results.next();
            std::thread::sleep(Duration::from_millis(1));
            // Five results may wait, and each thread may have begun one more while there was room.
            assert!(BEGUN.load(Ordering::SeqCst) <= taken + 5 + 3);
        }
    }

    #[test]
    fn dropping_ends_the_work() {
        static BEGUN: AtomicUsize = AtomicUsize::new(0);
        let mut results = InOrder::start(job(1_000_000, 2, 8, |number| {
            BEGUN.fetch_add(1, Ordering::SeqCst);
            number
        }));
        assert_eq!(results.next(), Some(0));
        drop(results);
        let begun = BEGUN.load(Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(20));
        assert!(begun < 20 && BEGUN.load(Ordering::SeqCst) == begun);
    }

    #[test]
    fn told_to_stop_it_ends_with_what_was_begun() {
        let mut job = job(1_000_000, 2, 8, |number| number);
        let stop = Arc::new(AtomicBool::new(false));
        job.stop = Arc::clone(&stop);
        let mut results = InOrder::start(job);
        assert_eq!(results.next(), Some(0));
        stop.store(true, Ordering::Relaxed);
        let left = results.left();
        let rest: Vec<usize> = results.collect();
        assert_eq!(rest, (1..=left).collect::<Vec<_>>());
        assert!(left < 20);
    }

    #[test]
    fn a_thread_that_dies_takes_no_result_with_it() {
        static TRIES: AtomicUsize = AtomicUsize::new(0);
        let work = |number| {
            assert!(number != 2 || TRIES.fetch_add(1, Ordering::SeqCst) > 0, "once");
            number
        };
        assert_eq!(InOrder::start(job(5, 1, 9, work)).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    }
}

//! The queue before the workers: songs that were sent wait here, and no more of them than is allowed.
//!
//! Each thread has a process that decodes, and does for one song at a time all that takes a processor, away from the threads
//! that talk to clients.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use extraction::SongWorker;
use tokio::sync::{mpsc, oneshot, watch};

/// Begins the name of each thread.
const THREAD_NAME: &str = "listen";

/// What a thread does for a song.
type Work = Box<dyn FnOnce(&mut SongWorker) + Send>;

/// Songs that wait, and the threads that take them. Dropping it ends these, each after the song that it is at.
pub struct Queue {
    shared: Arc<Shared>,
    threads: usize,
}

struct Shared {
    state: Mutex<State>,
    /// Told when there is work, or no more will come.
    news: Condvar,
    /// How often a place in the queue became free.
    moved: watch::Sender<u64>,
    /// Most songs that wait.
    most: usize,
    /// Threads whose process runs.
    ready: AtomicUsize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    running: usize,
    next: u64,
    over: bool,
}

struct Waiting {
    number: u64,
    client: IpAddr,
    work: Work,
}

/// Why a song was not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// Too many wait.
    Queue,
    /// Too many of this client's.
    Client,
}

/// What is told while a song is worked on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum News {
    /// A thread has taken it.
    Begun,
    /// Seconds of sound decoded so far.
    Decoding(f64),
    /// All is decoded.
    Listening,
}

/// A song that waits or is worked on. Dropping it takes it out of the queue.
pub struct Ticket<T> {
    /// What happens to it.
    pub news: mpsc::UnboundedReceiver<News>,
    /// What comes of it; an error if the work panicked.
    pub result: oneshot::Receiver<T>,
    /// Told when the queue has moved.
    pub moved: watch::Receiver<u64>,
    place: Place,
}

/// A place in the queue, given back when it is dropped.
struct Place {
    number: u64,
    shared: Arc<Shared>,
}

impl Queue {
    /// A thread for each worker; at most `most` songs wait, and one client has no more than half of them.
    ///
    /// # Errors
    /// The system has no thread.
    pub fn new(workers: Vec<SongWorker>, most: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            news: Condvar::new(),
            moved: watch::Sender::new(0),
            most,
            ready: AtomicUsize::new(0),
        });
        let queue = Self { shared, threads: workers.len() };
        for (number, worker) in workers.into_iter().enumerate() {
            let shared = Arc::clone(&queue.shared);
            let thread = std::thread::Builder::new().name(format!("{THREAD_NAME}-{number}"));
            thread.spawn(move || shared.work(worker))?;
        }
        Ok(queue)
    }

    /// Puts a song in. `work` is done by a thread whose turn it is, with its worker and somebody to tell how far it is.
    ///
    /// # Errors
    /// There is no room.
    pub fn submit<T: Send + 'static>(
        &self,
        client: IpAddr,
        work: impl FnOnce(&mut SongWorker, &mut dyn FnMut(News)) -> T + Send + 'static,
    ) -> Result<Ticket<T>, Full> {
        let ((tell, news), (done, result)) = (mpsc::unbounded_channel(), oneshot::channel());
        let work: Work = Box::new(move |worker| {
            // Whoever has gone is not told.
            let mut tell = |news| {
                let _ = tell.send(news);
            };
            tell(News::Begun);
            let _ = done.send(work(worker, &mut tell));
        });
        let mut state = self.shared.lock();
        self.shared.check(&state, client)?;
        let number = state.next;
        state.next += 1;
        state.waiting.push_back(Waiting { number, client, work });
        drop(state);
        self.shared.news.notify_one();
        let place = Place { number, shared: Arc::clone(&self.shared) };
        Ok(Ticket { news, result, moved: self.shared.moved.subscribe(), place })
    }

    /// Refuses what [`Self::submit`] would refuse now.
    ///
    /// # Errors
    /// There is no room.
    pub fn check(&self, client: IpAddr) -> Result<(), Full> {
        self.shared.check(&self.shared.lock(), client)
    }

    /// Songs that wait, and those that are worked on.
    pub fn length(&self) -> (usize, usize) {
        let state = self.shared.lock();
        (state.waiting.len(), state.running)
    }

    /// Whether each thread has its process.
    pub fn is_ready(&self) -> bool {
        self.shared.ready.load(Ordering::SeqCst) == self.threads
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.over = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        // Outside of the lock: what waits has places to give back.
        drop(waiting);
        self.shared.news.notify_all();
    }
}

impl<T> Ticket<T> {
    /// How many songs are before it; `None` once it is worked on.
    pub fn ahead(&self) -> Option<usize> {
        let state = self.place.shared.lock();
        state.waiting.iter().position(|waiting| waiting.number == self.place.number)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        let at = state.waiting.iter().position(|waiting| waiting.number == self.number);
        let left = at.and_then(|at| state.waiting.remove(at));
        drop(state);
        if left.is_some() {
            self.shared.moved.send_modify(|count| *count += 1);
        }
        // Outside of the lock, since it may be the last that holds the queue.
        drop(left);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, state: &State, client: IpAddr) -> Result<(), Full> {
        if state.waiting.len() >= self.most {
            return Err(Full::Queue);
        }
        let of_client = state.waiting.iter().filter(|waiting| waiting.client == client).count();
        if of_client >= self.most.div_ceil(2) { Err(Full::Client) } else { Ok(()) }
    }

    /// A thread's life.
    fn work(&self, mut worker: SongWorker) {
        // One that can't be started now is tried again with the first song, which is told why if that fails too.
        let mut ready = worker.start().is_ok();
        self.ready.fetch_add(usize::from(ready), Ordering::SeqCst);
        while let Some(work) = self.next() {
            // What panics is told by a sender that is gone.
            let _ = catch_unwind(AssertUnwindSafe(|| work(&mut worker)));
            let ready_now = ready || worker.start().is_ok();
            self.ready.fetch_add(usize::from(ready_now && !ready), Ordering::SeqCst);
            ready = ready_now;
            self.lock().running -= 1;
        }
    }

    /// The work whose turn it is; `None` once all is over.
    fn next(&self) -> Option<Work> {
        let mut state = self.lock();
        loop {
            if state.over {
                return None;
            }
            if let Some(Waiting { work, .. }) = state.waiting.pop_front() {
                state.running += 1;
                drop(state);
                self.moved.send_modify(|count| *count += 1);
                return Some(work);
            }
            state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

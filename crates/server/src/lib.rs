//! The page where songs are dropped, and the API beside it.
//!
//! [`Server::bind`] takes models and an address, [`Server::run`] answers until it is told to stop. A song that is sent is received
//! into memory (a file without a name where it is large), waits in a bounded queue, is decoded by a process of its own, judged,
//! drawn and forgotten:
//!
//! ```text
//! body → upload → queue → SongWorker (a process) → rows and samples → Listener, plot → Analysis → page
//! ```
//!
//! Nothing is kept. The page and the description of the API are part of the program; no other host is asked for anything.

mod analysis;
mod asking;
mod assets;
mod connections;
mod demos;
mod error;
mod features;
mod guard;
mod leftovers;
mod metrics;
mod models;
mod openapi;
mod picture;
mod problem;
mod queue;
mod routes;
mod stream;
mod upload;

use std::future::Future;
use std::net::SocketAddr;
use std::num::NonZero;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;

use extraction::{Limits, SongWorker, WorkerProgram};
use model::ModelBundle;
use tokio::net::TcpListener;

use crate::demos::Demos;
pub use crate::error::{Error, Result};
use crate::guard::Guard;
pub use crate::guard::MIN_TOKEN;
use crate::metrics::Metrics;
use crate::models::Models;
use crate::queue::Queue;
use crate::upload::Room;

/// What is served, where and to whom.
pub struct Options {
    /// Models with their names, at least one; the first is asked where none is named.
    pub models: Vec<(String, ModelBundle)>,
    /// Where to listen; port 0 is any that is free.
    pub addr: SocketAddr,
    /// What clients of the API must know; wanted unless `addr` is this machine's own.
    pub token: Option<String>,
    /// Origins whose pages may use the API too, as `https://music.example`.
    pub origins: Vec<String>,
    /// The program that decodes.
    pub worker: WorkerProgram,
    /// Songs that are worked on at a time; `None` is as many as there are processors.
    pub jobs: Option<NonZero<usize>>,
    /// Songs that wait at most, a half of them from one address.
    pub queue: usize,
    /// What a song may take.
    pub limits: Limits,
}

impl Options {
    /// Songs that wait, unless something else is wanted.
    pub const QUEUE: usize = 256;
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    addr: SocketAddr,
    app: App,
}

/// What requests share.
#[derive(Clone)]
struct App(Arc<Shared>);

struct Shared {
    models: Models,
    demos: Demos,
    queue: Queue,
    room: Room,
    guard: Guard,
    metrics: Metrics,
    limits: Limits,
    stopping: AtomicBool,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Server {
    /// Listens, and starts the workers.
    ///
    /// # Errors
    /// The address can't be had, or others reach it and there is no token; a model can't listen; the system has no threads.
    pub async fn bind(options: Options) -> Result<Self> {
        let Options { models, addr, token, origins, worker, jobs, queue, limits } = options;
        let guard = Guard::new(addr, token.as_deref(), origins)?;
        let models = Models::new(models)?;
        let listener = TcpListener::bind(addr).await.map_err(|source| Error::Bind { addr, source })?;
        let addr = listener.local_addr().map_err(|source| Error::Bind { addr, source })?;
        connections::raise_limits();
        let jobs = jobs.or_else(|| available_parallelism().ok()).map_or(1, NonZero::get);
        let first = models.get(None).ok_or(Error::NoModel)?;
        let workers = |source| Error::Workers { source };
        let songs = SongWorker::several(jobs, &worker, &first.clips.spec, limits).map_err(workers)?;
        let queue = Queue::new(songs, queue.max(1)).map_err(workers)?;
        let largest = limits.input().bytes;
        let room = Room::new(largest, largest.saturating_mul(8));
        let shared = Shared {
            models,
            demos: Demos::default(),
            queue,
            room,
            guard,
            metrics: Metrics::default(),
            limits,
            stopping: AtomicBool::new(false),
        };
        Ok(Self { listener, addr, app: App(Arc::new(shared)) })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Answers until `stop`. What is being answered then has half a minute to be done.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, app, .. } = self;
        let router = routes::router(app.clone());
        let stop = async {
            stop.await;
            app.stopping.store(true, Ordering::SeqCst);
        };
        connections::answer(listener, router, stop).await;
    }
}

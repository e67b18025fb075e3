//! Connections: how many there are, how long they may idle, and how they end.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

/// Most connections at a time, others wait to be accepted; and most from one address, others are closed.
const MOST: usize = 4096;
const MOST_OF_ONE: usize = MOST / 2;

/// Time for the head of a request, and for the next one on a connection that is kept.
const HEAD: Duration = Duration::from_secs(30);

/// Time in which a client must take something of its answer.
const UNREAD: Duration = Duration::from_secs(60);

/// Time for what is being answered when the server ends.
const FAREWELL: Duration = Duration::from_secs(30);

/// Pause after the system had no connection to give: it is out of files.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers requests until `stop`, and then those that are being answered.
pub async fn answer(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let (room, clients, graceful) = (Arc::new(Semaphore::new(MOST)), Clients::default(), GracefulShutdown::new());
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, stream, client) = tokio::select! {
            () = &mut stop => break,
            (place, accepted) = accepted => match accepted {
                Ok((stream, client)) => (place, stream, client),
                Err(_) => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
        };
        let Some(guest) = clients.admit(client.ip()) else { continue };
        // An event a message: waiting for more would only delay it.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            let mut request: Request = request.map(axum::body::Body::new);
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(client));
            router.clone().oneshot(request)
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(UNREAD));
        let connection = graceful.watch(http.serve_connection(TokioIo::new(Box::pin(stream)), service));
        tokio::spawn(async move {
            // A client that breaks off is no fault of anybody's.
            let _ = connection.await;
            drop((place, guest));
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(FAREWELL, graceful.shutdown()).await;
}

/// Who is connected, and how often.
#[derive(Clone, Default)]
struct Clients(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A connection that counts until it is dropped.
struct Guest {
    client: IpAddr,
    clients: Clients,
}

impl Clients {
    /// Counts one more connection of a client, unless it has too many.
    fn admit(&self, client: IpAddr) -> Option<Guest> {
        let mut clients = self.lock();
        let count = clients.entry(client).or_default();
        if *count >= MOST_OF_ONE {
            return None;
        }
        *count += 1;
        Some(Guest { client, clients: self.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut clients = self.clients.lock();
        if let Some(count) = clients.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                clients.remove(&self.client);
            }
        }
    }
}

/// Lets the process have as many files as the system allows it: each connection is one, and the usual bound is a thousand.
#[cfg(unix)]
pub fn raise_limits() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Where it isn't allowed, there are fewer connections.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

#[cfg(not(unix))]
pub fn raise_limits() {}

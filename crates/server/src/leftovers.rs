//! What a client goes on sending after it was refused: it is taken before the answer, since browsers and most programs look at an
//! answer only after they have sent all, and else see a broken connection.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Error;
use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{Stream, StreamExt};
use tokio::time::timeout;

/// Bytes that are taken, and the time for it; whoever sends more gets no answer.
const MOST: u64 = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(10);

/// A body that somebody else can go on reading.
#[derive(Clone)]
struct Shared(Arc<Mutex<BodyDataStream>>);

impl Stream for Shared {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(context)
    }
}

/// Takes what is left of a refused request's body.
pub async fn take(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let mut body = Shared(Arc::new(Mutex::new(body.into_data_stream())));
    let response = next.run(Request::from_parts(parts, Body::from_stream(body.clone()))).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        let taking = async {
            let mut left = MOST;
            while let Some(Ok(piece)) = body.next().await {
                let Some(less) = left.checked_sub(piece.len() as u64) else { break };
                left = less;
            }
        };
        // It may have been slow before.
        let _ = timeout(PATIENCE, taking).await;
    }
    response
}

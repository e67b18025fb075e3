//! A song on its way: into the queue, out of it, and what is told meanwhile.

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Instant;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use extraction::{Failure, HeardSong, SongTask};
use futures_util::stream;
use serde::Serialize;
use tokio::sync::mpsc;
use utoipa::ToSchema;

use crate::App;
use crate::analysis::Took;
use crate::metrics::Step;
use crate::problem::Problem;
use crate::queue::{Full, News, Ticket};
use crate::upload::Upload;

/// How far a song is: the data of an event `progress`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(tag = "stage", rename_all = "lowercase")]
pub enum Progress {
    /// It waits.
    Queued {
        /// Songs before it.
        ahead: usize,
    },
    /// It is decoded.
    Decoding {
        /// Seconds of sound so far.
        seconds: f64,
    },
    /// It is judged and drawn.
    Listening,
}

/// A song in the queue, with what is to come of it.
pub struct Underway<T> {
    ticket: Ticket<Result<T, Failure>>,
    name: String,
}

impl App {
    /// Puts a song in the queue: a worker does the task, and then `judge` is asked about what came of it.
    ///
    /// # Errors
    /// There is no room, or the server is about to end.
    pub fn listen<T: Send + 'static>(
        &self,
        client: IpAddr,
        upload: Upload,
        task: SongTask,
        judge: impl FnOnce(&Self, String, HeardSong, Took) -> Result<T, Failure> + Send + 'static,
    ) -> Result<Underway<T>, Problem> {
        self.refuse_stopping()?;
        let (app, name, waiting) = (self.clone(), upload.name.clone(), Instant::now());
        let work = move |worker: &mut extraction::SongWorker, tell: &mut dyn FnMut(News)| {
            let mut upload = upload;
            let mut took = Took { waiting: waiting.elapsed().as_secs_f64(), ..Took::default() };
            app.metrics.took(Step::Waiting, took.waiting);
            let start = Instant::now();
            let name = upload.name.clone();
            let heard = worker.hear(&name, &mut upload.file, &task, &mut |seconds| tell(News::Decoding(seconds)));
            // Others may need the room.
            drop(upload);
            took.decoding = start.elapsed().as_secs_f64();
            app.metrics.took(Step::Decoding, took.decoding);
            tell(News::Listening);
            let start = Instant::now();
            let judged = judge(&app, name, heard?, took);
            app.metrics.took(Step::Listening, start.elapsed().as_secs_f64());
            judged
        };
        let ticket = self.queue.submit(client, work).map_err(|full| self.refused(full))?;
        Ok(Underway { ticket, name })
    }

    /// Refuses a song that there is no room for, before it is received.
    pub fn refuse_full(&self, client: IpAddr) -> Result<(), Problem> {
        self.refuse_stopping()?;
        self.queue.check(client).map_err(|full| self.refused(full))
    }

    fn refuse_stopping(&self) -> Result<(), Problem> {
        if !self.is_stopping() {
            return Ok(());
        }
        self.metrics.rejected("stopping");
        let detail = "the server is about to end; ask again when it is back";
        Err(Problem::new(axum::http::StatusCode::SERVICE_UNAVAILABLE, "stopping", detail).after(10))
    }

    /// Counts a song that was refused while it was received.
    pub fn refused_upload(&self, problem: &Problem) {
        use axum::http::StatusCode;
        self.metrics.rejected(match problem.status() {
            StatusCode::PAYLOAD_TOO_LARGE => "too_large",
            StatusCode::REQUEST_TIMEOUT => "slow_upload",
            StatusCode::SERVICE_UNAVAILABLE => "no_room",
            _ => "bad_request",
        });
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(std::sync::atomic::Ordering::SeqCst)
    }

    fn refused(&self, full: Full) -> Problem {
        match full {
            Full::Queue => {
                self.metrics.rejected("queue_full");
                Problem::queue_full("too many songs wait already; try again in a moment", 2)
            }
            Full::Client => {
                self.metrics.rejected("too_many");
                let detail = "too many of your songs wait already; send the next when one of them is done";
                Problem::new(axum::http::StatusCode::TOO_MANY_REQUESTS, "too_many", detail).after(2)
            }
        }
    }
}

impl<T> Underway<T> {
    /// What comes of it.
    ///
    /// # Errors
    /// Why nothing does.
    pub async fn result(mut self) -> Result<T, Problem> {
        let result = (&mut self.ticket.result).await;
        self.told(result)
    }

    /// What came of it, with a panic as a problem.
    fn told<E>(&self, result: Result<Result<T, Failure>, E>) -> Result<T, Problem> {
        match result {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(failure)) => Err(Problem::of_failure(&failure, &self.name)),
            Err(_) => Err(Problem::internal("the program crashed on this song; please report it").of(&self.name)),
        }
    }
}

impl<T: Serialize + Send + 'static> Underway<T> {
    /// What happens to it as server-sent events: `progress` some times, then `result` or `problem`.
    pub fn events(self) -> Response {
        let (tell, told) = mpsc::channel(8);
        // It ends with the song, or with who is told: a closed channel takes the song out of the queue.
        tokio::spawn(self.tell(tell));
        let events = stream::unfold(told, async |mut told: mpsc::Receiver<Event>| {
            told.recv().await.map(|event| (Ok::<_, Infallible>(event), told))
        });
        Sse::new(events).keep_alive(KeepAlive::default()).into_response()
    }

    async fn tell(mut self, tell: mpsc::Sender<Event>) {
        let mut said = None;
        loop {
            let now = self.ticket.ahead().map(|ahead| Progress::Queued { ahead });
            if let Some(now) = now.filter(|now| said != Some(*now)) {
                said = Some(now);
                if tell.send(event("progress", &now)).await.is_err() {
                    return;
                }
            }
            let Ticket { news, result, moved, .. } = &mut self.ticket;
            let progress = tokio::select! {
                () = tell.closed() => return,
                result = result => {
                    let last = match self.told(result) {
                        Ok(done) => event("result", &done),
                        Err(problem) => event("problem", &problem),
                    };
                    let _ = tell.send(last).await;
                    return;
                }
                Some(news) = news.recv() => match news {
                    News::Begun => Progress::Decoding { seconds: 0.0 },
                    News::Decoding(seconds) => Progress::Decoding { seconds },
                    News::Listening => Progress::Listening,
                },
                _ = moved.changed(), if now.is_some() => continue,
            };
            said = Some(progress);
            if tell.send(event("progress", &progress)).await.is_err() {
                return;
            }
        }
    }
}

/// An event with this data.
fn event(name: &str, data: &impl Serialize) -> Event {
    // What is told here has no maps with odd keys, which alone can't be told.
    let data = serde_json::to_string(data).unwrap_or_default();
    Event::default().event(name).data(data)
}

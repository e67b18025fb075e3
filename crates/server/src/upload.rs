//! Files that are sent: received piece by piece into memory, or where they are larger into a file without a name.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::{BodyDataStream, Bytes};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt;
use tempfile::SpooledTempFile;
use tokio::time::{Instant, timeout_at};

use crate::problem::Problem;

/// Bytes of a file that are kept in memory.
const IN_MEMORY: usize = 2 << 20;

/// Bytes that are written at a time.
const PIECE: usize = 256 << 10;

/// Time for which a client may be as slow as it likes.
const GRACE: Duration = Duration::from_secs(20);

/// Bytes in a second, on average, that a client must send from then on.
const LEAST_RATE: f64 = 4096.0;

/// Most characters of a name.
const LONGEST_NAME: usize = 255;

/// The part of a form that is taken for a file whether it has a file's name or not.
const PART: &str = "file";

/// What files without a name are called.
const UNNAMED: &str = "upload";

/// A file that was sent.
pub struct Upload {
    /// What the client calls it; it is told back and nothing else.
    pub name: String,
    /// Its bytes.
    pub file: SpooledTempFile,
    /// Returned when it is dropped.
    share: Share,
}

impl Upload {
    /// Its size.
    pub fn bytes(&self) -> u64 {
        self.share.bytes
    }
}

/// What files may take while they are received and wait.
#[derive(Clone)]
pub struct Room {
    /// Bytes of one.
    pub largest: u64,
    /// Bytes of all together.
    pub all: u64,
    taken: Arc<AtomicU64>,
}

/// A part of the room.
struct Share {
    bytes: u64,
    taken: Arc<AtomicU64>,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.taken.fetch_sub(self.bytes, Ordering::SeqCst);
    }
}

impl Room {
    /// Room for files of so many bytes each, and together.
    pub fn new(largest: u64, all: u64) -> Self {
        Self { largest, all: all.max(largest), taken: Arc::default() }
    }

    /// Bytes that are taken.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::SeqCst)
    }

    /// Receives the file in a request: its body, or the only part of a form. `name` is what the address calls it.
    ///
    /// # Errors
    /// A file too large, too slow, or cut short; a form without a file; no room.
    pub async fn receive(&self, request: Request, name: Option<String>) -> Result<Upload, Problem> {
        let (is_form, declared) = what(request.headers());
        // What is said to be too large needn't be looked at.
        if let Some(bytes) = declared {
            // A form has some bytes of its own.
            let own = if is_form { 64 << 10 } else { 0 };
            if bytes > self.largest.saturating_add(own) {
                return Err(self.too_large(name.as_deref().map(tidy).as_deref()));
            }
        }
        let mut spool = Spool::new(self);
        if !is_form {
            let name = name.as_deref().map_or_else(|| UNNAMED.to_owned(), tidy);
            spool.fill(&name, Pieces::Body(request.into_body().into_data_stream())).await?;
            return spool.finish(name).await;
        }
        let mut form = Multipart::from_request(request, &())
            .await
            .map_err(|error| Problem::bad_request(format!("the form can't be read: {}", error.body_text())))?;
        let mut received = None;
        while let Some(field) = next_part(&mut form).await? {
            let sent = field.file_name().map(str::to_owned);
            if received.is_some() || (sent.is_none() && field.name() != Some(PART)) {
                let part = field.name().or(sent.as_deref()).map(tidy).unwrap_or_default();
                let told =
                    format!("the form has a part `{part}` that can't be used; send one file, as the part `{PART}`");
                return Err(Problem::bad_request(told));
            }
            let name = tidy(name.as_deref().or(sent.as_deref()).unwrap_or_default());
            spool.fill(&name, Pieces::Field(Box::new(field))).await?;
            received = Some(name);
        }
        match received {
            Some(name) => spool.finish(name).await,
            None => Err(Problem::bad_request(format!("the form has no file; send it as the part `{PART}`"))),
        }
    }

    fn too_large(&self, name: Option<&str>) -> Problem {
        let largest = self.largest as f64 / f64::from(1 << 20);
        let detail = format!(
            "the file is larger than the {largest:.0} MiB that this server takes; send a part of it, or a compressed copy"
        );
        let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail);
        name.map_or(problem.clone(), |name| problem.of(name))
    }
}

/// Whether a body is a form, and how many bytes are said to come.
fn what(headers: &HeaderMap) -> (bool, Option<u64>) {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let kind = header(header::CONTENT_TYPE).unwrap_or_default();
    let is_form = kind.trim_start().to_ascii_lowercase().starts_with("multipart/");
    (is_form, header(header::CONTENT_LENGTH).and_then(|bytes| bytes.parse().ok()))
}

/// The next part of a form, which must begin soon.
async fn next_part(form: &mut Multipart) -> Result<Option<Field<'_>>, Problem> {
    let part = timeout_at(Instant::now() + GRACE, form.next_field()).await;
    part.map_err(|_| slow(None))?.map_err(bad_form)
}

/// Where a file comes from.
enum Pieces<'a> {
    /// A request's body.
    Body(BodyDataStream),
    /// A part of a form.
    Field(Box<Field<'a>>),
}

impl Pieces<'_> {
    /// The next piece; `None` after the last.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        let broken_off = |error| Problem::bad_request(format!("the file broke off while it was sent: {error}"));
        match self {
            Self::Body(body) => body.next().await.transpose().map_err(broken_off),
            Self::Field(field) => field.chunk().await.map_err(bad_form),
        }
    }
}

/// What a file is written to.
struct Spool<'a> {
    room: &'a Room,
    share: Share,
    file: SpooledTempFile,
    waiting: Vec<u8>,
}

impl<'a> Spool<'a> {
    fn new(room: &'a Room) -> Self {
        let share = Share { bytes: 0, taken: Arc::clone(&room.taken) };
        Self { room, share, file: SpooledTempFile::new(IN_MEMORY), waiting: Vec::new() }
    }

    /// Takes all pieces, which must come fast enough.
    async fn fill(&mut self, name: &str, mut pieces: Pieces<'_>) -> Result<(), Problem> {
        let start = Instant::now();
        loop {
            let due = start + GRACE + Duration::from_secs_f64(self.share.bytes as f64 / LEAST_RATE);
            let piece = timeout_at(due, pieces.next()).await.map_err(|_| slow(Some(name)))?;
            match piece.map_err(|problem| problem.of(name))? {
                Some(piece) => self.take(name, &piece).await?,
                None => return Ok(()),
            }
        }
    }

    async fn take(&mut self, name: &str, piece: &[u8]) -> Result<(), Problem> {
        let more = piece.len() as u64;
        if self.share.bytes + more > self.room.largest {
            return Err(self.room.too_large(Some(name)));
        }
        self.share.bytes += more;
        if self.share.taken.fetch_add(more, Ordering::SeqCst) + more > self.room.all {
            return Err(Problem::queue_full("there is no room for more files just now; try again later", 10).of(name));
        }
        self.waiting.extend_from_slice(piece);
        if self.waiting.len() >= PIECE { self.write().await } else { Ok(()) }
    }

    /// Writes what waits. A file in memory takes no time, one on a disk may.
    async fn write(&mut self) -> Result<(), Problem> {
        let mut file = std::mem::replace(&mut self.file, SpooledTempFile::new(0));
        let mut waiting = std::mem::take(&mut self.waiting);
        let written = tokio::task::spawn_blocking(move || {
            let written = file.write_all(&waiting);
            waiting.clear();
            (written, file, waiting)
        });
        let gone = |_| Problem::internal("what is sent can't be kept: its writer crashed");
        let (written, file, waiting) = written.await.map_err(gone)?;
        (self.file, self.waiting) = (file, waiting);
        written.map_err(|error: io::Error| {
            let detail =
                format!("what is sent can't be kept ({error}): the server's folder for temporary files is full");
            Problem::queue_full(detail, 30)
        })
    }

    async fn finish(mut self, name: String) -> Result<Upload, Problem> {
        self.write().await?;
        Ok(Upload { name, file: self.file, share: self.share })
    }
}

fn slow(name: Option<&str>) -> Problem {
    let detail =
        format!("the file came at less than {LEAST_RATE} bytes a second; send it again over a better connection");
    let problem = Problem::new(StatusCode::REQUEST_TIMEOUT, "slow_upload", detail);
    name.map_or(problem.clone(), |name| problem.of(name))
}

fn bad_form(error: MultipartError) -> Problem {
    let told = error.body_text();
    Problem::bad_request(format!("the form can't be read: {told}; send the file as multipart/form-data"))
}

/// A name to be told back: the last part of a path, without characters that control terminals.
fn tidy(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    if name.trim().is_empty() { UNNAMED.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_last_part_of_a_path_and_printable() {
        for (given, told) in [
            ("song.mp3", "song.mp3"),
            ("../../etc/passwd", "passwd"),
            ("C:\\music\\so what.flac", "so what.flac"),
            ("a\u{1b}[31mb\n.wav", "a[31mb.wav"),
            ("", UNNAMED),
            ("folder/", UNNAMED),
            ("\u{202e}3pm.exe", "\u{202e}3pm.exe"),
        ] {
            assert_eq!(tidy(given), told);
        }
        assert_eq!(tidy(&"x".repeat(9_999)).len(), LONGEST_NAME);
    }
}

//! What there is: models, demo clips, health and figures.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use synth::CorpusTrack;
use utoipa::ToSchema;

use crate::App;
use crate::asking::Client;
use crate::demos::{SECONDS, file_name, tracks};
use crate::metrics::Gauges;
use crate::models::ModelInfo;
use crate::problem::Problem;

/// The models, and what a song may take.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelList {
    /// The models; the first is asked where none is named.
    models: Vec<ModelInfo>,
    limits: SongLimits,
    /// Version of the program.
    version: &'static str,
}

/// What a song may take.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
struct SongLimits {
    /// Largest file in bytes.
    bytes: u64,
    /// Longest sound in s.
    seconds: f64,
}

/// Demo clips.
#[derive(Debug, Serialize, ToSchema)]
pub struct Demos {
    demos: Vec<Demo>,
}

/// A demo clip.
#[derive(Debug, Serialize, ToSchema)]
struct Demo {
    /// The file's name.
    name: String,
    /// The style that it is played in.
    genre: String,
    /// Its length in s.
    seconds: f64,
    /// Where it lies on this server.
    url: String,
}

/// The models that can be asked.
#[utoipa::path(
    get, path = "/api/v1/models", tag = "facts",
    responses(
        (status = 200, description = "The models", body = ModelList),
        (status = "default", description = "A refusal", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn models(State(app): State<App>) -> Json<ModelList> {
    let limits = app.limits.input();
    Json(ModelList {
        models: app.models.all().iter().map(|model| model.info()).collect(),
        limits: SongLimits { bytes: limits.bytes, seconds: limits.seconds },
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Demo clips, one of each style, which the program plays itself.
#[utoipa::path(
    get, path = "/api/v1/demos", tag = "facts",
    responses(
        (status = 200, description = "The clips", body = Demos),
        (status = "default", description = "A refusal", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn demos() -> Json<Demos> {
    let demo = |track: CorpusTrack| {
        let (genre, name) = (track.style().to_string(), file_name(&track));
        Demo { url: format!("/api/v1/demos/{name}"), name, genre, seconds: SECONDS }
    };
    Json(Demos { demos: tracks().map(demo).collect() })
}

/// A demo clip as a WAV.
#[utoipa::path(
    get, path = "/api/v1/demos/{name}", tag = "facts",
    params(("name" = String, Path, description = "Its name in /api/v1/demos", example = "jazz.wav")),
    responses(
        (status = 200, description = "The clip", body = String, content_type = "audio/wav"),
        (status = "default", description = "A refusal", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn demo(State(app): State<App>, Path(name): Path<String>) -> Result<Response, Problem> {
    let track = tracks().find(|track| file_name(track) == name).ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "not_found", "there is no such clip; /api/v1/demos tells which there are")
    })?;
    let wav =
        app.demos.wav(track).await.map_err(|told| Problem::internal(format!("the clip can't be played: {told}")))?;
    // The same name is always the same clip.
    let headers = [(header::CONTENT_TYPE, "audio/wav"), (header::CACHE_CONTROL, "private, max-age=3600")];
    Ok((headers, wav).into_response())
}

/// Whether the program runs.
#[utoipa::path(
    get, path = "/healthz", tag = "facts",
    responses((status = 200, description = "It runs", body = String, content_type = "text/plain")),
)]
pub async fn health() -> &'static str {
    "ok\n"
}

/// Whether songs are taken in: the workers run, there is room, and the server isn't about to end.
#[utoipa::path(
    get, path = "/readyz", tag = "facts",
    responses(
        (status = 200, description = "They are", body = String, content_type = "text/plain"),
        (status = 503, description = "Not now", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn ready(State(app): State<App>, Client(client): Client) -> Result<&'static str, Problem> {
    app.refuse_full(client)?;
    if app.queue.is_ready() {
        return Ok("ready\n");
    }
    let detail = "the workers aren't all there yet";
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no_worker", detail).after(1))
}

/// Figures for Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "facts",
    responses(
        (status = 200, description = "The figures", body = String, content_type = "application/openmetrics-text"),
        (status = "default", description = "A refusal", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn metrics(State(app): State<App>) -> Response {
    let (waiting, running) = app.queue.length();
    let text = app.metrics.text(&Gauges { waiting, running, received: app.room.taken() });
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
}

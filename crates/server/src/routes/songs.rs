//! What is done with songs that are sent.

use std::net::IpAddr;
use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use extraction::{Failure, FailureKind, SongTask};
use model::Verdict;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::App;
use crate::analysis::{self, Analysis, RATE, crashed};
use crate::asking::{Asked, Client, accepted};
use crate::features::{self, FORMS, FeatureQuery, FeatureRows};
use crate::metrics::Step;
use crate::problem::Problem;
use crate::stream::{Progress, Underway};
use crate::upload::Upload;

/// The media type of server-sent events.
const EVENTS: &str = "text/event-stream";
/// How what comes of a song can be told, the usual first.
const TOLD: [&str; 2] = [features::JSON, EVENTS];

/// Longest song in s that is sent back as samples.
const MOST_AUDIO: f64 = 3600.0;

/// What a song is called.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct NameQuery {
    /// What the song is called in the answer; a form's file has a name of its own.
    name: Option<String>,
}

/// What is wanted of a verdict.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PredictQuery {
    /// What the song is called in the answer; a form's file has a name of its own.
    name: Option<String>,
    /// Which model; the first of `/api/v1/models` if it isn't said.
    model: Option<String>,
    /// How many genres to name, the most probable first; all if it isn't said.
    #[param(minimum = 1, maximum = 65535)]
    top: Option<u16>,
    /// Whether to tell what is said of each clip.
    #[serde(default = "yes")]
    #[param(default = true)]
    clips: bool,
}

fn yes() -> bool {
    true
}

/// A verdict on a song.
#[derive(Debug, Serialize, ToSchema)]
pub struct Prediction {
    /// The file's name, as it was sent.
    name: String,
    /// The model that was asked.
    model: String,
    #[serde(flatten)]
    verdict: Verdict,
}

/// The bytes of an audio file.
#[derive(ToSchema)]
#[schema(value_type = String, format = "audio-file", min_length = 1)]
#[allow(dead_code, reason = "it describes a body to clients")]
pub struct SongBytes(Vec<u8>);

/// A song as a form of one part, which is called `file` or has a file's name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "it describes a form to clients")]
pub struct SongForm {
    /// The file.
    #[schema(value_type = String, format = "audio-file", min_length = 1)]
    file: Vec<u8>,
}

/// The genre of a song.
///
/// It is decoded whatever its name says, cut into clips as the model was trained on, and judged by the mean of the clips'
/// probabilities. `genre` is `unsure` where none should be believed, and `doubt` says why. The answer is what `gtzan predict
/// --json` prints, with the name in place of the path. With `Accept: text/event-stream`, it comes at the end of the events that
/// `/api/v1/analyse` describes.
#[utoipa::path(
    post, path = "/api/v1/predict", tag = "songs", params(PredictQuery),
    request_body(content((SongForm = "multipart/form-data"), (SongBytes = "application/octet-stream")), description = "An audio file"),
    responses(
        (status = 200, description = "The verdict, or events that end with it", content(
            (Prediction = "application/json"), (Progress = "text/event-stream"))),
        (status = "default", description = "Why there is none", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn predict(
    State(app): State<App>,
    Client(client): Client,
    Asked(query): Asked<PredictQuery>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let form = accepted(&headers, &TOLD)?;
    let PredictQuery { name, model, top, clips } = query;
    if top == Some(0) {
        return Err(Problem::bad_request("top must be at least 1"));
    }
    let model = app.models.get(model.as_deref()).cloned().ok_or_else(|| unknown_model(&app))?;
    let upload = receive(&app, client, request, name).await?;
    let task = SongTask { cuts: vec![model.clips.clone()], samples: None, most_seconds: 0.0 };
    let underway = app.listen(client, upload, task, move |_, name, heard, _| {
        let mut verdict = model.listener.verdict(&features::only(heard.tracks)?).map_err(crashed)?;
        verdict.top.truncate(top.map_or(usize::MAX, usize::from));
        if !clips {
            verdict.clips.clear();
        }
        Ok(Prediction { name, model: model.name.clone(), verdict })
    })?;
    tell(underway, form).await
}

/// Rows of descriptors of a song.
///
/// A row a clip, as `gtzan extract` computes them: as JSON, as the dataset's CSV (without a label), or as a stream of Arrow's,
/// whichever `Accept` names.
#[utoipa::path(
    post, path = "/api/v1/features", tag = "songs", params(FeatureQuery),
    request_body(content((SongForm = "multipart/form-data"), (SongBytes = "application/octet-stream")), description = "An audio file"),
    responses(
        (status = 200, description = "The rows", content(
            (FeatureRows = "application/json"), (String = "text/csv"), (String = "application/vnd.apache.arrow.stream"))),
        (status = "default", description = "Why there are none", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn features(
    State(app): State<App>,
    Client(client): Client,
    Asked(query): Asked<FeatureQuery>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let form = accepted(&headers, &FORMS)?;
    let (task, name) = query.task()?;
    let spec = task.cuts.first().map(|cut| cut.spec.clone()).ok_or_else(|| Problem::internal("nothing to compute"))?;
    let upload = receive(&app, client, request, name).await?;
    let underway = app.listen(client, upload, task, |_, name, heard, _| Ok((name, features::only(heard.tracks)?)))?;
    let (name, track) = underway.result().await?;
    features::answer(form, name, &spec, track)
}

/// All that the page shows of a song.
///
/// The verdicts of all models, their genres over time and why, pictures, tempo, chroma and loudness. With `Accept:
/// text/event-stream` the answer is a stream of server-sent events: `progress` while it waits, is decoded and judged
/// (`{"stage":"decoding","seconds":12.3}`), and at last `result` with the analysis or `problem` with a problem.
#[utoipa::path(
    post, path = "/api/v1/analyse", tag = "songs", params(NameQuery),
    request_body(content((SongForm = "multipart/form-data"), (SongBytes = "application/octet-stream")), description = "An audio file"),
    responses(
        (status = 200, description = "The analysis, or events that end with it", content(
            (Analysis = "application/json"), (Progress = "text/event-stream"))),
        (status = "default", description = "Why there is none", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn analyse(
    State(app): State<App>,
    Client(client): Client,
    Asked(query): Asked<NameQuery>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let form = accepted(&headers, &TOLD)?;
    let upload = receive(&app, client, request, query.name).await?;
    let task = analysis::task(&app.models);
    let judge = |app: &App, name, heard, took| analysis::analyse(&app.models, name, heard, took);
    let underway = app.listen(client, upload, task, judge)?;
    tell(underway, form).await
}

/// A song's sound as a WAV.
///
/// What was decoded: 22 050 Hz, mono, 16 bits. For players that don't know the song's own format.
#[utoipa::path(
    post, path = "/api/v1/audio", tag = "songs", params(NameQuery),
    request_body(content((SongForm = "multipart/form-data"), (SongBytes = "application/octet-stream")), description = "An audio file"),
    responses(
        (status = 200, description = "The sound", body = String, content_type = "audio/wav"),
        (status = "default", description = "Why there is none", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn audio(
    State(app): State<App>,
    Client(client): Client,
    Asked(query): Asked<NameQuery>,
    request: Request,
) -> Result<Response, Problem> {
    let upload = receive(&app, client, request, query.name).await?;
    let task = SongTask { cuts: Vec::new(), samples: Some(RATE), most_seconds: MOST_AUDIO };
    let underway = app.listen(client, upload, task, |_, _, heard, _| {
        let too_long = || {
            let message = format!("it is longer than the {MOST_AUDIO} s that are sent back; send a part of it");
            Failure::new(FailureKind::TooLong, message)
        };
        let wav = wav(&heard.audio.ok_or_else(too_long)?.samples);
        wav.map_err(|error| Failure::new(FailureKind::Crashed, format!("the sound can't be written: {error}")))
    })?;
    let bytes = underway.result().await?;
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "audio/wav")], bytes).into_response())
}

/// What comes of a song, or all that happens to it.
async fn tell<T: Serialize + Send + 'static>(underway: Underway<T>, form: &str) -> Result<Response, Problem> {
    if form == EVENTS {
        return Ok(underway.events());
    }
    Ok(Json(underway.result().await?).into_response())
}

/// Receives a song, if there is room for it.
async fn receive(app: &App, client: IpAddr, request: Request, name: Option<String>) -> Result<Upload, Problem> {
    app.refuse_full(client)?;
    let start = Instant::now();
    let upload = app.room.receive(request, name).await.inspect_err(|problem| app.refused_upload(problem))?;
    if upload.bytes() == 0 {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no_audio", "the file is empty").of(&upload.name));
    }
    app.metrics.took(Step::Receiving, start.elapsed().as_secs_f64());
    Ok(upload)
}

fn unknown_model(app: &App) -> Problem {
    let names: Vec<&str> = app.models.all().iter().map(|model| model.name.as_str()).collect();
    Problem::new(StatusCode::NOT_FOUND, "not_found", format!("there is no such model; there is {}", names.join(", ")))
}

/// Samples as a WAV of 16 bits.
fn wav(samples: &[f32]) -> hound::Result<Vec<u8>> {
    let spec =
        hound::WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut file = std::io::Cursor::new(Vec::with_capacity(44 + 2 * samples.len()));
    let mut writer = hound::WavWriter::new(&mut file, spec)?;
    for sample in samples {
        writer.write_sample((sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16)?;
    }
    writer.finalize()?;
    Ok(file.into_inner())
}

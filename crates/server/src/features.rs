//! Rows of features, in the forms that programs read.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Field, Schema};
use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use dsp::{ClipLength, Convention, Descriptors, FeatureSpec, TrackFeatures};
use extraction::csv::{Record, Records, row_name, write};
use extraction::{Cut, Failure, FailureKind, SongTask};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// The media type of Arrow's streams.
pub const ARROW: &str = "application/vnd.apache.arrow.stream";
/// The media type of CSV.
pub const CSV: &str = "text/csv";
/// The media type of JSON.
pub const JSON: &str = "application/json";
/// What rows can be had as, the usual first.
pub const FORMS: [&str; 3] = [JSON, CSV, ARROW];

/// What is computed.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FeatureQuery {
    /// What the song is called in the answer; a form's file has a name of its own.
    name: Option<String>,
    /// Which descriptors: `classic`, the 57 of GTZAN's tables, or `extended`, 349.
    #[param(inline)]
    #[serde(default)]
    descriptors: Set,
    /// Length of a clip in s; a row is one clip.
    #[param(minimum = 0.1, maximum = 600)]
    #[serde(default = "thirty")]
    clip_seconds: f64,
}

/// A set of descriptors.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Set {
    #[default]
    Classic,
    Extended,
}

fn thirty() -> f64 {
    30.0
}

impl FeatureQuery {
    /// What is wanted of a song, and what it is called.
    pub fn task(self) -> Result<(SongTask, Option<String>), Problem> {
        let refused = |error: dsp::Error| Problem::bad_request(error.to_string());
        let descriptors = match self.descriptors {
            Set::Classic => Descriptors::Classic,
            Set::Extended => Descriptors::Extended,
        };
        let length = ClipLength::new(self.clip_seconds).map_err(refused)?;
        let spec =
            FeatureSpec::features(Convention::default(), length).with_descriptors(descriptors).map_err(refused)?;
        Ok((SongTask { cuts: vec![Cut { spec, hop: None }], samples: None, most_seconds: 0.0 }, self.name))
    }
}

/// Rows as JSON.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeatureRows {
    /// The file's name, as it was sent.
    name: String,
    /// Names of the values of a row.
    columns: Vec<&'static str>,
    /// The clips in order.
    rows: Vec<FeatureRow>,
    /// What couldn't be decoded, in words; absent where everything could.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<String>,
}

/// A clip.
#[derive(Debug, Serialize, ToSchema)]
struct FeatureRow {
    /// Where it starts, in s.
    start: f64,
    /// Where it ends.
    end: f64,
    /// Whether it is digital silence.
    silent: bool,
    /// The values.
    values: Vec<f64>,
}

/// Rows in one of the [`FORMS`].
pub fn answer(form: &str, name: String, spec: &FeatureSpec, track: TrackFeatures) -> Result<Response, Problem> {
    let failed = |error: &dyn std::fmt::Display| Problem::internal(format!("the rows can't be written: {error}"));
    match form {
        CSV => {
            let mut text = Vec::new();
            write(&mut text, &records(&name, spec, track)).map_err(|error| failed(&error))?;
            Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], text).into_response())
        }
        ARROW => {
            let bytes = arrow(&name, spec, &track).map_err(|error| failed(&error))?;
            Ok(([(header::CONTENT_TYPE, ARROW)], bytes).into_response())
        }
        _ => Ok(Json(rows(name, spec, track)).into_response()),
    }
}

fn rows(name: String, spec: &FeatureSpec, track: TrackFeatures) -> FeatureRows {
    let rate = f64::from(spec.sample_rate());
    let lost = (!track.decoded.is_whole()).then(|| track.decoded.to_string());
    let row = |clip: dsp::ClipFeatures| {
        let start = clip.start_sample as f64 / rate;
        FeatureRow { start, end: start + clip.samples as f64 / rate, silent: clip.silent, values: clip.values }
    };
    let rows = track.clips.into_iter().map(row).collect();
    FeatureRows { name, columns: spec.columns().unwrap_or_default().to_vec(), rows, lost }
}

/// Rows as `gtzan extract` writes them, without a genre.
fn records(name: &str, spec: &FeatureSpec, track: TrackFeatures) -> Records {
    let whole = matches!(track.clips.as_slice(), [clip] if clip.samples != spec.clip_samples());
    let record = |(at, clip): (usize, dsp::ClipFeatures)| Record {
        filename: row_name(name, at, whole),
        length: clip.samples,
        values: clip.values,
        label: String::new(),
    };
    let rows = track.clips.into_iter().enumerate().map(record).collect();
    Records { descriptors: spec.descriptors().unwrap_or_default(), rows }
}

/// Rows as a stream of one batch: `name`, `start`, `end`, `silent`, and a column of doubles for each descriptor.
fn arrow(name: &str, spec: &FeatureSpec, track: &TrackFeatures) -> Result<Vec<u8>, ArrowError> {
    let (clips, rate) = (&track.clips, f64::from(spec.sample_rate()));
    let doubles = |value: &dyn Fn(&dsp::ClipFeatures) -> f64| -> ArrayRef {
        Arc::new(clips.iter().map(|clip| Some(value(clip))).collect::<Float64Array>())
    };
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("name", Arc::new(StringArray::from(vec![name; clips.len()]))),
        ("start", doubles(&|clip| clip.start_sample as f64 / rate)),
        ("end", doubles(&|clip| (clip.start_sample as f64 + clip.samples as f64) / rate)),
        ("silent", Arc::new(clips.iter().map(|clip| Some(clip.silent)).collect::<BooleanArray>())),
    ];
    for (at, column) in spec.columns().unwrap_or_default().iter().enumerate() {
        columns.push((column, doubles(&|clip| clip.values.get(at).copied().unwrap_or(f64::NAN))));
    }
    let fields = columns.iter().map(|(name, values)| Field::new(*name, values.data_type().clone(), false));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.into_iter().map(|(_, values)| values).collect())?;
    let mut stream = StreamWriter::try_new(Vec::new(), &schema)?;
    stream.write(&batch)?;
    stream.into_inner()
}

/// The only track of a task of one cut.
pub fn only(tracks: Vec<Option<TrackFeatures>>) -> Result<TrackFeatures, Failure> {
    let missing = || Failure::new(FailureKind::Crashed, "the worker left something out");
    tracks.into_iter().next().flatten().ok_or_else(missing)
}

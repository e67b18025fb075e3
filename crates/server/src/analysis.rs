//! All that the page shows of a song.

use std::time::Instant;

use dsp::{TrackFeatures, describe_column};
use extraction::{Cut, Failure, FailureKind, HeardSong, SongTask, chain};
use model::{Method, Verdict};
use serde::Serialize;
use utoipa::ToSchema;

use crate::models::{HOP, Models, Served};
use crate::picture::Pictures;

/// Columns for a verdict that are told, and as many against it.
const REASONS: usize = 6;

/// Sampling rate in Hz of the samples that are drawn and played.
pub const RATE: u32 = 22_050;

/// All that is known of a song.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Analysis {
    /// The file's name, as it was sent.
    name: String,
    /// Where the time went.
    pub took: Took,
    /// Length of the sound in s.
    seconds: f64,
    /// What couldn't be decoded, in words; absent where everything could.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<String>,
    /// What each model says.
    models: Vec<ModelAnalysis>,
    /// Pictures and figures; absent of a song longer than half an hour.
    #[serde(flatten)]
    drawn: Option<Pictures>,
}

/// Seconds that a song took.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct Took {
    /// In the queue.
    pub waiting: f64,
    /// To be decoded and measured.
    pub decoding: f64,
    /// To be judged and drawn.
    pub listening: f64,
}

/// What a model says.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct ModelAnalysis {
    /// The model's name.
    model: String,
    /// Its verdict on the whole song.
    verdict: Verdict,
    /// Its genres over time.
    ribbon: Ribbon,
    /// What speaks for and against the most probable genre; absent of a model that hears no descriptors.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<Why>,
}

/// Probabilities over time.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Ribbon {
    /// Seconds from one to the next.
    hop: f64,
    /// Seconds around each that it is asked about.
    window: f64,
    /// The genres, in the order of the probabilities.
    genres: Vec<String>,
    /// Where each begins, in s.
    times: Vec<f64>,
    /// Of each the probability of every genre, 0 to 1.
    probabilities: Vec<Vec<f32>>,
    /// Whether it is silent: its probabilities mean nothing then.
    silent: Vec<bool>,
}

/// Why a song is taken for a genre.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Why {
    /// How influence was measured: `counterfactual`, the model is asked again with one column at the average of its training songs.
    #[schema(value_type = String, example = "counterfactual")]
    method: Method,
    /// The genre that is spoken for or against.
    genre: String,
    /// Those that speak for it, the strongest first, then those against it.
    columns: Vec<Reason>,
}

/// A measurement that speaks for a genre or against it.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Reason {
    /// Its name in tables.
    column: String,
    /// Its name in words.
    words: String,
    /// Its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    /// What it is of this song.
    value: f64,
    /// A quarter of the genre's own training songs have less; absent where the model doesn't know.
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    /// A quarter of them have more.
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
    /// How much of the genre's probability, 0 to 1, is owed to it; below 0 it speaks against the genre.
    effect: f32,
}

/// What is wanted of a song that is shown.
pub fn task(models: &Models) -> SongTask {
    let cuts = models.all().iter().flat_map(|model| [model.clips.clone(), model.over_time.clone()]);
    SongTask { cuts: cuts.collect(), samples: Some(RATE), most_seconds: f64::from(plot::MAX_SECONDS) }
}

/// What was made of the [`task`], judged and drawn.
///
/// # Errors
/// A defect, or a song whose values are too extreme for a model.
pub fn analyse(models: &Models, name: String, heard: HeardSong, mut took: Took) -> Result<Analysis, Failure> {
    let start = Instant::now();
    let HeardSong { mut tracks, audio } = heard;
    let missing = || Failure::new(FailureKind::Crashed, "the worker left something out");
    let mut said = Vec::new();
    let mut decoded = None;
    let mut tracks = tracks.drain(..);
    for model in models.all() {
        let (Some(Some(clips)), Some(over_time)) = (tracks.next(), tracks.next()) else { return Err(missing()) };
        said.push(ModelAnalysis::of(model, &clips, over_time.as_ref()).map_err(crashed)?);
        decoded.get_or_insert(clips.decoded);
    }
    let decoded = decoded.ok_or_else(missing)?;
    let drawn =
        audio.map(Pictures::of).transpose().map_err(|error| Failure::new(FailureKind::Crashed, chain(&error)))?;
    took.listening = start.elapsed().as_secs_f64();
    let lost = (!decoded.is_whole()).then(|| decoded.to_string());
    Ok(Analysis { name, took, seconds: decoded.seconds, lost, models: said, drawn: drawn.flatten() })
}

/// A model's fault, as that of the song that showed it.
pub fn crashed(error: model::Error) -> Failure {
    Failure::new(FailureKind::Crashed, chain(&error))
}

impl ModelAnalysis {
    fn of(model: &Served, clips: &TrackFeatures, over_time: Option<&TrackFeatures>) -> model::Result<Self> {
        let bundle = model.listener.bundle();
        let verdict = model.listener.verdict(clips)?;
        // A song too long for rows over time has its clips for a picture.
        let (rows, cut) = over_time.map_or((clips, &model.clips), |rows| (rows, &model.over_time));
        let probabilities = bundle.clip_probabilities(rows)?;
        let ribbon = Ribbon::new(model, rows, cut, probabilities);
        let why = match verdict.top.first() {
            Some(best) if cut_has_columns(&model.clips) => {
                Some(Why::of(bundle.explain(clips, &best.genre, REASONS)?))
            }
            _ => None,
        };
        Ok(Self { model: model.name.clone(), verdict, ribbon, why })
    }
}

/// Whether the rows of a cut have named columns.
fn cut_has_columns(cut: &Cut) -> bool {
    cut.spec.descriptors().is_some()
}

impl Ribbon {
    fn new(model: &Served, rows: &TrackFeatures, cut: &Cut, probabilities: Vec<Vec<f32>>) -> Self {
        let rate = f64::from(cut.spec.sample_rate());
        let length = cut.spec.clip_length().seconds();
        Self {
            hop: if cut.hop.is_some() { HOP } else { length },
            window: length,
            genres: model.listener.bundle().labels().names().to_vec(),
            times: rows.clips.iter().map(|clip| clip.start_sample as f64 / rate).collect(),
            probabilities,
            silent: rows.clips.iter().map(|clip| clip.silent).collect(),
        }
    }
}

impl Why {
    fn of(explanation: model::Explanation) -> Self {
        let model::Explanation { method, genre, columns } = explanation;
        let reason = |influence: model::Influence| {
            let words = describe_column(&influence.column);
            let model::Influence { column, value, low, high, effect } = influence;
            Reason { column, words: words.words, unit: words.unit, value, low, high, effect }
        };
        Self { method, genre, columns: columns.into_iter().map(reason).collect() }
    }
}

//! What the model says of a song.

use dsp::{ClipFeatures, DecodeReport, TrackFeatures};
use serde::{Deserialize, Serialize, Serializer};

use crate::{Doubt, Error, LabelSet, ModelBundle, Result, song};

/// The word for a verdict that names no genre.
pub const UNSURE: &str = "unsure";

/// What a model says of one song; as JSON it is what `gtzan predict --json` prints of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(from = "Told")]
pub struct Verdict {
    /// The most probable genre; `None` where it should not be believed, in JSON `"unsure"`.
    #[serde(serialize_with = "or_unsure")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub genre: Option<String>,
    /// Probability of the most probable genre, 0 to 1.
    pub confidence: f32,
    /// Why no genre is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
    /// All genres, the most probable first; of equals, the one that comes first in the label set.
    pub top: Vec<GenreScore>,
    /// The clips in their order.
    pub clips: Vec<ClipVerdict>,
    /// What is known of the decoding; in JSON only where something of the song is missing.
    #[serde(skip_serializing_if = "DecodeReport::is_whole")]
    pub decoded: DecodeReport,
}

/// A genre with its probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GenreScore {
    /// The genre's name.
    pub genre: String,
    /// Its probability, 0 to 1.
    pub probability: f32,
}

/// What a model says of a piece of a song.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClipVerdict {
    /// Where the clip starts, in seconds from the start of the song; absent of a row of a table, which has no place in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<f64>,
    /// Where it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<f64>,
    /// Its most probable genre; [`UNSURE`] where it is silent, since a network names a genre for silence as well.
    pub genre: String,
    /// That genre's probability, 0 to 1; 0 where the clip is silent.
    pub probability: f32,
    /// Whether it is digital silence ([`dsp::ClipFeatures::silent`]): it then has no part in the song's verdict. In JSON only where it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
}

/// A [`Verdict`] as it is read: the word alone does not tell a genre that is called `unsure` from a doubt.
#[derive(Deserialize)]
struct Told {
    genre: String,
    confidence: f32,
    #[serde(default)]
    doubt: Option<Doubt>,
    top: Vec<GenreScore>,
    clips: Vec<ClipVerdict>,
    #[serde(default)]
    decoded: DecodeReport,
}

impl From<Told> for Verdict {
    fn from(Told { genre, confidence, doubt, top, clips, decoded }: Told) -> Self {
        Self { genre: doubt.is_none().then_some(genre), confidence, doubt, top, clips, decoded }
    }
}

fn or_unsure<S: Serializer>(genre: &Option<String>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(genre.as_deref().unwrap_or(UNSURE))
}

/// The verdict on a song from the features of its clips.
pub(crate) fn verdict(bundle: &ModelBundle, track: &TrackFeatures) -> Result<Verdict> {
    let TrackFeatures { clips, decoded } = track;
    let rate = f64::from(bundle.inputs().audio()?.sample_rate());
    let rows = rows_of(track)?;
    let probabilities = bundle.probabilities(&rows)?;
    let (unheard, voting) = song::voting(track);
    let said = clips.iter().zip(&probabilities);
    let said = said.map(|(clip, probabilities)| of_clip(clip, probabilities, bundle.labels(), rate)).collect();
    let verdict = judge(bundle, &rows, &probabilities, &voting, unheard);
    Ok(Verdict { clips: said, decoded: decoded.clone(), ..verdict })
}

/// The rows of a track's clips, of which there must be one.
fn rows_of(track: &TrackFeatures) -> Result<Vec<Vec<f32>>> {
    let rows: Vec<Vec<f32>> = track.clips.iter().map(|clip| song::row_f32(&clip.values)).collect();
    if rows.is_empty() { Err(Error::NoRows) } else { Ok(rows) }
}

impl ModelBundle {
    /// The probabilities of all genres in each clip of a track whose features are at hand, `[clips][genres]`, of silent clips
    /// too. They are those of the model's own [`inputs`](Self::inputs); clips of another length are judged as if they had the
    /// model's.
    ///
    /// # Errors
    ///
    /// [`Error::NotAudio`] of a model of a table; otherwise as for [`Listener::verdict`](crate::Listener::verdict).
    pub fn clip_probabilities(&self, track: &TrackFeatures) -> Result<Vec<Vec<f32>>> {
        self.inputs().audio()?;
        self.probabilities(&rows_of(track)?)
    }

    /// The verdicts on songs whose rows are at hand, as they stand in a table of the model's [`inputs`](Self::inputs): a
    /// song's rows vote together, each as a clip without a place in time.
    ///
    /// # Errors
    ///
    /// A song without rows; a row that has not as many values as the model has inputs, or one that is not finite; a device that
    /// fails. Rows in messages are counted from 0 through all songs.
    pub fn verdicts<R: AsRef<[f32]>>(&self, songs: &[Vec<R>]) -> Result<Vec<Verdict>> {
        if songs.iter().any(Vec::is_empty) {
            return Err(Error::NoRows);
        }
        let rows: Vec<&[f32]> = songs.iter().flatten().map(AsRef::as_ref).collect();
        let mut probabilities = self.probabilities(&rows)?.into_iter();
        let verdict = |rows: &Vec<R>| {
            let probabilities: Vec<Vec<f32>> = probabilities.by_ref().take(rows.len()).collect();
            let of_row = |probabilities: &Vec<f32>| of_row(probabilities, self.labels());
            let clips = probabilities.iter().map(of_row).collect();
            Verdict { clips, ..judge(self, rows, &probabilities, &vec![true; rows.len()], None) }
        };
        Ok(songs.iter().map(verdict).collect())
    }
}

/// The verdict of the clips that vote, without saying what each of them said.
fn judge<R: AsRef<[f32]>>(
    bundle: &ModelBundle,
    rows: &[R],
    probabilities: &[Vec<f32>],
    voting: &[bool],
    unheard: Option<Doubt>,
) -> Verdict {
    let voting = || rows.iter().zip(probabilities).zip(voting).filter(|(_, votes)| **votes).map(|(clip, _)| clip);
    let top = rank(&song::mean(voting().map(|(_, probabilities)| probabilities)), bundle.labels());
    let shares: Vec<f64> = voting().map(|(row, _)| bundle.transform().out_of_range_share(row.as_ref())).collect();
    let confidence = top.first().map_or(0.0, |best| best.probability);
    let doubt = unheard.or_else(|| bundle.abstention().doubt(confidence, song::out_of_range(&shares)));
    let genre = top.first().filter(|_| doubt.is_none()).map(|best| best.genre.clone());
    Verdict { genre, confidence, doubt, top, clips: Vec::new(), decoded: DecodeReport::default() }
}

fn of_clip(clip: &ClipFeatures, probabilities: &[f32], labels: &LabelSet, rate: f64) -> ClipVerdict {
    let start = clip.start_sample as f64 / rate;
    let (start, end) = (Some(start), Some(start + clip.samples as f64 / rate));
    match clip.silent {
        true => ClipVerdict { start, end, genre: UNSURE.to_owned(), probability: 0.0, silent: true },
        false => ClipVerdict { start, end, ..of_row(probabilities, labels) },
    }
}

fn of_row(probabilities: &[f32], labels: &LabelSet) -> ClipVerdict {
    let best = song::most_probable(probabilities);
    let said = labels.names().get(best).zip(probabilities.get(best));
    let (genre, probability) = said.map_or((UNSURE, 0.0), |(genre, &probability)| (genre.as_str(), probability));
    ClipVerdict { start: None, end: None, genre: genre.to_owned(), probability, silent: false }
}

/// The genres with their probabilities, best first; of equals, the one that comes first in the label set.
fn rank(probabilities: &[f32], labels: &LabelSet) -> Vec<GenreScore> {
    let scores = labels.names().iter().zip(probabilities);
    let mut scores: Vec<GenreScore> =
        scores.map(|(genre, &probability)| GenreScore { genre: genre.clone(), probability }).collect();
    scores.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict() -> Verdict {
        let clip = |start: f64, silent: bool| ClipVerdict {
            start: Some(start),
            end: Some(start + 30.0),
            genre: if silent { UNSURE } else { "jazz" }.into(),
            probability: if silent { 0.0 } else { 0.75 },
            silent,
        };
        Verdict {
            genre: Some("jazz".into()),
            confidence: 0.75,
            doubt: None,
            top: vec![GenreScore { genre: "jazz".into(), probability: 0.75 }],
            clips: vec![clip(0.0, false), clip(30.0, true)],
            decoded: DecodeReport::default(),
        }
    }

    #[test]
    fn json_is_what_predict_prints() {
        let json = r#"{"genre":"jazz","confidence":0.75,"top":[{"genre":"jazz","probability":0.75}],"clips":[{"start":0.0,"end":30.0,"genre":"jazz","probability":0.75},{"start":30.0,"end":60.0,"genre":"unsure","probability":0.0,"silent":true}]}"#;
        assert_eq!(serde_json::to_string(&verdict()).unwrap(), json);
        assert_eq!(serde_json::from_str::<Verdict>(json).unwrap(), verdict());
    }

    #[test]
    fn a_doubt_is_unsure_with_its_reason() {
        let doubted = Verdict { genre: None, doubt: Some(Doubt::LowConfidence), ..verdict() };
        let json = serde_json::to_string(&doubted).unwrap();
        assert!(json.starts_with(r#"{"genre":"unsure","confidence":0.75,"doubt":"low-confidence","#), "{json}");
        assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), doubted);
    }

    #[test]
    fn what_was_lost_in_decoding_is_told() {
        let decoded =
            DecodeReport { packets: 10, packets_lost: 1, seconds: 9.0, seconds_lost: 1.0, ..Default::default() };
        let broken = Verdict { decoded, ..verdict() };
        let json = serde_json::to_string(&broken).unwrap();
        assert!(json.contains(r#""packets_lost":1"#), "{json}");
        assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), broken);
    }

    #[test]
    fn genres_are_ranked_and_equals_stay_in_the_order_of_the_labels() {
        let labels = LabelSet::new(["a", "b", "c", "d"].map(String::from).to_vec()).unwrap();
        let top = rank(&[0.125, 0.375, 0.125, 0.375], &labels);
        assert_eq!(top.iter().map(|score| score.genre.as_str()).collect::<Vec<_>>(), ["b", "d", "a", "c"]);
    }
}

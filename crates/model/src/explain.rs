//! Why a song is taken for a genre: which measurements speak for it, and which against.

use dsp::{ClipFeatures, TrackFeatures};
use serde::{Deserialize, Serialize};

use crate::song::{row_f32, voting};
use crate::{Error, ModelBundle, Result};

/// Clips that are asked about at most: their number times that of the columns is what the network computes.
const CLIPS: usize = 8;

/// An effect that is no greater is rounding: probabilities are `f32`.
const ROUNDING: f64 = 1e-6;

/// How influence was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// The network is asked again with one column at the average of the training rows and all others as they are.
    Counterfactual,
}

/// What speaks for and against a genre in a song, as a model hears it.
///
/// It tells what the network's probability rests on, not what makes a genre: columns are correlated, so that one may seem to
/// matter little because others say the same, and effects don't add up to the probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// How influence was measured.
    pub method: Method,
    /// The genre that is spoken for or against.
    pub genre: String,
    /// First the columns that speak for it, the strongest first, then those that speak against it, the strongest first.
    pub columns: Vec<Influence>,
}

/// A column's influence on the probability of a genre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Influence {
    /// Name of the column; [`dsp::describe_column`] has words for it.
    pub column: String,
    /// Its mean over the song's clips that have a vote, in raw units.
    pub value: f64,
    /// The lower quartile of the genre's own training rows, in raw units; `None` where the model doesn't know it.
    pub low: Option<f64>,
    /// The upper quartile.
    pub high: Option<f64>,
    /// The genre's probability, 0 to 1, less what it would be were this column average; greater than 0 speaks for the genre.
    pub effect: f32,
}

impl ModelBundle {
    /// What speaks for and against `genre` in a song: the `most` columns with the greatest effects above 0, then the `most`
    /// with the least below.
    ///
    /// The method is counterfactual. A column's effect is the probability of the genre minus its probability with this one
    /// column at the average of the training rows, which is 0 among the network's inputs (with
    /// [`Transform::Rank`](crate::Transform::Rank) about the median in raw units). It is averaged over the clips that have a
    /// vote, of which at most 8, evenly spread, are asked about. A column whose effect is not above rounding, one in a million,
    /// has none.
    ///
    /// # Errors
    ///
    /// [`Error::NotAudio`] of a model of a table, [`Error::NoColumns`] of one of spectrograms, [`Error::UnknownGenre`]; no
    /// clips, a clip that has not as many values as the model has inputs or one that is not finite, and a device that fails.
    /// Rows in messages are clips, counted from 0 among those that have a vote.
    pub fn explain(&self, track: &TrackFeatures, genre: &str, most: usize) -> Result<Explanation> {
        self.inputs().audio()?;
        let names = self.inputs().columns();
        if names.is_empty() {
            return Err(Error::NoColumns);
        }
        let class = self
            .labels()
            .index_of(genre)
            .ok_or_else(|| Error::UnknownGenre { genre: genre.to_owned(), known: self.labels().names().join(", ") })?;
        let (_, votes) = voting(track);
        let clips: Vec<&ClipFeatures> =
            track.clips.iter().zip(votes).filter(|(_, votes)| *votes).map(|(clip, _)| clip).collect();
        if clips.is_empty() {
            return Err(Error::NoRows);
        }
        let rows: Vec<Vec<f32>> = clips.iter().map(|clip| row_f32(&clip.values)).collect();
        // All of them, so that a row that is none is found.
        let inputs = self.transform().apply(&rows, 0)?;
        let effects = self.effects(&inputs, class)?;

        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by(|&a, &b| effects[b].total_cmp(&effects[a]));
        let speaks_for = order.iter().take(most).filter(|&&column| effects[column] > ROUNDING);
        let against = order.iter().rev().take(most).filter(|&&column| effects[column] < -ROUNDING);
        let influence = |&column: &usize| {
            let sum: f64 = clips.iter().map(|clip| clip.values[column]).sum();
            let range = self.facts().genre_ranges.as_ref().and_then(|ranges| ranges.of(genre, column));
            let (low, high) = range.unzip();
            let value = sum / clips.len() as f64;
            Influence { column: names[column].clone(), value, low, high, effect: effects[column] as f32 }
        };
        let columns = speaks_for.chain(against).map(influence).collect();
        Ok(Explanation { method: Method::Counterfactual, genre: genre.to_owned(), columns })
    }

    /// Of each column its mean effect on the probability of a class over some clips, whose inputs to the network follow each
    /// other in `inputs`.
    fn effects(&self, inputs: &[f32], class: usize) -> Result<Vec<f64>> {
        let columns = self.inputs().len();
        let clips: Vec<&[f32]> = inputs.chunks_exact(columns).collect();
        let count = clips.len().min(CLIPS);
        let mut effects = vec![0.0; columns];
        for clip in (0..count).map(|at| at * clips.len() / count) {
            // The row as it is, and after it with each column in turn at its average.
            let mut asked = clips[clip].repeat(columns + 1);
            for (column, values) in asked.chunks_exact_mut(columns).skip(1).enumerate() {
                values[column] = 0.0;
            }
            let said = self.classifier().probabilities_of_inputs(&asked, clip)?;
            let probability = |row: &Vec<f32>| f64::from(row[class]);
            let as_it_is = said.first().map_or(0.0, probability);
            for (effect, without) in effects.iter_mut().zip(said.iter().skip(1).map(probability)) {
                *effect += (as_it_is - without) / count as f64;
            }
        }
        Ok(effects)
    }
}

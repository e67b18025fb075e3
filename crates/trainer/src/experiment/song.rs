//! What networks made of the songs that they were tested on.

use std::path::Path;
use std::sync::Arc;

use model::song::most_probable;

use super::{Experiment, Tested};
use crate::evaluation::Report;

/// A tested song and what the network made of it.
#[derive(Debug, Clone)]
pub struct Song {
    /// The track.
    pub track: String,
    /// Index of its genre.
    pub label: usize,
    /// Fold that tested it, from 0.
    pub fold: usize,
    /// Probability of each genre.
    pub probabilities: Vec<f32>,
    /// Its file, where the features came from audio.
    pub path: Option<Arc<Path>>,
}

impl Song {
    /// Index of the most probable genre.
    pub fn verdict(&self) -> usize {
        most_probable(&self.probabilities)
    }

    /// Its probability.
    pub fn confidence(&self) -> f64 {
        self.probabilities.get(self.verdict()).copied().map_or(0.0, f64::from)
    }

    /// Whether the verdict is the truth.
    pub fn is_right(&self) -> bool {
        self.verdict() == self.label
    }
}

impl Experiment {
    /// The songs that the first seed was tested on, fold after fold.
    pub fn songs(&self, tested: &[Tested]) -> Vec<Song> {
        let table = &self.table;
        let tracks = table.tracks();
        let mut songs = Vec::new();
        for (round, tested) in self.rounds.iter().zip(tested).take(self.folds()) {
            for (track, label, probabilities) in Report::songs(table, &round.split.test, &tested.probabilities) {
                let first = tracks.get(track).and_then(|rows| table.rows.get(*rows.first()?));
                let path = first.and_then(|row| row.path.clone());
                songs.push(Song { track: track.to_owned(), label, fold: round.fold, probabilities, path });
            }
        }
        songs
    }
}

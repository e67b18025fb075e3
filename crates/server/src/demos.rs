//! Demo clips, which the program plays itself.

use std::collections::HashMap;

use axum::body::Bytes;
use synth::{CorpusOptions, CorpusTrack, corpus};
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

/// Length of a clip in s.
pub const SECONDS: f64 = 30.0;

/// One of each style.
const OPTIONS: CorpusOptions = CorpusOptions { tracks_per_genre: 1, seconds: SECONDS, seed: 7 };

/// The clips that there are.
pub fn tracks() -> impl Iterator<Item = CorpusTrack> {
    corpus(&OPTIONS).into_iter().flatten()
}

/// What a clip is called.
pub fn file_name(track: &CorpusTrack) -> String {
    format!("{}.wav", track.style())
}

/// Clips that were asked for, each played once: 1.3 MB.
pub struct Demos(HashMap<String, OnceCell<Bytes>>);

impl Default for Demos {
    fn default() -> Self {
        Self(tracks().map(|track| (file_name(&track), OnceCell::new())).collect())
    }
}

impl Demos {
    /// A clip as a WAV, or what is wrong, which would be a defect. However many ask, one thread plays it.
    pub async fn wav(&self, track: CorpusTrack) -> Result<Bytes, String> {
        let cell = self.0.get(&file_name(&track)).ok_or("there is no such clip")?;
        let play = async || {
            let played = spawn_blocking(move || track.wav()).await.map_err(|error| error.to_string())?;
            played.map(Bytes::from).map_err(|error| error.to_string())
        };
        cell.get_or_try_init(play).await.cloned()
    }
}

//! What the page draws of a song.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dsp::AudioBuffer;
use plot::Analysis;
use serde::Serialize;
use utoipa::ToSchema;

/// Columns of a waveform.
const COLUMNS: usize = 1200;

/// Pictures and figures of a song.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Pictures {
    picture: Picture,
    /// Absent where nothing strikes up.
    #[serde(skip_serializing_if = "Option::is_none")]
    tempo: Option<Tempo>,
    /// How much of each pitch class there is, C first; the greatest is 1.
    #[schema(min_items = 12, max_items = 12)]
    chroma: Vec<f32>,
    loudness: Loudness,
}

/// What lies over the axis of time.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Picture {
    /// Length of the axis in s.
    seconds: f64,
    /// The least and the greatest sample in each column, −1 to 1.
    waveform: Vec<[f32; 2]>,
    /// A mel spectrogram without axes, low frequencies at the bottom, as the address of a PNG.
    #[schema(example = "data:image/png;base64,iVBORw0KGgo=")]
    mel: String,
    /// Where round frequencies lie in it.
    mel_ticks: Vec<Tick>,
}

/// A frequency on an axis.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
struct Tick {
    /// In Hz.
    hz: f64,
    /// Where it lies, from the bottom, 0 to 1.
    at: f64,
}

/// Speed.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Tempo {
    /// Beats a minute.
    bpm: f64,
    /// When they are, in s.
    beats: Vec<f64>,
}

/// Loudness in dB below full scale.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
struct Loudness {
    /// Root of the mean square.
    rms_dbfs: f64,
    /// The sample farthest from 0.
    peak_dbfs: f64,
}

impl Pictures {
    /// Draws a song; `None` of one too short to be drawn.
    pub fn of(audio: AudioBuffer) -> plot::Result<Option<Self>> {
        if audio.samples.len() < dsp::MIN_CLIP_SAMPLES {
            return Ok(None);
        }
        let analysis = Analysis::of(audio)?;
        let bpm = analysis.tempo();
        let loudness = analysis.loudness();
        let ticks = analysis.mel_ticks().into_iter().map(|(hz, at)| Tick { hz, at });
        let picture = Picture {
            seconds: analysis.audio().duration(),
            waveform: analysis.waveform(COLUMNS),
            mel: format!("data:image/png;base64,{}", STANDARD.encode(analysis.mel_image()?)),
            mel_ticks: ticks.collect(),
        };
        Ok(Some(Self {
            picture,
            tempo: (bpm > 0.0).then(|| Tempo { bpm, beats: analysis.beat_times() }),
            chroma: analysis.chroma_mean().to_vec(),
            loudness: Loudness { rms_dbfs: loudness.rms_dbfs, peak_dbfs: loudness.peak_dbfs },
        }))
    }
}

//! What FFmpeg hears, and how much of a recording a decoding has.

use std::path::Path;
use std::process::{Command, Stdio};

/// Samples that are looked for together.
const WINDOW: usize = 512;

/// Furthest that a window may have moved, in samples: what a page of Ogg holds.
const REACH: isize = 3_000;

/// Least correlation of a window that counts as heard.
const ALIKE: f64 = 0.9;

/// Whether FFmpeg is installed.
pub fn is_installed() -> bool {
    Command::new("ffmpeg")
        .arg("-version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// The mean of all channels at the file's own rate; empty where FFmpeg decodes nothing.
pub fn decode(path: &Path) -> Vec<f32> {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "quiet", "-i"]).arg(path);
    // As WAV, which tells the channels.
    command.args(["-map", "0:a:0", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"]);
    let wav = command.output().unwrap().stdout;
    let Some(data) = wav.windows(4).position(|name| name == b"data") else { return Vec::new() };
    let channels = usize::from(u16::from_le_bytes([wav[22], wav[23]]));
    let samples: Vec<f32> = wav[data + 8..].as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    samples.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32).collect()
}

/// The share of a recording's windows that are somewhere near their place in `heard`.
pub fn share(heard: &[f32], whole: &[f32]) -> f64 {
    let mut lag = 0;
    let windows = whole.chunks_exact(WINDOW).enumerate();
    let found = windows.filter(|(index, window)| {
        let like = |lag: isize| {
            let start = (index * WINDOW) as isize + lag;
            let there = usize::try_from(start).ok().and_then(|start| heard.get(start..start + WINDOW));
            there.is_some_and(|there| correlation(there, window) > ALIKE)
        };
        let nearest = (0..=REACH).flat_map(|distance| [lag + distance, lag - distance]).find(|&lag| like(lag));
        lag = nearest.unwrap_or(lag);
        nearest.is_some()
    });
    found.count() as f64 / (whole.len() / WINDOW) as f64
}

fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    f64::from(dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-9))
}

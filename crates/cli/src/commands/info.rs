//! `gtzan info`: what is known of an audio file.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use dsp::{
    AudioInput, AudioReader, ClipLength, Convention, DecodeReport, FEATURE_NAMES, FeatureExtractor, FeatureSpec,
    LoadOptions, MIN_CLIP_SAMPLES,
};
use serde::Serialize;

use crate::console;
use crate::input;

/// Files of up to so many seconds are described as a whole; an analysis needs about 0.7 MB for each.
const WHOLE_SECONDS: usize = 300;
/// Longer ones are described by the mean over pieces of so many seconds, the last one what is left.
const PIECE_SECONDS: usize = 30;

/// Tell what is known of an audio file: format, length, loudness, tempo and the 57 features.
///
/// Loudness (RMS and peak in dB of full scale) and features are those of the channels' mean at 22 050 Hz, with the numbers
/// of librosa 0.7 as in the dataset's CSV. The features of a file of up to 5 minutes are those of the whole; a longer one, of
/// any length, is described by the means over its pieces of 30 s. `-` reads from standard input.
#[derive(clap::Args)]
pub struct Args {
    /// The audio file.
    #[arg(value_name = "AUDIO")]
    audio: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Info {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_percent_encoded: Option<String>,
    container: &'static str,
    codec: &'static str,
    /// Hz.
    rate: u32,
    channels: Option<usize>,
    seconds: f64,
    /// Levels relative to full scale in dB; absent for silence.
    peak_dbfs: Option<f64>,
    rms_dbfs: Option<f64>,
    decoded: DecodeReport,
    #[serde(flatten)]
    described: Option<Described>,
}

/// The descriptors; absent where there is less than one analysis window of sound.
#[derive(Serialize)]
struct Described {
    /// Beats per minute.
    tempo: f64,
    /// How many pieces of 30 s the features are the means of; absent where they are of the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pieces: Option<usize>,
    features: BTreeMap<&'static str, f64>,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let audio = match input::is_standard(&args.audio) {
        true => input::standard().map_err(|failure| anyhow!("-: {failure}"))?,
        false => AudioInput::from(&args.audio),
    };
    let mut reader = AudioReader::open(audio, &LoadOptions::default()).map_err(|error| anyhow!("{error}"))?;
    let mut level = Level::default();
    let mut description = Description::new();
    let piece = PIECE_SECONDS * reader.rate() as usize;
    let mut block = Vec::with_capacity(piece);
    while reader.read(&mut block, piece)? > 0 {
        level.hear(&block);
        description.hear(&block)?;
        block.clear();
    }
    let format = reader.format();
    let info = Info {
        path: args.audio.to_string_lossy().into_owned(),
        path_percent_encoded: console::lossless(&args.audio),
        container: format.container,
        codec: format.codec,
        rate: format.rate,
        channels: format.channels,
        seconds: level.samples as f64 / f64::from(reader.rate()),
        peak_dbfs: decibels(level.peak.into()),
        rms_dbfs: decibels((level.power / level.samples.max(1) as f64).sqrt()),
        decoded: reader.report().clone(),
        described: description.end()?,
    };
    let mut out = console::results();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&info)?)?;
    } else {
        info.tell(&mut out)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// How loud a stream is.
#[derive(Default)]
struct Level {
    samples: u64,
    peak: f32,
    power: f64,
}

impl Level {
    fn hear(&mut self, block: &[f32]) {
        self.samples += block.len() as u64;
        self.peak = block.iter().fold(self.peak, |peak, sample| peak.max(sample.abs()));
        self.power += block.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>();
    }
}

fn decibels(amplitude: f64) -> Option<f64> {
    (amplitude > 0.0).then(|| 20.0 * amplitude.log10())
}

/// The features of a stream that comes in pieces.
struct Description {
    extractor: FeatureExtractor,
    /// All samples so far, as long as they are few enough to be described as a whole; then nothing.
    whole: Vec<f32>,
    pieces: usize,
    samples: usize,
    /// Of each column over the pieces, each weighing as much as it is long.
    sums: Vec<f64>,
}

impl Description {
    fn new() -> Self {
        let spec = FeatureSpec::features(Convention::Librosa07, ClipLength::TRACK);
        let extractor = FeatureExtractor::new(&spec);
        Self { extractor, whole: Vec::new(), pieces: 0, samples: 0, sums: vec![0.0; FEATURE_NAMES.len()] }
    }

    fn hear(&mut self, piece: &[f32]) -> anyhow::Result<()> {
        let longest = WHOLE_SECONDS * self.extractor.spec().sample_rate() as usize;
        if self.pieces == 0 && self.whole.len() + piece.len() <= longest {
            self.whole.extend_from_slice(piece);
            return Ok(());
        }
        let before = std::mem::take(&mut self.whole);
        let length = PIECE_SECONDS * self.extractor.spec().sample_rate() as usize;
        before.chunks(length).chain([piece]).try_for_each(|piece| self.add(piece))
    }

    fn add(&mut self, piece: &[f32]) -> anyhow::Result<()> {
        // The rest at the end may be shorter than an analysis window.
        if piece.len() >= MIN_CLIP_SAMPLES {
            let row = self.extractor.extract(piece)?;
            let weight = piece.len() as f64;
            self.sums.iter_mut().zip(&row.values).for_each(|(sum, value)| *sum += weight * value);
            self.pieces += 1;
            self.samples += piece.len();
        }
        Ok(())
    }

    fn end(mut self) -> anyhow::Result<Option<Described>> {
        let pieces = (self.pieces > 0).then_some(self.pieces);
        if pieces.is_none() {
            let whole = std::mem::take(&mut self.whole);
            self.add(&whole)?;
        }
        if self.pieces == 0 {
            return Ok(None);
        }
        let means = self.sums.iter().map(|sum| sum / self.samples as f64);
        let features: BTreeMap<&str, f64> = FEATURE_NAMES.into_iter().zip(means).collect();
        let Some(&tempo) = features.get("tempo") else { bail!("the features have no tempo") };
        Ok(Some(Described { tempo, pieces, features }))
    }
}

impl Info {
    fn tell(&self, out: &mut impl Write) -> io::Result<()> {
        let level = |decibels: Option<f64>| decibels.map_or("silence".to_owned(), |value| format!("{value:.1} dBFS"));
        let channels = self.channels.map_or(String::new(), |count| match count {
            1 => ", mono".to_owned(),
            2 => ", stereo".to_owned(),
            more => format!(", {more} channels"),
        });
        let minutes = (self.seconds / 60.0).floor();
        writeln!(out, "{}", console::escaped(&self.path))?;
        writeln!(out, "{:<26}{}, {}", "format", self.container, self.codec)?;
        writeln!(out, "{:<26}{} Hz{channels}", "sampling rate", self.rate)?;
        writeln!(out, "{:<26}{minutes}:{:06.3} min", "length", self.seconds - 60.0 * minutes)?;
        if !self.decoded.is_whole() {
            writeln!(out, "{:<26}{}", "lost in decoding", self.decoded)?;
        }
        if self.decoded.channels_cancel {
            writeln!(out, "{:<26}they cancel each other out: their mean is silent", "channels")?;
        }
        writeln!(out, "{:<26}{} RMS, {} peak", "loudness", level(self.rms_dbfs), level(self.peak_dbfs))?;
        let Some(Described { tempo, pieces, features }) = &self.described else {
            return writeln!(out, "{:<26}none: they need {MIN_CLIP_SAMPLES} samples at 22050 Hz", "features");
        };
        writeln!(out, "{:<26}{tempo:.1} BPM", "tempo")?;
        if let Some(pieces) = pieces {
            writeln!(out, "{:<26}means over {pieces} pieces of {PIECE_SECONDS} s", "features")?;
        }
        writeln!(out, "\n{:<26}{:>14}{:>14}  unit", "feature", "mean", "variance")?;
        let of = |column: String| number(features.get(column.as_str()).copied().unwrap_or_default());
        let plain = PLAIN.iter().map(|&(column, name, unit)| (column.to_owned(), name.to_owned(), unit));
        let mfccs = (1..=20).map(|k| (format!("mfcc{k}"), format!("MFCC {k}"), "dB"));
        for (column, name, unit) in plain.chain(mfccs) {
            let (mean, variance) = (of(format!("{column}_mean")), of(format!("{column}_var")));
            writeln!(out, "{name:<26}{mean:>14}{variance:>14}  {unit}")?;
        }
        Ok(())
    }
}

/// Columns of the dataset's CSV, what they are called, and their units; the tempo and the MFCCs stand apart.
const PLAIN: [(&str, &str, &str); 8] = [
    ("chroma_stft", "chroma", "share of the strongest pitch class"),
    ("rms", "RMS", "of full scale"),
    ("spectral_centroid", "spectral centroid", "Hz"),
    ("spectral_bandwidth", "spectral bandwidth", "Hz"),
    ("rolloff", "85 % roll-off", "Hz"),
    ("zero_crossing_rate", "zero-crossing rate", "crossings per sample"),
    ("harmony", "harmonic part", "of full scale"),
    ("perceptr", "percussive part", "of full scale"),
];

/// Five significant digits.
fn number(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    match digits {
        -4..=9 => format!("{value:.*}", (4 - digits).max(0) as usize),
        _ => format!("{value:.4e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_a_plain_name() {
        let mut columns: Vec<String> =
            PLAIN.iter().flat_map(|(column, ..)| [format!("{column}_mean"), format!("{column}_var")]).collect();
        columns.push("tempo".to_owned());
        columns.extend((1..=20).flat_map(|k| [format!("mfcc{k}_mean"), format!("mfcc{k}_var")]));
        assert_eq!(columns, FEATURE_NAMES);
    }

    #[test]
    fn numbers_have_five_digits() {
        let written = [0.0, 0.123_456, -113.570_648, 129_774.064_5, 1.2e-8].map(number);
        assert_eq!(written, ["0.0000", "0.12346", "-113.57", "129774", "1.2000e-8"]);
    }
}

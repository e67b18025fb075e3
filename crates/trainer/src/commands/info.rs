//! `gtzan info`: what is known of an audio file.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use dsp::{AudioReader, Convention, FEATURE_NAMES, FeatureExtractor, FeatureSpec, LoadOptions};
use serde::Serialize;
use trainer::pictures;

/// Tell what is known of an audio file: format, length, loudness, tempo and the 57 features of the whole file.
///
/// Loudness (RMS and peak in dB of full scale) and features are those of the channels' mean at 22 050 Hz, with the numbers
/// of librosa 0.7 as in the dataset's CSV. At most 30 minutes can be described.
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
    container: &'static str,
    codec: &'static str,
    /// Hz.
    rate: u32,
    channels: Option<usize>,
    seconds: f64,
    /// Levels relative to full scale in dB; absent for silence.
    peak_dbfs: Option<f64>,
    rms_dbfs: Option<f64>,
    /// Beats per minute.
    tempo: f64,
    features: BTreeMap<&'static str, f64>,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let format = AudioReader::open(&args.audio, &LoadOptions::default())?.format();
    let audio = pictures::audio(&args.audio)?;
    let samples = &audio.samples;
    let spec = FeatureSpec::features(Convention::Librosa07, audio.duration());
    let row = FeatureExtractor::new(&spec).and_then(|mut extractor| extractor.extract(samples));
    let row = row.map_err(|error| anyhow::anyhow!("{}: {error}", args.audio.display()))?;

    let peak = samples.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    let power = samples.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>() / samples.len() as f64;
    let decibels = |amplitude: f64| (amplitude > 0.0).then(|| 20.0 * amplitude.log10());
    let features: BTreeMap<&str, f64> = FEATURE_NAMES.into_iter().zip(row.values.iter().copied()).collect();
    let info = Info {
        path: args.audio.display().to_string(),
        container: format.container,
        codec: format.codec,
        rate: format.rate,
        channels: format.channels,
        seconds: audio.duration(),
        peak_dbfs: decibels(f64::from(peak)),
        rms_dbfs: decibels(power.sqrt()),
        tempo: features.get("tempo").copied().unwrap_or_default(),
        features,
    };
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&info)?)?;
    } else {
        info.tell(&mut out)?;
    }
    Ok(ExitCode::SUCCESS)
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
        writeln!(out, "{}", self.path)?;
        writeln!(out, "{:<26}{}, {}", "format", self.container, self.codec)?;
        writeln!(out, "{:<26}{} Hz{channels}", "sampling rate", self.rate)?;
        writeln!(out, "{:<26}{minutes}:{:06.3} min", "length", self.seconds - 60.0 * minutes)?;
        writeln!(out, "{:<26}{} RMS, {} peak", "loudness", level(self.rms_dbfs), level(self.peak_dbfs))?;
        writeln!(out, "{:<26}{:.1} BPM", "tempo", self.tempo)?;
        writeln!(out, "\n{:<26}{:>14}{:>14}  unit", "feature", "mean", "variance")?;
        let of = |column: String| number(self.features.get(column.as_str()).copied().unwrap_or_default());
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

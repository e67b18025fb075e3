//! Whole tracks, from file to row: decoding, the classic features stage by stage, and the log-mel spectrogram, on one thread;
//! then the whole folder with one and two workers, and memory.
//!
//! ```text
//! cargo bench -p dsp --bench tracks -- [--json] [--convention librosa-0.11] [--descriptors extended] [FILE or FOLDER]...
//! cargo bench -p dsp --bench tracks -- [--descriptors extended] --once FILE
//! ```
//! Paths are absolute or relative to the crate. Without any it makes four tracks of its own. Every figure is the best of
//! five passes after one that warms up, per track, averaged over the tracks. Of an odd number of tracks one worker does one
//! more; naming a folder several times evens that out in the comparison of one worker with two. `librosa_peer.py` runs librosa
//! on the same files and prints the ratio.
//!
//! # Instructions
//! Times vary with the machine and its load, instruction counts hardly do. One pass over one track, process start included:
//!
//! ```text
//! cargo bench -p dsp --bench tracks --no-run       # prints the path of the executable
//! valgrind --tool=callgrind --callgrind-out-file=/dev/null EXECUTABLE --once blues.00000.wav
//! ```
//! 305 million for a GTZAN track of 661 794 samples under `librosa-0.7`, 508 with the extended descriptors. Of these 9 %
//! decode, 26 % are the forward and 33 % the inverse transform with medians and masks; 10 % fill new memory with zeros, which
//! only a worker's first clip needs. Valgrind 3.19 knows no AVX-512 and counts the AVX2 medians, which take 34 million
//! instructions; on processors with AVX-512 the real number is lower.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program that stops at the first fault and says so")]

mod signal;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use dsp::chroma::ChromaBank;
use dsp::hpss::{self, Hpss};
use dsp::mel::{MelBank, Reference, power_to_db};
use dsp::mfcc::Mfcc;
use dsp::onset::onset_strength;
use dsp::rhythm::Rhythm;
use dsp::spectral::SpectralShape;
use dsp::stft::{Padding, Stft};
use dsp::temporal::Temporal;
use dsp::tuning::TuningEstimator;
use dsp::{AUDIO_EXTENSIONS, ClipLength, Convention, Descriptors, FeatureExtractor, FeatureSpec, LoadOptions};
use serde_json::{Value, json};

const PASSES: usize = 5;
struct Options {
    json: bool,
    once: bool,
    convention: Convention,
    descriptors: Descriptors,
    tracks: Vec<PathBuf>,
}

impl Options {
    fn spec(&self) -> FeatureSpec {
        FeatureSpec::features(self.convention, ClipLength::TRACK).with_descriptors(self.descriptors).unwrap()
    }
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    if options.once {
        row(&mut FeatureExtractor::new(&options.spec()), &options.tracks[0]);
        return;
    }
    let resident = status("VmRSS");
    let (one_ms, one_peak) = (folder_ms(&options, 1), status("VmHWM"));
    let (two_ms, two_peak) = (folder_ms(&options, 2), status("VmHWM"));

    let tracks: Vec<_> = options.tracks.iter().map(|track| track_ms(track, &options)).collect();
    let mean = |index: usize| tracks.iter().map(|track| track[index].1).sum::<f64>() / tracks.len() as f64;
    let figures: Vec<_> = tracks[0].iter().enumerate().map(|(index, (name, _))| (*name, mean(index))).collect();
    let samples = options.tracks.iter().map(|track| load(track).len()).sum::<usize>() / tracks.len();
    let report = json!({
        "tracks": options.tracks.len(),
        "convention": options.convention.to_string(),
        "samples": samples,
        "ms": figures,
        "folder_ms": { "1 worker": one_ms, "2 workers": two_ms },
        "memory_kb": { "at start": resident, "peak, 1 worker": one_peak, "peak, 2 workers": two_peak },
    });
    if options.json { println!("{report}") } else { print(&report) }
}

fn options(scratch: &Path) -> Options {
    let (convention, descriptors) = (Convention::Librosa07, Descriptors::Classic);
    let mut options = Options { json: false, once: false, convention, descriptors, tracks: Vec::new() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // What cargo passes to every bench.
            "--bench" => (),
            "--json" => options.json = true,
            "--once" => options.once = true,
            "--convention" => {
                options.convention = arguments.next().unwrap_or_default().parse().unwrap();
            }
            "--descriptors" => {
                options.descriptors = arguments.next().unwrap_or_default().parse().unwrap();
            }
            _ => collect(Path::new(&argument), &mut options.tracks),
        }
    }
    if options.tracks.is_empty() {
        for seed in 1..5 {
            let path = scratch.join(format!("track{seed}.wav"));
            std::fs::write(&path, wav(&signal::clip(seed))).unwrap();
            options.tracks.push(path);
        }
    }
    options
}

/// The audio files at or below `path`, in order.
fn collect(path: &Path, tracks: &mut Vec<PathBuf>) {
    if !path.is_dir() {
        tracks.push(path.to_owned());
        return;
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        let audio = entry.extension().is_some_and(|found| AUDIO_EXTENSIONS.iter().any(|known| found == *known));
        if entry.is_dir() || audio {
            collect(&entry, tracks);
        }
    }
}

/// A mono WAV file of 16 bits.
fn wav(samples: &[f32]) -> Vec<u8> {
    let bytes = 2 * samples.len() as u32;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(signal::RATE.to_le_bytes());
    file.extend((2 * signal::RATE).to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()));
    file
}

fn load(track: &Path) -> Vec<f32> {
    dsp::load(track, &LoadOptions::default()).unwrap().samples
}

/// From file to row.
fn row(extractor: &mut FeatureExtractor, track: &Path) -> Vec<f64> {
    extractor.extract(&load(track)).unwrap().values
}

/// Best time in ms for all tracks, shared among `workers` threads; each makes its own extractor, which is included.
fn folder_ms(options: &Options, workers: usize) -> f64 {
    let pass = || {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    let mut extractor = FeatureExtractor::new(&options.spec());
                    while let Some(track) = options.tracks.get(next.fetch_add(1, Ordering::Relaxed)) {
                        std::hint::black_box(row(&mut extractor, track));
                    }
                });
            }
        });
    };
    let mut best = f64::INFINITY;
    for _ in 0..=PASSES {
        let start = Instant::now();
        pass();
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
    }
    best
}

/// Best times in ms of the stages of one track, and of the whole.
fn track_ms(track: &Path, options: &Options) -> Vec<(&'static str, f64)> {
    let convention = options.convention;
    let (clip, padding) = (load(track), Padding::from(convention));
    let rate = signal::RATE;
    let mut features = FeatureExtractor::new(&options.spec());
    let mut log_mel = FeatureExtractor::new(&FeatureSpec::spectrogram(ClipLength::TRACK));
    let (mut stft, mut spectrum, mut magnitude) = (Stft::new(), Default::default(), Default::default());
    let (mut tuning, mut bank, mut chroma) =
        (TuningEstimator::new(rate, convention), ChromaBank::new(rate), Default::default());
    let (mut temporal, mut shape) = (Temporal::default(), SpectralShape::default());
    let (mut hpss, mut harmonic) = (Hpss::new(), vec![0.0; clip.len()]);
    let (mut mel_bank, mut mel, mut mfcc, mut cepstrum) =
        (MelBank::new(rate), Default::default(), Mfcc::new(), Default::default());
    let mut rhythm = Rhythm::new(rate);
    let mut best: Vec<(&'static str, f64)> = Vec::new();
    for pass in 0..=PASSES {
        let mut index = 0;
        let mut time = |name, stage: &mut dyn FnMut()| {
            let start = Instant::now();
            stage();
            let ms = start.elapsed().as_secs_f64() * 1e3;
            match best.get_mut(index) {
                Some((_, best)) => *best = if pass == 1 { ms } else { ms.min(*best) },
                None => best.push((name, ms)),
            }
            index += 1;
        };
        time("decode and row", &mut || drop(row(&mut features, track)));
        time("decode", &mut || drop(std::hint::black_box(load(track))));
        time("log-mel spectrogram", &mut || drop(log_mel.extract(&clip).unwrap()));
        time("stft", &mut || stft.forward(&clip, padding, &mut spectrum, &mut magnitude).unwrap());
        time("chroma", &mut || {
            let tuning = tuning.estimate(&magnitude);
            bank.apply(&magnitude, tuning, &mut chroma);
        });
        time("rms, zero crossings", &mut || temporal.describe(&clip, padding));
        time("centroid, bandwidth, roll-off", &mut || shape.describe(&magnitude, rate));
        time("hpss", &mut || {
            hpss.harmonic(&mut stft, &spectrum, &magnitude, convention, &mut harmonic).unwrap();
            std::hint::black_box(hpss::moments(&clip, &harmonic, convention));
        });
        time("mfcc", &mut || {
            mel_bank.apply(&magnitude, &mut mel);
            power_to_db(&mut mel, Reference::One);
            mfcc.apply(&mel, &mut cepstrum);
        });
        time("onset, tempo", &mut || {
            std::hint::black_box(rhythm.tempo(&onset_strength(&mel)));
        });
    }
    best
}

/// A line of this process' status in kB; 0 where the system has none.
fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().find_map(|word| word.parse().ok()).unwrap_or(0)
}

fn print(report: &Value) {
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let (tracks, samples) = (number(&report["tracks"]), number(&report["samples"]));
    let seconds = samples / f64::from(signal::RATE);
    println!("{tracks} tracks of {seconds:.1} s on average, {}, one thread", report["convention"]);
    println!("{:32}{:>12}{:>14}{:>20}", "", "ms a track", "x real time", "million samples/s");
    for figure in report["ms"].as_array().unwrap() {
        let (name, ms) = (figure[0].as_str().unwrap(), number(&figure[1]));
        println!("{name:32}{ms:12.2}{:14.0}{:20.1}", seconds * 1e3 / ms, samples / ms / 1e3);
    }
    let [one, two] = ["1 worker", "2 workers"].map(|workers| number(&report["folder_ms"][workers]));
    println!("folder: {one:.0} ms with 1 worker, {two:.0} ms with 2: {:.2} times as fast", one / two);
    let memory = &report["memory_kb"];
    let [start, one, two] = ["at start", "peak, 1 worker", "peak, 2 workers"].map(|key| number(&memory[key]) / 1024.0);
    println!("memory: {start:.1} MiB at start, at most {one:.1} with 1 worker and {two:.1} with 2");
    println!("a worker: {:.1} MiB, its track's samples included", (one - start).max((two - start) / 2.0));
}

//! Features of many tracks, on all cores.
//!
//! Each worker has one extractor and streams its tracks clip by clip, so that memory is bounded by the features and by
//! one clip per worker. Results come in the order of the tracks, whatever the number of workers.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use dsp::{AudioReader, ClipPlan, ClipReader, FeatureExtractor, FeatureSpec, LoadOptions, SampleRate};

use super::Progress;
use super::cache::{Cache, ContentHash, Key};
use crate::error::{Error, Result};

/// The features of one clip of a track.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipFeatures {
    /// First sample in the track, at the specification's rate.
    pub start_sample: u64,
    /// Length in samples.
    pub samples: usize,
    /// `[spec.len()]` values.
    pub values: Vec<f64>,
}

/// The features of a track.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackFeatures {
    /// Its clips in order.
    pub clips: Vec<ClipFeatures>,
    /// Hash of the file, known when a cache was asked.
    pub content: Option<ContentHash>,
    /// Whether the cache had them.
    pub reused: bool,
}

/// A track that gave no features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The file.
    pub path: PathBuf,
    /// Why, without the file's name.
    pub reason: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

impl Failure {
    pub(crate) fn new(path: &Path, error: &Error) -> Self {
        let reason = Error::chain(error);
        let name = format!("{}: ", path.display());
        Self { path: path.to_owned(), reason: reason.strip_prefix(&name).unwrap_or(&reason).to_owned() }
    }
}

/// How features are computed.
#[derive(Debug, Clone)]
pub struct Extraction {
    /// What is computed.
    pub spec: FeatureSpec,
    /// Where features are looked for first and kept.
    pub cache: Option<Cache>,
    /// Worker threads; `None` is one per core.
    pub jobs: Option<NonZero<usize>>,
}

impl Extraction {
    /// Computes the features of each file. `keep` gets a file's position and its clips in a worker thread and makes of
    /// them what is to be kept; what it returns comes back in the order of `files`.
    ///
    /// # Errors
    /// The specification can't be computed by this build. A file's own fault is a [`Failure`] in its place.
    pub fn run<T: Send>(
        &self,
        files: &[&Path],
        progress: &(dyn Fn(Progress) + Sync),
        keep: impl Fn(usize, Vec<ClipFeatures>) -> T + Sync,
    ) -> Result<Vec<Result<T, Failure>>> {
        let mut results = Vec::with_capacity(files.len());
        self.stream(files, progress, keep, |result| {
            results.push(result);
            ControlFlow::Continue(())
        })?;
        Ok(results)
    }

    /// Like [`run`](Self::run), but hands each result to `deliver`, on the calling thread and in the order of `files`, as
    /// soon as it and all before it are there. Files not yet begun are left out once `deliver` breaks.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn stream<T: Send>(
        &self,
        files: &[&Path],
        progress: &(dyn Fn(Progress) + Sync),
        keep: impl Fn(usize, Vec<ClipFeatures>) -> T + Sync,
        deliver: impl FnMut(Result<T, Failure>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.stream_tracks(files, progress, |at, track| keep(at, track.clips), deliver)
    }

    /// Like [`stream`](Self::stream), with what else is known of a track.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn stream_tracks<T: Send>(
        &self,
        files: &[&Path],
        progress: &(dyn Fn(Progress) + Sync),
        keep: impl Fn(usize, TrackFeatures) -> T + Sync,
        mut deliver: impl FnMut(Result<T, Failure>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.spec.check()?;
        progress(Progress::Started { what: "extracting", tracks: files.len() });
        let next = AtomicUsize::new(0);
        let (results, received) = mpsc::channel();
        let work = |results: mpsc::Sender<_>| {
            let mut extractor = None;
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(path) = files.get(at) else { break };
                let done = self.one(path, &mut extractor).map_err(|error| Failure::new(path, &error));
                progress(match &done {
                    Ok(track) if track.reused => Progress::Reused,
                    Ok(track) => Progress::Track { audio_seconds: self.seconds(&track.clips) },
                    Err(_) => Progress::Track { audio_seconds: 0.0 },
                });
                // The receiver outlives the workers.
                let _ = results.send((at, done.map(|track| keep(at, track))));
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.workers().min(files.len()) {
                let results = results.clone();
                scope.spawn(|| work(results));
            }
            drop(results);
            // Results that came before their turn.
            let mut early = BTreeMap::new();
            let mut turn = 0;
            for (at, result) in received {
                early.insert(at, result);
                while let Some(result) = early.remove(&turn) {
                    turn += 1;
                    if deliver(result).is_break() {
                        next.store(files.len(), Ordering::Relaxed);
                        return;
                    }
                }
            }
        });
        progress(Progress::Finished);
        Ok(())
    }

    fn workers(&self) -> usize {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        self.jobs.unwrap_or_else(cores).get()
    }

    /// Seconds of sound in clips.
    fn seconds(&self, clips: &[ClipFeatures]) -> f64 {
        let samples: usize = clips.iter().map(|clip| clip.samples).sum();
        samples as f64 / f64::from(self.spec.sample_rate)
    }

    /// A track's features: those kept from before, or else new ones.
    fn one(&self, path: &Path, extractor: &mut Option<FeatureExtractor>) -> Result<TrackFeatures> {
        let Some(cache) = &self.cache else {
            return Ok(TrackFeatures { clips: self.compute(path, extractor)?, content: None, reused: false });
        };
        let content = ContentHash::of(path)?;
        let key = Key::new(&content, &self.spec);
        if let Some(clips) = cache.load(&key, &self.spec) {
            return Ok(TrackFeatures { clips, content: Some(content), reused: true });
        }
        let clips = self.compute(path, extractor)?;
        if let Err(error) = cache.store(&key, &self.spec, &clips) {
            tracing::warn!("features are not cached: {}", Error::chain(&error));
        }
        Ok(TrackFeatures { clips, content: Some(content), reused: false })
    }

    fn compute(&self, path: &Path, extractor: &mut Option<FeatureExtractor>) -> Result<Vec<ClipFeatures>> {
        // Decoders of damaged files have crashed before: one file must not end the work on thousands. The extractor
        // may be left in any state then, so it is made anew.
        let mut used = match extractor.take() {
            Some(extractor) => extractor,
            None => FeatureExtractor::new(&self.spec)?,
        };
        let clips = catch_unwind(AssertUnwindSafe(|| track(path, &self.spec, &mut used)));
        let clips = clips.map_err(|_| Error::Crashed)?;
        *extractor = Some(used);
        clips
    }
}

/// The features of one file's clips.
///
/// # Errors
/// The file can't be decoded, or a clip of it is shorter than one analysis window.
pub fn track(path: &Path, spec: &FeatureSpec, extractor: &mut FeatureExtractor) -> Result<Vec<ClipFeatures>> {
    let options = LoadOptions { rate: SampleRate::Hz(spec.sample_rate), ..LoadOptions::default() };
    let plan = ClipPlan::new(spec.clip_seconds, spec.sample_rate)?;
    let mut reader = ClipReader::new(AudioReader::open(path, &options)?, plan);
    let mut clips = Vec::new();
    while let Some(clip) = reader.next_clip()? {
        let values = extractor.extract(clip.samples)?.values;
        if values.len() != spec.len() {
            return Err(Error::Shape { what: "values of a clip", expected: spec.len(), got: values.len() });
        }
        clips.push(ClipFeatures { start_sample: clip.start_sample, samples: clip.samples.len(), values });
    }
    Ok(clips)
}

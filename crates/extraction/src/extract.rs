//! Features of many inputs, on all cores.
//!
//! Each worker has one extractor and streams its tracks clip by clip, so that memory is bounded by the features that wait to
//! be taken and by one clip per worker. Outcomes come in the order of the inputs, whatever the number of workers.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use dsp::{AudioInput, FeatureExtractor, FeatureSpec, TrackFeatures};

use crate::error::{Error, Result};
use crate::outcome::{Failure, Outcome};
use crate::pool::{InOrder, Job};
use crate::store::{ContentHash, FeatureStore, Key};

/// Values that may wait to be taken before no new track is begun: 64 MiB.
const AHEAD: usize = 8 << 20;

/// Begins the name of each worker thread, `extract-0` and so on. A panic there is caught and told as an [`Outcome`], so a
/// program may keep its panic hook from printing it.
pub const THREAD_NAME: &str = "extract";

/// How features are computed.
#[derive(Clone)]
pub struct Extraction {
    /// What is computed.
    pub spec: FeatureSpec,
    /// Where features are looked for first and kept.
    pub store: Option<Arc<dyn FeatureStore>>,
    /// Worker threads, of which there are four per core at most; `None` is one per core.
    pub jobs: Option<NonZero<usize>>,
}

impl Extraction {
    /// Computes the features of each input, in the order of the inputs.
    ///
    /// Work begins at once and runs ahead, until 64 MiB of features wait to be taken. Dropping the iterator ends it: the
    /// tracks being worked on are finished, no other is begun.
    ///
    /// ```
    /// use dsp::{AudioInput, ClipLength, Convention, FeatureSpec};
    /// use extraction::{Extraction, FailureKind};
    ///
    /// let spec = FeatureSpec::features(Convention::Librosa07, ClipLength::TRACK);
    /// let extraction = Extraction { spec, store: None, jobs: None };
    /// let inputs = vec![AudioInput::bytes("song.txt", b"la la la".to_vec())];
    /// for outcome in extraction.outcomes(inputs) {
    ///     match outcome.result {
    ///         Ok(track) => println!("{}: {} rows", outcome.name, track.clips.len()),
    ///         Err(failure) => assert_eq!(failure.kind, FailureKind::Unsupported),
    ///     }
    /// }
    /// ```
    pub fn outcomes(&self, inputs: Vec<AudioInput>) -> Outcomes {
        self.outcomes_ahead(inputs, AHEAD)
    }

    fn outcomes_ahead(&self, inputs: Vec<AudioInput>, ahead: usize) -> Outcomes {
        let store_error = Arc::new(OnceLock::new());
        let job = Job {
            count: inputs.len(),
            threads: self.workers(),
            name: THREAD_NAME,
            ahead,
            weight,
            worker: {
                let (extraction, inputs, store_error) = (self.clone(), Arc::new(inputs), Arc::clone(&store_error));
                Box::new(move || {
                    let mut worker = Worker {
                        extraction: extraction.clone(),
                        extractor: None,
                        store_error: Arc::clone(&store_error),
                    };
                    let inputs = Arc::clone(&inputs);
                    Box::new(move |at| worker.outcome(&inputs[at]))
                })
            },
        };
        Outcomes { results: InOrder::start(job), store_error }
    }

    fn workers(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        self.jobs.map_or(cores, NonZero::get).min(4 * cores)
    }
}

/// What an outcome weighs while it waits: its values, and something for the rest.
fn weight(outcome: &Outcome) -> usize {
    let values = |track: &TrackFeatures| track.clips.iter().map(|clip| 8 + clip.values.len()).sum();
    64 + outcome.result.as_ref().map_or(0, values)
}

/// The outcomes of [`Extraction::outcomes`], in the order of the inputs.
pub struct Outcomes {
    results: InOrder<Outcome>,
    store_error: Arc<OnceLock<Error>>,
}

impl Outcomes {
    /// The first error of the store so far: features that can't be kept are no reason to end the work, but one to say so,
    /// once.
    pub fn store_error(&self) -> Option<&Error> {
        self.store_error.get()
    }
}

impl Iterator for Outcomes {
    type Item = Outcome;

    fn next(&mut self) -> Option<Outcome> {
        self.results.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.results.left();
        (left, Some(left))
    }
}

impl ExactSizeIterator for Outcomes {}

/// What a thread works with.
struct Worker {
    extraction: Extraction,
    extractor: Option<FeatureExtractor>,
    store_error: Arc<OnceLock<Error>>,
}

impl Worker {
    fn outcome(&mut self, input: &AudioInput) -> Outcome {
        let mut outcome = Outcome { name: input.name(), content: None, reused: false, result: Err(Failure::crashed()) };
        // Decoders of damaged files have crashed before: one file must not end the work on thousands. The extractor, which
        // may be in any state then, is lost in the panic and made anew.
        if let Ok(result) = catch_unwind(AssertUnwindSafe(|| self.features(input, &mut outcome))) {
            outcome.result = result;
        }
        outcome
    }

    /// A track's features: those kept from before, or else new ones.
    fn features(&mut self, input: &AudioInput, outcome: &mut Outcome) -> Result<TrackFeatures, Failure> {
        let Some(store) = self.extraction.store.clone() else { return self.compute(input) };
        outcome.content = ContentHash::of_input(input).map_err(|error| Failure::from(&error))?;
        let Some(content) = outcome.content else { return self.compute(input) };
        let key = Key::new(&content, &self.extraction.spec);
        if let Some(track) = store.get(&key, &self.extraction.spec) {
            outcome.reused = true;
            return Ok(track);
        }
        let track = self.compute(input)?;
        if let Err(error) = store.put(&key, &self.extraction.spec, &track) {
            // Later ones say the same.
            let _ = self.store_error.set(error);
        }
        Ok(track)
    }

    fn compute(&mut self, input: &AudioInput) -> Result<TrackFeatures, Failure> {
        let mut extractor = self.extractor.take().unwrap_or_else(|| FeatureExtractor::new(&self.extraction.spec));
        let track = dsp::track_features(input, &mut extractor);
        self.extractor = Some(extractor);
        track.map_err(|error| Failure::from(&error))
    }
}

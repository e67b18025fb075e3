//! Features of many inputs, on all cores.
//!
//! Each worker has one extractor and streams its tracks clip by clip, so that memory is bounded by the features that wait to
//! be taken and by one clip per worker. Outcomes come in the order of the inputs, whatever the number of workers.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use dsp::{AudioInput, FeatureSpec, TrackFeatures};

use crate::error::{Error, Result};
use crate::isolation::{Apart, IdleWorkers, Keeper, WorkerProgram};
use crate::limits::Limits;
use crate::outcome::{Failure, Outcome};
use crate::pool::{InOrder, Job};
use crate::rows::Rows;
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
    /// What an input may take.
    pub limits: Limits,
    /// The program whose processes do the work, one a thread, so that no input can end or hang this one; `None` is this process.
    /// A process that dies or takes too long is replaced, and the input tried once more.
    pub workers: Option<WorkerProgram>,
    /// Where these processes wait between one call and the next; `None` ends them with the call. It belongs to one specification,
    /// limits and program.
    pub idle: Option<Arc<IdleWorkers>>,
    /// Once it is true no other input is begun: the outcomes end with those that are being worked on.
    pub stop: Option<Arc<AtomicBool>>,
}

impl Extraction {
    /// Features as `spec` describes them, in this process and with the usual limits, kept nowhere.
    pub fn new(spec: FeatureSpec) -> Self {
        Self { spec, store: None, jobs: None, limits: Limits::default(), workers: None, idle: None, stop: None }
    }

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
    /// let inputs = vec![AudioInput::bytes("song.txt", b"la la la".to_vec())];
    /// for outcome in Extraction::new(spec).outcomes(inputs) {
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
        // Without somebody who ends those that hang, there are no processes.
        let keeper = self.workers.as_ref().and_then(|_| Keeper::new().ok()).map(Arc::new);
        let job = Job {
            count: inputs.len(),
            threads: self.workers(),
            name: THREAD_NAME,
            ahead,
            weight,
            stop: self.stop.clone().unwrap_or_default(),
            worker: {
                let (extraction, inputs, store_error) = (self.clone(), Arc::new(inputs), Arc::clone(&store_error));
                Box::new(move || {
                    let mut worker = Worker::new(&extraction, keeper.clone(), Arc::clone(&store_error));
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
    spec: FeatureSpec,
    store: Option<Arc<dyn FeatureStore>>,
    engine: Engine,
    idle: Option<Arc<IdleWorkers>>,
    store_error: Arc<OnceLock<Error>>,
}

/// Who reads inputs.
enum Engine {
    Here(Box<Rows>),
    Apart(Apart),
}

impl Worker {
    fn new(extraction: &Extraction, keeper: Option<Arc<Keeper>>, store_error: Arc<OnceLock<Error>>) -> Self {
        let Extraction { spec, store, limits, workers, idle, .. } = extraction.clone();
        let kept = idle.as_ref().and_then(|idle| idle.take());
        let engine = match (kept, workers, keeper) {
            (Some(worker), ..) => Engine::Apart(worker),
            (None, Some(program), Some(keeper)) => Engine::Apart(Apart::new(program, &spec, limits, keeper)),
            _ => Engine::Here(Box::new(Rows::new(&spec, limits))),
        };
        Self { spec, store, engine, idle, store_error }
    }

    fn outcome(&mut self, input: &AudioInput) -> Outcome {
        let mut outcome = Outcome { name: input.name(), content: None, reused: false, result: Err(Failure::crashed()) };
        // Decoders of damaged files have crashed before: one file must not end the work on thousands.
        if let Ok(result) = catch_unwind(AssertUnwindSafe(|| self.features(input, &mut outcome))) {
            outcome.result = result;
        }
        outcome
    }

    /// A track's features: those kept from before, or else new ones.
    fn features(&mut self, input: &AudioInput, outcome: &mut Outcome) -> Result<TrackFeatures, Failure> {
        let Some(store) = self.store.clone() else { return self.engine.features(input) };
        outcome.content = self.engine.hash(input)?;
        let Some(content) = outcome.content else { return self.engine.features(input) };
        let key = Key::new(&content, &self.spec);
        if let Some(track) = store.get(&key, &self.spec) {
            outcome.reused = true;
            return Ok(track);
        }
        let track = self.engine.features(input)?;
        if let Err(error) = store.put(&key, &self.spec, &track) {
            // Later ones say the same.
            let _ = self.store_error.set(error);
        }
        Ok(track)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let Some(idle) = &self.idle else { return };
        let nobody = Engine::Here(Box::new(Rows::new(&self.spec, Limits::default())));
        if let Engine::Apart(worker) = std::mem::replace(&mut self.engine, nobody) {
            idle.keep(worker);
        }
    }
}

impl Engine {
    fn hash(&mut self, input: &AudioInput) -> Result<Option<ContentHash>, Failure> {
        match self {
            Self::Here(rows) => rows.hash(input),
            Self::Apart(apart) => apart.hash(input),
        }
    }

    fn features(&mut self, input: &AudioInput) -> Result<TrackFeatures, Failure> {
        match self {
            Self::Here(rows) => rows.features(input),
            Self::Apart(apart) => apart.features(input),
        }
    }
}

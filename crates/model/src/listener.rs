//! From sound to a verdict.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

use dsp::{AudioInput, FeatureExtractor, TrackFeatures};

use crate::verdict::{Verdict, verdict};
use crate::{Error, ModelBundle, Result};

/// A model that listens: audio in, [`Verdict`] out.
///
/// It is `Send + Sync`: one serves all threads of a program, and they don't wait for each other. What an analysis needs to
/// compute with (FFT plans, filter banks, scratch memory) is kept for the next song, for as many songs at a time as there are
/// processors.
#[derive(Debug)]
pub struct Listener {
    bundle: ModelBundle,
    /// Extractors that nobody is using.
    idle: Mutex<Vec<FeatureExtractor>>,
    /// How many of them are kept.
    most_idle: usize,
}

impl Listener {
    /// Takes the model that judges.
    pub fn new(bundle: ModelBundle) -> Self {
        Self { bundle, idle: Mutex::new(Vec::new()), most_idle: available_parallelism().map_or(1, usize::from) }
    }

    /// The model.
    pub fn bundle(&self) -> &ModelBundle {
        &self.bundle
    }

    /// The verdict on a song: it is decoded, cut into clips as the model was trained on, and judged by the mean of the clips'
    /// probabilities. Clips of digital silence have no part in it.
    ///
    /// # Errors
    ///
    /// [`Error::NotAudio`] of a model of a table; audio that can't be read, is damaged beyond [`dsp::MAX_LOST_SHARE`] or too short; a device that fails. The message begins with the song's name; a panic in the analysis is an error too, and leaves the listener as it
    /// was.
    pub fn listen(&self, input: impl Into<AudioInput>) -> Result<Verdict> {
        let input = input.into();
        let name = input.name();
        let heard = self.with_extractor(|extractor| self.verdict(&dsp::track_features(input, extractor)?));
        heard.and_then(|verdict| verdict).map_err(|error| match error {
            named @ (Error::Audio(_) | Error::NotAudio { .. }) => named,
            error => Error::Song { name, source: Box::new(error) },
        })
    }

    /// The verdict on a song whose features are at hand. They are those of the model's own
    /// [`inputs`](ModelBundle::inputs), or the verdict means nothing.
    ///
    /// # Errors
    ///
    /// [`Error::NotAudio`] of a model of a table, no clips, a clip that has not as many values as the model has inputs or
    /// one that is not finite, and a device that fails. Rows in messages are clips, counted from 0.
    pub fn verdict(&self, track: &TrackFeatures) -> Result<Verdict> {
        verdict(&self.bundle, track)
    }

    /// Lends an extractor.
    fn with_extractor<T>(&self, work: impl FnOnce(&mut FeatureExtractor) -> T) -> Result<T> {
        // In a statement of its own, so that the lock is free while the work is done.
        let idle = self.idle().pop();
        let spec = self.bundle.inputs().audio()?;
        let mut extractor = idle.unwrap_or_else(|| FeatureExtractor::new(spec));
        // What panicked may have left its extractor half-way: that one is not lent again.
        let done = catch_unwind(AssertUnwindSafe(|| work(&mut extractor)))
            .map_err(|panic| Error::Crashed { message: message(&*panic) })?;
        let mut idle = self.idle();
        if idle.len() < self.most_idle {
            idle.push(extractor);
        }
        Ok(done)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<FeatureExtractor>> {
        // Nothing panics between lock and release, and a list of idle extractors has no state to be halfway in.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
#[cfg(feature = "pretrained")]
mod tests {
    use super::*;

    fn bundle() -> ModelBundle {
        crate::pretrained(&burn::tensor::Device::flex()).unwrap()
    }

    #[test]
    fn a_panic_is_an_error_and_the_listener_goes_on() {
        let listener = Listener::new(bundle());
        let error = listener.with_extractor(|_| -> () { panic!("a defect in file {}", 7) }).unwrap_err();
        assert!(matches!(&error, Error::Crashed { message } if message == "a defect in file 7"), "{error:?}");
        assert_eq!(listener.idle().len(), 0, "what panicked is not lent again");
        listener.with_extractor(|_| ()).unwrap();
        assert_eq!(listener.idle().len(), 1);
    }

    #[test]
    fn an_extractor_is_lent_again_and_no_more_are_kept_than_can_be_busy() {
        let listener = Listener { most_idle: 1, ..Listener::new(bundle()) };
        listener.with_extractor(|_| listener.with_extractor(|_| ()).unwrap()).unwrap();
        assert_eq!(listener.idle().len(), 1);
        listener.with_extractor(|_| assert!(listener.idle().is_empty())).unwrap();
    }
}

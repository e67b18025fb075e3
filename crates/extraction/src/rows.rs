//! An input to its rows, in this process.

use dsp::{AudioInput, FeatureExtractor, FeatureSpec, TrackFeatures, track_features_within};

use crate::limits::Limits;
use crate::outcome::Failure;
use crate::store::ContentHash;

/// Computes the rows of one input after the other.
pub(crate) struct Rows {
    spec: FeatureSpec,
    limits: Limits,
    extractor: Option<FeatureExtractor>,
}

impl Rows {
    pub(crate) fn new(spec: &FeatureSpec, limits: Limits) -> Self {
        Self { spec: spec.clone(), limits, extractor: None }
    }

    /// Makes what the first input would wait for.
    pub(crate) fn prepare(&mut self) {
        self.extractor = Some(FeatureExtractor::new(&self.spec));
    }

    pub(crate) fn features(&mut self, input: &AudioInput) -> Result<TrackFeatures, Failure> {
        // It may be in any state after a panic, in which it is lost, and made anew.
        let mut extractor = self.extractor.take().unwrap_or_else(|| FeatureExtractor::new(&self.spec));
        let track = track_features_within(input, &self.limits.input(), &mut extractor);
        self.extractor = Some(extractor);
        track.map_err(|error| Failure::from(&error))
    }

    /// The hash of an input that may be hashed, unless it is larger than what is handled.
    pub(crate) fn hash(&self, input: &AudioInput) -> Result<Option<ContentHash>, Failure> {
        if let Some(bytes) = input.size() {
            self.limits.input().check_bytes(&input.name(), bytes).map_err(|error| Failure::from(&error))?;
        }
        ContentHash::of_input(input).map_err(|error| Failure::from(&error))
    }
}

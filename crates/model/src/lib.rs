//! The genre classifier and everything a prediction needs, and nothing that only a training run needs.
//!
//! A [`ModelBundle`] is one folder: the Burn record of a [`GenreClassifier`] (weights and the [`RowTransform`] together), the
//! [`LabelSet`] that names its outputs, the feature specification that its inputs must follow, and the facts of the training
//! run. Rows of raw, unscaled features go in, a [`Prediction`] comes out:
//!
//! ```text
//! rows [clips, inputs] → RowTransform → 256 → 128 → 64 → logits [clips, classes] → softmax → mean over the clips
//! ```
//!
//! Devices are chosen by the caller: nothing here names a backend.

mod bundle;
mod card;
mod classifier;
mod error;
mod export;
mod facts;
mod labels;
mod normalizer;
mod predict;
mod record;
mod transform;

pub use bundle::{BUNDLE_VERSION, METADATA_FILE, ModelBundle, RECORD_FILE};
pub use card::CARD_FILE;
pub use classifier::{GenreClassifier, HIDDEN};
pub use error::{Error, Result};
pub use export::ExportFormat;
pub use facts::{
    CalibrationFacts, DataFacts, FittedTo, GenreFacts, ProtocolFacts, SplitFacts, TestFacts, TrainingFacts,
};
pub use labels::LabelSet;
pub use normalizer::Normalizer;
pub use predict::{Doubt, GenreScore, Prediction, STRANGE_ABOVE, UNSURE_BELOW, rank};
pub use transform::{RowTransform, Transform};

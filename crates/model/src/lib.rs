//! The genre classifier and all that a verdict needs, from audio on.
//!
//! A [`ModelBundle`] is one folder: the Burn record of a [`GenreClassifier`] (weights and the [`RowTransform`] together), the
//! [`LabelSet`] that names its outputs, the [`Inputs`] that its rows must be, the thresholds of its
//! [`Abstention`], and the facts of the training run. A [`Listener`] holds one and turns audio into a [`Verdict`]:
//!
//! ```text
//! audio → dsp → rows [clips, inputs] → RowTransform → 256 → 128 → 64 → logits [clips, classes] → softmax
//!       → mean over the clips that are not silent → Verdict
//! ```
//!
//! From bytes in memory to a genre, with nothing else than this crate (its feature `flex` gives the device). A verdict is plain
//! data, which serde turns into the JSON of `gtzan predict --json`:
//!
//! ```
//! # #[cfg(all(feature = "flex", feature = "pretrained"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use model::{AudioInput, Listener};
//!
//! // `upload` is a `Vec<u8>`: an audio file's bytes.
//! # // Two seconds of a 440-Hz square wave, 16 bits at 8 000 Hz.
//! # let mut upload: Vec<u8> = Vec::new();
//! # upload.extend(b"RIFF\x24\x7d\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\x7d\0\0");
//! # upload.extend((0..16_000i32).flat_map(|i| (if i * 880 / 8_000 % 2 == 0 { 9_000i16 } else { -9_000 }).to_le_bytes()));
//! let listener = Listener::new(model::pretrained(&model::cpu())?);
//! let verdict = listener.listen(AudioInput::bytes("upload.wav", upload))?;
//! match &verdict.genre {
//!     Some(genre) => println!("{genre}, {:.0} %", 100.0 * verdict.confidence),
//!     None => println!("unsure: {:?}", verdict.doubt),
//! }
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "flex", feature = "pretrained")))]
//! # fn main() {}
//! ```
//!
//! Devices are chosen by the caller: nothing here but `cpu()` names a backend, and features `flex` and `ndarray` are for
//! programs that know Burn through this crate alone.
//!
//! Training is the trainer's, but what touches the inside of the network lies here, beside it: [`RowTransform::fit`],
//! [`GenreClassifier::new`], [`layers`](GenreClassifier::layers) for dropout and
//! [`with_temperature`](GenreClassifier::with_temperature) for calibration. So do the two things that a run must do as a verdict
//! does, [`song`], and as a bundle does, [`folder`].

mod abstention;
mod bundle;
mod card;
mod classifier;
#[cfg(any(feature = "flex", feature = "ndarray"))]
mod device;
mod error;
mod explain;
mod export;
mod facts;
pub mod folder;
mod inputs;
mod labels;
mod listener;
mod metadata;
mod normalizer;
mod predict;
#[cfg(feature = "pretrained")]
mod pretrained;
mod ranges;
mod record;
pub mod song;
mod transform;
mod verdict;

pub use burn::tensor::Device;
pub use dsp::{AudioInput, DecodeReport};

pub use abstention::{Abstention, Doubt};
pub use bundle::{ModelBundle, RECORD_FILE};
pub use card::CARD_FILE;
pub use classifier::{GenreClassifier, HIDDEN};
#[cfg(any(feature = "flex", feature = "ndarray"))]
pub use device::cpu;
pub use error::{Cause, Error, ErrorKind, Result};
pub use explain::{Explanation, Influence, Method};
pub use export::ExportFormat;
pub use facts::{
    CalibrationFacts, DataFacts, FittedTo, GenreFacts, ProtocolFacts, SplitFacts, TestFacts, TrainingFacts,
};
pub use inputs::{ColumnSet, Inputs};
pub use labels::LabelSet;
pub use listener::Listener;
pub use metadata::{BUNDLE_VERSION, METADATA_FILE, TABLE_BUNDLE_VERSION};
#[cfg(feature = "pretrained")]
pub use pretrained::{pretrained, pretrained_as, pretrained_names};
pub use ranges::GenreRanges;
pub use transform::{RowTransform, Transform};
pub use verdict::{ClipVerdict, GenreScore, UNSURE, Verdict};

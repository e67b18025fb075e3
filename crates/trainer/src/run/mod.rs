//! What a run leaves behind: a folder that is whole or not there, and the numbers in it.

mod draft;
mod folder;
mod lock;
mod metrics;
mod own;
mod tensorboard;
mod terms;

pub use self::draft::Draft;
pub use self::folder::{EpochRow, RunFolder, bundle_folder, named_bundle};
pub use self::metrics::{Figures, Metrics, RoundFacts, TestFigures, fingerprint, versions};
pub use self::tensorboard::Curves;
pub(crate) use self::terms::{Terms, same_settings};

//! From a divided table to a tested model: [`train`] fits one network with Burn's `SupervisedTraining`, [`Experiment`] does
//! so for every fold and seed, calibrates, and scores what comes out.

mod augment;
mod batch;
mod experiment;
mod facts;
mod fit;
mod monitor;
mod renderer;
mod run_folder;
mod schedule;
mod song;
mod step;
mod tensorboard;

pub use augment::Augment;
pub use batch::{Aim, Batch, BatchLoader};
pub use experiment::{Experiment, Round, Tested};
pub use facts::{Metrics, fingerprint, versions};
pub use fit::{Progress, Trained, train};
pub use monitor::{Epoch, OnEpoch, Score};
pub use run_folder::{RunFolder, bundle_folder};
pub use song::Song;
pub use step::Trainable;
pub use tensorboard::EventFiles;

//! One network: [`train`] fits it with Burn's `SupervisedTraining`.

mod augment;
mod batch;
mod fit;
mod monitor;
mod renderer;
mod schedule;
mod step;

pub use self::fit::{Trained, train};
pub use self::monitor::{Epoch, Score};

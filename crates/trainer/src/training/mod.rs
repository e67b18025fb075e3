//! One network: [`train`] fits it.

mod epochs;
mod fit;
mod fused;
mod kept;
mod optimizer;
mod rows;
mod schedule;
mod snapshot;
mod step;
mod streams;
mod weights;

pub use self::epochs::{Epoch, Score};
pub use self::fit::{Heard, Trained, train};
pub use self::kept::Kept;

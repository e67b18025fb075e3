//! What a run tells while it works.

use extraction::Progress;

use crate::config::Protocol;
use crate::dataset::{Division, Leaks, Loaded};
use crate::experiment::{Round, Tested};
use crate::training::Epoch;

/// Hears what happens, from whichever thread it happens on. Nothing that it does can end the work.
pub trait Observer: Sync {
    /// Something has happened.
    fn event(&self, event: Event<'_>);

    /// Whether training should stop, at the end of the epoch that is under way.
    fn wants_to_stop(&self) -> bool {
        false
    }
}

/// Hears nothing.
impl Observer for () {
    fn event(&self, _event: Event<'_>) {}
}

/// Something that happened in a run.
#[non_exhaustive]
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// Tracks are being rendered or measured.
    Tracks(Progress),
    /// The data is there, and what was left out of it is known.
    Loaded(&'a Loaded),
    /// The tracks are divided; so many networks are to be trained.
    Divided {
        /// The rule.
        protocol: Protocol,
        /// What it made of the first seed's tracks.
        division: &'a Division,
        /// What both sides of it have in common.
        leaks: &'a Leaks,
        /// Number of networks, for all folds and seeds.
        rounds: usize,
    },
    /// A network has seen its rows once more.
    Epoch {
        /// Whose epoch it is; of [`Phase::Export`] the first round.
        round: &'a Round,
        /// What it is trained for.
        phase: Phase,
        /// Epochs that this phase has at most.
        epochs: usize,
        /// What it achieved.
        epoch: &'a Epoch,
    },
    /// A training that was stopped goes on.
    Resumed {
        /// Whose training it is.
        round: &'a Round,
        /// What for.
        phase: Phase,
        /// Epochs that this phase has at most.
        epochs: usize,
        /// Those that are over.
        history: &'a [Epoch],
    },
    /// A network is trained and tested.
    Round {
        /// Which one.
        round: &'a Round,
        /// What came of it.
        tested: &'a Tested,
    },
    /// Something is amiss that doesn't end the run.
    Warning(&'a str),
}

impl Phase {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::Refit => "refit",
            Self::Export => "export",
        }
    }
}

/// What a network is trained for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// To be watched by the validation rows, which calibrate it and say how many epochs are enough.
    Fit,
    /// To be tested, on training and validation rows together.
    Refit,
    /// To be exported, on all rows.
    Export,
}

//! How tracks are divided.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::raw::{Violation, ensure, within};

/// How tracks are divided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SplitConfig {
    /// The rule.
    pub protocol: Protocol,
    /// Share of all tracks that is kept for the test, where the protocol leaves that open.
    pub test_fraction: f64,
    /// Share of the remaining tracks that is held back for validation, where the protocol leaves that open. May be 0.
    pub valid_fraction: f64,
    /// Number of folds of [`Protocol::Kfold`].
    pub folds: usize,
    /// The list of tracks that [`Protocol::ArtistFolds`] and [`Protocol::File`] go by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}

impl Default for SplitConfig {
    fn default() -> Self {
        Self { protocol: Protocol::Random, test_fraction: 0.33, valid_fraction: 0.1, folds: 10, file: None }
    }
}

impl SplitConfig {
    pub(super) fn check(&self) -> Result<(), Violation> {
        within("split.test_fraction", self.test_fraction, 0.01, 0.9)?;
        within("split.valid_fraction", self.valid_fraction, 0.0, 0.9)?;
        within("split.folds", self.folds as f64, 2.0, 100.0)?;
        let name = self.protocol.name();
        match self.protocol {
            Protocol::ArtistFolds | Protocol::File => ensure(self.file.is_some(), "split.file", || {
                format!(
                    "is missing: protocol `{name}` needs a CSV with the columns `track,group,fold` or `track,split`"
                )
            }),
            _ => ensure(self.file.is_none(), "split.file", || {
                format!("has no meaning for protocol `{name}`; use `artist-folds` or `file`, or leave it out")
            }),
        }
    }
}

/// The rule that divides tracks into training, validation and test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Protocol {
    /// Seeded, stratified by genre, whole tracks.
    Random,
    /// Seeded, stratified by genre, clip by clip: clips of one recording come to lie on both sides. Kept to show what that
    /// does to the figures.
    RandomClips,
    /// Seeded, stratified by genre: every track is tested once.
    Kfold,
    /// The folds of a file that keeps every artist in one fold.
    ArtistFolds,
    /// GTZAN without its faulty tracks, artists apart: 443 tracks to train, 197 to validate, 290 to test.
    FaultFiltered,
    /// The user's own.
    File,
}

impl Protocol {
    /// The word in configurations and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::RandomClips => "random-clips",
            Self::Kfold => "kfold",
            Self::ArtistFolds => "artist-folds",
            Self::FaultFiltered => "fault-filtered",
            Self::File => "file",
        }
    }

    /// Whether clips of one recording may lie on both sides.
    pub fn leaks(self) -> bool {
        self == Self::RandomClips
    }
}

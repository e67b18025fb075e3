//! The names of the ten styles.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// A style of music, named after the genre of GTZAN that it caricatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Style {
    /// Twelve-bar shuffles.
    Blues,
    /// Keyboards, strings and winds without drums.
    Classical,
    /// Train beats, alternating bass, steel strings.
    Country,
    /// Four on the floor with open hats.
    Disco,
    /// Boom-bap or trap drums, 808 bass, speech.
    Hiphop,
    /// Ride, walking bass, ninths.
    Jazz,
    /// Double kick and heavy distortion.
    Metal,
    /// Four chords, pads, claps, a voice.
    Pop,
    /// One drop, off-beat chords, heavy bass.
    Reggae,
    /// Backbeat and driven guitars.
    Rock,
}

impl Style {
    /// All styles, in the order of their names.
    pub const ALL: [Self; 10] = [
        Self::Blues,
        Self::Classical,
        Self::Country,
        Self::Disco,
        Self::Hiphop,
        Self::Jazz,
        Self::Metal,
        Self::Pop,
        Self::Reggae,
        Self::Rock,
    ];

    /// The genre's name as GTZAN's folders have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blues => "blues",
            Self::Classical => "classical",
            Self::Country => "country",
            Self::Disco => "disco",
            Self::Hiphop => "hiphop",
            Self::Jazz => "jazz",
            Self::Metal => "metal",
            Self::Pop => "pop",
            Self::Reggae => "reggae",
            Self::Rock => "rock",
        }
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Style {
    type Err = Error;

    /// # Errors
    /// [`Error::UnknownStyle`] for anything but one of the ten names.
    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|style| style.name() == name).ok_or_else(|| Error::UnknownStyle {
            name: name.to_owned(),
            expected: Self::ALL.map(Self::name).join(", "),
        })
    }
}

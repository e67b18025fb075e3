//! Pictures of sound: what a classifier hears, drawn for people.
//!
//! [`Analysis::of`] computes everything that is drawn from one clip, with librosa's numbers; [`draw`] makes a [`Picture`]
//! of it, an SVG or a PNG. A picture tells its [`Panel`]s, which map seconds, Hz and the like to pixels and back, so that
//! whoever shows it can point into it. What draws for itself, as a page does, asks the analysis for a waveform's extremes, a
//! bare mel spectrogram, tempo, chroma and loudness. A [`Thumbnail`] is the bare mel spectrogram of the dataset's
//! `images_original`.
//!
//! The crate knows sound and pictures, and nothing of genres, models or files: it is what the command line and pages share.

mod analysis;
mod axis;
mod blocks;
mod colour;
mod error;
mod extremes;
mod heat;
mod kinds;
mod picture;
mod plane;
mod strip;
mod summary;
mod theme;
mod thumbnail;

pub use analysis::{Analysis, MAX_SECONDS};
pub use axis::Axis;
pub use error::{Error, Result};
pub use kinds::PlotKind;
pub use picture::{Format, Picture, Style, draw};
pub use plane::Panel;
pub use summary::Loudness;
pub use theme::{Colour, Theme, category};
pub use thumbnail::{Thumbnail, is_thumbnail, thumbnail_mark};

//! Genres in the tags of files, written so that nothing else of a file changes and every change can be taken back.
//!
//! A [`Target`] is a file that may be written; [`Target::plan`] says what a [`GenreTag`] would change in it, and
//! [`Target::write`] does it: in a copy beside the file, of which it is proved that it sounds the same and has lost no other
//! tag, and which takes the file's place once the [`Journal`] tells how to undo that. [`undo`] does.

mod aside;
mod container;
mod difference;
mod frames;
mod held;
mod id3;
mod journal;
mod mp4;
mod others;
mod rebuild;
mod refusal;
mod sound;
mod target;
mod undo;
mod vorbis;
mod write;

pub use self::container::Tags;
pub use self::journal::Journal;
pub use self::refusal::{Refusal, RefusalKind};
pub use self::target::{Plan, Target};
pub use self::undo::{Undone, undo};

use self::held::Item;

/// Where a genre is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TagField {
    /// Where players look: `GENRE`, in ID3 `TCON`, in MP4 `©gen`.
    #[default]
    Genre,
    /// In fields of its own, beside whatever genre there is: `GTZAN_GENRE`, and `GTZAN_PROBABILITY` from 0 to 1.
    Gtzan,
}

impl TagField {
    /// What it is called where names are free.
    pub fn name(self) -> &'static str {
        match self {
            Self::Genre => Item::Genre.name(),
            Self::Gtzan => Item::Heard.name(),
        }
    }
}

/// What is to be written into a file's tags.
#[derive(Debug, Clone, PartialEq)]
pub struct GenreTag {
    /// Where.
    pub field: TagField,
    /// The genre, as the file's owner calls it.
    pub genre: String,
    /// Its probability, 0 to 1; written with [`TagField::Gtzan`] only.
    pub probability: f32,
}

impl GenreTag {
    /// The items that are written.
    fn items(&self) -> Vec<(Item, String)> {
        match self.field {
            TagField::Genre => vec![(Item::Genre, self.genre.clone())],
            TagField::Gtzan => {
                vec![(Item::Heard, self.genre.clone()), (Item::Probability, format!("{:.3}", self.probability))]
            }
        }
    }
}

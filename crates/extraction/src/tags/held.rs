//! One tag of a file, of whichever kind.

use std::fs::File;

use lofty::config::WriteOptions;
use lofty::error::FileEncodingError;
use lofty::picture::Picture;

/// What may be read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    Genre,
    Heard,
    Probability,
}

impl Item {
    /// What it is called where names are free.
    pub fn name(self) -> &'static str {
        match self {
            Self::Genre => "GENRE",
            Self::Heard => "GTZAN_GENRE",
            Self::Probability => "GTZAN_PROBABILITY",
        }
    }
}

/// A tag of a file.
pub trait Held {
    /// The values of an item.
    fn values(&self, item: Item) -> Vec<String>;
    /// Whether an item has this value and no other.
    fn says(&self, item: Item, value: &str) -> bool {
        self.values(item) == [value]
    }
    /// Whether an item is written here when it is written into the tag that players read first.
    fn joins(&self, item: Item) -> bool {
        !self.values(item).is_empty()
    }
    /// Gives an item one value.
    fn set(&mut self, item: Item, value: &str);
    /// What else the tag holds, a line for each item that begins with its name. Empty items say nothing.
    fn others(&self, items: &[Item]) -> Vec<String>;
    /// Writes the tag into a file in place of the one that is there.
    fn save(&self, file: &mut File, options: WriteOptions) -> Result<(), FileEncodingError>;
}

/// A line for a picture.
pub fn picture(picture: &Picture) -> String {
    let (kind, mime, description) = (picture.pic_type(), picture.mime_type(), picture.description());
    format!("picture {kind:?} {mime:?} {description:?} {}", blake3::hash(picture.data()))
}

/// A line for an item with a text.
pub fn text(name: &str, value: &str) -> Option<String> {
    // Some taggers end their texts with zeros.
    let value = value.trim_end_matches('\0');
    (!value.is_empty()).then(|| format!("{name}={value}"))
}

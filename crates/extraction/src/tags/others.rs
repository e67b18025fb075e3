//! Tags that may lie beside a format's own: APE behind MPEG audio, RIFF's list of information.

use std::fs::File;

use lofty::ape::{ApeItem, ApeTag};
use lofty::config::WriteOptions;
use lofty::error::FileEncodingError;
use lofty::iff::wav::RiffInfoList;
use lofty::tag::{ItemValue, TagExt};

use super::held::{Held, Item, text};

/// The key of a genre in a list of information.
const IGNR: &str = "IGNR";

/// An item's key in APE tags, which are written so but found in any capitals.
fn key(item: Item) -> &'static str {
    match item {
        Item::Genre => "Genre",
        own => own.name(),
    }
}

impl Held for ApeTag {
    fn values(&self, item: Item) -> Vec<String> {
        let values = self.get(key(item)).and_then(ApeItem::text_values).into_iter().flatten();
        values.filter(|value| !value.trim().is_empty()).map(str::to_owned).collect()
    }

    fn set(&mut self, item: Item, value: &str) {
        if let Ok(item) = ApeItem::new(key(item).to_owned(), ItemValue::Text(value.to_owned())) {
            self.insert(item);
        }
    }

    fn others(&self, items: &[Item]) -> Vec<String> {
        let is_item = |name: &str| items.iter().any(|item| key(*item).eq_ignore_ascii_case(name));
        let others = self.into_iter().filter(|item| !is_item(item.key()));
        others
            .filter_map(|item| match item.value() {
                ItemValue::Text(value) | ItemValue::Locator(value) => text(&format!("APE {}", item.key()), value),
                ItemValue::Binary(bytes) => Some(format!("APE {} {}", item.key(), blake3::hash(bytes))),
            })
            .collect()
    }

    fn save(&self, file: &mut File, options: WriteOptions) -> Result<(), FileEncodingError> {
        TagExt::save_to(self, file, options)
    }
}

impl Held for RiffInfoList {
    fn values(&self, item: Item) -> Vec<String> {
        let genre = self.get(IGNR).filter(|genre| item == Item::Genre && !genre.trim().is_empty());
        genre.map(str::to_owned).into_iter().collect()
    }

    /// Some players read nothing else of a file that has one.
    fn joins(&self, item: Item) -> bool {
        item == Item::Genre
    }

    /// It has no free names.
    fn set(&mut self, item: Item, value: &str) {
        if item == Item::Genre {
            self.insert(IGNR.to_owned(), value.to_owned());
        }
    }

    fn others(&self, items: &[Item]) -> Vec<String> {
        let others = self.into_iter().filter(|(key, _)| !(items.contains(&Item::Genre) && key == IGNR));
        others.filter_map(|(key, value)| text(&format!("INFO {key}"), value)).collect()
    }

    fn save(&self, file: &mut File, options: WriteOptions) -> Result<(), FileEncodingError> {
        TagExt::save_to(self, file, options)
    }
}

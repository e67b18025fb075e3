//! Vorbis comments: of Ogg and FLAC.

use std::fs::File;

use lofty::config::WriteOptions;
use lofty::error::FileEncodingError;
use lofty::ogg::OggPictureStorage;
use lofty::ogg::tag::VorbisComments;
use lofty::tag::TagExt;

use super::held::{Held, Item, picture, text};

impl Held for VorbisComments {
    fn values(&self, item: Item) -> Vec<String> {
        self.get_all(item.name()).filter(|value| !value.trim().is_empty()).map(str::to_owned).collect()
    }

    fn set(&mut self, item: Item, value: &str) {
        self.insert(item.name().to_owned(), value.to_owned());
    }

    fn others(&self, items: &[Item]) -> Vec<String> {
        let is_item = |key: &str| items.iter().any(|item| item.name().eq_ignore_ascii_case(key));
        let comments = self.items().filter(|(key, _)| !is_item(key));
        let comments = comments.filter_map(|(key, value)| text(&key.to_ascii_uppercase(), value));
        let vendor = text("vendor", self.vendor());
        vendor.into_iter().chain(comments).chain(self.pictures().iter().map(|(shown, _)| picture(shown))).collect()
    }

    fn save(&self, file: &mut File, options: WriteOptions) -> Result<(), FileEncodingError> {
        TagExt::save_to(self, file, options)
    }
}

//! The item list of MP4.

use std::borrow::Cow;
use std::fs::File;

use lofty::config::WriteOptions;
use lofty::error::FileEncodingError;
use lofty::mp4::{Atom, AtomData, AtomIdent, Ilst};
use lofty::tag::TagExt;

use super::held::{Held, Item, picture, text};

/// Whose free names players know.
const MEAN: &str = "com.apple.iTunes";

fn ident(item: Item) -> AtomIdent<'static> {
    match item {
        Item::Genre => AtomIdent::Fourcc(*b"\xa9gen"),
        own => AtomIdent::Freeform { mean: Cow::Borrowed(MEAN), name: Cow::Borrowed(own.name()) },
    }
}

impl Held for Ilst {
    fn values(&self, item: Item) -> Vec<String> {
        let data = self.get(&ident(item)).into_iter().flat_map(Atom::data);
        let texts = data.filter_map(|data| match data {
            AtomData::UTF8(text) | AtomData::UTF16(text) => Some(text.clone()),
            _ => None,
        });
        texts.filter(|text| !text.trim().is_empty()).collect()
    }

    fn set(&mut self, item: Item, value: &str) {
        self.replace_atom(Atom::new(ident(item), AtomData::UTF8(value.to_owned())));
    }

    fn others(&self, items: &[Item]) -> Vec<String> {
        let atoms = self.into_iter().filter(|atom| !items.iter().any(|item| ident(*item) == *atom.ident()));
        atoms.flat_map(|atom| atom.data().filter_map(|data| line(atom.ident(), data))).collect()
    }

    fn save(&self, file: &mut File, options: WriteOptions) -> Result<(), FileEncodingError> {
        TagExt::save_to(self, file, options)
    }
}

fn line(ident: &AtomIdent<'_>, data: &AtomData) -> Option<String> {
    match data {
        AtomData::UTF8(value) | AtomData::UTF16(value) => text(&ident.to_string(), value),
        AtomData::Picture(shown) => Some(picture(shown)),
        data => Some(format!("{ident} {data:?}")),
    }
}

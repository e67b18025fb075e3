//! ID3v2 and ID3v1.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use lofty::TextEncoding;
use lofty::config::WriteOptions;
use lofty::error::FileEncodingError;
use lofty::id3::v1::{GENRES, Id3v1Tag};
use lofty::id3::v2::{Frame, FrameId, Id3v2Tag, Id3v2TagFlags, TextInformationFrame};
use lofty::tag::TagExt;

use super::held::{Held, Item, picture, text};

const TCON: FrameId<'static> = FrameId::Valid(Cow::Borrowed("TCON"));

/// ID3v1's number for no genre.
const NO_GENRE: u8 = 255;

impl Held for Id3v2Tag {
    fn values(&self, item: Item) -> Vec<String> {
        match item {
            Item::Genre => {
                let genres = self.genres().into_iter().flatten().map(str::trim);
                genres.filter(|genre| !genre.is_empty()).map(str::to_owned).collect()
            }
            own => self.get_user_text(own.name()).map(str::to_owned).into_iter().collect(),
        }
    }

    fn set(&mut self, item: Item, value: &str) {
        match item {
            Item::Genre => {
                self.insert(Frame::Text(TextInformationFrame::new(TCON, TextEncoding::UTF8, value.to_owned())));
            }
            own => {
                self.insert_user_text(own.name().to_owned(), value.to_owned());
            }
        }
    }

    fn others(&self, items: &[Item]) -> Vec<String> {
        let is_item = |frame: &Frame<'_>| match frame {
            Frame::UserText(frame) => items.iter().any(|item| *item != Item::Genre && item.name() == frame.description),
            frame => items.contains(&Item::Genre) && *frame.id() == TCON,
        };
        self.iter().filter(|frame| !is_item(frame)).filter_map(line).collect()
    }

    fn save(&self, file: &mut File, options: WriteOptions) -> Result<(), FileEncodingError> {
        let mut plain = self.clone();
        // What is written is written plainly: neither unsynchronised nor compressed, without a checksum.
        plain.set_flags(Id3v2TagFlags::default());
        plain.retain_mut(|frame| {
            let mut flags = frame.flags();
            (flags.unsynchronisation, flags.compression) = (false, false);
            if flags.encryption.is_none() {
                flags.data_length_indicator = None;
            }
            frame.set_flags(flags);
            true
        });
        TagExt::save_to(&plain, file, options)
    }
}

/// A line for a frame, in which neither its encoding nor how it is packed counts.
fn line(frame: &Frame<'_>) -> Option<String> {
    let id = frame.id_str();
    match frame {
        Frame::Text(frame) => text(id, &frame.value),
        Frame::UserText(frame) => text(&format!("{id}:{}", frame.description), &frame.content),
        Frame::Url(frame) => text(id, frame.url()),
        Frame::UserUrl(frame) => text(&format!("{id}:{}", frame.description), &frame.content),
        Frame::Comment(frame) => text(&format!("{id}:{:?}:{}", frame.language, frame.description), &frame.content),
        Frame::UnsynchronizedText(frame) => {
            text(&format!("{id}:{:?}:{}", frame.language, frame.description), &frame.content)
        }
        Frame::Picture(frame) => Some(picture(&frame.picture)),
        Frame::Timestamp(frame) => Some(format!("{id}={}", frame.timestamp)),
        Frame::Binary(frame) => Some(format!("{id} {}", blake3::hash(&frame.data))),
        Frame::RelativeVolumeAdjustment(frame) => {
            let mut channels: Vec<String> = frame.channels.values().map(|channel| format!("{channel:?}")).collect();
            channels.sort();
            Some(format!("{id}:{} {channels:?}", frame.identification))
        }
        Frame::KeyValue(frame) => Some(format!("{id} {:?}", frame.key_value_pairs)),
        Frame::Popularimeter(frame) => Some(format!("{id}:{} {} {}", frame.email, frame.rating, frame.counter)),
        Frame::Private(frame) => Some(format!("{id}:{} {}", frame.owner, blake3::hash(&frame.private_data))),
        Frame::UniqueFileIdentifier(frame) => Some(format!("{id}:{} {}", frame.owner, blake3::hash(&frame.identifier))),
        frame => Some(format!("{id} {frame:?}")),
    }
}

impl Held for Id3v1Tag {
    fn values(&self, item: Item) -> Vec<String> {
        let genre = self.genre.filter(|_| item == Item::Genre);
        genre.and_then(|genre| GENRES.get(usize::from(genre))).map(|genre| (*genre).to_owned()).into_iter().collect()
    }

    /// The list has spellings of its own.
    fn says(&self, item: Item, value: &str) -> bool {
        self.values(item).iter().any(|genre| genre.eq_ignore_ascii_case(value))
    }

    /// A genre that isn't on ID3v1's list is none.
    fn set(&mut self, item: Item, value: &str) {
        if item == Item::Genre {
            let place = GENRES.iter().position(|genre| genre.eq_ignore_ascii_case(value));
            self.genre = place.and_then(|place| u8::try_from(place).ok());
        }
    }

    fn others(&self, items: &[Item]) -> Vec<String> {
        let genre = self.genre.filter(|_| !items.contains(&Item::Genre));
        vec![format!("ID3v1 {:?}", Self { genre, ..self.clone() })]
    }

    /// The genre is the last byte of the file, and only that is written: other programs cut comments.
    fn save(&self, file: &mut File, _: WriteOptions) -> Result<(), FileEncodingError> {
        file.seek(SeekFrom::End(-1))?;
        Ok(file.write_all(&[self.genre.unwrap_or(NO_GENRE)])?)
    }
}

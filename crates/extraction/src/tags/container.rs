//! The tags of a file, in whichever container.

use std::fs::File;
use std::io::{BufReader, Read, Seek};

use lofty::aac::AacFile;
use lofty::config::{ParseOptions, ParsingMode, WriteOptions};
use lofty::file::{AudioFile, FileType};
use lofty::flac::FlacFile;
use lofty::id3::v2::{Id3v2Tag, Id3v2Version};
use lofty::iff::aiff::AiffFile;
use lofty::iff::wav::WavFile;
use lofty::mp4::{Ilst, Mp4File};
use lofty::mpeg::MpegFile;
use lofty::ogg::tag::VorbisComments;
use lofty::ogg::{OggPictureStorage, OpusFile, VorbisFile};
use lofty::probe::Probe;

use super::GenreTag;
use super::frames;
use super::held::{Held, Item};
use super::refusal::{Refusal, RefusalKind};
use crate::error::chain;

/// How tags are read and written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// In the version they have, where that can be written.
    AsTheyAre,
    /// ID3v2 in version 2.4.
    Upgraded,
}

/// The tags of a file.
pub struct Tags {
    kind: FileType,
    /// Whether the ID3v2 tag is in version 2.3.
    is_v23: bool,
    /// How many frames of the ID3v2 tag were understood.
    frames: usize,
    /// The tag that players read first, if there is one, then others that may hold a genre.
    held: Vec<Box<dyn Held>>,
    /// Whether the first one is that.
    has_first: bool,
    /// Lines for tags that are never written.
    fixed: Vec<String>,
}

impl Tags {
    /// Reads the tags of a file.
    ///
    /// # Errors
    /// A file without tags that are written here, or with damaged ones: what can't be read can't be kept.
    pub(super) fn read(file: &mut File, container: &str, manner: Manner) -> Result<Self, Refusal> {
        file.rewind()?;
        let mut reader = BufReader::new(&mut *file);
        let kind = Probe::new(&mut reader).guess_file_type()?.file_type().filter(|kind| fits(*kind, container));
        reader.rewind()?;
        // Of MP4, it makes a genre of the number that it may be.
        let options = parse_options(manner == Manner::Upgraded || kind == Some(FileType::Mp4));
        let tags = match kind {
            Some(FileType::Mpeg) => {
                let mut file: MpegFile = parsed(&mut reader, options)?;
                let (first, v1, ape) = (file.remove_id3v2(), file.remove_id3v1(), file.remove_ape());
                Self::new(FileType::Mpeg).id3v2(first).with(v1).with(ape)
            }
            Some(FileType::Aac) => {
                let mut file: AacFile = parsed(&mut reader, options)?;
                let (first, v1) = (file.remove_id3v2(), file.remove_id3v1());
                Self::new(FileType::Aac).id3v2(first).with(v1)
            }
            Some(FileType::Wav) => {
                let mut file: WavFile = parsed(&mut reader, options)?;
                let (first, info) = (file.remove_id3v2(), file.remove_riff_info());
                Self::new(FileType::Wav).id3v2(first).with(info)
            }
            Some(FileType::Aiff) => {
                let mut file: AiffFile = parsed(&mut reader, options)?;
                let mut tags = Self::new(FileType::Aiff).id3v2(file.remove_id3v2());
                tags.fixed.extend(file.text_chunks().map(|chunks| format!("AIFF {chunks:?}")));
                tags
            }
            Some(FileType::Flac) => {
                let mut file: FlacFile = parsed(&mut reader, options)?;
                let mut tags = Self::new(FileType::Flac);
                // Players don't look there, and the format forbids it: it stays as it is.
                tags.fixed.extend(file.id3v2().into_iter().flat_map(|tag| tag.others(&[])));
                let mut comments = file.remove_vorbis_comments();
                if !file.pictures().is_empty() {
                    let comments = comments.get_or_insert_default();
                    for (picture, form) in file.pictures() {
                        comments.insert_picture(picture.clone(), Some(*form)).map_err(|e| damaged(&e))?;
                    }
                }
                tags.first(comments)
            }
            Some(FileType::Vorbis) => {
                let mut file: VorbisFile = parsed(&mut reader, options)?;
                Self::new(FileType::Vorbis).first(Some(std::mem::take(file.vorbis_comments_mut())))
            }
            Some(FileType::Opus) => {
                let mut file: OpusFile = parsed(&mut reader, options)?;
                Self::new(FileType::Opus).first(Some(std::mem::take(file.vorbis_comments_mut())))
            }
            Some(FileType::Mp4) => {
                let mut file: Mp4File = parsed(&mut reader, options)?;
                Self::new(FileType::Mp4).first(file.remove_ilst())
            }
            _ => {
                let message = format!("{container}: a format, or a form of it, without tags that are written here");
                return Err(Refusal::new(RefusalKind::NoTags, message));
            }
        };
        drop(reader);
        // Read in the version it has, each frame is one here; otherwise several may have become one.
        if matches!(tags.kind, FileType::Mpeg | FileType::Aac) && !(tags.is_v23 && manner == Manner::Upgraded) {
            frames::check(file, tags.frames)?;
        }
        Ok(tags)
    }

    fn new(kind: FileType) -> Self {
        Self { kind, is_v23: false, frames: 0, held: Vec::new(), has_first: false, fixed: Vec::new() }
    }

    fn first(mut self, tag: Option<impl Held + 'static>) -> Self {
        self.has_first = tag.is_some();
        self.with(tag)
    }

    fn id3v2(mut self, tag: Option<Id3v2Tag>) -> Self {
        self.is_v23 = tag.as_ref().is_some_and(|tag| tag.original_version() == Id3v2Version::V3);
        self.frames = tag.as_ref().map_or(0, |tag| tag.len());
        self.first(tag)
    }

    fn with(mut self, tag: Option<impl Held + 'static>) -> Self {
        self.held.extend(tag.map(|tag| Box::new(tag) as Box<dyn Held>));
        self
    }

    /// The values of an item, in whichever tag.
    pub(super) fn values(&self, item: Item) -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        for value in self.held.iter().flat_map(|tag| tag.values(item)) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    /// Whether this is said already, by the tag that players read first and by all that say something of it.
    pub(super) fn says(&self, wanted: &GenreTag) -> bool {
        let said = |(item, value): &(Item, String)| {
            let mut tags = self.held.iter().enumerate().filter(|(at, tag)| *at == 0 || tag.joins(*item));
            self.has_first && tags.all(|(_, tag)| tag.says(*item, value))
        };
        wanted.items().iter().all(said)
    }

    /// Everything else that the tags say, in an order that depends on nothing else.
    pub(super) fn others(&self, wanted: &GenreTag) -> Vec<String> {
        let items: Vec<Item> = wanted.items().into_iter().map(|(item, _)| item).collect();
        let mut lines: Vec<String> = self.held.iter().flat_map(|tag| tag.others(&items)).collect();
        lines.extend(self.fixed.iter().cloned());
        lines.sort();
        lines
    }

    /// In which manners they may be written, the best first.
    pub(super) fn manners(&self) -> &'static [Manner] {
        if self.is_v23 { &[Manner::AsTheyAre, Manner::Upgraded] } else { &[Manner::AsTheyAre] }
    }

    /// Writes what is wanted into a file that has these tags: into the tag that players read first, which is made if it's
    /// missing, and into the others that say something else.
    pub(super) fn write(mut self, file: &mut File, wanted: &GenreTag, manner: Manner) -> Result<(), Refusal> {
        if !self.has_first {
            self.held.insert(0, self.empty());
        }
        let options = self.write_options(manner);
        let items = wanted.items();
        for (at, tag) in self.held.iter_mut().enumerate() {
            let written = items.iter().filter(|(item, _)| at == 0 || tag.joins(*item)).collect::<Vec<_>>();
            for (item, value) in &written {
                tag.set(*item, value);
            }
            if !written.is_empty() {
                file.rewind()?;
                tag.save(file, options).map_err(|error| {
                    Refusal::new(RefusalKind::Damaged, format!("its tags can't be written: {}", chain(&error)))
                })?;
            }
        }
        Ok(())
    }

    /// A new tag of the kind that players read first.
    fn empty(&self) -> Box<dyn Held> {
        match self.kind {
            FileType::Mp4 => Box::new(Ilst::default()),
            FileType::Flac | FileType::Vorbis | FileType::Opus => Box::new(VorbisComments::default()),
            _ => Box::new(Id3v2Tag::default()),
        }
    }

    fn write_options(&self, manner: Manner) -> WriteOptions {
        // Nothing may be left out without a word.
        let mut options = WriteOptions::new().respect_read_only(false);
        options.lossy_text_encoding(false);
        options.use_id3v23(self.is_v23 && manner == Manner::AsTheyAre);
        // Padding in Ogg is that of a whole page, 64 KiB.
        let is_ogg = matches!(self.kind, FileType::Vorbis | FileType::Opus);
        if is_ogg { options.preferred_padding(0) } else { options }
    }
}

/// Whether this is the container, by its name in [`dsp::AudioFormat`], that tags are looked for in: what begins with a tag, or
/// with anything, may be taken for MPEG audio.
fn fits(kind: FileType, container: &str) -> bool {
    let name = match kind {
        FileType::Mpeg => "MPEG Audio",
        FileType::Aac => "Audio Data Transport Stream",
        FileType::Flac => "Free Lossless Audio Codec",
        FileType::Wav => "Waveform Audio File Format",
        FileType::Aiff => "Audio Interchange File Format",
        FileType::Vorbis | FileType::Opus => "Ogg",
        FileType::Mp4 => "ISO Base Media File Format",
        _ => return false,
    };
    container.starts_with(name)
}

/// The strictest way to read tags: what is passed over in reading would be lost in writing.
fn parse_options(convert: bool) -> ParseOptions {
    let mut options = ParseOptions::new();
    options.parsing_mode(ParsingMode::Strict);
    options.read_properties(false);
    options.implicit_conversions(convert)
}

fn parsed<F: AudioFile>(reader: &mut (impl Read + Seek), options: ParseOptions) -> Result<F, Refusal> {
    F::read_from(reader, options).map_err(|error| damaged(&error))
}

fn damaged(error: &dyn std::error::Error) -> Refusal {
    Refusal::new(RefusalKind::Damaged, format!("its tags can't be read whole, and so not kept: {}", chain(error)))
}

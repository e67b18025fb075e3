//! Learning curves for TensorBoard.
//!
//! An event file is a row of records, each a protocol buffer `Event` between its length and checksums (TFRecord). As Keras
//! does, training and validation are two runs, `train` and `validation`, with the same tags, so that TensorBoard draws them
//! into one chart.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use extraction::chain;

use crate::error::{Error, Result};
use crate::experiment::Round;
use crate::observer::{Event, Observer, Phase};
use crate::training::{Epoch, Score};

/// TensorBoard reads files with `tfevents` in their names. Always the same name: a new run replaces what an old one wrote,
/// where a second file would be drawn over it.
const FILE: &str = "events.out.tfevents.gtzan";

/// Writes the epochs of every network into event files, each at once, since TensorBoard may be watching; and passes on what it
/// hears.
pub struct Curves<'a> {
    observer: &'a dyn Observer,
    folder: &'a Path,
    /// Whether each network has a folder of its own.
    several: bool,
    /// The networks that have begun; `None` where the files can't be written any more.
    files: Mutex<BTreeMap<String, Option<EventFiles>>>,
}

impl<'a> Curves<'a> {
    /// Files in `folder` for so many networks; `observer` hears of everything.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn new(observer: &'a dyn Observer, folder: &'a Path, networks: usize) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(Error::write(folder))?;
        Ok(Self { observer, folder, several: networks > 1, files: Mutex::default() })
    }

    fn write(&self, round: &Round, epoch: &Epoch) -> Result<()> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let name = round.name();
        if !files.contains_key(&name) {
            let folder = if self.several { self.folder.join(&name) } else { self.folder.to_owned() };
            // A training is worth more than its event files: where they can't be written, it goes on without them.
            files.insert(name.clone(), None);
            files.insert(name.clone(), Some(EventFiles::create(&folder)?));
        }
        let Some(Some(events)) = files.get_mut(&name) else { return Ok(()) };
        events.epoch(epoch).inspect_err(|_| drop(files.insert(name, None)))
    }
}

impl Observer for Curves<'_> {
    fn event(&self, event: Event<'_>) {
        let (round, epochs) = match event {
            Event::Epoch { round, phase: Phase::Fit, epoch, .. } => (Some(round), std::slice::from_ref(epoch)),
            Event::Resumed { round, phase: Phase::Fit, history, .. } => (Some(round), history),
            _ => (None, Default::default()),
        };
        if let Some(round) = round
            && let Err(error) = epochs.iter().try_for_each(|epoch| self.write(round, epoch))
        {
            self.observer.event(Event::Warning(&format!("no more events for TensorBoard: {}", chain(&error))));
        }
        self.observer.event(event);
    }

    fn wants_to_stop(&self) -> bool {
        self.observer.wants_to_stop()
    }
}

struct EventFiles {
    train: EventFile,
    validation: EventFile,
}

impl EventFiles {
    /// Begins `train` and `validation` in a folder.
    fn create(folder: &Path) -> Result<Self> {
        let begin = |name: &str| EventFile::create(&folder.join(name).join(FILE));
        Ok(Self { train: begin("train")?, validation: begin("validation")? })
    }

    fn epoch(&mut self, epoch: &Epoch) -> Result<()> {
        self.train.score(epoch.number, &epoch.train)?;
        epoch.valid.map_or(Ok(()), |score| self.validation.score(epoch.number, &score))
    }
}

struct EventFile {
    path: PathBuf,
    file: File,
}

impl EventFile {
    fn create(path: &Path) -> Result<Self> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(Error::write(folder))?;
        let file = File::create(path).map_err(Error::write(path))?;
        let mut events = Self { path: path.to_owned(), file };
        events.add(&event(0, FILE_VERSION, b"brain.Event:2"))?;
        Ok(events)
    }

    fn score(&mut self, epoch: usize, score: &Score) -> Result<()> {
        let mut summary = Vec::new();
        value(&mut summary, "epoch_loss", score.loss);
        value(&mut summary, "epoch_accuracy", score.accuracy);
        self.add(&event(epoch, SUMMARY, &summary))
    }

    fn add(&mut self, data: &[u8]) -> Result<()> {
        let length = (data.len() as u64).to_le_bytes();
        let mut record = Vec::with_capacity(data.len() + 16);
        record.extend_from_slice(&length);
        record.extend_from_slice(&masked_checksum(&length));
        record.extend_from_slice(data);
        record.extend_from_slice(&masked_checksum(data));
        // One write a record, so that a reader in between sees whole ones.
        self.file.write_all(&record).map_err(Error::write(&self.path))
    }
}

/// CRC-32C, turned and shifted so that checksums of checksums mean something.
fn masked_checksum(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// A protocol buffer `Event`: wall time, step, and one more field (see [`text`]), numbered as in TensorFlow's `event.proto`.
fn event(step: usize, field: u8, content: &[u8]) -> Vec<u8> {
    let wall_time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let mut event = vec![WALL_TIME << 3 | FIXED_64];
    event.extend(wall_time.to_le_bytes());
    event.push(STEP << 3 | VARINT);
    varint(&mut event, step);
    text(&mut event, field, content);
    event
}

/// Adds a `Summary.Value` to a `Summary` of `summary.proto`.
fn value(summary: &mut Vec<u8>, tag: &str, value: f64) {
    let mut message = Vec::new();
    text(&mut message, TAG, tag.as_bytes());
    message.push(SIMPLE_VALUE << 3 | FIXED_32);
    message.extend((value as f32).to_le_bytes());
    text(summary, VALUE, &message);
}

/// The numbers of the fields that are used.
const WALL_TIME: u8 = 1;
const STEP: u8 = 2;
const FILE_VERSION: u8 = 3;
const SUMMARY: u8 = 5;
const VALUE: u8 = 1;
const TAG: u8 = 1;
const SIMPLE_VALUE: u8 = 2;

/// How a field is written; stands beside its number.
const VARINT: u8 = 0;
const FIXED_64: u8 = 1;
const LENGTH_DELIMITED: u8 = 2;
const FIXED_32: u8 = 5;

/// Adds a string or a message, which are written alike.
fn text(out: &mut Vec<u8>, field: u8, content: &[u8]) {
    out.push(field << 3 | LENGTH_DELIMITED);
    varint(out, content.len());
    out.extend(content);
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn varint(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_protocol_buffers() {
        // protoc --decode=Event of these bytes: wall_time, step: 300, summary { value { tag: "a" simple_value: 0.5 } }
        let mut summary = Vec::new();
        value(&mut summary, "a", 0.5);
        let event = event(300, SUMMARY, &summary);
        assert_eq!(event[0], 0x09);
        assert_eq!(event[9..], [0x10, 0xac, 0x02, 0x2a, 0x0a, 0x0a, 0x08, 0x0a, 1, b'a', 0x15, 0, 0, 0, 0x3f]);
    }

    #[test]
    fn checksums_are_tensorflows() {
        // crc32c("123456789") is 0xe3069283 (RFC 3720); TensorFlow's crc32c::Mask makes this of it.
        assert_eq!(masked_checksum(b"123456789"), 0xc78a_b0e5u32.to_le_bytes());
    }
}

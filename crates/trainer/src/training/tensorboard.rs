//! Learning curves for TensorBoard.
//!
//! An event file is a row of records, each a protocol buffer `Event` between its length and checksums (TFRecord). As Keras
//! does, training and validation are two runs, `train` and `validation`, with the same tags, so that TensorBoard draws them
//! into one chart.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;

use super::{Epoch, Score};
use crate::{Error, Result};

/// TensorBoard reads files with `tfevents` in their names. Always the same name: a new run replaces what an old one wrote,
/// where a second file would be drawn over it.
const FILE: &str = "events.out.tfevents.gtzan";

/// Writes epochs into event files, each at once: TensorBoard may be watching.
pub struct EventFiles {
    train: EventFile,
    validation: EventFile,
}

impl EventFiles {
    /// Begins `train` and `validation` in a folder.
    ///
    /// # Errors
    /// The files can't be written.
    pub fn create(folder: &Path) -> Result<Self> {
        let begin = |name: &str| EventFile::create(&folder.join(name).join(FILE));
        Ok(Self { train: begin("train")?, validation: begin("validation")? })
    }

    /// Adds an epoch.
    ///
    /// # Errors
    /// The files can't be written.
    pub fn epoch(&mut self, epoch: &Epoch) -> Result<()> {
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
        events.add(&Event { file_version: Some("brain.Event:2".to_owned()), ..Event::now(0) })?;
        Ok(events)
    }

    fn score(&mut self, epoch: usize, score: &Score) -> Result<()> {
        let value = |tag: &str, value: f64| Value { tag: tag.to_owned(), simple_value: Some(value as f32) };
        let values = vec![value("epoch_loss", score.loss), value("epoch_accuracy", score.accuracy)];
        self.add(&Event { summary: Some(Summary { values }), ..Event::now(epoch) })
    }

    fn add(&mut self, event: &Event) -> Result<()> {
        let data = event.encode_to_vec();
        let length = (data.len() as u64).to_le_bytes();
        let mut record = Vec::with_capacity(data.len() + 16);
        record.extend_from_slice(&length);
        record.extend_from_slice(&masked_checksum(&length));
        record.extend_from_slice(&data);
        record.extend_from_slice(&masked_checksum(&data));
        // One write a record, so that a reader in between sees whole ones.
        self.file.write_all(&record).map_err(Error::write(&self.path))
    }
}

/// CRC-32C, turned and shifted so that checksums of checksums mean something.
fn masked_checksum(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// The fields of TensorFlow's `event.proto` and `summary.proto` that are used.
#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    values: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    /// One of several kinds of values, so that 0 is written, too.
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

impl Event {
    fn now(step: usize) -> Self {
        let wall_time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        Self { wall_time, step: step as i64, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_tensorflows() {
        // crc32c("123456789") is 0xe3069283 (RFC 3720); TensorFlow's crc32c::Mask makes this of it.
        assert_eq!(masked_checksum(b"123456789"), 0xc78a_b0e5u32.to_le_bytes());
    }
}

//! A file made of pieces of another.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

/// A piece of a file that was replaced. As JSON, `[from, length]` or the bytes in Base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Piece {
    /// Bytes of the file that took its place.
    Kept {
        /// Where they begin there.
        from: u64,
        /// How many they are.
        length: u64,
    },
    /// Bytes that aren't there any more.
    Bytes(Vec<u8>),
}

/// A [`Piece`] as it stands in a journal.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Kept(u64, u64),
    Bytes(String),
}

impl From<Piece> for Written {
    fn from(piece: Piece) -> Self {
        match piece {
            Piece::Kept { from, length } => Self::Kept(from, length),
            Piece::Bytes(bytes) => Self::Bytes(BASE64_STANDARD.encode(bytes)),
        }
    }
}

impl TryFrom<Written> for Piece {
    type Error = base64::DecodeError;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        Ok(match written {
            Written::Kept(from, length) => Self::Kept { from, length },
            Written::Bytes(text) => Self::Bytes(BASE64_STANDARD.decode(text)?),
        })
    }
}

/// Writes the file that these pieces make.
pub fn rebuild(pieces: &[Piece], mut changed: &File, out: &mut impl Write) -> io::Result<()> {
    for piece in pieces {
        match piece {
            Piece::Kept { from, length } => {
                changed.seek(SeekFrom::Start(*from))?;
                if io::copy(&mut changed.take(*length), out)? < *length {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            Piece::Bytes(bytes) => out.write_all(bytes)?,
        }
    }
    Ok(())
}

/// What a file holds, as its length and hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// How many bytes.
    pub bytes: u64,
    /// BLAKE3 of them, in hexadecimal.
    pub blake3: String,
}

impl Content {
    /// That of a file, from its start.
    pub fn of(mut file: &File) -> io::Result<Self> {
        let mut hashed = Hashed::new(io::sink());
        file.rewind()?;
        io::copy(&mut file, &mut hashed)?;
        Ok(hashed.content())
    }
}

/// Writes, and hashes what is written.
pub struct Hashed<W> {
    out: W,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<W> Hashed<W> {
    /// Nothing yet.
    pub fn new(out: W) -> Self {
        Self { out, hasher: blake3::Hasher::new(), bytes: 0 }
    }

    /// What was written.
    pub fn content(&self) -> Content {
        Content { bytes: self.bytes, blake3: self.hasher.finalize().to_hex().to_string() }
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

//! Files that symphonia decodes.

use std::fs::File;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::common::Limit;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use crate::m4a;
use crate::media::MediaFile;
use crate::source::{check_shape, mix_planes};
use crate::{Error, Result};

/// An open file of any format but AU.
pub(crate) struct DemuxedSource {
    path: PathBuf,
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    rate: u32,
    /// Samples before the sound starts, still to be dropped.
    skip: u64,
    planes: Vec<Vec<f32>>,
    /// Whether any packet could be decoded.
    decoded: bool,
    /// What was wrong with the last undecodable packet.
    last_fault: Option<String>,
}

impl DemuxedSource {
    /// Finds the container, its audio track and the decoder. `head` is the start of the file.
    pub(crate) fn open(path: &Path, file: File, head: &[u8]) -> Result<Self> {
        guarded(path, || Self::open_unguarded(path, file, head))
    }

    fn open_unguarded(path: &Path, mut file: File, head: &[u8]) -> Result<Self> {
        let io = |source| Error::Io { path: path.to_owned(), source };
        let sound_start = if head.get(4..8) == Some(b"ftyp") { m4a::sound_start(&mut file).map_err(io)? } else { 0.0 };
        let file = MediaFile::new(file, head).map_err(io)?;
        let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
        // Pictures are not needed, however large they are.
        let metadata = MetadataOptions::default().limit_visual_bytes(Limit::Maximum(0));
        let format = symphonia::default::get_probe()
            .probe(&Hint::new(), stream, FormatOptions::default(), metadata)
            .map_err(|e| open_error(path, e))?;
        let (track, rate, decoder) = make_decoder(path, format.as_ref())?;
        Ok(Self {
            path: path.to_owned(),
            format,
            decoder,
            track,
            rate,
            skip: (sound_start * f64::from(rate)).round() as u64,
            planes: Vec::new(),
            decoded: false,
            last_fault: None,
        })
    }

    /// Sampling rate in Hz.
    pub(crate) fn rate(&self) -> u32 {
        self.rate
    }

    /// Container and codec by name, and the channels: as the header tells them, or the packet decoded last.
    pub(crate) fn format(&self) -> (&'static str, &'static str, Option<usize>) {
        let declared = self.decoder.codec_params().channels.as_ref().map(|channels| channels.count());
        let channels = if self.planes.is_empty() { declared } else { Some(self.planes.len()) };
        (self.format.format_info().long_name, self.decoder.codec_info().long_name, channels)
    }

    /// Appends the next packet's samples to `out`; `false` means that there are no more. Not to be called again after
    /// an error.
    pub(crate) fn next_block(&mut self, out: &mut Vec<f32>) -> Result<bool> {
        let path = self.path.clone();
        guarded(&path, || self.decode_packet(out))
    }

    fn decode_packet(&mut self, out: &mut Vec<f32>) -> Result<bool> {
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return self.end(),
                // The file ends inside a packet: what came before is still good.
                Err(SymphoniaError::IoError(e)) if e.kind() == ErrorKind::UnexpectedEof => return self.end(),
                Err(SymphoniaError::IoError(source)) => return Err(Error::Io { path: self.path.clone(), source }),
                Err(SymphoniaError::ResetRequired) => {
                    self.restart()?;
                    continue;
                }
                Err(e) => return Err(Error::Decode { path: self.path.clone(), reason: e.to_string() }),
            };
            if packet.track_id != self.track {
                continue;
            }
            match self.decoder.decode(&packet) {
                Ok(buffer) => {
                    let (rate, channels, buffer_len) = (buffer.spec().rate(), buffer.num_planes(), buffer.frames());
                    self.decoded = true;
                    if buffer_len == 0 {
                        continue;
                    }
                    if rate != self.rate {
                        let reason = format!("the sampling rate changes from {} to {rate} Hz on the way", self.rate);
                        return Err(Error::Decode { path: self.path.clone(), reason });
                    }
                    check_shape(&self.path, rate, channels)?;
                    buffer.copy_to_vecs_planar(&mut self.planes);
                    let dropped = self.skip.min(buffer_len as u64) as usize;
                    self.skip -= dropped as u64;
                    mix_planes(&self.planes, dropped, out);
                    return Ok(true);
                }
                // Symphonia: such a packet is to be discarded, and decoding goes on with the next.
                Err(SymphoniaError::DecodeError(reason)) => self.last_fault = Some(reason.to_owned()),
                Err(SymphoniaError::IoError(e)) => self.last_fault = Some(e.to_string()),
                Err(SymphoniaError::ResetRequired) => self.decoder.reset(),
                Err(e) => return Err(Error::Decode { path: self.path.clone(), reason: e.to_string() }),
            }
        }
    }

    /// The end of the file, which is an error if none of its packets could be decoded.
    fn end(&mut self) -> Result<bool> {
        match self.last_fault.take() {
            Some(reason) if !self.decoded => Err(Error::Decode { path: self.path.clone(), reason }),
            _ => Ok(false),
        }
    }

    /// A chained Ogg file goes on with another stream, which needs its own decoder.
    fn restart(&mut self) -> Result<()> {
        let (track, rate, decoder) = make_decoder(&self.path, self.format.as_ref())?;
        if rate != self.rate {
            let reason = format!("the sampling rate changes from {} to {rate} Hz on the way", self.rate);
            return Err(Error::Decode { path: self.path.clone(), reason });
        }
        (self.track, self.decoder) = (track, decoder);
        Ok(())
    }
}

/// Runs a step of symphonia. Its arithmetic on contradictory headers can overflow, which panics in builds with overflow
/// checks; a file must not be able to end the program.
fn guarded<T>(path: &Path, step: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|_| {
        let reason = "its headers contradict each other".to_owned();
        Err(Error::Decode { path: path.to_owned(), reason })
    })
}

/// The audio track's number and sampling rate, and a decoder for it.
fn make_decoder(path: &Path, format: &dyn FormatReader) -> Result<(u32, u32, Box<dyn AudioDecoder>)> {
    let track = format.default_track(TrackType::Audio).ok_or_else(|| Error::NoAudioTrack { path: path.to_owned() })?;
    let Some(CodecParameters::Audio(parameters)) = &track.codec_params else {
        return Err(Error::NoAudioTrack { path: path.to_owned() });
    };
    let rate = parameters.sample_rate.unwrap_or_default();
    // Not every container tells the channels; each decoded packet does, and is checked again.
    check_shape(path, rate, parameters.channels.as_ref().map_or(1, |channels| channels.count()))?;
    let decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|e| match e {
            SymphoniaError::Unsupported(_) => Error::Unsupported {
                path: path.to_owned(),
                reason: format!("no decoder for the codec inside the {} file", format.format_info().long_name),
            },
            e => open_error(path, e),
        })?;
    Ok((track.id, rate, decoder))
}

/// A failure to open, told apart by whether the format or this file is at fault.
fn open_error(path: &Path, error: SymphoniaError) -> Error {
    let path = path.to_owned();
    match error {
        SymphoniaError::Unsupported(reason) => Error::Unsupported { path, reason: reason.to_owned() },
        SymphoniaError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => {
            Error::Decode { path, reason: "the file ends inside its header".to_owned() }
        }
        SymphoniaError::IoError(source) => Error::Io { path, source },
        e => Error::Decode { path, reason: e.to_string() },
    }
}

//! An open input at its own rate: container and decoder that fit, mixing, limits, and the books of what was lost.

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_PCM_ALAW, CODEC_ID_PCM_MULAW};
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::common::Limit;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::{Hint, Probe};
use symphonia::core::formats::well_known::{
    FORMAT_ID_ADTS, FORMAT_ID_ISOMP4, FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3, FORMAT_ID_OGG,
};
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, TimeBase};

use crate::au::AuReader;
use crate::between::Tap;
use crate::decode::{MAX_RATE, MIN_RATE};
use crate::input::{AudioInput, Opened};
use crate::loss::Ledger;
use crate::media::MediaFile;
use crate::mix::mix_planes;
use crate::{DecodeReport, Error, Result, m4a, recognise};

/// Most channels mixed.
const MAX_CHANNELS: u64 = 32;

/// Symphonia's containers, and AU.
static PROBE: LazyLock<Probe> = LazyLock::new(|| {
    let mut probe = Probe::default();
    symphonia::default::register_enabled_formats(&mut probe);
    probe.register_format::<AuReader<'_>>();
    probe
});

/// Mono samples at the input's own rate, a block at a time.
pub(crate) struct DemuxedSource {
    name: String,
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    rate: u32,
    /// Samples before the sound starts, still to be dropped.
    skip: u64,
    planes: Vec<Vec<f32>>,
    ledger: Ledger,
    /// Bytes passing by, of streams without time stamps.
    tap: Option<Tap>,
    /// Audio bytes that the header declares beyond the end, and those that are there.
    missing: Option<(u64, u64)>,
    /// Length of a tick of the time stamps in s.
    tick: f64,
    /// Time stamp that the next packet should have.
    next_stamp: Option<i64>,
    /// Length that the header declares, in s, and whether it is exact to the sample.
    declared: Option<(f64, bool)>,
}

impl DemuxedSource {
    /// Opens an input with the container and decoder that its content calls for.
    pub(crate) fn open(input: &AudioInput) -> Result<Self> {
        let name = input.name();
        let opened = input.open()?;
        let head = opened.head.clone();
        let known = recognise::recognise(&name, &head)?;
        match guarded(&name, || Self::open_unguarded(&name, opened)) {
            Err(_) if !known => Err(recognise::unknown(&name, &head)),
            result => result,
        }
    }

    fn open_unguarded(name: &str, opened: Opened) -> Result<Self> {
        let io = |source| Error::Io { name: name.to_owned(), source };
        let head = opened.head.clone();
        let mut file = opened.into_source(name)?;
        let is_m4a = head.get(4..8) == Some(b"ftyp");
        let sound_start = if is_m4a { m4a::sound_start(file.as_mut()).map_err(io)? } else { 0.0 };
        let file = MediaFile::new(file, &head).map_err(io)?;
        let (missing, tap) = (file.missing(), file.tap());
        let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
        // Pictures are not needed, however large they are.
        let metadata = MetadataOptions::default().limit_visual_bytes(Limit::Maximum(0));
        let format =
            PROBE.probe(&Hint::new(), stream, FormatOptions::default(), metadata).map_err(|e| open_error(name, e))?;
        let bare = [FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3, FORMAT_ID_ADTS].contains(&format.format_info().format);
        let tap = match tap {
            Some(tap) if !bare => {
                tap.close();
                None
            }
            tap => tap,
        };
        let found = find_track(name, format.as_ref())?;
        Ok(Self {
            name: name.to_owned(),
            decoder: found.decoder,
            track: found.id,
            rate: found.rate,
            skip: (sound_start * f64::from(found.rate)).round() as u64,
            planes: Vec::new(),
            ledger: Ledger::new(found.rate),
            tap,
            missing,
            tick: found.tick,
            next_stamp: None,
            declared: found.declared,
            format,
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
        let codec = match self.decoder.codec_params().codec {
            CODEC_ID_PCM_MULAW => "G.711 µ-law",
            CODEC_ID_PCM_ALAW => "G.711 A-law",
            _ => self.decoder.codec_info().long_name,
        };
        (self.format.format_info().long_name, codec, channels)
    }

    /// What is known so far; complete once [`Self::next_block`] said that there is no more.
    pub(crate) fn report(&self) -> &DecodeReport {
        &self.ledger.report
    }

    /// Appends the next packet's samples to `out`; `false` means that there are no more. Not to be called again after
    /// that or after an error.
    pub(crate) fn next_block(&mut self, out: &mut Vec<f32>) -> Result<bool> {
        let name = self.name.clone();
        guarded(&name, || self.decode_packet(out))
    }

    fn decode_packet(&mut self, out: &mut Vec<f32>) -> Result<bool> {
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return self.end(),
                // The file ends inside a packet: what came before is still good.
                Err(SymphoniaError::IoError(e)) if e.kind() == ErrorKind::UnexpectedEof => {
                    self.ledger.broke_off();
                    return self.end();
                }
                Err(SymphoniaError::IoError(source)) => return Err(Error::Io { name: self.name.clone(), source }),
                Err(SymphoniaError::ResetRequired) => {
                    self.restart()?;
                    continue;
                }
                Err(e) => return Err(decode_error(&self.name, e)),
            };
            if packet.track_id != self.track {
                continue;
            }
            self.look_for_gap(&packet);
            // Of a frame at the end of an MPEG stream, symphonia 0.6.1 counts the trimmed samples twice.
            let length = if self.tap.is_some() { packet.dur } else { packet.block_dur() };
            let seconds = length.get() as f64 * self.tick;
            match self.decoder.decode(&packet) {
                Ok(buffer) => {
                    let (rate, channels, buffer_len) = (buffer.spec().rate(), buffer.num_planes(), buffer.frames());
                    if buffer_len > 0 {
                        if rate != self.rate {
                            return Err(rate_changes(&self.name, self.rate, rate));
                        }
                        check_shape(&self.name, rate, channels)?;
                        buffer.copy_to_vecs_planar(&mut self.planes);
                    }
                    let dropped = self.skip.min(buffer_len as u64);
                    self.skip -= dropped;
                    self.ledger.decoded(packet.data.len(), seconds, buffer_len as u64, dropped);
                    if packet.trim_end >= length {
                        self.ledger.cut(seconds);
                    }
                    if buffer_len == 0 {
                        continue;
                    }
                    let start = out.len();
                    mix_planes(&self.planes, dropped as usize, out);
                    self.ledger.balance.add(&self.planes, dropped as usize, &out[start..]);
                    return Ok(true);
                }
                // Symphonia: such a packet is to be discarded, and decoding goes on with the next.
                Err(e @ (SymphoniaError::DecodeError(_) | SymphoniaError::IoError(_))) => {
                    let reason = match e {
                        SymphoniaError::DecodeError(reason) => reason.to_owned(),
                        e => e.to_string(),
                    };
                    self.ledger.undecodable(seconds, packet.data.len(), reason);
                }
                Err(SymphoniaError::ResetRequired) => self.decoder.reset(),
                Err(e) => return Err(decode_error(&self.name, e)),
            }
        }
    }

    /// Takes note of what was passed over on the way to this packet.
    fn look_for_gap(&mut self, packet: &Packet) {
        if let Some(tap) = &self.tap {
            self.ledger.passed_over(tap.pass(&packet.data));
            return;
        }
        let stamp = packet.pts.get();
        if let Some(expected) = self.next_stamp {
            let gap = stamp.saturating_sub(expected);
            // Damaged time stamps may point anywhere; a packet's trimming and rounding is no gap.
            let end = self.declared.map_or(f64::INFINITY, |(seconds, _)| seconds);
            if gap > packet.block_dur().get() as i64 / 2 && stamp as f64 * self.tick <= end {
                self.ledger.jumped(gap as f64 * self.tick);
            }
        }
        self.next_stamp = Some(stamp.saturating_add_unsigned(packet.block_dur().get()));
    }

    /// The end of the file, which is an error if none of its packets could be decoded.
    fn end(&mut self) -> Result<bool> {
        if let Some(reason) = self.ledger.nothing_but_faults() {
            return Err(Error::Decode { name: self.name.clone(), reason, source: None });
        }
        if let Some(tap) = &self.tap {
            let (bytes, in_frame) = tap.end();
            self.ledger.passed_over(bytes);
            if in_frame {
                self.ledger.broke_off();
            }
        }
        self.ledger.close(self.missing, self.declared);
        Ok(false)
    }

    /// A chained Ogg file goes on with another stream, which needs its own decoder.
    fn restart(&mut self) -> Result<()> {
        let found = find_track(&self.name, self.format.as_ref())?;
        if found.rate != self.rate {
            return Err(rate_changes(&self.name, self.rate, found.rate));
        }
        (self.track, self.decoder, self.tick) = (found.id, found.decoder, found.tick);
        (self.next_stamp, self.declared) = (None, None);
        Ok(())
    }
}

/// Runs a step of symphonia. Its arithmetic on contradictory headers can overflow, which panics in builds with overflow
/// checks; a file must not be able to end the program.
fn guarded<T>(name: &str, step: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|_| {
        let reason = "its headers contradict each other".to_owned();
        Err(Error::Decode { name: name.to_owned(), reason, source: None })
    })
}

/// A sound track and what decodes it.
struct FoundTrack {
    id: u32,
    rate: u32,
    tick: f64,
    declared: Option<(f64, bool)>,
    decoder: Box<dyn AudioDecoder>,
}

/// The sound track, and a decoder for it.
fn find_track(name: &str, format: &dyn FormatReader) -> Result<FoundTrack> {
    let no_track = || Error::NoAudioTrack { name: name.to_owned() };
    let track = format.default_track(TrackType::Audio).ok_or_else(no_track)?;
    let Some(CodecParameters::Audio(parameters)) = &track.codec_params else { return Err(no_track()) };
    let rate = parameters.sample_rate.unwrap_or_default();
    // Not every container tells the channels; each decoded packet does, and is checked again.
    check_shape(name, rate, parameters.channels.as_ref().map_or(1, |channels| channels.count()))?;
    let decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|e| match e {
            SymphoniaError::Unsupported(_) => Error::Unsupported {
                name: name.to_owned(),
                reason: format!("no decoder for the codec inside the {} file", format.format_info().long_name),
                source: Some(Box::new(e)),
            },
            e => open_error(name, e),
        })?;
    let base = track.time_base.or(TimeBase::try_from_recip(rate));
    let tick = base.map_or(0.0, |base| f64::from(base.numer.get()) / f64::from(base.denom.get()));
    Ok(FoundTrack { id: track.id, rate, tick, declared: declared(format, track, tick), decoder })
}

/// The length in s that the header declares, and whether it is exact to the sample.
fn declared(format: &dyn FormatReader, track: &Track, tick: f64) -> Option<(f64, bool)> {
    let ticks = track.duration.map(Duration::get).filter(|&ticks| ticks > 0)?;
    let container = format.format_info().format;
    let lossy = [FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3, FORMAT_ID_ADTS, FORMAT_ID_OGG, FORMAT_ID_ISOMP4];
    Some((ticks as f64 * tick, !lossy.contains(&container)))
}

/// Refuses sampling rates and numbers of channels that no recording has.
fn check_shape(name: &str, rate: u32, channels: usize) -> Result<()> {
    let unsupported = |reason| Err(Error::Unsupported { name: name.to_owned(), reason, source: None });
    if rate < MIN_RATE {
        let reason = format!("the header names a sampling rate of {rate} Hz, and at least {MIN_RATE} Hz is handled");
        return unsupported(reason);
    }
    if channels == 0 {
        return unsupported("the header names no channels".to_owned());
    }
    let too_large = |what, limit, got| Err(Error::TooLarge { name: name.to_owned(), what, limit, got });
    if rate > MAX_RATE {
        return too_large("the sampling rate in Hz", u64::from(MAX_RATE), u64::from(rate));
    }
    if channels as u64 > MAX_CHANNELS {
        return too_large("the number of channels", MAX_CHANNELS, channels as u64);
    }
    Ok(())
}

/// A failure to open, told apart by whether the format or this file is at fault.
fn open_error(name: &str, error: SymphoniaError) -> Error {
    let name = name.to_owned();
    match error {
        SymphoniaError::Unsupported(reason) => {
            Error::Unsupported { name, reason: reason.to_owned(), source: Some(Box::new(error)) }
        }
        SymphoniaError::IoError(ref e) if e.kind() == ErrorKind::UnexpectedEof => {
            let reason = "the file ends inside its header".to_owned();
            Error::Decode { name, reason, source: Some(Box::new(error)) }
        }
        SymphoniaError::IoError(source) => Error::Io { name, source },
        e => decode_error(&name, e),
    }
}

fn decode_error(name: &str, error: SymphoniaError) -> Error {
    Error::Decode { name: name.to_owned(), reason: error.to_string(), source: Some(Box::new(error)) }
}

fn rate_changes(name: &str, from: u32, to: u32) -> Error {
    let reason = format!("the sampling rate changes from {from} to {to} Hz on the way");
    Error::Decode { name: name.to_owned(), reason, source: None }
}

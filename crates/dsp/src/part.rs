//! The sound track of an input, and the decoder for it.

use std::io::ErrorKind;

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::well_known::{
    FORMAT_ID_ADTS, FORMAT_ID_CAF, FORMAT_ID_ISOMP4, FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3, FORMAT_ID_OGG,
};
use symphonia::core::formats::{FormatReader, Track, TrackType};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, TimeBase};

use crate::codecs::{CODECS, unsupported_name};
use crate::{Error, InputLimits, Result, opus};

/// A sound track and what decodes it.
pub(crate) struct Part {
    pub(crate) track: u32,
    /// Sampling rate in Hz, as the header tells it.
    pub(crate) rate: u32,
    /// Length of a tick of the time stamps in s.
    pub(crate) tick: f64,
    /// Length that the header declares, in s, and whether it is exact to the sample.
    pub(crate) declared: Option<(f64, bool)>,
    /// Samples at the start that aren't part of the sound, unless the container tells others.
    pub(crate) skip: u64,
    pub(crate) decoder: Box<dyn AudioDecoder>,
}

impl Part {
    /// Decodes a packet of the track.
    ///
    /// Symphonia's decoder for MPEG audio refuses frames of another rate or number of channels than its first, which
    /// containers don't announce; a new one takes its place.
    pub(crate) fn decode(&mut self, packet: &Packet) -> symphonia::core::errors::Result<GenericAudioBufferRef<'_>> {
        if let Err(e) = self.decoder.decode(packet) {
            self.decoder = self.successor(packet).filter(|_| matches!(e, SymphoniaError::DecodeError(_))).ok_or(e)?;
        }
        Ok(self.decoder.last_decoded())
    }

    /// A new decoder that has decoded the packet, if the packet is of another kind than those before.
    fn successor(&self, packet: &Packet) -> Option<Box<dyn AudioDecoder>> {
        let parameters = self.decoder.codec_params();
        let mut fresh = CODECS.make_audio_decoder(parameters, &AudioDecoderOptions::default()).ok()?;
        let changed = fresh.decode(packet).is_ok_and(|buffer| buffer.spec() != self.decoder.last_decoded().spec());
        changed.then_some(fresh)
    }
}

/// The sound track, and a decoder for it. Of several, the first that there is a decoder for, beginning with the one that
/// the file prefers.
pub(crate) fn find_part(name: &str, format: &dyn FormatReader, limits: &InputLimits) -> Result<Part> {
    let preferred = format.default_track(TrackType::Audio);
    let is_other = |track: &&Track| preferred.is_none_or(|preferred| preferred.id != track.id);
    let tracks = preferred.into_iter().chain(format.tracks().iter().filter(is_other));
    let mut refused = None;
    for (track, parameters) in tracks.filter_map(|track| Some((track, audio_parameters(track)?))) {
        match open_part(name, format, track, parameters, limits) {
            Ok(part) => return Ok(part),
            Err(e) => refused = refused.or(Some(e)),
        }
    }
    Err(refused.unwrap_or_else(|| Error::NoAudioTrack { name: name.to_owned() }))
}

/// What decoding a track needs; `None` if it isn't sound.
pub(crate) fn audio_parameters(track: &Track) -> Option<&AudioCodecParameters> {
    match &track.codec_params {
        Some(CodecParameters::Audio(parameters)) => Some(parameters),
        _ => None,
    }
}

/// A decoder for a track.
fn open_part(
    name: &str,
    format: &dyn FormatReader,
    track: &Track,
    parameters: &AudioCodecParameters,
    limits: &InputLimits,
) -> Result<Part> {
    let unsupported = |source| {
        let reason = match unsupported_name(parameters) {
            Some(codec) => format!("{codec} isn't supported"),
            None => format!("no decoder for the codec inside the {} file", format.format_info().long_name),
        };
        Error::Unsupported { name: name.to_owned(), reason, source }
    };
    if CODECS.get_audio_decoder(parameters.codec).is_none() {
        return Err(unsupported(None));
    }
    // Matroska tells the rate of what was encoded.
    let rate = if parameters.codec == CODEC_ID_OPUS { opus::RATE } else { parameters.sample_rate.unwrap_or_default() };
    // Not every container tells the channels; each decoded packet does, and is checked again.
    limits.check_shape(name, rate, parameters.channels.as_ref().map_or(1, |channels| channels.count()))?;
    let decoder = CODECS.make_audio_decoder(parameters, &AudioDecoderOptions::default()).map_err(|e| match e {
        SymphoniaError::Unsupported(_) => unsupported(Some(Box::new(e))),
        e => open_error(name, e),
    })?;
    let tick = tick(track, rate);
    let declared = declared(format, track, tick);
    Ok(Part { track: track.id, rate, tick, declared, skip: skip(format, parameters), decoder })
}

/// Samples at the start of a track that only the codec's header says are to be left out.
fn skip(format: &dyn FormatReader, parameters: &AudioCodecParameters) -> u64 {
    // In Ogg, they are trimmed off the packets.
    let in_header = parameters.codec == CODEC_ID_OPUS && format.format_info().format != FORMAT_ID_OGG;
    let header = parameters.extra_data.as_deref().filter(|_| in_header).and_then(opus::Header::parse);
    header.map_or(0, |header| u64::from(header.skip))
}

/// Length of a tick of a track's time stamps in s.
pub(crate) fn tick(track: &Track, rate: u32) -> f64 {
    let base = track.time_base.or(TimeBase::try_from_recip(rate));
    base.map_or(0.0, |base| f64::from(base.numer.get()) / f64::from(base.denom.get()))
}

/// The length in s that the header declares, and whether it is exact to the sample.
fn declared(format: &dyn FormatReader, track: &Track, tick: f64) -> Option<(f64, bool)> {
    let ticks = track.duration.map(Duration::get).filter(|&ticks| ticks > 0)?;
    let container = format.format_info().format;
    let whole_packets =
        [FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3, FORMAT_ID_ADTS, FORMAT_ID_OGG, FORMAT_ID_ISOMP4, FORMAT_ID_CAF];
    Some((ticks as f64 * tick, !whole_packets.contains(&container)))
}

/// A failure to open, told apart by whether the format or this file is at fault.
pub(crate) fn open_error(name: &str, error: SymphoniaError) -> Error {
    let name = name.to_owned();
    match error {
        SymphoniaError::Unsupported(reason) => {
            Error::Unsupported { name, reason: reason.to_owned(), source: Some(Box::new(error)) }
        }
        SymphoniaError::IoError(ref e) if e.kind() == ErrorKind::UnexpectedEof => {
            let reason = "the file ends inside its header".to_owned();
            Error::Decode { name, reason, source: Some(Box::new(error)) }
        }
        e => read_error(&name, e),
    }
}

/// A failure to read on. It is the system's only where that has a number for it: symphonia's readers of bits give such an error
/// where damage makes them run out of a header.
pub(crate) fn read_error(name: &str, error: SymphoniaError) -> Error {
    match error {
        SymphoniaError::IoError(source) if source.raw_os_error().is_some() => {
            Error::Io { name: name.to_owned(), source }
        }
        e => decode_error(name, e),
    }
}

/// A failure to decode.
pub(crate) fn decode_error(name: &str, error: SymphoniaError) -> Error {
    Error::Decode { name: name.to_owned(), reason: error.to_string(), source: Some(Box::new(error)) }
}

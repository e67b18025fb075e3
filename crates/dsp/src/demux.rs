//! An open input at its own rate: container and decoder that fit, mixing, limits, and the books of what was lost.

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3, CODEC_ID_OPUS, CODEC_ID_PCM_ALAW, CODEC_ID_PCM_MULAW,
    CODEC_ID_VORBIS,
};
use symphonia::core::common::Limit;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::{Hint, Probe};
use symphonia::core::formats::well_known::FORMAT_ID_OGG;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

use crate::container::{FrameReader, Gaps, Missing, PcmReader, Piece, Sound, Stream, View, magic};
use crate::input::{AudioInput, Opened};
use crate::loss::Ledger;
use crate::mix::mix_planes;
use crate::ogg::OggReader;
use crate::part::{Part, audio_parameters, decode_error, find_part, open_error, read_error, tick};
use crate::resample::Resampler;
use crate::{DecodeReport, Error, InputLimits, LoadOptions, Result};

/// Greatest sample of a lossy codec that is sound, 18 dB over full scale: what is beyond comes of damage, or of a decoder's fault.
const LOUDEST: f32 = 8.0;

/// Symphonia's containers, and Ogg.
static PROBE: LazyLock<Probe> = LazyLock::new(|| {
    let mut probe = Probe::default();
    symphonia::default::register_enabled_formats(&mut probe);
    probe.register_format::<OggReader<'_>>();
    probe
});

/// Mono samples at the input's own rate, a block at a time.
pub(crate) struct DemuxedSource {
    name: String,
    limits: InputLimits,
    /// The channel that is wanted; `None` is the mean of all.
    channel: Option<usize>,
    format: Box<dyn FormatReader>,
    /// What is played now.
    part: Part,
    /// Why the part that follows can't be played, while it goes by.
    refused: Option<String>,
    rate: u32,
    /// Takes parts at another rate to that of the first.
    converter: Option<Resampler>,
    /// Rate of what was decoded last.
    decoded_rate: u32,
    /// What the converter takes.
    mixed: Vec<f32>,
    /// Samples before the sound starts, still to be dropped.
    skip: u64,
    planes: Vec<Vec<f32>>,
    ledger: Ledger,
    /// What was passed over between the frames of streams without time stamps.
    gaps: Option<Gaps>,
    missing: Missing,
    /// Time stamp that the next packet should have.
    next_stamp: Option<f64>,
    /// Length in ticks of the last packet that didn't say it.
    measured: f64,
}

impl DemuxedSource {
    /// Opens an input with the container and decoder that its content calls for.
    pub(crate) fn open(input: &AudioInput, options: &LoadOptions) -> Result<Self> {
        let name = input.name();
        let opened = input.open(&options.limits)?;
        magic::check(&name, &opened.head)?;
        guarded(&name, || Self::open_unguarded(&name, opened, options))
    }

    fn open_unguarded(name: &str, opened: Opened, options: &LoadOptions) -> Result<Self> {
        let limits = &options.limits;
        let head = opened.head.clone();
        let mut file = opened.into_source(name, limits)?;
        let sound = Sound::find(file.as_mut(), name)?;
        let stream = |view: View| MediaSourceStream::new(Box::new(view), MediaSourceStreamOptions::default());
        let mut sound_start = 0.0;
        let mut gaps = None;
        let (format, missing): (Box<dyn FormatReader>, _) = match sound {
            Sound::Pcm { pcm, range, missing } => {
                // Samples tell to the last what is missing.
                let declared = range.end - range.start + missing.map_or(0, |(missing, _)| missing);
                let view = View::new(file, vec![Piece::Range(range)], false);
                (Box::new(PcmReader::new(stream(view), &pcm, declared)), None)
            }
            Sound::Stream { parts, stream: Stream::Frames, missing } => {
                let passed = gaps.insert(Gaps::default()).clone();
                let view = View::new(file, parts, false);
                let len = view.len();
                let reader = FrameReader::open(stream(view), len, passed);
                let reader = reader.map_err(|e| match e {
                    SymphoniaError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => magic::unknown(name, &head),
                    e => open_error(name, e),
                })?;
                (Box::new(reader), missing)
            }
            Sound::Stream { parts, stream: kind, missing } => {
                if let Stream::Mp4 { start } = kind {
                    sound_start = start;
                }
                let view = View::new(file, parts, kind != Stream::Flac);
                // Pictures are not needed, however large they are.
                let metadata = MetadataOptions::default().limit_visual_bytes(Limit::Maximum(0));
                let probed = PROBE.probe(&Hint::new(), stream(view), FormatOptions::default(), metadata);
                (probed.map_err(|e| open_error(name, e))?, missing)
            }
        };
        let part = find_part(name, format.as_ref(), limits)?;
        let format_id = format.format_info().format;
        Ok(Self {
            name: name.to_owned(),
            limits: *limits,
            channel: options.channel,
            format,
            refused: None,
            rate: part.rate,
            converter: None,
            decoded_rate: part.rate,
            mixed: Vec::new(),
            skip: part.skip.max((sound_start * f64::from(part.rate)).round() as u64),
            planes: Vec::new(),
            ledger: Ledger::new(part.rate),
            gaps,
            missing,
            // Only Ogg's time stamps tell what is missing at the start.
            next_stamp: (format_id == FORMAT_ID_OGG).then_some(0.0),
            measured: 0.0,
            part,
        })
    }

    /// Sampling rate in Hz, which is that of the first part of the input.
    pub(crate) fn rate(&self) -> u32 {
        self.rate
    }

    /// Container and codec by name, and the channels: as the header tells them, or the packet decoded last.
    pub(crate) fn format(&self) -> (&'static str, &'static str, Option<usize>) {
        let declared = self.part.decoder.codec_params().channels.as_ref().map(|channels| channels.count());
        let channels = if self.planes.is_empty() { declared } else { Some(self.planes.len()) };
        let codec = match self.part.decoder.codec_params().codec {
            CODEC_ID_PCM_MULAW => "G.711 µ-law",
            CODEC_ID_PCM_ALAW => "G.711 A-law",
            _ => self.part.decoder.codec_info().long_name,
        };
        (self.format.format_info().long_name, codec, channels)
    }

    /// What is known so far; complete once [`Self::next_block`] said that there is no more.
    pub(crate) fn report(&self) -> &DecodeReport {
        &self.ledger.report
    }

    /// The books, for who gives out a part of the input alone.
    pub(crate) fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Appends the next samples to `out`; `false` means that no more come. Not to be called again after that or after an
    /// error.
    pub(crate) fn next_block(&mut self, out: &mut Vec<f32>) -> Result<bool> {
        let name = self.name.clone();
        guarded(&name, || self.decode_packet(out))
    }

    fn decode_packet(&mut self, out: &mut Vec<f32>) -> Result<bool> {
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return self.end(out),
                // The file ends inside a packet: what came before is still good.
                Err(SymphoniaError::IoError(e)) if e.kind() == ErrorKind::UnexpectedEof => {
                    self.ledger.broke_off();
                    return self.end(out);
                }
                // A container that is damaged on the way: what came before is good.
                Err(SymphoniaError::DecodeError(_)) if self.ledger.report.packets > 0 => {
                    self.ledger.broke_off();
                    return self.end(out);
                }
                Err(SymphoniaError::ResetRequired) => {
                    self.restart();
                    continue;
                }
                Err(e) => return Err(read_error(&self.name, e)),
            };
            if packet.track_id != self.part.track {
                continue;
            }
            self.look_for_gap(&packet);
            let length = packet.block_dur();
            let seconds = length.get() as f64 * self.part.tick;
            if let Some(reason) = &self.refused {
                self.ledger.undecodable(seconds, packet.data.len(), reason.clone());
                continue;
            }
            match self.part.decode(&packet) {
                Ok(buffer) => {
                    let (rate, channels, buffer_len) = (buffer.spec().rate(), buffer.num_planes(), buffer.frames());
                    if buffer_len > 0 {
                        self.limits.check_shape(&self.name, rate, channels)?;
                        buffer.copy_to_vecs_planar(&mut self.planes);
                        if let Some(reason) = self.too_loud() {
                            self.ledger.undecodable(seconds, packet.data.len(), reason);
                            continue;
                        }
                        if rate != self.decoded_rate {
                            self.change_rate(rate, out)?;
                        }
                    }
                    let dropped = self.skip.min(buffer_len as u64);
                    self.skip -= dropped;
                    let whole = length.get() > 0 && rate == self.part.rate;
                    let seconds = if whole { seconds } else { buffer_len as f64 / f64::from(rate) };
                    self.ledger.decoded(packet.data.len(), seconds, buffer_len as u64, dropped);
                    if length.get() == 0 {
                        self.measure(seconds);
                    } else if packet.trim_end >= length {
                        self.ledger.cut(seconds);
                    }
                    if buffer_len == 0 {
                        continue;
                    }
                    self.mix(dropped as usize, out)?;
                    return Ok(true);
                }
                // Symphonia: such a packet is to be discarded, and decoding goes on with the next. Damage may also look like a
                // feature of the codec that isn't supported.
                Err(
                    e @ (SymphoniaError::DecodeError(_) | SymphoniaError::Unsupported(_) | SymphoniaError::IoError(_)),
                ) => {
                    let reason = match e {
                        SymphoniaError::DecodeError(reason) => reason.to_owned(),
                        e => e.to_string(),
                    };
                    self.ledger.undecodable(seconds, packet.data.len(), reason);
                }
                Err(SymphoniaError::ResetRequired) => self.part.decoder.reset(),
                Err(e) => return Err(decode_error(&self.name, e)),
            }
        }
    }

    /// Appends the channel that is wanted, or the mean of all, from frame `from` on, at the rate of the first part.
    fn mix(&mut self, from: usize, out: &mut Vec<f32>) -> Result<()> {
        if let Some(channel) = self.channel {
            let plane = channel.min(self.planes.len().saturating_sub(1));
            let samples = self.planes.get(plane).and_then(|plane| plane.get(from..)).unwrap_or_default();
            return match &mut self.converter {
                Some(converter) => converter.push(samples, out),
                None => {
                    out.extend_from_slice(samples);
                    Ok(())
                }
            };
        }
        let Some(converter) = &mut self.converter else {
            let start = out.len();
            mix_planes(&self.planes, from, out);
            self.ledger.balance.add(&self.planes, from, &out[start..]);
            return Ok(());
        };
        self.mixed.clear();
        mix_planes(&self.planes, from, &mut self.mixed);
        self.ledger.balance.add(&self.planes, from, &self.mixed);
        converter.push(&self.mixed, out)
    }

    /// What is wrong with the samples of a packet that no recording has.
    fn too_loud(&self) -> Option<String> {
        const LOSSY: [AudioCodecId; 6] =
            [CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3, CODEC_ID_AAC, CODEC_ID_VORBIS, CODEC_ID_OPUS];
        if !LOSSY.contains(&self.part.decoder.codec_params().codec) {
            return None;
        }
        // As whole numbers, which compare alike, so that it runs in vector registers.
        let greatest = |plane: &[f32]| plane.iter().fold(0, |max: u32, s| max.max(s.to_bits() & 0x7fff_ffff));
        let peak = f32::from_bits(self.planes.iter().map(|plane| greatest(plane)).max().unwrap_or_default());
        (peak > LOUDEST).then(|| format!("a decoder gives {:+.0} dB over full scale", 20.0 * peak.log10()))
    }

    /// Takes note of what was passed over on the way to this packet.
    fn look_for_gap(&mut self, packet: &Packet) {
        if let Some(gaps) = &self.gaps {
            self.ledger.passed_over(gaps.take().0);
            return;
        }
        let (stamp, length) = (packet.pts.get() as f64, packet.block_dur().get() as f64);
        let expected = self.next_stamp.unwrap_or(stamp);
        // A packet's trimming is no gap, nor is the rounding of time stamps to ms.
        let tolerance = match self.measured {
            _ if length > 0.0 => length / 2.0,
            // A decoder's first packet may give nothing and take its time all the same.
            0.0 => f64::INFINITY,
            measured => measured / 2.0 + 2.0,
        };
        // Damaged time stamps may point anywhere.
        let end = self.part.declared.map_or(f64::INFINITY, |(seconds, _)| seconds);
        if stamp - expected > tolerance && stamp * self.part.tick <= end {
            self.ledger.jumped((stamp - expected) * self.part.tick);
        } else if expected - stamp > tolerance {
            // The one before was wrong.
            self.ledger.jumped_back((expected - stamp) * self.part.tick);
        }
        // Of packets without a length, several may have the time stamp of the first, and decoding tells where they end.
        self.next_stamp = Some(if length > 0.0 { stamp + length } else { stamp.max(expected) });
    }

    /// Takes note of the length in s of a packet that didn't say it.
    fn measure(&mut self, seconds: f64) {
        if self.part.tick > 0.0 {
            self.measured = seconds / self.part.tick;
            self.next_stamp = self.next_stamp.map(|stamp| stamp + self.measured);
        }
    }

    /// The end of the file, which is an error if none of its packets could be decoded.
    fn end(&mut self, out: &mut Vec<f32>) -> Result<bool> {
        if let Some(reason) = self.ledger.nothing_but_faults() {
            return Err(Error::Decode { name: self.name.clone(), reason, source: None });
        }
        if let Some(gaps) = &self.gaps {
            let (bytes, in_frame) = gaps.take();
            self.ledger.passed_over(bytes);
            if in_frame {
                self.ledger.broke_off();
            }
        }
        self.ledger.close(self.missing, self.part.declared);
        if let Some(mut converter) = self.converter.take() {
            converter.finish(out)?;
        }
        Ok(false)
    }

    /// What is decoded from here on has another rate.
    fn change_rate(&mut self, rate: u32, out: &mut Vec<f32>) -> Result<()> {
        if let Some(mut converter) = self.converter.take() {
            converter.finish(out)?;
        }
        if rate != self.rate {
            self.converter = Some(Resampler::new(rate, self.rate)?);
        }
        self.decoded_rate = rate;
        self.ledger.change_rate(rate);
        Ok(())
    }

    /// A chained Ogg file or joined files without a container go on with another stream, which needs its own decoder. Where
    /// there is none, the others are played all the same.
    fn restart(&mut self) {
        self.next_stamp = None;
        match find_part(&self.name, self.format.as_ref(), &self.limits) {
            Ok(part) => {
                self.part = Part { declared: None, ..part };
                self.refused = None;
            }
            Err(e) => {
                if let Some(track) = self.format.first_track(TrackType::Audio) {
                    let rate = audio_parameters(track).and_then(|parameters| parameters.sample_rate);
                    (self.part.track, self.part.tick) = (track.id, tick(track, rate.unwrap_or_default()));
                }
                self.part.declared = None;
                let reason = match e {
                    Error::Unsupported { reason, .. } => reason,
                    Error::NoAudioTrack { .. } => "it has no sound that can be decoded".to_owned(),
                    _ => "its header is damaged".to_owned(),
                };
                self.ledger.refused(&reason);
                self.refused = Some(reason);
            }
        }
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

//! Audio as mono samples: what `librosa.load` does, without Python.
//!
//! [`load`] reads a file, or the bytes of one, into memory, [`AudioReader`](crate::AudioReader) streams one of any length in bounded memory.
//! Both mix the channels to their mean and convert to the wanted rate.
//!
//! # Formats
//! WAV and its relatives RF64, RIFX and Wave64, AIFF/AIFC, CAF and Sun AU of either byte order (integer PCM of 8 to 32 bits,
//! floating point, A-law, µ-law; WAV also with MS and IMA ADPCM and MP3), FLAC, MPEG audio of layers I to III, Ogg (Vorbis,
//! Opus, FLAC; alone or beside video), M4A (AAC-LC, ALAC, Opus), Matroska and WebM with any of these codecs, and bare
//! AAC. The content decides, not the extension. What isn't decoded is refused by its name: WavPack, Windows Media Audio, HE-AAC …
//!
//! Decoders are shown the sound of a file and nothing else: tags, pictures, comments and cue sheets, damaged or not, cost nothing.
//!
//! Streams that follow one another in a file (chained Ogg, joined MP3) are played to the end, each converted to the
//! sampling rate of the first.
//!
//! # Samples
//! Integers are divided by their full scale (16 bits: 32768; unsigned 8 bits are centred first), as libsndfile does, so
//! PCM and FLAC give `librosa.load(sr=None)`'s samples bit for bit. MP3 and Ogg Vorbis give the same number of samples at
//! the same place, which differ by the rounding of the decoders' arithmetic (about 1e-6 at most).
//!
//! Opus is decoded at 48 kHz, as by FFmpeg, whatever rate its header names. The samples are those of libopus built for
//! whole numbers, which differ from those of libopus in floating point by 4e-4 at most (85 dB below full scale on
//! average).
//!
//! # Start and end of lossy files
//! * MP3 with a LAME or Xing header naming delay and padding: both are cut, as libsndfile (mpg123) does: same length,
//!   same place. Without such a header nothing is cut by either. A header that counts fewer frames than there are is not
//!   believed.
//! * Ogg: the end is cut at the last page's granule position, as libsndfile does. A stream that was cut out of a
//!   broadcast starts with its first sample, whatever its position. Samples before position 0 are left out, and Opus's
//!   pre-skip.
//! * Opus in Matroska and MP4: the pre-skip is left out, or what the edit list names; the padding in the last packet is
//!   kept.
//! * M4A: librosa hands these to FFmpeg, which drops the priming that the edit list names (1024 samples from most
//!   encoders), or iTunes's comment `iTunSMPB` where there is none, and keeps the padding in the last packet (up to 1023
//!   samples); so do we. FFmpeg's samples pass through 16
//!   bits on their way to librosa, ours don't.
//! * Bare AAC names no delay; neither decoder cuts anything.
//!
//! # Damaged files
//! A file that ends early gives the samples it still holds, as from librosa; M4A does if its index comes first. WAV whose
//! sizes were never filled in (0, where librosa gives nothing) is read to its end. An undecodable packet in a compressed
//! stream is left out, and so is one that a decoder of a lossy codec makes more than 18 dB over full scale of; what follows
//! moves up by its length. How much was lost so is in the [`DecodeReport`](crate::DecodeReport). A file without a single decodable packet, with a NaN or
//! infinite sample, or in no known format is an error naming it. Sizes declared in headers are never trusted with memory.

use crate::{AudioBuffer, AudioInput, AudioReader, Error, InputLimits, Result};

/// Extensions (lower case, without the dot) of files with sound, which a search through folders should pick up.
///
/// Not all of these formats can be decoded (see above); a file in another is then an error that names it, which a file
/// passed over would not be.
#[rustfmt::skip]
pub const AUDIO_EXTENSIONS: &[&str] = &[
    // PCM and its containers.
    "wav", "wave", "bwf", "rf64", "w64", "aiff", "aif", "aifc", "au", "snd", "caf", "voc",
    // MPEG audio.
    "mp3", "mp2", "mp1", "mpga", "mpa", "aac", "adts",
    // Xiph's.
    "flac", "ogg", "oga", "opus", "spx",
    // MP4 and QuickTime.
    "m4a", "m4b", "m4r", "mp4", "mov", "3gp", "3g2", "alac",
    // Matroska, and Ogg with pictures.
    "mka", "mkv", "webm", "ogv", "ogx",
    // Other lossless codecs.
    "wv", "ape", "tta", "tak", "shn", "dsf", "dff",
    // Other lossy codecs.
    "wma", "mpc", "ac3", "eac3", "dts", "amr", "ra",
];

/// Lowest sampling rate handled, in Hz.
pub const MIN_RATE: u32 = 1_000;

/// Highest sampling rate handled, in Hz.
pub const MAX_RATE: u32 = 768_000;

/// Most samples that [`load`] puts in memory (4 GiB): about 13 hours at 22 050 Hz.
pub const MAX_LOADED_SAMPLES: usize = 1 << 30;

/// Samples read at a time by [`load`].
const LOAD_STEP: usize = 1 << 16;

/// The sampling rate of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleRate {
    /// The file's own.
    Native,
    /// This many Hz, [`MIN_RATE`] to [`MAX_RATE`].
    Hz(u32),
}

/// Which part of a file to read, and at which rate; the options of `librosa.load`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadOptions {
    /// Sampling rate of the result.
    pub rate: SampleRate,
    /// Start in s, rounded down to a sample of the file.
    pub offset: f64,
    /// Length in s, rounded down to a sample of the file; `None` is up to the end.
    pub duration: Option<f64>,
    /// The channel to read, counted from 0; `None` is the mean of all. Where a part of the file has fewer, it is its last.
    pub channel: Option<usize>,
    /// What is too large to be read.
    pub limits: InputLimits,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self::STANDARD
    }
}

impl LoadOptions {
    /// The whole file at 22 050 Hz, librosa's default.
    pub const STANDARD: Self = Self {
        rate: SampleRate::Hz(22_050),
        offset: 0.0,
        duration: None,
        channel: None,
        limits: InputLimits::STANDARD,
    };

    /// Refuses values that mean nothing.
    pub(crate) fn check(&self) -> Result<()> {
        if let SampleRate::Hz(rate) = self.rate {
            check_rate(rate)?;
        }
        if !(self.offset.is_finite() && self.offset >= 0.0) {
            let reason = format!("{} s is not a time from 0 up", self.offset);
            return Err(Error::InvalidOption { option: "offset", reason });
        }
        if let Some(duration) = self.duration
            && !(duration.is_finite() && duration > 0.0)
        {
            let reason = format!("{duration} s is not a time above 0");
            return Err(Error::InvalidOption { option: "duration", reason });
        }
        Ok(())
    }
}

/// Refuses sampling rates that no recording has.
///
/// # Errors
/// [`Error::InvalidOption`] outside of [`MIN_RATE`] to [`MAX_RATE`].
pub fn check_rate(rate: u32) -> Result<()> {
    if (MIN_RATE..=MAX_RATE).contains(&rate) {
        return Ok(());
    }
    let reason = format!("{rate} Hz is outside the {MIN_RATE} to {MAX_RATE} Hz that are handled");
    Err(Error::InvalidOption { option: "rate", reason })
}

/// Reads an audio file or the bytes of one, or the part of it that `options` names, as `librosa.load` does.
///
/// # Errors
/// [`Error::Io`], [`Error::Unsupported`], [`Error::Decode`], [`Error::NoAudioTrack`], [`Error::NotFinite`],
/// [`Error::Empty`] and, where all is lost, [`Error::TooMuchLost`] for the file's faults; [`Error::TooLarge`] for a sampling rate or number of channels beyond the
/// limits, [`Error::TooLong`] for a size or length; [`Error::InvalidOption`].
pub fn load(input: impl Into<AudioInput>, options: &LoadOptions) -> Result<AudioBuffer> {
    let mut reader = AudioReader::open(input, options)?;
    let mut samples = Vec::new();
    load_rest(&mut reader, &mut samples)?;
    Ok(AudioBuffer { samples, rate: reader.rate() })
}

/// The same of each channel by itself, `[channels]` of equal length, as `librosa.load(mono=False)` does. Channels are decoded
/// side by side, each in a pass of its own.
///
/// # Errors
/// Those of [`load`]; [`Error::Internal`] where the system has no thread for a channel.
pub fn load_channels(input: impl Into<AudioInput>, options: &LoadOptions) -> Result<Vec<AudioBuffer>> {
    let input = input.into();
    let of = |channel| LoadOptions { channel: Some(channel), ..*options };
    let mut reader = AudioReader::open(&input, &of(0))?;
    let mut samples = Vec::new();
    // With the first sound, their number is known.
    reader.read(&mut samples, 1)?;
    let channels = reader.format().channels.unwrap_or(1);
    std::thread::scope(|scope| {
        let failed = |reason: String| Error::Internal { stage: "decoding channels side by side", reason };
        let start = |channel| {
            let input = &input;
            let thread = std::thread::Builder::new().spawn_scoped(scope, move || load(input, &of(channel)));
            thread.map_err(|error| failed(error.to_string()))
        };
        let others = (1..channels).map(start).collect::<Result<Vec<_>>>()?;
        load_rest(&mut reader, &mut samples)?;
        let mut all = vec![AudioBuffer { samples, rate: reader.rate() }];
        for other in others {
            all.push(other.join().map_err(|_| failed("a decoder crashed".to_owned()))??);
        }
        Ok(all)
    })
}

/// Appends what a reader has left.
fn load_rest(reader: &mut AudioReader, samples: &mut Vec<f32>) -> Result<()> {
    while reader.read(samples, LOAD_STEP)? > 0 {
        if samples.len() > MAX_LOADED_SAMPLES {
            return Err(Error::TooLong {
                name: reader.name().to_owned(),
                what: "the number of samples",
                limit: MAX_LOADED_SAMPLES as u64,
                got: samples.len() as u64,
            });
        }
    }
    Ok(())
}

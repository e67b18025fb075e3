//! Audio files of any length as a stream of mono samples.

use crate::decode::{LoadOptions, SampleRate};
use crate::excerpt::ExcerptSource;
use crate::resample::Resampler;
use crate::{AudioInput, DecodeReport, Error, InputLimits, Result};

/// Streams an input, or a part of it, as mono samples at the wanted rate.
///
/// Memory is bounded by a packet of the file and a block of the resampler, whatever the length of the file. The samples
/// don't depend on the pieces in which they are read. Up to the offset, the file is decoded and thrown away: slower than
/// jumping, but exact in every format.
pub struct AudioReader {
    name: String,
    limits: InputLimits,
    source: ExcerptSource,
    resampler: Option<Resampler>,
    rate: u32,
    /// Samples at the file's rate still to be thrown away.
    skip: u64,
    /// Samples at the file's rate still wanted.
    wanted: u64,
    /// Samples at the file's rate decoded so far.
    decoded: u64,
    native: Vec<f32>,
    /// Samples for the caller from `ready_from` on.
    ready: Vec<f32>,
    ready_from: usize,
    delivered: u64,
    ended: bool,
    failed: bool,
}

/// What kind of file audio comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioFormat {
    /// Name of the container.
    pub container: &'static str,
    /// Name of the codec inside.
    pub codec: &'static str,
    /// The file's own sampling rate in Hz.
    pub rate: u32,
    /// Channels; some containers tell them only with the first sound, after which they are known.
    pub channels: Option<usize>,
}

impl AudioReader {
    /// Opens an input and reads its header.
    ///
    /// # Errors
    /// [`Error::InvalidOption`], and those of [`load`](crate::load) that show in a header.
    pub fn open(input: impl Into<AudioInput>, options: &LoadOptions) -> Result<Self> {
        options.check()?;
        let input = input.into();
        let source = ExcerptSource::open(&input, options)?;
        let native_rate = source.rate();
        let rate = match options.rate {
            SampleRate::Native => native_rate,
            SampleRate::Hz(rate) => rate,
        };
        let resampler = if rate == native_rate { None } else { Some(Resampler::new(native_rate, rate)?) };
        // As `librosa.load`: both rounded down.
        let samples = |seconds: f64| (seconds * f64::from(native_rate)) as u64;
        Ok(Self {
            name: input.name(),
            limits: options.limits,
            source,
            resampler,
            rate,
            skip: samples(options.offset),
            wanted: options.duration.map_or(u64::MAX, samples),
            decoded: 0,
            native: Vec::new(),
            ready: Vec::new(),
            ready_from: 0,
            delivered: 0,
            ended: false,
            failed: false,
        })
    }

    /// Sampling rate of the samples read, in Hz.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// What kind of file it is.
    pub fn format(&self) -> AudioFormat {
        let (container, codec, channels) = self.source.format();
        AudioFormat { container, codec, rate: self.source.rate(), channels }
    }

    /// Name of the input.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What was decoded and what was lost so far. Complete once [`Self::read`] reached the end of the input; where the
    /// options end the reading before, what comes after is not looked at.
    pub fn report(&self) -> &DecodeReport {
        self.source.report()
    }

    /// Appends the next `max` samples to `out`, or as many as there are left, and returns their number; 0 is the end.
    ///
    /// # Errors
    /// Those of [`load`](crate::load) that show while decoding, after which the stream is at its end; [`Error::Empty`] at
    /// the end if there was no sample, [`Error::TooMuchLost`] if the header declares some.
    pub fn read(&mut self, out: &mut Vec<f32>, max: usize) -> Result<usize> {
        let mut count = 0;
        while count < max {
            if self.ready_from == self.ready.len() {
                if self.ended {
                    break;
                }
                if let Err(e) = self.refill() {
                    // What a decoder does after an error is not defined, so the stream ends here.
                    (self.ended, self.failed) = (true, true);
                    self.ready.clear();
                    self.ready_from = 0;
                    return Err(e);
                }
                continue;
            }
            let take = (max - count).min(self.ready.len() - self.ready_from);
            out.extend_from_slice(&self.ready[self.ready_from..self.ready_from + take]);
            self.ready_from += take;
            count += take;
        }
        self.delivered += count as u64;
        if self.ended && !self.failed && self.delivered == 0 && max > 0 {
            return Err(self.nothing());
        }
        Ok(count)
    }

    /// Replaces the samples at hand by the next ones.
    fn refill(&mut self) -> Result<()> {
        self.ready.clear();
        self.ready_from = 0;
        self.native.clear();
        let more = self.wanted > 0 && self.source.next_block(&mut self.native)?;
        let first = self.decoded;
        self.decoded += self.native.len() as u64;
        self.limits.check_length(&self.name, self.decoded, self.source.rate())?;
        let from = self.skip.min(self.native.len() as u64) as usize;
        self.skip -= from as u64;
        let take = self.wanted.min((self.native.len() - from) as u64) as usize;
        self.wanted -= take as u64;
        let block = &self.native[from..from + take];
        if !all_finite(block) {
            let at = block.iter().position(|s| !s.is_finite()).unwrap_or_default();
            return Err(Error::NotFinite { name: self.name.clone(), sample: first + (from + at) as u64 });
        }
        match &mut self.resampler {
            None => self.ready.extend_from_slice(block),
            Some(resampler) => {
                resampler.push(block, &mut self.ready)?;
                if !more {
                    resampler.finish(&mut self.ready)?;
                }
                // Samples near the limits of `f32` overflow in the filter's sums.
                if !all_finite(&self.ready) {
                    return Err(Error::NotFinite { name: self.name.clone(), sample: first });
                }
            }
        }
        self.ended = !more;
        Ok(())
    }

    /// Why there was nothing to read.
    fn nothing(&self) -> Error {
        let (name, report) = (self.name.clone(), self.report());
        if self.decoded == 0 && report.seconds_lost > 0.0 {
            return Error::TooMuchLost { name, report: Box::new(report.clone()) };
        }
        Error::Empty { name, reason: self.why_empty() }
    }

    fn why_empty(&self) -> String {
        let seconds = self.decoded as f64 / f64::from(self.source.rate());
        match self.decoded {
            0 if self.wanted > 0 => {
                self.source.why_empty().unwrap_or_else(|| "the file holds no audio (0 samples)".to_owned())
            }
            0 => "the duration asked for is shorter than one sample".to_owned(),
            _ if self.wanted == 0 => "the duration asked for is shorter than one sample".to_owned(),
            _ => format!("the offset asked for is past the end of the file ({seconds:.3} s)"),
        }
    }
}

/// Whether no sample is NaN or infinite; without early exit, so that it runs in vector registers.
fn all_finite(samples: &[f32]) -> bool {
    samples.iter().fold(0, |max, s| max.max(s.to_bits() & 0x7fff_ffff)) < f32::INFINITY.to_bits()
}

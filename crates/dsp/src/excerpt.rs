//! A part of a file that stands for a file of its own, as a track of an album image does.

use crate::demux::DemuxedSource;
use crate::{AudioInput, DecodeReport, LoadOptions, Result};

/// Frames of a CD in a second, the unit of an excerpt's bounds and of cue sheets.
pub const CD_FRAMES_PER_SECOND: u32 = 75;

/// Mono samples of an input at its own rate, a block at a time: all of them, or those of an excerpt.
pub(crate) struct ExcerptSource {
    source: DemuxedSource,
    cut: Option<Cut>,
}

/// Where an excerpt lies, in samples from the start of the file, and how far the reading has come.
///
/// Where sound is lost, what follows moves up in the decoded samples. Positions count what is lost, so that damage in one
/// track of an album costs the others nothing.
struct Cut {
    start: u64,
    end: u64,
    /// Samples decoded: from the start of the file, and once it has begun from that of the excerpt, which counts as `start`.
    decoded: u64,
    /// Length in s of what is lost before the next block, until it has begun.
    lost: f64,
    begun: bool,
}

impl ExcerptSource {
    /// Opens an input.
    pub(crate) fn open(input: &AudioInput, options: &LoadOptions) -> Result<Self> {
        let mut source = DemuxedSource::open(input, options)?;
        let rate = source.rate();
        let cut = match input {
            &AudioInput::Excerpt { start, end, .. } => {
                let seconds = |frame| f64::from(frame) / f64::from(CD_FRAMES_PER_SECOND);
                source.ledger().keep_to(seconds(start)..end.map_or(f64::INFINITY, seconds));
                let end = end.map_or(u64::MAX, |end| sample(end, rate));
                Some(Cut { start: sample(start, rate), end, decoded: 0, lost: 0.0, begun: false })
            }
            _ => None,
        };
        Ok(Self { source, cut })
    }

    /// Sampling rate in Hz.
    pub(crate) fn rate(&self) -> u32 {
        self.source.rate()
    }

    /// Container and codec by name, and the channels.
    pub(crate) fn format(&self) -> (&'static str, &'static str, Option<usize>) {
        self.source.format()
    }

    /// What is known so far of what is given out; complete once [`Self::next_block`] said that there is no more.
    pub(crate) fn report(&self) -> &DecodeReport {
        self.source.report()
    }

    /// Why an excerpt has no samples, where that isn't the fault of the file.
    pub(crate) fn why_empty(&self) -> Option<String> {
        let cut = self.cut.as_ref()?;
        let seconds = |samples: u64| samples as f64 / f64::from(self.rate());
        if cut.end <= cut.start {
            return Some("the excerpt ends where it begins".to_owned());
        }
        let (start, there) = (seconds(cut.start), seconds(cut.decoded));
        (cut.decoded > 0)
            .then(|| format!("the excerpt begins at {start:.3} s, past the end of the file ({there:.3} s)"))
    }

    /// Appends the next samples to `out`; `false` means that no more come. Not to be called again after that or after an
    /// error.
    pub(crate) fn next_block(&mut self, out: &mut Vec<f32>) -> Result<bool> {
        let rate = f64::from(self.rate());
        let Some(cut) = &mut self.cut else { return self.source.next_block(out) };
        if cut.end <= cut.start {
            return Ok(false);
        }
        if !cut.begun {
            // What is decoded and lost before the excerpt isn't its own.
            cut.lost += self.source.ledger().lost();
            self.source.ledger().reopen(cut.decoded as f64 / rate + cut.lost);
        }
        let first = out.len();
        let more = self.source.next_block(out)?;
        let ledger = self.source.ledger();
        let len = (out.len() - first) as u64;
        let at = cut.decoded + ((cut.lost + ledger.lost()) * rate).round() as u64;
        cut.decoded += len;
        let mut from = 0;
        if !cut.begun {
            if at + len <= cut.start {
                out.truncate(first);
                return Ok(more);
            }
            from = cut.start.saturating_sub(at);
            // At the end of the file the books are closed, and were limited to the excerpt then.
            if more {
                ledger.begin(from as f64 / rate, at.saturating_sub(cut.start) as f64 / rate);
            }
            (cut.begun, cut.lost, cut.decoded) = (true, 0.0, cut.start + len - from);
        }
        let ended = at + len >= cut.end;
        let beyond = (at + len).saturating_sub(cut.end).min(len - from);
        if ended && more {
            ledger.finish(beyond as f64 / rate);
        }
        out.truncate(out.len() - beyond as usize);
        out.drain(first..first + from as usize);
        Ok(more && !ended)
    }
}

/// The sample at which a frame of a CD begins, to the nearest: at 44 100 Hz a frame has 588.
fn sample(frame: u32, rate: u32) -> u64 {
    let unit = u64::from(CD_FRAMES_PER_SECOND);
    (2 * u64::from(frame) * u64::from(rate) + unit) / (2 * unit)
}

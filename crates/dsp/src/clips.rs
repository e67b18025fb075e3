//! How a track is cut into clips.
//!
//! The cutting is that of the GTZAN collection's feature tables: clips follow each other at steps of
//! `round(seconds · rate)` samples and are one sample shorter than a step (3 s at 22 050 Hz: 66 149 samples every
//! 66 150). A track of no more than 1.5 steps is one clip, whole; of a longer one the incomplete rest is dropped.

use std::ops::Range;

use crate::clip_length::refusal;
use crate::{AudioReader, ClipLength, DecodeReport, MIN_CLIP_SAMPLES, Result};

/// The cutting of tracks at one clip length and sampling rate. Every clip but a single one has the samples of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipPlan {
    step: usize,
}

impl ClipPlan {
    /// Clips of a length, of audio at `rate` Hz.
    ///
    /// # Errors
    /// [`Error::InvalidOption`](crate::Error::InvalidOption) if a clip would have fewer samples than one analysis window,
    /// [`MIN_CLIP_SAMPLES`].
    pub fn new(length: ClipLength, rate: u32) -> Result<Self> {
        let plan = Self::unchecked(length, rate);
        if plan.step < MIN_CLIP_SAMPLES {
            let (least, most) = (MIN_CLIP_SAMPLES as f64 / f64::from(rate), ClipLength::MAX_SECONDS);
            return Err(refusal(format!(
                "clips of {length} s at {rate} Hz have {} samples, fewer than the {MIN_CLIP_SAMPLES} of one analysis \
                 window: choose a length from {least:.4} s to {most} s",
                plan.step
            )));
        }
        Ok(plan)
    }

    /// The same where it's known that a clip has the samples of a window.
    pub(crate) fn unchecked(length: ClipLength, rate: u32) -> Self {
        Self { step: (length.seconds() * f64::from(rate)).round() as usize }
    }

    /// Samples from the start of a clip to the start of the next.
    pub fn step(&self) -> usize {
        self.step
    }

    /// Samples of a clip, unless the track is a single one: one less than a step, and never less than a window.
    pub fn clip_len(&self) -> usize {
        (self.step - 1).max(MIN_CLIP_SAMPLES)
    }

    /// Longest track in samples that is one clip, whole.
    pub fn longest_single(&self) -> usize {
        self.step + self.step / 2
    }

    /// The clips of a track of `total` samples, in order; none for an empty track.
    pub fn ranges(&self, total: usize) -> Vec<Range<usize>> {
        match total {
            0 => Vec::new(),
            _ if total <= self.longest_single() => std::iter::once(0..total).collect(),
            _ => (0..)
                .map(|k| k * self.step..k * self.step + self.clip_len())
                .take_while(|clip| clip.end <= total)
                .collect(),
        }
    }
}

/// A piece of a track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clip<'a> {
    /// Position among the track's clips, from 0.
    pub index: usize,
    /// First sample in the track.
    pub start_sample: u64,
    /// The samples.
    pub samples: &'a [f32],
}

/// Cuts a stream into clips; holds at most one and a half steps of samples, and what the reader needs.
pub struct ClipReader {
    reader: AudioReader,
    plan: ClipPlan,
    /// Samples of the track from the start of the clip last given out.
    buffer: Vec<f32>,
    next: usize,
    single: bool,
}

impl ClipReader {
    /// Cuts what `reader` gives; `plan` should be made for the reader's rate.
    pub fn new(reader: AudioReader, plan: ClipPlan) -> Self {
        Self { reader, plan, buffer: Vec::new(), next: 0, single: false }
    }

    /// Sampling rate of the clips in Hz.
    pub fn rate(&self) -> u32 {
        self.reader.rate()
    }

    /// Name of the input.
    pub fn name(&self) -> &str {
        self.reader.name()
    }

    /// What was decoded and what was lost so far; complete after the last clip.
    pub fn report(&self) -> &DecodeReport {
        self.reader.report()
    }

    /// The next clip; `None` after the last.
    ///
    /// # Errors
    /// Those of [`AudioReader::read`]; a damaged file may give clips before its error. What was left out on the way is in
    /// the [`Self::report`].
    pub fn next_clip(&mut self) -> Result<Option<Clip<'_>>> {
        let index = self.next;
        let take = if index == 0 {
            // One sample more than a single clip may have tells whether the track is one.
            self.fill(self.plan.longest_single() + 1)?;
            self.single = self.buffer.len() <= self.plan.longest_single();
            if self.single { self.buffer.len() } else { self.plan.clip_len() }
        } else {
            // A clip is one sample shorter than the step, so that sample may not be here yet.
            let used = if self.single { self.buffer.len() } else { self.plan.step() };
            self.fill(used)?;
            self.buffer.drain(..used.min(self.buffer.len()));
            self.fill(self.plan.clip_len())?;
            self.plan.clip_len()
        };
        match self.buffer.get(..take) {
            Some(samples) if !samples.is_empty() => {
                self.next += 1;
                Ok(Some(Clip { index, start_sample: (index * self.plan.step()) as u64, samples }))
            }
            _ => Ok(None),
        }
    }

    /// Reads until the buffer has `wanted` samples or the track ends.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        if let Some(missing) = wanted.checked_sub(self.buffer.len()) {
            self.reader.read(&mut self.buffer, missing)?;
        }
        Ok(())
    }
}

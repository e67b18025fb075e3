//! How a track is cut into clips.
//!
//! The cutting is that of the GTZAN collection's feature tables: clips follow each other at steps of
//! `round(seconds · rate)` samples and are one sample shorter than a step (3 s at 22 050 Hz: 66 149 samples every
//! 66 150). A track of no more than 1.5 steps is one clip, whole; of a longer one the incomplete rest is dropped.

use std::ops::Range;
use std::path::Path;

use crate::{AudioReader, Error, Result};

/// The cutting of tracks at one clip length and sampling rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipPlan {
    step: usize,
}

impl ClipPlan {
    /// Clips of `clip_seconds` s at `rate` Hz.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] if a clip would have no sample or more than [`MAX_CLIP_SAMPLES`].
    pub fn new(clip_seconds: f64, rate: u32) -> Result<Self> {
        let step = (clip_seconds * f64::from(rate)).round();
        if !(2.0..=MAX_CLIP_SAMPLES as f64).contains(&step) {
            let reason = format!(
                "{clip_seconds} s at {rate} Hz is not a length that a clip can have; 3 and 30 s are usual, and at most \
                 {MAX_CLIP_SAMPLES} samples are possible"
            );
            return Err(Error::InvalidOption { option: "clip_seconds", reason });
        }
        Ok(Self { step: step as usize })
    }

    /// Samples from the start of a clip to the start of the next.
    pub fn step(&self) -> usize {
        self.step
    }

    /// Samples of a clip, unless the track is a single one.
    pub fn clip_len(&self) -> usize {
        self.step - 1
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

/// Longest clip in samples: 100 minutes at 22 050 Hz, half a gigabyte.
pub const MAX_CLIP_SAMPLES: usize = 132_300_000;

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

    /// The file that is read.
    pub fn path(&self) -> &Path {
        self.reader.path()
    }

    /// The next clip; `None` after the last.
    ///
    /// # Errors
    /// Those of [`AudioReader::read`]; a damaged file may give clips before its error.
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

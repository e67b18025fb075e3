//! Frames with what is to be cut off of each: encoders put samples before the sound and behind it, and say how many.

use std::collections::VecDeque;

use symphonia::core::errors::{Result, unsupported_error};
use symphonia::core::io::MediaSourceStream;

use super::header::{Header, Shape};
use super::info::Info;
use super::sync::Sync;

/// Frames behind the declared end from which on it is no end. Some encoders count one less.
const BEYOND: usize = 2;

/// A frame and what of its samples is no sound.
pub(super) struct Cut {
    pub data: Box<[u8]>,
    pub shape: Shape,
    /// Samples to leave out at its start and its end.
    pub start: u32,
    pub end: u32,
    /// Where it is the first of a part that needs another decoder: samples of the part, if they are declared.
    pub new_part: Option<Option<u64>>,
}

impl Cut {
    /// Samples of sound.
    pub fn length(&self) -> u64 {
        u64::from(self.shape.samples - self.start - self.end)
    }
}

/// A frame of sound, or one that tells of the frames behind it.
enum Item {
    Sound(Header, Vec<u8>),
    Info(Info),
}

/// The frames of a stream, part by part.
pub(super) struct Parts<'s> {
    sync: Sync<'s>,
    /// Frames read ahead.
    ahead: VecDeque<Item>,
    shape: Option<Shape>,
    /// Samples still to be left out before the sound.
    delay: u64,
    /// Samples of the part to come, where they are declared.
    left: Option<u64>,
}

impl<'s> Parts<'s> {
    pub fn new(sync: Sync<'s>) -> Self {
        Self { sync, ahead: VecDeque::new(), shape: None, delay: 0, left: None }
    }

    pub fn into_stream(self) -> MediaSourceStream<'s> {
        self.sync.into_stream()
    }

    /// The shape of the first frame of sound, and the samples that its part is said to have.
    pub fn begin(&mut self) -> Result<Option<(Shape, Option<u64>)>> {
        self.take_info()?;
        let Some(Item::Sound(header, _)) = self.ahead.front() else { return Ok(None) };
        if header.length.is_none() {
            return unsupported_error("MPEG audio in free format isn't supported");
        }
        let shape = header.shape;
        self.shape = Some(shape);
        Ok(Some((shape, self.left)))
    }

    /// The next frame of sound.
    pub fn next(&mut self) -> Result<Option<Cut>> {
        self.take_info()?;
        let Some(Item::Sound(header, mut frame)) = self.ahead.pop_front() else { return Ok(None) };
        let changed = self.shape.replace(header.shape) != Some(header.shape);
        let declared = self.left;
        let samples = header.shape.samples;
        let start = self.delay.min(u64::from(samples)) as u32;
        self.delay -= u64::from(start);
        let sound = u64::from(samples - start);
        let mut end = 0;
        if let Some(left) = self.left {
            if left < sound && self.follow(BEYOND)? {
                self.left = None;
            } else {
                end = sound.saturating_sub(left) as u32;
                self.left = Some(left.saturating_sub(sound));
            }
        }
        frame.drain(..header.skip.min(frame.len()));
        Ok(Some(Cut { data: frame.into(), shape: header.shape, start, end, new_part: changed.then_some(declared) }))
    }

    /// Begins a new part where the next frame tells of one.
    fn take_info(&mut self) -> Result<()> {
        self.look(1)?;
        while let Some(Item::Info(info)) = self.ahead.front() {
            let info = *info;
            self.ahead.pop_front();
            self.look(1)?;
            let samples = match self.ahead.front() {
                Some(Item::Sound(header, _)) => u64::from(header.shape.samples),
                _ => 0,
            };
            self.delay = u64::from(info.delay);
            let cut = u64::from(info.delay) + u64::from(info.padding);
            self.left = info.frames.map(|frames| (u64::from(frames) * samples).saturating_sub(cut));
        }
        Ok(())
    }

    /// Whether so many frames of the same part follow.
    fn follow(&mut self, count: usize) -> Result<bool> {
        self.look(count)?;
        let same = self
            .ahead
            .iter()
            .take_while(|item| matches!(item, Item::Sound(header, _) if Some(header.shape) == self.shape));
        Ok(same.count() >= count)
    }

    /// Reads ahead so many frames, if there are.
    fn look(&mut self, count: usize) -> Result<()> {
        while self.ahead.len() < count {
            let Some((header, frame)) = self.sync.next()? else { break };
            self.ahead.push_back(match Info::read(&header, &frame) {
                Some(info) => Item::Info(info),
                None => Item::Sound(header, frame),
            });
        }
        Ok(())
    }
}

//! Time stamps of packets, from the granule positions of the pages that they end on.

use std::collections::VecDeque;

use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

/// Most packets and bytes held until a page tells where they are.
const MAX_WAITING: (usize, usize) = (1 << 10, 1 << 22);

/// Most pages missing before the first that are taken for lost.
const MAX_MISSING: u32 = 64;

/// A packet and the samples per channel that it decodes to.
pub(super) type Measured = (Box<[u8]>, u64);

/// What a page says of the packets that end on it.
#[derive(Clone, Copy)]
pub(super) struct Marks {
    /// Position at their end.
    pub(super) granule: Option<i64>,
    /// Pages that are missing before it.
    pub(super) missing: u32,
    /// Whether it is the stream's last.
    pub(super) last: bool,
}

/// Where a stream is in time.
pub(super) struct Clock {
    serial: u32,
    /// Samples at the start that are not part of the sound.
    delay: u64,
    /// Position of time 0, once it is known.
    zero: Option<i64>,
    /// Position of the next packet, unless pages before it are lost.
    position: Option<i64>,
    /// Position that was reached.
    reached: i64,
    /// Samples still to be trimmed at the start.
    trim: u64,
    waiting: Vec<Measured>,
}

impl Clock {
    /// The clock of a stream that begins with `delay` samples to be left out.
    pub(super) fn new(serial: u32, delay: u64) -> Self {
        Self { serial, delay, zero: None, position: None, reached: 0, trim: 0, waiting: Vec::new() }
    }

    /// Position of time 0, once it is known.
    pub(super) fn zero(&self) -> Option<i64> {
        self.zero
    }

    /// Takes in the packets that end on a page, and gives out those of which the time is known.
    pub(super) fn add(&mut self, packets: Vec<Measured>, marks: Marks, out: &mut VecDeque<Packet>) {
        if marks.missing > 0 {
            self.flush(out);
            self.position = None;
            // A few at the start are lost, and the sound began before them. Where there are many, the stream was cut out of a
            // longer one, and begins here.
            if self.zero.is_none() && marks.missing <= MAX_MISSING {
                self.zero = i64::try_from(self.delay).ok();
            }
        }
        self.waiting.extend(packets);
        let Some(end) = marks.granule.filter(|_| !self.waiting.is_empty()) else {
            let bytes: usize = self.waiting.iter().map(|(packet, _)| packet.len()).sum();
            if self.position.is_some() || self.waiting.len() > MAX_WAITING.0 || bytes > MAX_WAITING.1 {
                self.flush(out);
            }
            return;
        };
        let before = end.saturating_sub(self.waiting_samples());
        let start = match self.position {
            Some(position) => position,
            // The last packet may have more samples than belong to the stream.
            None if marks.last => before.max(self.reached),
            None => before,
        };
        if let (0, Some(_), Some((_, samples))) = (self.waiting_samples(), self.position, self.waiting.last_mut()) {
            // What can't be decoded takes the time up to the next position.
            *samples = end.saturating_sub(start).max(0) as u64;
        }
        // A position before the page's start is wrong, and cuts nothing.
        let cut = if marks.last && end >= start { end } else { i64::MAX };
        self.give_out(start, cut, out);
        if end >= start {
            self.reached = end;
        }
        self.position = Some(end);
    }

    /// Gives out what waits for a position, which doesn't come.
    pub(super) fn flush(&mut self, out: &mut VecDeque<Packet>) {
        if !self.waiting.is_empty() {
            self.give_out(self.position.unwrap_or(self.reached), i64::MAX, out);
            self.position = Some(self.reached);
        }
    }

    fn waiting_samples(&self) -> i64 {
        self.waiting.iter().fold(0, |sum, (_, samples)| sum.saturating_add_unsigned(*samples))
    }

    /// Stamps what waits from position `start` on, and trims what is beyond `cut`.
    fn give_out(&mut self, start: i64, cut: i64, out: &mut VecDeque<Packet>) {
        let zero = *self.zero.get_or_insert_with(|| {
            // A position before 0 says that the sound begins inside of the first packets. A stream that was cut out of a
            // longer one begins late.
            let zero = if self.delay > 0 { start.saturating_add_unsigned(self.delay) } else { start.max(0) };
            self.trim = zero.saturating_sub(start) as u64;
            zero
        });
        let mut at = start;
        for (data, samples) in self.waiting.drain(..) {
            let end = at.saturating_add_unsigned(samples);
            let trim_start = self.trim.min(samples);
            self.trim -= trim_start;
            let beyond = u64::try_from(end.saturating_sub(cut)).unwrap_or(0);
            let trim_end = beyond.min(samples - trim_start);
            let length = Duration::from(samples - trim_start - trim_end);
            let mut packet = Packet::new(self.serial, Timestamp::new(at.saturating_sub(zero)), length, data);
            (packet.trim_start, packet.trim_end) = (Duration::from(trim_start), Duration::from(trim_end));
            out.push_back(packet);
            at = end;
        }
        self.reached = at;
    }
}

//! The books of a decoding, from which its report is made.

use std::ops::Range;

use crate::DecodeReport;
use crate::mix::Balance;

/// Counts what is decoded and what is lost.
pub(crate) struct Ledger {
    pub(crate) report: DecodeReport,
    pub(crate) balance: Balance,
    rate: f64,
    /// The part of the input that the books are about, in s from its start.
    part: Range<f64>,
    /// Where the books begin, in s from the start of the input.
    opened_at: f64,
    /// Length in s of what was dropped before the sound starts, in books before these.
    dropped: f64,
    /// What is lost before the part, in s.
    outside: f64,
    /// Length in s of what was decoded, and of what was given out, before the rate changed.
    before: (f64, f64),
    /// Sample frames decoded since, with those that were dropped before the sound starts.
    frames: u64,
    /// Sample frames of them that were given out.
    delivered: u64,
    /// Bytes and duration in s of the packets that were decoded.
    good: (u64, f64),
    /// Longest packet in s.
    longest: f64,
    /// Bytes and duration in s of the packets that could not be.
    faults: (u64, f64),
    /// Bytes between the frames that should have been sound, of streams without time stamps.
    gap_bytes: u64,
    /// What the time stamps skip, in s.
    gap_seconds: f64,
    /// Where the first gap of either kind was, in s.
    first_gap: Option<f64>,
    /// Where the first undecodable packet was, in s, and what was wrong with it.
    first_fault: Option<(f64, String)>,
    /// Sound that lies after the declared end, in s.
    beyond: f64,
    /// Where the first part that can't be played was, in s, and why.
    first_refused: Option<(f64, String)>,
}

impl Ledger {
    /// Empty books of audio at `rate` Hz.
    pub(crate) fn new(rate: u32) -> Self {
        Self {
            report: DecodeReport::default(),
            balance: Balance::default(),
            rate: f64::from(rate),
            part: 0.0..f64::INFINITY,
            opened_at: 0.0,
            dropped: 0.0,
            outside: 0.0,
            before: (0.0, 0.0),
            frames: 0,
            delivered: 0,
            good: (0, 0.0),
            longest: 0.0,
            faults: (0, 0.0),
            gap_bytes: 0,
            gap_seconds: 0.0,
            first_gap: None,
            first_fault: None,
            beyond: 0.0,
            first_refused: None,
        }
    }

    /// The books are about this part of the input alone, in s from its start.
    pub(crate) fn keep_to(&mut self, part: Range<f64>) {
        self.part = part;
    }

    /// Empty books of what follows, `at` s from the start of the input.
    pub(crate) fn reopen(&mut self, at: f64) {
        let (part, rate, longest) = (self.part.clone(), self.rate, self.longest);
        let dropped = self.dropped + self.now() - self.report.seconds;
        *self = Self { part, rate, longest, opened_at: at, dropped, ..Self::new(0) };
    }

    /// The part begins `decoded` s into what was decoded since the books were opened; of what was lost, `lost` s are its own.
    pub(crate) fn begin(&mut self, decoded: f64, lost: f64) {
        if lost == 0.0 {
            self.report.packets -= self.report.packets_lost;
            self.report.packets_lost = 0;
            (self.faults, self.gap_bytes, self.gap_seconds) = ((0, 0.0), 0, 0.0);
            (self.first_gap, self.first_fault, self.first_refused) = (None, None, None);
        }
        self.opened_at = self.part.start;
        self.take_off(decoded);
        self.outside = (self.lost() - lost).max(0.0);
    }

    /// Closes the books where the part ends: `decoded` s of what was decoded lie after it.
    pub(crate) fn finish(&mut self, decoded: f64) {
        self.take_off(decoded);
        self.close(None, None);
    }

    /// That many s of what was decoded don't belong to the part.
    fn take_off(&mut self, seconds: f64) {
        self.before = (self.before.0 - seconds, self.before.1 - seconds);
        self.report.seconds -= seconds;
    }

    /// How much of so many s lies in the part, which begin that many s from the start of the input.
    fn inside(&self, from: f64, seconds: f64) -> f64 {
        let before = (self.part.start - from).max(0.0);
        let after = (from + seconds - self.part.end).max(0.0);
        (seconds - before - after).max(0.0)
    }

    /// Time reached, in s.
    fn now(&self) -> f64 {
        self.before.0 + self.frames as f64 / self.rate
    }

    /// What is decoded from here on is at `rate` Hz.
    pub(crate) fn change_rate(&mut self, rate: u32) {
        self.before = (self.now(), self.report.seconds);
        (self.frames, self.delivered) = (0, 0);
        self.rate = f64::from(rate);
    }

    /// A packet of that many bytes and s was decoded to `frames`, of which `dropped` are before the sound.
    pub(crate) fn decoded(&mut self, bytes: usize, seconds: f64, frames: u64, dropped: u64) {
        self.report.packets += 1;
        self.frames += frames;
        self.delivered += frames - dropped;
        self.report.seconds = self.before.1 + self.delivered as f64 / self.rate;
        self.good = (self.good.0 + bytes as u64, self.good.1 + seconds);
        self.longest = self.longest.max(seconds);
    }

    /// A packet of that many bytes and s could not be decoded.
    pub(crate) fn undecodable(&mut self, seconds: f64, bytes: usize, reason: String) {
        let now = self.now();
        self.report.packets += 1;
        self.report.packets_lost += 1;
        self.faults.0 += bytes as u64;
        self.faults.1 += seconds;
        self.first_fault.get_or_insert((now, reason));
    }

    /// The time stamps jump by that many s.
    pub(crate) fn jumped(&mut self, seconds: f64) {
        let now = self.now();
        self.first_gap.get_or_insert(now);
        self.gap_seconds += seconds;
    }

    /// The time stamps jump back by that many s, as after one that was wrong.
    pub(crate) fn jumped_back(&mut self, seconds: f64) {
        self.gap_seconds = (self.gap_seconds - seconds).max(0.0);
    }

    /// That many bytes between the frames were passed over.
    pub(crate) fn passed_over(&mut self, bytes: u64) {
        if bytes > 0 {
            let now = self.now();
            self.first_gap.get_or_insert(now);
            self.gap_bytes += bytes;
        }
    }

    /// Sound of that many s was cut off as lying after the end.
    pub(crate) fn cut(&mut self, seconds: f64) {
        self.beyond += seconds;
    }

    /// A part that follows can't be played, for this reason.
    pub(crate) fn refused(&mut self, reason: &str) {
        let now = self.now();
        self.first_refused.get_or_insert_with(|| (now, reason.to_owned()));
    }

    /// The input ends where it should go on.
    pub(crate) fn broke_off(&mut self) {
        self.report.broke_off = Some(self.report.seconds);
    }

    /// What was wrong with the first packet, if none could be decoded.
    pub(crate) fn nothing_but_faults(&mut self) -> Option<String> {
        if self.report.packets > self.report.packets_lost {
            return None;
        }
        self.first_fault.take().map(|(_, reason)| reason)
    }

    /// Closes the books. `missing` are bytes that the header declares beyond the end, of so many that are there;
    /// `declared` is the length in s and whether it is exact.
    pub(crate) fn close(&mut self, missing: Option<(u64, u64)>, declared: Option<(f64, bool)>) {
        let seconds = self.opened_at + self.dropped + self.now();
        let mut missing = missing.map_or(0.0, |(missing, there)| seconds * missing as f64 / there.max(1) as f64);
        let mut lost = self.lost();
        if let Some((declared, exact)) = declared {
            // Headers count whole packets, and some count one that holds no sound.
            let tolerance = if exact { 0.5 / self.rate } else { 2.0 * self.longest };
            let rest = declared - seconds;
            // Estimates and time stamps may be wrong, and no more than the rest is lost.
            lost = lost.min(rest.max(self.faults.1));
            if rest > tolerance {
                missing = missing.max(rest - lost);
            }
        }
        let end = self.opened_at + self.report.seconds;
        let (lost, missing) = (self.inside(end, lost), self.inside(end + lost, missing));
        if missing > 0.0 && lost == 0.0 {
            self.broke_off();
        }
        self.count_lost_packets(lost);
        self.report.seconds_lost = lost + missing;
        self.report.channels_cancel = self.balance.cancels();
        self.summarise(lost, missing);
    }

    /// What is lost so far, in s.
    pub(crate) fn lost(&self) -> f64 {
        let (bytes, seconds) = self.good;
        let lost = if self.gap_bytes == 0 || bytes == 0 {
            self.faults.1 + self.gap_seconds
        } else {
            // In a damaged stream without time stamps, headers of packets may be chance, and so is the duration in them.
            (self.faults.0 + self.gap_bytes) as f64 / bytes as f64 * seconds
        };
        (lost - self.outside).max(0.0)
    }

    /// Counts packets that were not even recognised, by the length of the others.
    fn count_lost_packets(&mut self, lost: f64) {
        let faults = self.report.packets_lost;
        let good = self.report.packets - faults;
        if self.first_gap.is_some() && self.good.1 > 0.0 {
            let packets = (lost / self.good.1 * good as f64).round() as u64;
            self.report.packets_lost = packets.max(faults);
            self.report.packets = good + self.report.packets_lost;
        }
    }

    fn summarise(&mut self, lost: f64, missing: f64) {
        let Self { report, .. } = self;
        let broke_off = report.broke_off;
        let mut tell = |line| report.skipped.push(line);
        if let Some((at, reason)) = &self.first_fault {
            tell(format!("packets that can't be decoded, the first at {at:.1} s ({reason})"));
        }
        if let Some((at, reason)) = &self.first_refused {
            tell(format!("another stream from {at:.1} s on ({reason})"));
        }
        if let Some(at) = self.first_gap.filter(|_| lost > 0.0) {
            tell(format!("damaged data between the packets, the first at {at:.1} s"));
        }
        match broke_off {
            _ if missing > 0.0 => tell(format!("the last {missing:.1} s that the header declares are missing")),
            Some(at) => tell(format!("it breaks off at {at:.1} s, inside a packet")),
            None => {}
        }
        if self.beyond > 2.0 * self.longest {
            tell(format!("{:.1} s after the end that the header declares are left out", self.beyond));
        }
    }
}

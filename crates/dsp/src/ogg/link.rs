//! Streams that run side by side, one of which is played; a chain has several such groups, one after the other.

use std::collections::VecDeque;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::formats::Track;
use symphonia::core::packet::Packet;

use super::clock::{Clock, Marks, Measured};
use super::codec::{Content, Mapping, identify};
use super::packets::{Assembler, Ended};
use super::page::Page;

/// A link of a chain.
#[derive(Default)]
pub(super) struct Link {
    sound: Option<Sound>,
    /// Why a stream of sound in it can't be played.
    unsupported: Option<&'static str>,
    /// All streams have begun.
    complete: bool,
    packets: VecDeque<Packet>,
}

/// The stream that is played.
struct Sound {
    serial: u32,
    mapping: Box<dyn Mapping>,
    assembler: Assembler,
    clock: Clock,
    /// Position at which the stream ends, if it is known.
    end: Option<i64>,
    ended: bool,
}

impl Link {
    /// Takes in the next page, unless a stream begins with it after others have gone on: that is the next link, and
    /// `false`.
    pub(super) fn add(&mut self, page: &Page) -> bool {
        if page.first && self.complete {
            return false;
        }
        if page.first {
            self.begin(page);
        } else {
            self.complete = true;
        }
        if let Some(sound) = self.sound.as_mut().filter(|sound| sound.serial == page.serial) {
            sound.add(page, &mut self.packets);
        }
        true
    }

    /// Looks at what begins here. The first stream that can be played is.
    fn begin(&mut self, page: &Page) {
        let Some((packet, _)) = page.pieces().next().filter(|_| self.sound.is_none()) else { return };
        match identify(packet) {
            Content::Sound(mapping) => {
                let clock = Clock::new(page.serial, mapping.delay());
                let assembler = Assembler::default();
                self.sound = Some(Sound { serial: page.serial, mapping, assembler, clock, end: None, ended: false });
            }
            Content::Unsupported(reason) => self.unsupported = Some(reason),
            Content::Other => {}
        }
    }

    /// The next packet, if it is complete.
    pub(super) fn next(&mut self) -> Option<Packet> {
        self.packets.pop_front()
    }

    /// Whether there are packets at hand.
    pub(super) fn has_packets(&self) -> bool {
        !self.packets.is_empty()
    }

    /// Gives out what is left; no more pages come.
    pub(super) fn finish(&mut self) {
        if let Some(sound) = &mut self.sound {
            sound.clock.flush(&mut self.packets);
        }
    }

    /// Whether the stream has its end, or there is none.
    pub(super) fn is_whole(&self) -> bool {
        self.sound.as_ref().is_none_or(|sound| sound.ended && !sound.assembler.inside_packet())
    }

    /// Whether nothing is missing that decoding needs.
    pub(super) fn is_ready(&self) -> bool {
        self.sound.as_ref().is_none_or(|sound| sound.mapping.ready())
    }

    /// Why nothing can be played, if there is sound at all.
    pub(super) fn unsupported(&self) -> Option<&'static str> {
        self.unsupported.filter(|_| self.sound.is_none())
    }

    /// Number of the stream that is played, and the position of time 0 in it.
    pub(super) fn start(&self) -> Option<(u32, i64)> {
        self.sound.as_ref().and_then(|sound| Some((sound.serial, sound.clock.zero()?)))
    }

    /// Tells at which position the stream ends, for which not all say that they do.
    pub(super) fn set_end(&mut self, position: i64) {
        if let Some(sound) = &mut self.sound {
            sound.end = Some(position);
        }
    }

    /// The stream that is played.
    pub(super) fn track(&self) -> Option<Track> {
        let sound = self.sound.as_ref()?;
        let mut track = Track::new(sound.serial);
        track.with_codec_params(CodecParameters::Audio(sound.mapping.parameters()));
        Some(track)
    }
}

impl Sound {
    fn add(&mut self, page: &Page, out: &mut VecDeque<Packet>) {
        self.ended |= page.last;
        let Ended { packets, missing } = self.assembler.add(page);
        let measure = |packet: Box<[u8]>| -> Option<Measured> {
            if self.mapping.header(&packet) {
                return None;
            }
            let samples = self.mapping.samples(&packet);
            Some((packet, samples))
        };
        let packets = packets.into_iter().filter_map(measure).collect();
        let last = page.last || (page.granule.is_some() && page.granule == self.end);
        self.clock.add(packets, Marks { granule: page.granule, missing, last }, out);
    }
}

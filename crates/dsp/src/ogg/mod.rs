//! Ogg as a container that symphonia reads: Vorbis, Opus and FLAC inside, alone or beside video, chained or not.
//!
//! A file is a sequence of pages ([`page`]), each with a checksum and a piece of one of the streams, cut into packets
//! ([`packets`]). The first packet of a stream names its codec ([`codec`]); the pages' granule positions give the
//! packets their time stamps ([`clock`]). Streams that follow one another, as in a recorded broadcast, are links of a
//! chain ([`link`]).
//!
//! Specifications: RFC 3533 (Ogg), Vorbis I (appendix A), RFC 7845 (Opus), RFC 9639 section 10.1 (FLAC).

mod clock;
mod codec;
mod end;
mod flac;
mod link;
mod opus;
mod packets;
mod page;
mod reader;
mod vorbis;

pub(crate) use reader::OggReader;

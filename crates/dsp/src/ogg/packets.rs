//! Packets put together from their pieces on the pages of a stream.

use super::page::Page;

/// Most bytes of a packet that is kept; the longest sensible one is a FLAC frame of eight channels. Comments with large
/// pictures are longer, and not needed.
const MAX_PACKET_LEN: usize = 1 << 22;

/// What ends on a page.
pub(super) struct Ended {
    /// The packets, empty ones and those too long to be kept left out.
    pub(super) packets: Vec<Box<[u8]>>,
    /// Pages that are missing between the page and the one before it.
    pub(super) missing: u32,
}

/// The state of a stream between two pages.
#[derive(Default)]
pub(super) struct Assembler {
    /// The beginning of a packet that goes on on the next page.
    begun: Option<Vec<u8>>,
    next_sequence: Option<u32>,
}

impl Assembler {
    /// Takes in the stream's next page.
    pub(super) fn add(&mut self, page: &Page) -> Ended {
        let missing = self.next_sequence.map_or(0, |next| page.sequence.wrapping_sub(next));
        self.next_sequence = Some(page.sequence.wrapping_add(1));
        let mut begun = self.begun.take().filter(|_| missing == 0 && page.continued);
        // The rest of a packet whose beginning is lost.
        let orphan = page.continued && begun.is_none();
        let mut packets: Vec<Box<[u8]>> = Vec::new();
        for (piece, ends) in page.pieces().skip(usize::from(orphan)) {
            match (&mut begun, ends) {
                (None, true) => packets.push(piece.into()),
                (None, false) => begun = Some(piece.to_vec()),
                (Some(bytes), ends) => {
                    // One byte more than is kept marks what is too long.
                    let room = (MAX_PACKET_LEN + 1).saturating_sub(bytes.len());
                    bytes.extend_from_slice(&piece[..piece.len().min(room)]);
                    if ends {
                        packets.extend(begun.take().filter(|bytes| bytes.len() <= MAX_PACKET_LEN).map(Vec::into));
                    }
                }
            }
        }
        self.begun = begun;
        packets.retain(|packet| !packet.is_empty());
        Ended { packets, missing }
    }

    /// Whether a packet has begun and not ended.
    pub(super) fn inside_packet(&self) -> bool {
        self.begun.is_some()
    }
}

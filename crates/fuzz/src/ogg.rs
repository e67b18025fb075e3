//! Ogg, whose damage is found by checksums: they are made right, so that what lies behind them is reached.

use crate::heard::hear_twice;

/// Bytes of a page before its table of segments, whose length is the last of them.
const HEADER: usize = 27;

/// Place of the checksum.
const CHECKSUM: usize = 22;

/// The bytes as pages.
pub fn ogg(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    sign(&mut bytes);
    hear_twice("input.ogg", &bytes, 1 << 14);
}

/// Writes the checksum of whatever looks like a page.
fn sign(bytes: &mut [u8]) {
    let mut from = 0;
    while let Some(at) = bytes[from..].windows(4).position(|window| window == b"OggS") {
        from += at;
        let table = bytes.get(from + HEADER - 1).map_or(0, |&segments| usize::from(segments));
        let segments = bytes.get(from + HEADER..from + HEADER + table).unwrap_or_default();
        let len = HEADER + table + segments.iter().map(|&len| usize::from(len)).sum::<usize>();
        match bytes.get_mut(from..from + len) {
            Some(page) => {
                page[CHECKSUM..CHECKSUM + 4].fill(0);
                let sum = checksum(page);
                page[CHECKSUM..CHECKSUM + 4].copy_from_slice(&sum.to_le_bytes());
                from += len;
            }
            None => from += 4,
        }
    }
}

/// CRC-32 of polynomial 0x04c11db7, from the highest bit on.
fn checksum(page: &[u8]) -> u32 {
    page.iter().fold(0, |sum: u32, &byte| {
        (0..8).fold(sum ^ u32::from(byte) << 24, |sum, _| sum << 1 ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 })
    })
}

//! The reader of Sun AU.

use crate::heard::hear_twice;

/// The first byte chooses the order of bytes, the others follow the magic number.
pub fn au(bytes: &[u8]) {
    let Some((order, rest)) = bytes.split_first() else { return };
    let magic = if order & 1 == 0 { b".snd" } else { b"dns." };
    hear_twice("input.au", &[magic, rest].concat(), 1 << 16);
}

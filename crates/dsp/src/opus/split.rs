//! The packets of several streams in one (RFC 7845, section 5.1.1; RFC 6716, appendix B).

/// Bytes of padding that a length byte of 255 stands for; more follows.
const LONG_PADDING: usize = 254;

/// Takes the first stream's packet out of a packet of several streams: in the ordinary form, with the rest.
///
/// Inside of a packet for several streams, each but the last says its own length.
pub(super) fn split_first(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut reader = Reader { bytes, at: 1 };
    // Where the length begins that ordinary packets don't have, and the bytes behind it.
    let (header_end, data_len) = match bytes.first()? & 3 {
        0 => (1, reader.length()?),
        1 => (1, 2 * reader.length()?),
        2 => {
            let first = reader.length()?;
            (reader.at, first + reader.length()?)
        }
        _ => {
            let flags = reader.byte()?;
            let frames = usize::from(flags & 63);
            let padding = if flags & 64 == 0 { 0 } else { reader.padding()? };
            let variable = flags & 128 != 0;
            let mut before_last = 0;
            for _ in 1..if variable { frames } else { 1 } {
                before_last += reader.length()?;
            }
            let header_end = reader.at;
            let last = reader.length()?;
            let data_len = if variable { before_last + last } else { frames * last };
            (header_end, data_len + padding)
        }
    };
    let (data, rest) = bytes.get(reader.at..)?.split_at_checked(data_len)?;
    Some(([&bytes[..header_end], data].concat(), rest))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    /// Length of a frame, in one byte or two.
    fn length(&mut self) -> Option<usize> {
        let first = usize::from(self.byte()?);
        Some(if first < 252 { first } else { first + 4 * usize::from(self.byte()?) })
    }

    fn padding(&mut self) -> Option<usize> {
        let mut padding = 0;
        loop {
            match self.byte()? {
                255 => padding += LONG_PADDING,
                last => return Some(padding + usize::from(last)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_of_every_kind_are_taken_apart() {
        // One frame of three bytes.
        assert_eq!(split_first(&[0, 3, 7, 8, 9, 1, 2]), Some((vec![0, 7, 8, 9], &[1, 2][..])));
        // Two frames of one length, and of two.
        assert_eq!(split_first(&[1, 1, 7, 8, 9]), Some((vec![1, 7, 8], &[9][..])));
        assert_eq!(split_first(&[2, 1, 2, 7, 8, 9]), Some((vec![2, 1, 7, 8, 9], &[][..])));
        // Two frames of one length with two bytes of padding; three of different lengths.
        assert_eq!(split_first(&[3, 0x42, 2, 1, 7, 8, 0, 0, 5]), Some((vec![3, 0x42, 2, 7, 8, 0, 0], &[5][..])));
        assert_eq!(split_first(&[3, 0x83, 1, 0, 2, 7, 8, 9]), Some((vec![3, 0x83, 1, 0, 7, 8, 9], &[][..])));
        // A length in two bytes.
        let long = [&[0, 252, 1][..], &[6; 256], &[5]].concat();
        assert_eq!(split_first(&long).map(|(packet, rest)| (packet.len(), rest)), Some((257, &[5][..])));
    }

    #[test]
    fn packets_that_end_early_are_none() {
        for bytes in [&[][..], &[0], &[0, 3, 7], &[1, 2, 7, 8, 9], &[2, 1], &[3], &[3, 0x41, 255], &[3, 0x83, 1, 1]] {
            assert_eq!(split_first(bytes), None, "{bytes:?}");
        }
    }
}

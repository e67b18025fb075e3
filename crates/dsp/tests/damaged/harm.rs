//! Damage to files, drawn from a seed.

use std::ops::Range;

use super::specimens::Specimen;

/// The kinds of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// Cut off somewhere.
    Truncated,
    /// Up to 32 bits changed, anywhere.
    BitsFlipped,
    /// One bit or two changed in the sound.
    SoundFlipped,
    /// Two stretches of the sound have changed places.
    BlocksSwapped,
    /// Zeros over the first bytes.
    HeaderZeroed,
    /// Bytes without meaning behind the end.
    RandomTail,
    /// What is around the sound, overwritten.
    TagsDamaged,
}

impl Harm {
    pub const ALL: [Self; 7] = [
        Self::Truncated,
        Self::BitsFlipped,
        Self::SoundFlipped,
        Self::BlocksSwapped,
        Self::HeaderZeroed,
        Self::RandomTail,
        Self::TagsDamaged,
    ];
}

/// A damaged file, and where it differs from the sound one.
pub struct Damaged {
    pub bytes: Vec<u8>,
    pub changed: Vec<Range<usize>>,
}

/// Numbers from a seed (SplitMix64: Steele, Lea and Flood, 2014).
pub struct Draw(pub u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number of the range, which isn't empty.
    pub fn of(&mut self, range: Range<usize>) -> usize {
        range.start + (self.next() % (range.end - range.start) as u64) as usize
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

/// Damages a file; `None` where it has nothing to damage so.
pub fn damage(specimen: &Specimen, harm: Harm, draw: &mut Draw) -> Option<Damaged> {
    let file = &specimen.file;
    let mut bytes = file.bytes.clone();
    let len = bytes.len();
    let only = |range| vec![range];
    let changed = match harm {
        Harm::Truncated => {
            bytes.truncate(draw.of(0..len));
            only(bytes.len()..len)
        }
        Harm::BitsFlipped => flip(&mut bytes, 0..len, 1 << draw.of(0..6), draw),
        Harm::SoundFlipped => flip(&mut bytes, file.sound.clone(), 1 + draw.of(0..2), draw),
        Harm::BlocksSwapped => {
            let size = draw.of(1..file.sound.len() / 4);
            let first = draw.of(file.sound.start..file.sound.end - 2 * size + 1);
            let second = draw.of(first + size..file.sound.end - size + 1);
            let (before, after) = bytes.split_at_mut(second);
            before[first..first + size].swap_with_slice(&mut after[..size]);
            vec![first..first + size, second..second + size]
        }
        Harm::HeaderZeroed => {
            let end = draw.of(1..file.sound.start.max(64));
            bytes[..end].fill(0);
            only(0..end)
        }
        Harm::RandomTail => {
            let count = 1 << draw.of(0..14);
            bytes.extend(draw.bytes(count));
            only(len..bytes.len())
        }
        Harm::TagsDamaged => {
            if file.tags.is_empty() {
                return None;
            }
            let range = overwrite(&mut bytes, file.tags[draw.of(0..file.tags.len())].clone(), draw);
            file.check(&mut bytes);
            only(range)
        }
    };
    Some(Damaged { bytes, changed })
}

/// Flips so many bits.
fn flip(bytes: &mut [u8], range: Range<usize>, count: usize, draw: &mut Draw) -> Vec<Range<usize>> {
    (0..count)
        .map(|_| {
            let at = draw.of(range.clone());
            bytes[at] ^= 1 << draw.of(0..8);
            at..at + 1
        })
        .collect()
}

/// Puts zeros, ones, noise or text over a part of the range.
fn overwrite(bytes: &mut [u8], range: Range<usize>, draw: &mut Draw) -> Range<usize> {
    let start = draw.of(range.clone());
    let end = draw.of(start + 1..range.end + 1);
    let noise = draw.bytes(end - start);
    match draw.of(0..4) {
        0 => bytes[start..end].fill(0),
        1 => bytes[start..end].fill(0xff),
        2 => bytes[start..end].fill(b'x'),
        _ => bytes[start..end].copy_from_slice(&noise),
    }
    start..end
}

//! What of a file is still in its changed copy, and where: the smallest that is to be kept to get the file back.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::rebuild::Piece;

/// Fewest bytes of a block that is looked for.
const BLOCK: u64 = 64;
/// Most blocks that are remembered; those of large files are longer.
const BLOCKS: u64 = 1 << 20;
/// Bytes that must be equal behind a change for the files to be in step again.
const IN_STEP: u64 = 32;
/// Base of the rolling hash.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The pieces of which a file is made, most of them lying in its changed copy.
///
/// Blocks of the copy are found again in the file by a rolling hash, as rsync does, and equal stretches made as long as they
/// are: what moved is found wherever it is, and so is what lies between small changes, as the pages of Ogg between their
/// numbers and sums. Memory doesn't grow with the files.
pub fn difference(original: &File, changed: &File) -> io::Result<Vec<Piece>> {
    let (mut old, mut new) = (Window::new(original)?, Window::new(changed)?);
    let block = BLOCK.max(new.length.div_ceil(BLOCKS));
    let index = index(&mut new, block)?;
    let leading = (1..block).fold(1, |power: u64, _| power.wrapping_mul(BASE));
    let mut pieces = Pieces::default();
    let (mut at, mut shift, mut rolling) = (0, 0, None);
    while at < old.length {
        // Where the copy goes on if nothing moved, and else where the same block lies.
        let mut found = None;
        if let Some(place) = at.checked_add_signed(shift) {
            let run = common(&mut old, &mut new, at, place)?;
            found = (run >= IN_STEP || (run > 0 && at + run == old.length)).then_some((place, run));
        }
        if found.is_none() && at + block <= old.length {
            let hash = match rolling {
                Some(hash) => hash,
                None => hash(old.slice(at, block)?),
            };
            if let Some(&place) = index.get(&hash) {
                let run = common(&mut old, &mut new, at, place)?;
                found = (run >= block).then_some((place, run));
            }
            let next = old.slice(at, block + 1)?;
            rolling = (next.len() as u64 > block).then(|| {
                let without = hash.wrapping_sub(leading.wrapping_mul(u64::from(next[0]) + 1));
                without.wrapping_mul(BASE).wrapping_add(u64::from(next[next.len() - 1]) + 1)
            });
        }
        let Some((place, run)) = found else {
            pieces.bytes.push(old.slice(at, 1)?[0]);
            at += 1;
            continue;
        };
        let before = pieces.take_back(&mut new, place)?;
        pieces.keep(place - before, run + before);
        at += run;
        shift = place as i64 + run as i64 - at as i64;
        rolling = None;
    }
    pieces.flush();
    Ok(pieces.done)
}

/// Where each block of a file lies, by its hash; of equal ones, the first.
fn index(file: &mut Window<'_>, block: u64) -> io::Result<HashMap<u64, u64>> {
    let mut index = HashMap::new();
    for at in (0..file.length / block).map(|number| number * block) {
        let hash = hash(file.slice(at, block)?);
        index.entry(hash).or_insert(at);
    }
    Ok(index)
}

/// A hash that can be rolled on by a byte.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |hash: u64, byte| hash.wrapping_mul(BASE).wrapping_add(u64::from(*byte) + 1))
}

/// How many bytes are equal from there on.
fn common(old: &mut Window<'_>, new: &mut Window<'_>, at: u64, place: u64) -> io::Result<u64> {
    let mut run = 0;
    loop {
        let (a, b) = (old.slice(at + run, Window::STEP)?, new.slice(place + run, Window::STEP)?);
        let equal = a.iter().zip(b).take_while(|(a, b)| a == b).count() as u64;
        run += equal;
        if equal < Window::STEP {
            return Ok(run);
        }
    }
}

/// Pieces as they are found.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    /// Bytes of which nothing equal was found yet.
    bytes: Vec<u8>,
}

impl Pieces {
    /// Drops the last bytes as far as they are those before `place`, and says how many these were.
    fn take_back(&mut self, new: &mut Window<'_>, place: u64) -> io::Result<u64> {
        let mut count = 0;
        while count < place
            && let Some(last) = self.bytes.last()
            && new.slice(place - count - 1, 1)? == [*last]
        {
            self.bytes.pop();
            count += 1;
        }
        Ok(count)
    }

    fn keep(&mut self, from: u64, length: u64) {
        self.flush();
        self.done.push(Piece::Kept { from, length });
    }

    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            self.done.push(Piece::Bytes(std::mem::take(&mut self.bytes)));
        }
    }
}

/// A file of which a part is in memory.
struct Window<'a> {
    file: &'a File,
    length: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Window<'a> {
    /// Bytes that are compared at a time.
    const STEP: u64 = 1 << 12;
    /// Bytes in memory, and how many of them lie before what was asked for.
    const SIZE: u64 = 1 << 20;
    const BEFORE: u64 = 1 << 16;

    fn new(file: &'a File) -> io::Result<Self> {
        Ok(Self { file, length: file.metadata()?.len(), start: 0, bytes: Vec::new() })
    }

    /// So many bytes, or as many as there are.
    fn slice(&mut self, at: u64, length: u64) -> io::Result<&[u8]> {
        let end = (at + length).min(self.length);
        if at >= end {
            return Ok(&[]);
        }
        if at < self.start || end > self.start + self.bytes.len() as u64 {
            self.start = at.saturating_sub(Self::BEFORE);
            self.bytes.clear();
            self.file.seek(SeekFrom::Start(self.start))?;
            let wanted = Self::SIZE.max(end - self.start);
            self.file.take(wanted).read_to_end(&mut self.bytes)?;
        }
        let slice = self.bytes.get((at - self.start) as usize..(end - self.start) as usize);
        slice.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;
    use crate::tags::rebuild::rebuild;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    /// How many bytes are to be kept; that they lead back is checked.
    fn kept(old: &[u8], new: &[u8]) -> usize {
        let changed = file(new);
        let pieces = difference(&file(old), &changed).unwrap();
        let mut back = Vec::new();
        rebuild(&pieces, &changed, &mut back).unwrap();
        assert!(back == old, "{} bytes came back of {}", back.len(), old.len());
        pieces.iter().map(|piece| if let Piece::Bytes(bytes) = piece { bytes.len() } else { 0 }).sum()
    }

    fn noise(length: usize, mut state: u64) -> Vec<u8> {
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn what_only_moved_is_not_kept() {
        let sound = noise(3_000_000, 1);
        let at = |head: &[u8], tail: &[u8]| [head, &sound, tail].concat();
        assert_eq!(kept(&sound, &at(b"a new tag", b"")), 0);
        assert_eq!(kept(&at(b"the old tag", b""), &sound), 11);
        // Four equal bytes are fewer than it takes to say where they are.
        assert_eq!(kept(&at(b"RIFF\x01", b""), &at(b"RIFF\x02", b"a tag at the end")), 5);
        assert_eq!(kept(&at(b"", b"old end"), &at(b"new start", b"")), 7);
        assert_eq!(kept(&sound, &sound), 0);
        assert_eq!(kept(b"", &sound), 0);
        assert_eq!(kept(b"short", b""), 5);
    }

    #[test]
    fn pages_with_new_numbers_cost_their_numbers() {
        let mut old = noise(400_000, 2);
        let mut new = [noise(9_000, 3), old.clone()].concat();
        for page in 0..100 {
            old[4_000 * page + 18] ^= 1;
            new[9_000 + 4_000 * page + 22] ^= 1;
        }
        let kept = kept(&old, &new);
        assert!(kept <= 100 * 5 + 32, "{kept}");
    }

    #[test]
    fn silence_is_found_where_it_goes_on() {
        let old = [&b"head"[..], &vec![0; 500_000], b"tail"].concat();
        let new = [&b"another head"[..], &vec![0; 500_000], b"tail and more"].concat();
        assert!(kept(&old, &new) <= 4 + 64);
    }

    proptest! {
        #[test]
        fn whatever_was_done_to_a_file_it_comes_back(
            old in prop::collection::vec(0u8..4, 0..600),
            new in prop::collection::vec(0u8..4, 0..600),
            cut in 0usize..600,
        ) {
            kept(&old, &new);
            let cut = cut.min(old.len());
            kept(&old, &[&old[cut..], &new[..], &old[..cut]].concat());
        }
    }
}

//! The sorting network: medians of 31 consecutive vectors, sixteen windows at a time.
//!
//! A line of vectors is cut into blocks of 16. The window centred on vector `j` of a block covers the whole block, the
//! vectors `j + 1 ..` of the block before and the vectors `.. j` of the block after. So sixteen windows share one sorted
//! block, eight of them also share half a neighbour, four a further quarter, two a further pair, and one vector is
//! each window's own. Sorting a block by merging leaves exactly those sorted halves, quarters and pairs behind.
//!
//! A set of `31 - e` values with `e` still to come can have its median only among its `e + 1` middle values. Adding
//! `r = (e + 1) / 2` sorted values to `2 r` candidates therefore keeps `r`, and the middle `r` of a sorted `2 r` and a
//! sorted `r` are `max(a[i], min(a[r + i], b[r - 1 - i]))`, a bitonic sequence (Batcher 1968). That leaves 350 minima and
//! maxima for sixteen medians, 22 each, where a pruned network for one window needs about 300. The sharing follows
//! A. Adams, "Fast median filters using separable sorting networks", ACM Trans. Graph. 40(4), 2021.

use super::lanes::Lanes;

/// Vectors in a block, and windows computed together.
pub(super) const BLOCK: usize = 16;

/// Where blocks come from and where their medians go.
pub(super) trait Line<V: Lanes> {
    /// The block that starts at vector `16 * block`; block -1 and the blocks after the last are mirrored.
    fn load(&self, block: isize) -> [V; BLOCK];

    /// Takes the medians of the windows centred on the vectors of `block`.
    fn store(&mut self, block: usize, medians: [V; BLOCK]);
}

/// Runs `blocks` blocks of `line` through the network.
#[inline(always)]
pub(super) fn filter<V: Lanes>(line: &mut impl Line<V>, blocks: usize) {
    let mut ring = [Runs::sort(line.load(-1)), Runs::sort(line.load(0)), Runs::sort(line.load(1))];
    for block in 0..blocks {
        let (before, here, after) = (block % 3, (block + 1) % 3, (block + 2) % 3);
        line.store(block, medians(&ring[before], &ring[here].all, &ring[after]));
        if block + 1 < blocks {
            ring[before] = Runs::sort(line.load(block as isize + 2));
        }
    }
}

/// A block with its sorted parts of 2, 4, 8 and 16 vectors.
struct Runs<V> {
    ones: [V; BLOCK],
    twos: [V; BLOCK],
    fours: [V; BLOCK],
    eights: [V; BLOCK],
    all: [V; BLOCK],
}

impl<V: Lanes> Runs<V> {
    /// Batcher's odd-even merge sort, 63 comparators.
    #[inline(always)]
    fn sort(ones: [V; BLOCK]) -> Self {
        let twos = merge_pairs::<V, 1>(ones);
        let fours = merge_pairs::<V, 2>(twos);
        let eights = merge_pairs::<V, 4>(fours);
        let all = merge_pairs::<V, 8>(eights);
        Self { ones, twos, fours, eights, all }
    }
}

/// Merges neighbouring sorted runs of `RUN` vectors.
#[inline(always)]
fn merge_pairs<V: Lanes, const RUN: usize>(mut v: [V; BLOCK]) -> [V; BLOCK] {
    for start in (0..BLOCK).step_by(2 * RUN) {
        for i in 0..RUN {
            exchange(&mut v, start + i, start + RUN + i);
        }
        let mut distance = RUN / 2;
        while distance > 0 {
            for from in (distance..2 * RUN - distance).step_by(2 * distance) {
                for i in 0..distance {
                    exchange(&mut v, start + from + i, start + from + distance + i);
                }
            }
            distance /= 2;
        }
    }
    v
}

/// Medians of the sixteen windows that contain `core`, sorted, between its neighbours.
#[inline(always)]
fn medians<V: Lanes>(before: &Runs<V>, core: &[V; BLOCK], after: &Runs<V>) -> [V; BLOCK] {
    let mut out = *core;
    for half in 0..2 {
        // Windows 0-7 reach into the second half of the block before, windows 8-15 into the first half of the one after.
        let eight: [V; 8] = if half == 0 { middle(core, &before.eights[8..]) } else { middle(core, &after.eights) };
        for quarter in 0..2 {
            let at = half * 8 + quarter * 4;
            let four: [V; 4] = if quarter == 0 {
                middle(&eight, &before.fours[at + 4..])
            } else {
                middle(&eight, &after.fours[at - 4..])
            };
            for pair in 0..2 {
                let at = at + pair * 2;
                let two: [V; 2] = if pair == 0 {
                    middle(&four, &before.twos[at + 2..])
                } else {
                    middle(&four, &after.twos[at - 2..])
                };
                out[at] = two[0].max(two[1].min(before.ones[at + 1]));
                out[at + 1] = two[0].max(two[1].min(after.ones[at]));
            }
        }
    }
    out
}

/// The middle `KEEP` of `2 KEEP` sorted vectors and the first `KEEP` of `run`, sorted.
#[inline(always)]
fn middle<V: Lanes, const KEEP: usize>(sorted: &[V], run: &[V]) -> [V; KEEP] {
    let mut kept = [sorted[0]; KEEP];
    // Not `array::from_fn`: a closure might not be inlined, and would then be compiled without the instruction set.
    for i in 0..KEEP {
        kept[i] = sorted[i].max(sorted[KEEP + i].min(run[KEEP - 1 - i]));
    }
    let mut distance = KEEP / 2;
    while distance > 0 {
        for start in (0..KEEP).step_by(2 * distance) {
            for i in start..start + distance {
                exchange(&mut kept, i, i + distance);
            }
        }
        distance /= 2;
    }
    kept
}

/// Puts the smaller of two vectors first, lane by lane.
#[inline(always)]
fn exchange<V: Lanes>(v: &mut [V], low: usize, high: usize) {
    (v[low], v[high]) = (v[low].min(v[high]), v[low].max(v[high]));
}

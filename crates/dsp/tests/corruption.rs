//! Thousands of damaged files of every format: each ends in its sound or in an error that names it, and no sound is lost that
//! the damage didn't touch.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod damaged;
#[allow(dead_code, reason = "each test file uses its part")]
#[path = "written/ogg.rs"]
mod ogg;
mod written;

use std::ops::Range;
use std::thread;

use dsp::Error;

use damaged::ffmpeg;
use damaged::harm::{Damaged, Draw, Harm, damage};
use damaged::heard::{Heard, decode};
use damaged::specimens::{Coding, Specimen, specimens};

const SEED: u64 = 14;

/// Damaged files of each specimen and kind of damage.
const EACH: usize = 24;

/// Longest packet of a specimen in s, and what is lost with a page of Ogg.
const LONGEST: f64 = 0.2;

/// Samples of a packet of most codecs.
const PACKET: f64 = 1152.0;

/// Address space in KiB of the process that is to do with little.
#[cfg(unix)]
const LIMIT_KIB: usize = 300_000;

/// What is wrong with the outcome of a damaged file.
type Fault = Option<String>;

fn outcome(specimen: &Specimen, damaged: &Damaged) -> Result<Result<Heard, String>, String> {
    let hear = || decode(specimen.input(&damaged.bytes));
    let first = match hear() {
        Ok(heard) => Ok(heard),
        Err(e) if e.name() == Some(&specimen.name) && e.to_string().starts_with(&specimen.name) => Err(e.to_string()),
        Err(e) => return Err(format!("the error doesn't name the file: {e}")),
    };
    if let Ok(heard) = &first {
        if heard.samples.is_empty() || heard.samples.iter().any(|s| !s.is_finite()) {
            return Err(format!("{} samples, or no numbers", heard.samples.len()));
        }
        let report = &heard.report;
        if !(0.0..=1.0).contains(&report.lost_share()) || report.packets_lost > report.packets {
            return Err(format!("a report that can't be: {report:?}"));
        }
    }
    if first != hear().map_err(|e| e.to_string()) {
        return Err("another outcome the second time".to_owned());
    }
    Ok(first)
}

/// Looks at every damaged file on all cores, and fails with the first faults of each kind.
fn assert_none(each: usize, kinds: &[Harm], fault: impl Fn(&Specimen, Harm, &Damaged) -> Fault + Sync) {
    let specimens = specimens();
    let workers = thread::available_parallelism().map_or(2, usize::from);
    let work = |worker: usize| {
        let mut faults = Vec::new();
        for (index, specimen) in specimens.iter().enumerate().filter(|(index, _)| index % workers == worker) {
            for &harm in kinds {
                let mut draw = Draw(SEED + 1000 * index as u64 + harm as u64);
                for number in 0..each {
                    let Some(damaged) = damage(specimen, harm, &mut draw) else { continue };
                    if let Some(fault) = fault(specimen, harm, &damaged) {
                        let changed = &damaged.changed[..damaged.changed.len().min(4)];
                        faults.push(format!("{} {harm:?} {number} at {changed:?}: {fault}", specimen.name));
                    }
                }
            }
        }
        faults
    };
    let work = &work;
    let faults: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|worker| scope.spawn(move || work(worker))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Frames of PCM that a range of bytes touches.
fn touched(specimen: &Specimen, frame: usize, range: &Range<usize>) -> Range<usize> {
    let start = specimen.file.sound.start;
    range.start.saturating_sub(start) / frame..range.end.saturating_sub(start).div_ceil(frame)
}

#[test]
fn every_damaged_file_ends_in_sound_or_an_error_that_names_it() {
    assert_none(EACH, &Harm::ALL, |specimen, _, damaged| outcome(specimen, damaged).err());
}

#[test]
#[ignore = "run by the next test, in a process with little memory"]
fn damaged_files_in_a_process_with_little_memory() {
    assert_none(8, &Harm::ALL, |specimen, _, damaged| outcome(specimen, damaged).err());
}

/// Memory that headers declare is never asked for: the files are of 50 KB at most, and a process that asks for more than its
/// limit is ended.
#[cfg(unix)]
#[test]
fn no_damaged_file_asks_for_memory_beyond_its_size() {
    let name = "damaged_files_in_a_process_with_little_memory";
    let script = format!("ulimit -v {LIMIT_KIB}; exec \"$0\" --exact {name} --ignored --test-threads=1");
    let child = std::process::Command::new("sh").arg("-c").arg(script).arg(std::env::current_exe().unwrap()).output();
    let child = child.unwrap();
    let told = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && told.contains("1 passed"), "{told}{}", String::from_utf8_lossy(&child.stderr));
}

/// What FFmpeg still hears of a damaged file, so do we; where it isn't installed, the test passes without.
#[test]
fn damaged_files_are_heard_as_well_as_by_ffmpeg() {
    if !ffmpeg::is_installed() {
        eprintln!("skipped: ffmpeg isn't installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let kinds = [Harm::Truncated, Harm::SoundFlipped, Harm::BlocksSwapped, Harm::HeaderZeroed, Harm::TagsDamaged];
    assert_none(1, &kinds, |specimen, harm, damaged| {
        let path = folder.path().join(format!("{harm:?}-{}", specimen.name));
        std::fs::write(&path, &damaged.bytes).unwrap();
        let whole = &specimen.whole.samples;
        let theirs = ffmpeg::share(&ffmpeg::decode(&path), whole);
        let ours = decode(specimen.input(&damaged.bytes));
        let share = ours.as_ref().map_or(0.0, |heard| ffmpeg::share(&heard.samples, whole));
        let exempt = match ours {
            // A sample that is no number is none of a recording.
            Err(Error::NotFinite { .. }) => specimen.name.starts_with("Float"),
            // FFmpeg goes by a file's name where it begins like nothing known.
            Err(Error::Unsupported { .. }) => harm == Harm::HeaderZeroed,
            _ => false,
        };
        // Two packets: FFmpeg decodes a part of what is cut off, and of what is damaged.
        let allowed = match specimen.coding {
            Coding::Pcm(_) => 0.1,
            Coding::Packets => 0.1f64.max(2.0 * PACKET / whole.len() as f64),
        };
        let lacks = theirs > share + allowed;
        (lacks && !exempt).then(|| format!("{share:.2} of {theirs:.2}, {:?}", ours.map(|heard| heard.report)))
    });
}

#[test]
fn damaged_tags_cost_nothing() {
    assert_none(EACH, &[Harm::TagsDamaged], |specimen, _, damaged| match decode(specimen.input(&damaged.bytes)) {
        Ok(heard) if heard == specimen.whole => None,
        Ok(heard) => {
            let (got, whole) = (heard.samples.len(), specimen.whole.samples.len());
            Some(format!("{got} samples of {whole}, {:?}", heard.report))
        }
        Err(e) => Some(e.to_string()),
    });
}

#[test]
fn what_stands_behind_a_file_costs_nothing() {
    assert_none(EACH, &[Harm::RandomTail], |specimen, _, damaged| match decode(specimen.input(&damaged.bytes)) {
        Ok(heard) if heard.samples == specimen.whole.samples => None,
        Ok(heard) => {
            let (got, whole) = (heard.samples.len(), specimen.whole.samples.len());
            Some(format!("{got} samples of {whole}, {:?}", heard.report))
        }
        Err(e) => Some(e.to_string()),
    });
}

#[test]
fn a_cut_file_gives_what_comes_before_the_cut() {
    assert_none(EACH, &[Harm::Truncated], |specimen, _, damaged| {
        let (sound, whole) = (&specimen.file.sound, &specimen.whole.samples);
        let there = damaged.bytes.len().saturating_sub(sound.start).min(sound.len());
        let share = there as f64 / sound.len() as f64;
        match (specimen.coding, decode(specimen.input(&damaged.bytes))) {
            (Coding::Pcm(frame), Ok(heard)) if heard.samples == whole[..there / frame] => None,
            (Coding::Pcm(frame), Err(_)) if there < frame => None,
            (Coding::Packets, Ok(heard)) => {
                let got = &heard.samples;
                let len = got.len().min(whole.len());
                if got[..len] != whole[..len] {
                    let at = got.iter().zip(whole).position(|(a, b)| a != b);
                    return Some(format!("differs from sample {at:?} on, {} of {}", got.len(), whole.len()));
                }
                let expected = share * whole.len() as f64;
                let short = expected - got.len() as f64;
                (short > LONGEST * f64::from(heard.rate))
                    .then(|| format!("{} of {expected}, {:?}", got.len(), heard.report))
            }
            (_, Ok(heard)) => Some(format!("{} samples of {share}, {:?}", heard.samples.len(), heard.report)),
            (_, Err(_)) if share < 0.4 || specimen.indexed_behind => None,
            (_, Err(e)) => Some(e.to_string()),
        }
    });
}

#[test]
fn sound_that_wasnt_touched_is_heard() {
    assert_none(EACH, &[Harm::SoundFlipped], |specimen, _, damaged| {
        let whole = &specimen.whole.samples;
        let heard = match decode(specimen.input(&damaged.bytes)) {
            Ok(heard) => heard,
            // A sample that is no number is none of a recording.
            Err(Error::NotFinite { .. }) if specimen.name.starts_with("Float") => return None,
            Err(e) => return Some(e.to_string()),
        };
        match specimen.coding {
            Coding::Pcm(frame) => {
                let spared =
                    |at: &usize| !damaged.changed.iter().any(|range| touched(specimen, frame, range).contains(at));
                let same = heard.samples.len() == whole.len()
                    && (0..whole.len()).filter(spared).all(|at| heard.samples[at] == whole[at]);
                (!same).then(|| format!("{} samples", heard.samples.len()))
            }
            Coding::Packets => {
                let rate = f64::from(heard.rate);
                let length = heard.report.seconds + heard.report.seconds_lost;
                let expected = whole.len() as f64 / rate;
                // Each change may cost the packets on both sides of it.
                ((length - expected).abs() > 2.0 * LONGEST)
                    .then(|| format!("{length} s of {expected}, {:?}", heard.report))
            }
        }
    });
}

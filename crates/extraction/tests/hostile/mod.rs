//! Tables to be damaged, and how they are read then.

#![allow(dead_code, reason = "each test file takes what it needs")]

pub mod forge;

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Once;

use dsp::{ClipFeatures, ClipLength, Convention, DecodeReport, FeatureSpec, TrackFeatures};
use extraction::csv::Record;
use extraction::table::{Request, Rows, Wanted};
use extraction::{Error, Format, Result, Sheet, SheetTrack};

/// Characters of a message, at most, beside the file's name.
const LONGEST: usize = 2000;

/// The ways in which tables are asked for.
pub const REQUESTS: [Request<'static>; 2] = [
    Request { columns: Wanted::Descriptors(None), labelled: true },
    Request { columns: Wanted::Numbers, labelled: false },
];

/// A table of our own of two tracks of two clips, and of a failed one where the format has those.
pub fn good(path: &Path, format: Format) -> Vec<u8> {
    let spec = FeatureSpec::features(Convention::Librosa07, ClipLength::TENTH);
    let mut sheet = Sheet::new(path.to_owned(), format, &spec, false);
    for name in ["a", "b"] {
        let clip = |k: u32| ClipFeatures {
            start_sample: 0,
            samples: 66_149,
            silent: false,
            values: (0..57).map(|column| f64::from(column) / 7.0 - f64::from(k)).collect(),
        };
        let track = SheetTrack {
            path: format!("music/blues/{name}.wav"),
            filename: format!("{name}.wav"),
            label: "blues".into(),
            content: None,
            result: Ok(TrackFeatures { clips: (0..2).map(clip).collect(), decoded: DecodeReport::default() }),
        };
        sheet.push(&track).unwrap();
        sheet.push(&SheetTrack { filename: format!("{name}.mp3"), result: Err("no audio".into()), ..track }).unwrap();
    }
    sheet.publish().unwrap();
    std::fs::read(path).unwrap()
}

/// Reads a table to its end; rows that can't be used are passed over, as prediction does. Gives the number of good ones.
pub fn read(path: &Path, request: Request<'_>) -> Result<usize> {
    let mut rows = Rows::open(path, request)?;
    let (mut record, mut good) = (Record::default(), 0);
    loop {
        match rows.next(&mut record) {
            Ok(true) => {
                assert!(record.values.iter().all(|value| value.is_finite()));
                good += 1;
            }
            Ok(false) => return Ok(good),
            Err(error @ (Error::BadCell { .. } | Error::BadValue { .. })) => told(path, &error),
            Err(error) => return Err(error),
        }
    }
}

/// The reason why a table is refused, which names it.
pub fn refusal(path: &Path, request: Request<'_>) -> String {
    let error = read(path, request).expect_err("the table must be refused");
    told(path, &error);
    extraction::chain(&error)
}

/// Whatever a damaged table holds, it is read or refused by its name.
pub fn read_or_refused(path: &Path) {
    REQUESTS.into_iter().for_each(|request| asked(path, request));
}

fn asked(path: &Path, request: Request<'_>) {
    if let Err(error) = read(path, request) {
        told(path, &error);
    }
}

fn told(path: &Path, error: &Error) {
    let message = extraction::chain(error);
    assert!(message.contains(&*path.to_string_lossy()), "{message}");
    assert!(message.len() < path.as_os_str().len() + LONGEST, "{} bytes: {}", message.len(), &message[..LONGEST]);
}

/// Turns one bit of a file after the other, always the same `count`, and back when it has been read or refused.
pub fn turn_bits(path: &Path, bytes: &[u8], count: usize) {
    std::fs::write(path, bytes).unwrap();
    // Written in place: a file that is cut and written anew waits for the disk.
    let mut file = std::fs::File::options().write(true).open(path).unwrap();
    let mut put = |at: usize, byte: u8| {
        file.seek(SeekFrom::Start(at as u64)).unwrap();
        file.write_all(&[byte]).unwrap();
    };
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    for request in REQUESTS.into_iter().cycle().take(count) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let at = (state >> 8) as usize % bytes.len();
        put(at, bytes[at] ^ 1 << (state % 8));
        asked(path, request);
        put(at, bytes[at]);
    }
}

/// Lets no panic of this project's own pass, even a caught one, and keeps others, which are caught, from the screen.
#[allow(clippy::print_stderr, reason = "the test ends here, and says why")]
pub fn no_panic_of_ours() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let file = panic.location().map_or("", |place| place.file());
            if !file.contains("/registry/") {
                before(panic);
            }
            // A test would not notice one that is caught.
            if file.contains("/src/") && !file.contains("/registry/") {
                eprintln!("{panic}");
                std::process::exit(101);
            }
        }));
    });
}

/// Runs an ignored test of this file in a process of its own that has so many MiB of memory.
#[cfg(unix)]
pub fn in_little_memory(mib: u64, test: &str) {
    let run = format!("ulimit -v {} && exec \"$0\" --exact --ignored --nocapture --test-threads 1 {test}", mib << 10);
    let program = std::env::current_exe().unwrap();
    // Threads reserve 64 MiB each else.
    let done = std::process::Command::new("sh").args(["-c", &run]).arg(program).env("MALLOC_ARENA_MAX", "1").output();
    let done = done.unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && said.contains("1 passed"),
        "{test} with {mib} MiB: {}\n{said}\n{}",
        done.status,
        String::from_utf8_lossy(&done.stderr)
    );
}

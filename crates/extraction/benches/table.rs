//! Time and memory of writing tables of many rows: `cargo bench -p extraction --bench table`.
//!
//! Prints for 10 000, 100 000 and 1 000 000 generated rows how long a table took, how large it is, and the peak of the
//! memory meanwhile (Linux only), which must not grow with the rows. Other numbers of rows may be given as arguments.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a benchmark fails by panicking and prints")]

use std::time::Instant;

use dsp::{ClipFeatures, ClipLength, Convention, DecodeReport, FeatureSpec, TrackFeatures};
use extraction::{ContentHash, Format, Sheet, SheetTrack};

/// Rows of a track: the clips of 3 s of one of GTZAN.
const CLIPS: usize = 10;

fn main() {
    let mut rows: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    if rows.is_empty() {
        rows = vec![10_000, 100_000, 1_000_000];
    }
    let folder = tempfile::tempdir_in(std::env::var_os("CARGO_TARGET_TMPDIR").unwrap_or_else(|| ".".into())).unwrap();
    let spec = FeatureSpec::features(Convention::Librosa07, ClipLength::TENTH);
    println!("{:<8} {:>9} {:>8} {:>9} {:>10}", "format", "rows", "s", "MB", "peak MiB");
    for (name, format) in [("csv", Format::Csv), ("parquet", Format::Parquet)] {
        for &rows in &rows {
            let path = folder.path().join(format!("out.{name}"));
            // Forgets the peak so far.
            let _ = std::fs::write("/proc/self/clear_refs", "5");
            let start = Instant::now();
            let mut sheet = Sheet::new(path.clone(), format, &spec, true);
            for at in 0..rows / CLIPS {
                sheet.push(&track(at)).unwrap();
            }
            sheet.publish().unwrap();
            let seconds = start.elapsed().as_secs_f64();
            let size = std::fs::metadata(&path).unwrap().len() as f64 / 1e6;
            println!("{name:<8} {rows:>9} {seconds:>8.1} {size:>9.1} {:>10}", peak());
            std::fs::remove_file(path).unwrap();
        }
    }
}

fn track(at: usize) -> SheetTrack {
    let mut state = at as u64;
    let mut value = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let clip = |k: usize| ClipFeatures {
        start_sample: 66_150 * k as u64,
        samples: 66_149,
        silent: false,
        values: (0..57).map(|_| 1e3 * value() - 500.0).collect(),
    };
    let clips = (0..CLIPS).map(clip).collect();
    SheetTrack {
        path: format!("music/blues/blues.{at:07}.wav"),
        filename: format!("blues.{at:07}.wav"),
        label: "blues".into(),
        content: Some(ContentHash::of_bytes(&at.to_le_bytes())),
        result: Ok(TrackFeatures {
            clips,
            decoded: DecodeReport { packets: 1150, seconds: 30.0, ..Default::default() },
        }),
    }
}

/// Most memory that was resident, in MiB.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.map_or_else(|| "-".into(), |kib| format!("{:.1}", kib / 1024.0))
}

//! Milliseconds of training, for `training_peer.py`, which pairs them with other programs' in one run:
//!
//! ```sh
//! cargo bench -p trainer --bench training -- [BACKEND…]
//! ```
//!
//! A line for each work and backend: its name, the backend, and the least and the median time of an epoch, or of a step where an
//! epoch is one. The recipe is the shipped one, dropout and label smoothing included; rows are random, as no time depends on
//! them.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and fails by panicking")]

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::time::Instant;

use dsp::{ClipLength, Convention, FeatureSpec};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use trainer::backend::Backend;
use trainer::config::TrainConfig;
use trainer::dataset::{FeatureTable, Row, Split, Values};
use trainer::training::{Heard, train};

/// Name, rows, columns, batch and epochs of a work.
const WORKS: [(&str, usize, usize, usize, usize); 4] = [
    ("603 x 57, batch 64", 603, 57, 64, 200),
    ("603 x 349, batch 64", 603, 349, 64, 100),
    ("9984 x 57, batch 128", 9_984, 57, 128, 20),
    ("128 x 16640, batch 128", 128, 16_640, 128, 60),
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let backends = Backend::ALL.into_iter().filter(|backend| match wanted.as_slice() {
        [] => *backend != Backend::Wgpu,
        wanted => wanted.iter().any(|name| name == backend.name()),
    });
    for backend in backends {
        for (name, rows, columns, batch, epochs) in WORKS {
            let epochs = if backend == Backend::Wgpu { (epochs / 10).max(8) } else { epochs };
            let mut times = times(backend, rows, columns, batch, epochs);
            times.sort_by(f64::total_cmp);
            println!("{name}\t{backend}\t{:.3}\t{:.3}", times[0], times[times.len() / 2]);
        }
    }
}

/// Milliseconds of each epoch but the first few.
fn times(backend: Backend, rows: usize, columns: usize, batch: usize, epochs: usize) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let labels: Vec<String> = (0..10).map(|label| format!("genre {label}")).collect();
    let row =
        |index: usize| Row { track: format!("{index}"), clip: 0, label: index % 10, samples: 661_500, path: None };
    let values = (0..rows * columns).map(|_| rng.random::<f32>()).collect();
    let table = FeatureTable {
        rows: (0..rows).map(row).collect(),
        labels,
        values: Values::in_memory(values, columns).unwrap(),
        inputs: FeatureSpec::features(Convention::Librosa07, ClipLength::TRACK).into(),
    };
    let text = format!("[training]\nepochs = {epochs}\nbatch_size = {batch}\ntransform = \"none\"");
    let config = TrainConfig::parse(&text, "benchmark", &[]).unwrap();
    let split = Split { train: (0..rows).collect(), ..Split::default() };
    let ends = RefCell::new(Vec::new());
    let heard = Heard {
        epoch: &|_| {
            ends.borrow_mut().push(Instant::now());
            ControlFlow::Continue(())
        },
        ..Heard::NOBODY
    };
    train(&table, &split, &config, epochs, &backend.device().unwrap(), None, heard).unwrap();
    let ends = ends.into_inner();
    ends.windows(2).skip(3).map(|pair| 1e3 * (pair[1] - pair[0]).as_secs_f64()).collect()
}

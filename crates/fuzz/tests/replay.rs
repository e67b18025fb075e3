//! What the fuzzers have found, once more.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

#[test]
fn every_input_of_every_corpus_is_taken_as_it_should_be() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, target) in fuzz::TARGETS {
        let folder = corpora.join(name);
        let entries = folder.read_dir().unwrap_or_else(|e| panic!("the corpus {}: {e}", folder.display()));
        let mut inputs: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "the corpus {} is empty", folder.display());
        for input in inputs {
            let bytes = std::fs::read(&input).unwrap();
            assert!(catch_unwind(|| target(&bytes)).is_ok(), "{name} fails on {}", input.display());
        }
    }
}

//! Writes what the fuzzers start from: `seeds FOLDER` makes a folder for each target in `FOLDER`.
#![allow(clippy::unwrap_used, reason = "it runs by hand, and says where it failed")]

mod sound;
mod tables;
mod texts;
#[path = "../../../dsp/tests/written/mod.rs"]
mod written;

use std::path::Path;

fn main() {
    let folder = std::env::args_os().nth(1).unwrap();
    let save = |target: &str, name: &str, bytes: &[u8]| {
        let folder = Path::new(&folder).join(target);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
    };
    for (name, bytes) in sound::files() {
        save("audio", &name, &bytes);
        for (view, bytes) in sound::views(&bytes) {
            save("views", &format!("{view}-{name}"), &bytes);
        }
        if bytes.starts_with(b"OggS") {
            save("ogg", &name, &bytes);
        }
        for (magic, order) in [(b".snd", 0), (b"dns.", 1)] {
            if let Some(rest) = bytes.strip_prefix(magic) {
                save("au", &name, &[&[order], rest].concat());
            }
        }
    }
    for (name, bytes) in tables::csvs() {
        save("csv", &name, &bytes);
    }
    for (name, bytes) in tables::parquets() {
        save("parquet", &name, &bytes);
    }
    for (name, bytes) in texts::configs() {
        save("config", &name, &bytes);
    }
    for (name, bytes) in texts::bundles() {
        save("bundle", &name, &bytes);
    }
}

//! Configurations of training.

use trainer::config::{Override, TrainConfig};

/// Stands between the file and the changes to it.
const BETWEEN: char = '\0';

/// A file, and what `--set` is given.
pub fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split(BETWEEN);
    let file = parts.next().unwrap_or_default();
    let Ok(changes) = parts.map(Override::parse).collect::<Result<Vec<_>, _>>() else { return };
    let config = match TrainConfig::parse(file, "input.toml", &changes) {
        Ok(config) => config,
        Err(e) => {
            let message = e.to_string();
            return assert!(message.starts_with("input.toml") || message.starts_with("--set"), "{message}");
        }
    };
    assert!(config.spec().clip_samples() > 0);
    let written = config.to_toml().unwrap_or_default();
    match TrainConfig::parse(&written, "written.toml", &[]) {
        Ok(again) => assert_eq!(again, config, "{written}"),
        Err(e) => unreachable!("{e}: {written}"),
    }
}

//! The folder of a run, and where things lie in it.
//!
//! `metrics.json` is written last and removed first: a folder that has it holds a complete run, whatever happened.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use model::METADATA_FILE;
use serde::Serialize;

use super::{Epoch, Song};
use crate::config::TrainConfig;
use crate::files;
use crate::{Error, Result};

/// Marks a folder as a run's.
const CONFIG: &str = "config.toml";
/// Marks a run as complete.
const METRICS: &str = "metrics.json";
const PREDICTIONS: &str = "predictions.csv";
const REPORT: &str = "report.html";
const CHECKPOINTS: &str = "checkpoints";
const MODEL: &str = "model";

/// A folder that a run writes to.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes the folder, or clears away what an earlier run of the same name left there, and writes the resolved
    /// configuration.
    ///
    /// # Errors
    ///
    /// The folder holds something else than a run, or can't be written.
    pub fn begin(path: &Path, config: &TrainConfig) -> Result<Self> {
        let run = Self { path: path.to_owned() };
        let foreign =
            !path.join(CONFIG).exists() && fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
        if foreign {
            let reason = "it holds other files and is no earlier run; choose another folder with --out";
            return Err(Error::write(path)(io::Error::new(io::ErrorKind::AlreadyExists, reason)));
        }
        for name in [METRICS, REPORT, "confusion.csv", "history.csv", PREDICTIONS, "split.csv", CHECKPOINTS, MODEL] {
            remove(&path.join(name))?;
        }
        let config = config.to_toml()?;
        files::write(&path.join(CONFIG), |out| out.write_all(config.as_bytes()))?;
        Ok(run)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Folder of the checkpoints.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join(CHECKPOINTS)
    }

    /// Folder of the model bundle.
    pub fn model(&self) -> PathBuf {
        self.path.join(MODEL)
    }

    /// The table of tracks and the parts they are in.
    pub fn split(&self) -> PathBuf {
        self.path.join("split.csv")
    }

    /// The confusion matrix of the test part.
    pub fn confusion(&self) -> PathBuf {
        self.path.join("confusion.csv")
    }

    /// The page to look at.
    pub fn report(&self) -> PathBuf {
        self.path.join(REPORT)
    }

    /// Writes `history.csv`: loss (nats) and accuracy (0 to 1) of each epoch; validation columns are empty where no rows were
    /// set aside for it.
    ///
    /// # Errors
    ///
    /// The file can't be written.
    pub fn write_history(&self, history: &[Epoch]) -> Result<()> {
        files::write(&self.path.join("history.csv"), |out| {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(["epoch", "train_loss", "train_accuracy", "valid_loss", "valid_accuracy"])?;
            for epoch in history {
                let valid =
                    |of: fn(&super::Score) -> f64| epoch.valid.as_ref().map(|s| of(s).to_string()).unwrap_or_default();
                csv.write_record([
                    epoch.number.to_string(),
                    epoch.train.loss.to_string(),
                    epoch.train.accuracy.to_string(),
                    valid(|score| score.loss),
                    valid(|score| score.accuracy),
                ])?;
            }
            csv.flush()
        })
    }

    /// Writes `predictions.csv`: every test song of the first seed with its genre, the fold that tested it, and the probability
    /// of each genre.
    ///
    /// # Errors
    ///
    /// The file can't be written.
    pub fn write_predictions(&self, labels: &[String], songs: &[Song]) -> Result<()> {
        files::write(&self.path.join(PREDICTIONS), |out| {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(["track", "label", "fold"].into_iter().chain(labels.iter().map(String::as_str)))?;
            for song in songs {
                csv.write_field(&song.track)?;
                csv.write_field(labels.get(song.label).map_or("", String::as_str))?;
                csv.write_field(song.fold.to_string())?;
                csv.write_record(song.probabilities.iter().map(f32::to_string))?;
            }
            csv.flush()
        })
    }

    /// Writes `metrics.json`, which says that the run is complete: write everything else first.
    ///
    /// # Errors
    ///
    /// The file can't be written.
    pub fn finish(&self, metrics: &impl Serialize) -> Result<()> {
        files::write(&self.path.join(METRICS), |out| {
            serde_json::to_writer_pretty(&mut *out, metrics)?;
            out.write_all(b"\n")
        })
    }
}

/// The bundle that a user means: the folder itself, or the `model/` in a run's folder.
pub fn bundle_folder(path: &Path) -> PathBuf {
    let inside = path.join(MODEL);
    if !path.join(METADATA_FILE).is_file() && inside.join(METADATA_FILE).is_file() { inside } else { path.to_owned() }
}

/// Removes a file or folder, if it is there.
fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::write(path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginning_again_clears_what_the_earlier_run_left() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("deep/run");
        let config = TrainConfig::default();
        let run = RunFolder::begin(&path, &config).unwrap();
        fs::create_dir_all(run.checkpoints()).unwrap();
        fs::write(run.checkpoints().join("model-3.bpk"), "old").unwrap();
        fs::write(path.join("notes.txt"), "mine").unwrap();
        run.write_history(&[]).unwrap();
        run.finish(&serde_json::json!({"test": 1})).unwrap();

        RunFolder::begin(&path, &config).unwrap();
        let mut left: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [CONFIG, "notes.txt"]);
    }

    #[test]
    fn a_folder_that_is_no_run_is_left_alone() {
        let scratch = tempfile::tempdir().unwrap();
        fs::create_dir(scratch.path().join(MODEL)).unwrap();
        let error = RunFolder::begin(scratch.path(), &TrainConfig::default()).unwrap_err();
        assert!(Error::chain(&error).contains("--out"), "{error}");
        assert!(scratch.path().join(MODEL).is_dir());
    }

    #[test]
    fn the_written_configuration_reads_back() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run");
        let config = TrainConfig::parse("seed = 5\nbackend = \"flex\"", "test", &[]).unwrap();
        RunFolder::begin(&path, &config).unwrap();
        assert_eq!(TrainConfig::load(Some(&path.join(CONFIG)), &[]).unwrap(), config);
    }

    #[test]
    fn a_model_is_found_by_its_own_folder_and_by_its_runs() {
        let scratch = tempfile::tempdir().unwrap();
        let model = scratch.path().join(MODEL);
        fs::create_dir(&model).unwrap();
        fs::write(model.join(METADATA_FILE), "{}").unwrap();
        assert_eq!(bundle_folder(scratch.path()), model);
        assert_eq!(bundle_folder(&model), model);
    }
}

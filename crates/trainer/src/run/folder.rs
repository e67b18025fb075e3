//! The files of a run: their names, and what is in them, for writing and for reading.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use extraction::{files, source};
use model::{Device, METADATA_FILE, ModelBundle};
use serde::{Deserialize, Serialize};

use super::metrics::{Figures, Metrics};
use super::terms::Terms;
use crate::config::TrainConfig;
use crate::error::{Error, Result};
use crate::evaluation::Confusion;
use crate::experiment::Song;
use crate::training::Epoch;

/// Marks a folder as a run's.
pub(super) const MARKER: &str = "run.json";
const CONFIG: &str = "config.toml";
const SPLIT: &str = "split.csv";
const HISTORY: &str = "history.csv";
const PREDICTIONS: &str = "predictions.csv";
const CONFUSION: &str = "confusion.csv";
const METRICS: &str = "metrics.json";
const REPORT: &str = "report.html";
const CHECKPOINTS: &str = "checkpoints";
const TERMS: &str = "terms.json";
const MODEL: &str = "model";

/// Bytes of a run's text that is read again, at most: of a million epochs it has fewer.
pub(super) const LONGEST: u64 = 256 << 20;

/// A folder with a run in it.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
}

/// A line of `history.csv`: loss in nats and accuracy, 0 to 1, of an epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochRow {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// On the training rows.
    pub train_loss: f64,
    /// On the training rows.
    pub train_accuracy: f64,
    /// On the validation rows; absent where none were set aside.
    pub valid_loss: Option<f64>,
    /// On the validation rows; absent where none were set aside.
    pub valid_accuracy: Option<f64>,
}

impl From<&Epoch> for EpochRow {
    fn from(epoch: &Epoch) -> Self {
        Self {
            epoch: epoch.number,
            train_loss: epoch.train.loss,
            train_accuracy: epoch.train.accuracy,
            valid_loss: epoch.valid.map(|score| score.loss),
            valid_accuracy: epoch.valid.map(|score| score.accuracy),
        }
    }
}

impl RunFolder {
    /// The run in a folder; whether there is one shows in reading.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Folder of the states of trainings that are not over; a run that is whole has none.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join(CHECKPOINTS)
    }

    /// Folder of the model bundle.
    pub fn model(&self) -> PathBuf {
        self.path.join(MODEL)
    }

    /// The table of tracks and the parts they are in.
    pub fn split(&self) -> PathBuf {
        self.path.join(SPLIT)
    }

    /// The page to look at.
    pub fn report(&self) -> PathBuf {
        self.path.join(REPORT)
    }

    /// What a run that was stopped is gone on with, beside its states.
    pub(super) fn resumed_files(&self) -> [PathBuf; 2] {
        [self.path.join(CONFIG), self.path.join(TERMS)]
    }

    /// Removes what only a run that isn't whole needs.
    pub(super) fn remove_states(&self) -> Result<()> {
        let gone = |result: io::Result<()>, path: &Path| match result {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::write(path)(error)),
            _ => Ok(()),
        };
        let (states, terms) = (self.checkpoints(), self.path.join(TERMS));
        gone(std::fs::remove_dir_all(&states), &states)?;
        gone(std::fs::remove_file(&terms), &terms)
    }

    /// Writes what a stopped run may be gone on with.
    pub(crate) fn write_terms(&self, terms: &Terms) -> Result<()> {
        Ok(files::write(&self.path.join(TERMS), |out| Ok(serde_json::to_writer_pretty(out, terms)?))?)
    }

    /// Reads it.
    pub(crate) fn read_terms(&self) -> Result<Terms> {
        let path = self.path.join(TERMS);
        let text = source::text(&path, LONGEST)?;
        serde_json::from_str(&text)
            .map_err(|error| Error::RunFile { path, reason: format!("it can't be gone on with: {error}") })
    }

    /// The resolved configuration.
    ///
    /// # Errors
    /// It is missing or not one.
    pub fn read_config(&self) -> Result<TrainConfig> {
        TrainConfig::load(Some(&self.path.join(CONFIG)), &[])
    }

    /// Whether the files are there that every complete run has.
    pub(super) fn looks_complete(&self) -> bool {
        let files = [CONFIG, METRICS].map(|name| self.path.join(name));
        files.iter().chain([&self.model().join(METADATA_FILE)]).all(|file| file.is_file())
    }

    pub(super) fn write_config(&self, config: &TrainConfig) -> Result<()> {
        let config = config.to_toml()?;
        Ok(files::write(&self.path.join(CONFIG), |out| out.write_all(config.as_bytes()))?)
    }

    /// Writes `history.csv`, a line an epoch.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write_history(&self, history: &[Epoch]) -> Result<()> {
        Ok(files::write(&self.path.join(HISTORY), |out| {
            let mut csv = csv::Writer::from_writer(out);
            history.iter().try_for_each(|epoch| csv.serialize(EpochRow::from(epoch)))?;
            csv.flush()
        })?)
    }

    /// Writes `predictions.csv`: every test song of the first seed with its genre, the fold that tested it, and the probability
    /// of each genre.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write_predictions(&self, labels: &[String], songs: &[Song]) -> Result<()> {
        Ok(files::write(&self.path.join(PREDICTIONS), |out| {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(["track", "label", "fold"].into_iter().chain(labels.iter().map(String::as_str)))?;
            for song in songs {
                csv.write_field(&song.track)?;
                csv.write_field(labels.get(song.label).map_or("", String::as_str))?;
                csv.write_field(song.fold.to_string())?;
                csv.write_record(song.probabilities.iter().map(f32::to_string))?;
            }
            csv.flush()
        })?)
    }

    /// Writes `confusion.csv`, the confusion matrix of the test.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write_confusion(&self, confusion: &Confusion) -> Result<()> {
        confusion.write_csv(&self.path.join(CONFUSION))
    }

    /// Writes `metrics.json`.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write_metrics(&self, metrics: &Metrics) -> Result<()> {
        Ok(files::write(&self.path.join(METRICS), |out| {
            serde_json::to_writer_pretty(&mut *out, metrics)?;
            out.write_all(b"\n")
        })?)
    }

    /// Writes `report.html`.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write_report(&self, page: &str) -> Result<()> {
        Ok(files::write(&self.report(), |out| out.write_all(page.as_bytes()))?)
    }

    /// What `metrics.json` says, of whichever version of this program.
    ///
    /// # Errors
    /// [`Error::RunFile`] where it is missing or damaged.
    pub fn figures(&self) -> Result<Figures> {
        serde_json::from_str(&self.text(METRICS)?).map_err(|error| self.damaged(METRICS, &error))
    }

    /// What `history.csv` says; at least one epoch.
    ///
    /// # Errors
    /// [`Error::RunFile`] where it is missing or damaged.
    pub fn history(&self) -> Result<Vec<EpochRow>> {
        let text = self.text(HISTORY)?;
        let rows = csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<Vec<_>, _>>();
        let rows = rows.map_err(|error| self.damaged(HISTORY, &error))?;
        if rows.is_empty() { Err(self.damaged(HISTORY, &"it has no epochs")) } else { Ok(rows) }
    }

    /// What `config.toml` says, of whichever version of this program.
    ///
    /// # Errors
    /// [`Error::RunFile`] where it is missing or damaged.
    pub fn settings(&self) -> Result<toml::Table> {
        self.text(CONFIG)?.parse().map_err(|error| self.damaged(CONFIG, &error))
    }

    fn text(&self, name: &str) -> Result<String> {
        source::text(&self.path.join(name), LONGEST).map_err(|error| {
            let missing = |source: &io::Error| source.kind() == io::ErrorKind::NotFound;
            let reason = match &error {
                extraction::Error::Read { source, .. } if missing(source) && self.path.is_dir() => {
                    format!("has no {name}, so it is no complete run; give the folder that `gtzan train` wrote")
                }
                extraction::Error::Read { source, .. } if missing(source) => {
                    "no such folder; give the folder that `gtzan train` wrote".to_owned()
                }
                extraction::Error::Read { source, .. } => format!("can't read {name}: {source}"),
                error => error.to_string(),
            };
            Error::RunFile { path: self.path.clone(), reason }
        })
    }

    fn damaged(&self, name: &str, error: &dyn Display) -> Error {
        let reason = format!("{name} can't be used: {}; train the run again", error.to_string().trim_end());
        Error::RunFile { path: self.path.clone(), reason }
    }
}

/// The bundle that a user means: the folder itself, or the `model/` in a run's folder.
pub fn bundle_folder(path: &Path) -> PathBuf {
    let inside = path.join(MODEL);
    if !path.join(METADATA_FILE).is_file() && inside.join(METADATA_FILE).is_file() { inside } else { path.to_owned() }
}

/// The model that a user means by a folder (its own or a run's) or, where there is no such folder, by a name in the box; `None`
/// where there is neither.
///
/// # Errors
/// A folder without a usable model; a device that fails.
pub fn named_bundle(name: &Path, device: &Device) -> Option<model::Result<ModelBundle>> {
    if name.exists() {
        return Some(ModelBundle::load(&bundle_folder(name), device));
    }
    model::pretrained_as(name.to_str()?, device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::Score;

    #[test]
    fn a_history_reads_back_with_gaps_where_nothing_was_validated() {
        let scratch = tempfile::tempdir().unwrap();
        let run = RunFolder::at(scratch.path());
        let train = Score { loss: 0.25, accuracy: 0.5 };
        let epoch = Epoch { number: 1, train, valid: None, best: true };
        let epochs = [epoch, Epoch { number: 2, valid: Some(Score { loss: 1e-9, accuracy: 1.0 }), ..epoch }];
        run.write_history(&epochs).unwrap();
        assert_eq!(run.history().unwrap(), epochs.each_ref().map(EpochRow::from));
        assert!(
            std::fs::read_to_string(scratch.path().join(HISTORY))
                .unwrap()
                .starts_with("epoch,train_loss,train_accuracy,valid_loss,valid_accuracy\n1,0.25,0.5,,\n")
        );
    }

    #[test]
    fn a_model_is_found_by_its_own_folder_and_by_its_runs() {
        let scratch = tempfile::tempdir().unwrap();
        let model = scratch.path().join(MODEL);
        std::fs::create_dir(&model).unwrap();
        std::fs::write(model.join(METADATA_FILE), "{}").unwrap();
        assert_eq!(bundle_folder(scratch.path()), model);
        assert_eq!(bundle_folder(&model), model);
    }
}

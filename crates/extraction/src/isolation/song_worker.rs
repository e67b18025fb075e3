//! A worker for who asks about one song after the other.

use std::io::{self, Read, Seek};
use std::sync::Arc;

use dsp::FeatureSpec;

use super::{Apart, Keeper, WorkerProgram};
use crate::hearing::{HeardSong, SongTask};
use crate::limits::Limits;
use crate::outcome::Failure;

/// A process that reads songs whose bytes it is sent, one at a time. One that dies or takes too long is replaced, and the song
/// tried once more. Dropping it ends the process.
pub struct SongWorker(Apart);

impl SongWorker {
    /// So many workers, none of whose processes runs yet.
    ///
    /// # Errors
    /// The system has no thread for what ends those that hang.
    pub fn several(count: usize, program: &WorkerProgram, spec: &FeatureSpec, limits: Limits) -> io::Result<Vec<Self>> {
        let keeper = Arc::new(Keeper::new()?);
        Ok((0..count).map(|_| Self(Apart::new(program.clone(), spec, limits, Arc::clone(&keeper)))).collect())
    }

    /// Starts the process, unless it runs.
    ///
    /// # Errors
    /// The system has none; it may have one later.
    pub fn start(&mut self) -> Result<(), Failure> {
        self.0.prepare()
    }

    /// What is wanted of the song whose bytes are all those of `body`, from its beginning. `name` is what messages call it;
    /// `progress` is told the seconds decoded so far, some times a second.
    ///
    /// # Errors
    /// Why there is nothing to be had of the song.
    pub fn hear(
        &mut self,
        name: &str,
        body: &mut (impl Read + Seek),
        task: &SongTask,
        progress: &mut dyn FnMut(f64),
    ) -> Result<HeardSong, Failure> {
        self.0.hear(name, body, task, progress)
    }
}

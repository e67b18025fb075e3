//! The rows of inputs, from a worker that is replaced when it dies.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::time::Duration;

use dsp::{AudioInput, FeatureSpec, TrackFeatures};

use super::WorkerProgram;
use super::keeper::Keeper;
use super::process::{Death, Process};
use super::wire::{Answer, Setup, Task};
use crate::hearing::{HeardSong, SongTask};
use crate::limits::Limits;
use crate::outcome::{Failure, FailureKind};
use crate::store::ContentHash;

/// How often a file is tried: a worker may have died of something else.
const TRIES: usize = 2;

/// Time before a worker that couldn't be started is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// Asks a worker for the rows of one input after the other.
pub(crate) struct Apart {
    program: WorkerProgram,
    setup: Setup,
    keeper: Arc<Keeper>,
    process: Option<Process>,
}

impl Apart {
    pub(crate) fn new(program: WorkerProgram, spec: &FeatureSpec, limits: Limits, keeper: Arc<Keeper>) -> Self {
        Self { program, setup: Setup { spec: spec.into(), limits }, keeper, process: None }
    }

    pub(crate) fn hash(&mut self, input: &AudioInput) -> Result<Option<ContentHash>, Failure> {
        match self.ask(&Task::Hash(wired(input)?))? {
            Answer::Hash(hash) => hash,
            _ => Err(Failure::crashed()),
        }
    }

    pub(crate) fn features(&mut self, input: &AudioInput) -> Result<TrackFeatures, Failure> {
        match self.ask(&Task::Features(wired(input)?))? {
            Answer::Features(features) => features,
            _ => Err(Failure::crashed()),
        }
    }

    /// Starts the worker, unless there is one.
    pub(crate) fn prepare(&mut self) -> Result<(), Failure> {
        let process = match self.process.take() {
            Some(process) => process,
            None => self.start().map_err(|error| not_started(&error))?,
        };
        self.process = Some(process);
        Ok(())
    }

    /// What is wanted of the song whose bytes `body` holds.
    pub(crate) fn hear(
        &mut self,
        name: &str,
        body: &mut (impl Read + Seek),
        task: &SongTask,
        progress: &mut dyn FnMut(f64),
    ) -> Result<HeardSong, Failure> {
        let unreadable = |error: io::Error| Failure::unreadable(&error);
        let bytes = body.seek(SeekFrom::End(0)).map_err(unreadable)?;
        let task = Task::Song { name: name.to_owned(), bytes, task: task.into() };
        let answer = self.try_twice(|process, time| {
            body.seek(SeekFrom::Start(0)).map_err(unreadable)?;
            Ok(process.ask_about(&task, body, time, progress))
        })?;
        match answer {
            Answer::Song(heard) => heard,
            _ => Err(Failure::crashed()),
        }
    }

    fn ask(&mut self, task: &Task) -> Result<Answer, Failure> {
        self.try_twice(|process, time| Ok(process.ask(task, time)))
    }

    /// The answer of a worker that lives, or why two died.
    fn try_twice(
        &mut self,
        mut ask: impl FnMut(&mut Process, Duration) -> Result<Result<Answer, Death>, Failure>,
    ) -> Result<Answer, Failure> {
        let mut end = Err(Failure::crashed());
        for _ in 0..TRIES {
            self.prepare()?;
            let Some(mut process) = self.process.take() else { break };
            match ask(&mut process, self.setup.limits.time())? {
                Ok(answer) => {
                    self.process = Some(process);
                    return Ok(answer);
                }
                Err(death) => end = Err(self.failure(&death)),
            }
        }
        end
    }

    fn start(&self) -> io::Result<Process> {
        let start = || Process::start(&self.program, &self.setup, &self.keeper);
        start().or_else(|_| {
            // The system may be short of processes or memory for a moment.
            std::thread::sleep(PAUSE);
            start()
        })
    }

    fn failure(&self, death: &Death) -> Failure {
        let Limits { time, memory, .. } = self.setup.limits;
        if death.expired {
            let message = format!(
                "it was not done within {time} s, twice; raise the limit `time` if it is as long as that, or leave it out"
            );
            return Failure::new(FailureKind::Timeout, message);
        }
        let how = death.describe();
        let advice = if death.out_of_memory() {
            format!("it needs more than the {memory} MiB of the limit `memory`; raise it, or leave the file out")
        } else {
            "the file is probably damaged; leave it out".to_owned()
        };
        Failure::new(FailureKind::Crashed, format!("the decoder crashed on this file, twice ({how}); {advice}"))
    }
}

fn wired(input: &AudioInput) -> Result<super::wire::Input, Failure> {
    input.try_into().map_err(|error: io::Error| Failure::unreadable(&error))
}

fn not_started(error: &io::Error) -> Failure {
    let message = format!("no worker can be started: {error}; free memory, or work on fewer files at a time");
    Failure::new(FailureKind::Unreadable, message)
}

//! A worker as its master sees it.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::process::{ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::WorkerProgram;
use super::keeper::{Keeper, Watched};
use super::wire::{Answer, Ready, Setup, receive, send};

/// Bytes of a worker's last words that are looked at.
const LAST_WORDS: u64 = 4096;

/// How Rust says that memory is not to be had, before it ends the process.
const OUT_OF_MEMORY: &str = "memory allocation of ";

/// A worker that runs. Dropping it ends it.
pub(super) struct Process {
    watched: Arc<Watched>,
    /// Closed to let it go.
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    /// What it writes to its standard error, if there is room for that.
    said: Option<File>,
}

/// How a worker ended.
pub(super) struct Death {
    /// Whether it took too long.
    pub(super) expired: bool,
    pub(super) status: Option<ExitStatus>,
    /// The last line of note that it wrote to its standard error.
    last_words: String,
}

impl Process {
    /// Starts a worker, which is ready then.
    pub(super) fn start(program: &WorkerProgram, setup: &Setup, keeper: &Keeper) -> io::Result<Self> {
        let said = tempfile::tempfile().ok();
        let stderr = said.as_ref().and_then(|file| file.try_clone().ok());
        let mut command = Command::new(&program.program);
        command.args(&program.arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(stderr.map_or_else(Stdio::null, Stdio::from));
        // Ctrl-C is for the master: a worker finishes what it is at.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("no pipe to it"));
        };
        let mut process = Self { watched: keeper.keep(child), to: Some(to), from: BufReader::new(from), said };
        match process.ask::<Ready>(setup, setup.limits.time()) {
            Ok(Ready) => Ok(process),
            Err(death) => Err(io::Error::other(death.describe())),
        }
    }

    /// Its answer to a message, if it comes within the time.
    pub(super) fn ask<T: DeserializeOwned>(&mut self, message: &impl Serialize, time: Duration) -> Result<T, Death> {
        self.watched.allow(Some(time));
        let answer = self.exchange(message);
        self.watched.allow(None);
        answer.ok().flatten().ok_or_else(|| self.death())
    }

    /// The same of a message that bytes follow; `progress` is told how many seconds are decoded.
    pub(super) fn ask_about(
        &mut self,
        message: &impl Serialize,
        body: &mut dyn Read,
        time: Duration,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Answer, Death> {
        self.watched.allow(Some(time));
        let answer = self.converse(message, body, progress);
        self.watched.allow(None);
        answer.ok().flatten().ok_or_else(|| self.death())
    }

    fn converse(
        &mut self,
        message: &impl Serialize,
        body: &mut dyn Read,
        progress: &mut dyn FnMut(f64),
    ) -> io::Result<Option<Answer>> {
        let Some(to) = &mut self.to else { return Ok(None) };
        send(to, message)?;
        io::copy(body, to)?;
        loop {
            match receive(&mut self.from)? {
                Some(Answer::Decoded(seconds)) => progress(seconds),
                answer => return Ok(answer),
            }
        }
    }

    fn exchange<T: DeserializeOwned>(&mut self, message: &impl Serialize) -> io::Result<Option<T>> {
        match &mut self.to {
            Some(to) => send(to, message)?,
            None => return Ok(None),
        }
        receive(&mut self.from)
    }

    fn death(&mut self) -> Death {
        let status = self.watched.end();
        Death { expired: self.watched.expired(), status, last_words: self.last_words().unwrap_or_default() }
    }

    fn last_words(&mut self) -> io::Result<String> {
        let Some(said) = &mut self.said else { return Ok(String::new()) };
        let length = said.seek(SeekFrom::End(0))?;
        said.seek(SeekFrom::Start(length.saturating_sub(LAST_WORDS)))?;
        let mut bytes = Vec::new();
        said.take(LAST_WORDS).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
        // What follows it is about backtraces.
        let said = lines().rfind(|line| line.contains(OUT_OF_MEMORY)).or(lines().next_back());
        Ok(said.unwrap_or_default().to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A worker whose input ends goes by itself.
        drop(self.to.take());
        self.watched.end();
    }
}

impl Death {
    /// Whether there was no memory for it.
    pub(super) fn out_of_memory(&self) -> bool {
        self.last_words.contains(OUT_OF_MEMORY)
    }

    /// How it ended, as in "signal: 6 (SIGABRT): memory allocation of 4294967296 bytes failed".
    pub(super) fn describe(&self) -> String {
        let mut text = self.status.map_or_else(|| "it can't be ended".to_owned(), |status| status.to_string());
        if !self.last_words.is_empty() {
            text += ": ";
            text += &self.last_words;
        }
        text
    }
}

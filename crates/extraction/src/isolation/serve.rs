//! A worker's side.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use dsp::{AudioInput, TrackFeatures};

use super::wire::{Answer, Ready, Setup, Task, receive, send};
use crate::hearing::{Ears, HeardSong, SongTask};
use crate::limits::Limits;
use crate::outcome::Failure;
use crate::rows::Rows;

/// Time between two words about how far a song is decoded.
const TELLING: Duration = Duration::from_millis(250);

/// Works as a worker of an [`Extraction`](crate::Extraction) that has this program as its
/// [`WorkerProgram`](crate::WorkerProgram): reads tasks from `input`, writes what came of them to `output`, and returns when
/// there are no more. Nobody else may use either.
///
/// Bounds the address space of the process, and its processor time, to what its master allows.
///
/// # Errors
/// The master goes away in the middle of a task, or says what no master says; the system refuses the bounds.
pub fn serve(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    let Some(Setup { spec, limits }) = receive(input)? else { return Ok(()) };
    let spec = spec.try_into().map_err(io::Error::other)?;
    limit_memory(&limits)?;
    let mut rows = Rows::new(&spec, limits);
    let mut ears = Ears::new(limits);
    rows.prepare();
    send(output, &Ready)?;
    while let Some(task) = receive(input)? {
        limit_time(&limits)?;
        match task {
            Task::Hash(input) => send(output, &Answer::Hash(rows.hash(&input.try_into()?)))?,
            Task::Features(input) => send(output, &Answer::Features(features(&mut rows, input.try_into()?)))?,
            Task::Song { name, bytes, task } => {
                let song = AudioInput::bytes(name, body(input, bytes)?);
                let heard = hear(&mut ears, &song, &task.try_into().map_err(io::Error::other)?, output);
                // Whatever a decoder left behind when it crashed is gone with these.
                ears = if heard.is_err() { Ears::new(limits) } else { ears };
                send(output, &Answer::Song(heard))?;
            }
        }
    }
    Ok(())
}

/// The bytes that follow a message.
fn body(input: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if input.take(length).read_to_end(&mut bytes)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

/// What is wanted of a song, on which a decoder may panic. Its master is told how far it is now and then.
fn hear(ears: &mut Ears, song: &AudioInput, task: &SongTask, output: &mut impl Write) -> Result<HeardSong, Failure> {
    let mut told = Instant::now();
    let mut progress = |seconds| {
        if told.elapsed() >= TELLING {
            told = Instant::now();
            // Who can't be told won't get the answer either.
            let _ = send(output, &Answer::Decoded(seconds));
        }
    };
    let heard = catch_unwind(AssertUnwindSafe(|| ears.hear(song, task, &mut progress)));
    heard.unwrap_or_else(|_| Err(Failure::crashed()))
}

/// The rows of an input, on which a decoder may panic.
fn features(rows: &mut Rows, input: AudioInput) -> Result<TrackFeatures, Failure> {
    catch_unwind(AssertUnwindSafe(|| rows.features(&input))).unwrap_or_else(|_| Err(Failure::crashed()))
}

/// Bounds the address space.
#[cfg(unix)]
fn limit_memory(limits: &Limits) -> io::Result<()> {
    bound(rustix::process::Resource::As, limits.memory_bytes())
}

/// Ends the process a second after its time for a file is over, which matters where its master, who ends it earlier, is gone.
#[cfg(unix)]
fn limit_time(limits: &Limits) -> io::Result<()> {
    use rustix::time::{ClockId, clock_gettime};

    let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
    let time = limits.time().as_secs().saturating_add(2);
    bound(rustix::process::Resource::Cpu, time.saturating_add(u64::try_from(used).unwrap_or_default()))
}

/// Lowers a bound, or raises it again as far as it was allowed to the program that started this one.
#[cfg(unix)]
fn bound(resource: rustix::process::Resource, wanted: u64) -> io::Result<()> {
    use rustix::process::{Rlimit, getrlimit, setrlimit};

    let maximum = getrlimit(resource).maximum;
    let current = Some(maximum.map_or(wanted, |maximum| maximum.min(wanted)));
    Ok(setrlimit(resource, Rlimit { current, maximum })?)
}

#[cfg(not(unix))]
fn limit_memory(_: &Limits) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn limit_time(_: &Limits) -> io::Result<()> {
    Ok(())
}

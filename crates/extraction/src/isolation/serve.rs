//! A worker's side.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use dsp::{AudioInput, TrackFeatures};

use super::wire::{Answer, Ready, Setup, Task, receive, send};
use crate::limits::Limits;
use crate::outcome::Failure;
use crate::rows::Rows;

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
    rows.prepare();
    send(output, &Ready)?;
    while let Some(task) = receive(input)? {
        limit_time(&limits)?;
        match task {
            Task::Hash(input) => send(output, &Answer::Hash(rows.hash(&input.try_into()?)))?,
            Task::Features(input) => send(output, &Answer::Features(features(&mut rows, input.try_into()?)))?,
        }
    }
    Ok(())
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

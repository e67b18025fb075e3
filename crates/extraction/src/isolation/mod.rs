//! Work on inputs in processes of their own, which a file may crash or hang without any harm to the others.
//!
//! A worker is the same program once more, told to [`serve`]. It reads tasks from its standard input and writes what came
//! of each to its standard output. Before the first task it bounds its own address space; a worker that takes too long over
//! a file is ended from outside, and one whose master has gone by the system, for its processor time.

mod apart;
mod idle;
mod keeper;
mod process;
mod serve;
mod song_worker;
mod wire;

use std::ffi::OsString;
use std::path::PathBuf;

pub(crate) use self::apart::Apart;
pub use self::idle::IdleWorkers;
pub(crate) use self::keeper::Keeper;
pub use self::serve::serve;
pub use self::song_worker::SongWorker;

/// How a worker is started: a program that calls [`serve`] with its standard input and output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerProgram {
    /// The program.
    pub program: PathBuf,
    /// What makes it a worker.
    pub arguments: Vec<OsString>,
}

impl WorkerProgram {
    /// The program that is running, with these arguments.
    ///
    /// # Errors
    /// The system doesn't tell which it is.
    pub fn this(arguments: impl IntoIterator<Item = OsString>) -> std::io::Result<Self> {
        // There, it is found even after another version was installed in its place.
        let by_process = PathBuf::from("/proc/self/exe");
        let program = if by_process.exists() { by_process } else { std::env::current_exe()? };
        Ok(Self { program, arguments: arguments.into_iter().collect() })
    }
}

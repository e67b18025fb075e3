//! The subcommands, one a file: `Args` for clap and `run`, which gives the exit code.
//!
//! Exit codes: 0 done, 1 done but for some inputs (each named on stderr), 2 not done (an error, or wrong arguments).

pub mod benchmark;
pub mod compare;
pub mod doctor;
pub mod evaluate;
pub mod export;
pub mod extract;
pub mod images;
pub mod info;
pub mod init;
pub mod labelled;
pub mod limits;
mod listening;
pub mod manual;
mod playlists;
pub mod plot;
pub mod predict;
pub mod report;
pub mod serve;
mod song;
pub mod synth;
pub mod tag;
pub mod train;
mod verdicts;

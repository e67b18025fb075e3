//! From labelled music to a tested model, as a library: it prints nothing and opens no screen.
//!
//! [`run()`] is the whole job, and [`Observer`] hears how it goes. The steps, each in its module: [`config`] says what is
//! wanted → [`dataset`] makes a table of rows and divides it → [`experiment`] has [`training`] fit a network a fold and seed on
//! a device of [`backend`] → [`evaluation`] scores them → [`run`](mod@run) keeps what came of it → [`report`] shows it.
//! [`pictures`] draws what was heard.

#![recursion_limit = "256"]

pub mod backend;
pub mod config;
pub mod dataset;
mod error;
pub mod evaluation;
pub mod experiment;
mod job;
mod observer;
pub mod pictures;
pub mod report;
pub mod run;
mod state;
pub mod training;

pub use extraction::chain;

pub use crate::error::{Error, ErrorKind, Result};
pub use crate::job::{Benchmark, Benchmarks, Evaluation, RunOptions, RunSummary, benchmark, evaluate, resume, run};
pub use crate::observer::{Event, Observer, Phase};

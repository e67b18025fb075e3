//! From a folder of music to a trained model.
//!
//! The way through, and the module for each step:
//! [`config`] says what is wanted → [`dataset`] scans folders, extracts features with a cache, or reads a CSV, and
//! divides the rows → [`training`] fits the network on a device of [`backend`] → [`evaluation`] scores it.
//! [`pictures`] shows what was heard, [`report`] what came of it.
//! The `gtzan` program is a thin layer on top: one file per subcommand.

#![recursion_limit = "256"]

pub mod backend;
pub mod config;
pub mod dataset;
mod error;
pub mod evaluation;
pub mod files;
pub mod pictures;
pub mod pretrained;
pub mod report;
pub mod training;

pub use crate::error::{Error, Result};

//! What the fuzz targets do with the bytes that they are given. A body asserts what users rely on: no panic, what is read is valid,
//! read twice it is the same, errors name what they are about. `README.md` says how they are run.

mod au;
mod audio;
#[cfg(feature = "model")]
mod bundle;
#[cfg(feature = "libfuzzer")]
mod caught;
#[cfg(feature = "trainer")]
mod config;
mod heard;
mod ogg;
#[cfg(feature = "extraction")]
mod table;
mod views;

pub use au::au;
pub use audio::audio;
#[cfg(feature = "model")]
pub use bundle::bundle;
#[cfg(feature = "libfuzzer")]
pub use caught::{keep_panics, run};
#[cfg(feature = "trainer")]
pub use config::config;
pub use ogg::ogg;
#[cfg(feature = "extraction")]
pub use table::{csv, parquet};
pub use views::{VIEWS, View, views};

/// The body of a target.
pub type Target = fn(&[u8]);

/// All targets by name, which is that of their corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("audio", audio),
    ("au", au),
    ("views", views),
    ("ogg", ogg),
    #[cfg(feature = "model")]
    ("bundle", bundle),
    #[cfg(feature = "trainer")]
    ("config", config),
    #[cfg(feature = "extraction")]
    ("csv", csv),
    #[cfg(feature = "extraction")]
    ("parquet", parquet),
];

//! Backends as arguments, and devices without what graphics drivers say.

use burn::tensor::Device;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use trainer::backend::Backend;

use crate::stderr::without_display_noise;

/// The names of backends on the command line.
pub fn backends() -> impl TypedValueParser<Value = Backend> {
    PossibleValuesParser::new(Backend::ALL.map(Backend::name)).try_map(|name| {
        let known = Backend::ALL.into_iter().find(|backend| backend.name() == name);
        known.ok_or("no such backend")
    })
}

/// A device of a backend, ready for use.
///
/// # Errors
/// Those of [`Backend::device`].
pub fn device(backend: Backend) -> trainer::Result<Device> {
    without_display_noise(|| backend.device())
}

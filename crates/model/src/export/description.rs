//! What an exported model says of itself.

use serde_json::{Map, Value};

use crate::{Error, Result};

/// Where the entries stand in `bundle.json`. The last part of a path is the entry's name.
const ENTRIES: [&str; 7] =
    ["/labels", "/columns", "/spec", "/transform", "/abstention", "/facts/calibration", "/facts/data/notes"];

/// The parts of a bundle's description that a program needs to use it, by name, and the `licence`. What isn't known is left out.
///
/// # Errors
///
/// A description that is no JSON, which no bundle has.
pub(super) fn entries(description: &str, licence: Option<&str>) -> Result<Map<String, Value>> {
    let all: Value = serde_json::from_str(description).map_err(|error| Error::Encode { source: error.into() })?;
    let known = ENTRIES.iter().filter_map(|path| {
        let value = all.pointer(path).filter(|value| !value.is_null())?;
        let name = path.rsplit('/').next()?;
        Some((name.to_owned(), value.clone()))
    });
    let licence = licence.map(|licence| ("licence".to_owned(), licence.into()));
    Ok(known.chain(licence).collect())
}

/// The licence of weights that are a model's in the box, which is the program's, as an SPDX expression. Of any others it is for
/// those who trained them to say.
#[cfg(feature = "pretrained")]
pub(super) fn licence(record: &[u8]) -> Option<&'static str> {
    crate::pretrained::is_boxed(record).then_some(env!("CARGO_PKG_LICENSE"))
}

/// The licence of the weights, which those who trained them know.
#[cfg(not(feature = "pretrained"))]
pub(super) fn licence(_record: &[u8]) -> Option<&'static str> {
    None
}

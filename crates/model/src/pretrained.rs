//! The model in the box: trained on GTZAN's features, built into the program.

use burn::tensor::Device;

use crate::{ModelBundle, Result};

/// Its folder in the repository, for messages.
const FOLDER: &str = "artifacts/pretrained/gtzan-features";
const METADATA: &[u8] = include_bytes!("../../../artifacts/pretrained/gtzan-features/bundle.json");
const RECORD: &[u8] = include_bytes!("../../../artifacts/pretrained/gtzan-features/model.bpk");

/// The built-in model on a device: GTZAN's ten genres from the 57 descriptors of 30-s clips. Its
/// [`card`](ModelBundle::card) tells how far it can be trusted.
///
/// # Errors
///
/// A device that fails.
pub fn pretrained(device: &Device) -> Result<ModelBundle> {
    ModelBundle::from_bytes(FOLDER, METADATA, RECORD, device)
}

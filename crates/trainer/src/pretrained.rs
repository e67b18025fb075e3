//! The model in the box: trained on GTZAN's features, built into the program.

use burn::tensor::Device;
use model::ModelBundle;

use crate::Result;

/// Its folder in the repository, for messages.
const FOLDER: &str = "artifacts/pretrained/gtzan-features";
const METADATA: &[u8] = include_bytes!("../../../artifacts/pretrained/gtzan-features/bundle.json");
const RECORD: &[u8] = include_bytes!("../../../artifacts/pretrained/gtzan-features/model.bpk");

/// The built-in model on a device.
///
/// # Errors
///
/// A device that fails.
pub fn load(device: &Device) -> Result<ModelBundle> {
    Ok(ModelBundle::from_bytes(FOLDER, METADATA, RECORD, device)?)
}

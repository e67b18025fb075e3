//! The model that a user means.

use std::path::{Path, PathBuf};

use anyhow::bail;
use burn::tensor::Device;
use model::{METADATA_FILE, ModelBundle};
use trainer::run::{bundle_folder, named_bundle};

/// The model of a folder, of the run in a folder, or of that name in the box, with what it is called. A folder of the same
/// name goes before the box.
///
/// # Errors
/// A folder without a usable model; a device that fails.
pub fn load(model: &Path, device: &Device) -> anyhow::Result<(ModelBundle, PathBuf)> {
    let Some(bundle) = named_bundle(model, device) else {
        let names: Vec<&str> = model::pretrained_names().collect();
        bail!(
            "{}: there is no such folder with a {METADATA_FILE}, nor a model of that name in the box: {}",
            model.display(),
            names.join(", ")
        );
    };
    Ok((bundle?, bundle_folder(model)))
}

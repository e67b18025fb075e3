//! The format of the Python world.

use burn::module::Module;
use burn::store::{BurnToPyTorchAdapter, ModuleSnapshot, SafetensorsStore};

use super::METADATA_KEY;
use crate::error::Cause;
use crate::{Error, ModelBundle, Result};

/// The bundle's tensors as PyTorch keeps them, and its description.
///
/// # Errors
///
/// Weights that can't be read back from their device.
pub(super) fn encode(bundle: &ModelBundle, description: &str) -> Result<Vec<u8>> {
    let fail = |source: Cause| Error::Encode { source };
    // Burn's own entries go, for they are written in an order drawn anew each time: with one entry equal bundles give equal bytes.
    let mut store = SafetensorsStore::from_bytes(None)
        .with_to_adapter(BurnToPyTorchAdapter)
        .clear_metadata()
        .metadata(METADATA_KEY, description);
    bundle.classifier().valid().save_into(&mut store).map_err(|error| fail(error.into()))?;
    store.get_bytes().map_err(|error| fail(error.into()))
}

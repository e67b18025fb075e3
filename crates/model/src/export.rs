//! A model as one file for other programs.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::store::{BurnToPyTorchAdapter, ModuleSnapshot, SafetensorsStore};

use crate::error::Cause;
use crate::record;
use crate::{Error, ModelBundle, Result};

/// Key under which an exported file carries the bundle's description (the text of `bundle.json`).
const METADATA_KEY: &str = "bundle";

/// A file format of [`ModelBundle::export`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Burn's own: one file that any Burn program loads. Linear weights are `[inputs, outputs]`.
    Burnpack,
    /// The format of the Python world. Linear weights are `[outputs, inputs]`, as PyTorch keeps them.
    Safetensors,
}

impl ModelBundle {
    /// Weights and description as the bytes of one file. The tensors are `weight` and `bias` of `hidden_1`, `hidden_2`, `hidden_3`
    /// and `output`, the transform's `normalizer.mean`, `normalizer.scale` (one over the deviation), `normalizer.low` and
    /// `normalizer.high` (the training rows' range), and where the transform has one, `normalizer.unit` or `normalizer.knots`.
    /// A raw value `x` is first straightened, `x` or `sign(x) · ln(1 + |x| / unit)` or
    /// `interp(x, knots, norm.ppf((arange(64) + 0.5) / 64))`; the network is then
    /// `output(relu(hidden_3(relu(hidden_2(relu(hidden_1((x - mean) * scale)))))))`. Labels, feature specification, name of the
    /// transform and training facts stand in the file's metadata under `bundle`.
    ///
    /// # Errors
    ///
    /// Weights that can't be read back from their device.
    pub fn export(&self, format: ExportFormat) -> Result<Vec<u8>> {
        let (_, json) = self.record_and_json()?;
        let metadata = BTreeMap::from([(METADATA_KEY.to_owned(), json)]);
        match format {
            ExportFormat::Burnpack => record::encode(self.classifier(), &metadata),
            ExportFormat::Safetensors => safetensors(self, metadata),
        }
    }
}

fn safetensors(bundle: &ModelBundle, metadata: BTreeMap<String, String>) -> Result<Vec<u8>> {
    let encode = |source: Cause| Error::Encode { source };
    let empty = SafetensorsStore::from_bytes(None).with_to_adapter(BurnToPyTorchAdapter);
    let mut store = metadata.into_iter().fold(empty, |store, (key, value)| store.metadata(key, value));
    bundle.classifier().valid().save_into(&mut store).map_err(|error| encode(error.into()))?;
    store.get_bytes().map_err(|error| encode(error.into()))
}

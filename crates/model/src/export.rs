//! A model as one file for other programs.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use burn::module::Module;
use burn::store::{BurnToPyTorchAdapter, ModuleSnapshot, SafetensorsStore};

use crate::bundle::io;
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
    /// Writes weights and description into one file. The tensors are `weight` and `bias` of `hidden_1`, `hidden_2`, `hidden_3`
    /// and `output`, the transform's `normalizer.mean`, `normalizer.scale` (one over the deviation), `normalizer.low` and
    /// `normalizer.high` (the training rows' range), and where the transform has one, `normalizer.unit` or `normalizer.knots`.
    /// A raw value `x` is first straightened, `x` or `sign(x) · ln(1 + |x| / unit)` or
    /// `interp(x, knots, norm.ppf((arange(64) + 0.5) / 64))`; the network is then
    /// `output(relu(hidden_3(relu(hidden_2(relu(hidden_1((x - mean) * scale)))))))`. Labels, feature specification, name of the
    /// transform and training facts stand in the file's metadata under `bundle`.
    ///
    /// # Errors
    ///
    /// Weights that can't be read back from their device, and the disk's.
    pub fn export(&self, format: ExportFormat, path: &Path) -> Result<()> {
        let metadata = self.metadata_json(&record::encode(&self.classifier, &BTreeMap::new())?)?;
        let metadata = BTreeMap::from([(METADATA_KEY.to_owned(), metadata)]);
        let bytes = match format {
            ExportFormat::Burnpack => record::encode(&self.classifier, &metadata)?,
            ExportFormat::Safetensors => safetensors(self, metadata)?,
        };
        write_aside(path, &bytes)
    }
}

fn safetensors(bundle: &ModelBundle, metadata: BTreeMap<String, String>) -> Result<Vec<u8>> {
    let encode = |error: &dyn std::fmt::Display| Error::Encode { reason: error.to_string() };
    let empty = SafetensorsStore::from_bytes(None).with_to_adapter(BurnToPyTorchAdapter);
    let mut store = metadata.into_iter().fold(empty, |store, (key, value)| store.metadata(key, value));
    bundle.classifier.valid().save_into(&mut store).map_err(|error| encode(&error))?;
    store.get_bytes().map_err(|error| encode(&error))
}

/// Writes a file so that nobody ever sees half of it.
fn write_aside(path: &Path, bytes: &[u8]) -> Result<()> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(|source| io(parent, source))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".export-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(parent).map_err(|source| io(path, source))?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(|source| io(path, source))?;
    file.persist(path).map_err(|error| io(path, error.error))?;
    Ok(())
}

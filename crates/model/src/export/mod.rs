//! A model for other programs, as one file or as a folder.

mod description;
#[cfg(test)]
#[cfg(all(feature = "flex", feature = "pretrained"))]
mod graph_tests;
mod huggingface;
mod messages;
mod onnx;
mod safetensors;

use std::collections::BTreeMap;

use crate::record;
use crate::{ModelBundle, Result};

/// Key under which an exported file carries the bundle's description (the text of `bundle.json`).
const METADATA_KEY: &str = "bundle";

/// A file format of [`ModelBundle::export`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Burn's own: one file that any Burn program loads. Linear weights are `[inputs, outputs]`.
    Burnpack,
    /// The format of the Python world. Linear weights are `[outputs, inputs]`, as PyTorch keeps them.
    Safetensors,
    /// The whole computation, from raw rows to probabilities, in standard operators: for ONNX Runtime and its like.
    Onnx,
}

impl ModelBundle {
    /// The model as the bytes of one file; of equal bundles they are equal.
    ///
    /// Burnpack and safetensors hold the weights: `weight` and `bias` of `hidden_1`, `hidden_2`, `hidden_3`
    /// and `output`, the transform's `normalizer.mean`, `normalizer.scale` (one over the deviation), `normalizer.low` and
    /// `normalizer.high` (the training rows' range), and where the transform has one, `normalizer.unit` or `normalizer.knots`.
    /// A raw value `x` is first straightened, `x` or `sign(x) · ln(1 + |x| / unit)` or
    /// `interp(x, knots, norm.ppf((arange(64) + 0.5) / 64))`, of equal knots the mean of the outer two's scores; the network is
    /// then `output(relu(hidden_3(relu(hidden_2(relu(hidden_1((x - mean) * scale)))))))`. Labels, feature specification, name of
    /// the transform and training facts stand in the file's metadata under `bundle`.
    ///
    /// ONNX holds all of it as a graph (opset 18, 32-bit floats), whose results are [`probabilities`](Self::probabilities) but
    /// for roundings:
    ///
    /// - input `features`: `[rows, inputs]`, raw
    /// - output `probabilities`: `[rows, classes]`, of the labels in order, each row sums to 1
    /// - output `out_of_range_share`: `[rows]`, [`RowTransform::out_of_range_share`](crate::RowTransform::out_of_range_share)
    ///
    /// A row with a NaN in it gets NaN for probabilities, where this crate refuses it. A logarithm's last bits are each library's
    /// own: under [`Transform::SignedLog`](crate::Transform::SignedLog) a column that varies by less than a thousandth of its size
    /// shows them. Subnormal differences from equal knots may be taken for none. Metadata are `labels`, `columns`, `spec`,
    /// `transform`, `calibration`, `abstention`, `notes`, `licence` and the whole `bundle`, in JSON but for single words; those
    /// that the bundle doesn't know are left out.
    ///
    /// # Errors
    ///
    /// Weights that can't be read back from their device; for ONNX, knots farther apart than a 32-bit float can tell.
    pub fn export(&self, format: ExportFormat) -> Result<Vec<u8>> {
        let (record, json) = self.record_and_json()?;
        match format {
            ExportFormat::Burnpack => {
                record::encode(self.classifier(), &BTreeMap::from([(METADATA_KEY.to_owned(), json)]))
            }
            ExportFormat::Safetensors => safetensors::encode(self, &json),
            ExportFormat::Onnx => onnx::encode(self, &json, description::licence(&record)),
        }
    }
}

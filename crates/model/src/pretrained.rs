//! The models in the box: trained on GTZAN's features, built into the program.

use burn::tensor::Device;

use crate::{ModelBundle, Result};

/// A model in the box.
struct Boxed {
    name: &'static str,
    /// Its folder in the repository, for messages.
    folder: &'static str,
    metadata: &'static [u8],
    record: &'static [u8],
}

macro_rules! boxed {
    ($name:literal) => {
        Boxed {
            name: $name,
            folder: concat!("artifacts/pretrained/", $name),
            metadata: include_bytes!(concat!("../../../artifacts/pretrained/", $name, "/bundle.json")),
            record: include_bytes!(concat!("../../../artifacts/pretrained/", $name, "/model.bpk")),
        }
    };
}

static BOX: [Boxed; 2] = [boxed!("gtzan-extended"), boxed!("gtzan-features")];

/// Names of the models in the box, the best first: `gtzan-extended` hears the 349 extended descriptors of 30-s clips,
/// `gtzan-features` the 57 of the dataset's own CSV.
pub fn pretrained_names() -> impl Iterator<Item = &'static str> {
    BOX.iter().map(|boxed| boxed.name)
}

/// The best model in the box on a device. It knows GTZAN's ten genres; its [`card`](ModelBundle::card) tells how far it can be
/// trusted.
///
/// # Errors
/// A device that fails.
pub fn pretrained(device: &Device) -> Result<ModelBundle> {
    let [best, ..] = &BOX;
    best.open(device)
}

/// The model of that name in the box; `None` where there is no such model.
///
/// # Errors
/// A device that fails.
pub fn pretrained_as(name: &str, device: &Device) -> Option<Result<ModelBundle>> {
    BOX.iter().find(|boxed| boxed.name == name).map(|boxed| boxed.open(device))
}

/// Whether these are the weights of a model in the box.
pub(crate) fn is_boxed(record: &[u8]) -> bool {
    BOX.iter().any(|boxed| boxed.record == record)
}

impl Boxed {
    fn open(&self, device: &Device) -> Result<ModelBundle> {
        ModelBundle::from_bytes(self.folder, self.metadata, self.record, device)
    }
}

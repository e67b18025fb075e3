//! Something to compute on.

use burn::tensor::Device;

/// The CPU, by the backend that was built in: `flex`, or `ndarray` where only that was asked for.
#[cfg(feature = "flex")]
pub fn cpu() -> Device {
    Device::flex()
}

/// The CPU, by the backend that was built in: `flex`, or `ndarray` where only that was asked for.
#[cfg(not(feature = "flex"))]
#[allow(deprecated, reason = "the ndarray backend is a choice for as long as it lives")]
pub fn cpu() -> Device {
    Device::ndarray()
}

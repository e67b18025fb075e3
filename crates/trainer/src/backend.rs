//! Where tensors live: the only place that names a backend.

#[cfg(feature = "wgpu")]
mod gpu;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

#[cfg(feature = "wgpu")]
pub use self::gpu::adapters;

#[cfg(not(any(feature = "flex", feature = "ndarray", feature = "wgpu")))]
compile_error!("something must compute: build with one of the features `flex`, `ndarray` and `wgpu`");

/// A way to compute, chosen at run time among those that were built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// Burn's `flex` backend, on the CPU.
    Flex,
    /// Burn's `ndarray` backend, on the CPU: the predecessor of `flex`.
    Ndarray,
    /// Burn's `wgpu` backend, on a GPU through Vulkan, Metal or DirectX 12.
    Wgpu,
}

/// The fastest that is built in and needs nothing of the machine.
impl Default for Backend {
    fn default() -> Self {
        Self::ALL.into_iter().find(|backend| backend.is_built_in()).unwrap_or(Self::Flex)
    }
}

impl Backend {
    /// Every backend that there is, whether this build has it or not.
    pub const ALL: [Self; 3] = [Self::Flex, Self::Ndarray, Self::Wgpu];

    /// Whether this build has it. Each is a feature of the program, called as it is.
    pub fn is_built_in(self) -> bool {
        match self {
            Self::Flex => cfg!(feature = "flex"),
            Self::Ndarray => cfg!(feature = "ndarray"),
            Self::Wgpu => cfg!(feature = "wgpu"),
        }
    }

    /// The name used in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ndarray => "ndarray",
            Self::Flex => "flex",
            Self::Wgpu => "wgpu",
        }
    }

    /// Whether several networks are computed faster side by side than one after the other: not on a GPU, which is one device
    /// however many threads ask for it.
    pub(crate) fn trains_side_by_side(self) -> bool {
        self != Self::Wgpu
    }

    /// A device of this backend, ready for use.
    ///
    /// # Errors
    ///
    /// [`Error::Backend`] where this build lacks it, and where there is no usable adapter; it says what is missing and what can
    /// be used instead.
    pub fn device(self) -> Result<Device> {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => Ok(Device::flex()),
            #[cfg(feature = "ndarray")]
            #[allow(deprecated, reason = "ndarray is supported for as long as Burn ships it")]
            Self::Ndarray => Ok(Device::ndarray()),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => gpu::device(),
            #[allow(unreachable_patterns, reason = "none is left where all are built in")]
            missing => Err(missing.left_out()),
        }
    }

    fn left_out(self) -> Error {
        let built_in: Vec<String> = Self::ALL
            .into_iter()
            .filter(|backend| backend.is_built_in())
            .map(|backend| format!("`{backend}`"))
            .collect();
        let reason =
            format!("this build was made without it; build with `--features {self}`, or use {}", built_in.join(" or "));
        Error::Backend { backend: self.name(), reason }
    }
}

impl std::fmt::Display for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A graphics adapter that the wgpu backend could run on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adapter {
    /// The adapter's name for itself.
    pub name: String,
    /// Discrete, integrated, virtual GPU or CPU (a software driver).
    pub kind: String,
    /// Graphics interface it is reached through.
    pub api: String,
    /// Name and version of its driver.
    pub driver: String,
}

/// The adapters on this machine: none, where nothing is built in that could use one.
#[cfg(not(feature = "wgpu"))]
pub fn adapters() -> Vec<Adapter> {
    Vec::new()
}

//! Where tensors live: the only place that names a backend.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use burn::tensor::Device;
use burn::tensor::wgpu::{WgpuBackend, WgpuInitError, wgpu};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// A way to compute, chosen at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// Burn's `ndarray` backend, on the CPU.
    #[default]
    Ndarray,
    /// Burn's `flex` backend, on the CPU: the successor of `ndarray`.
    Flex,
    /// Burn's `wgpu` backend, on a GPU through Vulkan, Metal or DirectX 12.
    Wgpu,
}

impl Backend {
    /// Every backend in this build.
    pub const ALL: [Self; 3] = [Self::Ndarray, Self::Flex, Self::Wgpu];

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
    /// [`Error::Backend`] where there is no usable adapter; it says what is missing and which backends need none.
    #[allow(deprecated)] // ndarray is supported for as long as Burn ships it
    pub fn device(self) -> Result<Device> {
        match self {
            Self::Ndarray => Ok(Device::ndarray()),
            Self::Flex => Ok(Device::flex()),
            Self::Wgpu => wgpu_device(),
        }
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

/// The adapters on this machine; none where no driver is installed.
pub fn adapters() -> Vec<Adapter> {
    let api = graphics_api();
    let backends = match api {
        WgpuBackend::Vulkan => wgpu::Backends::VULKAN,
        _ => wgpu::Backends::PRIMARY,
    };
    // A broken driver may panic inside its bindings; a list of adapters is not worth dying for.
    let list = || {
        let descriptor =
            wgpu::InstanceDescriptor { backends, ..wgpu::InstanceDescriptor::new_without_display_handle() };
        let instance = wgpu::Instance::new(descriptor);
        pollster::block_on(instance.enumerate_adapters(backends))
            .iter()
            .map(wgpu::Adapter::get_info)
            .collect::<Vec<_>>()
    };
    let infos = catch_unwind(list);
    let adapter = |info: wgpu::AdapterInfo| Adapter {
        name: info.name,
        kind: format!("{:?}", info.device_type),
        api: format!("{:?}", info.backend),
        driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
    };
    infos.unwrap_or_default().into_iter().map(adapter).collect()
}

/// The graphics interface to ask for. On Linux and its kin that is Vulkan alone: past a software driver Burn's own search would
/// go on to OpenGL, which has nothing to offer that Vulkan lacks.
fn graphics_api() -> WgpuBackend {
    if cfg!(all(unix, not(target_vendor = "apple"))) { WgpuBackend::Vulkan } else { WgpuBackend::Auto }
}

/// The wgpu runtime of a process can be set up once only, so the outcome is kept.
fn wgpu_device() -> Result<Device> {
    static DEVICE: OnceLock<std::result::Result<Device, String>> = OnceLock::new();
    let outcome = DEVICE.get_or_init(|| {
        let init = AssertUnwindSafe(|| Device::wgpu_options().graphics_api(graphics_api()).init());
        match catch_unwind(init) {
            Ok(Ok(device)) => Ok(device),
            Ok(Err(WgpuInitError::AdapterUnavailable { message, .. })) => Err(message),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the graphics driver crashed".to_owned()),
        }
    });
    outcome.clone().map_err(|reason| Error::Backend { backend: Backend::Wgpu.name(), reason: advice(&reason) })
}

/// What to install, and what to use instead.
fn advice(reason: &str) -> String {
    let driver = if cfg!(target_vendor = "apple") {
        "Metal, which every supported Mac has"
    } else if cfg!(windows) {
        "a graphics driver with DirectX 12 or Vulkan"
    } else {
        "a Vulkan driver: the GPU maker's, or Mesa's software one (Debian: apt install mesa-vulkan-drivers libvulkan1)"
    };
    format!(
        "no usable graphics adapter ({reason}); it needs {driver}. The backends `{}` and `{}` run on the CPU and need nothing",
        Backend::Ndarray,
        Backend::Flex
    )
}

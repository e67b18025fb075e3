//! The GPU's device, and the adapters that it may be on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use burn::tensor::Device;
use burn::tensor::wgpu::{WgpuBackend, WgpuInitError, wgpu};

use super::{Adapter, Backend};
use crate::{Error, Result};

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
pub(super) fn device() -> Result<Device> {
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
        Backend::Flex,
        Backend::Ndarray
    )
}

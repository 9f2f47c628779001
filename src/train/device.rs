//! Choosing what computes: a GPU through wgpu, or the CPU.

use burn::tensor::Device;
use serde::Serialize;

use crate::{domain::config::DeviceChoice, kernels::cpu::simd::Isa};

/// What kind of machine an adapter drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdapterKind {
    DiscreteGpu,
    IntegratedGpu,
    VirtualGpu,
    /// A graphics driver that computes on the processor: llvmpipe, lavapipe, SwiftShader.
    Software,
    Other,
}

/// One way in which wgpu can reach a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Adapter {
    /// The N of `--device wgpu:N`.
    pub index: usize,
    pub name: String,
    /// Graphics API: `Vulkan`, `Metal`, `Dx12`, `Gl`.
    pub backend: String,
    pub kind: AdapterKind,
    pub driver: String,
}

/// A device ready for tensors, and how it came to be chosen.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Without autodiff.
    pub device: Device,
    /// For people: `cpu (AVX-512, 2 threads)`.
    pub description: String,
    /// What the screen should say for the whole run, such as that a GPU is a simulated one.
    pub notice: Option<String>,
}

/// Why there is no such device.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    #[error(
        "--device {0}: this build has no wgpu; use --device cpu, or build with its default features"
    )]
    NoWgpu(DeviceChoice),
    #[error(
        "--device {0}: no graphics adapter was found (no Vulkan, Metal, DirectX 12 or OpenGL driver); use --device cpu, or install a driver"
    )]
    NoAdapter(DeviceChoice),
    #[error(
        "--device wgpu:{index}: the adapters here number {count}, from 0; 'mnv1-tui devices' lists them"
    )]
    NoSuchAdapter { index: usize, count: usize },
    #[error("--device wgpu: adapter '{name}' cannot be opened ({reason}); use --device cpu")]
    Failed { name: String, reason: String },
    #[error("--threads {threads}: the pool of threads cannot be made ({reason})")]
    Threads { threads: usize, reason: String },
}

/// What `auto` takes of `adapters`, and why.
pub fn automatic(adapters: &[Adapter]) -> (DeviceChoice, String) {
    let of = |kind| adapters.iter().find(move |adapter| adapter.kind == kind);
    let real = [AdapterKind::DiscreteGpu, AdapterKind::IntegratedGpu, AdapterKind::VirtualGpu];
    match real.into_iter().find_map(of) {
        Some(gpu) => {
            let why = format!("'{}' is a real GPU ({})", gpu.name, gpu.backend);
            (DeviceChoice::WgpuAdapter(gpu.index), why)
        }
        None if adapters.is_empty() => {
            (DeviceChoice::Cpu, "no graphics adapter was found".to_owned())
        }
        None => {
            let why = "the only adapters compute on the processor, slower than the CPU device does";
            (DeviceChoice::Cpu, why.to_owned())
        }
    }
}

/// Opens the device that `choice` means. No tensor exists yet when it fails.
///
/// `threads` limits the CPU device; it can be set once in a process.
pub fn open(choice: DeviceChoice, threads: Option<usize>) -> Result<Opened, DeviceError> {
    if let Some(threads) = threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build_global().map_err(|e| DeviceError::Threads { threads, reason: e.to_string() })?;
    }
    match choice {
        DeviceChoice::Cpu => Ok(cpu()),
        DeviceChoice::Auto => {
            let adapters = adapters();
            match automatic(&adapters) {
                (DeviceChoice::WgpuAdapter(index), _) => open_adapter(choice, index, &adapters),
                _ => Ok(cpu()),
            }
        }
        DeviceChoice::Wgpu => {
            let adapters = adapters();
            open_adapter(choice, best(&adapters), &adapters)
        }
        DeviceChoice::WgpuAdapter(index) => open_adapter(choice, index, &adapters()),
    }
}

fn cpu() -> Opened {
    Opened { device: Device::flex(), description: cpu_description(), notice: None }
}

/// The CPU with what the bits of its results depend on: instructions and threads.
pub fn cpu_description() -> String {
    let threads = rayon::current_num_threads();
    let plural = if threads == 1 { "thread" } else { "threads" };
    format!("cpu ({}, {threads} {plural})", Isa::best().name())
}

/// The adapter to take where any will do: a real GPU, else the first.
fn best(adapters: &[Adapter]) -> usize {
    match automatic(adapters) {
        (DeviceChoice::WgpuAdapter(index), _) => index,
        _ => 0,
    }
}

fn open_adapter(
    choice: DeviceChoice,
    index: usize,
    adapters: &[Adapter],
) -> Result<Opened, DeviceError> {
    if !cfg!(feature = "wgpu") {
        return Err(DeviceError::NoWgpu(choice));
    }
    let count = adapters.len();
    match adapters.get(index) {
        None if count == 0 => Err(DeviceError::NoAdapter(choice)),
        None => Err(DeviceError::NoSuchAdapter { index, count }),
        Some(adapter) => {
            let device = wgpu::open(adapter, adapters)?;
            let software = adapter.kind == AdapterKind::Software;
            let notice = software.then(|| {
                format!("'{}' is a software adapter: it computes on the processor", adapter.name)
            });
            let description = format!("wgpu {}, {}", adapter.backend, adapter.name);
            Ok(Opened { device, description, notice })
        }
    }
}

/// Every adapter that wgpu finds, in the order of their numbers.
pub fn adapters() -> Vec<Adapter> {
    wgpu::adapters()
}

#[cfg(not(feature = "wgpu"))]
mod wgpu {
    use burn::tensor::Device;

    use super::{Adapter, DeviceError};

    pub fn adapters() -> Vec<Adapter> {
        Vec::new()
    }

    pub fn open(adapter: &Adapter, _: &[Adapter]) -> Result<Device, DeviceError> {
        let reason = "this build has no wgpu".to_owned();
        Err(DeviceError::Failed { name: adapter.name.clone(), reason })
    }
}

#[cfg(feature = "wgpu")]
mod wgpu {
    use burn::tensor::{
        Device, DeviceKind,
        wgpu::{WgpuBackend, wgpu},
    };

    use super::{Adapter, AdapterKind, DeviceError};
    use crate::kernels::gpu::SOFTWARE_TASKS;

    /// Those of Vulkan, Metal and DirectX 12; of OpenGL only where there are none: it leads to the
    /// same devices, more slowly, and asking for it makes some drivers talk.
    pub fn adapters() -> Vec<Adapter> {
        let modern = of(wgpu::Backends::PRIMARY);
        if modern.is_empty() { of(wgpu::Backends::GL) } else { modern }
    }

    fn of(backends: wgpu::Backends) -> Vec<Adapter> {
        let descriptor = wgpu::InstanceDescriptor {
            backends,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        };
        let instance = wgpu::Instance::new(descriptor);
        let found = pollster::block_on(instance.enumerate_adapters(backends));
        let infos = found.iter().map(|adapter| adapter.get_info());
        infos.enumerate().map(|(index, info)| describe(index, info)).collect()
    }

    fn describe(index: usize, info: wgpu::AdapterInfo) -> Adapter {
        let kind = match info.device_type {
            _ if is_software(&info.name) => AdapterKind::Software,
            wgpu::DeviceType::DiscreteGpu => AdapterKind::DiscreteGpu,
            wgpu::DeviceType::IntegratedGpu => AdapterKind::IntegratedGpu,
            wgpu::DeviceType::VirtualGpu => AdapterKind::VirtualGpu,
            wgpu::DeviceType::Cpu => AdapterKind::Software,
            wgpu::DeviceType::Other => AdapterKind::Other,
        };
        let driver = format!("{} {}", info.driver, info.driver_info).trim().to_owned();
        let backend = format!("{:?}", info.backend);
        Adapter { index, name: info.name, backend, kind, driver }
    }

    /// OpenGL on a software rasteriser does not always own up to being one.
    fn is_software(name: &str) -> bool {
        let name = name.to_lowercase();
        ["llvmpipe", "lavapipe", "softpipe", "swiftshader", "basic render"]
            .iter()
            .any(|known| name.contains(known))
    }

    pub fn open(adapter: &Adapter, adapters: &[Adapter]) -> Result<Device, DeviceError> {
        let failed = |reason: String| DeviceError::Failed { name: adapter.name.clone(), reason };
        // burn counts the adapters of one kind and one graphics API.
        let before = adapters[..adapter.index]
            .iter()
            .filter(|other| other.backend == adapter.backend && other.kind == adapter.kind)
            .count();
        let kind = match adapter.kind {
            AdapterKind::DiscreteGpu => DeviceKind::DiscreteGpu(before),
            AdapterKind::IntegratedGpu => DeviceKind::IntegratedGpu(before),
            AdapterKind::VirtualGpu => DeviceKind::VirtualGpu(before),
            AdapterKind::Software => DeviceKind::Cpu,
            AdapterKind::Other => DeviceKind::DefaultDevice,
        };
        let api = match adapter.backend.as_str() {
            "Vulkan" => WgpuBackend::Vulkan,
            "Metal" => WgpuBackend::Metal,
            "Dx12" => WgpuBackend::Dx12,
            "Gl" => WgpuBackend::Gl,
            _ => WgpuBackend::Auto,
        };
        let mut options = Device::wgpu_options().device_kind(kind).graphics_api(api);
        if adapter.kind == AdapterKind::Software {
            options = options.tasks_max(SOFTWARE_TASKS);
        }
        options.init().map_err(|error| failed(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(index: usize, kind: AdapterKind) -> Adapter {
        let (name, backend) = (format!("a{index}"), "Vulkan".to_owned());
        Adapter { index, name, backend, kind, driver: String::new() }
    }

    #[test]
    fn auto_takes_a_real_gpu_and_never_a_software_one() {
        let list = [adapter(0, AdapterKind::Software), adapter(1, AdapterKind::IntegratedGpu)];
        assert_eq!(automatic(&list).0, DeviceChoice::WgpuAdapter(1));
        assert_eq!(automatic(&list[..1]).0, DeviceChoice::Cpu);
        assert_eq!(automatic(&[]).0, DeviceChoice::Cpu);
    }

    #[test]
    fn an_adapter_that_is_not_there_is_named() {
        let error =
            open_adapter(DeviceChoice::WgpuAdapter(9), 9, &[adapter(0, AdapterKind::Other)]);
        let expected = if cfg!(feature = "wgpu") { "wgpu:9" } else { "no wgpu" };
        assert!(error.unwrap_err().to_string().contains(expected));
    }
}

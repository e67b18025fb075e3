//! `gtzan doctor`: what this build and this machine can do.

use std::io::Write;
use std::process::ExitCode;

use trainer::backend::{Backend, adapters};
use trainer::run::versions;

use crate::backend::device;
use crate::console;
use crate::stderr::without_display_noise;

/// Show versions, processor features, and which backends work on this machine.
#[derive(clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_: Args) -> anyhow::Result<ExitCode> {
    let mut out = console::results();
    let versions: Vec<String> = versions().into_iter().map(|(name, version)| format!("{name} {version}")).collect();
    writeln!(out, "versions  {} ({} {})", versions.join(", "), std::env::consts::OS, std::env::consts::ARCH)?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    writeln!(out, "processor {cores} threads; {}", cpu_features().join(" "))?;
    writeln!(out, "backends")?;
    for backend in Backend::ALL {
        match device(backend) {
            Ok(_) => writeln!(out, "  {backend:<8} works")?,
            Err(error) => writeln!(out, "  {backend:<8} can't be used: {error}")?,
        }
    }
    writeln!(out, "graphics adapters")?;
    let adapters = without_display_noise(adapters);
    if adapters.is_empty() {
        writeln!(out, "  none")?;
    }
    for adapter in adapters {
        writeln!(out, "  {} ({}, {}, driver {})", adapter.name, adapter.kind, adapter.api, adapter.driver)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Vector instructions that the arithmetic picks up at run time.
fn cpu_features() -> Vec<&'static str> {
    #[cfg(target_arch = "x86_64")]
    let known = [
        ("sse4.1", std::arch::is_x86_feature_detected!("sse4.1")),
        ("avx", std::arch::is_x86_feature_detected!("avx")),
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("fma", std::arch::is_x86_feature_detected!("fma")),
        ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
    ];
    #[cfg(target_arch = "aarch64")]
    let known = [("neon", std::arch::is_aarch64_feature_detected!("neon"))];
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let known: [(&str, bool); 0] = [];
    known.into_iter().filter(|(_, found)| *found).map(|(name, _)| name).collect()
}

//! `gtzan export`: a model as one file for other programs.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::ValueEnum;
use extraction::files;
use model::ExportFormat;
use trainer::backend::Backend;

use crate::console;

/// Write a model into one file for other programs.
///
/// The file holds the weights, the transform of the raw features (`normalizer.*`: mean, scale, range, and knots or units), and
/// in its metadata, under `bundle`, labels, feature specification and training facts as JSON.
#[derive(clap::Args)]
pub struct Args {
    /// A model's folder, the folder of the run that made it, or the name of one in the box.
    model: PathBuf,
    /// The file's format.
    #[arg(long, value_enum)]
    format: Format,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For Burn programs; weights are [inputs, outputs].
    Burnpack,
    /// For Python and others; weights are [outputs, inputs] as in PyTorch.
    Safetensors,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.out.is_dir() {
        bail!("{}: is a folder; --out takes the name of a file", args.out.display());
    }
    let (bundle, _) = crate::bundle::load(&args.model, &Backend::default().device()?)?;
    let format = match args.format {
        Format::Burnpack => ExportFormat::Burnpack,
        Format::Safetensors => ExportFormat::Safetensors,
    };
    let bytes = bundle.export(format)?;
    files::write(&args.out, |out| out.write_all(&bytes))?;
    writeln!(console::results(), "{} ({} bytes)", args.out.display(), bytes.len())?;
    Ok(ExitCode::SUCCESS)
}

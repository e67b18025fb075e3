//! `gtzan export`: a model for other programs, as one file or as a folder.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::ValueEnum;
use extraction::files;
use model::ExportFormat;
use trainer::backend::Backend;

use crate::console;

/// Write a model for other programs.
///
/// Files hold the weights, the transform of the raw features (`normalizer.*`: mean, scale, range, and knots or units), and
/// in their metadata, under `bundle`, labels, feature specification and training facts as JSON. In ONNX the transform is part of
/// the graph: raw rows in, probabilities out.
#[derive(clap::Args)]
pub struct Args {
    /// A model's folder, the folder of the run that made it, or the name of one in the box.
    model: PathBuf,
    /// What to write.
    #[arg(long, value_enum)]
    format: Format,
    /// The file to write, or the folder for `huggingface`.
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For Burn programs; weights are [inputs, outputs].
    Burnpack,
    /// For Python and others; weights are [outputs, inputs] as in PyTorch.
    Safetensors,
    /// For ONNX Runtime and its like: the whole model, from raw rows to probabilities.
    Onnx,
    /// A folder to upload to the Hugging Face Hub: card, ONNX, safetensors, configuration, and an example that runs.
    Huggingface,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let out = &args.out;
    let format = match args.format {
        Format::Burnpack => Some(ExportFormat::Burnpack),
        Format::Safetensors => Some(ExportFormat::Safetensors),
        Format::Onnx => Some(ExportFormat::Onnx),
        Format::Huggingface => None,
    };
    if format.is_some() && out.is_dir() {
        bail!("{}: is a folder; --out takes the name of a file", out.display());
    }
    let (bundle, _) = crate::bundle::load(&args.model, &Backend::default().device()?)?;
    match format {
        Some(format) => {
            let bytes = bundle.export(format)?;
            files::write(out, |file| file.write_all(&bytes))?;
            writeln!(console::results(), "{} ({} bytes)", out.display(), bytes.len())?;
        }
        None => {
            bundle.save_huggingface(out)?;
            writeln!(console::results(), "{}", out.display())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

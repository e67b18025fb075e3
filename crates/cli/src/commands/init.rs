//! `gtzan init`: a configuration to start from.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use extraction::files;

use crate::console;

/// Every key with its meaning and default.
const TEMPLATE: &str = include_str!("../../../../configs/demo.toml");

/// Write a configuration with every key, its meaning and its default, to be changed. A file that is there is left alone.
#[derive(clap::Args)]
pub struct Args {
    /// The file to write.
    #[arg(value_name = "FILE", default_value = "gtzan.toml")]
    file: PathBuf,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let file = args.file.display();
    if args.file.exists() {
        bail!("{file}: is there already; choose another name, or remove it first");
    }
    // The first paragraph is about the demo.
    let settings = TEMPLATE.split_once("\n\n").map_or(TEMPLATE, |(_, settings)| settings);
    let settings = settings.replacen("name = \"demo\"", "name = \"mine\"", 1);
    let head = format!(
        "# Settings of a training, each with its meaning and, in brackets, the default.\n#\n#   gtzan train --config {file}\n#\n\
         # As it stands it learns the embedded demo corpus. For your own music replace the three lines of [data.synth] by\n\
         #\n#   [data]\n#   dir = \"my-music\"    # one folder of audio files per genre\n\n"
    );
    files::write(&args.file, |out| out.write_all((head + &settings).as_bytes()))?;
    writeln!(console::results(), "{file}")?;
    Ok(ExitCode::SUCCESS)
}

//! `gtzan plot`: pictures of a track.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use extraction::files;
use plot::{Format, PlotKind, Style, Theme, draw};
use trainer::pictures;

use crate::console;

/// Draw what a track looks like: waveform, spectrograms, chromagram, zero crossings, onsets and beats, MFCCs …
///
/// The numbers drawn are librosa 0.11's, of the audio at 22 050 Hz. The folder gets a picture of each kind, named after it,
/// such as DIR/chroma.svg; nothing is written unless all could be drawn. At most 30 minutes can be drawn.
#[derive(clap::Args)]
pub struct Args {
    /// The audio file.
    #[arg(value_name = "AUDIO")]
    audio: PathBuf,
    /// The folder for the pictures, made if it's missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How to keep them.
    #[arg(long, value_enum, default_value_t)]
    format: Kept,
    /// Draw these kinds only.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = kinds())]
    only: Vec<PlotKind>,
    /// The page that they will stand on.
    #[arg(long, value_enum, default_value_t)]
    theme: Page,
}

/// The names of [`Format`] on the command line.
#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum Kept {
    #[default]
    Svg,
    Png,
}

/// The names of [`Theme`] on the command line.
#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum Page {
    #[default]
    Light,
    Dark,
}

fn kinds() -> impl TypedValueParser<Value = PlotKind> {
    PossibleValuesParser::new(PlotKind::ALL.map(PlotKind::name)).try_map(|name| {
        let known = PlotKind::ALL.into_iter().find(|kind| kind.name() == name);
        known.ok_or("no such picture")
    })
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let style = Style {
        format: match args.format {
            Kept::Svg => Format::Svg,
            Kept::Png => Format::Png,
        },
        theme: match args.theme {
            Page::Light => Theme::Light,
            Page::Dark => Theme::Dark,
        },
    };
    let asked = |kind: &PlotKind| args.only.is_empty() || args.only.contains(kind);
    let analysis = pictures::analysis(&args.audio)?;
    let mut drawn = Vec::new();
    for kind in PlotKind::ALL.into_iter().filter(asked) {
        let path = args.out.join(kind.name()).with_extension(style.format.extension());
        drawn.push((path, draw(&analysis, kind, style)?));
    }
    for (path, picture) in drawn {
        files::write(&path, |out| out.write_all(&picture.bytes))?;
        writeln!(console::results(), "{}", path.display())?;
    }
    Ok(ExitCode::SUCCESS)
}

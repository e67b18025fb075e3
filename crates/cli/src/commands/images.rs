//! `gtzan images`: a mel spectrogram of every track.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::bail;
use trainer::dataset::Corpus;
use trainer::pictures::{Made, images};

use crate::console;
use crate::progress::TrackBar;

/// Write one mel-spectrogram PNG a track, in the layout and size of the dataset's images_original: DIR/blues/blues00000.png,
/// 432 × 288 pixels.
///
/// The spectrogram fills the picture from edge to edge: the whole track across, 0 to 11 025 Hz up in mels, the 80 dB below
/// the loudest in colours (magma). Pictures of the same audio that are there from before are kept, so a run that was
/// stopped continues when it is started again.
///
/// Exits with 1 when some files failed (each is named) and with 2 when no picture is there.
#[derive(clap::Args)]
pub struct Args {
    /// A folder with a folder of audio files per genre.
    #[arg(value_name = "DATA")]
    data: PathBuf,
    /// The folder for the pictures, made if it's missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let corpus = Corpus::scan(&args.data)?;
    let bar = TrackBar::default();
    let start = Instant::now();
    let results = images(&corpus, &args.out, &|progress| bar.report(progress))?;
    let seconds = start.elapsed().as_secs_f64();

    let (mut drawn, mut kept) = (0, 0);
    let mut failed = corpus.loose.len();
    for path in &corpus.loose {
        console::say(format_args!("failed: {}: lies in no genre folder", path.display()));
    }
    for result in &results {
        match result {
            Ok(Made::Drawn) => drawn += 1,
            Ok(Made::Kept) => kept += 1,
            Err(failure) => {
                failed += 1;
                console::say(format_args!("failed: {failure}"));
            }
        }
    }
    if drawn + kept == 0 {
        bail!("no pictures: none of the {failed} files can be used");
    }
    let there = drawn + kept;
    writeln!(
        console::results(),
        "{there} picture{} in {} ({drawn} drawn in {seconds:.1} s, {kept} reused, {failed} failed)",
        if there == 1 { "" } else { "s" },
        args.out.display()
    )?;
    if failed == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    console::say(format_args!("{failed} of {} files failed", there + failed));
    Ok(ExitCode::from(1))
}

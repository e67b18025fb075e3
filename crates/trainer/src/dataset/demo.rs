//! The demo corpus as files.

use std::path::{Path, PathBuf};

use extraction::{Progress, files};
use rayon::prelude::*;
use synth::{CorpusOptions, CorpusTrack};

use crate::config::SynthConfig;
use crate::error::{Error, Result};

/// Where rendered demo corpora are kept, one folder per version, size and seed.
const CORPORA: &str = "artifacts/corpus";

/// The folder of a demo corpus, rendered unless it's there: aside first, so that a folder of its name is complete.
pub(super) fn demo_corpus(config: &SynthConfig, progress: &(dyn Fn(Progress) + Sync)) -> Result<PathBuf> {
    let SynthConfig { tracks_per_genre, seconds, seed } = *config;
    let folder = Path::new(CORPORA).join(format!("v{}-{tracks_per_genre}x{seconds}s-seed{seed}", synth::VERSION));
    if folder.is_dir() {
        return Ok(folder);
    }
    std::fs::create_dir_all(CORPORA).map_err(Error::write(Path::new(CORPORA)))?;
    let aside = tempfile::Builder::new().prefix(".").tempdir_in(CORPORA).map_err(Error::write(Path::new(CORPORA)))?;
    render(aside.path(), config, progress)?;
    match std::fs::rename(aside.path(), &folder) {
        // Another run was faster: its corpus is the same.
        Err(_) if folder.is_dir() => Ok(folder),
        Err(source) => Err(Error::Write { path: folder, source }),
        Ok(()) => Ok(folder),
    }
}

/// Renders the demo corpus into `out`, in GTZAN's layout, on all cores. Files of the same names are replaced, each in one
/// step; others stay. The paths are in the order of genres and numbers.
///
/// # Errors
/// The sizes are out of range, before anything is written, or a file can't be; what is written by then stays.
pub fn render(out: &Path, config: &SynthConfig, progress: &(dyn Fn(Progress) + Sync)) -> Result<Vec<PathBuf>> {
    let SynthConfig { tracks_per_genre, seconds, seed } = *config;
    let tracks: Vec<CorpusTrack> = synth::corpus(&CorpusOptions { tracks_per_genre, seconds, seed })?.collect();
    progress(Progress::Started { what: "rendering", tracks: tracks.len() });
    let written = tracks.par_iter().map(|track| {
        let (path, wav) = (out.join(track.path()), track.wav()?);
        files::write(&path, |out| out.write_all(&wav))?;
        progress(Progress::Track { audio_seconds: seconds });
        Ok(path)
    });
    let written = written.collect();
    progress(Progress::Finished);
    written
}

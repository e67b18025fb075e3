//! Writes a corpus in GTZAN's layout: `<genre>/<genre>.00000.wav`, 22 050 Hz, mono, 16 bit.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::dice::mix;
use crate::{Error, Result, SAMPLE_RATE, Style, check_seconds, render};

/// The most tracks a genre holds: file names have five digits.
pub const MAX_TRACKS: usize = 100_000;

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorpusOptions {
    /// Tracks of each of the ten genres, 1 to [`MAX_TRACKS`].
    pub tracks_per_genre: usize,
    /// Length of a track in s, above 0 and at most [`MAX_SECONDS`](crate::MAX_SECONDS).
    pub seconds: f64,
    /// Another seed, another corpus.
    pub seed: u64,
}

impl Default for CorpusOptions {
    /// GTZAN's own size: 100 tracks of 30 s a genre.
    fn default() -> Self {
        Self { tracks_per_genre: 100, seconds: 30.0, seed: 0 }
    }
}

impl CorpusOptions {
    fn check(&self) -> Result<()> {
        check_seconds(self.seconds)?;
        if (1..=MAX_TRACKS).contains(&self.tracks_per_genre) {
            Ok(())
        } else {
            Err(Error::Tracks { tracks: self.tracks_per_genre, max: MAX_TRACKS })
        }
    }
}

/// Renders the corpus into `out` on all cores and returns the files' paths, genre by genre in the order of their names.
///
/// A track depends on `(seed, genre, number)` alone: a larger corpus begins with a smaller one's tracks. Files of these
/// names are replaced, each in one step; others in the folder stay. `progress` is called with the path of each track
/// as it is finished, from several threads and in no particular order.
///
/// # Errors
/// [`Error::Seconds`] and [`Error::Tracks`] for options out of range, before anything is written;
/// [`Error::CreateFolder`] and [`Error::WriteFile`] with what the system said. Tracks written by then stay.
pub fn write_corpus(out: &Path, options: &CorpusOptions, progress: impl Fn(&Path) + Sync) -> Result<Vec<PathBuf>> {
    options.check()?;
    for style in Style::ALL {
        let path = out.join(style.name());
        fs::create_dir_all(&path).map_err(|source| Error::CreateFolder { path, source })?;
    }
    let tracks: Vec<(Style, usize)> = Style::ALL
        .into_iter()
        .flat_map(|style| (0..options.tracks_per_genre).map(move |index| (style, index)))
        .collect();
    tracks
        .into_par_iter()
        .map(|(style, index)| {
            let folder = out.join(style.name());
            let path = folder.join(format!("{style}.{index:05}.wav"));
            let clip = render(style, track_seed(options.seed, index), options.seconds)?;
            write_wav(&folder, &path, &clip.samples)
                .map_err(|source| Error::WriteFile { path: path.clone(), source })?;
            progress(&path);
            Ok(path)
        })
        .collect()
}

/// The seed of a track; `render` mixes the style in.
fn track_seed(seed: u64, index: usize) -> u64 {
    mix(seed, index as u64)
}

/// Writes 16-bit PCM aside and moves it into place.
fn write_wav(folder: &Path, path: &Path, samples: &[f32]) -> io::Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = tempfile::Builder::new().prefix(".synth-").suffix(".wav").tempfile_in(folder)?;
    let mut writer = hound::WavWriter::new(BufWriter::new(file.as_file_mut()), spec).map_err(into_io)?;
    for sample in samples {
        writer.write_sample((sample * 32_767.0).round() as i16).map_err(into_io)?;
    }
    writer.finalize().map_err(into_io)?;
    file.as_file_mut().flush()?;
    share(file.as_file())?;
    file.persist(path)?;
    Ok(())
}

/// Temporary files are their owner's alone; a corpus is as readable as other files.
#[cfg(unix)]
fn share(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn share(_: &fs::File) -> io::Result<()> {
    Ok(())
}

fn into_io(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}

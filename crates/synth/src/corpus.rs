//! A corpus in GTZAN's layout: `<genre>/<genre>.00000.wav`, 22 050 Hz, mono, 16 bit.

use std::io::Cursor;

use crate::dice::mix;
use crate::{Error, Result, SAMPLE_RATE, Style, check_seconds, render};

/// The most tracks a genre holds: file names have five digits.
pub const MAX_TRACKS: usize = 100_000;

/// Version of what is rendered, for the names of folders that corpora are kept in. It is raised whenever the same numbers
/// would give other files than before.
pub const VERSION: u32 = 1;

/// Which corpus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorpusOptions {
    /// Tracks of each of the ten genres, 1 to [`MAX_TRACKS`].
    pub tracks_per_genre: usize,
    /// Length of a track in s, above 0 and at most [`MAX_SECONDS`](crate::MAX_SECONDS).
    pub seconds: f64,
    /// Another seed, another corpus.
    pub seed: u64,
}

/// A track of a corpus, not rendered yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorpusTrack {
    style: Style,
    number: usize,
    options: CorpusOptions,
}

/// The tracks of a corpus, genre by genre in the order of their names. Rendering them is left to the caller, who may do it
/// on all cores and keep the files where it likes:
///
/// ```
/// let options = synth::CorpusOptions { tracks_per_genre: 2, seconds: 0.5, seed: 1 };
/// for track in synth::corpus(&options)?.take(1) {
///     assert_eq!(track.path(), "blues/blues.00000.wav");
///     assert_eq!(track.wav()?.len(), 44 + 2 * 11_025);
/// }
/// # Ok::<(), synth::Error>(())
/// ```
///
/// A track depends on `(seed, genre, number)` and the length alone: a larger corpus begins with a smaller one's tracks.
///
/// # Errors
/// [`Error::Seconds`] and [`Error::Tracks`] for options out of range.
pub fn corpus(options: &CorpusOptions) -> Result<impl Iterator<Item = CorpusTrack>> {
    let options = *options;
    check_seconds(options.seconds)?;
    let tracks = options.tracks_per_genre;
    if !(1..=MAX_TRACKS).contains(&tracks) {
        return Err(Error::Tracks { tracks, max: MAX_TRACKS });
    }
    let of_style = move |style| (0..tracks).map(move |number| CorpusTrack { style, number, options });
    Ok(Style::ALL.into_iter().flat_map(of_style))
}

impl CorpusTrack {
    /// Its style, which its genre is named after.
    pub fn style(&self) -> Style {
        self.style
    }

    /// Its path in the corpus, with `/` between folder and file.
    pub fn path(&self) -> String {
        let Self { style, number, .. } = self;
        format!("{style}/{style}.{number:05}.wav")
    }

    /// Its file: a WAV of 16-bit PCM, mono at [`SAMPLE_RATE`].
    ///
    /// # Errors
    /// [`Error::Wav`], which would be a defect.
    pub fn wav(&self) -> Result<Vec<u8>> {
        // `render` mixes the style in.
        let seed = mix(self.options.seed, self.number as u64);
        let clip = render(self.style, seed, self.options.seconds)?;
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: SAMPLE_RATE,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut file, spec)?;
        for sample in clip.samples {
            writer.write_sample((sample * 32_767.0).round() as i16)?;
        }
        writer.finalize()?;
        Ok(file.into_inner())
    }
}

//! The embedded demo corpus: ten procedurally played styles named after GTZAN's genres.
//!
//! A seed draws an arrangement from the wide ranges of its style: tempo and swing, key and progression, drummer, bass,
//! chords, melody, instruments, distortion, room and recording. Now and then a clip borrows a trait from a neighbouring
//! style, so that the genres overlap as real ones do. The arrangement is then played note by note into stems, which are
//! mixed, sent to a room and mastered. No samples, no recordings: everything is computed.
//!
//! The same style, seed and length give the same samples on every platform and on any number of threads: the random
//! stream is ChaCha's, and transcendental functions come from the `libm` crate, not from the system.
//!
//! ```
//! use synth::{Style, render};
//!
//! let clip = render(Style::Reggae, 7, 2.0)?;
//! assert_eq!(clip.rate, 22_050);
//! assert_eq!(clip.samples.len(), 44_100);
//! # Ok::<(), synth::Error>(())
//! ```

mod arrangement;
mod corpus;
mod dice;
mod drums;
mod effects;
mod envelope;
mod error;
mod filter;
mod groove;
mod harmony;
mod instruments;
mod oscillator;
mod performance;
mod recording;
mod style;
mod styles;
mod voice;

pub use corpus::{CorpusOptions, CorpusTrack, MAX_TRACKS, VERSION, corpus};
pub use error::{Error, Result};
pub use style::Style;

use dice::{Dice, mix};

/// Sampling rate of every clip in Hz, GTZAN's.
pub const SAMPLE_RATE: u32 = 22_050;

/// Longest clip in s.
pub const MAX_SECONDS: f64 = 600.0;

/// Renders a clip of a style: mono at [`SAMPLE_RATE`], `seconds` long to the nearest sample (at least one), finite,
/// within ±0.99 and without an offset.
///
/// # Errors
/// [`Error::Seconds`] unless `seconds` is above 0 and at most [`MAX_SECONDS`].
pub fn render(style: Style, seed: u64, seconds: f64) -> Result<dsp::AudioBuffer> {
    check_seconds(seconds)?;
    let mut dice = Dice::new(mix(seed, style as u64));
    let arrangement = styles::draw(style, &mut dice);
    let samples = performance::perform(&arrangement, seconds, &mut dice);
    Ok(dsp::AudioBuffer { samples, rate: SAMPLE_RATE })
}

fn check_seconds(seconds: f64) -> Result<()> {
    if seconds > 0.0 && seconds <= MAX_SECONDS { Ok(()) } else { Err(Error::Seconds { seconds, max: MAX_SECONDS }) }
}

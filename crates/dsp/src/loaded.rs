//! A track in memory: decoded once, and cut in as many ways as are wanted.

use std::ops::Range;

use crate::track::{clip_features, refuse_losses};
use crate::{
    AudioBuffer, AudioInput, AudioReader, ClipFeatures, DecodeReport, Error, FeatureExtractor, LoadOptions, Result,
    TrackFeatures,
};

/// Samples read between two words about how far it is: a second at 22 050 Hz.
const STEP: usize = 22_050;

/// The samples of a track with what is known of their decoding.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedTrack {
    name: String,
    audio: AudioBuffer,
    decoded: DecodeReport,
}

impl LoadedTrack {
    /// Decodes an input as [`load`](crate::load) does; `None` for one that is longer than `most` seconds, whose rest isn't looked at.
    /// `progress` is told the seconds decoded so far, about once a second of sound.
    ///
    /// # Errors
    /// Those of [`load`](crate::load), and [`Error::TooMuchLost`] where more than [`MAX_LOST_SHARE`](crate::MAX_LOST_SHARE) of the
    /// track is lost.
    pub fn load(
        input: impl Into<AudioInput>,
        options: &LoadOptions,
        most: f64,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Option<Self>> {
        let mut reader = AudioReader::open(input, options)?;
        let rate = reader.rate();
        let mut samples = Vec::new();
        while reader.read(&mut samples, STEP)? > 0 {
            let seconds = samples.len() as f64 / f64::from(rate);
            if seconds > most {
                return Ok(None);
            }
            progress(seconds);
        }
        let decoded = reader.report().clone();
        refuse_losses(reader.name(), &decoded)?;
        Ok(Some(Self { name: reader.name().to_owned(), audio: AudioBuffer { samples, rate }, decoded }))
    }

    /// The samples.
    pub fn audio(&self) -> &AudioBuffer {
        &self.audio
    }

    /// The samples by themselves.
    pub fn into_audio(self) -> AudioBuffer {
        self.audio
    }

    /// The rows of its clips: what [`track_features`](crate::track_features) gives. Its rate must be the specification's.
    ///
    /// # Errors
    /// [`Error::Clip`] for a clip without features, as one that is shorter than an analysis window.
    pub fn features(&self, extractor: &mut FeatureExtractor) -> Result<TrackFeatures> {
        let clips = extractor.spec().clip_plan().ranges(self.audio.samples.len());
        self.rows(clips.into_iter().map(|clip| (clip.clone(), clip)), extractor)
    }

    /// A row every `hop` seconds, each of the window around it that is as long as the specification's clips: at the ends of the
    /// track it is moved inwards, and of a shorter track it is the whole. Each row has the place of its hop; whatever is left
    /// behind the last whole hop belongs to it, or is a hop of its own if it's longer than half of one.
    ///
    /// # Errors
    /// As for [`features`](Self::features); [`Error::InvalidOption`] for a hop below a tenth of a second.
    pub fn rows_over_time(&self, hop: f64, extractor: &mut FeatureExtractor) -> Result<TrackFeatures> {
        if !(hop.is_finite() && hop >= 0.1) {
            return Err(Error::InvalidOption { option: "hop", reason: format!("{hop} s is not at least 0.1 s") });
        }
        let hop = (hop * f64::from(self.audio.rate)).round() as usize;
        let window = extractor.spec().clip_plan().clip_len();
        self.rows(windows(self.audio.samples.len(), hop, window), extractor)
    }

    /// The rows of windows, each at the place of its hop.
    fn rows(
        &self,
        cuts: impl Iterator<Item = (Range<usize>, Range<usize>)>,
        extractor: &mut FeatureExtractor,
    ) -> Result<TrackFeatures> {
        let samples = &self.audio.samples;
        let row = |(hop, window): (Range<usize>, Range<usize>)| {
            let features = clip_features(hop.start as u64, &samples[window], extractor)?;
            Ok(ClipFeatures { samples: hop.len(), silent: crate::track::is_silent(&samples[hop]), ..features })
        };
        let clips: Result<Vec<ClipFeatures>> = cuts.map(row).collect();
        let clips = clips.map_err(|source| Error::Clip { name: self.name.clone(), source: Box::new(source) })?;
        Ok(TrackFeatures { clips, decoded: self.decoded.clone() })
    }
}

/// The hops of a track of `total` samples, each with the window around it.
fn windows(total: usize, hop: usize, window: usize) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let count = ((total + hop / 2) / hop).max(usize::from(total > 0));
    let window = window.min(total);
    (0..count).map(move |at| {
        let place = at * hop..if at + 1 == count { total } else { (at + 1) * hop };
        let start = (at * hop + hop / 2).saturating_sub(window.div_ceil(2)).min(total - window);
        (place, start..start + window)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClipLength, Convention, FeatureSpec, track_features};

    /// A mono WAV of 16 bits at 22 050 Hz that sweeps, with a second of silence from 6 s on.
    fn wav(seconds: f64) -> AudioInput {
        let samples = (seconds * 22_050.0) as u32;
        let mut file =
            Vec::from(*b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0data");
        file[4..8].copy_from_slice(&(36 + 2 * samples).to_le_bytes());
        file.extend((2 * samples).to_le_bytes());
        file.extend((0..samples).flat_map(|n| {
            let t = f64::from(n) / 22_050.0;
            let loud = if (6.0..7.0).contains(&t) { 0.0 } else { 9_000.0 };
            ((loud * (t * (300.0 + 40.0 * t)).sin()) as i16).to_le_bytes()
        }));
        AudioInput::bytes("sweep.wav", file)
    }

    fn spec(seconds: f64) -> FeatureSpec {
        FeatureSpec::features(Convention::Librosa07, ClipLength::new(seconds).unwrap())
    }

    fn load(seconds: f64) -> LoadedTrack {
        LoadedTrack::load(wav(seconds), &LoadOptions::STANDARD, 60.0, &mut |_| ()).unwrap().unwrap()
    }

    #[test]
    fn clips_in_memory_have_the_rows_of_clips_that_are_streamed() {
        for (seconds, clip) in [(10.0, 3.0), (4.4, 3.0), (4.6, 3.0), (7.0, 30.0)] {
            let mut extractor = FeatureExtractor::new(&spec(clip));
            let streamed = track_features(wav(seconds), &mut extractor).unwrap();
            assert_eq!(load(seconds).features(&mut extractor).unwrap(), streamed, "{seconds} s in clips of {clip} s");
        }
    }

    #[test]
    fn rows_over_time_are_those_of_the_windows_around_the_hops() {
        let (track, mut extractor) = (load(10.0), FeatureExtractor::new(&spec(3.0)));
        let rows = track.rows_over_time(1.0, &mut extractor).unwrap();
        let places: Vec<_> = rows.clips.iter().map(|clip| (clip.start_sample, clip.samples)).collect();
        assert_eq!(places, (0..10).map(|at| (22_050 * at, 22_050)).collect::<Vec<_>>());
        let silent: Vec<_> = rows.clips.iter().map(|clip| clip.silent).collect();
        assert_eq!(silent.iter().position(|&silent| silent), Some(6));
        assert_eq!(silent.iter().filter(|&&silent| silent).count(), 1);
        // The window around 4 to 5 s is that from 3 to 6 s, less the sample that clips lack; those at the ends are the song's.
        for (row, start) in [(4, 3 * 22_050), (0, 0), (9, 220_500 - 66_149)] {
            let window = &track.audio().samples[start..start + 66_149];
            assert_eq!(rows.clips[row].values, extractor.extract(window).unwrap().values, "row {row}");
        }
    }

    #[test]
    fn hops_cover_a_track_of_any_length() {
        for (total, count) in [(0, 0), (1, 1), (149, 1), (150, 2), (1000, 10), (1049, 10), (1050, 11)] {
            let all: Vec<_> = windows(total, 100, 300).collect();
            assert_eq!(all.len(), count, "{total}");
            let mut end = 0;
            for (hop, window) in all {
                assert_eq!(hop.start, end);
                end = hop.end;
                assert_eq!(window.len(), 300.min(total));
                assert!(window.end <= total);
            }
            assert_eq!(end, total);
        }
    }

    #[test]
    fn a_track_beyond_the_limit_is_told_as_such() {
        let mut told = Vec::new();
        assert_eq!(LoadedTrack::load(wav(5.0), &LoadOptions::STANDARD, 3.0, &mut |at| told.push(at)).unwrap(), None);
        assert_eq!(told, [1.0, 2.0, 3.0]);
        assert!(LoadedTrack::load(wav(3.0), &LoadOptions::STANDARD, 3.0, &mut |_| ()).unwrap().is_some());
    }
}

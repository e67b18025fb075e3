//! One song, decoded once and cut in several ways.

use dsp::{
    AudioBuffer, AudioInput, FeatureExtractor, FeatureSpec, LoadOptions, LoadedTrack, SampleRate, TrackFeatures,
    track_features_within,
};
use serde::{Deserialize, Serialize};

use crate::limits::Limits;
use crate::outcome::Failure;

/// Extractors that are kept for the next song.
const KEPT: usize = 8;

/// What is wanted of a song.
#[derive(Debug, Clone, PartialEq)]
pub struct SongTask {
    /// Its rows, cut in these ways.
    pub cuts: Vec<Cut>,
    /// Its samples at this rate, in Hz.
    pub samples: Option<u32>,
    /// Longest song in s that is held in memory: of a longer one there are neither samples nor rows over time.
    pub most_seconds: f64,
}

/// A way to cut a song into rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// What a row is.
    pub spec: FeatureSpec,
    /// Seconds between the windows of rows over time, as [`LoadedTrack::rows_over_time`] has them; `None` is the
    /// specification's own clips.
    pub hop: Option<f64>,
}

/// What was made of a song.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeardSong {
    /// The rows of each cut, in their order; `None` for rows over time of a song that is too long for them.
    pub tracks: Vec<Option<TrackFeatures>>,
    /// The samples, if they were wanted and the song isn't too long for them.
    pub audio: Option<AudioBuffer>,
}

/// Reads songs in this process.
pub(crate) struct Ears {
    limits: Limits,
    /// The last used comes last.
    extractors: Vec<FeatureExtractor>,
}

impl Ears {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, extractors: Vec::new() }
    }

    /// Reads a song; `progress` is told the seconds decoded so far, of a song that is held in memory.
    pub(crate) fn hear(
        &mut self,
        input: &AudioInput,
        task: &SongTask,
        progress: &mut dyn FnMut(f64),
    ) -> Result<HeardSong, Failure> {
        let failure = |error: dsp::Error| Failure::from(&error);
        let held = match task.held_at() {
            Some(rate) => {
                let options = LoadOptions { rate: SampleRate::Hz(rate), ..self.options() };
                LoadedTrack::load(input, &options, task.most_seconds, progress).map_err(failure)?
            }
            None => None,
        };
        let mut tracks = Vec::with_capacity(task.cuts.len());
        for Cut { spec, hop } in &task.cuts {
            let limits = self.limits.input();
            let extractor = self.extractor(spec);
            let same_rate = held.as_ref().filter(|track| track.audio().rate == spec.sample_rate());
            let track = match (same_rate, hop) {
                (Some(track), Some(hop)) => Some(track.rows_over_time(*hop, extractor)),
                (Some(track), None) => Some(track.features(extractor)),
                (None, Some(_)) => None,
                (None, None) => Some(track_features_within(input, &limits, extractor)),
            };
            tracks.push(track.transpose().map_err(failure)?);
        }
        let audio = held.filter(|track| Some(track.audio().rate) == task.samples).map(LoadedTrack::into_audio);
        Ok(HeardSong { tracks, audio })
    }

    fn options(&self) -> LoadOptions {
        LoadOptions { limits: self.limits.input(), ..LoadOptions::default() }
    }

    /// The extractor of a specification, made if there is none.
    fn extractor(&mut self, spec: &FeatureSpec) -> &mut FeatureExtractor {
        let extractor = match self.extractors.iter().position(|extractor| extractor.spec() == spec) {
            Some(at) => self.extractors.remove(at),
            None => FeatureExtractor::new(spec),
        };
        if self.extractors.len() == KEPT {
            self.extractors.remove(0);
        }
        self.extractors.push(extractor);
        let last = self.extractors.len() - 1;
        &mut self.extractors[last]
    }
}

impl SongTask {
    /// The rate at which the song is held in memory, if that serves anything.
    fn held_at(&self) -> Option<u32> {
        let over_time = || self.cuts.iter().find(|cut| cut.hop.is_some());
        // Decoding once is less work than decoding for each of several cuts.
        let several = || self.cuts.first().filter(|_| self.cuts.len() > 1);
        self.samples.or_else(|| over_time().or_else(several).map(|cut| cut.spec.sample_rate()))
    }
}

#[cfg(test)]
mod tests {
    use dsp::{ClipLength, Convention, load, track_features};

    use super::*;
    use crate::FailureKind;

    /// Ten seconds of a tone that rises: a mono WAV of 16 bits at 22 050 Hz.
    fn song() -> AudioInput {
        let samples = 220_500u32;
        let mut file =
            Vec::from(*b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0data");
        file[4..8].copy_from_slice(&(36 + 2 * samples).to_le_bytes());
        file.extend((2 * samples).to_le_bytes());
        let sample = |n: u32| (9_000.0 * (f64::from(n) * (0.05 + f64::from(n) * 1e-7)).sin()) as i16;
        file.extend((0..samples).flat_map(|n| sample(n).to_le_bytes()));
        AudioInput::bytes("song.wav", file)
    }

    fn cut(seconds: f64, hop: Option<f64>) -> Cut {
        let spec = FeatureSpec::features(Convention::Librosa07, ClipLength::new(seconds).unwrap());
        Cut { spec, hop }
    }

    fn hear(task: &SongTask) -> HeardSong {
        Ears::new(Limits::default()).hear(&song(), task, &mut |_| ()).unwrap()
    }

    #[test]
    fn one_decoding_gives_what_one_for_each_cut_would() {
        let cuts = vec![cut(3.0, None), cut(30.0, None), cut(3.0, Some(2.0))];
        let heard = hear(&SongTask { cuts: cuts.clone(), samples: Some(22_050), most_seconds: 60.0 });
        for (cut, track) in cuts.iter().zip(&heard.tracks).take(2) {
            let alone = track_features(song(), &mut FeatureExtractor::new(&cut.spec)).unwrap();
            assert_eq!(track.as_ref(), Some(&alone));
        }
        let over_time = heard.tracks[2].as_ref().unwrap();
        assert_eq!(over_time.clips.len(), 5);
        assert_eq!(heard.audio.unwrap(), load(song(), &LoadOptions::STANDARD).unwrap());
    }

    #[test]
    fn a_song_too_long_for_memory_has_its_clips_and_nothing_else() {
        let cuts = vec![cut(3.0, None), cut(3.0, Some(2.0))];
        let heard = hear(&SongTask { cuts, samples: Some(22_050), most_seconds: 9.0 });
        assert_eq!(heard.tracks[0].as_ref().unwrap().clips.len(), 3);
        assert_eq!((heard.tracks[1].as_ref(), heard.audio), (None, None));
    }

    #[test]
    fn limits_hold_whatever_is_wanted() {
        let mut ears = Ears::new(Limits { seconds: 5.0, ..Limits::default() });
        for task in [
            SongTask { cuts: vec![cut(3.0, None)], samples: None, most_seconds: 60.0 },
            SongTask { cuts: vec![cut(3.0, Some(1.0))], samples: Some(22_050), most_seconds: 60.0 },
        ] {
            let failure = ears.hear(&song(), &task, &mut |_| ()).unwrap_err();
            assert_eq!(failure.kind, FailureKind::TooLong, "{failure}");
        }
    }
}

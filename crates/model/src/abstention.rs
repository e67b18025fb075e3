//! When a model rather says nothing.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Why a verdict names no genre.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// No genre is probable enough.
    LowConfidence,
    /// Most clips are unlike the music that the model has learnt from, so its probabilities mean nothing.
    Unfamiliar,
    /// Every clip is digital silence: a network names a genre for silence as well.
    Silent,
    /// There is sound in the channels, and next to nothing in their mean: one is the other's negative. A copy with the phase of
    /// one channel turned can be judged.
    ChannelsCancel,
}

/// The thresholds at which a model's verdict becomes `unsure`. How confident a network is when it is right, and how far songs
/// like those it learnt from leave the range of its training rows, depend on the number of genres, of rows and of columns: so
/// each model has its own, each set at a stated risk.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Abstention {
    /// A verdict whose genre has less probability than this is unsure, 0 to 1. It is as great as it can be while at most
    /// [`RIGHT_CALLED_UNSURE`](Self::RIGHT_CALLED_UNSURE) of the right verdicts on validation songs fall below it; 0 abstains
    /// from nothing.
    pub least_confidence: f32,
    /// A clip with a greater share of its columns outside the range of the training rows is unlike them, and so is a song of
    /// which most clips are, 0 to 1. It is as small as it can be while at most
    /// [`KNOWN_CALLED_UNFAMILIAR`](Self::KNOWN_CALLED_UNFAMILIAR) of songs like the training songs lie above it; 1 abstains
    /// from nothing.
    pub most_out_of_range: f64,
    /// Songs that the thresholds were set from; 0 where they are not of this model's own.
    pub songs: usize,
}

impl Abstention {
    /// Share of right verdicts that may be called unsure for low confidence.
    pub const RIGHT_CALLED_UNSURE: f64 = 0.10;
    /// Share of songs like the training songs that may be called unfamiliar.
    pub const KNOWN_CALLED_UNFAMILIAR: f64 = 0.02;

    /// What bundles of format 2 were judged by, whatever they had learnt: found on GTZAN. Of its songs by artists never heard
    /// before, 29 % of the verdicts below this confidence were right and 59 % of the others; of its 197 validation songs 8 were
    /// called unfamiliar, while noise and plain tones leave the range in a third of the 57 columns and more, and read speech in
    /// some four to nine.
    pub const OF_VERSION_2: Self = Self { least_confidence: 0.4, most_out_of_range: 0.06, songs: 0 };

    /// Whether these can be thresholds.
    ///
    /// # Errors
    ///
    /// [`Error::Abstention`]: one is not within 0 to 1.
    pub fn check(&self) -> Result<()> {
        let Self { least_confidence, most_out_of_range, .. } = *self;
        for (name, value) in
            [("least_confidence", f64::from(least_confidence)), ("most_out_of_range", most_out_of_range)]
        {
            // A NaN is in no range.
            if !(0.0..=1.0).contains(&value) {
                return Err(Error::Abstention { name, value });
            }
        }
        Ok(())
    }

    /// Why a song's most probable genre should not be believed; `None` where it may be.
    ///
    /// `confidence` is that genre's probability, `out_of_range` the song's
    /// [`out_of_range`](crate::song::out_of_range).
    pub fn doubt(&self, confidence: f32, out_of_range: f64) -> Option<Doubt> {
        if out_of_range > self.most_out_of_range {
            Some(Doubt::Unfamiliar)
        } else if confidence < self.least_confidence {
            Some(Doubt::LowConfidence)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::song::out_of_range;

    #[test]
    fn a_verdict_is_doubted_when_no_genre_is_probable_or_most_clips_are_out_of_range() {
        let abstention = Abstention::OF_VERSION_2;
        let strange = |clips: usize| out_of_range(&[0.5, 0.5, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0][4 - clips..8 - clips]);
        assert_eq!(abstention.doubt(0.6, strange(0)), None);
        assert_eq!(abstention.doubt(0.6, strange(2)), None);
        assert_eq!(abstention.doubt(0.6, strange(3)), Some(Doubt::Unfamiliar));
        assert_eq!(abstention.doubt(0.38, strange(0)), Some(Doubt::LowConfidence));
    }

    #[test]
    fn every_model_has_its_own_thresholds() {
        let of_two_genres = Abstention { least_confidence: 0.55, most_out_of_range: 0.2, songs: 40 };
        assert_eq!(of_two_genres.doubt(0.52, 0.0), Some(Doubt::LowConfidence));
        assert_eq!(of_two_genres.doubt(0.9, 0.1), None);
        let never = Abstention { least_confidence: 0.0, most_out_of_range: 1.0, songs: 0 };
        assert_eq!(never.doubt(0.0, 1.0), None);
    }

    #[test]
    fn thresholds_beyond_0_to_1_are_refused() {
        assert!(Abstention::OF_VERSION_2.check().is_ok());
        for bad in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
            let confidence = Abstention { least_confidence: bad as f32, ..Abstention::OF_VERSION_2 };
            let range = Abstention { most_out_of_range: bad, ..Abstention::OF_VERSION_2 };
            assert!(matches!(confidence.check(), Err(Error::Abstention { name: "least_confidence", .. })), "{bad}");
            assert!(matches!(range.check(), Err(Error::Abstention { name: "most_out_of_range", .. })), "{bad}");
        }
    }
}

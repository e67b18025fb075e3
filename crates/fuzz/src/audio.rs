//! Bytes to rows.

use std::cell::RefCell;

use dsp::{
    AudioInput, ClipLength, Convention, FeatureExtractor, FeatureSpec, MAX_LOST_SHARE, SampleRate, track_features,
};

use crate::heard::{check_error, check_report, hear};

/// Most samples of which rows are made. A few bytes can stand for hours.
const MOST: usize = 22_050;

thread_local! {
    /// Of the shortest clips.
    static EXTRACTOR: RefCell<Option<FeatureExtractor>> = RefCell::default();
}

/// An input as files in a folder are taken: decoded, cut into clips, each made a row.
pub fn audio(bytes: &[u8]) {
    let spec = spec();
    let heard = hear("input", bytes, SampleRate::Hz(spec.sample_rate()), MOST, 4096);
    if heard.as_ref().is_some_and(|heard| heard.samples.len() >= MOST) {
        return;
    }
    let track = EXTRACTOR.with_borrow_mut(|extractor| {
        let extractor = extractor.get_or_insert_with(|| FeatureExtractor::new(&spec));
        track_features(AudioInput::bytes("input", bytes), extractor)
    });
    let track = match track {
        Ok(track) => track,
        Err(e) => return check_error("input", &e),
    };
    check_report(&track.decoded);
    assert!(track.decoded.lost_share() <= MAX_LOST_SHARE, "{:?}", track.decoded);
    let heard = heard.filter(|heard| heard.ended).map(|heard| (heard.samples.len(), heard.report));
    let Some((samples, report)) = heard else { unreachable!("rows of what can't be read") };
    assert_eq!(track.decoded, report, "rows and samples are of one decoding");
    assert!(!track.clips.is_empty(), "a track without clips");
    for clip in &track.clips {
        assert!(clip.samples > 0 && clip.start_sample as usize + clip.samples <= samples, "{clip:?} of {samples}");
        assert_eq!(clip.values.len(), spec.len(), "{clip:?}");
        assert!(clip.values.iter().all(|value| value.is_finite()), "{clip:?}");
    }
}

fn spec() -> FeatureSpec {
    let shortest = ClipLength::new(ClipLength::MIN_SECONDS).unwrap_or(ClipLength::TENTH);
    FeatureSpec::features(Convention::Librosa011, shortest)
}

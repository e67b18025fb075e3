//! Tracks are cut as the GTZAN collection's feature tables were, in memory and from a stream alike.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod written;

use std::ops::Range;

use dsp::{AudioReader, ClipLength, ClipPlan, ClipReader, Error, LoadOptions, SampleRate, load};
use written::{Kind, save, sound, wav};

fn only(range: Range<usize>) -> Vec<Range<usize>> {
    Vec::from_iter([range])
}

#[test]
fn a_gtzan_track_is_one_clip_of_30_s() {
    let plan = ClipPlan::new(ClipLength::TRACK, 22_050).unwrap();
    for samples in [660_000, 661_500, 661_794, 675_808] {
        assert_eq!(plan.ranges(samples), only(0..samples));
    }
}

#[test]
fn a_gtzan_track_is_nine_or_ten_clips_of_3_s() {
    let plan = ClipPlan::new(ClipLength::TENTH, 22_050).unwrap();
    let clips = plan.ranges(661_794);
    assert_eq!(clips.len(), 10);
    assert_eq!(clips[0], 0..66_149);
    assert_eq!(clips[9], 9 * 66_150..9 * 66_150 + 66_149);
    assert_eq!(plan.ranges(660_000).len(), 9);
    assert_eq!(plan.ranges(661_499).len(), 10);
    assert_eq!(plan.ranges(661_498).len(), 9);
}

#[test]
fn one_and_a_half_steps_are_the_longest_single_clip() {
    let plan = ClipPlan::new(ClipLength::TENTH, 22_050).unwrap();
    assert_eq!(plan.ranges(99_225), only(0..99_225));
    assert_eq!(plan.ranges(99_226), only(0..66_149));
    assert_eq!(plan.ranges(1), only(0..1));
    assert!(plan.ranges(0).is_empty());
}

#[test]
fn lengths_that_no_clip_can_have_are_refused() {
    for seconds in [0.0, -3.0, f64::NAN, f64::INFINITY, 1e-9, 1e9] {
        let plan = ClipLength::new(seconds).and_then(|length| ClipPlan::new(length, 22_050));
        assert!(matches!(plan, Err(Error::InvalidOption { .. })), "{seconds} s");
    }
}

#[test]
fn clips_from_a_stream_are_those_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let plan = ClipPlan::new(ClipLength::new(0.1).unwrap(), 22_050).unwrap();
    let step = plan.step();
    for rate in [22_050, 16_000] {
        for samples in [1, step, step + step / 2, step + step / 2 + 1, 2 * step - 1, 5 * step - 2, 5 * step + 100] {
            let path = save(folder.path(), "a.wav", &wav(Kind::Int16, rate, 2, &sound(rate, samples)));
            let options = LoadOptions { rate: SampleRate::Hz(22_050), ..LoadOptions::default() };
            let whole = load(&path, &options).unwrap().samples;
            let mut clips = ClipReader::new(AudioReader::open(&path, &options).unwrap(), plan);
            for (index, range) in plan.ranges(whole.len()).into_iter().enumerate() {
                let clip = clips.next_clip().unwrap().expect("as many clips as ranges");
                assert_eq!(clip.index, index);
                assert_eq!(clip.start_sample, range.start as u64);
                assert!(clip.samples == &whole[range], "clip {index} of {samples} samples at {rate} Hz");
            }
            assert!(clips.next_clip().unwrap().is_none());
            assert!(clips.next_clip().unwrap().is_none());
        }
    }
}

#[test]
fn a_file_without_audio_gives_its_error_and_no_clip() {
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), "silent.wav", &wav(Kind::Int16, 22_050, 1, &[]));
    let reader = AudioReader::open(&path, &LoadOptions::default()).unwrap();
    let mut clips = ClipReader::new(reader, ClipPlan::new(ClipLength::TENTH, 22_050).unwrap());
    assert!(matches!(clips.next_clip(), Err(Error::Empty { .. })));
}

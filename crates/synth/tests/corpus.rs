//! What the tracks of a corpus are.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::io::Cursor;

use synth::{CorpusOptions, CorpusTrack, Error, Style, corpus};

fn options(tracks_per_genre: usize, seed: u64) -> CorpusOptions {
    CorpusOptions { tracks_per_genre, seconds: 0.5, seed }
}

fn tracks(options: &CorpusOptions) -> Vec<CorpusTrack> {
    corpus(options).unwrap().collect()
}

#[test]
fn a_corpus_has_gtzans_layout() {
    let paths: Vec<String> = tracks(&options(2, 1)).iter().map(CorpusTrack::path).collect();
    let expected: Vec<String> =
        Style::ALL.iter().flat_map(|style| (0..2).map(move |k| format!("{style}/{style}.{k:05}.wav"))).collect();
    assert_eq!(paths, expected);
    assert_eq!((paths.len(), paths[0].as_str()), (20, "blues/blues.00000.wav"));
}

#[test]
fn tracks_are_mono_16_bit_wav_at_22050_hz_of_the_length_asked_for() {
    for track in tracks(&options(1, 5)) {
        let mut reader = hound::WavReader::new(Cursor::new(track.wav().unwrap())).unwrap();
        let spec = reader.spec();
        assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (1, 22_050, 16), "{}", track.path());
        assert_eq!(spec.sample_format, hound::SampleFormat::Int);
        let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        assert_eq!(samples.len(), 11_025);
        assert!(samples.iter().any(|x| x.unsigned_abs() > 300), "{} is silent", track.path());
    }
}

#[test]
fn a_larger_corpus_begins_with_a_smaller_one_of_the_same_seed() {
    let (small, large, other) = (tracks(&options(1, 9)), tracks(&options(3, 9)), tracks(&options(1, 10)));
    for (at, track) in small.iter().enumerate() {
        let wav = track.wav().unwrap();
        let [same, next] = [0, 1].map(|number| &large[3 * at + number]);
        assert_eq!((same.path(), same.style()), (track.path(), track.style()));
        assert!(wav == same.wav().unwrap(), "{}", track.path());
        assert!(wav != next.wav().unwrap(), "{}", track.path());
        assert!(wav != other[at].wav().unwrap(), "{}", track.path());
    }
}

#[test]
fn options_out_of_range_are_refused() {
    for tracks in [0, 100_001] {
        assert!(matches!(corpus(&options(tracks, 0)).err().unwrap(), Error::Tracks { .. }), "{tracks} tracks");
    }
    for seconds in [0.0, -3.0, f64::NAN, f64::INFINITY, 601.0] {
        let error = corpus(&CorpusOptions { seconds, ..options(1, 0) }).err().unwrap();
        assert!(matches!(error, Error::Seconds { .. }), "{error}");
    }
}

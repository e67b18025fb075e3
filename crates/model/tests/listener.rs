//! Sound in, verdicts out: from a path, from bytes, and from many threads.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::f64::consts::TAU;

use burn::tensor::Device;
use model::{Abstention, AudioInput, Doubt, ErrorKind, Listener, ModelBundle, Transform, Verdict};

const RATE: u32 = 22_050;

/// A WAV of 16-bit samples, interleaved.
fn wav(channels: u16, samples: impl Iterator<Item = f64>) -> Vec<u8> {
    let data: Vec<u8> = samples.flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect();
    let align = 2 * channels;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    bytes.extend(channels.to_le_bytes());
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((RATE * u32::from(align)).to_le_bytes());
    bytes.extend(align.to_le_bytes());
    bytes.extend(b"\x10\0data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

/// A chord whose loudness beats, with an overtone of its own: `song(n)` differ.
fn song(number: u32, seconds: u32) -> Vec<u8> {
    let samples = (0..RATE * seconds).map(move |at| {
        let t = f64::from(at) / f64::from(RATE);
        let tone = |hertz: f64| (TAU * hertz * t).sin();
        let beat = 0.5 + 0.5 * (TAU * 2.0 * t).cos();
        0.2 * beat * (tone(220.0) + tone(277.2) + tone(110.0 * f64::from(number + 3)))
    });
    wav(1, samples)
}

/// A listener to clips of 3 s.
fn listener() -> Listener {
    let abstention = Abstention { least_confidence: 0.0, most_out_of_range: 1.0, songs: 0 };
    let network = support::classifier(Transform::Rank, &Device::flex());
    let bundle = ModelBundle::new(network, support::labels(), support::spec(3.0), abstention, support::facts());
    Listener::new(bundle.unwrap())
}

#[test]
fn a_listener_serves_all_threads() {
    const fn shared<T: Send + Sync>() {}
    const { shared::<Listener>() };
    const { shared::<ModelBundle>() };
}

#[test]
fn bytes_and_a_path_get_the_same_verdict() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("song.wav");
    std::fs::write(&path, song(1, 7)).unwrap();
    let listener = listener();
    let from_path = listener.listen(&path).unwrap();
    let from_bytes = listener.listen(AudioInput::bytes("song.wav", song(1, 7))).unwrap();
    assert_eq!(from_path, from_bytes);
    assert!(from_bytes.genre.is_some());
    // A clip lacks the last sample of its 3 s.
    let samples = |seconds: Option<f64>| (seconds.unwrap() * f64::from(RATE)).round();
    let clips: Vec<_> = from_bytes.clips.iter().map(|clip| (samples(clip.start), samples(clip.end))).collect();
    assert_eq!(clips, [(0.0, 66_149.0), (66_150.0, 132_299.0)]);
}

#[test]
fn many_threads_get_the_verdicts_that_one_gets() {
    let listener = listener();
    let songs: Vec<AudioInput> =
        (0..4).map(|number| AudioInput::bytes(format!("{number}.wav"), song(number, 4))).collect();
    let listen = |song: &AudioInput| listener.listen(song.clone()).unwrap();
    let alone: Vec<Verdict> = songs.iter().map(listen).collect();
    assert!(alone.windows(2).any(|pair| pair[0] != pair[1]), "the songs differ");
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| songs.iter().map(listen).collect::<Vec<_>>())).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), alone);
        }
    });
}

#[test]
fn silent_clips_do_not_vote() {
    let listener = listener();
    // Ends before its clip does, so that the next has nothing of it.
    let music = &song(2, 3)[..44 + 2 * 66_000];
    let samples = music[44..].chunks(2).map(|sample| f64::from(i16::from_le_bytes([sample[0], sample[1]])) / 32_767.0);
    let quiet_end = wav(1, samples.chain(std::iter::repeat_n(0.0, 9 * RATE as usize)));
    let music = listener.listen(AudioInput::bytes("music.wav", music)).unwrap();
    let verdict = listener.listen(AudioInput::bytes("quiet end.wav", quiet_end)).unwrap();
    assert_eq!(verdict.clips.iter().map(|clip| clip.silent).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(verdict.top[0].genre, music.top[0].genre);
    assert!((verdict.confidence - music.confidence).abs() < 0.01, "{} {}", verdict.confidence, music.confidence);
}

#[test]
fn silence_and_channels_that_cancel_are_told_apart_by_name() {
    let listener = listener();
    let silence = wav(1, std::iter::repeat_n(0.0, 4 * RATE as usize));
    let verdict = listener.listen(AudioInput::bytes("nothing.wav", silence)).unwrap();
    assert_eq!((verdict.genre, verdict.doubt), (None, Some(Doubt::Silent)));

    let tone = (0..4 * RATE).map(|at| 0.5 * (TAU * 440.0 * f64::from(at) / f64::from(RATE)).sin());
    let upside_down = wav(2, tone.flat_map(|sample| [sample, -sample]));
    let verdict = listener.listen(AudioInput::bytes("both.wav", upside_down)).unwrap();
    assert_eq!((verdict.genre, verdict.doubt), (None, Some(Doubt::ChannelsCancel)));
}

#[test]
fn what_is_no_audio_is_refused_by_name_and_the_listener_goes_on() {
    let listener = listener();
    for bad in [&b""[..], b"thesis", &[0xff; 4_096]] {
        let error = listener.listen(AudioInput::bytes("thesis.mp3", bad)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Audio(_)), "{error:?}");
        assert!(error.to_string().contains("thesis.mp3"), "{error}");
    }
    let nowhere = listener.listen(std::path::Path::new("no/such/song.wav")).unwrap_err();
    assert!(nowhere.to_string().contains("song.wav"), "{nowhere}");
    assert!(listener.listen(AudioInput::bytes("song.wav", song(1, 4))).is_ok());
}

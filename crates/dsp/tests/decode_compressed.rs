//! Compressed files give what librosa gives: the same number of samples, at the same place.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod written;

use std::f64::consts::TAU;

use dsp::{AudioInput, LoadOptions, SampleRate, load};
use written::{assert_close_to_golden, encoded, golden, save};

const NATIVE: LoadOptions = LoadOptions { rate: SampleRate::Native, ..LoadOptions::STANDARD };

#[test]
fn mp3_vorbis_flac_and_m4a_equal_librosa() {
    let golden = golden();
    let stride = golden["stride"].as_u64().unwrap() as usize;
    // librosa reads M4A through 16 bits: half a step, and FFmpeg's rounding.
    for (name, tolerance) in [
        ("lame.mp3", 2e-6),
        ("headerless.mp3", 2e-6),
        ("vorbis.ogg", 2e-6),
        ("stereo.flac", 1e-8),
        ("priming.m4a", 3.2e-5),
    ] {
        let audio = load(encoded(name), &NATIVE).unwrap();
        assert_eq!(u64::from(audio.rate), golden["files"][name]["rate"].as_u64().unwrap(), "{name}");
        assert_close_to_golden(&audio.samples, &golden["files"][name], stride, tolerance, name);
    }
}

/// Opus in each of its modes, of one channel, two and six, and in each container.
#[test]
fn opus_equals_libopus() {
    let golden = golden();
    let stride = golden["stride"].as_u64().unwrap() as usize;
    for name in ["celt.opus", "silk.opus", "hybrid.opus", "surround.opus", "celt.webm", "celt.mp4"] {
        let mut audio = load(encoded(name), &NATIVE).unwrap();
        assert_eq!(audio.rate, 48_000, "{name}");
        if name == "celt.webm" {
            // What pads the last packet stays, since symphonia doesn't say how much it is.
            assert_eq!(audio.samples.len(), 12_168);
            audio.samples.truncate(12_000);
        }
        // The decoder computes in whole numbers, libopus in floating point.
        assert_close_to_golden(&audio.samples, &golden["files"][name], stride, 6e-4, name);
    }
}

/// Eleven frames of 1152 samples; a length estimated from the bit rate of the first frame would be four.
#[test]
fn every_frame_of_a_headerless_variable_rate_mp3_is_read() {
    assert_eq!(load(encoded("variable.mp3"), &NATIVE).unwrap().samples.len(), 11 * 1_152);
}

/// The 440 Hz tone of the signal, in the middle of the file, has the phase of a sine that began at sample 0.
#[test]
fn delay_of_the_encoder_is_removed() {
    for name in ["lame.mp3", "vorbis.ogg", "priming.m4a"] {
        let audio = load(encoded(name), &NATIVE).unwrap();
        // 22 periods of 440 Hz; the mean halves the amplitude of 0.4.
        let window = 3_000..3_000 + 2_205;
        let (mut sine, mut cosine) = (0.0, 0.0);
        for i in window.clone() {
            let phase = TAU * 440.0 * i as f64 / 44_100.0;
            sine += f64::from(audio.samples[i]) * phase.sin() * 2.0 / window.len() as f64;
            cosine += f64::from(audio.samples[i]) * phase.cos() * 2.0 / window.len() as f64;
        }
        let late = -cosine.atan2(sine) / (TAU * 440.0) * 44_100.0;
        // Lossy coding shifts the phase by a sample or two; a delay left in place would be hundreds.
        assert!(late.abs() < 4.0, "{name} is {late} samples late");
        assert!((sine.hypot(cosine) - 0.2).abs() < 0.02, "{name}: amplitude {}", sine.hypot(cosine));
    }
}

/// Two MP3 files in one, the second at half the rate with one channel instead of two.
#[test]
fn joined_mp3_files_are_played_to_the_end() {
    let [high, low] = ["headerless.mp3", "low.mp3"].map(|name| std::fs::read(encoded(name)).unwrap());
    let decode = |bytes: Vec<u8>| load(AudioInput::bytes("a.mp3", bytes), &NATIVE).unwrap();
    let (first, second) = (decode(high.clone()), decode(low.clone()));
    assert_eq!((first.rate, second.rate), (44_100, 22_050));
    let joined = decode([&high[..], &low].concat());
    assert_eq!((joined.rate, joined.samples.len()), (44_100, first.samples.len() + 2 * second.samples.len()));
    assert!(joined.samples[..first.samples.len()] == first.samples);
    let joined = decode([&low[..], &high].concat());
    assert_eq!((joined.rate, joined.samples.len()), (22_050, second.samples.len() + first.samples.len().div_ceil(2)));
}

#[test]
fn a_damaged_mp3_frame_leaves_the_rest_readable() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(encoded("lame.mp3")).unwrap();
    let whole = load(encoded("lame.mp3"), &NATIVE).unwrap().samples;
    let middle = bytes.len() / 2;
    bytes[middle..middle + 150].fill(0x55);
    let samples = load(save(folder.path(), "damaged.mp3", &bytes), &NATIVE).unwrap().samples;
    assert!(samples.len() + 3 * 1_152 >= whole.len() && samples.len() <= whole.len(), "{} samples", samples.len());
    assert_eq!(samples[..2_000], whole[..2_000]);
}

#[test]
fn an_mp3_cut_off_gives_the_samples_before_the_cut() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(encoded("lame.mp3")).unwrap();
    let whole = load(encoded("lame.mp3"), &NATIVE).unwrap().samples;
    let cut = save(folder.path(), "cut.mp3", &bytes[..bytes.len() / 2]);
    let samples = load(&cut, &NATIVE).unwrap().samples;
    assert!(samples.len() > whole.len() / 4 && samples.len() < whole.len() * 3 / 4, "{} samples", samples.len());
    assert_eq!(samples, whole[..samples.len()]);
}

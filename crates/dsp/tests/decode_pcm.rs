//! Uncompressed files, written here byte by byte, give exactly the samples written.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod written;

use std::path::Path;

use dsp::{AudioReader, LoadOptions, SampleRate, load, load_channels};
use written::{Kind, aiff, au, au_of_bytes, encoded, save, sound, wav};

const NATIVE: LoadOptions = LoadOptions { rate: SampleRate::Native, ..LoadOptions::STANDARD };

fn mean_of_channels(interleaved: &[f64], channels: usize, kind: Kind) -> Vec<f32> {
    interleaved
        .chunks(channels)
        .map(|frame| frame.iter().fold(0.0, |sum, &v| sum + kind.read_back(v)) / channels as f32)
        .collect()
}

fn assert_reads(path: &Path, rate: u32, expected: &[f32]) {
    let audio = load(path, &NATIVE).unwrap();
    assert_eq!(audio.rate, rate, "{}", path.display());
    assert_eq!(audio.samples.len(), expected.len(), "{}", path.display());
    let wrong = audio.samples.iter().zip(expected).position(|(a, e)| a != e);
    assert_eq!(wrong, None, "{}: first sample that differs", path.display());
}

#[test]
fn every_pcm_width_of_wav_au_and_aiff_is_read_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let interleaved = sound(22_050, 5_000);
    for kind in Kind::ALL {
        let expected = mean_of_channels(&interleaved, 2, kind);
        let path = save(folder.path(), &format!("{kind:?}.wav"), &wav(kind, 22_050, 2, &interleaved));
        assert_reads(&path, 22_050, &expected);
        let path = save(folder.path(), &format!("{kind:?}.au"), &au(kind, 22_050, 2, &interleaved));
        assert_reads(&path, 22_050, &expected);
        if !matches!(kind, Kind::Float32 | Kind::Float64) {
            let path = save(folder.path(), &format!("{kind:?}.aiff"), &aiff(kind, 22_050, 2, &interleaved));
            assert_reads(&path, 22_050, &expected);
        }
    }
}

#[test]
fn full_scale_is_minus_one_to_just_below_one() {
    let folder = tempfile::tempdir().unwrap();
    let extremes = [-1.0, 127.0 / 128.0, 0.0];
    for (name, bytes) in [
        ("a.wav", wav(Kind::Int8, 8_000, 1, &extremes)),
        ("a.au", au(Kind::Int8, 8_000, 1, &extremes)),
        ("a.aiff", aiff(Kind::Int8, 8_000, 1, &extremes)),
    ] {
        assert_reads(&save(folder.path(), name, &bytes), 8_000, &[-1.0, 127.0 / 128.0, 0.0]);
    }
}

#[test]
fn any_number_of_channels_becomes_their_mean() {
    let folder = tempfile::tempdir().unwrap();
    for channels in [1, 2, 3, 6, 8] {
        let interleaved: Vec<f64> = sound(16_000, 4 * channels).into_iter().take(8 * channels).collect();
        let expected = mean_of_channels(&interleaved, channels, Kind::Int16);
        let wav_bytes = wav(Kind::Int16, 16_000, channels as u16, &interleaved);
        assert_reads(&save(folder.path(), "channels.wav", &wav_bytes), 16_000, &expected);
        let au_bytes = au(Kind::Int16, 16_000, channels as u32, &interleaved);
        assert_reads(&save(folder.path(), "channels.au", &au_bytes), 16_000, &expected);
    }
}

/// Values of the tables in ITU-T G.711, scaled to 16 bits: both ends, both zeros, and one from the middle.
#[test]
fn au_companding_follows_g711() {
    let folder = tempfile::tempdir().unwrap();
    let scaled = |values: &[i32]| values.iter().map(|&v| v as f32 / 32_768.0).collect::<Vec<_>>();
    let mu = au_of_bytes(1, 8_000, 1, &[0x00, 0x80, 0x7f, 0xff, 0x70, 0xe0]);
    assert_reads(&save(folder.path(), "mu.au", &mu), 8_000, &scaled(&[-32_124, 32_124, 0, 0, -120, 372]));
    let a = au_of_bytes(27, 8_000, 1, &[0x2a, 0xaa, 0x55, 0xd5, 0x80, 0x00]);
    assert_reads(&save(folder.path(), "a.au", &a), 8_000, &scaled(&[-32_256, 32_256, -8, 8, 5_504, -5_504]));
}

#[test]
fn au_of_unknown_length_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let interleaved = sound(22_050, 5_000);
    let mut bytes = au(Kind::Int16, 22_050, 2, &interleaved);
    bytes[8..12].fill(0xff);
    // One byte too many is a cut-off frame.
    bytes.push(0);
    assert_reads(&save(folder.path(), "a.au", &bytes), 22_050, &mean_of_channels(&interleaved, 2, Kind::Int16));
}

#[test]
fn wav_written_to_a_pipe_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let interleaved = sound(22_050, 5_000);
    let expected = mean_of_channels(&interleaved, 2, Kind::Int16);
    for sizes in [[0x00; 4], [0xff; 4]] {
        let mut bytes = wav(Kind::Int16, 22_050, 2, &interleaved);
        bytes[4..8].copy_from_slice(&sizes);
        bytes[40..44].copy_from_slice(&sizes);
        assert_reads(&save(folder.path(), "piped.wav", &bytes), 22_050, &expected);
    }
}

#[test]
fn flac_is_read_exactly() {
    let expected = mean_of_channels(&sound(22_050, 2_400), 2, Kind::Int16);
    assert_reads(&encoded("stereo.flac"), 22_050, &expected);
}

#[test]
fn the_content_decides_and_not_the_extension() {
    let folder = tempfile::tempdir().unwrap();
    let interleaved = sound(22_050, 1_000);
    let expected = mean_of_channels(&interleaved, 2, Kind::Int16);
    assert_reads(&save(folder.path(), "wav.mp3", &wav(Kind::Int16, 22_050, 2, &interleaved)), 22_050, &expected);
    assert_reads(&save(folder.path(), "au.wav", &au(Kind::Int16, 22_050, 2, &interleaved)), 22_050, &expected);
    assert_reads(&save(folder.path(), "aiff", &aiff(Kind::Int16, 22_050, 2, &interleaved)), 22_050, &expected);
}

#[test]
fn channels_are_read_one_by_one_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let interleaved = sound(16_000, 9_000);
    let path = save(folder.path(), "a.wav", &wav(Kind::Int16, 16_000, 2, &interleaved));
    let channels = load_channels(&path, &NATIVE).unwrap();
    assert_eq!(channels.len(), 2);
    for (number, channel) in channels.iter().enumerate() {
        let own: Vec<f64> = interleaved.iter().skip(number).step_by(2).copied().collect();
        assert_eq!(channel.samples, mean_of_channels(&own, 1, Kind::Int16));
    }
    // Resampling is linear: the mean of the channels' is that of their mean, but for rounding.
    let options = LoadOptions { offset: 0.1, duration: Some(0.3), ..LoadOptions::STANDARD };
    let (mean, channels) = (load(&path, &options).unwrap(), load_channels(&path, &options).unwrap());
    assert!(channels.iter().all(|channel| channel.rate == 22_050 && channel.samples.len() == mean.samples.len()));
    let both = channels[0].samples.iter().zip(&channels[1].samples).map(|(a, b)| (a + b) / 2.0);
    assert!(both.zip(&mean.samples).all(|(ours, mean)| (ours - mean).abs() < 1e-6));
    // There is no third: it is the last.
    let third = load(&path, &LoadOptions { channel: Some(2), ..options }).unwrap();
    assert_eq!(third, channels[1]);
}

#[test]
fn offset_and_duration_cut_samples_out_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let interleaved = sound(8_000, 12_000);
    let whole = mean_of_channels(&interleaved, 2, Kind::Int16);
    let path = save(folder.path(), "a.wav", &wav(Kind::Int16, 8_000, 2, &interleaved));
    let cut = |offset, duration| load(&path, &LoadOptions { offset, duration, ..NATIVE }).unwrap().samples;
    assert_eq!(cut(0.5, None), whole[4_000..]);
    assert_eq!(cut(0.5, Some(0.25)), whole[4_000..6_000]);
    // 0.00049 s are 3.92 samples, rounded down as by librosa.
    assert_eq!(cut(0.000_49, Some(0.000_99)), whole[3..10]);
    assert_eq!(cut(1.0, Some(100.0)), whole[8_000..]);
}

#[test]
fn reading_in_pieces_gives_the_same_samples() {
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), "a.wav", &wav(Kind::Int16, 16_000, 2, &sound(16_000, 9_000)));
    for rate in [SampleRate::Native, SampleRate::Hz(22_050)] {
        let options = LoadOptions { rate, ..LoadOptions::default() };
        let whole = load(&path, &options).unwrap().samples;
        for max in [1, 7, 1_000, 100_000] {
            let mut reader = AudioReader::open(&path, &options).unwrap();
            let mut samples = Vec::new();
            loop {
                let count = reader.read(&mut samples, max).unwrap();
                assert!(count <= max);
                if count == 0 {
                    break;
                }
            }
            assert!(samples == whole, "{max} samples at a time");
        }
    }
}

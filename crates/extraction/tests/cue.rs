//! Album images with CUE sheets are taken apart into their tracks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use dsp::{AudioInput, ClipLength, Convention, FeatureSpec};
use extraction::{Extraction, FailureKind, Found, SongFinder, Songs, audio_files, distinct_names};
use proptest::prelude::*;
use tempfile::TempDir;

/// As Exact Audio Copy writes it: Windows-1252, CRLF, a pause before the second track.
const EAC: &[u8] = b"REM GENRE Jazz\r\nREM DATE 1959\r\nREM COMMENT \"ExactAudioCopy v1.0b3\"\r\n\
PERFORMER \"J\xfcrgen\"\r\nTITLE \"The Album\"\r\nFILE \"Range.wav\" WAVE\r\n\
  TRACK 01 AUDIO\r\n    TITLE \"S\xfc\xdf \x96 a \"quoted\" one\"\r\n    PERFORMER \"J\xfcrgen\"\r\n    FLAGS DCP\r\n    INDEX 01 00:00:00\r\n\
  TRACK 02 AUDIO\r\n    TITLE \"Blue / Green\"\r\n    ISRC DEA450300001\r\n    INDEX 00 00:00:40\r\n    INDEX 01 00:00:60\r\n\
  TRACK 03 AUDIO\r\n    PREGAP 00:02:00\r\n    INDEX 01 00:02:00\r\n    INDEX 02 00:02:10\r\n";

/// The same sort by foobar2000: UTF-8 with a mark, no indentation to speak of.
const FOOBAR: &str = "\u{feff}REM DISCID 1\nFILE \"album.flac\" WAVE\n TRACK 01 AUDIO\n  INDEX 01 00:00:00\n \
TRACK 02 AUDIO\n  TITLE \"Für\"\n  INDEX 01 00:01:00\n";

/// A folder with these files; each folder of theirs is made.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = root.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    root
}

fn songs_of(paths: &[PathBuf]) -> Songs {
    SongFinder::default().songs(audio_files(paths).unwrap())
}

fn songs_in(root: &TempDir) -> Songs {
    songs_of(&[root.path().to_owned()])
}

/// Names below the folder, with bounds.
fn told(root: &TempDir, songs: &Songs) -> Vec<String> {
    let name = |input: &AudioInput| {
        let name = Path::new(&input.name()).strip_prefix(root.path()).unwrap().display().to_string();
        match input {
            AudioInput::Excerpt { start, end, .. } => {
                format!("{name} {start}-{}", end.map_or(String::new(), |end| end.to_string()))
            }
            _ => name,
        }
    };
    songs.inputs.iter().map(name).collect()
}

#[test]
fn a_sheet_of_exact_audio_copy_divides_the_compressed_image() {
    let root =
        folder(&[("a.mp3", b""), ("b/range.flac", b""), ("b/Album.cue", EAC), ("b/cover.jpg", b""), ("c.wav", b"")]);
    let songs = songs_in(&root);
    let expected = [
        "a.mp3",
        "b/range#01 Süß – a \"quoted\" one.flac 0-60",
        "b/range#02 Blue _ Green.flac 60-150",
        "b/range#03.flac 150-",
        "c.wav",
    ];
    assert_eq!(told(&root, &songs), expected);
    assert!(songs.sheets_refused.is_empty() && songs.unreadable.is_empty());
    assert_eq!(songs.passed_over.to_string(), "1 file without an audio ending");
    assert_eq!(songs.inputs[1].path(), Some(root.path().join("b/range.flac").as_path()));
    let names: Vec<String> = songs.inputs.iter().map(AudioInput::name).collect();
    assert_eq!(distinct_names(&names)[2], "range#02 Blue _ Green.flac");
}

#[test]
fn sheets_are_read_in_every_encoding_and_form() {
    let utf16: Vec<u8> = FOOBAR.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let xld =
        "file album.wav WAVE\rtrack 1 audio\rindex 1 0:0:0\rtrack 2 audio\rtitle Für\rindex 01 00:01:00\r".as_bytes();
    let twice = "FILE \"C:\\rips\\..\\album.flac\" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nFILE \"C:\\rips\\..\\album.flac\" \
                 WAVE\nTRACK 02 AUDIO\nTITLE Für\nINDEX 01 00:01:00\nINDEX 05 garbage\nUNKNOWN \u{1}";
    let elsewhere = "FILE \"../CD \u{fffd}.ape\" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nTITLE \"Für\nINDEX 01 00:01:00";
    for (at, content) in
        [FOOBAR.as_bytes(), &utf16, xld, twice.as_bytes(), elsewhere.as_bytes()].into_iter().enumerate()
    {
        for name in ["album.cue", "album.flac.cue"] {
            let root = folder(&[("album.flac", b""), (name, content)]);
            assert_eq!(told(&root, &songs_in(&root)), ["album#01.flac 0-75", "album#02 Für.flac 75-"], "{at}");
        }
    }
}

#[test]
fn tracks_of_data_are_no_songs_and_end_the_one_before() {
    let sheet = b"FILE \"a.wav\" WAVE\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 01 00:01:00\n\
        TRACK 03 AUDIO\nINDEX 01 00:02:00\nTRACK 04 MODE2/2352\nINDEX 01 00:03:00\nTRACK 05 MODE1/2352\n";
    let root = folder(&[("a.wav", b""), ("a.cue", sheet)]);
    assert_eq!(told(&root, &songs_in(&root)), ["a#02.wav 75-150", "a#03.wav 150-225"]);
}

#[test]
fn a_sheet_of_files_with_a_track_each_divides_nothing() {
    let sheet = b"FILE \"01.wav\" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 00 00:03:00\n\
        FILE \"02.wav\" WAVE\nINDEX 01 00:00:00\nTRACK 03 AUDIO\nINDEX 01 00:01:00\n";
    let root = folder(&[("01.wav", b""), ("02.wav", b""), ("x.cue", sheet)]);
    assert_eq!(told(&root, &songs_in(&root)), ["01.wav", "02#02.wav 0-75", "02#03.wav 75-"]);
    let alone = b"FILE \"01.wav\" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\n";
    let root = folder(&[("01.wav", b""), ("x.cue", alone)]);
    let songs = songs_in(&root);
    assert_eq!(told(&root, &songs), ["01.wav"]);
    assert_eq!(songs.passed_over.other_files, 1);
}

#[test]
fn the_first_sheet_by_name_wins_and_others_divide_no_other_file() {
    let other = FOOBAR.replace("TRACK 02", "TRACK 07");
    let root = folder(&[
        ("album.flac", b""),
        ("1.cue", other.as_bytes()),
        ("album.cue", FOOBAR.as_bytes()),
        ("x/album.flac", b""),
    ]);
    assert_eq!(told(&root, &songs_in(&root)), ["album#01.flac 0-75", "album#07 Für.flac 75-", "x/album.flac"]);
    // The sheet's own name counts only where the file that it lists isn't there.
    let root = folder(&[("album.flac", b""), ("other.flac", b""), ("other.cue", FOOBAR.as_bytes())]);
    assert_eq!(told(&root, &songs_in(&root)), ["album#01.flac 0-75", "album#02 Für.flac 75-", "other.flac"]);
}

#[test]
fn a_sheet_that_cannot_be_used_is_told_and_its_image_stays_one_song() {
    for (sheet, reason) in [
        (&b"\x00\x01\x02 no sheet"[..], "it lists no tracks"),
        (b"TRACK 01 AUDIO\n", "line 1: a TRACK stands before the first FILE"),
        (b"FILE a.wav WAVE\n\nINDEX 01 00:00:00\n", "line 3: an INDEX stands before the first TRACK"),
        (b"FILE a.wav WAVE\r\n\r\nTRACK one AUDIO\r\n", "line 3: `one` is no track number"),
        (b"FILE \"a.wav WAVE\n", "line 1: FILE needs the name of a file"),
        (b"FILE a.wav WAVE\nTRACK 1 AUDIO\nINDEX 01 00:61:00\n", "line 3: `00:61:00` is no time as in 03:25:74"),
        (b"FILE a.wav WAVE\nTRACK 1 AUDIO\nINDEX 01 99999999:00:00\n", "line 3: `99999999:00:00` is no time"),
        (b"FILE a.wav WAVE\nTRACK 1 AUDIO\nINDEX 00 00:00:00\n", "line 2: track 1 has no INDEX 01"),
        (
            b"FILE a.wav WAVE\nTRACK 1 AUDIO\nINDEX 01 00:09:00\nTRACK 2 AUDIO\nINDEX 01 00:09:00\n",
            "line 4: track 2 doesn't come after track 1",
        ),
        (&[b' '; (1 << 20) + 1], "it is larger than 1 MiB"),
    ] {
        let root = folder(&[("a.wav", b""), ("a.cue", sheet)]);
        let songs = songs_in(&root);
        assert_eq!(told(&root, &songs), ["a.wav"]);
        let [refused] = &songs.sheets_refused[..] else { panic!("{reason}: {songs:?}") };
        assert_eq!(refused.name, root.path().join("a.cue").display().to_string());
        assert!(refused.failure.message.starts_with(reason), "{refused}");
        assert!(songs.passed_over.is_empty() && songs.unreadable.is_empty(), "{reason}");
    }
}

#[test]
fn a_sheet_that_is_named_stands_for_the_files_it_lists() {
    let other = FOOBAR.replace("TRACK 02", "TRACK 07");
    let root =
        folder(&[("album.flac", b""), ("a.cue", FOOBAR.as_bytes()), ("z.cue", other.as_bytes()), ("zz.wav", b"")]);
    let at = |name: &str| root.path().join(name);
    let tracks = ["album#01.flac 0-75", "album#07 Für.flac 75-"];
    assert_eq!(told(&root, &songs_of(&[at("z.cue")])), tracks);
    assert_eq!(told(&root, &songs_of(&[at("z.cue"), at("album.flac"), at("a.cue")])), tracks);
    // One by one, files come once as well.
    let mut finder = SongFinder::default();
    let mut next = |name: &str| told(&root, &finder.songs(audio_files(&[at(name)]).unwrap()));
    assert_eq!(
        (next("zz.wav"), next("z.cue"), next("album.flac")),
        (vec!["zz.wav".to_owned()], tracks.map(String::from).to_vec(), vec![])
    );
}

#[test]
fn a_sheet_that_is_named_and_leads_nowhere_is_a_failure() {
    let data = b"FILE a.wav WAVE\nTRACK 1 MODE1/2352\nINDEX 01 00:00:00\n";
    let root = folder(&[("a.wav", b""), ("bad.cue", b"x"), ("lost.cue", FOOBAR.as_bytes()), ("data.cue", data)]);
    for (name, kind, message) in [
        ("bad.cue", FailureKind::Corrupt, "it lists no tracks; mend the sheet, or leave it out"),
        ("lost.cue", FailureKind::Unreadable, "the CUE sheet lists `album.flac`, which doesn't lie beside it"),
        ("data.cue", FailureKind::NoAudio, "the CUE sheet lists no tracks of sound"),
    ] {
        let songs = songs_of(&[root.path().join(name), root.path().join("a.wav")]);
        assert_eq!(told(&root, &songs), ["a.wav"]);
        let [failed] = &songs.unreadable[..] else { panic!("{name}: {songs:?}") };
        assert_eq!((failed.name.as_str(), failed.failure.kind), (root.path().join(name).to_str().unwrap(), kind));
        assert_eq!(failed.failure.message, message);
        assert!(songs.sheets_refused.iter().all(|refused| refused.name != failed.name));
    }
}

/// A WAV file of noise, 16 bits at 44 100 Hz.
fn wav(samples: &[i16]) -> Vec<u8> {
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + 2 * samples.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(44_100u32.to_le_bytes());
    bytes.extend(88_200u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((2 * samples.len() as u32).to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

#[test]
fn a_track_of_an_image_has_the_rows_of_a_file_of_its_own() {
    let mut state = 1u32;
    let samples: Vec<i16> = (0..4 * 44_100)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as i16
        })
        .collect();
    let root = folder(&[("range.wav", &wav(&samples)), ("range.cue", EAC)]);
    let spec = FeatureSpec::features(Convention::Librosa07, ClipLength::new(0.5).unwrap());
    let extraction = Extraction::new(spec);
    let tracks: Vec<_> = extraction.outcomes(songs_in(&root).inputs).collect();
    let bounds = [0, 60 * 588, 150 * 588, samples.len()];
    assert_eq!(tracks.len(), 3);
    for (at, track) in tracks.into_iter().enumerate() {
        let alone = AudioInput::bytes("alone.wav", wav(&samples[bounds[at]..bounds[at + 1]]));
        let alone = extraction.outcomes(vec![alone]).next().unwrap().result.unwrap();
        let result = track.result.unwrap();
        assert_eq!(result.clips, alone.clips, "{}", track.name);
        assert!((result.decoded.seconds - alone.decoded.seconds).abs() < 1e-9 && result.decoded.is_whole());
    }
}

/// Lines of a sheet with bytes that don't belong there.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let words: [&[u8]; 12] = [
        b"FILE ",
        b"TRACK ",
        b"INDEX ",
        b"TITLE ",
        b"\"",
        b"a.wav",
        b" AUDIO",
        b"01 ",
        b"02 00:00:0",
        b"\n",
        b":",
        b"\x83\x5c\x83\x8a\x81\x5b",
    ];
    let word = prop_oneof![
        8 => prop::sample::select(words.to_vec()).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_sheet_holds_no_song_is_lost(content in prop_oneof![lines(), prop::collection::vec(any::<u8>(), 0..300)]) {
        let root = folder(&[("a.wav", b""), ("a.cue", &content)]);
        let songs = songs_in(&root);
        prop_assert!(!songs.inputs.is_empty());
        let image = root.path().join("a.wav");
        let mut last = 0;
        for input in &songs.inputs {
            prop_assert_eq!(input.path(), Some(image.as_path()));
            if let AudioInput::Excerpt { start, end, .. } = input {
                prop_assert!(*start >= last && end.is_none_or(|end| end > *start));
                last = end.unwrap_or(u32::MAX);
            }
        }
        let files = vec![root.path().join("a.cue")];
        SongFinder::default().songs(Found { files, ..Found::default() });
    }
}

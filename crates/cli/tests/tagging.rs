//! `gtzan tag`: what is written, what is left, and what is said of it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod songs;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

use crate::songs::{GENRES, encode, lacks_ffmpeg, probed, snapshot, songs};
use crate::support::gtzan;

/// The lines of `--json`, by path.
fn told(folder: &Path, arguments: &[&str], code: i32) -> BTreeMap<String, Value> {
    let mut command = songs().tag(folder, arguments);
    let done = command.arg("--json").assert().code(code);
    let lines = String::from_utf8(done.get_output().stdout.clone()).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| (line["path"].as_str().unwrap().to_owned(), line)).collect()
}

fn library() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    songs().library(&folder.path().join("music"));
    folder
}

#[test]
fn nothing_is_written_until_it_is_asked_for() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = library();
    let before = snapshot(folder.path());
    let done = songs().tag(folder.path(), &["music"]).assert().success();
    let output = done.get_output();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for genre in GENRES {
        assert!(out.contains(&format!("music/{genre}/song.mp3: GENRE: {genre} (")), "{out}");
    }
    assert_eq!(out.lines().count(), 3);
    assert!(err.contains("skipped: music/silence.wav: unsure, silence"), "{err}");
    assert!(err.contains("3 files would be tagged, 1 skipped (1 unsure); --write does it\n"), "{err}");
    assert!(snapshot(folder.path()) == before);
}

#[test]
fn a_genre_that_is_there_stays_until_its_replacement_is_asked_for() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = library();
    let at = folder.path();
    let song = songs().sure("metal");
    encode(song, &at.join("music/known.mp3"), &["-metadata", "genre=Folk"]);
    encode(song, &at.join("music/same.flac"), &["-metadata", "genre=metal"]);
    let before = snapshot(&at.join("music"));
    let lines = told(at, &["music", "--write"], 0);
    assert_eq!(lines["music/known.mp3"]["status"], "skipped");
    assert_eq!(lines["music/known.mp3"]["reason"], "has_genre");
    assert_eq!(lines["music/known.mp3"]["was"], serde_json::json!(["Folk"]));
    assert_eq!(lines["music/same.flac"]["status"], "unchanged");
    assert_eq!(lines["music/metal/song.mp3"]["status"], "written");
    let after = snapshot(&at.join("music"));
    for untouched in ["known.mp3", "same.flac", "silence.wav"] {
        let path = at.join("music").join(untouched);
        assert_eq!(after[&path], before[&path], "{untouched}");
    }
    assert_eq!(probed(&at.join("music/metal/song.mp3"))["genre"], "metal");

    let lines = told(at, &["music", "--write", "--replace"], 0);
    assert_eq!(lines["music/known.mp3"]["status"], "written");
    assert_eq!(lines["music/metal/song.mp3"]["status"], "unchanged");
    assert_eq!(probed(&at.join("music/known.mp3"))["genre"], "metal");
    // Nothing is left to do, and no journal of it.
    let journals = || {
        fs::read_dir(at)
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("gtzan-tags-"))
            .count()
    };
    assert_eq!(journals(), 2);
    songs().tag(at, &["music", "--write"]).assert().success().stderr(contains("0 files tagged, 5 unchanged"));
    assert_eq!(journals(), 2);
}

#[test]
fn genres_are_written_as_their_owner_calls_them() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = library();
    let at = folder.path();
    fs::write(at.join("names.toml"), "hiphop = \"Hip-Hop\"\nmetal = \"Metal & mehr\"\n").unwrap();
    songs().tag(at, &["music", "--write", "--map", "names.toml"]).assert().success();
    for (genre, name) in [("hiphop", "Hip-Hop"), ("metal", "Metal & mehr"), ("classical", "classical")] {
        assert_eq!(probed(&at.join("music").join(genre).join("song.mp3"))["genre"], name);
    }
    for (names, said) in [
        (
            "polka = \"Polka\"\nska = \"Ska\"",
            "names.toml: the model knows no polka, ska; its genres are classical, hiphop",
        ),
        ("hiphop = \"\"", "names.toml: hiphop: a genre's name must be text on one line"),
        ("hiphop = 3", "names.toml: must be lines such as hiphop = \"Hip-Hop\""),
    ] {
        fs::write(at.join("names.toml"), names).unwrap();
        songs().tag(at, &["music", "--map", "names.toml"]).assert().code(2).stderr(contains(said));
    }
}

#[test]
fn broken_files_are_named_and_the_others_written() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = library();
    let at = folder.path();
    fs::write(at.join("music/broken.mp3"), "no music").unwrap();
    let lines = told(at, &["music", "nowhere.mp3", "--write"], 1);
    assert_eq!(
        (&lines["music/broken.mp3"]["status"], &lines["nowhere.mp3"]["status"]),
        (&"failed".into(), &"failed".into())
    );
    assert_eq!(lines["nowhere.mp3"]["reason"], "unreadable");
    assert_eq!(lines.values().filter(|line| line["status"] == "written").count(), 3);
    songs().tag(at, &["music/broken.mp3"]).assert().code(2);
    songs().tag(at, &["-"]).assert().code(2).stderr(contains("-: what comes through standard input"));
}

#[test]
fn tags_that_cannot_be_kept_whole_are_not_touched() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    encode(songs().sure("metal"), &at.join("bare.mp3"), &["-id3v2_version", "0", "-map_metadata", "-1"]);
    let sound = fs::read(at.join("bare.mp3")).unwrap();
    let frame = |id: &str, body: &[u8]| [id.as_bytes(), &(body.len() as u32).to_be_bytes(), &[0, 0], body].concat();
    let tag = |frames: &[Vec<u8>]| {
        let frames = frames.concat();
        let size = [0, 0, (frames.len() >> 7) as u8, (frames.len() & 0x7f) as u8];
        [b"ID3\x03\0\0", &size[..], &frames, &sound].concat()
    };
    // Two texts of one name, of which a reader keeps one.
    let twice = [frame("TXXX", b"\0MOOD\0calm"), frame("TXXX", b"\0MOOD\0wild")];
    fs::write(at.join("twice.mp3"), tag(&twice)).unwrap();
    // A frame that claims more than there is.
    fs::write(at.join("torn.mp3"), tag(&[frame("TIT2", b"\0Song"), b"APIC\0\x7f\0\0\0\0\0".to_vec()])).unwrap();
    // Frames of later versions in an earlier tag, as some programs write them, are kept by writing a later tag.
    fs::write(at.join("sorted.mp3"), tag(&[frame("TSOP", b"\0Cash, Johnny"), frame("TYER", b"\x001968")])).unwrap();
    let before = snapshot(at);
    let lines = told(at, &["twice.mp3", "torn.mp3", "sorted.mp3", "--write", "--journal", "j"], 1);
    for (name, reason) in [("twice.mp3", "would_lose"), ("torn.mp3", "damaged")] {
        assert_eq!((&lines[name]["status"], &lines[name]["reason"]), (&"failed".into(), &reason.into()), "{lines:?}");
        assert_eq!(fs::read(at.join(name)).unwrap(), before[&at.join(name)]);
    }
    let tags = probed(&at.join("sorted.mp3"));
    assert_eq!((&tags["genre"][..], &tags["artist-sort"][..], &tags["date"][..]), ("metal", "Cash, Johnny", "1968"));
    gtzan(at, &["tag", "--undo", "j"]).assert().success();
    assert_eq!(fs::read(at.join("sorted.mp3")).unwrap(), before[&at.join("sorted.mp3")]);
}

#[test]
fn tags_at_the_end_of_a_file_name_the_same_genre() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    encode(songs().sure("metal"), &at.join("song.mp3"), &["-id3v2_version", "0", "-map_metadata", "-1"]);
    let item = |key: &str, value: &str| {
        [&(value.len() as u32).to_le_bytes()[..], &[0; 4], key.as_bytes(), b"\0", value.as_bytes()].concat()
    };
    let items = [item("Genre", "Funk"), item("REPLAYGAIN_TRACK_GAIN", "-3.2 dB")].concat();
    let end = |flags: u32| {
        let numbers = [2000, items.len() as u32 + 32, 2, flags].map(u32::to_le_bytes).concat();
        [b"APETAGEX", &numbers[..], &[0; 8]].concat()
    };
    // Polka is the 75th genre of ID3v1; a comment takes all of its 30 bytes.
    let v1 = [b"TAG", &[b'x'; 90][..], b"1999", &[b'c'; 30], &[75]].concat();
    let sound = fs::read(at.join("song.mp3")).unwrap();
    let whole = [&sound[..], &end(0xa000_0000), &items, &end(0x8000_0000), &v1].concat();
    fs::write(at.join("song.mp3"), &whole).unwrap();

    let lines = told(at, &["song.mp3", "--write"], 0);
    assert_eq!(lines["song.mp3"]["was"], serde_json::json!(["Polka", "Funk"]));
    assert_eq!(fs::read(at.join("song.mp3")).unwrap(), whole);
    told(at, &["song.mp3", "--write", "--replace", "--journal", "j"], 0);
    let now = fs::read(at.join("song.mp3")).unwrap();
    let has = |bytes: &[u8]| now.windows(bytes.len()).any(|window| window == bytes);
    assert!(has(b"Genre\0metal") && has(b"REPLAYGAIN_TRACK_GAIN\0-3.2 dB") && !has(b"Funk"));
    // Metal is the ninth.
    assert_eq!(now[now.len() - 128..], [&v1[..127], &[9]].concat());
    assert_eq!(probed(&at.join("song.mp3"))["genre"], "metal");
    gtzan(at, &["tag", "--undo", "j"]).assert().success();
    assert_eq!(fs::read(at.join("song.mp3")).unwrap(), whole);
}

#[test]
fn tracks_of_an_album_in_one_file_are_left() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    encode(songs().sure("metal"), &at.join("album.flac"), &[]);
    let sheet =
        "FILE \"album.flac\" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n  TRACK 02 AUDIO\n    INDEX 01 00:03:00\n";
    fs::write(at.join("album.cue"), sheet).unwrap();
    let before = snapshot(at);
    let done = songs().tag(at, &[".", "--write"]).assert().success();
    done.stderr(contains("album#01.flac: it is a track of an album").and(contains("2 skipped (2 on album images)")));
    assert!(snapshot(at) == before);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_are_respected() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    if lacks_ffmpeg() {
        return;
    }
    let folder = library();
    let at = folder.path();
    let of = |genre: &str| at.join("music").join(genre).join("song.mp3");
    fs::set_permissions(of("classical"), PermissionsExt::from_mode(0o444)).unwrap();
    fs::hard_link(of("hiphop"), at.join("other.mp3")).unwrap();
    fs::set_permissions(of("metal"), PermissionsExt::from_mode(0o640)).unwrap();
    fs::create_dir(at.join("links")).unwrap();
    symlink("../music/metal/song.mp3", at.join("links/a.mp3")).unwrap();
    let before = snapshot(&at.join("music"));
    let lines = told(at, &["links", "music", "--write"], 0);
    let reason = |name: &str| lines[name]["reason"].as_str().unwrap_or_default().to_owned();
    assert_eq!(reason("music/classical/song.mp3"), "read_only");
    assert_eq!(reason("music/hiphop/song.mp3"), "hard_linked");
    assert_eq!(lines["links/a.mp3"]["status"], "written");
    assert_eq!(reason("music/metal/song.mp3"), "named_twice");
    assert!(at.join("links/a.mp3").is_symlink());
    assert_eq!(probed(&of("metal"))["genre"], "metal");
    assert_eq!(fs::metadata(of("metal")).unwrap().mode() & 0o777, 0o640);
    for genre in ["classical", "hiphop"] {
        assert_eq!(fs::read(of(genre)).unwrap(), before[&of(genre)]);
    }
    assert_eq!(fs::metadata(of("hiphop")).unwrap().nlink(), 2);
}

#[test]
fn the_time_of_change_is_kept_when_asked() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = library();
    let modified = |genre: &str| {
        fs::metadata(folder.path().join("music").join(genre).join("song.mp3")).unwrap().modified().unwrap()
    };
    let before = GENRES.map(modified);
    songs().tag(folder.path(), &["music", "--write", "--keep-mtime"]).assert().success();
    assert_eq!(GENRES.map(modified), before);
    songs().tag(folder.path(), &["music", "--write", "--field", "gtzan"]).assert().success();
    assert!(GENRES.map(modified).iter().zip(before).all(|(after, before)| *after > before));
}

#[test]
fn a_file_that_is_there_is_no_journal() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = library();
    let at = folder.path();
    fs::write(at.join("notes"), "mine").unwrap();
    let before = snapshot(at);
    songs().tag(at, &["music", "--write", "--journal", "notes"]).assert().code(2).stderr(contains("can't write notes"));
    gtzan(at, &["tag", "--undo", "notes"]).assert().code(2).stderr(contains("notes: is no journal of gtzan tag"));
    assert!(snapshot(at) == before);
}

//! `gtzan predict --m3u`: playlists that players find the songs of.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod songs;
mod support;

use std::fs;
use std::path::Path;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::songs::{GENRES, encode, lacks_ffmpeg, snapshot, songs};
use crate::support::gtzan;

fn predict(folder: &Path, arguments: &[&str]) -> assert_cmd::Command {
    let mut command = gtzan(folder, &["predict", "--model", songs().model()]);
    command.args(arguments);
    command
}

#[test]
fn each_genre_has_a_playlist_from_which_its_songs_are_found() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    songs().library(&at.join("music"));
    encode(songs().sure("metal"), &at.join("#1 Ä.mp3"), &[]);
    let done = predict(at, &["music", "#1 Ä.mp3", "--m3u", "lists"]).assert().success();
    let output = done.get_output();
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 5);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("4 songs in 3 playlists, 1 unsure\n"), "{told}");
    assert_eq!(fs::read_dir(at.join("lists")).unwrap().count(), 3);
    for genre in GENRES {
        let list = fs::read_to_string(at.join("lists").join(format!("{genre}.m3u8"))).unwrap();
        let lines: Vec<&str> = list.lines().collect();
        assert_eq!(lines[..2], ["#EXTM3U", &format!("#PLAYLIST:{genre}")]);
        assert_eq!(lines[2..4], ["#EXTINF:6,song", &format!("../music/{genre}/song.mp3")]);
        for path in lines.iter().filter(|line| !line.starts_with('#')) {
            assert!(at.join("lists").join(path).is_file(), "{path}");
        }
    }
    assert!(fs::read_to_string(at.join("lists/metal.m3u8")).unwrap().ends_with("#EXTINF:6,#1 Ä\n../#1 Ä.mp3\n"));
}

#[test]
fn beside_the_songs_paths_begin_with_their_names() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    encode(songs().sure("metal"), &at.join("#1.mp3"), &[]);
    encode(songs().sure("metal"), &at.join("2.mp3"), &[]);
    predict(at, &[".", "--m3u", "."]).assert().success();
    let list = fs::read_to_string(at.join("metal.m3u8")).unwrap();
    assert_eq!(list, "#EXTM3U\n#PLAYLIST:metal\n#EXTINF:6,#1\n./#1.mp3\n#EXTINF:6,2\n2.mp3\n");
}

#[test]
fn what_is_there_is_replaced_only_when_asked_and_only_if_it_is_a_playlist() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    songs().library(&at.join("music"));
    predict(at, &["music", "--m3u", "lists"]).assert().success();
    let before = snapshot(at);
    let refused = predict(at, &["music/metal", "--m3u", "lists"]).assert().code(2).stdout("");
    refused.stderr(contains("lists/classical.m3u8: is there already; --replace replaces it"));
    assert!(snapshot(at) == before);
    predict(at, &["music/metal", "--m3u", "lists", "--replace"]).assert().success();
    assert_eq!(fs::read_to_string(at.join("lists/classical.m3u8")).unwrap(), "#EXTM3U\n#PLAYLIST:classical\n");
    assert!(fs::read_to_string(at.join("lists/metal.m3u8")).unwrap().ends_with("../music/metal/song.mp3\n"));

    fs::write(at.join("lists/metal.m3u8"), "my notes").unwrap();
    let refused = predict(at, &["music", "--m3u", "lists", "--replace"]).assert().code(2);
    refused.stderr(contains("lists/metal.m3u8: is there already and is no extended M3U"));
    assert_eq!(fs::read_to_string(at.join("lists/metal.m3u8")).unwrap(), "my notes");
}

#[test]
fn what_a_playlist_cannot_name_is_told() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::create_dir(at.join("music")).unwrap();
    encode(songs().sure("metal"), &at.join("music/one.wav"), &[]);
    fs::copy(at.join("music/one.wav"), at.join("two\nlines.wav")).unwrap();
    let done = predict(at, &["music", "two\nlines.wav", "-", "--m3u", "lists"])
        .pipe_stdin(at.join("music/one.wav"))
        .unwrap()
        .assert()
        .success();
    done.stderr(
        contains("in no playlist: two\\nlines.wav: its name has a control character in it")
            .and(contains("in no playlist: -: it has no path"))
            .and(contains("1 song in 1 playlist, 2 left out")),
    );
}

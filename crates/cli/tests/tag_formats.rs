//! `gtzan tag` in every format: a second reader finds the genre, and all that was there before.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod songs;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::songs::{encode, heard, lacks_ffmpeg, probed, snapshot, songs};
use crate::support::gtzan;

/// What each file is called, and how FFmpeg is told to make it.
const FORMATS: [(&str, &[&str]); 18] = [
    ("v24.mp3", &[]),
    ("v23.mp3", &["-id3v2_version", "3"]),
    ("v1.mp3", &["-id3v2_version", "3", "-write_id3v1", "1"]),
    ("bare.mp3", &["-id3v2_version", "0", "-map_metadata", "-1"]),
    ("layer2.mp2", &["-ac", "2", "-b:a", "96k"]),
    ("native.flac", &[]),
    ("vorbis.ogg", &["-c:a", "libvorbis"]),
    ("opus.opus", &["-c:a", "libopus"]),
    ("aac.m4a", &[]),
    ("alac.m4a", &["-c:a", "alac"]),
    ("fast.mp4", &["-movflags", "faststart"]),
    ("adts.aac", &[]),
    ("info.wav", &[]),
    ("bare.wav", &["-bitexact", "-map_metadata", "-1"]),
    ("wide.wav", &["-ac", "2", "-c:a", "pcm_s24le"]),
    ("id3.aiff", &["-write_id3v2", "1"]),
    ("bare.aiff", &[]),
    ("compressed.aif", &["-f", "aiff", "-c:a", "pcm_f32be"]),
];

/// Tags of all sorts: not of one language, dates, numbers of numbers, free names.
const TAGS: [(&str, &str); 8] = [
    ("title", "Söng = 1; \"two\""),
    ("artist", "東京"),
    ("album_artist", "Various"),
    ("date", "2001-02-03"),
    ("track", "3/12"),
    ("comment", "a comment\nof two lines"),
    ("composer", "C"),
    ("MOOD_OF_DAY", "calm"),
];

/// A song in every format, with tags where the format and FFmpeg know them.
fn library() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let song = songs().sure("classical");
    let tags: Vec<String> = TAGS.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let tags: Vec<&str> = tags.iter().flat_map(|tag| ["-metadata", tag]).collect();
    for (name, arguments) in FORMATS {
        encode(song, &folder.path().join(name), &[&tags[..], arguments].concat());
    }
    folder
}

/// A picture of 64 × 64 pixels.
fn cover(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("cover.png");
    let arguments = ["-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=64x64", "-frames:v", "1"];
    assert!(Command::new("ffmpeg").args(arguments).arg(&path).status().unwrap().success());
    path
}

/// Tags a library: each file then has what is wanted, all else that it had, and the same sound; and undone, it is as it was.
fn written_and_undone(folder: &Path, arguments: &[&str], wanted: &[(&str, &str)]) {
    let before = snapshot(folder);
    let tags = |path: &Path| probed(path);
    let old: BTreeMap<_, _> = before.keys().map(|path| (path.clone(), (tags(path), heard(path)))).collect();
    let write = [&[".", "--write", "--journal", "j"][..], arguments].concat();
    let done = songs().tag(folder, &write).assert().success();
    let told = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(told.contains(&format!("{} files tagged\n", before.len())), "{told}");
    for (path, (mut tags_before, sound)) in old {
        let mut now = tags(&path);
        for (key, value) in wanted {
            assert_eq!(now.remove(*key).as_deref(), Some(*value), "{}: {now:?}", path.display());
            tags_before.remove(*key);
        }
        assert_eq!(now, tags_before, "{}", path.display());
        assert_eq!(heard(&path), sound, "{}", path.display());
        assert_ne!(fs::read(&path).unwrap(), before[&path]);
    }
    let journal = fs::metadata(folder.join("j")).unwrap().len();
    let library: usize = before.values().map(Vec::len).sum();
    assert!(journal < 1500 * before.len() as u64 && journal < library as u64 / 20, "{journal} of {library}");

    gtzan(folder, &["tag", "--undo", "j"]).assert().success();
    fs::remove_file(folder.join("j")).unwrap();
    assert!(snapshot(folder) == before, "not as it was");
}

#[test]
fn every_format_holds_the_genre_and_all_it_held_before() {
    if lacks_ffmpeg() {
        return;
    }
    written_and_undone(library().path(), &[], &[("genre", "classical")]);
}

#[test]
fn a_genre_that_is_there_is_replaced_in_every_tag_of_a_file() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = library();
    songs().tag(folder.path(), &[".", "--write"]).assert().success();
    let names = tempfile::NamedTempFile::new().unwrap();
    fs::write(names.path(), "classical = \"Κλασική & Co.\"").unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "journal") {
            fs::remove_file(path).unwrap();
        }
    }
    let arguments = ["--replace", "--map", names.path().to_str().unwrap()];
    written_and_undone(folder.path(), &arguments, &[("genre", "Κλασική & Co.")]);
}

#[test]
fn fields_of_ones_own_leave_the_genre_alone() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let song = songs().sure("classical");
    for name in ["a.mp3", "a.flac", "a.ogg", "a.opus", "a.m4a"] {
        encode(song, &folder.path().join(name), &["-metadata", "genre=Baroque"]);
    }
    let at = folder.path();
    songs().tag(at, &[".", "--write", "--field", "gtzan"]).assert().success();
    for name in ["a.mp3", "a.flac", "a.ogg", "a.opus", "a.m4a"] {
        let tags = probed(&at.join(name));
        assert_eq!(tags["genre"], "Baroque", "{name}");
        if name != "a.m4a" {
            // FFmpeg leaves out what MP4 says under free names.
            assert_eq!(tags["gtzan_genre"], "classical", "{name}");
            let probability: f64 = tags["gtzan_probability"].parse().unwrap();
            assert!((0.3..=1.0).contains(&probability), "{name}: {probability}");
        }
    }
    let again = songs().tag(at, &[".", "--write", "--field", "gtzan", "--json"]).assert().success();
    let lines = String::from_utf8(again.get_output().stdout.clone()).unwrap();
    assert_eq!(lines.lines().filter(|line| line.contains("\"unchanged\"")).count(), 5, "{lines}");
}

#[test]
fn pictures_survive() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (song, picture) = (songs().sure("classical"), cover(at));
    let with = ["-i", picture.to_str().unwrap(), "-map", "0", "-map", "1", "-disposition:v", "attached_pic"];
    for name in ["a.mp3", "old.mp3", "a.flac", "a.m4a", "a.aiff"] {
        let version = ["-id3v2_version", if name == "old.mp3" { "3" } else { "4" }, "-write_id3v2", "1"];
        let version = if name.ends_with("mp3") {
            &version[..2]
        } else if name.ends_with("aiff") {
            &version[..]
        } else {
            &[]
        };
        encode(song, &at.join(name), &[&with[..], version, &["-c:v", "copy"]].concat());
    }
    fs::remove_file(&picture).unwrap();
    let seen = |name: &str| {
        let mut command = Command::new("ffmpeg");
        command.args(["-loglevel", "error", "-i"]).arg(at.join(name)).args(["-map", "0:v", "-f", "md5", "-"]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let names = ["a.mp3", "old.mp3", "a.flac", "a.m4a", "a.aiff"];
    let before = names.map(seen);
    songs().tag(at, &[".", "--write"]).assert().success();
    assert!(names.map(|name| probed(&at.join(name))["genre"] == "classical").iter().all(|is| *is));
    assert_eq!(names.map(seen), before);
}

/// What Mutagen reads in files: their tags as text, without what they say of themselves.
const READ: &str = r#"
import json, sys, mutagen
def tags(path):
    file = mutagen.File(path)
    found = {}
    for key, value in (file.tags or {}).items():
        if key.startswith('covr') or key.startswith('APIC'): continue
        if isinstance(value, list): value = [v.decode() if isinstance(v, bytes) else str(v) for v in value]
        else: value = [str(value)]
        found[key] = value
    return found
print(json.dumps({path: tags(path) for path in sys.argv[1:]}))
"#;

#[test]
fn mutagen_reads_the_genre_and_all_that_was_there() {
    if lacks_ffmpeg() {
        return;
    }
    let Some(python) = std::env::var_os("GTZAN_PYTHON") else {
        eprintln!("skipped: GTZAN_PYTHON is unset, so Mutagen doesn't read the tags");
        return;
    };
    let knows = Command::new(&python).args(["-c", "import mutagen"]).output().unwrap().status.success();
    if !knows && std::env::var_os("GTZAN_REQUIRE_PYTHON").is_none() {
        eprintln!("skipped: GTZAN_PYTHON has no Mutagen, so it doesn't read the tags");
        return;
    }
    let folder = library();
    let at = folder.path();
    // Raw AAC with a tag is nothing that it reads.
    fs::remove_file(at.join("adts.aac")).unwrap();
    let read = || -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
        let files = fs::read_dir(at).unwrap().map(|entry| entry.unwrap().file_name());
        let mut files: Vec<_> = files.filter(|name| !name.to_string_lossy().ends_with(".journal")).collect();
        files.sort();
        let output = Command::new(&python).current_dir(at).args(["-c", READ]).args(files).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let before = read();
    songs().tag(at, &[".", "--write"]).assert().success();
    songs().tag(at, &[".", "--write", "--field", "gtzan"]).assert().success();
    let after = read();
    for (name, mut tags) in after {
        let genre = ["TCON", "genre", "GENRE", "\u{a9}gen"].iter().find_map(|key| tags.remove(*key));
        assert_eq!(genre, Some(vec!["classical".to_owned()]), "{name}: {tags:?}");
        let mut own = |field: &str| {
            let keys = [format!("TXXX:{field}"), field.to_lowercase(), format!("----:com.apple.iTunes:{field}")];
            keys.iter().chain([&field.to_owned()]).find_map(|key| tags.remove(key))
        };
        assert_eq!(own("GTZAN_GENRE"), Some(vec!["classical".to_owned()]), "{name}");
        assert!(own("GTZAN_PROBABILITY").is_some(), "{name}");
        assert_eq!(tags, before[&name], "{name}");
    }
}

#[test]
fn what_a_format_cannot_hold_is_skipped_and_what_would_break_is_refused() {
    if lacks_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let song = songs().sure("classical");
    let others: [(&str, &[&str]); 7] = [
        ("a.au", &[]),
        ("a.caf", &[]),
        ("a.mka", &["-c:a", "libvorbis"]),
        ("a.w64", &[]),
        ("flac.ogg", &["-c:a", "flac"]),
        ("rf64.wav", &["-rf64", "always"]),
        ("fragments.m4a", &["-movflags", "+frag_keyframe+empty_moov"]),
    ];
    for (name, arguments) in others {
        encode(song, &at.join(name), arguments);
    }
    let before = snapshot(at);
    let done = songs().tag(at, &[".", "--write", "--json"]).assert().code(1);
    let lines = String::from_utf8(done.get_output().stdout.clone()).unwrap();
    for line in lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let wanted = match line["path"].as_str().unwrap() {
            "./fragments.m4a" => ("failed", "sound_changed"),
            _ => ("skipped", "no_tags"),
        };
        assert_eq!((line["status"].as_str().unwrap(), line["reason"].as_str().unwrap()), wanted, "{line}");
    }
    assert_eq!(lines.lines().count(), 7);
    assert!(snapshot(at) == before);
}

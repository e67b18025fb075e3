//! `gtzan serve` among people who mean it ill, or have bad luck.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod service;
mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use predicates::str::contains;

use crate::service::{Service, events, form};
use crate::support::{gtzan, song, write_wav};

/// A tone of so many seconds.
fn tone(folder: &Path, seconds: u32) -> Vec<u8> {
    let path = folder.join(format!("{seconds}.wav"));
    write_wav(&path, (0..22_050 * seconds).map(|n| (9_000.0 * (n as f32 * 0.063).sin()) as i16));
    fs::read(path).unwrap()
}

#[test]
fn what_is_no_song_has_its_reason_and_disturbs_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &[]);
    let good = tone(folder.path(), 3);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(service.post("/api/v1/predict", &[], &good).status, 200));
        }
        let cases =
            [(&b"la la la"[..], "unsupported"), (&good[..2_000], "truncated"), (&tone(folder.path(), 0), "no_audio")];
        for (bytes, kind) in cases {
            let problem = service.post("/api/v1/predict?name=bad.wav", &[], bytes).problem(422, kind);
            assert_eq!(problem["name"], "bad.wav");
            assert!(!problem["detail"].as_str().unwrap().is_empty());
        }
        service.post("/api/v1/predict", &[], b"").problem(422, "no_audio");
    });
    let told = service.post("/api/v1/analyse?name=bad.wav", &[("Accept", "text/event-stream")], b"la la la").text();
    let (name, problem) = events(&told).pop().unwrap();
    assert_eq!((name.as_str(), &problem["kind"]), ("problem", &"unsupported".into()));
}

#[test]
fn names_are_told_back_and_are_no_paths() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    song(&at.join("secret.wav"), 1);
    let service = Service::start(at, &[]);
    let good = tone(at, 3);
    let before = fs::read_dir(at).unwrap().count();
    for (sent, told) in [
        ("../../secret.wav", "secret.wav"),
        ("/etc/passwd", "passwd"),
        ("a\u{7}b.wav", "ab.wav"),
        ("<b>.wav", "<b>.wav"),
    ] {
        let address =
            format!("/api/v1/predict?name={}", sent.replace('\u{7}', "%07").replace('<', "%3C").replace('>', "%3E"));
        assert_eq!(service.post(&address, &[], &good).json()["name"], told);
        // What would be read by this name is no matter: the bytes decide.
        let (kind, body) = form(&sent.replace('\u{7}', ""), b"la la la");
        service.post("/api/v1/predict", &[("Content-Type", &kind)], &body).problem(422, "unsupported");
    }
    assert_eq!(fs::read_dir(at).unwrap().count(), before);
}

#[test]
fn forms_hold_one_file_and_nothing_that_would_be_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &[]);
    let (kind, two) = form("a.wav", &tone(folder.path(), 3));
    let mut body = two.strip_suffix(b"--edge--\r\n").unwrap().to_vec();
    body.extend(&two);
    let send = |body: &[u8]| service.post("/api/v1/predict", &[("Content-Type", &kind)], body);
    assert!(send(&body).problem(400, "bad_request")["detail"].as_str().unwrap().contains("a part `file`"));
    let other = b"--edge\r\nContent-Disposition: form-data; name=\"top\"\r\n\r\n3\r\n--edge--\r\n";
    assert!(send(other).problem(400, "bad_request")["detail"].as_str().unwrap().contains("a part `top`"));
    send(b"--edge--\r\n").problem(400, "bad_request");
    send(b"nonsense").problem(400, "bad_request");
    send(&two[..two.len() / 2]).problem(400, "bad_request");
}

#[test]
fn songs_beyond_the_limits_are_refused_and_nothing_is_kept_of_any() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let service = Service::start(at, &["--limit", "file=4", "--limit", "seconds=60"]);
    // 4.2 MB, more than is kept in memory, and 97 s.
    let long = tone(at, 97);
    let refused = service.post("/api/v1/predict?name=long.wav", &[], &long).problem(413, "too_large");
    assert!(refused["detail"].as_str().unwrap().contains("larger than the 4 MiB"), "{refused}");
    // In pieces, without a word about the size.
    let mut pieces = b"POST /api/v1/predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for piece in long.chunks(1 << 20) {
        pieces.extend(format!("{:x}\r\n", piece.len()).bytes());
        pieces.extend(piece);
        pieces.extend(b"\r\n");
    }
    let mut stream = TcpStream::connect(&service.addr).unwrap();
    // It may be refused before all is sent.
    let _ = stream.write_all(&pieces);
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 413");
    service.post("/api/v1/predict", &[], &tone(at, 70)).problem(422, "too_long");
    assert_eq!(service.post("/api/v1/predict", &[], &tone(at, 59)).status, 200);
    assert_eq!(fs::read_dir(at.join("temporary")).unwrap().count(), 0);
    assert_eq!(service.figure("gtzan_received_bytes"), 0.0);
    assert_eq!(service.figure("gtzan_rejected_total{reason=\"too_large\"}"), 2.0);
}

#[test]
fn a_song_that_takes_too_long_is_given_up_and_the_next_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &["--jobs", "1", "--limit", "time=2"]);
    let problem =
        service.post("/api/v1/analyse?name=long.wav", &[], &tone(folder.path(), 1500)).problem(422, "timeout");
    assert_eq!(problem["name"], "long.wav");
    assert_eq!(service.post("/api/v1/predict", &[], &tone(folder.path(), 3)).status, 200);
}

#[test]
fn a_full_queue_says_when_to_come_again_and_loses_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &["--jobs", "1", "--queue", "4"]);
    let song = tone(folder.path(), 200);
    let answers = std::thread::scope(|scope| {
        let ask = || service.post("/api/v1/predict", &[], &song);
        let asked: Vec<_> = (0..12).map(|_| scope.spawn(ask)).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect::<Vec<_>>()
    });
    let (heard, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    // One address has half of the queue.
    assert!(heard.len() >= 2 && !refused.is_empty(), "{} were heard", heard.len());
    for answer in refused {
        answer.problem(429, "too_many");
        assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
    }
    assert_eq!(service.post("/api/v1/predict", &[], &tone(folder.path(), 3)).status, 200);
}

#[test]
fn idle_slow_and_broken_connections_are_not_noticed_by_others() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &[]);
    let song = tone(folder.path(), 3);
    let idle: Vec<TcpStream> = (0..300).map(|_| TcpStream::connect(&service.addr).unwrap()).collect();
    let head = format!("POST /api/v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", song.len());
    let slow: Vec<TcpStream> = (0..20).map(|_| service.send(&[head.as_bytes(), &song[..100]].concat())).collect();
    for _ in 0..20 {
        drop(service.send(&[head.as_bytes(), &song[..song.len() / 2]].concat()));
    }
    for _ in 0..3 {
        assert_eq!(service.post("/api/v1/predict", &[], &song).status, 200);
    }
    // Who was slow is heard in the end.
    let mut last = slow.into_iter().next().unwrap();
    last.write_all(&song[100..]).unwrap();
    last.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut status = [0; 12];
    last.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    drop(idle);
}

#[test]
#[cfg(unix)]
fn a_server_that_is_told_to_end_finishes_what_it_is_at() {
    let folder = tempfile::tempdir().unwrap();
    let mut service = Service::start(folder.path(), &["--jobs", "1"]);
    let song = tone(folder.path(), 600);
    let head = format!("POST /api/v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", song.len());
    let mut asked = service.send(&[head.as_bytes(), &song].concat());
    while service.figure("gtzan_queue_running") < 1.0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    service.terminate();
    let mut answer = String::new();
    asked.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(service.child.wait().unwrap().success());
    assert!(TcpStream::connect(&service.addr).is_err());
}

#[test]
fn strangers_need_a_token_and_other_pages_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    gtzan(at, &["serve", "--addr", "0.0.0.0:0"]).assert().code(2).stderr(contains("there is no token"));
    gtzan(at, &["serve", "--token", "short"]).assert().code(2).stderr(contains("12 visible ASCII characters"));
    gtzan(at, &["serve", "--model", "no-such"]).assert().code(2).stderr(contains("no-such"));
    gtzan(at, &["serve", "--allow-origin", "music.example"]).assert().code(2).stderr(contains("is no origin"));

    let service = Service::start(at, &["--token", "a-secret-of-mine", "--allow-origin", "https://music.example"]);
    let token = ("Authorization", "Bearer a-secret-of-mine");
    assert_eq!(service.get("/", &[]).status, 200);
    let refused = service.get("/api/v1/models", &[]);
    refused.problem(401, "unauthorized");
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    assert_eq!(service.get("/api/v1/models", &[token]).status, 200);
    service.get("/api/v1/models", &[token, ("Origin", "https://evil.example")]).problem(403, "forbidden");
    service.get("/", &[("Host", "evil.example")]).problem(421, "forbidden");
    let allowed = service.get("/api/v1/models", &[token, ("Origin", "https://music.example")]);
    assert_eq!(allowed.header("access-control-allow-origin"), "https://music.example");

    let page = service.get("/", &[]);
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self';"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("access-control-allow-origin"), "");
}

#[test]
fn an_address_that_is_taken_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &[]);
    gtzan(folder.path(), &["serve", "--addr", &service.addr]).assert().code(2).stderr(contains("can't listen at"));
}

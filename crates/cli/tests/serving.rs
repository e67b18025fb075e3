//! What programs get from `gtzan serve`: the same as from the command line.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says when it skips"
)]

mod service;
mod support;

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::service::{Service, events, form};
use crate::support::{gtzan, write_wav};

/// A folder with `song.wav`: half a minute and a bit of chords with a pulse.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sample = |n: u32| {
        let t = f64::from(n) / 22_050.0;
        let pulse = (-(t % 0.5) * 8.0).exp();
        let chord: f64 = [220.0, 277.18, 329.63].iter().map(|hertz| (std::f64::consts::TAU * hertz * t).sin()).sum();
        (6_000.0 * pulse * chord) as i16
    };
    write_wav(&folder.path().join("song.wav"), (0..32 * 22_050).map(sample));
    folder
}

#[test]
fn a_verdict_is_that_of_the_command_line_however_the_song_is_sent() {
    let folder = folder();
    let at = folder.path();
    let song = fs::read(at.join("song.wav")).unwrap();
    let told = gtzan(at, &["predict", "song.wav", "--json", "--top", "10"]).output().unwrap();
    let mut expected: Value = serde_json::from_slice(&told.stdout).unwrap();
    for field in ["path", "status"] {
        expected.as_object_mut().unwrap().remove(field);
    }
    let service = Service::start(at, &[]);
    let strip = |mut answer: Value| {
        for (field, value) in [("name", "song.wav"), ("model", "gtzan-extended")] {
            assert_eq!(answer.as_object_mut().unwrap().remove(field).unwrap(), value);
        }
        answer
    };
    let raw = service.post("/api/v1/predict?name=song.wav", &[], &song);
    assert_eq!(strip(raw.json()), expected);
    let (kind, body) = form("song.wav", &song);
    let sent = service.post("/api/v1/predict", &[("Content-Type", &kind)], &body);
    assert_eq!(strip(sent.json()), expected);

    let streamed = service.post("/api/v1/predict?name=song.wav", &[("Accept", "text/event-stream")], &song);
    let (last, verdict) = events(&streamed.text()).pop().unwrap();
    assert_eq!((last.as_str(), strip(verdict)), ("result", expected));

    let short = service.post("/api/v1/predict?name=song.wav&top=2&clips=false", &[], &song).json();
    assert_eq!(short["top"].as_array().unwrap().len(), 2);
    assert_eq!(short["clips"], json!([]));
    service.post("/api/v1/predict?model=no-such", &[], &song).problem(404, "not_found");
    service.post("/api/v1/predict?top=0", &[], &song).problem(400, "bad_request");
}

#[test]
fn features_are_those_of_the_command_line_in_each_form() {
    let folder = folder();
    let at = folder.path();
    let song = fs::read(at.join("song.wav")).unwrap();
    fs::create_dir_all(at.join("music/ska")).unwrap();
    fs::copy(at.join("song.wav"), at.join("music/ska/song.wav")).unwrap();
    gtzan(at, &["extract", "music", "--clip-seconds", "3", "--out", "rows.csv"]).assert().success();
    // Sent songs have no genre.
    let expected = fs::read_to_string(at.join("rows.csv")).unwrap().replace(",ska\n", ",\n");

    let service = Service::start(at, &[]);
    let ask = |accept: &str| {
        let answer = service.post("/api/v1/features?name=song.wav&clip_seconds=3", &[("Accept", accept)], &song);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    };
    assert_eq!(ask("text/csv").text(), expected);
    let rows = ask("application/json").json();
    let first: Vec<f64> =
        expected.lines().nth(1).unwrap().split(',').skip(2).take(57).map(|v| v.parse().unwrap()).collect();
    let told: Vec<f64> = rows["rows"][0]["values"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    // What reads JSON here may be off by the last digit.
    assert!(told.len() == 57 && told.iter().zip(&first).all(|(a, b)| (a - b).abs() <= 1e-15 * b.abs()), "{told:?}");
    assert_eq!(rows["rows"].as_array().unwrap().len(), expected.lines().count() - 1);
    assert_eq!(rows["rows"][1]["start"], 3.0);
    service.post("/api/v1/features", &[("Accept", "text/html")], &song).problem(406, "not_acceptable");

    let Some(python) = std::env::var_os("GTZAN_PYTHON") else {
        eprintln!("skipped: GTZAN_PYTHON is unset, so nobody reads the Arrow stream");
        return;
    };
    let read = "import sys, json, pyarrow as pa; t = pa.ipc.open_stream(sys.stdin.buffer).read_all(); \
                print(json.dumps([t.column_names, t.num_rows, [list(r.values())[4:] for r in t.to_pylist()][0], t['name'][0].as_py()]))";
    let mut child =
        Command::new(python).args(["-c", read]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&ask("application/vnd.apache.arrow.stream").body).unwrap();
    let read: Value = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(read[0].as_array().unwrap()[..4], ["name", "start", "end", "silent"].map(Value::from));
    assert_eq!(read[0].as_array().unwrap()[4..], *rows["columns"].as_array().unwrap());
    assert_eq!(
        (&read[1], &read[2], &read[3]),
        (&json!(rows["rows"].as_array().unwrap().len()), &rows["rows"][0]["values"], &json!("song.wav"))
    );
}

#[test]
fn the_analysis_streams_its_progress_and_holds_what_the_page_draws() {
    let folder = folder();
    let at = folder.path();
    let song = fs::read(at.join("song.wav")).unwrap();
    let service = Service::start(at, &["--model", "gtzan-features", "--model", "gtzan-extended"]);
    let answer = service.post("/api/v1/analyse?name=song.wav", &[("Accept", "text/event-stream")], &song);
    assert!(answer.header("content-type").starts_with("text/event-stream"));
    let told = events(&answer.text());
    let (last, before) = told.split_last().unwrap();
    assert!(!before.is_empty() && before.iter().all(|(name, _)| name == "progress"), "{before:?}");
    assert_eq!(before[before.len() - 1].1, json!({"stage": "listening"}));
    let (name, streamed) = last;
    assert_eq!(name, "result");

    let mut analysis = service.post("/api/v1/analyse?name=song.wav", &[], &song).json();
    analysis["took"] = streamed["took"].clone();
    assert_eq!(analysis, *streamed, "the same song gives the same analysis");

    assert_eq!(analysis["seconds"], 32.0);
    assert!(analysis["lost"].is_null());
    let names: Vec<&Value> = analysis["models"].as_array().unwrap().iter().map(|said| &said["model"]).collect();
    assert_eq!(names, ["gtzan-features", "gtzan-extended"]);
    for said in analysis["models"].as_array().unwrap() {
        let predicted =
            service.post(&format!("/api/v1/predict?model={}", said["model"].as_str().unwrap()), &[], &song).json();
        assert_eq!(said["verdict"]["top"], predicted["top"]);
        let ribbon = &said["ribbon"];
        // Eleven hops: the last two seconds are more than half of one.
        assert_eq!(ribbon["times"], json!((0..11).map(|hop| 3.0 * f64::from(hop)).collect::<Vec<_>>()));
        for hop in ribbon["probabilities"].as_array().unwrap() {
            let sum: f64 = hop.as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).sum();
            assert!((sum - 1.0).abs() < 1e-4, "{hop}");
        }
        let why = said["why"]["columns"].as_array().unwrap();
        assert!(why.iter().all(|reason| reason["words"].is_string() && reason["low"].is_number()), "{why:?}");
        assert_eq!(said["why"]["genre"], said["verdict"]["top"][0]["genre"]);
    }
    // Two strokes a second, an A major chord.
    assert!((analysis["tempo"]["bpm"].as_f64().unwrap() - 120.0).abs() < 3.0, "{}", analysis["tempo"]["bpm"]);
    let chroma: Vec<f64> = analysis["chroma"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let mut order: Vec<usize> = (0..12).collect();
    order.sort_by(|&a, &b| chroma[b].total_cmp(&chroma[a]));
    order.truncate(3);
    order.sort_unstable();
    assert_eq!(order, [1, 4, 9], "C sharp, E and A: {chroma:?}");
    assert_eq!(analysis["picture"]["waveform"].as_array().unwrap().len(), 1200);
    assert!(analysis["picture"]["mel"].as_str().unwrap().starts_with("data:image/png;base64,iVBOR"));
}

#[test]
fn a_song_beyond_half_an_hour_has_its_verdict_and_no_picture() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write_wav(&at.join("long.wav"), (0..22_050 * 1_830).map(|n: u32| (9_000.0 * (n as f32 * 0.063).sin()) as i16));
    let service = Service::start(at, &["--model", "gtzan-features"]);
    let analysis = service.post("/api/v1/analyse", &[], &fs::read(at.join("long.wav")).unwrap()).json();
    assert_eq!(analysis["seconds"], 1_830.0);
    assert!(analysis.get("picture").is_none(), "{}", analysis["picture"]);
    // The clips of the verdict stand in for the moments between.
    let said = &analysis["models"][0];
    assert_eq!((&said["ribbon"]["hop"], said["ribbon"]["times"].as_array().unwrap().len()), (&json!(30.0), 61));
    assert_eq!(said["verdict"]["clips"].as_array().unwrap().len(), 61);
}

#[test]
fn a_song_comes_back_as_a_sound_that_every_browser_plays() {
    let folder = folder();
    let at = folder.path();
    let song = fs::read(at.join("song.wav")).unwrap();
    let service = Service::start(at, &[]);
    let answer = service.post("/api/v1/audio", &[], &song);
    assert_eq!((answer.status, answer.header("content-type")), (200, "audio/wav"));
    // Mono, 16 bits and 22 050 Hz to begin with: the samples come back to a step.
    let samples = |wav: &[u8]| wav[44..].chunks_exact(2).map(|s| i16::from_le_bytes([s[0], s[1]])).collect::<Vec<_>>();
    let (sent, got) = (samples(&song), samples(&answer.body));
    assert_eq!(sent.len(), got.len());
    assert!(sent.iter().zip(&got).all(|(a, b)| (i32::from(*a) - i32::from(*b)).abs() <= 1));
}

#[test]
fn demo_clips_are_there_and_are_heard() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &[]);
    let demos = service.get("/api/v1/demos", &[]).json();
    let demos = demos["demos"].as_array().unwrap();
    assert_eq!(demos.len(), 10);
    let clip = service.get(demos[3]["url"].as_str().unwrap(), &[]);
    assert_eq!((clip.status, clip.header("content-type")), (200, "audio/wav"));
    let analysis = service.post("/api/v1/analyse", &[], &clip.body).json();
    assert_eq!(analysis["seconds"], 30.0);
    service.get("/api/v1/demos/none.wav", &[]).problem(404, "not_found");
}

#[test]
fn figures_count_what_was_done() {
    let folder = folder();
    let song = fs::read(folder.path().join("song.wav")).unwrap();
    let service = Service::start(folder.path(), &[]);
    assert_eq!(service.get("/healthz", &[]).text(), "ok\n");
    for _ in 0..3 {
        assert_eq!(service.post("/api/v1/predict", &[], &song).status, 200);
    }
    service.post("/api/v1/predict", &[], b"no song").problem(422, "unsupported");
    assert_eq!(service.get("/readyz", &[]).text(), "ready\n");
    assert_eq!(service.figure("gtzan_requests_total{method=\"POST\",route=\"/api/v1/predict\",status=\"200\"}"), 3.0);
    assert_eq!(service.figure("gtzan_requests_total{method=\"POST\",route=\"/api/v1/predict\",status=\"422\"}"), 1.0);
    assert_eq!(service.figure("gtzan_stage_seconds_count{stage=\"decoding\"}"), 4.0);
    assert_eq!(service.figure("gtzan_queue_waiting") + service.figure("gtzan_queue_running"), 0.0);
    assert!(service.figure("gtzan_resident_memory_bytes") > 1e6);
}

//! The API against its own description: schemathesis asks whatever the description allows, and what it doesn't.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says when it skips"
)]

mod service;

use std::path::Path;
use std::process::Command;

use crate::service::Service;

/// Songs that are songs: bytes drawn at random never are.
const HOOKS: &str = r#"
import math, struct
import schemathesis
from hypothesis import strategies

def wav(seconds, hertz):
    samples = [int(9_000 * math.sin(2 * math.pi * hertz * at / 22_050)) for at in range(int(seconds * 22_050))]
    data = struct.pack(f"<{len(samples)}h", *samples)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 22_050, 44_100, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE") + form + struct.pack("<4sI", b"data", len(data)) + data

tones = strategies.builds(wav, strategies.sampled_from([0.5, 1.0, 4.0]), strategies.sampled_from([110.0, 440.0, 3000.0]))
schemathesis.openapi.format("audio-file", tones)
schemathesis.openapi.media_type("application/octet-stream", tones)
"#;

/// Runs schemathesis on a service; `None`, and a word about it, where there is none.
fn schemathesis(folder: &Path, service: &Service, arguments: &[&str]) -> Option<()> {
    std::fs::write(folder.join("songs.py"), HOOKS).unwrap();
    let python = std::env::var_os("GTZAN_PYTHON");
    let there =
        |python: &_| Command::new(python).args(["-c", "import schemathesis"]).output().unwrap().status.success();
    let Some(python) = python.filter(there) else {
        assert!(std::env::var_os("GTZAN_REQUIRE_PYTHON").is_none(), "schemathesis is missing");
        eprintln!("skipped: GTZAN_PYTHON has no schemathesis, so nobody holds the API against its description");
        return None;
    };
    let mut command = Command::new(python);
    command.current_dir(folder).env("SCHEMATHESIS_HOOKS", "songs").env("PYTHONPATH", folder);
    command.args(["-m", "schemathesis.cli", "run", &service.url("/api/openapi.json"), "--checks", "all", "--no-color"]);
    let output = command.args(["--max-examples", "25", "--seed", "1"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    Some(())
}

#[test]
fn every_answer_is_one_that_the_description_has() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &[]);
    if schemathesis(folder.path(), &service, &[]).is_some() {
        assert!(service.figure("gtzan_requests_total{method=\"POST\",route=\"/api/v1/analyse\",status=\"200\"}") > 1.0);
        assert_eq!(service.post("/api/v1/predict", &[], b"").status, 422);
    }
}

#[test]
fn with_a_token_too() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &["--token", "a-secret-of-mine"]);
    schemathesis(
        folder.path(),
        &service,
        &["-H", "Authorization: Bearer a-secret-of-mine", "--phases", "examples,coverage"],
    );
}

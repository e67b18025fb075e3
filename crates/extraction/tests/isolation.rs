//! Programs that are no good workers.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use dsp::{AudioInput, ClipLength, Convention, FeatureSpec};
use extraction::{Extraction, Failure, FailureKind, Limits, SongTask, SongWorker, WorkerProgram};

/// What becomes of an input whose workers run this script.
fn failure(script: &str) -> Failure {
    let program = WorkerProgram { program: PathBuf::from("sh"), arguments: vec!["-c".into(), script.into()] };
    failure_of(program)
}

fn failure_of(program: WorkerProgram) -> Failure {
    let limits = Limits { time: 0.5, ..Limits::default() };
    let spec = FeatureSpec::features(Convention::Librosa07, ClipLength::TRACK);
    let extraction = Extraction { workers: Some(program), limits, ..Extraction::new(spec) };
    let input = AudioInput::bytes("song.wav", b"RIFF".to_vec());
    extraction.outcomes(vec![input]).next().unwrap().result.unwrap_err()
}

#[test]
fn a_worker_that_dies_at_once_is_told_with_its_last_words() {
    let failure = failure("echo first >&2; echo no room for me >&2; exit 3");
    assert_eq!(failure.kind, FailureKind::Unreadable);
    assert!(failure.message.contains("no worker can be started: exit status: 3: no room for me; "), "{failure}");
}

#[test]
fn a_worker_that_says_nothing_is_ended() {
    let failure = failure("exec sleep 1000");
    assert!(failure.message.contains("no worker can be started: signal: 9 (SIGKILL)"), "{failure}");
}

#[test]
fn a_worker_that_talks_nonsense_is_no_worker() {
    // A message of 2⁶³ bytes, and one of none: neither is an answer, and the first takes no memory.
    for words in ["\\0\\0\\0\\0\\0\\0\\0\\200abc", "\\0\\0\\0\\0\\0\\0\\0\\0\\1\\0\\0\\0\\0\\0\\0\\0\\377"] {
        let failure = failure(&format!("printf '{words}'; sleep 0.1"));
        assert!(!failure.message.is_empty(), "{failure}");
    }
}

#[test]
fn a_worker_that_is_not_there_is_named() {
    let failure = failure_of(WorkerProgram { program: PathBuf::from("no/such/program"), arguments: Vec::new() });
    assert!(failure.message.contains("No such file or directory"), "{failure}");
    assert!(failure.kind.is_retryable());
}

#[test]
fn who_sends_songs_to_a_worker_is_told_the_same() {
    for (script, told) in [("exit 3", "exit status: 3"), ("exec sleep 1000", "signal: 9 (SIGKILL)")] {
        let program = WorkerProgram { program: PathBuf::from("sh"), arguments: vec!["-c".into(), script.into()] };
        let spec = FeatureSpec::features(Convention::Librosa07, ClipLength::TRACK);
        let limits = Limits { time: 0.5, ..Limits::default() };
        let mut workers = SongWorker::several(1, &program, &spec, limits).unwrap();
        assert!(workers[0].start().is_err());
        let task = SongTask { cuts: Vec::new(), samples: Some(22_050), most_seconds: 60.0 };
        let mut body = std::io::Cursor::new(b"RIFF".to_vec());
        let failure = workers[0].hear("song.wav", &mut body, &task, &mut |_| ()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unreadable);
        assert!(failure.message.contains(told), "{failure}");
    }
}

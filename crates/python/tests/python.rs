//! Runs the tests of the module from Python: what it is for can only be seen there.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails by panicking, and says when it skips")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The module that was built along with this test, or `None` where the system has no such file.
fn module() -> Option<PathBuf> {
    let folder = env::current_exe().ok()?.parent()?.to_owned();
    let name = format!("{}_gtzan{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    [folder.join(&name), folder.parent()?.join(&name)].into_iter().find(|file| file.is_file())
}

/// A package as a wheel would install it. The module is built with its tests.
fn assemble(package: &Path) {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/gtzan");
    fs::create_dir(package).unwrap();
    for entry in fs::read_dir(sources).unwrap() {
        let file = entry.unwrap().path();
        if file.is_file() {
            fs::copy(&file, package.join(file.file_name().unwrap())).unwrap();
        }
    }
    let ending = if cfg!(windows) { "pyd" } else { "abi3.so" };
    fs::copy(module().unwrap(), package.join("_gtzan").with_extension(ending)).unwrap();
}

#[test]
fn python_finds_what_it_is_promised() {
    let Some(python) = env::var_os("GTZAN_PYTHON") else {
        eprintln!("skipped: GTZAN_PYTHON names no Python with NumPy and pytest");
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    assemble(&scratch.path().join("gtzan"));
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let status = Command::new(python)
        .args(["-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider"])
        .current_dir(tests)
        .env("PYTHONPATH", scratch.path())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("GTZAN_CACHE", scratch.path().join("cache"))
        .status()
        .unwrap();
    assert!(status.success(), "pytest: {status}");
}

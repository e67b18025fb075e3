//! The page of `gtzan serve` in a browser, as its users see it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says when it skips"
)]

mod browser;
mod service;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::browser::Browser;
use crate::service::Service;
use crate::support::gtzan;

/// A folder with `reggae.wav` and `rock.wav`, 30 s each, of the demo corpus.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    gtzan(at, &["synth", "--out", "corpus", "--tracks-per-genre", "1", "--seconds", "30"]).assert().success();
    for genre in ["reggae", "rock"] {
        std::fs::rename(at.join(format!("corpus/{genre}/{genre}.00000.wav")), at.join(format!("{genre}.wav"))).unwrap();
    }
    folder
}

/// axe-core, from a package of `$GTZAN_PYTHON`.
fn axe() -> Option<String> {
    let find = "import importlib.util as u; print(u.find_spec('axe_playwright_python').submodule_search_locations[0])";
    let python = std::env::var_os("GTZAN_PYTHON");
    let found = python.and_then(|python| Command::new(python).args(["-c", find]).output().ok());
    let path = found.filter(|found| found.status.success()).map(|found| String::from_utf8(found.stdout).unwrap());
    let Some(path) = path else {
        assert!(std::env::var_os("GTZAN_REQUIRE_PYTHON").is_none(), "axe-playwright-python is missing");
        eprintln!("skipped: GTZAN_PYTHON has no axe-playwright-python, so nobody looks at the page with axe-core");
        return None;
    };
    Some(std::fs::read_to_string(PathBuf::from(path.trim()).join("axe.min.js")).unwrap())
}

const ALL_OVER: &str = "const songs = [...document.querySelectorAll('[data-testid=song]')];
    return songs.length && songs.every(({dataset}) => ['done', 'failed'].includes(dataset.state)) && songs.length;";

/// Opens the page, gives it files and waits until each has an outcome.
fn give(browser: &Browser, service: &Service, files: &[PathBuf]) {
    browser.go(&service.url("/"));
    browser.wait("return document.querySelectorAll('[data-testid=demo]').length == 10");
    let paths: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    browser.keys("[data-testid=file-input]", &paths.join("\n"));
    let count = files.len();
    browser.wait(&format!("{ALL_OVER} === {count} || false").replace("&& songs.length; ===", "&& songs.length ==="));
}

/// Nothing was asked of anybody but the server, and the console has nothing to complain of.
#[track_caller]
fn check_peace(browser: &Browser, service: &Service) {
    for address in browser.requests() {
        let own =
            address.starts_with(&service.url("/")) || address.starts_with("blob:") || address.starts_with("data:");
        assert!(own || address == "about:blank", "{address}");
    }
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn a_song_is_shown_and_played_under_a_cursor_that_keys_move() {
    let Some(browser) = Browser::start() else { return };
    let (folder, axe) = (folder(), axe());
    let at = folder.path();
    let service = Service::start(at, &[]);
    browser.window(1280, "light");
    give(&browser, &service, &[at.join("reggae.wav")]);
    let told = gtzan(at, &["predict", "reggae.wav", "--json"]).output().unwrap();
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let verdict = browser.script("return document.querySelector('[data-testid=verdict]').textContent");
    let (verdict, genre) = (verdict.as_str().unwrap(), told["genre"].as_str().unwrap());
    assert!(verdict.contains(genre), "the page says {verdict}, the command line {genre}");
    if genre != "unsure" {
        let percent = format!("{:.0}", 100.0 * told["confidence"].as_f64().unwrap());
        assert!(verdict.contains(&percent), "the page says {verdict}, the command line {percent} %");
    }
    // The table behind the ribbon has a row a hop.
    let rows = "return document.querySelectorAll('[data-testid=ribbon-table] tbody tr').length";
    browser.script("document.querySelectorAll('[data-testid=song] details').forEach(details => details.open = true)");
    assert_eq!(browser.wait(rows), 10);
    assert!(
        browser
            .script("return document.querySelector('[data-testid=why]').textContent")
            .as_str()
            .unwrap()
            .contains("Counterfactual")
    );

    let now = "return Number(document.querySelector('[data-testid=timeline]').getAttribute('aria-valuenow'))";
    let left = "return parseFloat(document.querySelector('[data-testid=cursor]').style.left)";
    assert_eq!(browser.script(left), 0);
    browser.click("[data-testid=play]");
    browser.wait(&format!("{} > 2", left));
    browser.click("[data-testid=play]");
    for (key, seconds) in
        [("\u{e010}", 30.0), ("\u{e011}", 0.0), ("\u{e014}", 1.0), ("\u{e00e}", 11.0), ("\u{e012}", 10.0)]
    {
        browser.keys("[data-testid=timeline]", key);
        let expected = format!("{} - {seconds}) < 0.2 || false", now.replace("Number", "Math.abs(Number"));
        browser.wait(&expected);
    }
    let said = browser.script("return document.querySelector('[data-testid=timeline]').getAttribute('aria-valuetext')");
    assert!(said.as_str().unwrap().starts_with("0:10 of 0:30, "), "{said}");
    browser.screenshot("serve-light-1280.png");
    for (width, scheme) in [(1280, "dark"), (390, "light"), (390, "dark"), (1280, "light")] {
        browser.window(width, scheme);
        assert_eq!(browser.script("return document.documentElement.scrollWidth > innerWidth"), false, "at {width}");
        browser.screenshot(&format!("serve-{scheme}-{width}.png"));
        if let Some(axe) = &axe {
            assert_eq!(browser.axe(axe), Vec::<String>::new(), "{scheme} at {width}");
        }
    }
    check_peace(&browser, &service);
}

#[test]
fn twenty_files_at_once_each_have_their_outcome_and_broken_ones_a_reason() {
    let Some(browser) = Browser::start() else { return };
    let (folder, axe) = (folder(), axe());
    let at = folder.path();
    let service = Service::start(at, &[]);
    let files: Vec<PathBuf> = (0..20).map(|number| at.join(format!("<b>{number}</b>.wav").replace('/', "∕"))).collect();
    for (number, file) in files.iter().enumerate() {
        match number {
            7 => std::fs::write(file, "la la la").unwrap(),
            8 => std::fs::create_dir(file).unwrap(),
            _ => drop(std::fs::copy(at.join("rock.wav"), file).unwrap()),
        }
    }
    browser.window(1280, "light");
    give(&browser, &service, &files);
    let states =
        browser.script("return [...document.querySelectorAll('[data-testid=song]')].map(({dataset}) => dataset.state)");
    let failed = states.as_array().unwrap().iter().filter(|state| **state == json!("failed")).count();
    assert_eq!(failed, 2, "{states}");
    let told = "return [...document.querySelectorAll('[data-testid=song][data-state=failed]')].at(-1).textContent";
    assert!(browser.script(told).as_str().unwrap().contains("The file can't be read"));
    let told = browser.script("return document.querySelector('[data-testid=song][data-state=failed]').textContent");
    let told = told.as_str().unwrap();
    assert!(told.contains("<b>7<∕b>.wav") && told.contains("not audio in a format known here"), "{told}");
    // Names are text, whatever they hold.
    assert_eq!(browser.script("return document.querySelectorAll('b').length"), 0);
    let csv = "return document.querySelectorAll('[data-testid=export-csv], [data-testid=export-json], [data-testid=still]').length";
    assert!(browser.script(csv).as_u64().unwrap() >= 2);
    browser.screenshot("serve-twenty.png");
    if let Some(axe) = &axe {
        assert_eq!(browser.axe(axe), Vec::<String>::new());
    }
    for address in browser.requests() {
        assert!(
            address.starts_with(&service.url("/")) || address.starts_with("blob:") || address.starts_with("data:"),
            "{address}"
        );
    }
}

#[test]
fn two_models_stand_side_by_side_and_a_token_is_asked_for() {
    let Some(browser) = Browser::start() else { return };
    let (folder, axe) = (folder(), axe());
    let at = folder.path();
    let models = ["--model", "gtzan-extended", "--model", "gtzan-features"];
    let service = Service::start(at, &[&models[..], &["--token", "a-secret-of-mine"]].concat());
    browser.window(1280, "dark");
    browser.go(&service.url("/"));
    browser.wait("return document.querySelector('[data-testid=token-form]').offsetParent !== null");
    if let Some(axe) = &axe {
        assert_eq!(browser.axe(axe), Vec::<String>::new());
    }
    browser.keys("#token", "not-the-secret\n");
    browser.wait("return document.querySelector('#token-trouble').textContent");
    browser.go("about:blank");
    give_with_token(&browser, &service, &at.join("reggae.wav"));
    let verdicts = "return document.querySelectorAll('[data-testid=song] [data-testid=verdict]').length";
    assert_eq!(browser.script(verdicts), 2);
    assert_eq!(browser.script("return document.querySelectorAll('[data-testid=ribbon]').length"), 2);
    // The token is not left where it could be read over a shoulder.
    assert_eq!(browser.script("return location.hash"), "");
    browser.screenshot("serve-two-models.png");
    browser.window(390, "dark");
    browser.screenshot("serve-two-models-390.png");
    if let Some(axe) = &axe {
        assert_eq!(browser.axe(axe), Vec::<String>::new());
    }
}

fn give_with_token(browser: &Browser, service: &Service, file: &Path) {
    browser.go(&service.url("/#token=a-secret-of-mine"));
    browser.wait("return document.querySelectorAll('[data-testid=demo]').length == 10");
    browser.keys("[data-testid=file-input]", file.to_str().unwrap());
    browser.wait(ALL_OVER);
}

#[test]
fn the_readable_description_lists_what_the_api_has() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &[]);
    browser.window(1280, "light");
    browser.go(&service.url("/api"));
    browser.wait("return document.body.innerText.includes('/api/v1/predict')");
    let paths = service.get("/api/openapi.json", &[]).json();
    for path in paths["paths"].as_object().unwrap().keys() {
        let there = format!("return document.body.innerText.includes('{path}')");
        assert_eq!(browser.script(&there), true, "{path}");
    }
    if let Some(axe) = axe() {
        assert_eq!(browser.axe(&axe), Vec::<String>::new());
    }
    check_peace(&browser, &service);
}

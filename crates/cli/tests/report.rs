//! The pages that runs leave behind, opened in a browser. Needs `chromedriver` (Debian's chromium-driver) on the path; the
//! tests that need it say that they skip where it's absent, unless GTZAN_REQUIRE_BROWSER is set.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails by panicking, and says when it skips")]

mod browser;
mod support;

use std::fs;
use std::path::Path;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::support::{gtzan, write_features, write_wav};

/// A genre that would break out of careless HTML.
const HOSTILE: &str = "<b id=evil>R&B\"";

/// Two genres of tones that nobody could tell apart, so that some verdicts are wrong.
fn corpus(folder: &Path) {
    for (genre, name) in [(HOSTILE, "rb"), ("tones", "tone")] {
        for track in 0..12 {
            let path = folder.join("music").join(genre).join(format!("{name} {track}.wav"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let step = 0.02 + 0.011 * f64::from((track * 7 + name.len() as i32) % 12);
            write_wav(&path, (0..22_050).map(|n| ((f64::from(n) * step).sin() * 9_000.0) as i16));
        }
    }
}

fn train(folder: &Path, out: &str, more: &[&str]) {
    let mut arguments = vec!["train", "--data", "music", "--out", out, "--set", "training.epochs=5"];
    arguments.extend_from_slice(more);
    gtzan(folder, &arguments).assert().success().stdout(contains(format!("report: {out}/report.html")));
}

/// What must hold of any page: it shows these sections, complains of nothing and fetches nothing.
fn check(browser: &Browser, page: &Path, sections: &[&str]) {
    browser.open(page);
    for section in sections {
        let height = browser.script(&format!("return document.getElementById('{section}').offsetHeight"));
        assert!(height.as_f64().unwrap() > 30.0, "section {section} is {height} high");
    }
    assert_eq!(browser.script("return document.getElementById('evil')"), Value::Null);
    assert_eq!(browser.console(), Vec::<String>::new());
    let foreign: Vec<String> = browser.requests().into_iter().filter(|url| !url.starts_with("data:")).collect();
    assert_eq!(foreign, [browser::file_url(page)]);
}

/// Desktop and phone, light and dark: nothing is wider than the window, and the colours follow.
fn check_windows(browser: &Browser, name: &str) {
    let mut backgrounds = Vec::new();
    for (width, window) in [(1280, "desktop"), (390, "phone")] {
        for scheme in ["light", "dark"] {
            browser.window(width, scheme);
            let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(browser.script(overflow), json!(0), "{name}, {window}, {scheme}");
            backgrounds.push(browser.script("return getComputedStyle(document.body).backgroundColor"));
            browser.screenshot(&format!("{name}-{window}-{scheme}.png"));
        }
    }
    assert_eq!(backgrounds[0], backgrounds[2]);
    assert_ne!(backgrounds[0], backgrounds[1]);
}

const RUN_SECTIONS: [&str; 9] =
    ["leaks", "curves", "confusion", "genres", "reliability", "importance", "map", "mistakes", "details"];

#[test]
fn the_page_of_a_run_works_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    train(folder.path(), "run", &[]);
    let page = folder.path().join("run/report.html");
    assert!(fs::metadata(&page).unwrap().len() < 5_000_000);
    let Some(browser) = Browser::start() else { return };
    check(&browser, &page, &RUN_SECTIONS);

    // The pointer on a track's dot says its name, and elsewhere nothing.
    let circle = "#map .card:first-child svg circle:last-of-type";
    let tip = browser.script(&format!("return document.querySelector('{circle}').dataset.tip"));
    assert!(tip.as_str().unwrap().contains("taken for"), "{tip}");
    assert_eq!(browser.script("return document.getElementById('tip').hidden"), json!(true));
    browser.hover(circle);
    assert_eq!(browser.script("return document.getElementById('tip').hidden"), json!(false));
    assert_eq!(browser.script("return document.getElementById('tip').textContent"), tip);
    browser.hover("h1");
    assert_eq!(browser.script("return document.getElementById('tip').hidden"), json!(true));

    // Every picture is there, and a player finds its file.
    let broken = "return [...document.images].filter(image => image.naturalWidth !== 432).length";
    assert_eq!(browser.script(broken), json!(0));
    assert!(browser.script("return document.images.length").as_u64().unwrap() > 0);
    assert_eq!(browser.audio_seconds("#mistakes audio"), 1.0);
    check_windows(&browser, "run");
}

#[test]
fn embedded_clips_play_without_their_files() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    train(folder.path(), "run", &["--embed-audio"]);
    fs::remove_dir_all(folder.path().join("music")).unwrap();
    let Some(browser) = Browser::start() else { return };
    check(&browser, &folder.path().join("run/report.html"), &RUN_SECTIONS);
    assert_eq!(browser.audio_seconds("#mistakes audio"), 1.0);
}

#[test]
fn runs_are_compared_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    corpus(at);
    train(at, "a", &["--set", "name=first"]);
    train(at, "b", &["--set", "name=second", "--set", "optimizer.learning_rate=0.01"]);
    gtzan(at, &["report", "a", "b", "--out", "both.html"]).assert().success().stdout("both.html\n");
    gtzan(at, &["report", "a", "b", "--out", "both.html"]).assert().success();
    fs::write(at.join("notes.html"), "<!DOCTYPE html><p>mine</p>").unwrap();
    for other in ["notes.html", "a/config.toml"] {
        let before = fs::read(at.join(other)).unwrap();
        gtzan(at, &["report", "a", "b", "--out", other]).assert().code(2).stderr(contains("no page that gtzan made"));
        assert_eq!(fs::read(at.join(other)).unwrap(), before);
    }
    let page = at.join("both.html");
    let text = fs::read_to_string(&page).unwrap();
    let settings = text.split("Settings that differ").nth(1).unwrap();
    assert!(settings.contains("optimizer.learning_rate") && settings.contains("0.01"));
    assert!(!settings.contains("training.epochs"), "it is the same in both");
    // The accuracy is that of the run's own file.
    let metrics: Value = serde_json::from_slice(&fs::read(at.join("a/metrics.json")).unwrap()).unwrap();
    let accuracy = format!("<b>{:.1} %</b>", 100.0 * metrics["test"]["accuracy"].as_f64().unwrap());
    assert!(text.contains(&accuracy), "{accuracy}");

    let Some(browser) = Browser::start() else { return };
    check(&browser, &page, &["accuracy", "curves", "settings"]);
    assert_eq!(
        browser.script("return document.querySelectorAll('#curves svg')[0].querySelectorAll('.curve').length"),
        json!(2)
    );
    check_windows(&browser, "comparison");
}

#[test]
fn folders_without_a_run_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    corpus(at);
    train(at, "run", &[]);
    let refused = |runs: &[&str], message: &str| {
        let arguments: Vec<&str> = ["report"].iter().chain(runs).chain(&["--out", "page.html"]).copied().collect();
        let refused = gtzan(at, &arguments).assert().code(2);
        refused.stderr(contains(message).and(contains("\n").count(1)));
        assert!(!at.join("page.html").exists());
    };
    fs::create_dir(at.join("empty")).unwrap();
    refused(&["run", "empty"], "empty: has no metrics.json, so it is no complete run");
    refused(&["nowhere"], "nowhere: no such folder");
    let history = at.join("run/history.csv");
    let text = fs::read_to_string(&history).unwrap();
    fs::write(&history, text.lines().next().unwrap()).unwrap();
    refused(&["run"], "run: history.csv can't be used: it has no epochs");
    fs::write(&history, text.replace("1,", "one,")).unwrap();
    refused(&["run"], "run: history.csv can't be used");
    fs::remove_file(&history).unwrap();
    refused(&["run"], "run: has no history.csv");
    fs::write(at.join("run/metrics.json"), "{}").unwrap();
    refused(&["run"], "run: metrics.json can't be used: missing field");
}

/// A features CSV has no audio: the page says so. Only one feature tells the genres apart: the page shows it first.
#[test]
fn a_run_without_audio_has_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let scatter = |track: usize, column: usize| (track * 37 + column * 101 + track * column * column) % 97;
    write_features(at, 60, |track, column| match dsp::FEATURE_NAMES[column] {
        "rolloff_var" => 1000 * (track % 2) + scatter(track, column),
        _ => scatter(track, column),
    });
    let arguments = ["train", "--features", "features.csv", "--out", "run", "--set", "training.epochs=30"];
    gtzan(at, &arguments).assert().success();
    let page = fs::read_to_string(at.join("run/report.html")).unwrap();
    assert!(!page.contains("<audio"));
    let metrics: Value = serde_json::from_slice(&fs::read(at.join("run/metrics.json")).unwrap()).unwrap();
    for fact in ["data_fingerprint", "protocol", "backend"] {
        assert!(page.contains(metrics[fact].as_str().unwrap()), "{fact}");
    }
    for fact in ["read or computed in", "burn 0.22.1", "epochs = 30"] {
        assert!(page.contains(fact), "{fact}");
    }
    let wrong = page.contains("taken for");
    assert_eq!(page.contains("No audio: the features came from a table."), wrong);
    assert_eq!(page.contains("Every verdict is right."), !wrong);
    let importance = page.split("Permutation importance").nth(1).unwrap();
    let first = importance.split("text-anchor=\"end\">").nth(1).unwrap();
    assert!(first.starts_with("rolloff_var<"), "{}", &first[..60]);
}

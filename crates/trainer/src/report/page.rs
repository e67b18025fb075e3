//! What all pages have.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Nothing may be fetched: what a page shows is in it. Players may open audio files that lie beside it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; \
                      media-src 'self' data: file:; base-uri 'none'; form-action 'none'";

/// What made the page, in its head; tells our pages from other files.
const GENERATOR: &str = "gtzan";

/// A whole page.
pub fn page(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="generator" content=(GENERATOR);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                main { (body) }
                div id="tip" role="status" hidden {}
                script { (PreEscaped(include_str!("script.js"))) }
            }
        }
    };
    page.into_string()
}

/// Whether a file is a page that this program made, and so may be replaced by another.
pub fn is_page(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(500).read_to_end(&mut start));
    let mark = format!("<meta name=\"generator\" content=\"{GENERATOR}\">");
    read.is_ok() && start.windows(mark.len()).any(|part| part == mark.as_bytes())
}

/// A part of a page with a heading. `id` names it for links and tests.
pub fn section(id: &str, title: &str, body: &Markup) -> Markup {
    html! { section id=(id) { h2 { (title) } (body) } }
}

/// A share as a percentage with one decimal.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

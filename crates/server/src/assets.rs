//! The page: files that are part of the program.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A file of the page.
pub struct Asset {
    /// Its address.
    pub path: &'static str,
    kind: &'static str,
    text: &'static str,
}

macro_rules! asset {
    ($path:literal, $kind:literal, $file:literal) => {
        Asset { path: $path, kind: $kind, text: include_str!(concat!("../assets/", $file)) }
    };
}

/// All of them.
pub static ASSETS: &[Asset] = &[
    asset!("/", "text/html; charset=utf-8", "index.html"),
    asset!("/api", "text/html; charset=utf-8", "api.html"),
    asset!("/access.js", "text/javascript; charset=utf-8", "access.js"),
    asset!("/api-page.js", "text/javascript; charset=utf-8", "api-page.js"),
    asset!("/api.js", "text/javascript; charset=utf-8", "api.js"),
    asset!("/app.css", "text/css; charset=utf-8", "app.css"),
    asset!("/card.js", "text/javascript; charset=utf-8", "card.js"),
    asset!("/dom.js", "text/javascript; charset=utf-8", "dom.js"),
    asset!("/export.js", "text/javascript; charset=utf-8", "export.js"),
    asset!("/facts.js", "text/javascript; charset=utf-8", "facts.js"),
    asset!("/history.js", "text/javascript; charset=utf-8", "history.js"),
    asset!("/icon.svg", "image/svg+xml", "icon.svg"),
    asset!("/intake.js", "text/javascript; charset=utf-8", "intake.js"),
    asset!("/main.js", "text/javascript; charset=utf-8", "main.js"),
    asset!("/models.js", "text/javascript; charset=utf-8", "models.js"),
    asset!("/palette.js", "text/javascript; charset=utf-8", "palette.js"),
    asset!("/player.js", "text/javascript; charset=utf-8", "player.js"),
    asset!("/recorder.js", "text/javascript; charset=utf-8", "recorder.js"),
    asset!("/ribbon.js", "text/javascript; charset=utf-8", "ribbon.js"),
    asset!("/song.js", "text/javascript; charset=utf-8", "song.js"),
    asset!("/songs.js", "text/javascript; charset=utf-8", "songs.js"),
    asset!("/sse.js", "text/javascript; charset=utf-8", "sse.js"),
    asset!("/status.js", "text/javascript; charset=utf-8", "status.js"),
    asset!("/still.js", "text/javascript; charset=utf-8", "still.js"),
    asset!("/timeline.js", "text/javascript; charset=utf-8", "timeline.js"),
    asset!("/verdict.js", "text/javascript; charset=utf-8", "verdict.js"),
    asset!("/why.js", "text/javascript; charset=utf-8", "why.js"),
    asset!("/words.js", "text/javascript; charset=utf-8", "words.js"),
];

impl Asset {
    /// The file, unless the browser has it.
    pub fn answer(asset: &'static Self, headers: HeaderMap) -> Response {
        let tag = format!("\"{}\"", blake3::hash(asset.text.as_bytes()).to_hex());
        let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
        // Asked about again each time: another version of the program may have come.
        let headers =
            [(header::ETAG, tag.as_str()), (header::CACHE_CONTROL, "no-cache"), (header::CONTENT_TYPE, asset.kind)];
        if known { (StatusCode::NOT_MODIFIED, headers).into_response() } else { (headers, asset.text).into_response() }
    }
}

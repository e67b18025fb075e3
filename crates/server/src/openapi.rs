//! The API as OpenAPI describes it.

use std::sync::OnceLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::problem::Problem;
use crate::routes;

/// The description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "gtzan",
        description = "Tells the genre of songs. Songs are sent as bytes of a file in any of the formats that are decoded, and are not kept. \
                       Whatever goes wrong is a problem (RFC 9457) whose `kind` is for programs.",
    ),
    paths(
        routes::predict, routes::features, routes::analyse, routes::audio, routes::models, routes::demos, routes::demo,
        routes::health, routes::ready, routes::metrics,
    ),
    components(schemas(Problem)),
    modifiers(&Token),
    security((), ("token" = [])),
    tags((name = "songs", description = "Songs that are sent"), (name = "facts", description = "What there is")),
)]
struct Api;

/// The token, which a server may want.
struct Token;

impl Modify for Token {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        api.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

/// The description as JSON.
pub fn answer() -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| Api::openapi().to_json().unwrap_or_default());
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], text.as_str()).into_response()
}

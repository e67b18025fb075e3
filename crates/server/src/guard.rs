//! Who may ask: the page itself and programs, but no other page in the same browser.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::cors::CorsLayer;

use crate::App;
use crate::error::{Error, Result};
use crate::problem::Problem;

/// Fewest characters of a token.
pub const MIN_TOKEN: usize = 12;

/// Where the API lies, all of which needs the token if there is one.
const API: &str = "/api/v1/";
/// Figures that are nobody's business either.
const METRICS: &str = "/metrics";

/// What browsers are told with each answer: nothing from elsewhere, nothing inline, no framing, no sniffing.
const SECURITY: [(HeaderName, HeaderValue); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("microphone=(self), camera=(), geolocation=(), payment=(), usb=()"),
    ),
];

/// Who is let in.
pub struct Guard {
    /// Of the token, whose comparison takes the same time whatever is given.
    token: Option<blake3::Hash>,
    /// Pages from elsewhere that may ask, as in `https://music.example`.
    origins: Vec<String>,
    /// The address listened at, if only programs of this machine reach it.
    loopback: Option<IpAddr>,
}

impl Guard {
    /// Lets in who reaches an address, with a token if there is one, and the pages of these origins.
    ///
    /// # Errors
    /// An address that others reach without a token; a token that can't be sent; an origin that is none.
    pub fn new(addr: SocketAddr, token: Option<&str>, origins: Vec<String>) -> Result<Self> {
        let loopback = addr.ip().is_loopback().then(|| addr.ip());
        if loopback.is_none() && token.is_none() {
            return Err(Error::TokenWanted { addr });
        }
        if token.is_some_and(|token| token.len() < MIN_TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(Error::Token);
        }
        if let Some(origin) = origins.iter().find(|origin| !is_origin(origin)) {
            return Err(Error::Origin { origin: origin.clone() });
        }
        Ok(Self { token: token.map(|token| blake3::hash(token.as_bytes())), origins, loopback })
    }

    /// What lets pages of the allowed origins read answers, if there are such.
    pub fn cors(&self) -> Option<CorsLayer> {
        let origins: Vec<HeaderValue> = self.origins.iter().filter_map(|origin| origin.parse().ok()).collect();
        if origins.is_empty() {
            return None;
        }
        let cors = CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT])
            .expose_headers([header::RETRY_AFTER])
            .max_age(Duration::from_secs(600));
        Some(cors)
    }

    /// Refuses a request that is not to be answered.
    fn check(&self, uri: &Uri, headers: &HeaderMap) -> std::result::Result<(), Problem> {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        // A name that was made to lead here would make a page from elsewhere one of ours.
        if self.loopback.is_some() && !host.is_some_and(|host| self.is_own_host(host)) {
            let detail = "this server is called by its address or localhost, and by no other name";
            return Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "forbidden", detail));
        }
        if let Some(origin) = headers.get(header::ORIGIN) {
            let origin = origin.to_str().unwrap_or_default();
            let own = origin.split_once("://").is_some_and(|(_, authority)| Some(authority) == host);
            if !own && !self.origins.iter().any(|allowed| allowed == origin) {
                let detail = "pages from elsewhere may not ask this server; its owner can allow one by its origin";
                return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
            }
        }
        let path = uri.path();
        if (path.starts_with(API) || path == METRICS) && !self.knows(headers) {
            let detail = "this server has a token; send it as `Authorization: Bearer TOKEN`";
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail));
        }
        Ok(())
    }

    /// Whether a `Host` names this server, or one that an allowed origin has.
    fn is_own_host(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else { return false };
        let name = authority.host();
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        name.eq_ignore_ascii_case("localhost")
            || address.is_ok_and(|address| address.is_loopback())
            || self.origins.iter().any(|origin| origin.split_once("://").is_some_and(|(_, allowed)| allowed == host))
    }

    /// Whether the token is there, if one is wanted.
    fn knows(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.split_once(' '));
        given.is_some_and(|(scheme, given)| {
            scheme.eq_ignore_ascii_case("bearer") && blake3::hash(given.trim().as_bytes()) == *token
        })
    }
}

/// Checks each request, counts its answer, and gives that the headers of security.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<axum::extract::MatchedPath>().map(|path| path.as_str().to_owned());
    let method = request.method().clone();
    // What a browser asks beforehand has no token, and is answered by the layer inside.
    let checked = app.guard.check(request.uri(), request.headers());
    let checked = if method == Method::OPTIONS { checked.or_else(unless_unauthorized) } else { checked };
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let named = [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS].contains(&method);
    let method = if named { method.as_str() } else { "other" };
    app.metrics.answered(method, route.as_deref().unwrap_or("none"), response.status().as_u16());
    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        headers.insert(name, value);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn unless_unauthorized(problem: Problem) -> std::result::Result<(), Problem> {
    if problem.status() == StatusCode::UNAUTHORIZED { Ok(()) } else { Err(problem) }
}

/// Whether a text is a scheme and an authority, and nothing else.
fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    ["http", "https"].contains(&scheme)
        && authority.parse::<Authority>().is_ok_and(|parsed| parsed.as_str() == authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(addr: &str, token: Option<&str>, origins: &[&str]) -> Result<Guard> {
        Guard::new(addr.parse().unwrap(), token, origins.iter().map(|origin| (*origin).to_owned()).collect())
    }

    fn status(guard: &Guard, path: &str, headers: &[(HeaderName, &str)]) -> Option<u16> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        guard.check(&path.parse().unwrap(), &headers).err().map(|problem| problem.status().as_u16())
    }

    #[test]
    fn other_machines_need_a_token_that_is_one() {
        assert!(matches!(guard("0.0.0.0:8080", None, &[]), Err(Error::TokenWanted { .. })));
        assert!(matches!(guard("[::]:8080", None, &[]), Err(Error::TokenWanted { .. })));
        for token in ["", "short", "with spaces in between", "with\nanother line"] {
            assert!(matches!(guard("127.0.0.1:8080", Some(token), &[]), Err(Error::Token)), "{token:?}");
        }
        assert!(guard("0.0.0.0:8080", Some("0123456789ab"), &[]).is_ok());
        assert!(guard("[::1]:8080", None, &[]).is_ok());
    }

    #[test]
    fn the_api_wants_the_token_and_the_page_does_not() {
        let guard = guard("0.0.0.0:8080", Some("a-secret-of-mine"), &[]).unwrap();
        let host = (header::HOST, "music.example");
        let with = |value| [host.clone(), (header::AUTHORIZATION, value)];
        for path in ["/api/v1/models", "/metrics"] {
            assert_eq!(status(&guard, path, std::slice::from_ref(&host)), Some(401));
            assert_eq!(status(&guard, path, &with("Bearer a-secret-of-min")), Some(401));
            assert_eq!(status(&guard, path, &with("a-secret-of-mine")), Some(401));
            assert_eq!(status(&guard, path, &with("Basic a-secret-of-mine")), Some(401));
            assert_eq!(status(&guard, path, &with("Bearer a-secret-of-mine")), None);
            assert_eq!(status(&guard, path, &with("bearer  a-secret-of-mine")), None);
        }
        for path in ["/", "/app.css", "/healthz", "/api/openapi.json"] {
            assert_eq!(status(&guard, path, std::slice::from_ref(&host)), None, "{path}");
        }
    }

    #[test]
    fn names_that_were_made_to_lead_here_are_refused() {
        let guard = guard("127.0.0.1:8080", None, &["https://music.example"]).unwrap();
        for host in ["127.0.0.1:8080", "localhost:8080", "LocalHost", "[::1]:8080", "127.0.0.2", "music.example"] {
            assert_eq!(status(&guard, "/", &[(header::HOST, host)]), None, "{host}");
        }
        for host in ["evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.0.7:8080", ""] {
            assert_eq!(status(&guard, "/", &[(header::HOST, host)]), Some(421), "{host}");
        }
        assert_eq!(status(&guard, "/", &[]), Some(421));
    }

    #[test]
    fn pages_from_elsewhere_may_not_ask_unless_they_are_allowed() {
        let guard = guard("127.0.0.1:8080", None, &["https://music.example"]).unwrap();
        let with = |origin| [(header::HOST, "localhost:8080"), (header::ORIGIN, origin)];
        for origin in ["http://localhost:8080", "https://music.example"] {
            assert_eq!(status(&guard, "/api/v1/predict", &with(origin)), None, "{origin}");
        }
        for origin in ["http://localhost:8081", "https://evil.example", "null", "http://localhost:8080.evil.example"] {
            assert_eq!(status(&guard, "/api/v1/predict", &with(origin)), Some(403), "{origin}");
        }
        for origin in ["music.example", "https://music.example/", "ftp://music.example", "*"] {
            assert!(
                matches!(super::tests::guard("127.0.0.1:1", None, &[origin]), Err(Error::Origin { .. })),
                "{origin}"
            );
        }
    }
}

//! What went wrong, as RFC 9457 has it.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use extraction::{Failure, FailureKind};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Problem details for HTTP APIs (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: the status says what sort of problem it is, and `kind` says it more closely.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    uri: &'static str,
    /// The status in words.
    #[schema(example = "Unprocessable Entity")]
    title: &'static str,
    /// The status of the answer.
    #[schema(example = 422, minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong, and what to do about it.
    detail: String,
    /// For programs. A song that can't be heard: `unsupported`, `corrupt`, `truncated`, `no_audio`, `too_short`, `too_long`,
    /// `not_finite`, `crashed`, `timeout`. Others: `bad_request`, `unauthorized`, `forbidden`, `not_found`, `method_not_allowed`,
    /// `not_acceptable`, `slow_upload`, `too_large`, `too_many`, `queue_full`, `no_worker`, `stopping`, `internal`.
    #[schema(example = "corrupt")]
    kind: String,
    /// The file that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Seconds after which another try makes sense, as `Retry-After` tells them.
    #[serde(skip)]
    retry_after: Option<u32>,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(status: StatusCode, kind: &str, detail: impl Into<String>) -> Self {
        Self {
            uri: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            kind: kind.to_owned(),
            name: None,
            retry_after: None,
        }
    }

    /// A request that means nothing.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// A defect of this program.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// A server that has too much to do just now.
    pub fn queue_full(detail: impl Into<String>, seconds: u32) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "queue_full", detail).after(seconds)
    }

    /// A song that can't be heard.
    pub fn of_failure(failure: &Failure, name: &str) -> Self {
        let (status, kind) = match failure.kind {
            // A body is in memory or in a file of the server's: what can't be had is a process.
            FailureKind::Unreadable => (StatusCode::SERVICE_UNAVAILABLE, "no_worker".to_owned()),
            kind => (StatusCode::UNPROCESSABLE_ENTITY, word(&kind)),
        };
        let problem = Self::new(status, &kind, failure.message.clone()).of(name);
        if status == StatusCode::SERVICE_UNAVAILABLE { problem.after(5) } else { problem }
    }

    /// The same about a file.
    pub fn of(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self }
    }

    /// The same that is over in so many seconds.
    pub fn after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// The word that stands for a unit variant in JSON.
pub fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, retry_after) = (self.status(), self.retry_after);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

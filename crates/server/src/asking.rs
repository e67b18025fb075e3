//! What a request asks for, read so that every refusal is a problem.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// What stands behind the `?` of an address.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(error) => Err(Problem::bad_request(error.body_text())),
        }
    }
}

/// Who asks.
pub struct Client(pub IpAddr);

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let from = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(from.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |from| from.0.ip())))
    }
}

/// The first of these media types that `Accept` names, or the first of all where it names none or anything.
pub fn accepted(headers: &HeaderMap, offered: &[&'static str]) -> Result<&'static str, Problem> {
    let first = offered.first().copied().unwrap_or_default();
    let wanted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = wanted.flat_map(|value| value.split(',')).filter_map(range).collect::<Vec<_>>();
    if ranges.is_empty() {
        return Ok(first);
    }
    // Of equals, that which is named first.
    ranges.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let found = ranges.iter().find_map(|(range, _)| offered.iter().find(|kind| covers(range, kind)));
    found.copied().ok_or_else(|| {
        let detail = format!("the answer can be had as {}; name one in `Accept`", offered.join(" or "));
        Problem::new(axum::http::StatusCode::NOT_ACCEPTABLE, "not_acceptable", detail)
    })
}

/// A media range with its weight, unless that is 0.
fn range(text: &str) -> Option<(String, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next()?.to_ascii_lowercase();
    let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |weight| weight.parse().ok())?;
    (!range.is_empty() && weight > 0.0).then_some((range, weight))
}

fn covers(range: &str, kind: &str) -> bool {
    range == "*/*"
        || range == kind
        || range.strip_suffix("/*").is_some_and(|family| kind.split('/').next() == Some(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_accepted_is_chosen_by_weight_and_order() {
        let offered = ["application/json", "text/csv", "application/vnd.apache.arrow.stream"];
        for (accept, chosen) in [
            (None, Some(0)),
            (Some("*/*"), Some(0)),
            (Some("text/csv"), Some(1)),
            (Some("TEXT/CSV; charset=utf-8"), Some(1)),
            (Some("text/*, application/json;q=0.5"), Some(1)),
            (Some("application/json;q=0.5, application/vnd.apache.arrow.stream"), Some(2)),
            (Some("text/html, */*;q=0.1"), Some(0)),
            (Some("text/html"), None),
            (Some("text/csv;q=0"), None),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, accept.parse().unwrap());
            }
            // Nothing but refusals is a wish, too.
            let expected =
                chosen.map(|at: usize| offered[at]).or((accept == Some("text/csv;q=0")).then_some(offered[0]));
            assert_eq!(accepted(&headers, &offered).ok(), expected, "{accept:?}");
        }
    }
}

//! Addresses and what is done at each.

mod facts;
mod songs;

use std::any::Any;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

pub use facts::{__path_demo, __path_demos, __path_health, __path_metrics, __path_models, __path_ready};
pub use songs::{__path_analyse, __path_audio, __path_features, __path_predict};

use crate::App;
use crate::assets::{ASSETS, Asset};
use crate::guard::guard;
use crate::leftovers;
use crate::openapi;
use crate::problem::Problem;

/// Answers all requests.
pub fn router(app: App) -> Router {
    let mut router = Router::new()
        .route("/api/openapi.json", get(async || openapi::answer()))
        .route("/api/v1/models", get(facts::models))
        .route("/api/v1/demos", get(facts::demos))
        .route("/api/v1/demos/{name}", get(facts::demo))
        .route("/api/v1/predict", post(songs::predict))
        .route("/api/v1/features", post(songs::features))
        .route("/api/v1/analyse", post(songs::analyse))
        .route("/api/v1/audio", post(songs::audio))
        .route("/healthz", get(facts::health))
        .route("/readyz", get(facts::ready))
        .route("/metrics", get(facts::metrics));
    for asset in ASSETS {
        router = router.route(asset.path, get(async move |headers| Asset::answer(asset, headers)));
    }
    let cors = app.guard.cors();
    router
        .fallback(async |uri: Uri| {
            let detail = format!("there is nothing at {}; /api tells what there is", uri.path());
            Problem::new(StatusCode::NOT_FOUND, "not_found", detail)
        })
        .method_not_allowed_fallback(async || {
            let detail = "this address is asked in another way; /api tells how";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
        })
        .layer(tower::util::option_layer(cors))
        .layer(CatchPanicLayer::custom(crashed))
        .layer(from_fn_with_state(app.clone(), guard))
        .layer(from_fn(leftovers::take))
        .with_state(app)
}

fn crashed(_: Box<dyn Any + Send>) -> Response {
    Problem::internal("the program crashed on this request; please report it").into_response()
}

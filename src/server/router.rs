//! The table of contents: every route the server has. The gateway's calls go the short way; pages and
//! server functions pass the layers named in [`build`].

mod finish;
mod headers;
mod health;
mod leaked_keys;
mod live;
mod new_key;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post};
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;

use super::gateway::{self, Gateway};
use super::{App, Result, api, csrf, session};
use crate::app::{self, shell};
use crate::components::origin::BaseUrl;

/// All routes. `stop` ends the streams that would otherwise go on forever.
pub fn build(app: App, stop: CancellationToken) -> Result<Router> {
    let gateway = Gateway { app: app.clone(), api: Arc::new(api::router(app.clone())) };
    let router = Router::new()
        .route("/v1/openapi.json", get(openapi))
        .route("/v1", any(gateway::serve))
        .route("/v1/", any(gateway::serve))
        .route("/v1/{*path}", any(gateway::serve))
        .with_state(gateway)
        .merge(health::routes(app.clone()))
        .merge(portal(app, stop)?);
    Ok(router)
}

async fn openapi() -> impl axum::response::IntoResponse {
    let document = api::openapi().to_json().unwrap_or_default();
    ([(CONTENT_TYPE, "application/json")], document)
}

/// Pages, server functions and files.
fn portal(app: App, stop: CancellationToken) -> Result<Router> {
    let files = ServeDir::new(format!("{}/{}", app.leptos.site_root, app.leptos.site_pkg_dir)).precompressed_br().precompressed_gzip();
    let with_app = {
        let app = app.clone();
        move || {
            provide_context(app.clone());
            provide_context(BaseUrl(app.config.base_url()));
            status::provide_page_status();
            headers::allow_own_scripts();
        }
    };
    let pages = Router::new()
        .route("/dashboard/live", get(live::stream).with_state((app.clone(), stop)))
        .route("/dashboard/keys/new", post(new_key::create).with_state(app.clone()))
        .route("/leaked-keys", post(leaked_keys::report).with_state(app.clone()))
        .leptos_routes_with_context(&app, generate_route_list(app::App), with_app.clone(), {
            let options = app.leptos.clone();
            move || shell(options.clone())
        })
        .fallback(leptos_axum::file_and_error_handler_with_context::<App, _>(with_app, shell))
        .layer(from_fn(status::send_away))
        .layer(from_fn(finish::finish))
        .layer(CompressionLayer::new());
    let router = pages
        .nest_service(
            &format!("/{}", app.leptos.site_pkg_dir),
            tower::ServiceBuilder::new().layer(headers::cache_for_good()).service(files),
        )
        .layer(from_fn(session::remember))
        .layer(csrf::csrf_layer(&app.config)?)
        .layer(from_fn_with_state(app.clone(), gateway::source_ip_layer))
        .layer(from_fn(headers::secure))
        .layer(from_fn(gateway::identify))
        .layer(CatchPanicLayer::new())
        .with_state(app);
    Ok(router)
}

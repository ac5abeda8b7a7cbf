//! The table of contents: every route the server has. Metered calls go to the gateway at once ([`Front`]);
//! pages and server functions pass the layers named in [`portal`].

mod admin_door;
mod admin_forms;
mod downloads;
mod finish;
mod headers;
mod health;
mod leaked_keys;
mod live;
mod new_key;
mod plain_forms;
mod status;
mod stripe;
mod webhook_forms;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::http::uri::PathAndQuery;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any_service, get, post};
use futures::FutureExt;
use futures::future::BoxFuture;
use leptos::prelude::provide_context;
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list};
use tokio_util::sync::CancellationToken;
use tower::Service;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;

use super::gateway::{self, Gateway, Peer};
use super::{App, admin, api, csrf, session};
use crate::app::{self, shell};
use crate::components::origin::BaseUrl;

/// All routes. `stop` ends the streams that would otherwise go on forever.
pub fn build(app: App, stop: CancellationToken) -> super::Result<Front> {
    let gateway = Arc::new(Gateway { app: app.clone(), api: api::answering(&app.products.platform.operations)? });
    let rest = Router::new()
        .route(OPENAPI, get(openapi))
        .route(admin::api::PATHS, any_service(admin_api(app.clone())))
        .merge(health::routes(app.clone()))
        .merge(portal(app, stop)?);
    Ok(Front { gateway, rest })
}

const OPENAPI: &str = "/v1/openapi.json";

/// The first fork: metered calls go to the gateway without passing the table of all other routes, which would
/// cost each of them a good part of what the gateway itself does.
pub struct Front {
    pub gateway: Arc<Gateway>,
    pub rest: Router,
}

impl Front {
    /// Answers a request on a connection from `peer`.
    pub fn answer(&self, mut request: Request, peer: IpAddr) -> BoxFuture<'static, Response> {
        if is_metered(request.uri()) {
            return self.gateway.serve(request, peer);
        }
        request.extensions_mut().insert(Peer(peer));
        Box::pin(self.rest.clone().call(request).map(|answer| answer.unwrap_or_else(|never: Infallible| match never {})))
    }
}

/// Also what names no path, as `CONNECT` does: no page can be drawn for it, and the gateway says what it lacks.
fn is_metered(uri: &Uri) -> bool {
    let Some(path) = uri.path_and_query().map(PathAndQuery::path) else { return true };
    let is_below = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    (is_below("/v1") && path != OPENAPI) || is_below("/api")
}

async fn openapi() -> impl axum::response::IntoResponse {
    let document = api::openapi().to_json().unwrap_or_default();
    ([(CONTENT_TYPE, "application/json")], document)
}

/// The admin API. No session and no origin counts there, only its tokens.
fn admin_api(app: App) -> Router {
    admin::api::router(app.clone())
        .layer(from_fn_with_state(app, gateway::source_ip_layer))
        .layer(from_fn(headers::secure))
        .layer(from_fn(gateway::identify))
        .layer(CatchPanicLayer::new())
}

/// The pages' routes, found out once, before any server of this process answers: meanwhile leptos keeps every page of the
/// process from loading data, and whatever was to load then never does (leptos issue 4773).
fn page_routes() -> Vec<AxumRouteListing> {
    static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(app::App));
    ROUTES.clone()
}

/// Pages, server functions and files.
fn portal(app: App, stop: CancellationToken) -> super::Result<Router> {
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
        .route("/admin/products/new", post(admin_forms::create).layer(DefaultBodyLimit::max(admin_forms::MAX_FORM)).with_state(app.clone()))
        .route(
            "/admin/products/{id}/document",
            post(admin_forms::replace).layer(DefaultBodyLimit::max(admin_forms::MAX_FORM)).with_state(app.clone()),
        )
        .route("/admin/tokens", post(admin_forms::create_token).with_state(app.clone()))
        .route("/dashboard/webhooks/new", post(webhook_forms::create).with_state(app.clone()))
        .route("/dashboard/webhooks/debug", post(webhook_forms::debug).with_state(app.clone()))
        .route("/dashboard/webhooks/{id}/rotate", post(webhook_forms::rotate).with_state(app.clone()))
        .route("/dashboard/webhooks/{id}/check", post(webhook_forms::check).with_state(app.clone()))
        .route("/webhooks/stripe", post(stripe::receive).with_state(app.clone()))
        .route("/leaked-keys", post(leaked_keys::report).with_state(app.clone()))
        .leptos_routes_with_context(&app, page_routes(), with_app.clone(), {
            let options = app.leptos.clone();
            move || shell(options.clone())
        })
        .fallback(leptos_axum::file_and_error_handler_with_context::<App, _>(with_app, shell))
        .layer(from_fn_with_state(app.clone(), downloads::answer))
        .layer(from_fn_with_state(app.clone(), plain_forms::keep_typed))
        .layer(from_fn(status::send_away))
        .layer(from_fn(finish::finish))
        .layer(CompressionLayer::new());
    let router = pages
        .nest_service(
            &format!("/{}", app.leptos.site_pkg_dir),
            tower::ServiceBuilder::new().layer(headers::cache_for_good()).service(files),
        )
        .layer(from_fn_with_state(app.clone(), admin_door::guard))
        .layer(from_fn(session::remember))
        .layer(csrf::csrf_layer(&app.config)?)
        .layer(from_fn_with_state(app.clone(), gateway::source_ip_layer))
        .layer(from_fn(headers::secure))
        .layer(from_fn(gateway::identify))
        .layer(CatchPanicLayer::new())
        .with_state(app);
    Ok(router)
}

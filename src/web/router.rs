//! The table of contents: all routes of the server. Metered calls go to the gateway directly
//! ([`Front`]); pages and server functions pass the layers of [`portal`].

mod admin_door;
mod admin_forms;
mod admin_token_form;
mod downloads;
mod finish;
mod flash;
mod headers;
mod health;
mod host;
mod key_forms;
mod leaked_keys;
mod live;
mod lost_session;
mod once;
mod pace;
mod refusals;
mod secret_forms;
mod status;
mod stripe;
mod webhook_forms;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any_service, get, post};
use futures::FutureExt;
use futures::future::BoxFuture;
use leptos::prelude::provide_context;
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tollgate_proxy::connections::{Refusal, RequestHandler};
use tower::Service;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;

use super::{Site, csrf, session};
use crate::actions::error::ON_REFUSED;
use crate::app::{self, shell};
use crate::components::origin::BaseUrl;
use crate::components::time::RenderedAt;
use crate::server::gateway::{self, Gateway, Peer};
use crate::server::in_time::in_time;
use crate::server::{App, Result, admin, api};

/// All routes. `stop` ends the streams that would otherwise never end.
pub fn build(site: Site, stop: CancellationToken) -> Result<Front> {
    let app = site.app.clone();
    // The same function each time, so a second server in this process changes nothing.
    let _ = ON_REFUSED.set(|code| session::answer_with(code, None));
    let gateway = Arc::new(Gateway {
        app: app.clone(),
        api: api::answering(&app.products.platform.operations)?,
    });
    let plain = Router::new()
        .route(OPENAPI, get(openapi).with_state(app.clone()))
        .merge(health::routes(app.clone()))
        .layer(from_fn_with_state(app.config.strict_transport(), headers::secure));
    let rest = Router::new()
        .route(admin::api::PATHS, any_service(admin_api(app)))
        .merge(plain)
        .merge(portal(site, stop)?);
    Ok(Front::new(gateway, rest))
}

const OPENAPI: &str = "/v1/openapi.json";

/// The first branch: metered calls go to the gateway without searching the table of all other
/// routes, which would cost a considerable part of the gateway's own time.
pub struct Front {
    gateway: Arc<Gateway>,
    rest: Router,
    base_url: String,
}

impl Front {
    pub fn new(gateway: Arc<Gateway>, rest: Router) -> Self {
        Self { base_url: gateway.app.config.base_url(), gateway, rest }
    }
}

impl RequestHandler for Front {
    fn answer(&self, mut request: Request, peer: IpAddr) -> BoxFuture<'static, Response> {
        if let Err(error) = host::check(&request) {
            let refused = refusals::respond(error, &self.base_url);
            return Box::pin(async move { refused });
        }
        if is_metered(request.uri()) {
            return self.gateway.serve(request, peer);
        }
        request.extensions_mut().insert(Peer(peer));
        let within =
            Duration::from_secs(self.gateway.app.config.connections.body_timeout_seconds.into());
        let request = request.map(|body| in_time(body, Instant::now() + within));
        Box::pin(
            self.rest
                .clone()
                .call(request)
                .map(|answer| answer.unwrap_or_else(|never: Infallible| match never {})),
        )
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        refusals::respond(refusals::error(refusal), &self.base_url)
    }

    fn is_kept_for(&self, uri: &Uri) -> bool {
        is_metered(uri) || health::PATHS.contains(&uri.path())
    }

    fn is_proxy(&self, peer: IpAddr) -> bool {
        gateway::is_trusted(peer, &self.gateway.app.config.trusted_proxies)
    }

    fn source(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        Some(gateway::source_ip(&self.gateway.app, peer, headers)).filter(|source| *source != peer)
    }
}

/// Also for requests without a path, such as `CONNECT`: no page can be rendered for them, and the
/// gateway returns the error.
fn is_metered(uri: &Uri) -> bool {
    let Some(path) = uri.path_and_query().map(PathAndQuery::path) else { return true };
    let is_below = |root: &str| {
        path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    (is_below("/v1") && path != OPENAPI) || is_below("/api")
}

async fn openapi(State(app): State<App>) -> impl axum::response::IntoResponse {
    let document = api::openapi(&app.config.base_url()).to_json().unwrap_or_default();
    ([(CONTENT_TYPE, "application/json")], document)
}

/// The admin API. It accepts only its tokens: neither sessions nor origins matter.
fn admin_api(app: App) -> Router {
    let transport = app.config.strict_transport();
    admin::api::router(app.clone())
        .layer(from_fn_with_state(app, gateway::source_ip_layer))
        .layer(from_fn_with_state(transport, headers::secure))
        .layer(from_fn(gateway::identify))
        .layer(CatchPanicLayer::new())
}

/// The routes of the pages, found once, before this process serves any request: meanwhile leptos
/// keeps every page of the process from loading data, and data that was to be loaded never is
/// (leptos issue 4773).
fn page_routes() -> Vec<AxumRouteListing> {
    static ROUTES: LazyLock<Vec<AxumRouteListing>> =
        LazyLock::new(|| generate_route_list(app::App));
    ROUTES.clone()
}

/// The paths of all pages, with axum's names for parameters.
pub fn page_paths() -> Vec<String> {
    page_routes().iter().map(|route| route.path().to_owned()).collect()
}

/// Pages, server functions and files.
fn portal(site: Site, stop: CancellationToken) -> Result<Router> {
    let files = ServeDir::new(format!("{}/{}", site.leptos.site_root, site.leptos.site_pkg_dir))
        .precompressed_br()
        .precompressed_gzip();
    let with_app = {
        let app = site.app.clone();
        move || {
            provide_context(app.clone());
            provide_context(BaseUrl(app.config.base_url()));
            provide_context(RenderedAt(app.clock.now()));
            flash::provide_values();
            status::provide_page_status();
            headers::allow_own_scripts();
        }
    };
    let pages: Router = Router::new()
        .route(
            "/dashboard/live",
            get(live::stream).with_state((site.app.clone(), stop, live::Ended::listen(&site.db))),
        )
        .route("/dashboard/keys/new", post(key_forms::create).with_state(site.clone()))
        .route(
            "/dashboard/keys/{id}/rotate",
            post(key_forms::rotate).get(key_forms::rotation_page).with_state(site.clone()),
        )
        .route(
            "/admin/products/new",
            post(admin_forms::create)
                .layer(DefaultBodyLimit::max(admin_forms::MAX_FORM))
                .with_state(site.clone()),
        )
        .route(
            "/admin/products/{id}/document",
            post(admin_forms::replace)
                .layer(DefaultBodyLimit::max(admin_forms::MAX_FORM))
                .with_state(site.clone()),
        )
        .route("/admin/tokens", post(admin_token_form::create).with_state(site.clone()))
        .route("/dashboard/webhooks/new", post(webhook_forms::create).with_state(site.clone()))
        .route("/dashboard/webhooks/debug", post(webhook_forms::debug).with_state(site.clone()))
        .route(
            "/dashboard/webhooks/{id}/rotate",
            post(webhook_forms::rotate).with_state(site.clone()),
        )
        .route(
            "/dashboard/webhooks/{id}/check",
            post(webhook_forms::check).with_state(site.clone()),
        )
        .route("/webhooks/stripe", post(stripe::receive).with_state(site.clone()))
        .route("/leaked-keys", post(leaked_keys::report).with_state(site.clone()))
        .leptos_routes_with_context(&site, page_routes(), with_app.clone(), {
            let options = site.leptos.clone();
            move || shell(options.clone())
        })
        .fallback(leptos_axum::file_and_error_handler_with_context::<Site, _>(with_app, shell))
        .layer(from_fn_with_state(site.clone(), downloads::answer))
        .with_state(site.clone());
    // Around the route table: `flash` changes the method of a request, by which the table chooses a
    // route before its own layers.
    let pages = Router::new()
        .fallback_service(pages)
        .layer(from_fn_with_state(site.clone(), flash::guard))
        .layer(from_fn(status::send_away))
        .layer(from_fn(finish::finish))
        .layer(CompressionLayer::new());
    let router = pages
        .nest_service(
            &format!("/{}", site.leptos.site_pkg_dir),
            tower::ServiceBuilder::new().layer(headers::cache_for_good()).service(files),
        )
        .layer(from_fn_with_state(site.clone(), admin_door::guard))
        .layer(from_fn_with_state(site.clone(), lost_session::keep_form))
        .layer(from_fn_with_state(site.clone(), pace::limit))
        .layer(from_fn(session::remember))
        .layer(csrf::csrf_layer(&site.config)?)
        .layer(from_fn_with_state(site.clone(), gateway::source_ip_layer))
        .layer(from_fn_with_state(site.config.strict_transport(), headers::secure))
        .layer(from_fn(gateway::identify))
        .layer(CatchPanicLayer::new())
        .with_state(site);
    Ok(router)
}

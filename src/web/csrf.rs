//! Cross-site request forgery. Browsers report the origin of a request (`Sec-Fetch-Site`,
//! `Origin`); a request from another site that changes something is refused before it is read.
//! Calls with keys need no check: browsers never send keys on their own.

use anyhow::Context;
use tower_http::csrf::CsrfLayer;

use crate::server::Result;
use crate::server::config::Config;

/// For all routes that people use. Behind a proxy that rewrites `Host`, the portal's own URL is
/// accepted as well.
pub fn csrf_layer(config: &Config) -> Result<CsrfLayer> {
    Ok(CsrfLayer::new()
        .add_trusted_origin(config.base_url())
        .context("TOLLGATE_BASE_URL is not an origin")?)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use axum::routing::post;
    use clap::Parser;
    use tower::ServiceExt;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        config: Config,
    }

    #[tokio::test]
    async fn what_changes_something_is_taken_from_our_own_pages_and_from_no_other_site() {
        let config =
            Cli::parse_from(["tollgate", "--public-url", "https://portal.example.com"]).config;
        let router = Router::new()
            .route("/", post(|| async {}).get(|| async {}))
            .layer(csrf_layer(&config).unwrap());
        let status = async |method: &str, header: (&str, &str)| {
            let request = Request::builder()
                .method(method)
                .uri("/")
                .header("host", "10.0.0.7:3000")
                .header(header.0, header.1);
            router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
        };
        for own in [
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://portal.example.com"),
            ("origin", "http://10.0.0.7:3000"),
            ("accept", "*/*"),
        ] {
            assert_eq!(status("POST", own).await, StatusCode::OK, "{own:?}");
        }
        for foreign in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            assert_eq!(status("POST", foreign).await, StatusCode::FORBIDDEN, "{foreign:?}");
            assert_eq!(status("GET", foreign).await, StatusCode::OK, "{foreign:?}");
        }
    }
}

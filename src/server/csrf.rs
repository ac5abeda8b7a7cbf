//! Forgery of requests across sites. Browsers say where a request comes from (`Sec-Fetch-Site`,
//! `Origin`); whatever changes something and comes from elsewhere is refused before it is read. What
//! programs call with keys needs none of it: keys are never sent by a browser on its own.

use anyhow::Context;
use tower_http::csrf::CsrfLayer;

use super::Result;
use super::config::Config;

/// For all routes that people use. Behind a proxy that rewrites `Host`, the portal's own URL still counts.
pub fn csrf_layer(config: &Config) -> Result<CsrfLayer> {
    Ok(CsrfLayer::new().add_trusted_origin(config.base_url()).context("TOLLGATE_BASE_URL is no origin")?)
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
        let config = Cli::parse_from(["tollgate", "--public-url", "https://portal.example.com"]).config;
        let router = Router::new().route("/", post(|| async {}).get(|| async {})).layer(csrf_layer(&config).unwrap());
        let status = async |method: &str, header: (&str, &str)| {
            let request = Request::builder().method(method).uri("/").header("host", "10.0.0.7:3000").header(header.0, header.1);
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
        for foreign in
            [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example"), ("origin", "null")]
        {
            assert_eq!(status("POST", foreign).await, StatusCode::FORBIDDEN, "{foreign:?}");
            assert_eq!(status("GET", foreign).await, StatusCode::OK, "{foreign:?}");
        }
    }
}

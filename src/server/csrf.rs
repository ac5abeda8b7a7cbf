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

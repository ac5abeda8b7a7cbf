//! Finds the called operation: 404 and 405 from the OpenAPI document, the platform's own or a
//! product's.

use std::sync::Arc;

use tollgate_openapi::spec::NoMatch;
use tollgate_types::code::Code;
use tollgate_types::product::EncodedSlashes;

use super::{Call, cors};
use crate::error::Problem;
use crate::products::Operation;
use crate::{App, Error, Result};

/// The path prefix of calls to products.
pub const API: &str = "/api/";

pub async fn find(app: &App, call: &mut Call) -> Result<()> {
    if call.path().starts_with(API) {
        // Boxed; otherwise the platform's own calls would reserve space for it, too.
        return Box::pin(find_in_product(app, call)).await;
    }
    let found = app.products.platform.find(&call.method, call.path());
    take(call, found)
}

/// The product's id in a path below [`API`], and the rest of the path.
pub fn split(path: &str) -> (&str, &str) {
    let rest = path.strip_prefix(API).unwrap_or_default();
    match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    }
}

/// When to retry a call that arrived before its product was loaded.
const STARTING_SECONDS: u64 = 2;

async fn find_in_product(app: &App, call: &mut Call) -> Result<()> {
    let (id, path) = split(call.path());
    let catalogue = match app.products.fresh() {
        Some(catalogue) => catalogue,
        None => app.products.catalogue(&app.gateway_db).await,
    };
    let product = catalogue.get(id).filter(|product| !product.is_platform()).cloned();
    let product = product.ok_or_else(|| {
        if app.products.are_complete() {
            Error::new(Code::NotFound, "There is no such product. The catalogue at /apis lists all of them.")
        } else {
            Error::busy("The server has just started and is still loading the products. Try again in a few seconds.", STARTING_SECONDS)
        }
    })?;
    if let Some(at) = product.view.view.retires_at.filter(|at| *at <= call.now) {
        return Err(Error::new(
            Code::NotFound,
            format!("{} was retired on {}.", product.view.view.name, at.day()),
        ));
    }
    // The mock interprets paths as the gateway does.
    let is_ambiguous = product.settings().encoded_slashes == EncodedSlashes::Refuse
        && has_encoded_slash(path)
        && product.target(call.environment()).is_some();
    let found = product.find(&call.method, path);
    call.origin = cors::allowed(&product, call.request.headers());
    let product = call.product.insert(product);
    if let Some(key) = &call.key {
        call.terms = Some(match key.terms(&product.id) {
            Some(terms) => terms,
            None => app.keys.terms(&app.gateway_db, key, &product.id).await?,
        });
    }
    if is_ambiguous {
        return Err(Error::new(
            Code::InvalidRequest,
            "The path has an encoded slash or backslash (`%2F`, `%5C`), which this product does not accept: its server could read it as another path. Send values without slashes.",
        ));
    }
    take(call, found)
}

/// Whether a server that decodes the path before it routes would find more segments in it. Decoded
/// as often as [`upstream`](tollgate_proxy::upstream) does when it looks for segments that leave
/// the base path.
fn has_encoded_slash(path: &str) -> bool {
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        rest = &rest[at + 1..];
        // `%252F` becomes `%2F` when decoded twice.
        let decoded = rest.trim_start_matches("25");
        let digits = decoded.as_bytes().get(..2);
        if digits.is_some_and(|digits| {
            digits.eq_ignore_ascii_case(b"2f") || digits.eq_ignore_ascii_case(b"5c")
        }) {
            return true;
        }
    }
    false
}

fn take(call: &mut Call, found: Result<Arc<Operation>, NoMatch>) -> Result<()> {
    match found {
        Ok(operation) => {
            call.operation = Some(operation);
            Ok(())
        }
        Err(NoMatch::Path) => Err(Error::new(
            Code::NotFound,
            "There is no such path. The API reference lists all of them.",
        )),
        Err(NoMatch::Method(allow)) => {
            let detail = format!("This path has no {}. It has: {allow}.", call.method);
            Err(Error::Problem(Box::new(Problem {
                code: Code::MethodNotAllowed,
                detail,
                errors: Vec::new(),
                retry_after: None,
                allow: Some(allow),
            })))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_slashes_are_found_however_often_they_are_encoded() {
        for path in
            ["/a%2Fb", "/a%2fb", "/a%5cb", "/a%5Cb", "/a%252Fb", "/a%25252fb", "/%41%2F", "/%%2F"]
        {
            assert!(has_encoded_slash(path), "{path}");
        }
        for path in
            ["/a/b", "/a%20b", "/a%25b", "/a%2", "/a%", "/a%2525", "/a%C3%BC", "/2F", "/a%2E"]
        {
            assert!(!has_encoded_slash(path), "{path}");
        }
    }

    #[test]
    fn a_products_path_is_what_follows_its_id() {
        assert_eq!(split("/api/logistics/shipments/1"), ("logistics", "/shipments/1"));
        assert_eq!(split("/api/logistics/"), ("logistics", "/"));
        assert_eq!(split("/api/logistics"), ("logistics", "/"));
        assert_eq!(split("/api/"), ("", "/"));
    }
}

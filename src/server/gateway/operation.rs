//! Which operation is called: 404 and 405 from the OpenAPI document, the platform's own or a product's.

use std::sync::Arc;

use super::{Call, cors};
use crate::server::error::Problem;
use crate::server::products::Operation;
use crate::server::spec::NoMatch;
use crate::server::{App, Error, Result};
use crate::types::code::Code;

/// What calls to products begin with.
pub const API: &str = "/api/";

pub async fn find(app: &App, call: &mut Call) -> Result<()> {
    if call.path().starts_with(API) {
        // Boxed, or the platform's own calls would have room for it, too.
        return Box::pin(find_in_product(app, call)).await;
    }
    let found = app.products.platform.find(&call.method, call.path());
    take(call, found)
}

/// The product's id in a path below [`API`], and what follows it.
pub fn split(path: &str) -> (&str, &str) {
    let rest = path.strip_prefix(API).unwrap_or_default();
    match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    }
}

async fn find_in_product(app: &App, call: &mut Call) -> Result<()> {
    let (id, path) = split(call.path());
    let catalogue = match app.products.fresh() {
        Some(catalogue) => catalogue,
        None => app.products.catalogue(&app.db).await,
    };
    let product = catalogue.get(id).filter(|product| !product.is_platform()).cloned();
    let product =
        product.ok_or_else(|| Error::new(Code::NotFound, "There is no such product. The catalogue at /apis lists all of them."))?;
    let found = product.find(&call.method, path);
    call.origin = cors::allowed(&product, call.request.headers());
    let product = call.product.insert(product);
    if let Some(key) = &call.key {
        call.terms = Some(match key.terms(&product.id) {
            Some(terms) => terms,
            None => app.keys.terms(&app.db, key, &product.id).await?,
        });
    }
    take(call, found)
}

fn take(call: &mut Call, found: Result<Arc<Operation>, NoMatch>) -> Result<()> {
    match found {
        Ok(operation) => {
            call.operation = Some(operation);
            Ok(())
        }
        Err(NoMatch::Path) => Err(Error::new(Code::NotFound, "There is no such path. The API reference lists all of them.")),
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
    fn a_products_path_is_what_follows_its_id() {
        assert_eq!(split("/api/logistics/shipments/1"), ("logistics", "/shipments/1"));
        assert_eq!(split("/api/logistics/"), ("logistics", "/"));
        assert_eq!(split("/api/logistics"), ("logistics", "/"));
        assert_eq!(split("/api/"), ("", "/"));
    }
}
